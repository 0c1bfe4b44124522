/* SPDX-License-Identifier: GPL-2.0-only */
/* The host that the tests run on: files of sysfs, and who else ages memory. */
#ifndef TINYVM_HOST_H
#define TINYVM_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* 0 or -errno; the path is printf-made. */
int host_write(const char *value, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A file's text without the last newline; -errno. */
int host_read(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool host_has(const char *path);

/*
 * Quiet for the time of a test: huge pages where asked for and nowhere else,
 * khugepaged and DAMON_STAT asleep. host_restore() puts back what was there.
 */
void host_prepare(void);
void host_restore(void);

/* The kernel's version as major * 100 + minor: 612 is 6.12. */
unsigned int host_kernel(void);

/*
 * Put the caller into a control group of its own, HOST_CGROUP, with the memory
 * controller on. 0 or -errno; host_restore() removes the group.
 */
#define HOST_CGROUP	"/sys/fs/cgroup/ballast-test"
int host_enter_cgroup(void);

/* Have at least that many free hugetlb pages of @kib; false if the host has not. */
bool host_hugetlb(unsigned long kib, unsigned long pages);

#endif /* TINYVM_HOST_H */
