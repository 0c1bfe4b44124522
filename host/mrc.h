/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Miss-rate curve of a VM, from accessed bits that are looked at in fast ticks, or from
 * traps (mrc_traps.h): which of them is chosen by measured cost (policy/mrc_tracer.h).
 *
 * policy/mrc.h has the curve; here is what it is fed with. A *unit* is a page or a
 * block of the sample: small pages where memory is mapped by 4 KiB or not at all,
 * whole blocks where it is mapped by 2 MiB. Memory mapped by 1 GiB is left out: one
 * accessed bit for 512 blocks tells nothing of a block. Units follow what the
 * scanner knows of mappings (ballast_mrc_follow()), after any pass that found one
 * changed and when slots come or go; until then a unit that is mapped otherwise is
 * left alone.
 *
 * Accessed bits are shared with the scanner, and by it with others:
 *
 *  - Who clears a bit of a unit, tick, pass, calibration or notifier, marks the unit
 *    *seen* (ballast_mrc_clear()); the next tick counts it, once. A range that is
 *    larger than a unit is asked unit by unit first.
 *  - What a tick clears is owed to others as what a pass clears is, and the unit is
 *    *held* for the scanner: its next call that covers the unit finds the access
 *    (ballast_mrc_take_held()), just as if the bit were still set. So the picture is
 *    the same with a curve and without.
 *
 * Life: made and freed under scan_lock, by the knob or with the map of the VM's memory;
 * while it is off there is nothing. The scanner's thread does ticks, under scan_lock;
 * in manual mode each pass begins with one, which stands for tick_ms.
 */
#ifndef BALLAST_HOST_MRC_H
#define BALLAST_HOST_MRC_H

#include "meter.h"
#include "policy/mrc.h"
#include "policy/mrc_tracer.h"
#include "vm.h"

/**
 * struct ballast_mrc_unit - a page or block of the sample
 * @block:   its record, NULL: not in use
 * @hva:     of page 0 of the block
 * @number:  of the block, among all of guest address space
 * @first:   first page
 * @huge:    it is a block, or else one page
 * @aligned: the block may be mapped by 2 MiB
 */
struct ballast_mrc_unit {
	struct ballast_block *block;
	unsigned long hva;
	u32 number;
	u16 first;
	bool huge;
	bool aligned;
};

static_assert(sizeof(struct ballast_mrc_unit) <= 24, "memory of an entry");
static_assert(BALLAST_MRC_PAGES_MAX >> BALLAST_BLOCK_SHIFT <= 1ull << 32, "number of a block");

/* Guest frame of page 0 of its block. */
static inline u64 ballast_mrc_unit_gfn(const struct ballast_mrc_unit *u)
{
	return (u64)u->number << BALLAST_BLOCK_SHIFT;
}

/* One past the last page. */
static inline unsigned int ballast_mrc_unit_last(const struct ballast_mrc_unit *u)
{
	return u->huge ? BALLAST_BLOCK_PAGES : u->first + 1;
}

/**
 * struct ballast_mrc_place - a unit in the index
 * @gfn:  of the first page
 * @unit: number
 * @huge: it is a block
 */
struct ballast_mrc_place {
	u64 gfn : 40;
	u64 unit : 23;
	u64 huge : 1;
};

static_assert(sizeof(struct ballast_mrc_place) <= 8, "memory of an entry");
static_assert(BALLAST_MRC_PAGES_MAX <= 1ull << 40, "gfn of a place");

/**
 * struct ballast_mrc_index - units by gfn; replaced as a whole, and never changed
 * @rcu:  for that
 * @nr:   of them
 * @at:   ascending
 */
struct ballast_mrc_index {
	struct rcu_head rcu;
	u32 nr;
	struct ballast_mrc_place at[];
};

/* What a tick does. */
enum ballast_mrc_work {
	BALLAST_MRC_LOOKS,
	BALLAST_MRC_ARMS,
	BALLAST_MRC_REST,
	BALLAST_NR_MRC_WORK,
};

/* So many units are a batch. */
#define BALLAST_MRC_BATCH	16

struct ballast_mrc_traps;

/**
 * struct ballast_mrc_run - while a curve is made
 * @core:       list and counts; Protected by scan_lock, like all that is not said otherwise
 * @entries:    of @core
 * @units:      by the same index
 * @max:        size of both
 * @hint:       where to look for a free one
 * @left_out:   units that there was no room for
 * @active:     units in use
 * @held:       cleared by a tick, and the scanner has not heard
 * @seen:       accessed since the last tick; atomic, set in any context
 * @index:      replaced under scan_lock, read under it or RCU
 * @drawn_pages: memory that the sample was drawn for
 * @pages:      scratch: pages of a block that are to be units
 * @nr_pages:   of them
 * @touch:      the next tick's time does not count
 * @paused:     until @due_ns
 * @last_ns:    start of the last tick
 * @due_ns:     of the next one; read without the lock
 * @cost_ns:    of a tick, smoothed
 * @meter:      of the batch
 * @batch_ns:   of a batch of each kind
 * @spent_ns:   of this tick
 * @interval_ns: between ticks
 * @traced_ns:  of the interval that is not folded yet
 * @tracer:     bits or traps, and why; read without the lock
 * @traps:      while it is traps
 * @trap_huge:  blocks are trapped as well
 * @by_time:    ticks come by themselves
 * @clock_ns:   of ticks: ktime, or what passes stand for in manual mode
 * @window_ns:  how long a unit is left alone after a trap
 * @late_ns:    how much longer it has been in this window, at most
 * @window_begin_ns: of this window
 * @window_now_ns: the last window; read without the lock, like what follows
 * @tick_hits:  traps that the tick has heard of
 * @fold_accesses: of units that can be trapped, in the interval
 * @fold_hits:  @hits at the end of the last interval
 * @hits_per_s: of the last interval
 * @look_cost_ns: of a look at a unit, smoothed, like the next two; 0: not known
 * @zap_cost_ns: of a zap
 * @hit_cost_ns: of the handler
 * @lock:       spinlock, innermost; protects @shown
 * @shown:      curve of the intervals that have ended
 * @next:       scratch: the same being made
 * @ticks:      ever; written under scan_lock, read without, like the other counters
 * @accesses:   that were counted
 * @tick_ns:    time of ticks, ever
 * @pauses:     ever
 * @hits:       traps, ever
 * @zaps:       ever
 * @untrapped:  accesses to armed units without a trap, ever
 * @trap_ns:    time of zaps and the handler, ever
 */
struct ballast_mrc_run {
	struct ballast_mrc core;
	struct ballast_mrc_entry *entries;
	struct ballast_mrc_unit *units;
	u32 max;
	u32 hint;
	u32 left_out;
	DECLARE_BITMAP(active, BALLAST_MRC_ENTRIES_MAX);
	DECLARE_BITMAP(held, BALLAST_MRC_ENTRIES_MAX);
	DECLARE_BITMAP(seen, BALLAST_MRC_ENTRIES_MAX);
	struct ballast_mrc_index __rcu *index;
	u64 drawn_pages;
	u16 pages[BALLAST_BLOCK_PAGES];
	u32 nr_pages;

	bool touch;
	bool paused;
	u64 last_ns;
	u64 due_ns;
	u64 cost_ns;
	struct ballast_meter meter;
	u64 batch_ns[BALLAST_NR_MRC_WORK];
	u64 spent_ns;
	u64 interval_ns;
	u64 traced_ns;

	struct ballast_tracer tracer;
	struct ballast_mrc_traps *traps;
	bool trap_huge;
	bool by_time;
	u64 clock_ns;
	u64 window_ns;
	u64 late_ns;
	u64 window_begin_ns;
	u64 window_now_ns;
	u32 tick_hits;
	u64 fold_accesses;
	u64 fold_hits;
	u32 hits_per_s;
	u32 look_cost_ns;
	u32 zap_cost_ns;
	u32 hit_cost_ns;

	spinlock_t lock;	/* innermost; protects shown */
	struct ballast_mrc_curve shown;
	struct ballast_mrc_curve next;

	u64 ticks;
	u64 accesses;
	u64 tick_ns;
	u64 pauses;
	u64 hits;
	u64 zaps;
	u64 untrapped;
	u64 trap_ns;
};

/* Limits of what an operator may set. */
#define BALLAST_MRC_SAMPLES_MIN	64u
#define BALLAST_MRC_TICK_MS_MIN	10u
#define BALLAST_MRC_TICK_MS_MAX	60000u
#define BALLAST_MRC_WINDOW_MS_MAX 60000u
#define BALLAST_MRC_TRAP_RATE_MAX 100000u

extern const struct ballast_mrc_knobs ballast_mrc_knob_defaults;
bool ballast_mrc_knobs_valid(const struct ballast_mrc_knobs *knobs);

/* mrc.c: on and off, what is told. */
int ballast_mrc_set(struct ballast_vm *vm, const struct ballast_mrc_knobs *knobs);
void ballast_mrc_stop(struct ballast_vm *vm);
void ballast_mrc_wake(struct ballast_vm *vm);
void ballast_mrc_use_tracer(struct ballast_vm *vm, struct ballast_mrc_run *m,
			    struct ballast_tracer tracer);
void ballast_mrc_fill(struct ballast_vm *vm, struct ballast_mrc_query *query);

/* mrc_tick.c: ticks. */
void ballast_mrc_pass(struct ballast_vm *vm);
void ballast_mrc_tick(struct ballast_vm *vm);
long ballast_mrc_wait(struct ballast_vm *vm);
void ballast_mrc_changed(struct ballast_vm *vm);
void ballast_mrc_turned(struct ballast_vm *vm);
void ballast_mrc_lap(struct ballast_mrc_run *m, enum ballast_mrc_work work);
int ballast_mrc_look(struct ballast_vm *vm, struct ballast_mrc_run *m, u32 i);
void ballast_mrc_count(struct ballast_mrc_run *m, u32 i, bool counts);

/* mrc_units.c: the sample, and what others see of it. */
void ballast_mrc_draw(struct ballast_mrc_run *m, u64 pages, u32 samples);
void ballast_mrc_follow(struct ballast_vm *vm);
void ballast_mrc_drop_units(struct ballast_vm *vm, struct ballast_mrc_run *m);
u64 ballast_mrc_used_pages(struct ballast_vm *vm, struct ballast_mrc_run *m);
u32 ballast_mrc_unit_at(struct ballast_mrc_run *m, u64 gfn);
bool ballast_mrc_take_held(struct ballast_vm *vm, const struct ballast_span *span,
			   unsigned int first, unsigned int last);

typedef bool (*ballast_clear_fn)(struct ballast_vm *vm, unsigned long start, unsigned long end);
bool ballast_mrc_clear_sampled(struct ballast_vm *vm, const struct ballast_span *span,
			       unsigned int first, unsigned int last, ballast_clear_fn clear);

static inline bool ballast_mrc_sampled_in(const struct ballast_span *span)
{
	return ballast_block_event(span->block, BALLAST_EV_SAMPLED);
}

/**
 * ballast_mrc_clear() - clear accessed bits, and let the sample hear of it
 * @vm:    whose
 * @span:  block
 * @first: first page
 * @last:  one past the last page
 * @clear: how
 *
 * Any context. Return: true when one was set.
 */
static inline bool ballast_mrc_clear(struct ballast_vm *vm, const struct ballast_span *span,
				     unsigned int first, unsigned int last, ballast_clear_fn clear)
{
	if (ballast_mrc_sampled_in(span))
		return ballast_mrc_clear_sampled(vm, span, first, last, clear);
	return clear(vm, span->hva + ((unsigned long)first << PAGE_SHIFT),
		     span->hva + ((unsigned long)last << PAGE_SHIFT));
}

/* A cost, in ns, over some of its kind; never 0 once it is known. */
static inline void ballast_mrc_smooth(u32 *to, u64 ns)
{
	u64 now = clamp_t(u64, ns, 1, NSEC_PER_SEC);

	WRITE_ONCE(*to, *to ? (15 * (u64)*to + now) / 16 : now);
}

/* May a unit be trapped? */
static inline bool ballast_mrc_trappable(const struct ballast_mrc_run *m, u32 i)
{
	return m->trap_huge || !m->units[i].huge;
}

/* Under scan_lock. NULL: off. */
static inline struct ballast_mrc_run *ballast_mrc_of(struct ballast_vm *vm)
{
	return rcu_dereference_protected(vm->mrc, lockdep_is_held(&vm->scan_lock));
}

/* Likewise. There was no memory for its index: the sample is empty, and to follow again. */
static inline bool ballast_mrc_waits(struct ballast_vm *vm)
{
	const struct ballast_mrc_run *m = ballast_mrc_of(vm);

	return m && !rcu_access_pointer(m->index);
}

#endif /* BALLAST_HOST_MRC_H */
