/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One attached VM.
 *
 * Life: attach takes a reference on struct kvm (never on the VMM's files),
 * registers our mmu notifier with the VM's address space, starts the scanner
 * and publishes the VM. It ends in ballast_vm_detach(), called by the ioctl,
 * by module exit, or from the work that the notifier's release queues when the
 * VMM's memory goes; the first to set BALLAST_VM_DYING does it, alone:
 * unpublish, stop the scanner, remove sysfs and debugfs, unregister the
 * notifier, free the map, put struct kvm. The memory of struct ballast_vm
 * stays until the last reference is dropped (its kobject's).
 *
 * Locks, outermost first (Documentation/locking.rst):
 * ballast_vms_lock -> scan_lock -> (RCU). config_lock is innermost.
 */
#ifndef BALLAST_HOST_VM_H
#define BALLAST_HOST_VM_H

#include <linux/kobject.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "aging.h"
#include "guest.h"
#include "memmap.h"
#include "policy/scan_rate.h"

/* More VMs than a host can run; bounds what a confused caller can allocate. */
#define BALLAST_MAX_VMS		4096

#define BALLAST_VM_DYING	0	/* bit in vm->flags: detach has begun */

/**
 * struct ballast_counters - what scanning did, since attach
 *
 * Written under scan_lock, read without: each is one word.
 */
struct ballast_counters {
	u64 passes;
	u64 changed_pages;	/* in the last pass */
	u64 pass_ns;		/* of the last pass */
	u64 scan_ns;
	u64 scanned_pages;
	u64 calls;
	u64 hits;
	u64 contended;
	u64 missed_deadlines;
	u64 flushes;
	u64 blind_samples;
	u32 tlb_blind_bp;
	u32 cpu_bp;
};

/**
 * struct ballast_mrc_knobs - miss-rate curve, as an operator wants it
 * @enabled:   0 or 1
 * @samples:   entries wanted
 * @tick_ms:   shortest time between ticks
 * @budget_bp: CPU time of ticks, 1/10000 of a core, at most
 * @tracer:    enum ballast_mrc_tracer
 * @window_ms: how long an entry is left alone after a trap
 * @trap_rate: traps per second at most
 * @trap_huge: 0 or 1: blocks as well
 */
struct ballast_mrc_knobs {
	u32 enabled;
	u32 samples;
	u32 tick_ms;
	u32 budget_bp;
	u32 tracer;
	u32 window_ms;
	u32 trap_rate;
	u32 trap_huge;
};

struct ballast_mrc_run;

/**
 * struct ballast_vm - an attachment
 * @kobj:       folder in sysfs; its reference count is the VM's
 * @id:         constant
 * @pid:        of the VMM, constant
 * @name:       constant
 * @kvm:        reference held until detach
 * @mm:         kvm->mm, valid as long as @kvm
 * @aging:      constant
 * @mn:         our notifier on @mm
 * @flags:      atomic, BALLAST_VM_*
 * @detach_work: queued by @mn's release
 * @map:        replaced under @scan_lock, read under it or RCU; NULL once dead
 * @store_bytes: memory behind @map
 * @scan_lock:  one pass at a time; protects states, @rate, @counters, @turn
 * @scanner:    kthread, constant until detach stops it
 * @wake:       wakes the scanner when a knob has changed
 * @rearm:      set under @config_lock: knobs changed, look again
 * @config_lock: protects @config, @manual, @rearm, @calibrate_s
 * @config:     thresholds of the scan rate
 * @manual:     scan on request only
 * @calibrate_s: seconds between calibrations, 0: never
 * @rate:       scan-rate machine; Protected by @scan_lock, period_ms and
 *              reason read without
 * @counters:   see there
 * @level_pages: pages per level; written under @scan_lock, read without
 * @map_pages:  pages per mapping level; likewise
 * @last_pass:  start of the last pass, ktime; Protected by @scan_lock
 * @last_calibration: ktime; Protected by @scan_lock
 * @credited:   atomic, notifier
 * @given_back: atomic, notifier
 * @invalidations: atomic, notifier
 * @invalidated_blocks: atomic, notifier; taken by each pass
 * @mrc_knobs:  written under @scan_lock, read without: each is one word
 * @mrc:        while a miss-rate curve is made; replaced under @scan_lock, read under
 *              it or RCU
 * @mrc_wake:   set to have the scanner look at @mrc again
 * @guest:      what its guest says; has a lock of its own
 * @debugfs:    folder
 */
struct ballast_vm {
	struct kobject kobj;
	u32 id;
	pid_t pid;
	char name[BALLAST_NAME_LEN];
	struct kvm *kvm;
	struct mm_struct *mm;
	const struct ballast_aging_ops *aging;
	struct mmu_notifier mn;
	unsigned long flags;
	struct work_struct detach_work;

	struct ballast_memmap __rcu *map;
	atomic_long_t store_bytes;

	struct mutex scan_lock;
	struct task_struct *scanner;
	wait_queue_head_t wake;

	spinlock_t config_lock;
	struct ballast_rate_config config;
	bool manual;
	bool rearm;
	u32 calibrate_s;

	struct ballast_rate rate;
	struct ballast_counters counters;
	u64 level_pages[BALLAST_NR_LEVELS];
	u64 map_pages[BALLAST_NR_MAP_LEVELS];
	ktime_t last_pass;
	ktime_t last_calibration;

	atomic64_t credited;
	atomic64_t given_back;
	atomic64_t invalidations;
	atomic64_t invalidated_blocks;

	struct ballast_mrc_knobs mrc_knobs;
	struct ballast_mrc_run __rcu *mrc;
	bool mrc_wake;

	struct ballast_guest guest;

	struct dentry *debugfs;
};

int ballast_vm_init(void);
void ballast_vm_exit(void);

int ballast_vm_attach(int kvm_fd, bool manual, struct ballast_vm_attach *out);
int ballast_vm_detach(struct ballast_vm *vm);
void ballast_vm_detach_later(struct ballast_vm *vm);
struct ballast_vm *ballast_vm_get(u32 id);
struct ballast_vm *ballast_vm_next(unsigned long *id, struct mm_struct **mm);
struct mm_struct *ballast_vm_mm(struct ballast_vm *vm);
void ballast_vm_put(struct ballast_vm *vm);
u32 ballast_vm_list(struct ballast_vm_entry *entries, u32 max);
void ballast_vm_fill_query(struct ballast_vm *vm, struct ballast_vm_query *query);

/* The VM that a folder of sysfs is of. */
static inline struct ballast_vm *ballast_vm_of(struct kobject *kobj)
{
	return container_of(kobj, struct ballast_vm, kobj);
}

static inline bool ballast_vm_dying(const struct ballast_vm *vm)
{
	return test_bit(BALLAST_VM_DYING, &vm->flags);
}

/* Guest memory in all slots. */
static inline u64 ballast_vm_mem_pages(struct ballast_vm *vm)
{
	const struct ballast_memmap *map;
	u64 pages;

	rcu_read_lock();
	map = rcu_dereference(vm->map);
	pages = map ? map->pages : 0;
	rcu_read_unlock();
	return pages;
}

/* The map for whoever holds scan_lock; NULL when the VM is gone. */
static inline struct ballast_memmap *ballast_vm_map(struct ballast_vm *vm)
{
	return rcu_dereference_protected(vm->map, lockdep_is_held(&vm->scan_lock));
}

#endif /* BALLAST_HOST_VM_H */
