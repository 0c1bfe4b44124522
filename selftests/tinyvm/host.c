// SPDX-License-Identifier: GPL-2.0-only
/* The host that the tests run on. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host.h"

#define THP	"/sys/kernel/mm/transparent_hugepage/"
#define HUGETLB	"/sys/kernel/mm/hugepages/hugepages-%lukB/"

/**
 * struct setting - a knob that a test turns
 * @path:  file
 * @value: for the time of the test
 * @old:   what was there, empty: not turned
 */
static struct setting {
	const char *path;
	const char *value;
	char old[64];
} settings[] = {
	{ .path = THP "enabled", .value = "madvise" },
	{ .path = THP "shmem_enabled", .value = "advise" },
	{ .path = THP "defrag", .value = "madvise" },
	{ .path = THP "khugepaged/scan_sleep_millisecs", .value = "3600000" },
	{ .path = "/sys/module/damon_stat/parameters/enabled", .value = "N" },
	{ .path = "/sys/kernel/mm/ksm/run", .value = "0" },
};

#define NR_SETTINGS	(sizeof(settings) / sizeof(settings[0]))

static int write_path(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int read_path(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	size_t done = 0;
	ssize_t n = 1;

	buf[0] = 0;
	if (fd < 0)
		return -errno;
	while (done < size - 1 && n > 0) {
		n = read(fd, buf + done, size - 1 - done);
		if (n > 0)
			done += n;
	}
	if (n < 0)
		ret = -errno;
	close(fd);
	if (done && buf[done - 1] == '\n')
		done--;
	buf[done] = 0;
	return ret;
}

int host_write(const char *value, const char *fmt, ...)
{
	char path[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return write_path(path, value);
}

int host_read(char *buf, size_t size, const char *fmt, ...)
{
	char path[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return read_path(path, buf, size);
}

bool host_has(const char *path)
{
	return !access(path, F_OK);
}

/* "always [madvise] never" means madvise. */
static void strip_choice(char *text)
{
	char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	if (!end)
		return;
	*end = 0;
	memmove(text, open + 1, end - open);
}

void host_prepare(void)
{
	unsigned int i;

	for (i = 0; i < NR_SETTINGS; i++) {
		struct setting *s = &settings[i];
		char text[256];

		if (read_path(s->path, text, sizeof(text)))
			continue;
		strip_choice(text);
		if (strcmp(text, s->value) && !write_path(s->path, s->value))
			snprintf(s->old, sizeof(s->old), "%.63s", text);
	}
}

void host_restore(void)
{
	unsigned int i;

	for (i = 0; i < NR_SETTINGS; i++)
		if (settings[i].old[0])
			write_path(settings[i].path, settings[i].old);
	rmdir(HOST_CGROUP);
}

unsigned int host_kernel(void)
{
	struct utsname name;
	unsigned int major = 0, minor = 0;

	uname(&name);
	if (sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return major * 100 + minor;
}

int host_enter_cgroup(void)
{
	int ret = host_write("+memory", "/sys/fs/cgroup/cgroup.subtree_control");

	if (ret)
		return ret;
	if (mkdir(HOST_CGROUP, 0755) && errno != EEXIST)
		return -errno;
	return host_write("0", HOST_CGROUP "/cgroup.procs");
}

static unsigned long hugetlb_count(unsigned long kib, const char *name)
{
	char text[32];

	return host_read(text, sizeof(text), HUGETLB "%s", kib, name) ? 0 :
		strtoul(text, NULL, 10);
}

bool host_hugetlb(unsigned long kib, unsigned long pages)
{
	unsigned long free = hugetlb_count(kib, "free_hugepages");
	char text[32];

	if (free >= pages)
		return true;
	snprintf(text, sizeof(text), "%lu", hugetlb_count(kib, "nr_hugepages") + pages - free);
	host_write("1", "/proc/sys/vm/compact_memory");
	host_write(text, HUGETLB "nr_hugepages", kib);
	return hugetlb_count(kib, "free_hugepages") >= pages;
}
