/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ranges of a 2 MiB block to age in this pass.
 *
 * An aging call takes a range, clears every accessed bit in it and answers
 * with one bit for all. A call per page is exact and dear, one for the block
 * is cheap and says little. So the plan starts from what is predicted:
 *
 *  - neighbours that are likely idle share one call; an idle answer is exact
 *    for all of them;
 *  - pages that are likely accessed get a call each;
 *  - a shared call that finds an access cannot tell whose: nobody steps, and
 *    the range is *suspect*. From the next pass on it is asked in runs of 64
 *    pages (coarse), a run that answers again page by page (fine). Some passes
 *    without another answer, so that a page touched in every third scan is
 *    found as well, and all is back to the prediction;
 *  - pages in a terminal state of a quiet block (no page changed level for a
 *    number of visits: its streak) are left out in most passes.
 *
 * Pure: no locks, no memory of its own.
 */
#ifndef BALLAST_POLICY_SCAN_PLAN_H
#define BALLAST_POLICY_SCAN_PLAN_H

#include "policy/activity.h"

#define BALLAST_BLOCK_PAGES	512
#define BALLAST_RUN_PAGES	64
#define BALLAST_BLOCK_RUNS	(BALLAST_BLOCK_PAGES / BALLAST_RUN_PAGES)
#define BALLAST_STREAK_MAX	15

/* Passes that suspicion outlives the last answer it got. */
#define BALLAST_SUSPECT_PASSES	4

/**
 * struct ballast_suspects - runs of a block that have answered a shared call
 * @coarse:   bit per run: ask run by run
 * @fine:     bit per run: ask page by page
 * @patience: passes left
 */
struct ballast_suspects {
	u8 coarse;
	u8 fine;
	u8 patience;
};

/**
 * struct ballast_turns - who is looked at in this pass
 * @hot:  pages in the hottest state
 * @cold: pages in the coldest state
 */
struct ballast_turns {
	bool hot;
	bool cold;
};

/**
 * struct ballast_plan - iterator over the ranges of one block
 * @state:  enum ballast_state of each of the block's pages
 * @coarse: see struct ballast_suspects
 * @fine:   likewise
 * @kind:   what to do with a page in each state, where nobody is suspect
 * @turns:  see struct ballast_turns
 * @end:    one past the last page of the block that is memory
 * @first:  out: first page of the current range
 * @last:   out: one past the last page of the current range
 */
struct ballast_plan {
	const u8 *state;
	u8 coarse;
	u8 fine;
	u8 kind[BALLAST_NR_STATES];
	struct ballast_turns turns;
	u16 end;
	u16 first;
	u16 last;
};

struct ballast_turns ballast_plan_turns(u64 pass, u64 block, u8 streak);
bool ballast_plan_nobody(struct ballast_turns turns, u32 states);
void ballast_plan_start(struct ballast_plan *plan, const u8 *state,
			struct ballast_suspects suspects, struct ballast_turns turns,
			unsigned int first, unsigned int end);
bool ballast_plan_next(struct ballast_plan *plan);
void ballast_plan_suspect(const struct ballast_plan *plan, struct ballast_suspects *found);
struct ballast_suspects ballast_suspects_next(const struct ballast_suspects *old,
					      const struct ballast_suspects *found);

static inline unsigned int ballast_plan_pages(const struct ballast_plan *plan)
{
	return plan->last - plan->first;
}

#endif /* BALLAST_POLICY_SCAN_PLAN_H */
