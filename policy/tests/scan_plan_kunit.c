// SPDX-License-Identifier: GPL-2.0-only
/* The plan against its promises, on generated blocks. */

#include <kunit/test.h>

#include "policy/activity.c"
#include "policy/scan_plan.c"

static u32 seed;

static u32 rnd(u32 below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* Tests run one after another; a block is too large for a kernel stack. */
static u8 states[BALLAST_BLOCK_PAGES];
static u8 covered[BALLAST_BLOCK_PAGES];

static void fill(u8 state)
{
	memset(states, state, sizeof(states));
}

static struct ballast_plan plan_of(u8 coarse, u8 fine, bool hot, bool cold)
{
	struct ballast_suspects suspects = { .coarse = coarse, .fine = fine };
	struct ballast_turns turns = { .hot = hot, .cold = cold };
	struct ballast_plan plan;

	ballast_plan_start(&plan, states, suspects, turns, 0, BALLAST_BLOCK_PAGES);
	return plan;
}

static int count(struct ballast_plan plan)
{
	int n = 0;

	while (ballast_plan_next(&plan))
		n++;
	return n;
}

static void cold_block_is_one_call(struct kunit *test)
{
	fill(BALLAST_S_COLDEST);
	KUNIT_EXPECT_EQ(test, count(plan_of(0, 0, true, true)), 1);
	KUNIT_EXPECT_EQ(test, count(plan_of(0, 0, true, false)), 0);
}

static void hot_block_is_a_call_per_page(struct kunit *test)
{
	fill(BALLAST_S_HOTTEST);
	KUNIT_EXPECT_EQ(test, count(plan_of(0, 0, true, true)), BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, count(plan_of(0, 0, false, true)), 0);
}

static void suspects_are_split(struct kunit *test)
{
	fill(BALLAST_S_COLDEST);
	KUNIT_EXPECT_EQ(test, count(plan_of(0xff, 0, true, true)), BALLAST_BLOCK_RUNS);
	/* Suspects are asked whether it is their turn or not. */
	KUNIT_EXPECT_EQ(test, count(plan_of(0x01, 0, true, false)), 1);
	KUNIT_EXPECT_EQ(test, count(plan_of(0, 0x80, true, false)), BALLAST_RUN_PAGES);
	KUNIT_EXPECT_EQ(test, count(plan_of(0, 0x10, true, true)), BALLAST_RUN_PAGES + 2);
}

/* A page touched in every @period-th pass is found, and in how many passes. */
static int passes_to_find(unsigned int page, int period)
{
	struct ballast_suspects suspects = {}, found;
	struct ballast_plan plan;
	int pass, answer = 0;

	fill(BALLAST_S_COLDEST);
	for (pass = 0; pass < 100 && !answer; pass++) {
		memset(&found, 0, sizeof(found));
		plan = plan_of(suspects.coarse, suspects.fine, true, true);
		while (ballast_plan_next(&plan)) {
			if (pass % period || page < plan.first || page >= plan.last)
				continue;
			if (ballast_plan_pages(&plan) > 1)
				ballast_plan_suspect(&plan, &found);
			else
				answer = pass + 1;
		}
		suspects = ballast_suspects_next(&suspects, &found);
	}
	return answer;
}

/* A hit narrows down: block, run, page. */
static void a_hit_is_found_in_three_touches(struct kunit *test)
{
	unsigned int page;

	for (page = 0; page < BALLAST_BLOCK_PAGES; page += 37) {
		KUNIT_EXPECT_EQ(test, passes_to_find(page, 1), 3);
		KUNIT_EXPECT_EQ(test, passes_to_find(page, 2), 5);
		KUNIT_EXPECT_EQ(test, passes_to_find(page, 3), 7);
		KUNIT_EXPECT_EQ(test, passes_to_find(page, 4), 9);
	}
}

/* Suspicion without an answer ends. */
static void suspicion_ends(struct kunit *test)
{
	struct ballast_suspects s = { .fine = 1, .patience = BALLAST_SUSPECT_PASSES };
	const struct ballast_suspects none = {};
	int i;

	for (i = 0; i < BALLAST_SUSPECT_PASSES - 1; i++) {
		s = ballast_suspects_next(&s, &none);
		KUNIT_EXPECT_EQ(test, s.fine, 1);
	}
	s = ballast_suspects_next(&s, &none);
	KUNIT_EXPECT_EQ(test, s.fine | s.coarse, 0);
}

/*
 * On any block: ranges ascend without overlap, stay inside, hold likely idle
 * pages only if longer than one page, and leave out nobody but terminal pages
 * whose turn it is not.
 */
static void any_block_is_covered(struct kunit *test)
{
	int round;

	seed = 1;
	for (round = 0; round < 20000; round++) {
		struct ballast_suspects suspects = {};
		struct ballast_turns turns;
		struct ballast_plan plan;
		unsigned int first = rnd(BALLAST_BLOCK_PAGES), at = 0, i;
		unsigned int end = first + 1 + rnd(BALLAST_BLOCK_PAGES - first);

		while (at < BALLAST_BLOCK_PAGES) {
			unsigned int run = 1 + rnd(rnd(8) ? 80 : 3);
			u8 state = (u8)rnd(BALLAST_NR_STATES);

			for (; run && at < BALLAST_BLOCK_PAGES; run--)
				states[at++] = state;
		}
		memset(covered, 0, sizeof(covered));
		if (rnd(2)) {
			suspects.coarse = (u8)rnd(256);
			suspects.fine = (u8)rnd(256);
		}
		turns.hot = rnd(2);
		turns.cold = rnd(2);
		ballast_plan_start(&plan, states, suspects, turns, first, end);
		at = first;
		while (ballast_plan_next(&plan)) {
			KUNIT_ASSERT_TRUE(test, plan.first >= at && plan.last > plan.first &&
					  plan.last <= end);
			at = plan.last;
			for (i = plan.first; i < plan.last; i++) {
				covered[i] = 1;
				KUNIT_ASSERT_TRUE(test, ballast_plan_pages(&plan) == 1 ||
						  ballast_activity_likely_idle(states[i]));
			}
		}
		for (i = first; i < end; i++) {
			bool waits = (states[i] == BALLAST_S_HOTTEST && !plan.turns.hot) ||
				     (states[i] == BALLAST_S_COLDEST && !plan.turns.cold);

			KUNIT_ASSERT_TRUE(test, covered[i] || waits);
		}
	}
}

/* Nobody to look at: known from the states alone, without the iteration. */
static void nobody_is_nobody(struct kunit *test)
{
	struct ballast_suspects suspects = {};
	unsigned int i;
	u32 set;

	for (set = 1; set < 1u << BALLAST_NR_STATES; set++) {
		struct ballast_turns turns = { .hot = rnd(2), .cold = rnd(2) };
		struct ballast_plan plan;

		for (i = 0; i < BALLAST_NR_STATES; i++)
			states[i] = set >> i & 1 ? (u8)i : (u8)__builtin_ctz(set);
		ballast_plan_start(&plan, states, suspects, turns, 0, BALLAST_NR_STATES);
		KUNIT_ASSERT_EQ(test, ballast_plan_next(&plan), !ballast_plan_nobody(turns, set));
	}
}

/* A block in a streak is looked at again after 16 (hot) or 4 (cold) passes. */
static void turns_come_round(struct kunit *test)
{
	u64 pass, block;
	u8 streak;

	for (streak = 0; streak <= BALLAST_STREAK_MAX; streak++)
		for (block = 0; block < 16; block++) {
			int hot = 0, cold = 0;

			for (pass = 1000; pass < 1016; pass++) {
				hot += ballast_plan_turns(pass, block, streak).hot;
				cold += ballast_plan_turns(pass, block, streak).cold;
			}
			KUNIT_EXPECT_GE(test, hot, 1);
			KUNIT_EXPECT_GE(test, cold, 4);
			if (!streak) {
				KUNIT_EXPECT_EQ(test, hot, 16);
				KUNIT_EXPECT_EQ(test, cold, 16);
			}
		}
	KUNIT_EXPECT_EQ(test, ballast_plan_turns(0, 0, 255).hot, true);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cold_block_is_one_call),
	KUNIT_CASE(hot_block_is_a_call_per_page),
	KUNIT_CASE(suspects_are_split),
	KUNIT_CASE(a_hit_is_found_in_three_touches),
	KUNIT_CASE(suspicion_ends),
	KUNIT_CASE(any_block_is_covered),
	KUNIT_CASE(nobody_is_nobody),
	KUNIT_CASE(turns_come_round),
	{}
};

static struct kunit_suite suite = { .name = "ballast_scan_plan", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the scan plan");
MODULE_LICENSE("GPL");
