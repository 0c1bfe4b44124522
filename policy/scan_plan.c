// SPDX-License-Identifier: GPL-2.0-only
/* Ranges to age in a block; the header explains the idea. */

#include "policy/scan_plan.h"

/*
 * Passes between two looks at pages in a terminal state, by the streak of
 * their block. Hot pages cost a call each, so they are left alone longest; a
 * cold block costs one call, and a look delayed is a promotion delayed.
 */
static const u8 hot_interval[BALLAST_STREAK_MAX + 1] = {
	1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16,
};

static const u8 cold_interval[BALLAST_STREAK_MAX + 1] = {
	1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4,
};

/**
 * ballast_plan_turns() - whose turn it is in a block
 * @pass:   number of the pass
 * @block:  number of the block, to spread the work over passes
 * @streak: visits since a page of the block last changed level
 */
struct ballast_turns ballast_plan_turns(u64 pass, u64 block, u8 streak)
{
	u8 s = min_t(u8, streak, BALLAST_STREAK_MAX);
	struct ballast_turns turns = {
		.hot = ((pass + block) & (hot_interval[s] - 1u)) == 0,
		.cold = ((pass + block) & (cold_interval[s] - 1u)) == 0,
	};

	return turns;
}

/**
 * ballast_plan_nobody() - is there nobody to look at?
 * @turns:  whose turn it is
 * @states: bit per enum ballast_state that a page of the block is in
 *
 * Of a block in which nobody is suspect.
 */
bool ballast_plan_nobody(struct ballast_turns turns, u32 states)
{
	u32 left_out = (turns.hot ? 0 : 1u << BALLAST_S_HOTTEST) |
		       (turns.cold ? 0 : 1u << BALLAST_S_COLDEST);

	return !(states & ~left_out);
}

/* Bits of ballast_plan.kind. */
#define WANTED	1u	/* to be asked in this pass */
#define SHARES	2u	/* together with its neighbours */

/**
 * ballast_plan_start() - begin with a block
 * @plan:     iterator
 * @state:    enum ballast_state of each of the block's pages; read as
 *            iteration goes on
 * @suspects: of the block
 * @turns:    whose turn it is
 * @first:    first page of the block that is memory
 * @end:      one past the last
 */
void ballast_plan_start(struct ballast_plan *plan, const u8 *state,
			struct ballast_suspects suspects, struct ballast_turns turns,
			unsigned int first, unsigned int end)
{
	u8 s;

	plan->state = state;
	plan->coarse = suspects.coarse;
	plan->fine = suspects.fine;
	plan->turns = turns;
	plan->end = (u16)end;
	plan->first = plan->last = (u16)first;
	for (s = 0; s < BALLAST_NR_STATES; s++)
		plan->kind[s] = (u8)((ballast_plan_nobody(turns, 1u << s) ? 0 : WANTED) |
				     (ballast_activity_likely_idle(s) ? SHARES : 0));
}

static bool run_bit(u8 runs, unsigned int page)
{
	return runs >> (page / BALLAST_RUN_PAGES) & 1;
}

/* May @page be asked together with its neighbours? */
static bool shares(const struct ballast_plan *plan, unsigned int page)
{
	return plan->kind[plan->state[page]] & SHARES && !run_bit(plan->fine, page);
}

static bool wanted(const struct ballast_plan *plan, unsigned int page)
{
	return run_bit(plan->coarse | plan->fine, page) ?
		plan->state[page] != BALLAST_S_HOTTEST || plan->turns.hot :
		plan->kind[plan->state[page]] & WANTED;
}

/* Where somebody is suspect. Return: one past the last page of the range. */
static unsigned int suspect_range(const struct ballast_plan *plan, unsigned int page)
{
	bool coarse = run_bit(plan->coarse, page);

	if (!shares(plan, page++))
		return page;
	for (; page < plan->end; page++) {
		if (!shares(plan, page) || !wanted(plan, page) ||
		    run_bit(plan->coarse, page) != coarse)
			break;
		if (coarse && page % BALLAST_RUN_PAGES == 0)
			break;
	}
	return page;
}

/* Where nobody is: most blocks, most of the time. */
static unsigned int quiet_range(const struct ballast_plan *plan, unsigned int page)
{
	if (plan->kind[plan->state[page++]] & SHARES)
		while (page < plan->end && plan->kind[plan->state[page]] == (WANTED | SHARES))
			page++;
	return page;
}

/**
 * ballast_plan_next() - advance to the next range
 * @plan: iterator
 *
 * Return: false when the block is done; @first and @last are valid otherwise.
 */
bool ballast_plan_next(struct ballast_plan *plan)
{
	bool suspects = plan->coarse | plan->fine;
	unsigned int page = plan->last;

	if (suspects)
		while (page < plan->end && !wanted(plan, page))
			page++;
	else
		while (page < plan->end && !(plan->kind[plan->state[page]] & WANTED))
			page++;
	if (page >= plan->end)
		return false;
	plan->first = (u16)page;
	plan->last = (u16)(suspects ? suspect_range(plan, page) : quiet_range(plan, page));
	return true;
}

/**
 * ballast_plan_suspect() - the current range answered for several pages
 * @plan:  iterator, at a range of more than one page
 * @found: in/out: runs under suspicion by this pass
 */
void ballast_plan_suspect(const struct ballast_plan *plan, struct ballast_suspects *found)
{
	unsigned int run = plan->first / BALLAST_RUN_PAGES;
	unsigned int last = (plan->last - 1u) / BALLAST_RUN_PAGES;
	u8 *map = ballast_plan_pages(plan) <= BALLAST_RUN_PAGES ? &found->fine : &found->coarse;

	for (; run <= last; run++)
		*map |= (u8)(1u << run);
}

/**
 * ballast_suspects_next() - whom to suspect in the next pass
 * @old:   before this pass
 * @found: by this pass
 */
struct ballast_suspects ballast_suspects_next(const struct ballast_suspects *old,
					      const struct ballast_suspects *found)
{
	struct ballast_suspects next = {
		.fine = old->fine | found->fine,
		.patience = BALLAST_SUSPECT_PASSES,
	};

	next.coarse = (u8)((old->coarse | found->coarse) & ~next.fine);
	if (found->coarse | found->fine)
		return next;
	if (old->patience <= 1)
		return (struct ballast_suspects){};
	next.patience = old->patience - 1;
	return next;
}
