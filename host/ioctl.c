// SPDX-License-Identifier: GPL-2.0-only
/* /dev/ballast: checks and copies, no logic. The UAPI header documents it. */

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "guest.h"
#include "ioctl.h"
#include "mrc.h"
#include "scan.h"
#include "snapshot.h"
#include "vm.h"

#define SCAN_PASSES_MAX	1024
/* KVM has at most 32764 (KVM_USER_MEM_SLOTS). */
#define SLOTS_MAX	32768

static_assert(sizeof(struct ballast_version) == 32);
static_assert(sizeof(struct ballast_vm_attach) == 40);
static_assert(sizeof(struct ballast_vm_ref) == 8);
static_assert(sizeof(struct ballast_vm_entry) == 40);
static_assert(sizeof(struct ballast_vm_list) == 16);
static_assert(sizeof(struct ballast_vm_query) == 328);
static_assert(sizeof(struct ballast_vm_scan) == 24);
static_assert(sizeof(struct ballast_vm_activity) == 48);
static_assert(sizeof(struct ballast_block_activity) == 16);
static_assert(sizeof(struct ballast_vm_classes) == 16);
static_assert(sizeof(struct ballast_class_matrix) == 3936);
static_assert(sizeof(struct ballast_vm_class_history) == 24);
static_assert(sizeof(struct ballast_class_record) == 144);
static_assert(sizeof(struct ballast_vm_target) == 24);
static_assert(sizeof(struct ballast_balloon_query) == 264);
static_assert(sizeof(struct ballast_vm_balloon) == 16);
static_assert(sizeof(struct ballast_slot_entry) == 24);
static_assert(sizeof(struct ballast_vm_slots) == 24);
static_assert(sizeof(struct ballast_mrc_query) == 4400);
static_assert(sizeof(struct ballast_vm_mrc) == 16);

static int do_version(struct ballast_version *v)
{
	memset(v, 0, sizeof(*v));
	v->abi = BALLAST_ABI_VERSION;
	strscpy(v->version, BALLAST_VERSION, sizeof(v->version));
	return 0;
}

static int do_attach(struct ballast_vm_attach *req)
{
	if (req->flags & ~BALLAST_ATTACH_FLAGS || req->reserved)
		return -EINVAL;
	req->id = 0;
	memset(req->name, 0, sizeof(req->name));
	return ballast_vm_attach(req->kvm_fd, req->flags & BALLAST_ATTACH_MANUAL, req);
}

static int detach(u32 id)
{
	struct ballast_vm *vm = ballast_vm_get(id);
	int ret;

	if (!vm)
		return -ENOENT;
	ret = ballast_vm_detach(vm);
	ballast_vm_put(vm);
	return ret;
}

static int do_detach(struct ballast_vm_ref *req)
{
	return req->reserved ? -EINVAL : detach(req->id);
}

static int do_list(struct ballast_vm_list *req)
{
	u32 max = min_t(u32, req->max, BALLAST_MAX_VMS);
	struct ballast_vm_entry *entries = NULL;
	int ret = 0;

	if (max) {
		entries = kvcalloc(max, sizeof(*entries), GFP_KERNEL);
		if (!entries)
			return -ENOMEM;
	}
	req->count = ballast_vm_list(entries, max);
	max = min(max, req->count);
	if (copy_to_user(u64_to_user_ptr(req->entries), entries, max * sizeof(*entries)))
		ret = -EFAULT;
	kvfree(entries);
	return ret;
}

static int do_query(struct ballast_vm_query *req)
{
	struct ballast_vm *vm = ballast_vm_get(req->id);

	if (!vm)
		return -ENOENT;
	memset(req, 0, sizeof(*req));
	ballast_vm_fill_query(vm, req);
	ballast_vm_put(vm);
	return 0;
}

static int do_scan(struct ballast_vm_scan *req)
{
	struct ballast_vm *vm;
	int ret;

	if (req->flags || req->reserved || !req->passes || req->passes > SCAN_PASSES_MAX)
		return -EINVAL;
	vm = ballast_vm_get(req->id);
	if (!vm)
		return -ENOENT;
	ret = ballast_scan_passes(vm, req->passes, &req->pass);
	ballast_vm_put(vm);
	return ret;
}

static int do_activity(struct ballast_vm_activity *req)
{
	struct ballast_vm *vm;
	int ret;

	if (req->flags || req->reserved || req->grain > BALLAST_GRAIN_2M)
		return -EINVAL;
	if (req->grain == BALLAST_GRAIN_2M && req->gfn & (BALLAST_BLOCK_PAGES - 1))
		return -EINVAL;
	/* Addresses and products below stay far from wrapping. */
	if (req->gfn >> 52 || req->count >> 52)
		return -EINVAL;
	vm = ballast_vm_get(req->id);
	if (!vm)
		return -ENOENT;
	ret = ballast_snapshot_copy(vm, req);
	ballast_vm_put(vm);
	return ret;
}

static int do_classes(struct ballast_vm_classes *req)
{
	struct ballast_vm *vm = ballast_vm_get(req->id);
	struct ballast_class_matrix *matrix;
	int ret = 0;

	if (!vm)
		return -ENOENT;
	matrix = kzalloc(sizeof(*matrix), GFP_KERNEL);
	if (matrix)
		ballast_guest_fill(vm, matrix);
	ballast_vm_put(vm);
	if (!matrix)
		return -ENOMEM;
	req->size = min_t(u32, req->size, sizeof(*matrix));
	if (copy_to_user(u64_to_user_ptr(req->buf), matrix, req->size))
		ret = -EFAULT;
	kfree(matrix);
	return ret;
}

/* Up to @max records of @size bytes; returns how many there are. */
typedef u32 (*fill_fn)(struct ballast_vm *vm, void *records, u32 max);

static int copy_records(u32 id, u64 buf, u32 max, size_t size, fill_fn fill, u32 *count)
{
	struct ballast_vm *vm = ballast_vm_get(id);
	void *records;
	int ret = 0;

	if (!vm)
		return -ENOENT;
	records = kvcalloc(max + 1, size, GFP_KERNEL);
	if (records)
		*count = fill(vm, records, max);
	ballast_vm_put(vm);
	if (!records)
		return -ENOMEM;
	if (copy_to_user(u64_to_user_ptr(buf), records, min(max, *count) * size))
		ret = -EFAULT;
	kvfree(records);
	return ret;
}

static u32 fill_history(struct ballast_vm *vm, void *records, u32 max)
{
	return ballast_guest_history(vm, records, max);
}

static int do_class_history(struct ballast_vm_class_history *req)
{
	return req->reserved ? -EINVAL :
	       copy_records(req->id, req->buf, min_t(u32, req->max, BALLAST_HISTORY),
			    sizeof(struct ballast_class_record), fill_history, &req->count);
}

static u32 fill_slots(struct ballast_vm *vm, void *records, u32 max)
{
	return ballast_snapshot_slots(vm, records, max);
}

static int do_slots(struct ballast_vm_slots *req)
{
	return req->reserved ? -EINVAL :
	       copy_records(req->id, req->buf, min_t(u32, req->max, SLOTS_MAX),
			    sizeof(struct ballast_slot_entry), fill_slots, &req->count);
}

static int do_target(const struct ballast_vm_target *req)
{
	struct ballast_vm *vm;
	int ret;

	if (req->reserved)
		return -EINVAL;
	vm = ballast_vm_get(req->id);
	if (!vm)
		return -ENOENT;
	ret = ballast_balloon_set_target(vm, req->pages, req->flags);
	ballast_vm_put(vm);
	return ret;
}

static int do_balloon(struct ballast_vm_balloon *req)
{
	struct ballast_vm *vm = ballast_vm_get(req->id);
	struct ballast_balloon_query balloon = {};

	if (!vm)
		return -ENOENT;
	ballast_balloon_fill(vm, &balloon);
	ballast_vm_put(vm);
	req->size = min_t(u32, req->size, sizeof(balloon));
	return copy_to_user(u64_to_user_ptr(req->buf), &balloon, req->size) ? -EFAULT : 0;
}

static int do_mrc(struct ballast_vm_mrc *req)
{
	struct ballast_vm *vm = ballast_vm_get(req->id);
	struct ballast_mrc_query *query;
	int ret = 0;

	if (!vm)
		return -ENOENT;
	query = kzalloc(sizeof(*query), GFP_KERNEL);
	if (query)
		ballast_mrc_fill(vm, query);
	ballast_vm_put(vm);
	if (!query)
		return -ENOMEM;
	req->size = min_t(u32, req->size, sizeof(*query));
	if (copy_to_user(u64_to_user_ptr(req->buf), query, req->size))
		ret = -EFAULT;
	kfree(query);
	return ret;
}

/* Attach tells the id of a VM that is attached already along with -EEXIST. */
static bool answer_anyway(unsigned int cmd, int ret)
{
	return !ret || (cmd == BALLAST_IOC_VM_ATTACH && ret == -EEXIST);
}

static long ballast_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	union {
		struct ballast_version version;
		struct ballast_vm_attach attach;
		struct ballast_vm_ref ref;
		struct ballast_vm_list list;
		struct ballast_vm_query query;
		struct ballast_vm_scan scan;
		struct ballast_vm_activity activity;
		struct ballast_vm_classes classes;
		struct ballast_vm_class_history class_history;
		struct ballast_vm_target target;
		struct ballast_vm_balloon balloon;
		struct ballast_vm_slots slots;
		struct ballast_vm_mrc mrc;
	} u = {};
	int ret;

	if (_IOC_TYPE(cmd) != BALLAST_IOC_MAGIC || _IOC_SIZE(cmd) > sizeof(u))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&u, user, _IOC_SIZE(cmd)))
		return -EFAULT;

	switch (cmd) {
	case BALLAST_IOC_VERSION:
		ret = do_version(&u.version);
		break;
	case BALLAST_IOC_VM_ATTACH:
		ret = do_attach(&u.attach);
		break;
	case BALLAST_IOC_VM_DETACH:
		ret = do_detach(&u.ref);
		break;
	case BALLAST_IOC_VM_LIST:
		ret = do_list(&u.list);
		break;
	case BALLAST_IOC_VM_QUERY:
		ret = do_query(&u.query);
		break;
	case BALLAST_IOC_VM_SCAN:
		ret = do_scan(&u.scan);
		break;
	case BALLAST_IOC_VM_ACTIVITY:
		ret = do_activity(&u.activity);
		break;
	case BALLAST_IOC_VM_CLASSES:
		ret = do_classes(&u.classes);
		break;
	case BALLAST_IOC_VM_CLASS_HISTORY:
		ret = do_class_history(&u.class_history);
		break;
	case BALLAST_IOC_VM_TARGET:
		ret = do_target(&u.target);
		break;
	case BALLAST_IOC_VM_BALLOON:
		ret = do_balloon(&u.balloon);
		break;
	case BALLAST_IOC_VM_SLOTS:
		ret = do_slots(&u.slots);
		break;
	case BALLAST_IOC_VM_MRC:
		ret = do_mrc(&u.mrc);
		break;
	default:
		return -ENOTTY;
	}
	if (answer_anyway(cmd, ret) && _IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(user, &u, _IOC_SIZE(cmd))) {
		/* The caller was not told the id of what is attached now. */
		if (cmd == BALLAST_IOC_VM_ATTACH && !ret)
			detach(u.attach.id);
		return -EFAULT;
	}
	return ret;
}

static int ballast_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? nonseekable_open(inode, file) : -EPERM;
}

static const struct file_operations ballast_fops = {
	.owner = THIS_MODULE,
	.open = ballast_open,
	.unlocked_ioctl = ballast_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ballast_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ballast",
	.mode = 0600,
	.fops = &ballast_fops,
};

int ballast_ioctl_init(void)
{
	return misc_register(&ballast_misc);
}

void ballast_ioctl_exit(void)
{
	misc_deregister(&ballast_misc);
}
