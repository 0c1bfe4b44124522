/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second tracer of miss-rate curves: access traps.
 *
 * A unit is *armed*: its accessed bit is looked at, as a tick does it, and KVM's mapping
 * is removed; the host's own stays. The next access faults, is told by KVM's tracepoint
 * with its time (host/trap.h), and KVM maps the unit again, with its accessed bit set, so
 * that the scanner finds the access as ever. Now the unit is *idle*, for a window: then a
 * tick looks at its bit, which tells whether it has been accessed meanwhile, and arms it
 * anew. Idle units lie in a list, by the time of their trap. So a unit is armed, in the
 * list, or trapped and no tick has heard of it.
 *
 * How many may be armed is bounded per second, and by each tick's part of the budget.
 * Where that does not do, windows get longer, for all units, and the curve says so: it
 * begins at the memory that is touched in a window.
 *
 * Small pages are trapped; blocks only on request, as a whole, and are looked at in ticks
 * otherwise. No part of a huge mapping is ever removed by itself.
 *
 * What comes to be mapped otherwise than by a fault of the guest is not told: but a bit
 * that somebody finds set in an armed unit tells as well, late (*untrapped*).
 *
 * Life: made and freed under scan_lock, when this tracer is wanted. The tracepoint is on
 * while there is one in any VM.
 */
#ifndef BALLAST_HOST_MRC_TRAPS_H
#define BALLAST_HOST_MRC_TRAPS_H

#include "mrc.h"
#include "trap.h"

/**
 * struct ballast_mrc_trapped - a unit
 * @next: in the list, while it is idle: a number; else its own. Protected by scan_lock
 * @prev: likewise
 * @time: since when it is idle, or of its trap, in ballast_mrc_time(); its trap writes
 *        it, under @lock of the traps, while it is armed, scan_lock protects it otherwise
 */
struct ballast_mrc_trapped {
	u16 next;
	u16 prev;
	u32 time;
};

static_assert(sizeof(struct ballast_mrc_trapped) <= 8, "memory of an entry");
static_assert(BALLAST_MRC_ENTRIES_MAX <= U16_MAX, "number of a unit");

/**
 * struct ballast_mrc_traps - while accesses are trapped
 * @trap:    listens
 * @run:     whose; constant
 * @armed:   units that are; atomic, bits are set under scan_lock and cleared under @lock too
 * @units:   by index, and behind them the list's head: its next one is the oldest;
 *           Protected by scan_lock, like what is not said otherwise
 * @bucket:  traps that may be set
 * @filled_ns: time that it was filled up to
 * @lock:    raw spinlock, innermost; protects the next three and the times of armed units,
 *           taken by vCPUs for a moment
 * @hits:    units that were trapped, and no tick has heard of it, in order
 * @nr_hits: of them, at most the run's max: no unit is there twice
 * @hit_ns:  time of the handler for them
 * @spare:   the other array
 */
struct ballast_mrc_traps {
	struct ballast_trap trap;
	struct ballast_mrc_run *run;
	DECLARE_BITMAP(armed, BALLAST_MRC_ENTRIES_MAX);
	struct ballast_mrc_trapped *units;
	struct ballast_bucket bucket;
	u64 filled_ns;

	raw_spinlock_t lock;	/* innermost; protects hits and times */
	u16 *hits;
	u32 nr_hits;
	u64 hit_ns;

	u16 *spare;
};

int ballast_mrc_traps_start(struct ballast_vm *vm, struct ballast_mrc_run *m);
void ballast_mrc_traps_stop(struct ballast_vm *vm, struct ballast_mrc_run *m);
int ballast_mrc_traps_tick(struct ballast_vm *vm, struct ballast_mrc_run *m, bool counts);
void ballast_mrc_traps_add(struct ballast_mrc_run *m, u32 i);
void ballast_mrc_traps_remove(struct ballast_mrc_run *m, u32 i);
u64 ballast_mrc_fault_cost(const struct ballast_mrc_run *m);
u64 ballast_mrc_trap_cost(const struct ballast_mrc_run *m);

/* Times of traps are in 2^17 ns. They wrap after six days; none is half as old. */
#define BALLAST_MRC_TIME_SHIFT	17
#define BALLAST_MRC_TIME_NS	(1ull << BALLAST_MRC_TIME_SHIFT)

static inline u32 ballast_mrc_time(u64 ns)
{
	return ns >> BALLAST_MRC_TIME_SHIFT;
}

/* How long it has been since then, in ns: as long, or up to BALLAST_MRC_TIME_NS longer. */
static inline u64 ballast_mrc_since(u32 time, u64 now_ns)
{
	return ((u64)(ballast_mrc_time(now_ns) - time) << BALLAST_MRC_TIME_SHIFT) +
	       now_ns % BALLAST_MRC_TIME_NS;
}

/* The one that has been idle for longest; BALLAST_MRC_NONE: none is. */
static inline u32 ballast_mrc_oldest(const struct ballast_mrc_traps *t)
{
	u32 head = t->run->max, i = t->units[head].next;

	return i == head ? BALLAST_MRC_NONE : i;
}

#endif /* BALLAST_HOST_MRC_TRAPS_H */
