// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve: access traps. The header explains them. */

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "mrc_traps.h"
#include "visit.h"

/* Times that a zap stands back where vCPUs want the lock. */
#define ZAP_TRIES	4
/* A bucket of traps holds what comes in during a tick, or this. */
#define DEPTH_NS	(250 * NSEC_PER_MSEC)

/* --- idle units: a list as in linux/list.h, by number ---------------------------------------- */

static bool is_idle(const struct ballast_mrc_traps *t, u32 i)
{
	return t->units[i].next != i;
}

static void take_out(struct ballast_mrc_traps *t, u32 i)
{
	struct ballast_mrc_trapped *u = &t->units[i];

	t->units[u->prev].next = u->next;
	t->units[u->next].prev = u->prev;
	u->next = i;
	u->prev = i;
}

/* One that is not in the list, behind another one or the head. */
static void put_behind(struct ballast_mrc_traps *t, u32 i, u32 prev)
{
	struct ballast_mrc_trapped *u = &t->units[i];

	u->prev = prev;
	u->next = t->units[prev].next;
	t->units[u->next].prev = i;
	t->units[prev].next = i;
}

static void put_first(struct ballast_mrc_traps *t, u32 i)
{
	put_behind(t, i, t->run->max);
}

static void put_last(struct ballast_mrc_traps *t, u32 i)
{
	put_behind(t, i, t->units[t->run->max].prev);
}

/* --- a vCPU's side -------------------------------------------------------------------------- */

static void note(struct ballast_mrc_traps *t, u32 unit, u64 ns)
{
	raw_spin_lock(&t->lock);
	if (t->nr_hits < t->run->max && test_and_clear_bit(unit, t->armed)) {
		t->units[unit].time = ballast_mrc_time(ns);
		t->hits[t->nr_hits++] = unit;
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

/* Units and both lists of hits lie behind it. */
static size_t traps_bytes(const struct ballast_mrc_run *m)
{
	return PAGE_ALIGN(sizeof(struct ballast_mrc_traps) +
			  (m->max + 1) * sizeof(struct ballast_mrc_trapped) +
			  2 * m->max * sizeof(u16));
}

static struct ballast_mrc_traps *alloc_traps(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = __vmalloc(traps_bytes(m), GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	u32 i;

	if (!t)
		return NULL;
	t->units = (struct ballast_mrc_trapped *)(t + 1);
	t->hits = (u16 *)(t->units + m->max + 1);
	t->spare = t->hits + m->max;
	t->trap.kvm = vm->kvm;
	t->trap.hit = hit;
	t->run = m;
	t->filled_ns = m->clock_ns;
	raw_spin_lock_init(&t->lock);
	for (i = 0; i <= m->max; i++)
		t->units[i] = (struct ballast_mrc_trapped) { .next = i, .prev = i };
	return t;
}

/* Armed units of theirs fault once more, which nobody hears of, and are mapped again. */
static void end_traps(struct ballast_vm *vm, struct ballast_mrc_traps *t)
{
	ballast_trap_stop(&t->trap);
	atomic_long_sub(traps_bytes(t->run), &vm->store_bytes);
	vfree(t);
}

/**
 * ballast_mrc_traps_start() - trap accesses from the next tick on
 * @vm: under scan_lock
 * @m:  its run, with units or still without
 *
 * Traps that there are end. Return: 0; -ENOMEM, -EOPNOTSUPP, and they go on.
 */
int ballast_mrc_traps_start(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t, *old = m->traps;
	int ret;
	u32 i;

	if (!ballast_trap_possible(vm->kvm))
		return -EOPNOTSUPP;
	t = alloc_traps(vm, m);
	if (!t)
		return -ENOMEM;
	ret = ballast_trap_start(&t->trap);
	if (ret) {
		vfree(t);
		return ret;
	}
	atomic_long_add(traps_bytes(m), &vm->store_bytes);
	m->traps = t;
	m->window_ns = (u64)vm->mrc_knobs.window_ms * NSEC_PER_MSEC;
	m->window_begin_ns = m->clock_ns;
	for_each_set_bit(i, m->active, m->max)
		ballast_mrc_traps_add(m, i);
	if (old)
		end_traps(vm, old);
	return 0;
}

/* Hits that no tick has heard of are forgotten. */
void ballast_mrc_traps_stop(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;

	if (!t)
		return;
	m->traps = NULL;
	end_traps(vm, t);
}

/* Due, and without having waited. Less than zero wraps, as all times do. */
static u32 due_now(const struct ballast_mrc_run *m)
{
	return ballast_mrc_time(m->clock_ns - m->window_ns);
}

/* A unit is new: it is to be armed at once. */
void ballast_mrc_traps_add(struct ballast_mrc_run *m, u32 i)
{
	struct ballast_mrc_traps *t = m->traps;

	if (!t || !ballast_mrc_trappable(m, i))
		return;
	t->units[i].time = due_now(m);
	put_last(t, i);
}

void ballast_mrc_traps_remove(struct ballast_mrc_run *m, u32 i)
{
	struct ballast_mrc_traps *t = m->traps;

	if (!t)
		return;
	/* A trap that has found it armed has written its time when the lock is had. */
	raw_spin_lock(&t->lock);
	clear_bit(i, t->armed);
	raw_spin_unlock(&t->lock);
	if (is_idle(t, i))
		take_out(t, i);
}

/* --- a tick --------------------------------------------------------------------------------- */

/* Time may have been put back, from that of passes to the clock's. */
static u32 earlier(u32 a, u32 b)
{
	return (s32)(a - b) < 0 ? a : b;
}

/* One that is not armed, and not in the list. */
static void rest(struct ballast_mrc_run *m, u32 i, u32 time)
{
	struct ballast_mrc_traps *t = m->traps;

	t->units[i].time = time;
	put_last(t, i);
}

/* What vCPUs have told since the last tick, in that order. */
static void hear(struct ballast_mrc_run *m, bool counts)
{
	struct ballast_mrc_traps *t = m->traps;
	u32 nr, k, now = ballast_mrc_time(m->clock_ns);
	u64 hit_ns;

	raw_spin_lock(&t->lock);
	nr = t->nr_hits;
	hit_ns = t->hit_ns;
	t->nr_hits = 0;
	t->hit_ns = 0;
	swap(t->hits, t->spare);
	raw_spin_unlock(&t->lock);
	for (k = 0; k < nr; k++) {
		u32 i = t->spare[k];

		if (!test_bit(i, m->active) || !ballast_mrc_trappable(m, i))
			continue;
		/* Of one that is gone: its number has been given to another one. */
		if (is_idle(t, i))
			continue;
		ballast_mrc_count(m, i, counts);
		/* Time of ticks is not always that of the clock on the wall. */
		rest(m, i, m->by_time ? earlier(t->units[i].time, now) : now);
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
		rest(m, i, ballast_mrc_time(m->clock_ns));
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
	struct ballast_meter meter;
	u64 ns = m->look_cost_ns;
	int ret;

	ballast_meter_begin(&meter);
	ret = ballast_mrc_look(vm, m, i);
	if (ret <= 0)
		return ret;
	ballast_mrc_smooth(&m->look_cost_ns, ballast_meter_end(&meter, &ns));
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

/* The oldest one, if it is due and may be armed; BALLAST_MRC_NONE: not now. */
static u32 next_due(struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;
	u32 i = ballast_mrc_oldest(t);
	u64 since;

	if (i == BALLAST_MRC_NONE)
		return i;
	t->units[i].time = earlier(t->units[i].time, ballast_mrc_time(m->clock_ns));
	since = ballast_mrc_since(t->units[i].time, m->clock_ns);
	if (since < m->window_ns)
		return BALLAST_MRC_NONE;
	/* Not later than it is, or windows would be a tick longer. */
	since -= min(since, BALLAST_MRC_TIME_NS);
	m->late_ns = max(m->late_ns, since - min(since, m->window_ns));
	return ballast_bucket_has(&t->bucket) ? i : BALLAST_MRC_NONE;
}

/* Arm what is due, the oldest first, as far as the rate allows. */
static int arm_due(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;
	/* What comes to rest now comes to lie behind it, and is not looked at again. */
	u32 last = t->units[m->max].prev, i = m->max;
	unsigned int n = 0;
	int ret = 0;

	while (ret >= 0 && i != last && (i = next_due(m)) != BALLAST_MRC_NONE) {
		take_out(t, i);
		ret = arm(vm, m, i);
		if (ret < 0)
			put_first(t, i);
		else if (!ret)
			rest(m, i, ballast_mrc_time(m->clock_ns));
		if (++n % BALLAST_MRC_BATCH)
			continue;
		ballast_mrc_lap(m, BALLAST_MRC_ARMS);
		if (ballast_vm_dying(vm))
			ret = -ENODEV;
	}
	if (n % BALLAST_MRC_BATCH)
		ballast_mrc_lap(m, BALLAST_MRC_ARMS);
	return ret < 0 && ret != -EAGAIN ? ret : 0;
}

/* Time that did not count was no window: what is idle begins anew. */
static void begin_anew(struct ballast_mrc_run *m)
{
	struct ballast_mrc_traps *t = m->traps;
	u32 i;

	for (i = t->units[m->max].next; i != m->max; i = t->units[i].next)
		t->units[i].time = due_now(m);
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
	ballast_mrc_lap(m, BALLAST_MRC_REST);
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
