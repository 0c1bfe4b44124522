// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scanner: a kernel thread per VM that runs a pass over all blocks, asks
 * the scan-rate machine when to run the next, and sleeps until then. A pass on
 * request runs in the caller's context; scan_lock keeps the two apart.
 *
 * A pass gives way (cond_resched) after every few blocks and ends early when
 * the VM is being detached. CPU time is measured over batches of blocks
 * (meter.h), so that a busy host does not look like an expensive VM.
 */

#include <linux/error-injection.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "calibrate.h"
#include "compat/kvm.h"
#include "meter.h"
#include "mrc.h"
#include "scan.h"
#include "trace.h"
#include "visit.h"

#define BATCH_BLOCKS	16
/* The host is short of memory below this share of what it has. */
#define PRESSURE_SHARE	20

static bool host_pressure(void)
{
	return si_mem_available() < (long)(totalram_pages() / PRESSURE_SHARE);
}

/* Count levels and mappings anew, after slots came or went. */
static void recount(struct ballast_vm *vm, const struct ballast_memmap *map)
{
	u64 levels[BALLAST_NR_LEVELS] = {}, maps[BALLAST_NR_MAP_LEVELS] = {};
	struct ballast_span span;
	unsigned long nr;
	unsigned int i, l;

	for (i = 0; i < map->nr; i++) {
		for (nr = 0; nr < map->slots[i].nr_blocks; nr++) {
			u16 pages[BALLAST_NR_LEVELS];

			ballast_slot_span(&map->slots[i], nr, &span);
			ballast_span_count(&span, pages);
			for (l = 0; l < BALLAST_NR_LEVELS; l++)
				levels[l] += pages[l];
			maps[ballast_block_level(span.block)] += span.last - span.first;
			cond_resched();
		}
	}
	for (l = 0; l < BALLAST_NR_LEVELS; l++)
		WRITE_ONCE(vm->level_pages[l], levels[l]);
	for (l = 0; l < BALLAST_NR_MAP_LEVELS; l++)
		WRITE_ONCE(vm->map_pages[l], maps[l]);
}

/**
 * ballast_scan_sync_map() - follow KVM's memory slots
 * @vm: under scan_lock
 *
 * Return: 0, -ENOMEM (the old map stays), -ENODEV when the VM is gone.
 */
int ballast_scan_sync_map(struct ballast_vm *vm)
{
	struct ballast_memmap *old = ballast_vm_map(vm), *map;

	lockdep_assert_held(&vm->scan_lock);
	if (ballast_vm_dying(vm))
		return -ENODEV;
	if (old && ballast_memmap_current(old, vm->kvm))
		return 0;
	map = ballast_memmap_build(vm->kvm, old, &vm->store_bytes);
	if (IS_ERR(map))
		return PTR_ERR(map);
	rcu_assign_pointer(vm->map, map);
	recount(vm, map);
	if (old) {
		ballast_mrc_follow(vm);
		ballast_mrc_changed(vm);
		synchronize_rcu();
		ballast_memmap_retire(old, &vm->store_bytes);
	}
	return 0;
}

/* Last step of detach: nobody scans any more, the notifier is gone. */
void ballast_scan_drop_map(struct ballast_vm *vm)
{
	struct ballast_memmap *map;

	mutex_lock(&vm->scan_lock);
	ballast_mrc_stop(vm);
	map = ballast_vm_map(vm);
	RCU_INIT_POINTER(vm->map, NULL);
	mutex_unlock(&vm->scan_lock);
	if (!map)
		return;
	synchronize_rcu();
	ballast_memmap_retire(map, &vm->store_bytes);
}

static int scan_slot(struct ballast_visit *v, const struct ballast_slot *slot,
		     u64 *ns, u64 *batch_ns)
{
	unsigned long nr = 0;
	int ret = 0;

	while (nr < slot->nr_blocks && !ret) {
		unsigned long end = min(nr + BATCH_BLOCKS, slot->nr_blocks);
		struct ballast_meter meter;

		ballast_meter_begin(&meter);
		for (; nr < end && !ret; nr++) {
			struct ballast_span span;

			ballast_slot_span(slot, nr, &span);
			ret = ballast_visit_block(v, slot, &span);
		}
		*ns += ballast_meter_end(&meter, batch_ns);
		cond_resched();
		if (!ret && ballast_vm_dying(v->vm))
			ret = -ENODEV;
	}
	return ret;
}

static void account(struct ballast_vm *vm, const struct ballast_visit *v, u64 ns)
{
	struct ballast_counters *c = &vm->counters;
	ktime_t now = ktime_get();
	u64 gap = ktime_to_ns(ktime_sub(now, vm->last_pass));

	WRITE_ONCE(c->pass_ns, ns);
	WRITE_ONCE(c->scan_ns, c->scan_ns + ns);
	WRITE_ONCE(c->calls, c->calls + v->calls);
	WRITE_ONCE(c->hits, c->hits + v->hits);
	WRITE_ONCE(c->scanned_pages, c->scanned_pages + v->scanned_pages);
	WRITE_ONCE(c->changed_pages, v->changed_pages);
	WRITE_ONCE(c->contended, c->contended + v->contended);
	WRITE_ONCE(c->cpu_bp, gap ? min_t(u64, div64_u64(ns * 10000, gap), 10000) : 0);
	WRITE_ONCE(c->passes, v->pass);
	vm->last_pass = now;
}

static void step_rate(struct ballast_vm *vm, const struct ballast_visit *v, u64 ns)
{
	const struct ballast_memmap *map = ballast_vm_map(vm);
	struct ballast_rate_input in = {
		.pass_ns = ns,
		.pages = map->pages,
		.changed_pages = v->changed_pages,
		.blocks = map->nr_blocks,
		.invalidated = atomic64_xchg(&vm->invalidated_blocks, 0),
		.pressure = host_pressure(),
	};
	struct ballast_rate_config config;
	u8 before = vm->rate.state;

	spin_lock(&vm->config_lock);
	config = vm->config;
	spin_unlock(&vm->config_lock);
	ballast_rate_step(&vm->rate, &config, &in);
	if (vm->rate.state != before && (vm->rate.state == BALLAST_PERIOD_CHANGE ||
					 vm->rate.state == BALLAST_PERIOD_PRESSURE))
		ballast_mrc_changed(vm);
}

/* One pass. Return: 0; -ENODEV or -ESRCH the VM is gone; -ENOMEM. */
static int scan_pass(struct ballast_vm *vm)
{
	const struct ballast_memmap *map;
	struct ballast_visit *v;
	u64 ns = 0, batch_ns = 0;
	unsigned int i;
	int ret;

	lockdep_assert_held(&vm->scan_lock);
	ret = ballast_scan_sync_map(vm);
	if (ret)
		return ret;
	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	ballast_mrc_pass(vm);
	map = ballast_vm_map(vm);
	v->vm = vm;
	v->pass = vm->counters.passes + 1;
	v->now_s = ktime_get_boottime_seconds();
	for (i = 0; i < map->nr && !ret; i++)
		ret = scan_slot(v, &map->slots[i], &ns, &batch_ns);
	if (v->remapped || ballast_mrc_waits(vm))
		ballast_mrc_follow(vm);
	if (!ret) {
		account(vm, v, ns);
		step_rate(vm, v, ns);
		trace_ballast_pass(vm->id, v->pass, ns, v->calls, v->changed_pages,
				   vm->rate.period_ms, vm->rate.reason);
	}
	kfree(v);
	return ret;
}

/**
 * ballast_scan_passes() - passes now, in the caller's context
 * @vm:     attachment
 * @passes: how many
 * @last:   out: number of the last one
 *
 * Return: 0, -EINTR, -ENODEV, -ENOMEM.
 */
int ballast_scan_passes(struct ballast_vm *vm, unsigned int passes, u64 *last)
{
	int ret = 0;

	while (passes-- && !ret) {
		if (mutex_lock_interruptible(&vm->scan_lock))
			return -EINTR;
		ret = scan_pass(vm);
		*last = vm->counters.passes;
		mutex_unlock(&vm->scan_lock);
		if (!ret && signal_pending(current))
			ret = -EINTR;
	}
	return ret == -ESRCH ? -ENODEV : ret;
}

static bool manual(struct ballast_vm *vm)
{
	return READ_ONCE(vm->manual);
}

static bool take_rearm(struct ballast_vm *vm)
{
	bool rearm;

	spin_lock(&vm->config_lock);
	rearm = vm->rearm;
	vm->rearm = false;
	spin_unlock(&vm->config_lock);
	return rearm;
}

/* Knobs have changed: let the rate machine start over with them. */
static void restart_rate(struct ballast_vm *vm)
{
	struct ballast_rate_config config;

	spin_lock(&vm->config_lock);
	config = vm->config;
	spin_unlock(&vm->config_lock);
	mutex_lock(&vm->scan_lock);
	ballast_rate_init(&vm->rate, &config);
	mutex_unlock(&vm->scan_lock);
}

static void pass_and_calibrate(struct ballast_vm *vm)
{
	u64 start = ktime_get_ns();

	mutex_lock(&vm->scan_lock);
	if (!manual(vm) && !scan_pass(vm)) {
		if (ktime_get_ns() - start > (u64)vm->rate.period_ms * NSEC_PER_MSEC)
			WRITE_ONCE(vm->counters.missed_deadlines,
				   vm->counters.missed_deadlines + 1);
		ballast_calibrate(vm);
	}
	mutex_unlock(&vm->scan_lock);
}

static unsigned long next_pass(struct ballast_vm *vm)
{
	return jiffies + (msecs_to_jiffies(READ_ONCE(vm->rate.period_ms)) ?: 1);
}

/* Until the next pass or tick, at least a moment. */
static long nap(struct ballast_vm *vm, unsigned long pass)
{
	long wait = MAX_SCHEDULE_TIMEOUT;

	if (!manual(vm))
		wait = time_before(jiffies, pass) ? (long)(pass - jiffies) : 1;
	return max(min(wait, ballast_mrc_wait(vm)), 1L);
}

static bool woken(struct ballast_vm *vm)
{
	return kthread_should_stop() || READ_ONCE(vm->rearm) || READ_ONCE(vm->mrc_wake);
}

static int scanner(void *arg)
{
	struct ballast_vm *vm = arg;
	unsigned long pass = next_pass(vm);

	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop()) {
		long wait = nap(vm, pass);

		wait_event_interruptible_timeout(vm->wake, woken(vm), wait);
		if (kthread_should_stop())
			break;
		WRITE_ONCE(vm->mrc_wake, false);
		if (take_rearm(vm)) {
			restart_rate(vm);
			pass = jiffies;
		}
		ballast_mrc_tick(vm);
		if (time_before(jiffies, pass))
			continue;
		pass_and_calibrate(vm);
		pass = next_pass(vm);
	}
	return 0;
}

/* Knobs have changed; called under config_lock. */
void ballast_scan_rearm(struct ballast_vm *vm)
{
	lockdep_assert_held(&vm->config_lock);
	vm->rearm = true;
	wake_up(&vm->wake);
}

int ballast_scan_start(struct ballast_vm *vm)
{
	struct task_struct *task;

	ballast_rate_init(&vm->rate, &vm->config);
	task = kthread_run(scanner, vm, "ballast/%d", vm->pid);
	if (IS_ERR(task))
		return PTR_ERR(task);
	vm->scanner = task;
	return 0;
}
ALLOW_ERROR_INJECTION(ballast_scan_start, ERRNO);

/* Waits for the pass at hand, which ends early once the VM is dying. */
void ballast_scan_stop(struct ballast_vm *vm)
{
	if (vm->scanner)
		kthread_stop(vm->scanner);
	vm->scanner = NULL;
}
