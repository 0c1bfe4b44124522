// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve: access traps. The header explains them. */

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "mrc_traps.h"

/* Times that a zap stands back where vCPUs want the lock. */
#define ZAP_TRIES	4
/* A bucket of traps holds what comes in during a tick, or this. */
#define DEPTH_NS	(250 * NSEC_PER_MSEC)
#define BATCH_UNITS	16

/* --- a vCPU's side -------------------------------------------------------------------------- */

static void note(struct ballast_mrc_traps *t, u32 unit, u64 ns)
{
	raw_spin_lock(&t->lock);
	if (t->nr_hits < t->run->max && test_and_clear_bit(unit, t->armed)) {
		t->hits[t->nr_hits].ns = ns;
		t->hits[t->nr_hits++].unit = unit;
		t->hit_ns += ktime_get_ns() - ns;
	}
	raw_spin_unlock(&t->lock);
}

/*
 * A vCPU's context, under RCU. The index is sorted: a dozen steps; most faults of a guest
 * are of no unit and end there. An access is told again when KVM retries, but the unit is
 * not armed any more then.
 */
static void hit(struct ballast_trap *trap, u64 gfn)
{
	struct ballast_mrc_traps *t = container_of(trap, struct ballast_mrc_traps, trap);
	u64 ns = ktime_get_ns();
	u32 unit = ballast_mrc_unit_at(t->run, gfn);

	if (unit != BALLAST_MRC_NONE && test_bit(unit, t->armed))
		note(t, unit, ns);
}

/* --- on and off ----------------------------------------------------------------------------- */

static long traps_bytes(const struct ballast_mrc_run *m)
{
	return sizeof(struct ballast_mrc_traps) +
	       m->max * (sizeof(struct ballast_mrc_trapped) + 2 * sizeof(struct ballast_mrc_hit));
}

static void free_traps(struct ballast_mrc_traps *t)
{
	kvfree(t->units);
	kvfree(t->hits);
	kvfree(t->spare);
	kvfree(t);
}

static struct ballast_mrc_traps *alloc_traps(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = kvzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!t)
		return NULL;
	t->units = kvcalloc(m->max, sizeof(*t->units), GFP_KERNEL_ACCOUNT);
	t->hits = kvcalloc(m->max, sizeof(*t->hits), GFP_KERNEL_ACCOUNT);
	t->spare = kvcalloc(m->max, sizeof(*t->spare), GFP_KERNEL_ACCOUNT);
	if (!t->units || !t->hits || !t->spare) {
		free_traps(t);
		return NULL;
	}
	t->trap.kvm = vm->kvm;
	t->trap.hit = hit;
	t->run = m;
	t->filled_ns = m->clock_ns;
	raw_spin_lock_init(&t->lock);
	INIT_LIST_HEAD(&t->idle);
	for (i = 0; i < m->max; i++)
		INIT_LIST_HEAD(&t->units[i].idle);
	return t;
}

/**
 * ballast_mrc_traps_start() - trap accesses from the next tick on
 * @vm: under scan_lock
 * @m:  its run, with its units
 *
 * Return: 0, -ENOMEM, -EOPNOTSUPP.
 */
int ballast_mrc_traps_start(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t;
	int ret;
	u32 i;

	if (!ballast_trap_possible(vm->kvm))
		return -EOPNOTSUPP;
	t = alloc_traps(vm, m);
	if (!t)
		return -ENOMEM;
	ret = ballast_trap_start(&t->trap);
	if (ret) {
		free_traps(t);
		return ret;
	}
	atomic_long_add(traps_bytes(m), &vm->store_bytes);
	m->traps = t;
	m->window_ns = (u64)vm->mrc_knobs.window_ms * NSEC_PER_MSEC;
	m->window_begin_ns = m->clock_ns;
	for_each_set_bit(i, m->active, m->max)
		ballast_mrc_traps_add(m, i);
	return 0;
}

/*
 * Those that are armed fault once more, which nobody hears of, and are mapped again. Hits
 * that no tick has heard of are forgotten.
 */
void ballast_mrc_traps_stop(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;

	if (!t)
		return;
	ballast_trap_stop(&t->trap);
	m->traps = NULL;
	atomic_long_sub(traps_bytes(m), &vm->store_bytes);
	free_traps(t);
}

/* A unit is new: it is to be armed at once. */
void ballast_mrc_traps_add(struct ballast_mrc_run *m, u32 i)
{
	struct ballast_mrc_traps *t = m->traps;

	if (!t || !ballast_mrc_trappable(m, i))
		return;
	/* Due, and without having waited. */
	t->units[i].ns = m->clock_ns - min(m->clock_ns, m->window_ns);
	list_add_tail(&t->units[i].idle, &t->idle);
}

void ballast_mrc_traps_remove(struct ballast_mrc_run *m, u32 i)
{
	struct ballast_mrc_traps *t = m->traps;

	if (!t)
		return;
	clear_bit(i, t->armed);
	list_del_init(&t->units[i].idle);
}

/* --- a tick --------------------------------------------------------------------------------- */

static void rest(struct ballast_mrc_run *m, u32 i, u64 ns)
{
	struct ballast_mrc_traps *t = m->traps;

	t->units[i].ns = ns;
	list_move_tail(&t->units[i].idle, &t->idle);
}

/* What vCPUs have told since the last tick, in that order. */
static void hear(struct ballast_mrc_run *m, bool counts)
{
	struct ballast_mrc_traps *t = m->traps;
	u64 hit_ns;
	u32 nr, k;

	raw_spin_lock(&t->lock);
	nr = t->nr_hits;
	hit_ns = t->hit_ns;
	t->nr_hits = 0;
	t->hit_ns = 0;
	swap(t->hits, t->spare);
	raw_spin_unlock(&t->lock);
	for (k = 0; k < nr; k++) {
		u32 i = t->spare[k].unit;

		if (!test_bit(i, m->active) || !ballast_mrc_trappable(m, i))
			continue;
		ballast_mrc_count(m, i, counts);
		/* Time of ticks is not always that of the clock on the wall. */
		rest(m, i, m->by_time ? min(t->spare[k].ns, m->clock_ns) : m->clock_ns);
	}
	WRITE_ONCE(m->hits, m->hits + nr);
	WRITE_ONCE(m->trap_ns, m->trap_ns + hit_ns);
	m->tick_hits = nr;
	if (nr)
		ballast_mrc_smooth(&m->hit_cost_ns, div_u64(hit_ns, nr));
}

/* Somebody has cleared bits of armed units: they were mapped, and accessed, without a trap. */
static void hear_of_bits(struct ballast_mrc_run *m, bool counts)
{
	struct ballast_mrc_traps *t = m->traps;
	u32 i;

	for_each_set_bit(i, t->armed, m->max) {
		if (!test_bit(i, m->seen) || !test_and_clear_bit(i, t->armed))
			continue;
		clear_bit(i, m->seen);
		ballast_mrc_count(m, i, counts);
		rest(m, i, m->clock_ns);
		WRITE_ONCE(m->untrapped, m->untrapped + 1);
	}
}

static bool zap(struct ballast_vm *vm, struct ballast_mrc_run *m, u32 i)
{
	const struct ballast_mrc_unit *u = &m->units[i];
	unsigned long start = u->hva + ((unsigned long)u->first << PAGE_SHIFT);
	unsigned long end = u->hva + ((unsigned long)ballast_mrc_unit_last(u) << PAGE_SHIFT);
	unsigned int n;

	for (n = 0; n < ZAP_TRIES; n++) {
		u64 begin = ktime_get_ns(), ns;

		if (vm->aging->zap(vm, start, end)) {
			ns = ktime_get_ns() - begin;
			ballast_mrc_smooth(&m->zap_cost_ns, ns);
			WRITE_ONCE(m->trap_ns, m->trap_ns + ns);
			WRITE_ONCE(m->zaps, m->zaps + 1);
			return true;
		}
		usleep_range(20, 60);
	}
	return false;
}

/*
 * The bit first: the scanner must not lose it. An access between that and the zap is lost
 * with the bit unless there is another one, as one is that a TLB hides.
 * Return: 1 armed; 0 it is not to be; -EAGAIN vCPUs want the lock; -ESRCH, -ENODEV.
 */
static int arm(struct ballast_vm *vm, struct ballast_mrc_run *m, u32 i)
{
	struct ballast_mrc_traps *t = m->traps;
	u64 begin = ktime_get_ns();
	int ret = ballast_mrc_look(vm, m, i);

	if (ret <= 0)
		return ret;
	ballast_mrc_smooth(&m->look_cost_ns, ktime_get_ns() - begin);
	set_bit(i, t->armed);
	smp_mb__after_atomic();		/* armed before the next access can fault */
	if (!zap(vm, m, i))
		return test_and_clear_bit(i, t->armed) ? -EAGAIN : 1;
	/* Accessed in its window: that was nearer than what comes next. */
	if (test_and_clear_bit(i, m->seen))
		ballast_mrc_touch(&m->core, i);
	ballast_bucket_take(&t->bucket);
	return 1;
}

static void fill_bucket(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;
	u64 since = m->clock_ns - min(t->filled_ns, m->clock_ns);

	ballast_bucket_fill(&t->bucket, since, vm->mrc_knobs.trap_rate,
			    max_t(u64, DEPTH_NS, m->interval_ns));
	t->filled_ns = m->clock_ns;
}

/* The oldest of those at hand, if it is due and may be armed; BALLAST_MRC_NONE: not now. */
static u32 next_due(struct ballast_mrc_run *m, struct list_head *todo)
{
	struct ballast_mrc_traps *t = m->traps;
	struct ballast_mrc_trapped *u;

	u = list_first_entry_or_null(todo, struct ballast_mrc_trapped, idle);
	if (!u)
		return BALLAST_MRC_NONE;
	/* Time may have been put back, from that of passes to the clock's. */
	u->ns = min(u->ns, m->clock_ns);
	if (m->clock_ns - u->ns < m->window_ns)
		return BALLAST_MRC_NONE;
	m->late_ns = max(m->late_ns, m->clock_ns - u->ns - m->window_ns);
	return ballast_bucket_has(&t->bucket) ? u - t->units : BALLAST_MRC_NONE;
}

/* Arm what is due, the oldest first, as far as the rate allows. */
static int arm_due(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;
	unsigned int n = 0;
	LIST_HEAD(todo);
	int ret = 0;
	u32 i;

	list_splice_init(&t->idle, &todo);
	while (ret >= 0 && (i = next_due(m, &todo)) != BALLAST_MRC_NONE) {
		list_del_init(&t->units[i].idle);
		ret = arm(vm, m, i);
		if (ret < 0)
			list_add(&t->units[i].idle, &todo);
		else if (!ret)
			rest(m, i, m->clock_ns);
		if (++n % BATCH_UNITS)
			continue;
		cond_resched();
		if (ballast_vm_dying(vm))
			ret = -ENODEV;
	}
	/* What is left is older than what came to rest just now. */
	list_splice(&todo, &t->idle);
	return ret < 0 && ret != -EAGAIN ? ret : 0;
}

/* Time that did not count was no window: what is idle begins anew. */
static void begin_anew(struct ballast_mrc_run *m)
{
	struct ballast_mrc_trapped *u;

	list_for_each_entry(u, &m->traps->idle, idle)
		u->ns = m->clock_ns - min(m->clock_ns, m->window_ns);
	m->window_begin_ns = m->clock_ns;
	m->late_ns = 0;
}

/**
 * ballast_mrc_traps_tick() - hear of traps, and set new ones
 * @vm:     under scan_lock
 * @m:      its run, with traps
 * @counts: do accesses count?
 *
 * Return: 0; -ENODEV or -ESRCH the VM is gone.
 */
int ballast_mrc_traps_tick(struct ballast_vm *vm, struct ballast_mrc_run *m, bool counts)
{
	int ret;

	m->window_ns = (u64)vm->mrc_knobs.window_ms * NSEC_PER_MSEC;
	hear(m, counts);
	hear_of_bits(m, counts);
	if (!counts)
		begin_anew(m);
	fill_bucket(vm, m);
	ret = arm_due(vm, m);
	if (ret || !counts)
		return ret;
	/* Entries are left alone for as long as the latest of them. */
	if (m->clock_ns - m->window_begin_ns < m->window_ns + m->late_ns)
		return 0;
	ballast_mrc_window(&m->core);
	WRITE_ONCE(m->window_now_ns, m->window_ns + m->late_ns);
	m->window_begin_ns = m->clock_ns;
	m->late_ns = 0;
	return 0;
}

/* What a trap costs a vCPU; before its faults have been measured it is taken for a zap. */
u64 ballast_mrc_fault_cost(const struct ballast_mrc_run *m)
{
	u64 fault_ns = ballast_trap_fault_ns() ?: READ_ONCE(m->zap_cost_ns);

	return fault_ns + READ_ONCE(m->hit_cost_ns);
}

/* Of a trap, all in all; 0: not known. */
u64 ballast_mrc_trap_cost(const struct ballast_mrc_run *m)
{
	u32 zap_ns = READ_ONCE(m->zap_cost_ns);

	return zap_ns ? zap_ns + ballast_mrc_fault_cost(m) : 0;
}
