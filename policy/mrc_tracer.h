/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who finds accesses for a miss-rate curve: accessed bits, looked at in ticks, or traps?
 *
 * Bits cost the same each tick, however few entries were accessed. A trap costs several
 * looks, but only where there was an access. So an idle VM is cheaper with traps, a busy
 * one with bits; where the line is, depends on the machine, and is measured. So that both
 * are known, traps have the first interval.
 *
 * Pure: no locks, no memory of its own, integers only.
 */
#ifndef BALLAST_POLICY_MRC_TRACER_H
#define BALLAST_POLICY_MRC_TRACER_H

#include "ballast/policy_env.h"
#include "uapi/linux/ballast.h"

/* An interval's votes in a row before the other one has its turn. */
#define BALLAST_TRACER_VOTES	3

/**
 * struct ballast_tracer - which one, and why
 * @now:   BALLAST_TRACER_BITS or BALLAST_TRACER_TRAPS
 * @why:   enum ballast_tracer_reason
 * @votes: intervals in a row that were for the other one
 */
struct ballast_tracer {
	u8 now;
	u8 why;
	u8 votes;
};

/**
 * struct ballast_tracer_input - what an interval has shown
 * @ns:        traced time of the interval
 * @tick_ns:   time between ticks, were bits looked at; with traps no less than they leave an
 *             entry alone for, as bits need not see more
 * @look_ns:   of a look at one entry
 * @trap_ns:   of a trap, all in all; 0: not measured yet
 * @accesses:  that were counted, of entries that can be trapped
 * @entries:   that can be trapped
 * @trap_rate: traps per second at most
 * @late:      there were as many traps as are allowed, and entries waited for theirs
 */
struct ballast_tracer_input {
	u64 ns;
	u64 tick_ns;
	u64 look_ns;
	u64 trap_ns;
	u64 accesses;
	u32 entries;
	u32 trap_rate;
	bool late;
};

/**
 * ballast_tracer_init() - who begins
 * @tracer: out
 * @knob:   enum ballast_mrc_tracer
 */
void ballast_tracer_init(struct ballast_tracer *tracer, u32 knob);

/**
 * ballast_tracer_step() - an interval has ended
 * @tracer: of the VM; stays as it is unless @knob is BALLAST_TRACER_AUTO
 * @knob:   enum ballast_mrc_tracer
 * @in:     what it has shown
 *
 * The other one must cost less than two thirds, BALLAST_TRACER_VOTES times in a row; after
 * the first interval, less is enough.
 */
void ballast_tracer_step(struct ballast_tracer *tracer, u32 knob,
			 const struct ballast_tracer_input *in);

/* Traps cannot be: it is bits now. */
void ballast_tracer_cannot(struct ballast_tracer *tracer);

/**
 * struct ballast_bucket - leave for so many things per second
 * @level: what is there, in 1/10^9
 */
struct ballast_bucket {
	u64 level;
};

/**
 * ballast_bucket_fill() - time has passed
 * @bucket:   of the VM
 * @ns:       how much
 * @rate:     things per second
 * @depth_ns: no more is kept than what comes in this time; but always one
 */
void ballast_bucket_fill(struct ballast_bucket *bucket, u64 ns, u32 rate, u64 depth_ns);

/* May one be done? */
bool ballast_bucket_has(const struct ballast_bucket *bucket);

/* It has been done. */
void ballast_bucket_take(struct ballast_bucket *bucket);

#endif /* BALLAST_POLICY_MRC_TRACER_H */
