// SPDX-License-Identifier: GPL-2.0-only
/* /dev/ballast for tests. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "blst.h"
#include "host.h"

#define LIST_MAX	256
#define GONE_TRIES	3000	/* of 10 ms */

static int device = -1;

int blst_device(void)
{
	if (device < 0)
		device = open(BALLAST_DEVICE, O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : device;
}

void blst_close(void)
{
	if (device >= 0)
		close(device);
	device = -1;
}

static int call(unsigned long cmd, void *arg)
{
	int fd = blst_device();

	if (fd < 0)
		return fd;
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

int blst_attach(int kvm_fd, uint32_t flags, uint32_t *id)
{
	struct ballast_vm_attach req = { .kvm_fd = kvm_fd, .flags = flags };
	int ret = call(BALLAST_IOC_VM_ATTACH, &req);

	if (id)
		*id = req.id;
	return ret;
}

int blst_detach(uint32_t id)
{
	struct ballast_vm_ref req = { .id = id };

	return call(BALLAST_IOC_VM_DETACH, &req);
}

int blst_scan(uint32_t id, uint32_t passes)
{
	struct ballast_vm_scan req = { .id = id, .passes = passes };

	return call(BALLAST_IOC_VM_SCAN, &req);
}

int blst_query(uint32_t id, struct ballast_vm_query *query)
{
	memset(query, 0, sizeof(*query));
	query->id = id;
	return call(BALLAST_IOC_VM_QUERY, query);
}

static int list(struct ballast_vm_entry *entries, unsigned int max)
{
	struct ballast_vm_list req = { .entries = (uintptr_t)entries, .max = max };
	int ret = call(BALLAST_IOC_VM_LIST, &req);

	return ret ? ret : (int)req.count;
}

int blst_count(void)
{
	return list(NULL, 0);
}

bool blst_attached(uint32_t id)
{
	struct ballast_vm_query query;

	return blst_query(id, &query) == 0;
}

bool blst_wait_gone(uint32_t id)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int i;

	for (i = 0; i < GONE_TRIES && blst_attached(id); i++)
		nanosleep(&pause, NULL);
	return i < GONE_TRIES;
}

static int64_t activity(uint32_t id, uint64_t gfn, uint64_t count, uint32_t grain, void *buf)
{
	struct ballast_vm_activity req = {
		.id = id,
		.gfn = gfn,
		.count = count,
		.grain = grain,
		.buf = (uintptr_t)buf,
	};
	int ret = call(BALLAST_IOC_VM_ACTIVITY, &req);

	return ret ? ret : (int64_t)req.count;
}

int64_t blst_pages(uint32_t id, uint64_t gfn, uint64_t count, uint8_t *pages)
{
	return activity(id, gfn, count, BALLAST_GRAIN_4K, pages);
}

int64_t blst_blocks(uint32_t id, uint64_t gfn, uint64_t count,
		    struct ballast_block_activity *blocks)
{
	return activity(id, gfn, count, BALLAST_GRAIN_2M, blocks);
}

int blst_curve(uint32_t id, struct ballast_mrc_query *query)
{
	struct ballast_vm_mrc req = {
		.id = id, .size = sizeof(*query), .buf = (uintptr_t)query,
	};
	int ret = call(BALLAST_IOC_VM_MRC, &req);

	return ret || req.size == sizeof(*query) ? ret : -EMSGSIZE;
}

int blst_curve_set(uint32_t id, const char *name, const char *value)
{
	return host_write(value, "/sys/kernel/ballast/vm/%s/mrc/%s", blst_name(id), name);
}

const char *blst_name(uint32_t id)
{
	static struct ballast_vm_entry entries[LIST_MAX];
	int i, n = list(entries, LIST_MAX);

	for (i = 0; i < n && i < LIST_MAX; i++)
		if (entries[i].id == id)
			return entries[i].name;
	return "";
}

const char *blst_level_name(unsigned int level)
{
	static const char *const names[] = { "unknown", "cold", "cool", "warm", "hot" };

	return level < BALLAST_NR_LEVELS ? names[level] : "?";
}
