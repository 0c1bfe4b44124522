// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve of a VM: ticks and pauses. The header explains it. */

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "mrc_traps.h"
#include "visit.h"

/* What is compared to see change. */
#define FOLD_NS		(5ull * NSEC_PER_SEC)
/* A tick that comes so much too late does not tell when accesses were. */
#define LATE_TICKS	4

/* A batch of the tick ends, and the next one begins. */
void ballast_mrc_lap(struct ballast_mrc_run *m, enum ballast_mrc_work work)
{
	m->spent_ns += ballast_meter_end(&m->meter, &m->batch_ns[work]);
	cond_resched();
	ballast_meter_begin(&m->meter);
}

/*
 * May the unit's accessed bit be cleared? Not when the memory is mapped otherwise by
 * now: to clear a page of a huge mapping clears all of it. The scanner will notice.
 * Return: 1, 0, or -ESRCH when the VM's memory has gone.
 */
static int mapped_so(struct ballast_vm *vm, const struct ballast_mrc_unit *u)
{
	int level;

	if (ballast_block_level(u->block) == BALLAST_MAP_NONE)
		return 0;
	if (!u->aligned)
		return 1;
	level = vm->aging->level(vm, u->hva + ((unsigned long)u->first << PAGE_SHIFT));
	if (level == -ESRCH)
		return level;
	return level == (u->huge ? BALLAST_MAP_2M : BALLAST_MAP_4K);
}

/*
 * The accessed bit of a unit; the scanner will hear of it. Return: 1; 0, it is left alone;
 * -ESRCH.
 */
int ballast_mrc_look(struct ballast_vm *vm, struct ballast_mrc_run *m, u32 i)
{
	const struct ballast_mrc_unit *u = &m->units[i];
	struct ballast_span span = {
		.block = u->block, .gfn = ballast_mrc_unit_gfn(u), .hva = u->hva,
		.first = u->first, .last = ballast_mrc_unit_last(u), .huge = u->aligned,
	};
	int ret = mapped_so(vm, u);

	if (ret <= 0)
		return ret;
	ballast_stand_back(vm);
	if (ballast_age(vm, &span, span.first, span.last))
		__set_bit(i, m->held);
	return 1;
}

/* A unit has been accessed. */
void ballast_mrc_count(struct ballast_mrc_run *m, u32 i, bool counts)
{
	if (!counts) {
		ballast_mrc_touch(&m->core, i);
		return;
	}
	ballast_mrc_access(&m->core, i);
	WRITE_ONCE(m->accesses, m->accesses + 1);
	m->fold_accesses += ballast_mrc_trappable(m, i);
}

/* One unit's part of a tick. */
static int tick_unit(struct ballast_vm *vm, struct ballast_mrc_run *m, u32 i, bool counts)
{
	int ret = ballast_mrc_look(vm, m, i);

	if (ret < 0)
		return ret;
	if (!test_and_clear_bit(i, m->seen))
		return 0;
	ballast_mrc_count(m, i, counts);
	return 0;
}

/* Those that are not trapped. Return: 0; -ENODEV or -ESRCH the VM is gone. */
static int look_all(struct ballast_vm *vm, struct ballast_mrc_run *m, bool counts)
{
	unsigned int n = 0;
	int ret = 0;
	u32 i;

	for_each_set_bit(i, m->active, m->max) {
		if (m->traps && ballast_mrc_trappable(m, i))
			continue;
		ret = tick_unit(vm, m, i, counts);
		if (ret)
			break;
		if (++n % BALLAST_MRC_BATCH)
			continue;
		ballast_mrc_lap(m, BALLAST_MRC_LOOKS);
		if (ballast_vm_dying(vm))
			return -ENODEV;
	}
	if (n % BALLAST_MRC_BATCH)
		ballast_mrc_lap(m, BALLAST_MRC_LOOKS);
	return ret;
}

/* As many traps as are allowed, in an interval that ends, and more are waited for? */
static bool too_late(struct ballast_vm *vm, const struct ballast_mrc_run *m)
{
	return m->traps && m->hits_per_s * 5 >= vm->mrc_knobs.trap_rate * 4 &&
	       m->window_now_ns > 2 * (m->window_ns + m->interval_ns);
}

/*
 * Traps that leave entries alone for longer see less, for which bits could be looked at as
 * seldom.
 */
static u64 fair_tick_ns(const struct ballast_vm *vm, const struct ballast_mrc_run *m)
{
	u64 tick_ns = (u64)vm->mrc_knobs.tick_ms * NSEC_PER_MSEC;

	return m->traps ? max(tick_ns, m->window_now_ns) : tick_ns;
}

/* Bits or traps in the next interval? */
static void choose_tracer(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_tracer tracer = m->tracer;
	struct ballast_tracer_input in = {
		.ns = m->traced_ns,
		.tick_ns = fair_tick_ns(vm, m),
		.look_ns = m->look_cost_ns,
		.trap_ns = ballast_mrc_trap_cost(m),
		.accesses = m->fold_accesses,
		.entries = m->core.sampled[0] + (m->trap_huge ? m->core.sampled[1] : 0),
		.trap_rate = vm->mrc_knobs.trap_rate,
	};

	WRITE_ONCE(m->hits_per_s, div64_u64((m->hits - m->fold_hits) * NSEC_PER_SEC,
					    m->traced_ns));
	in.late = too_late(vm, m);
	m->fold_hits = m->hits;
	m->fold_accesses = 0;
	ballast_tracer_step(&tracer, vm->mrc_knobs.tracer, &in);
	if (m->traps && READ_ONCE(m->traps->trap.shadowed))
		ballast_tracer_cannot(&tracer);
	ballast_mrc_use_tracer(vm, m, tracer);
}

/* The curve of all intervals up to now. Return: how long tracing may pause. */
static u32 fold(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	ballast_mrc_used(&m->core, ballast_mrc_used_pages(vm, m));
	ballast_mrc_fold(&m->core, m->traced_ns);
	m->traced_ns = 0;
	ballast_mrc_curve(&m->core, &m->next);
	spin_lock(&m->lock);
	m->shown = m->next;
	spin_unlock(&m->lock);
	return ballast_mrc_pause_ms(&m->core, &m->next);
}

/* As often as the knobs allow. */
static void set_interval(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	u64 least = (u64)vm->mrc_knobs.tick_ms * NSEC_PER_MSEC;

	WRITE_ONCE(m->interval_ns, max(least, div64_u64(m->cost_ns * 10000,
							vm->mrc_knobs.budget_bp)));
}

/* With traps, what they cost vCPUs is charged as well. */
static void charge(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	u64 cost = m->spent_ns + (m->traps ? m->tick_hits * ballast_mrc_fault_cost(m) : 0);

	m->cost_ns = m->cost_ns ? (3 * m->cost_ns + cost) / 4 : cost;
	WRITE_ONCE(m->tick_ns, m->tick_ns + m->spent_ns);
	set_interval(vm, m);
}

/* Knobs have been turned: they hold from now on. */
void ballast_mrc_turned(struct ballast_vm *vm)
{
	struct ballast_mrc_run *m = ballast_mrc_of(vm);

	if (!m)
		return;
	set_interval(vm, m);
	WRITE_ONCE(m->due_ns, ktime_get_ns());
	ballast_mrc_wake(vm);
}

/* Bits that are looked at in each tick, and what a look costs. */
static int tick_bits(struct ballast_vm *vm, struct ballast_mrc_run *m, bool counts)
{
	u32 units = m->core.sampled[0] + m->core.sampled[1];
	u64 before = m->spent_ns;
	int ret = look_all(vm, m, counts);

	if (!ret && !m->traps && units)
		ballast_mrc_smooth(&m->look_cost_ns, div_u64(m->spent_ns - before, units));
	return ret;
}

/**
 * tick() - hear of all units
 * @vm: under scan_lock
 * @m:  its run
 * @ns: traced time since the last one; 0: accesses do not count
 *
 * Return: how long tracing may pause, in ms; 0: not at all.
 */
static u32 tick(struct ballast_vm *vm, struct ballast_mrc_run *m, u64 ns)
{
	u32 pause = 0;

	m->touch = false;
	m->spent_ns = 0;
	ballast_meter_begin(&m->meter);
	if (m->traps && ballast_mrc_traps_tick(vm, m, ns))
		return 0;
	if (tick_bits(vm, m, ns))
		return 0;
	if (ns && !m->traps)
		ballast_mrc_window(&m->core);
	m->traced_ns += ns;
	if (m->traced_ns >= FOLD_NS) {
		choose_tracer(vm, m);
		pause = fold(vm, m);
	}
	WRITE_ONCE(m->ticks, m->ticks + 1);
	ballast_mrc_lap(m, BALLAST_MRC_REST);
	charge(vm, m);
	return pause;
}

/* A pass begins; in manual mode it brings the tick, which stands for tick_ms. */
void ballast_mrc_pass(struct ballast_vm *vm)
{
	struct ballast_mrc_run *m = ballast_mrc_of(vm);
	u64 ns = (u64)vm->mrc_knobs.tick_ms * NSEC_PER_MSEC;

	if (!m || !READ_ONCE(vm->manual))
		return;
	WRITE_ONCE(m->paused, false);
	m->by_time = false;
	m->clock_ns += ns;
	tick(vm, m, m->touch ? 0 : ns);
	m->last_ns = ktime_get_ns();
	/* Time without a pass was no tracing, should ticks come by themselves again. */
	WRITE_ONCE(m->due_ns, m->last_ns);
}

static void tick_by_time(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	u64 now = ktime_get_ns(), since = now - m->last_ns;
	u32 pause;

	if (m->touch || m->paused || since > LATE_TICKS * m->interval_ns)
		since = 0;
	WRITE_ONCE(m->paused, false);
	m->last_ns = now;
	m->by_time = true;
	m->clock_ns = now;
	pause = tick(vm, m, since);
	WRITE_ONCE(m->due_ns, now + (pause ? (u64)pause * NSEC_PER_MSEC : m->interval_ns));
	if (!pause)
		return;
	WRITE_ONCE(m->paused, true);
	WRITE_ONCE(m->pauses, m->pauses + 1);
}

/* When the next tick is due by itself, in ns; U64_MAX: never. */
static u64 due_ns(struct ballast_vm *vm)
{
	const struct ballast_mrc_run *m;
	u64 due = U64_MAX;

	rcu_read_lock();
	m = rcu_dereference(vm->mrc);
	if (m && !READ_ONCE(vm->manual))
		due = READ_ONCE(m->due_ns);
	rcu_read_unlock();
	return due;
}

/* The scanner's thread: a tick, if it is time. */
void ballast_mrc_tick(struct ballast_vm *vm)
{
	struct ballast_mrc_run *m;

	if (ktime_get_ns() < due_ns(vm))
		return;
	mutex_lock(&vm->scan_lock);
	m = ballast_mrc_of(vm);
	if (m && !READ_ONCE(vm->manual) && !ballast_vm_dying(vm) && ktime_get_ns() >= m->due_ns)
		tick_by_time(vm, m);
	mutex_unlock(&vm->scan_lock);
}

/* The scanner's thread: how long it may sleep, in jiffies. */
long ballast_mrc_wait(struct ballast_vm *vm)
{
	u64 due = due_ns(vm), now = ktime_get_ns();

	if (due == U64_MAX)
		return MAX_SCHEDULE_TIMEOUT;
	return due > now ? (long)nsecs_to_jiffies(due - now) + 1 : 0;
}

/* Something has changed: under scan_lock. */
void ballast_mrc_changed(struct ballast_vm *vm)
{
	struct ballast_mrc_run *m = ballast_mrc_of(vm);

	if (!m)
		return;
	ballast_mrc_rearm(&m->core);
	if (!m->paused)
		return;
	WRITE_ONCE(m->due_ns, ktime_get_ns());
	ballast_mrc_wake(vm);
}
