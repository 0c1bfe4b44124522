// SPDX-License-Identifier: GPL-2.0-only
/* Attached VMs: lookup, references, attach, detach. vm.h tells their life. */

#include <linux/file.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "calibrate.h"
#include "compat/kvm.h"
#include "debugfs.h"
#include "mrc.h"
#include "notifier.h"
#include "scan.h"
#include "sysfs.h"
#include "vm.h"

/*
 * Protects attach, publication and lookup by struct kvm. Detach takes it only
 * to unpublish. Never taken in a notifier callback.
 */
static DEFINE_MUTEX(ballast_vms_lock);
static DEFINE_XARRAY_ALLOC1(vms);	/* id -> vm; Protected by ballast_vms_lock */
static u32 next_id;			/* Protected by ballast_vms_lock */
static unsigned int nr_vms;		/* Protected by ballast_vms_lock */
static atomic_t alive;			/* VMs whose memory is not freed yet */
static struct workqueue_struct *detach_wq;

static void vm_release(struct kobject *kobj)
{
	struct ballast_vm *vm = ballast_vm_of(kobj);

	ballast_guest_free(&vm->guest);
	kfree(vm);
	if (atomic_dec_and_test(&alive))
		wake_up_var(&alive);
}

void ballast_vm_put(struct ballast_vm *vm)
{
	kobject_put(&vm->kobj);
}

/**
 * ballast_vm_get() - look an attachment up
 * @id: attachment
 *
 * Return: with a reference, or NULL.
 */
struct ballast_vm *ballast_vm_get(u32 id)
{
	struct ballast_vm *vm;

	mutex_lock(&ballast_vms_lock);
	vm = xa_load(&vms, id);
	if (vm)
		kobject_get(&vm->kobj);
	mutex_unlock(&ballast_vms_lock);
	return vm;
}

/**
 * ballast_vm_next() - go through all attachments
 * @id: the last one's, 0 to begin with; out: this one's
 * @mm: out: the VMM's memory, with a reference (mmput())
 *
 * Those whose VMM is on its way out are left out. Return: with a reference, or
 * NULL when there are no more.
 */
struct ballast_vm *ballast_vm_next(unsigned long *id, struct mm_struct **mm)
{
	struct ballast_vm *vm;

	/* As long as a VM is in the table, detach has not put its struct kvm. */
	mutex_lock(&ballast_vms_lock);
	do {
		vm = xa_find_after(&vms, id, ULONG_MAX, XA_PRESENT);
	} while (vm && !mmget_not_zero(vm->mm));
	if (vm) {
		kobject_get(&vm->kobj);
		*mm = vm->mm;
	}
	mutex_unlock(&ballast_vms_lock);
	return vm;
}

/**
 * ballast_vm_mm() - the VMM's memory
 * @vm: the caller has a reference
 *
 * Return: with a reference (mmput()), NULL when the VM is detached or its VMM is on its
 * way out.
 */
struct mm_struct *ballast_vm_mm(struct ballast_vm *vm)
{
	struct mm_struct *mm = NULL;

	mutex_lock(&ballast_vms_lock);
	if (xa_load(&vms, vm->id) == vm && mmget_not_zero(vm->mm))
		mm = vm->mm;
	mutex_unlock(&ballast_vms_lock);
	return mm;
}

static void detach_work(struct work_struct *work)
{
	struct ballast_vm *vm = container_of(work, struct ballast_vm, detach_work);

	ballast_vm_detach(vm);
	ballast_vm_put(vm);
}

/*
 * From the notifier's release: the VM's memory is going. Unregistering the
 * notifier from inside its own callback would deadlock.
 */
void ballast_vm_detach_later(struct ballast_vm *vm)
{
	if (ballast_vm_dying(vm))
		return;
	kobject_get(&vm->kobj);
	if (!queue_work(detach_wq, &vm->detach_work))
		ballast_vm_put(vm);
}

static struct ballast_vm *vm_alloc(struct kvm *kvm, bool manual)
{
	struct ballast_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);

	if (!vm)
		return NULL;
	vm->kvm = kvm;
	vm->mm = kvm->mm;
	vm->pid = kvm->userspace_pid;
	vm->aging = &ballast_aging_kvm;
	vm->manual = manual;
	vm->config = ballast_rate_defaults;
	vm->calibrate_s = BALLAST_CALIBRATE_S;
	vm->mrc_knobs = ballast_mrc_knob_defaults;
	vm->last_pass = ktime_get();
	vm->last_calibration = vm->last_pass;
	mutex_init(&vm->scan_lock);
	spin_lock_init(&vm->config_lock);
	init_waitqueue_head(&vm->wake);
	ballast_guest_init(&vm->guest);
	INIT_WORK(&vm->detach_work, detach_work);
	atomic_inc(&alive);
	ballast_sysfs_vm_init(vm, vm_release);
	return vm;
}

static struct ballast_vm *find_by_kvm(const struct kvm *kvm)
{
	struct ballast_vm *vm;
	unsigned long id;

	lockdep_assert_held(&ballast_vms_lock);
	xa_for_each(&vms, id, vm)
		if (vm->kvm == kvm)
			return vm;
	return NULL;
}

static bool name_taken(const char *name)
{
	struct ballast_vm *vm;
	unsigned long id;

	xa_for_each(&vms, id, vm)
		if (!strcmp(vm->name, name))
			return true;
	return false;
}

/* Reserve an id and a name; the VM is not to be found yet. */
static int vm_reserve(struct ballast_vm *vm)
{
	int ret;

	if (nr_vms >= BALLAST_MAX_VMS)
		return -ENOSPC;
	ret = xa_alloc_cyclic(&vms, &vm->id, NULL, XA_LIMIT(1, INT_MAX), &next_id, GFP_KERNEL);
	if (ret < 0)
		return ret;
	snprintf(vm->name, sizeof(vm->name), "%d", vm->pid);
	if (name_taken(vm->name))
		snprintf(vm->name, sizeof(vm->name), "%d-%u", vm->pid, vm->id);
	return 0;
}

static int vm_first_map(struct ballast_vm *vm)
{
	int ret;

	mutex_lock(&vm->scan_lock);
	ret = ballast_scan_sync_map(vm);
	mutex_unlock(&vm->scan_lock);
	return ret;
}

/* The ladder of attach, under ballast_vms_lock and with mm_users held. */
static int vm_start(struct ballast_vm *vm)
{
	const char *what;
	int ret;

	what = "its id";
	ret = vm_reserve(vm);
	if (ret)
		goto err_id;
	what = "the map of its memory";
	ret = vm_first_map(vm);
	if (ret)
		goto err_map;
	what = "the MMU notifier";
	ret = ballast_notifier_register(vm);
	if (ret)
		goto err_map;
	what = "sysfs";
	ret = ballast_sysfs_vm_add(vm);
	if (ret)
		goto err_sysfs;
	ballast_debugfs_vm_add(vm);
	what = "the scanner's thread";
	ret = ballast_scan_start(vm);
	if (ret)
		goto err_scan;
	what = "the table of VMs";
	ret = xa_err(xa_store(&vms, vm->id, vm, GFP_KERNEL));
	if (ret)
		goto err_publish;
	nr_vms++;
	return 0;

err_publish:
	set_bit(BALLAST_VM_DYING, &vm->flags);
	ballast_scan_stop(vm);
err_scan:
	ballast_debugfs_vm_del(vm);
	ballast_sysfs_vm_del(vm);
err_sysfs:
	set_bit(BALLAST_VM_DYING, &vm->flags);
	ballast_notifier_unregister(vm);
err_map:
	set_bit(BALLAST_VM_DYING, &vm->flags);
	ballast_scan_drop_map(vm);
	xa_release(&vms, vm->id);
err_id:
	pr_warn_ratelimited("ballast: vm %d: not attached: %s: %pe\n", vm->pid, what,
			    ERR_PTR(ret));
	return ret;
}

static int attach_kvm(struct kvm *kvm, bool manual, struct ballast_vm_attach *out)
{
	struct ballast_vm *vm;
	int ret;

	lockdep_assert_held(&ballast_vms_lock);
	vm = find_by_kvm(kvm);
	if (vm) {
		out->id = vm->id;
		strscpy(out->name, vm->name, sizeof(out->name));
		return -EEXIST;
	}
	if (!ballast_aging_usable(kvm))
		return -EOPNOTSUPP;
	if (!kvm_get_kvm_safe(kvm))
		return -ESRCH;
	vm = vm_alloc(kvm, manual);
	if (!vm) {
		kvm_put_kvm(kvm);
		return -ENOMEM;
	}
	ret = vm_start(vm);
	if (ret) {
		ballast_vm_put(vm);
		kvm_put_kvm(kvm);
		return ret;
	}
	out->id = vm->id;
	strscpy(out->name, vm->name, sizeof(out->name));
	return 0;
}

/**
 * ballast_vm_attach() - attach the VM behind a file descriptor
 * @kvm_fd: of the calling process
 * @manual: scan on request only
 * @out:    id and name are set on success and with -EEXIST
 *
 * Return: 0 or what the ioctl documents.
 */
int ballast_vm_attach(int kvm_fd, bool manual, struct ballast_vm_attach *out)
{
	struct file *file = fget(kvm_fd);
	struct mm_struct *mm;
	struct kvm *kvm;
	int ret;

	if (!file)
		return -EBADF;
	ret = -EINVAL;
	if (!ballast_file_is_kvm(file))
		goto out_file;
	kvm = file->private_data;
	mm = kvm->mm;
	ret = -ESRCH;
	if (!mmget_not_zero(mm))
		goto out_file;
	if (mutex_lock_interruptible(&ballast_vms_lock)) {
		ret = -EINTR;
	} else {
		ret = attach_kvm(kvm, manual, out);
		mutex_unlock(&ballast_vms_lock);
	}
	mmput(mm);	/* @file holds @kvm, which holds the mm_struct */
out_file:
	fput(file);
	return ret;
}

/**
 * ballast_vm_detach() - end an attachment
 * @vm: with a reference of the caller
 *
 * Process context. Return: 0, or -ENOENT when another caller is doing it.
 */
int ballast_vm_detach(struct ballast_vm *vm)
{
	if (test_and_set_bit(BALLAST_VM_DYING, &vm->flags))
		return -ENOENT;
	mutex_lock(&ballast_vms_lock);
	xa_erase(&vms, vm->id);
	nr_vms--;
	mutex_unlock(&ballast_vms_lock);

	ballast_scan_stop(vm);
	ballast_debugfs_vm_del(vm);
	ballast_sysfs_vm_del(vm);
	ballast_notifier_unregister(vm);
	ballast_scan_drop_map(vm);
	kvm_put_kvm(vm->kvm);
	ballast_vm_put(vm);	/* the one of attach */
	return 0;
}

/**
 * ballast_vm_list() - who is attached
 * @entries: out
 * @max:     size of @entries
 *
 * Return: number of VMs attached, may be above @max.
 */
u32 ballast_vm_list(struct ballast_vm_entry *entries, u32 max)
{
	struct ballast_vm *vm;
	unsigned long id;
	u32 n = 0;

	mutex_lock(&ballast_vms_lock);
	xa_for_each(&vms, id, vm) {
		if (n < max) {
			entries[n].id = vm->id;
			entries[n].pid = vm->pid;
			entries[n].mem_pages = ballast_vm_mem_pages(vm);
			strscpy(entries[n].name, vm->name, sizeof(entries[n].name));
		}
		n++;
	}
	mutex_unlock(&ballast_vms_lock);
	return n;
}

/**
 * ballast_vm_fill_query() - everything there is to say of a VM
 * @vm:    attachment
 * @query: out; the caller has zeroed it
 */
void ballast_vm_fill_query(struct ballast_vm *vm, struct ballast_vm_query *query)
{
	const struct ballast_counters *c = &vm->counters;
	unsigned int i;

	query->id = vm->id;
	query->pid = vm->pid;
	query->mem_pages = ballast_vm_mem_pages(vm);
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		query->level_pages[i] = READ_ONCE(vm->level_pages[i]);
	for (i = 0; i < BALLAST_NR_MAP_LEVELS; i++)
		query->map_pages[i] = READ_ONCE(vm->map_pages[i]);
	query->working_set_pages = query->level_pages[BALLAST_HOT] +
				   query->level_pages[BALLAST_WARM];
	query->passes = READ_ONCE(c->passes);
	query->changed_pages = READ_ONCE(c->changed_pages);
	if (READ_ONCE(vm->manual)) {
		query->period_reason = BALLAST_PERIOD_MANUAL;
	} else {
		query->period_ms = READ_ONCE(vm->rate.period_ms);
		query->period_reason = READ_ONCE(vm->rate.reason);
	}
	query->budget_bp = READ_ONCE(vm->config.budget_bp);
	query->cpu_bp = READ_ONCE(c->cpu_bp);
	query->pass_ns = READ_ONCE(c->pass_ns);
	query->scan_ns = READ_ONCE(c->scan_ns);
	query->scanned_pages = READ_ONCE(c->scanned_pages);
	query->calls = READ_ONCE(c->calls);
	query->hits = READ_ONCE(c->hits);
	query->contended = READ_ONCE(c->contended);
	query->credited = atomic64_read(&vm->credited);
	query->given_back = atomic64_read(&vm->given_back);
	query->missed_deadlines = READ_ONCE(c->missed_deadlines);
	query->invalidations = atomic64_read(&vm->invalidations);
	query->flushes = READ_ONCE(c->flushes);
	query->blind_samples = READ_ONCE(c->blind_samples);
	query->tlb_blind_bp = READ_ONCE(c->tlb_blind_bp);
	query->store_bytes = atomic_long_read(&vm->store_bytes);
}

int ballast_vm_init(void)
{
	detach_wq = alloc_workqueue("ballast_detach", WQ_UNBOUND, 0);
	return detach_wq ? 0 : -ENOMEM;
}

/* Nobody can attach any more: detach all, wait until the last one is freed. */
void ballast_vm_exit(void)
{
	struct ballast_vm *vm;
	unsigned long id;

	do {
		id = 0;
		mutex_lock(&ballast_vms_lock);
		vm = xa_find(&vms, &id, ULONG_MAX, XA_PRESENT);
		if (vm)
			kobject_get(&vm->kobj);
		mutex_unlock(&ballast_vms_lock);
		if (vm) {
			ballast_vm_detach(vm);
			ballast_vm_put(vm);
		}
	} while (vm);
	wait_var_event(&alive, !atomic_read(&alive));
	destroy_workqueue(detach_wq);
	xa_destroy(&vms);
}
