// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ballast_client.h"
#include "policy/scan_plan.h"

/* A VM that is attached between asking for the number and for the list. */
#define LIST_SLACK	16
/* 8 GiB of a guest for one call. */
#define BLOCKS_AT_ONCE	4096

__attribute__((format(printf, 3, 4)))
static int fail(struct ballast_client *client, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(client->error, sizeof(client->error), fmt, args);
	va_end(args);
	return -err;
}

void ballast_client_init(struct ballast_client *client)
{
	*client = (struct ballast_client) {
		.fd = -1,
		.device = BALLAST_DEVICE,
		.sysfs = "/sys/kernel/ballast",
		.proc = "/proc",
	};
}

static int open_error(struct ballast_client *client, int err)
{
	switch (err) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return fail(client, err,
			    "%s: no such device: is ballast_host loaded? (modprobe ballast_host)",
			    client->device);
	case EACCES:
	case EPERM:
		return fail(client, err, "%s: permission denied: run as root (CAP_SYS_ADMIN)",
			    client->device);
	default:
		return fail(client, err, "%s: cannot open: %s", client->device, strerror(err));
	}
}

int ballast_client_open(struct ballast_client *client)
{
	client->fd = open(client->device, O_RDWR | O_CLOEXEC);
	if (client->fd < 0)
		return open_error(client, errno);
	if (ioctl(client->fd, BALLAST_IOC_VERSION, &client->version)) {
		ballast_client_close(client);
		return fail(client, ENOTTY, "%s: not the device of ballast_host", client->device);
	}
	if (client->version.abi != BALLAST_ABI_VERSION) {
		ballast_client_close(client);
		return fail(client, EPROTO,
			    "%s: the module speaks ABI %u, this program %u: install both from one version of Ballast",
			    client->device, client->version.abi, BALLAST_ABI_VERSION);
	}
	return 0;
}

void ballast_client_close(struct ballast_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

/* --- attach ------------------------------------------------------------------ */

/* A file descriptor of ours for one of @pid's. */
static int take_fd(struct ballast_client *client, pid_t pid, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ours, err;

	if (pidfd < 0)
		return fail(client, errno, "vm %d: no such process", pid);
	ours = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	err = errno;
	close(pidfd);
	if (ours >= 0)
		return ours;
	if (err == EBADF || err == ESRCH)
		return fail(client, ESRCH, "vm %d: the VM has just gone", pid);
	if (err == EPERM || err == EACCES)
		return fail(client, err,
			    "vm %d: may not take file descriptor %d from it: run as root (CAP_SYS_PTRACE), outside of a sandbox that forbids pidfd_getfd",
			    pid, fd);
	return fail(client, err, "vm %d: cannot take its file descriptor %d: %s", pid, fd,
		    strerror(err));
}

static int attach_error(struct ballast_client *client, pid_t pid, int fd, int err)
{
	switch (err) {
	case EEXIST:
		return fail(client, err, "vm %d: already attached", pid);
	case EBADF:
	case EINVAL:
		return fail(client, err, "vm %d: file descriptor %d is not a KVM VM", pid, fd);
	case ESRCH:
		return fail(client, err, "vm %d: the VM is on its way out", pid);
	case ENOSPC:
		return fail(client, err,
			    "vm %d: too many VMs are attached: detach one (ballast vm detach VM)",
			    pid);
	case EOPNOTSUPP:
		return fail(client, err,
			    "vm %d: its memory cannot be aged: this kernel's KVM offers no mmu notifier",
			    pid);
	default:
		return fail(client, err, "vm %d: cannot attach: %s", pid, strerror(err));
	}
}

int ballast_client_attach(struct ballast_client *client, pid_t pid, int vm_fd, bool manual,
			  struct ballast_vm_attach *out)
{
	int fd, ret = 0;

	fd = take_fd(client, pid, vm_fd);
	if (fd < 0)
		return fd;
	memset(out, 0, sizeof(*out));
	out->kvm_fd = fd;
	out->flags = manual ? BALLAST_ATTACH_MANUAL : 0;
	if (ioctl(client->fd, BALLAST_IOC_VM_ATTACH, out))
		ret = attach_error(client, pid, vm_fd, errno);
	/* The module holds the VM by itself. */
	close(fd);
	return ret;
}

/* --- one attachment ------------------------------------------------------------ */

static int vm_ioctl(struct ballast_client *client, unsigned long request, void *arg,
		    const char *vm, const char *what)
{
	if (!ioctl(client->fd, request, arg))
		return 0;
	switch (errno) {
	case ENOENT:
	case ENODEV:
		return fail(client, errno, "vm %s: the VM has gone, or was detached", vm);
	case EINTR:
		return fail(client, errno, "vm %s: %s: interrupted", vm, what);
	default:
		return fail(client, errno, "vm %s: cannot %s: %s", vm, what, strerror(errno));
	}
}

int ballast_client_detach(struct ballast_client *client, uint32_t id, const char *vm)
{
	struct ballast_vm_ref ref = { .id = id };

	return vm_ioctl(client, BALLAST_IOC_VM_DETACH, &ref, vm, "detach");
}

int ballast_client_query(struct ballast_client *client, uint32_t id, const char *vm,
			 struct ballast_vm_query *query)
{
	memset(query, 0, sizeof(*query));
	query->id = id;
	return vm_ioctl(client, BALLAST_IOC_VM_QUERY, query, vm, "query");
}

int ballast_client_scan(struct ballast_client *client, uint32_t id, const char *vm,
			uint32_t passes, uint64_t *pass)
{
	struct ballast_vm_scan scan = { .id = id, .passes = passes };
	int ret;

	ret = vm_ioctl(client, BALLAST_IOC_VM_SCAN, &scan, vm, "scan");
	*pass = scan.pass;
	return ret;
}

int ballast_client_blocks(struct ballast_client *client, uint32_t id, const char *vm,
			  uint64_t gfn, struct ballast_block_activity *blocks,
			  uint64_t *count, uint64_t *pass)
{
	struct ballast_vm_activity activity = {
		.id = id,
		.gfn = gfn,
		.count = *count,
		.grain = BALLAST_GRAIN_2M,
		.buf = (uintptr_t)blocks,
	};
	int ret;

	ret = vm_ioctl(client, BALLAST_IOC_VM_ACTIVITY, &activity, vm, "read its activity");
	if (ret)
		return ret;
	*count = activity.count;
	if (pass)
		*pass = activity.pass;
	return 0;
}

int ballast_client_each_block(struct ballast_client *client, uint32_t id, const char *vm,
			      const struct ballast_slot_entry *slots, size_t nr,
			      ballast_blocks_fn fn, void *arg)
{
	struct ballast_block_activity *blocks = malloc(BLOCKS_AT_ONCE * sizeof(*blocks));
	uint64_t gfn = 0, end, count;
	int ret = 0;

	if (!blocks)
		return fail(client, ENOMEM, "vm %s: out of memory", vm);
	for (size_t i = 0; i < nr && !ret; i++) {
		/* A block may have the end of one slot and the beginning of the next. */
		gfn = max_t(uint64_t, gfn, slots[i].gfn & ~(BALLAST_BLOCK_PAGES - 1ull));
		end = slots[i].gfn + slots[i].pages;
		while (gfn < end && !ret) {
			count = min_t(uint64_t, BLOCKS_AT_ONCE,
				      (end - gfn + BALLAST_BLOCK_PAGES - 1) / BALLAST_BLOCK_PAGES);
			ret = ballast_client_blocks(client, id, vm, gfn, blocks, &count, NULL);
			/* Memory ends here by now. */
			if (ret || !count)
				break;
			fn(arg, gfn, blocks, count);
			gfn += count * BALLAST_BLOCK_PAGES;
		}
	}
	free(blocks);
	return ret;
}

int ballast_client_pages(struct ballast_client *client, uint32_t id, const char *vm,
			 uint64_t gfn, uint8_t *pages, uint64_t *count)
{
	struct ballast_vm_activity activity = {
		.id = id,
		.gfn = gfn,
		.count = *count,
		.grain = BALLAST_GRAIN_4K,
		.buf = (uintptr_t)pages,
	};
	int ret = vm_ioctl(client, BALLAST_IOC_VM_ACTIVITY, &activity, vm,
			   "read the activity of its pages");

	*count = ret ? 0 : activity.count;
	return ret;
}

int ballast_client_classes(struct ballast_client *client, uint32_t id, const char *vm,
			   struct ballast_class_matrix *classes)
{
	struct ballast_vm_classes request = {
		.id = id,
		.size = sizeof(*classes),
		.buf = (uintptr_t)classes,
	};

	memset(classes, 0, sizeof(*classes));
	return vm_ioctl(client, BALLAST_IOC_VM_CLASSES, &request, vm, "read its classes");
}

int ballast_client_class_history(struct ballast_client *client, uint32_t id, const char *vm,
				 struct ballast_class_record *records, uint32_t *nr)
{
	struct ballast_vm_class_history request = {
		.id = id,
		.max = *nr,
		.buf = (uintptr_t)records,
	};
	int ret;

	ret = vm_ioctl(client, BALLAST_IOC_VM_CLASS_HISTORY, &request, vm,
		       "read the history of its classes");
	*nr = ret ? 0 : request.count;
	return ret;
}

int ballast_client_balloon(struct ballast_client *client, uint32_t id, const char *vm,
			   struct ballast_balloon_query *balloon)
{
	struct ballast_vm_balloon request = {
		.id = id,
		.size = sizeof(*balloon),
		.buf = (uintptr_t)balloon,
	};

	memset(balloon, 0, sizeof(*balloon));
	return vm_ioctl(client, BALLAST_IOC_VM_BALLOON, &request, vm, "read its balloon");
}

int ballast_client_target(struct ballast_client *client, uint32_t id, const char *vm,
			  uint64_t pages, uint32_t flags)
{
	struct ballast_vm_target request = { .id = id, .flags = flags, .pages = pages };

	return vm_ioctl(client, BALLAST_IOC_VM_TARGET, &request, vm, "set its balloon");
}

int ballast_client_mrc(struct ballast_client *client, uint32_t id, const char *vm,
		       struct ballast_mrc_query *mrc)
{
	struct ballast_vm_mrc request = {
		.id = id,
		.size = sizeof(*mrc),
		.buf = (uintptr_t)mrc,
	};

	memset(mrc, 0, sizeof(*mrc));
	return vm_ioctl(client, BALLAST_IOC_VM_MRC, &request, vm, "read its miss-rate curve");
}

int ballast_client_slots(struct ballast_client *client, uint32_t id, const char *vm,
			 struct ballast_slot_entry **slots, size_t *nr)
{
	struct ballast_vm_slots request = { .id = id };
	int ret;

	*slots = NULL;
	*nr = 0;
	do {
		void *room = realloc(*slots, (request.count + 1) * sizeof(**slots));

		if (!room) {
			free(*slots);
			*slots = NULL;
			return fail(client, -ENOMEM, "vm %s: no memory for its slots", vm);
		}
		*slots = room;
		request.max = request.count + 1;
		request.buf = (uintptr_t)room;
		ret = vm_ioctl(client, BALLAST_IOC_VM_SLOTS, &request, vm, "read its slots");
	} while (!ret && request.count > request.max);
	if (ret) {
		free(*slots);
		*slots = NULL;
	} else {
		*nr = request.count;
	}
	return ret;
}

int ballast_client_list(struct ballast_client *client, struct ballast_vm_entry **entries,
			size_t *nr)
{
	struct ballast_vm_list list = { 0 };
	struct ballast_vm_entry *room = NULL, *more;

	do {
		list.max = list.count + LIST_SLACK;
		more = realloc(room, list.max * sizeof(*room));
		if (!more) {
			free(room);
			return fail(client, ENOMEM, "out of memory");
		}
		room = more;
		list.entries = (uintptr_t)room;
		if (ioctl(client->fd, BALLAST_IOC_VM_LIST, &list)) {
			free(room);
			return fail(client, errno, "%s: cannot list the VMs: %s", client->device,
				    strerror(errno));
		}
	} while (list.count > list.max);
	*entries = room;
	*nr = list.count;
	return 0;
}

/* --- knobs ------------------------------------------------------------------------ */

static int open_knob(struct ballast_client *client, const char *folder, const char *knob,
		     int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/vm/%s/%s", client->sysfs, folder, knob);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == EACCES)
		return fail(client, errno, "%s: permission denied: run as root", path);
	return fail(client, errno, "%s: cannot open: %s", path, strerror(errno));
}

int ballast_client_get(struct ballast_client *client, const char *folder, const char *knob,
		       char value[BALLAST_KNOB_LEN])
{
	int fd = open_knob(client, folder, knob, O_RDONLY);
	ssize_t n;
	int err;

	if (fd < 0)
		return fd;
	n = read(fd, value, BALLAST_KNOB_LEN - 1);
	err = errno;
	close(fd);
	if (n < 0)
		return fail(client, err, "vm %s: cannot read %s: %s", folder, knob, strerror(err));
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int ballast_client_set(struct ballast_client *client, const char *folder, const char *knob,
		       const char *value)
{
	int fd = open_knob(client, folder, knob, O_WRONLY);
	ssize_t n;
	int err;

	if (fd < 0)
		return fd;
	n = write(fd, value, strlen(value));
	err = errno;
	close(fd);
	if (n >= 0)
		return 0;
	return fail(client, err, "vm %s: cannot set %s to %s: %s", folder, knob, value,
		    err == EINVAL ? "out of range" : strerror(err));
}
