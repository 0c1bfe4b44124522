/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/ballast for tests: a call per ioctl, 0 or -errno. Whoever wants to get
 * the fields wrong on purpose uses the ioctls themselves.
 */
#ifndef TINYVM_BLST_H
#define TINYVM_BLST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/ballast.h>

/* The device, opened once for the process; -errno when it is not there. */
int blst_device(void);
/* An open device holds the module. */
void blst_close(void);

int blst_attach(int kvm_fd, uint32_t flags, uint32_t *id);
int blst_detach(uint32_t id);
int blst_scan(uint32_t id, uint32_t passes);
int blst_query(uint32_t id, struct ballast_vm_query *query);
/* Number of attached VMs, or -errno. */
int blst_count(void);
/* Is @id attached? */
bool blst_attached(uint32_t id);
/* Wait for an attachment to go. Return: whether it went within 30 s. */
bool blst_wait_gone(uint32_t id);

/* Records from @gfn on. Return: how many were there, or -errno. */
int64_t blst_pages(uint32_t id, uint64_t gfn, uint64_t count, uint8_t *pages);
int64_t blst_blocks(uint32_t id, uint64_t gfn, uint64_t count,
		    struct ballast_block_activity *blocks);

/* All of a miss-rate curve. */
int blst_curve(uint32_t id, struct ballast_mrc_query *query);
/* A file of its folder mrc/. */
int blst_curve_set(uint32_t id, const char *name, const char *value);

/* Name of an attachment's folder, in a buffer of the function. */
const char *blst_name(uint32_t id);
const char *blst_level_name(unsigned int level);

#endif /* TINYVM_BLST_H */
