/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory scheduler: which VM gives how much memory, by which means, and why.
 *
 * One call looks at a host and its VMs, and says for each VM what its balloon should
 * be, what it should return of free memory, and what the host should swap out of it.
 * Nothing is kept but what is handed back in struct ballast_sched_memory.
 *
 *  - Due: what a VM is entitled to (policy/entitle.h) is divided from all that VMs
 *    have and what is free above the goal (policy/host_state.h). It rests on what the
 *    host has measured, and on what a VM that has too little wants. No guest can talk
 *    another one out of what shares give.
 *  - Need: a VM whose free memory and cold clean cache have become little, or whose
 *    pages the host has to swap in again, is given memory before its guest is in
 *    trouble: what it is due for certain, at the cost of others; more if it is free.
 *  - Means, the cheapest first: free memory of guests is returned (its contents are
 *    worth nothing, so nobody is asked for shares); then cold memory, of all VMs what was
 *    idle longest: clean page cache is ballooned, the rest is swapped by the host, which
 *    knows it better than a guest that would have to swap it anyway; and then what is less
 *    cold. From VMs above their due only, and no more than is needed.
 *  - Limits: never below a VM's minimum; a balloon never below the guest's floor and
 *    never into the headroom it needs to run; a silent guest, or one whose figures do
 *    not fit each other, has cold memory swapped and nothing else, but is asked for its
 *    free memory before; free memory is not swapped; refaults make swapping slower and
 *    the working set larger.
 *  - Ready: what VMs lately wanted faster than memory can be taken (policy/demand.h) is kept
 *    free before the host is short, out of what was in use nowhere for as long as counts.
 *  - A target is where a balloon should be in the end. It is not a step towards it, and
 *    it stays where it is if it would hardly change.
 *
 * That needs and working sets come from classes of sampled pages, and that balloon or
 * swap is chosen per VM, is the idea of US9529609 and US9547510; shares, the tax on
 * idle memory and balloon targets are Waldspurger's (OSDI 2002).
 */
#ifndef BALLAST_POLICY_SCHED_H
#define BALLAST_POLICY_SCHED_H

#include "ballast/policy_env.h"
#include "policy/entitle.h"
#include "policy/host_state.h"
#include "uapi/linux/ballast.h"

/**
 * enum ballast_sched_depth - which memory may be taken
 * @BALLAST_DEPTH_NONE: none
 * @BALLAST_DEPTH_FREE: what guests do not use
 * @BALLAST_DEPTH_CACHE: also clean page cache that is cold or cool
 * @BALLAST_DEPTH_COLD: also what is cold
 * @BALLAST_DEPTH_COOL: also all else that is cool
 * @BALLAST_DEPTH_ALL:  anything above what a VM is due
 */
enum ballast_sched_depth {
	BALLAST_DEPTH_NONE,
	BALLAST_DEPTH_FREE,
	BALLAST_DEPTH_CACHE,
	BALLAST_DEPTH_COLD,
	BALLAST_DEPTH_COOL,
	BALLAST_DEPTH_ALL,
	BALLAST_NR_DEPTHS,
};

/* Cold memory by how long it was idle: 2^age seconds and longer. */
#define BALLAST_NR_AGES	16

/**
 * struct ballast_sched_config - thresholds, all of them data
 * @tax_bp:           on idle memory
 * @in_use_age:       used memory is in use if it was touched in the last 2^age seconds; less,
 *                    where next to nothing was idle for so long
 * @headroom_bp:      of its size that a guest should have free or in cold clean cache;
 *                    with less than half of it, it has too little
 * @dead_band_bp:     of its size that a balloon target must change by
 * @data_max_age_ms:  older figures of a guest are not used
 * @refault_bp:       of a VM's pages per second that may be swapped in again
 * @curve_worth:      misses per second that a MiB must avoid to be in use, in 1/1000
 * @horizon_s:        a rate is taken to go on so long
 * @swap_pages_per_s: rate of swapping out a VM in SOFT; four times that in HARD, no
 *                    limit in LOW
 * @backoff_max:      how often at most refaults halve that
 * @step_ms:          at most so often is that halved, and so often forgotten by a step
 * @cache_ms:         how long a guest is remembered that has read again what its balloon
 *                    had taken
 * @returns_bp:       per enum ballast_level: of pages swapped out at that level, how
 *                    many are expected to be wanted again soon; ballast_sched_fit()
 */
struct ballast_sched_config {
	u32 tax_bp;
	u32 in_use_age;
	u32 headroom_bp;
	u32 dead_band_bp;
	u32 data_max_age_ms;
	u32 refault_bp;
	u32 curve_worth;
	u32 horizon_s;
	u32 swap_pages_per_s;
	u32 backoff_max;
	u32 step_ms;
	u32 cache_ms;
	u32 returns_bp[BALLAST_NR_LEVELS];
};

extern const struct ballast_sched_config ballast_sched_defaults;

/**
 * struct ballast_sched_host - the host
 * @config:       thresholds
 * @total_pages:  its memory
 * @free_pages:   free, or free as soon as somebody wants it
 * @demand_pages: likely to be wanted at once, policy/demand.h
 * @swap_free_pages: room in its swap
 * @elapsed_ms:   since the call before; 0 at first
 * @state:        enum ballast_host_state that the call before ended in; HIGH at first
 */
struct ballast_sched_host {
	const struct ballast_sched_config *config;
	u64 total_pages;
	u64 free_pages;
	u64 demand_pages;
	u64 swap_free_pages;
	u32 elapsed_ms;
	u32 state;
};

/**
 * struct ballast_sched_memory - what is remembered of a VM from call to call
 * @raise_pages: refaults have shown that its working set is so much larger
 * @backoff:     its rate of swapping is halved so often
 * @step_ms:     since the last step of these two
 * @cache_ms:    it has read again what its balloon had taken: for so long its cold page
 *               cache comes after cold memory of others
 *
 * All zero at first.
 */
struct ballast_sched_memory {
	u64 raise_pages;
	u32 backoff;
	u32 step_ms;
	u32 cache_ms;
};

/**
 * struct ballast_sched_vm - what is known of a VM
 * @size_pages:           guest memory
 * @min_pages:            never less than that, by the operator's word
 * @max_pages:            never more; 0: all of its memory
 * @shares:               how much it matters
 * @has_balloon:          there is a balloon that takes a target
 * @speaks:               the guest tells what its memory is
 * @let_go:               the guest has let go of its balloon under pressure a short
 *                        time ago
 * @stalled:              its balloon has a target and does not move
 * @no_swap:              the host cannot swap it, or may not
 * @no_flush:             it may not be asked for its free memory
 * @data_age_ms:          age of the guest's figures
 * @disagree:             bit per enum ballast_class, see struct ballast_class_matrix
 * @resident_pages:       host memory behind it
 * @swapped_pages:        of it in the host's swap
 * @balloon_pages:        in its balloon
 * @balloon_target_pages: where its balloon is on its way to
 * @class_balloon_pages:  @balloon_pages when the guest's classes were counted; what has
 *                        moved since is in none of them
 * @floor_pages:          the guest's word: a balloon must leave it so much
 * @working_set_pages:    touched in the last passes, as the host sees it; counts where ages
 *                        are not known
 * @curve_pages:          memory that is worth having by its miss-rate curve; 0: there is no
 *                        curve that is good enough
 * @curve_misses_per_s:   that are left with so much
 * @curve_paused:         tracing pauses: the curve is minutes old
 * @stuck_pages:          of its free memory, what it did not return when it was asked
 * @stuck_deep:           also not when it was asked for small blocks
 * @filling:              it has begun to use what it had free
 * @level_pages:          per enum ballast_level, as the host sees it
 * @age_pages:            of those that are cold, idle for 2^age seconds and less than twice
 *                        that; what is not in memory any more may be among them. All zero:
 *                        not known
 * @class_pages:          the guest's word
 * @cell_pages:           estimate per level and class
 * @refaults_per_s:       pages that the host has swapped in for it, lately
 * @guest_swapins_per_s:  the guest's word: pages it has swapped in by itself, and page
 *                        cache it has read again
 * @memory:               as the call before has handed it back
 */
struct ballast_sched_vm {
	u64 size_pages;
	u64 min_pages;
	u64 max_pages;
	u32 shares;
	bool has_balloon;
	bool speaks;
	bool let_go;
	bool stalled;
	bool no_swap;
	bool no_flush;
	bool stuck_deep;
	bool filling;
	bool curve_paused;
	u32 data_age_ms;
	u32 disagree;
	u64 resident_pages;
	u64 swapped_pages;
	u64 balloon_pages;
	u64 balloon_target_pages;
	u64 class_balloon_pages;
	u64 floor_pages;
	u64 working_set_pages;
	u64 curve_pages;
	u64 curve_misses_per_s;
	u64 stuck_pages;
	u64 level_pages[BALLAST_NR_LEVELS];
	u64 age_pages[BALLAST_NR_AGES];
	u64 class_pages[BALLAST_NR_CLASSES];
	u64 cell_pages[BALLAST_NR_LEVELS][BALLAST_NR_CLASSES];
	u64 refaults_per_s;
	u64 guest_swapins_per_s;
	struct ballast_sched_memory memory;
};

/**
 * enum ballast_sched_why - a reason, and the numbers it rests on
 * @BALLAST_WHY_DUE:        pages it is due, its working set, pages it has
 * @BALLAST_WHY_SILENT:     its guest says nothing, or nothing new: age in ms
 * @BALLAST_WHY_UNTRUSTED:  classes that disagree (bits), sum of its classes, size
 * @BALLAST_WHY_TOO_LITTLE: free memory and cold clean cache, headroom, pages wanted
 * @BALLAST_WHY_GUEST_SWAPS: pages per second it reads again, pages wanted
 * @BALLAST_WHY_CURVE:      pages worth having by its miss-rate curve, misses per second that
 *                          are left, its working set
 * @BALLAST_WHY_REFAULTS:   pages per second, bound, raise of its working set
 * @BALLAST_WHY_CACHE_KEPT: cold cache that is left alone, seconds that this goes on for
 * @BALLAST_WHY_GIVEN:      pages wanted, given as its due, given as they are free
 * @BALLAST_WHY_OVER:       pages it has, is due, should give now
 * @BALLAST_WHY_FLUSH:      free pages that the host backs, of them to be returned
 * @BALLAST_WHY_ASK:        asked for what may be free: pages it has, pages missing without it
 * @BALLAST_WHY_IDLE:       for how many seconds memory was idle, and page cache, of that what
 *                          is taken from all VMs
 * @BALLAST_WHY_READY:      free on the host, kept ready, of that taken from all VMs
 * @BALLAST_WHY_BALLOON:    pages that a balloon may take, takes, cold clean cache
 * @BALLAST_WHY_SWAP:       pages that may be swapped, are, enum ballast_sched_depth
 * @BALLAST_WHY_SWAP_FULL:  pages that might be swapped, room for it in the host's swap
 * @BALLAST_WHY_BACKOFF:    how often halved, pages per second that are left
 * @BALLAST_WHY_NOT_ENOUGH: pages it should give, can give
 * @BALLAST_WHY_AT_MIN:     its minimum, pages it has
 * @BALLAST_WHY_AT_FLOOR:   least memory of the guest, balloon that is left
 * @BALLAST_WHY_HOLD_OFF:   it has let go of its balloon: pages in it now
 * @BALLAST_WHY_STALLED:    balloon target, pages in it
 * @BALLAST_WHY_BALLOON_STOPS: the host is in HARD or LOW: target before, now
 * @BALLAST_WHY_PLENTY:     free on the host, goal, target before
 * @BALLAST_WHY_MAX:        its maximum, its size
 * @BALLAST_WHY_DEAD_BAND:  target wanted, target kept, least change
 */
enum ballast_sched_why {
	BALLAST_WHY_DUE,
	BALLAST_WHY_SILENT,
	BALLAST_WHY_UNTRUSTED,
	BALLAST_WHY_TOO_LITTLE,
	BALLAST_WHY_GUEST_SWAPS,
	BALLAST_WHY_CURVE,
	BALLAST_WHY_REFAULTS,
	BALLAST_WHY_CACHE_KEPT,
	BALLAST_WHY_GIVEN,
	BALLAST_WHY_OVER,
	BALLAST_WHY_FLUSH,
	BALLAST_WHY_ASK,
	BALLAST_WHY_IDLE,
	BALLAST_WHY_READY,
	BALLAST_WHY_BALLOON,
	BALLAST_WHY_SWAP,
	BALLAST_WHY_SWAP_FULL,
	BALLAST_WHY_BACKOFF,
	BALLAST_WHY_NOT_ENOUGH,
	BALLAST_WHY_AT_MIN,
	BALLAST_WHY_AT_FLOOR,
	BALLAST_WHY_HOLD_OFF,
	BALLAST_WHY_STALLED,
	BALLAST_WHY_BALLOON_STOPS,
	BALLAST_WHY_PLENTY,
	BALLAST_WHY_MAX,
	BALLAST_WHY_DEAD_BAND,
	BALLAST_NR_WHYS,
};

/**
 * struct ballast_sched_reason - one of them
 * @why:   enum ballast_sched_why
 * @value: the numbers, in the order they are named there
 */
struct ballast_sched_reason {
	u32 why;
	u64 value[3];
};

/* Each reason is given once. */
#define BALLAST_SCHED_REASONS	BALLAST_NR_WHYS

/**
 * struct ballast_sched_view - a VM's figures, made consistent, and what follows
 * @size, @balloon, @target, @resident, @swapped: of the VM, none larger than it can be
 * @min:        never less memory
 * @max:        never more
 * @low:        a balloon leaves so much: minimum or the guest's floor
 * @trusted:    the guest's classes may be used
 * @inflatable: the balloon can be asked for more
 * @filling:    what is free in the guest is about to be used
 * @unbacked:   pages the guest could use and the host has nothing behind
 * @free:       free in the guest
 * @backed_free: of these, the host has memory behind
 * @returnable: of these, the guest can return; by its balloon's device, so without one none
 * @small:      of these, what it may return in HARD and LOW: in blocks that are smaller than a
 *              huge page, or what it is about to use
 * @askable:    nobody knows what is free in it, and it has a balloon that could return it
 * @cold_cache: clean page cache that is cold or cool
 * @available:  free and cold cache: what a guest can use without giving up anything
 * @headroom:   what should be available
 * @swappable:  per depth: what the host could swap out
 * @cold:       cold memory that is used and in the host's memory
 * @clean:      of it, clean page cache that a balloon can have
 * @idle:       of @cold, idle for 2^age seconds and longer
 */
struct ballast_sched_view {
	u64 size;
	u64 balloon;
	u64 target;
	u64 resident;
	u64 swapped;
	u64 min;
	u64 max;
	u64 low;
	bool trusted;
	bool inflatable;
	bool filling;
	bool askable;
	u64 unbacked;
	u64 free;
	u64 backed_free;
	u64 returnable;
	u64 small;
	u64 cold_cache;
	u64 available;
	u64 headroom;
	u64 swappable[BALLAST_NR_DEPTHS];
	u64 cold;
	u64 clean;
	u64 idle[BALLAST_NR_AGES];
};

/**
 * struct ballast_sched_decision - what to do with a VM
 * @due:                  what it is entitled to, and from what that was divided
 * @view:                 the figures that it rests on
 * @want_pages:           that its guest lacks
 * @given_pages:          of these, it is due and gets for certain
 * @lent_pages:           it gets, as they are free
 * @balloon_target_pages: where its balloon should be in the end
 * @flush_pages:          free pages it should return to the host now; it may use them
 *                        again
 * @flush_deep:           in small blocks as well, which splits huge pages of the host
 * @ask_free:             it should return what is free, though nobody knows how much that
 *                        is: nothing is counted on
 * @balloon_take_pages:   of its memory that the balloon frees: part of the target
 * @balloon_cache:        page cache is to be dropped for the target
 * @swap_room:            of the room in the host's swap, what is meant for this VM
 * @swap_pages:           to swap out, the coldest first
 * @swap_pages_per_s:     so fast; ~0: without a limit
 * @swap_depth:           enum ballast_sched_depth that @swap_pages reach
 * @memory:               to be handed in with the next call
 * @nr_reasons:           why
 * @reasons:              why
 */
struct ballast_sched_decision {
	struct ballast_entitle due;
	struct ballast_sched_view view;
	u64 want_pages;
	u64 given_pages;
	u64 lent_pages;
	u64 balloon_target_pages;
	u64 flush_pages;
	bool flush_deep;
	bool ask_free;
	bool balloon_cache;
	u64 balloon_take_pages;
	u64 swap_room;
	u64 swap_pages;
	u32 swap_pages_per_s;
	u32 swap_depth;
	struct ballast_sched_memory memory;
	u32 nr_reasons;
	struct ballast_sched_reason reasons[BALLAST_SCHED_REASONS];
};

/* Free memory that nobody needs yet is worth a flush from a sixteenth of the VM on. */
static inline u64 ballast_sched_early(u64 size)
{
	return size / 16;
}

/* Free pages that the guest can return, in blocks as large as it is asked for. */
static inline u64 ballast_sched_returnable(const struct ballast_sched_decision *d)
{
	return d->view.returnable + (d->flush_deep ? d->view.small : 0);
}

/**
 * struct ballast_sched_summary - what was decided for the host
 * @state:           enum ballast_host_state now
 * @marks:           of this host
 * @free_pages:      as handed in
 * @goal_pages:      free memory that reclaim aims at, without what VMs are given
 * @ready_pages:     free memory that is kept ready in HIGH: the goal, or more
 * @in_use_age:      in use is what was touched in the last 2^age seconds
 * @available_pages: what was divided among VMs
 * @given_pages:     to VMs that lack memory, at the cost of others
 * @need_pages:      to be taken
 * @flush_pages, @balloon_pages, @swap_pages: taken, by means
 * @short_pages:     that nobody can give within the rules
 * @depth:           enum ballast_sched_depth that it took
 */
struct ballast_sched_summary {
	u32 state;
	struct ballast_host_marks marks;
	u64 free_pages;
	u64 goal_pages;
	u64 ready_pages;
	u32 in_use_age;
	u64 available_pages;
	u64 given_pages;
	u64 need_pages;
	u64 flush_pages;
	u64 balloon_pages;
	u64 swap_pages;
	u64 short_pages;
	u32 depth;
};

/**
 * ballast_sched_decide() - for all VMs of a host
 * @host:    the host
 * @vms:     its VMs
 * @nr:      how many
 * @out:     @nr decisions
 * @summary: out
 *
 * Any input is fine, absurd ones included: a guest makes up a part of it.
 */
void ballast_sched_decide(const struct ballast_sched_host *host,
			  const struct ballast_sched_vm *vms, u32 nr,
			  struct ballast_sched_decision *out,
			  struct ballast_sched_summary *summary);

/**
 * enum ballast_sched_verdict - does one more VM fit?
 * @BALLAST_FIT_FREE:    yes, into what is free
 * @BALLAST_FIT_FLUSH:   yes, if guests return what they do not use
 * @BALLAST_FIT_BALLOON: yes, if cold clean page cache is ballooned
 * @BALLAST_FIT_SWAP:    yes, if cold memory is swapped
 * @BALLAST_FIT_COSTLY:  yes, if memory that is not quite cold is swapped
 * @BALLAST_FIT_NO:      no
 */
enum ballast_sched_verdict {
	BALLAST_FIT_FREE,
	BALLAST_FIT_FLUSH,
	BALLAST_FIT_BALLOON,
	BALLAST_FIT_SWAP,
	BALLAST_FIT_COSTLY,
	BALLAST_FIT_NO,
	BALLAST_NR_VERDICTS,
};

/**
 * struct ballast_sched_fit - the answer
 * @verdict:        enum ballast_sched_verdict
 * @demand_pages:   memory that the new VM is expected to use
 * @due_pages:      of that, what it would be due
 * @free_pages:     taken from what is free on the host
 * @flush_pages, @balloon_pages, @swap_pages: taken from others
 * @refault_pages:  of @swap_pages, expected to be wanted again soon
 * @short_pages:    that are missing
 */
struct ballast_sched_fit {
	u32 verdict;
	u64 demand_pages;
	u64 due_pages;
	u64 free_pages;
	u64 flush_pages;
	u64 balloon_pages;
	u64 swap_pages;
	u64 refault_pages;
	u64 short_pages;
};

/* A VM of @size_pages, of which it will use @demand_pages, all of them busy. */
void ballast_sched_candidate(u64 size_pages, u64 demand_pages, u32 shares,
			     struct ballast_sched_vm *candidate);

/**
 * ballast_sched_like() - a VM of another size that uses its memory like one there is
 * @vm:         the one there is
 * @size_pages: of the other
 * @config:     thresholds
 * @candidate:  out
 *
 * Free memory and cold clean cache of @vm are no demand, if its guest tells of them.
 * Without that, its demand is what the host has behind it, in memory and in swap.
 */
void ballast_sched_like(const struct ballast_sched_vm *vm, u64 size_pages,
			const struct ballast_sched_config *config,
			struct ballast_sched_vm *candidate);

/**
 * ballast_sched_fit() - would it fit?
 * @host:      the host
 * @vms:       its VMs
 * @nr:        how many
 * @candidate: the new one: what it uses is @resident_pages
 * @out:       @nr + 1 decisions: what would be taken from whom, and the new one
 * @fit:       out
 */
void ballast_sched_fit(const struct ballast_sched_host *host,
		       const struct ballast_sched_vm *vms, u32 nr,
		       const struct ballast_sched_vm *candidate,
		       struct ballast_sched_decision *out, struct ballast_sched_fit *fit);

/* "cold", ...; "fits", ...; "?" for what is none. */
const char *ballast_sched_depth_name(unsigned int depth);
const char *ballast_sched_verdict_name(unsigned int verdict);
const char *ballast_sched_why_name(unsigned int why);

#endif /* BALLAST_POLICY_SCHED_H */
