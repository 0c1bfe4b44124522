/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second tracer of miss-rate curves: access traps.
 *
 * A unit is *armed*: its accessed bit is looked at, as a tick does it, and KVM's mapping
 * is removed; the host's own stays. The next access faults, is told by KVM's tracepoint
 * with its time (host/trap.h), and KVM maps the unit again, with its accessed bit set, so
 * that the scanner finds the access as ever. Now the unit is *idle*, for a window: then a
 * tick looks at its bit, which tells whether it has been accessed meanwhile, and arms it
 * anew. Idle units lie in a list, by the time of their trap.
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

#include <linux/list.h>

#include "mrc.h"
#include "trap.h"

/**
 * struct ballast_mrc_trapped - a unit
 * @idle: in the list, while it is not armed and no hit of it waits
 * @ns:   since when
 */
struct ballast_mrc_trapped {
	struct list_head idle;
	u64 ns;
};

/**
 * struct ballast_mrc_hit - an access
 * @ns:   when, ktime
 * @unit: whose
 */
struct ballast_mrc_hit {
	u64 ns;
	u32 unit;
};

/**
 * struct ballast_mrc_traps - while accesses are trapped
 * @trap:    listens
 * @run:     whose; constant
 * @armed:   units that are; atomic, bits are set under scan_lock and cleared under @lock too
 * @units:   by index; Protected by scan_lock, like what is not said otherwise
 * @idle:    oldest first
 * @bucket:  traps that may be set
 * @filled_ns: time that it was filled up to
 * @lock:    raw spinlock, innermost; protects the next three, taken by vCPUs for a moment
 * @hits:    that no tick has heard of
 * @nr_hits: of them, at most the run's max
 * @hit_ns:  time of the handler for them
 * @spare:   the other array
 */
struct ballast_mrc_traps {
	struct ballast_trap trap;
	struct ballast_mrc_run *run;
	DECLARE_BITMAP(armed, BALLAST_MRC_ENTRIES_MAX);
	struct ballast_mrc_trapped *units;
	struct list_head idle;
	struct ballast_bucket bucket;
	u64 filled_ns;

	raw_spinlock_t lock;	/* innermost; protects hits */
	struct ballast_mrc_hit *hits;
	u32 nr_hits;
	u64 hit_ns;

	struct ballast_mrc_hit *spare;
};

int ballast_mrc_traps_start(struct ballast_vm *vm, struct ballast_mrc_run *m);
void ballast_mrc_traps_stop(struct ballast_vm *vm, struct ballast_mrc_run *m);
int ballast_mrc_traps_tick(struct ballast_vm *vm, struct ballast_mrc_run *m, bool counts);
void ballast_mrc_traps_add(struct ballast_mrc_run *m, u32 i);
void ballast_mrc_traps_remove(struct ballast_mrc_run *m, u32 i);
u64 ballast_mrc_fault_cost(const struct ballast_mrc_run *m);
u64 ballast_mrc_trap_cost(const struct ballast_mrc_run *m);

#endif /* BALLAST_HOST_MRC_TRAPS_H */
