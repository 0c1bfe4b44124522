// SPDX-License-Identifier: GPL-2.0-only
/* The activity FSM, exhaustively. */

#include <kunit/test.h>

#include "policy/activity.c"

#define STEPS_MAX	16

static u8 walk(u8 state, u32 accesses, int steps)
{
	int i;

	for (i = 0; i < steps; i++)
		state = ballast_activity_step(state, accesses >> i & 1);
	return state;
}

/* Every entry is there and points to a state that is not UNSEEN. */
static void table_is_closed(struct kunit *test)
{
	int s;

	for (s = 0; s < BALLAST_NR_STATES; s++) {
		KUNIT_EXPECT_LT(test, ballast_states[s].next[0], BALLAST_NR_STATES);
		KUNIT_EXPECT_LT(test, ballast_states[s].next[1], BALLAST_NR_STATES);
		KUNIT_EXPECT_NE(test, ballast_states[s].next[0], BALLAST_S_UNSEEN);
		KUNIT_EXPECT_NE(test, ballast_states[s].next[1], BALLAST_S_UNSEEN);
		KUNIT_EXPECT_NE(test, ballast_states[s].name[0], 0);
	}
}

/* An access never makes a page colder, an idle scan never hotter. */
static void steps_are_monotonic(struct kunit *test)
{
	int s;

	for (s = BALLAST_S_HOT0; s < BALLAST_NR_STATES; s++) {
		u8 level = ballast_activity_level((u8)s);

		KUNIT_EXPECT_GE(test, ballast_activity_level(ballast_states[s].next[1]), level);
		KUNIT_EXPECT_LE(test, ballast_activity_level(ballast_states[s].next[0]), level);
	}
}

/* One step moves by one level at most. */
static void no_level_is_skipped(struct kunit *test)
{
	int s, in;

	for (s = BALLAST_S_HOT0; s < BALLAST_NR_STATES; s++)
		for (in = 0; in < 2; in++) {
			int from = ballast_activity_level((u8)s);
			int to = ballast_activity_level(ballast_states[s].next[in]);

			KUNIT_EXPECT_LE(test, from > to ? from - to : to - from, 1);
		}
}

/* Whatever came before, three accesses make hot and ten idle scans coldest. */
static void every_history_settles(struct kunit *test)
{
	u32 history;
	int s;

	for (s = 0; s < BALLAST_NR_STATES; s++)
		for (history = 0; history < 1u << 10; history++) {
			u8 state = walk((u8)s, history, 10);
			u8 hot = walk(state, 7, 3);

			KUNIT_ASSERT_EQ(test, ballast_activity_level(hot), BALLAST_HOT);
			KUNIT_ASSERT_EQ(test, hot, BALLAST_S_HOTTEST);
			KUNIT_ASSERT_EQ(test, walk(state, 0, 10), BALLAST_S_COLDEST);
		}
}

/* One access out of the blue heats nothing beyond cool, one idle scan cools nothing hot. */
static void one_scan_is_no_proof(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ballast_activity_level(walk(BALLAST_S_COLDEST, 1, 1)), BALLAST_COOL);
	KUNIT_EXPECT_EQ(test, ballast_activity_level(walk(BALLAST_S_HOTTEST, 0, 1)), BALLAST_HOT);
	KUNIT_EXPECT_EQ(test, ballast_activity_level(walk(BALLAST_S_HOTTEST, 0, 2)), BALLAST_HOT);
}

/* A page touched once in @period scans: its level after long, from a start. */
static u8 periodic(u8 state, int period, int *changes)
{
	u8 before = BALLAST_NR_LEVELS, level;
	int i;

	*changes = 0;
	for (i = 0; i < 1000; i++) {
		state = ballast_activity_step(state, i % period == 0);
		level = ballast_activity_level(state);
		if (i > 100 && level != before)
			(*changes)++;
		before = level;
	}
	return level;
}

/* Hysteresis: a steady rhythm stays in one level; which one depends on the past. */
static void steady_rhythm_does_not_flap(struct kunit *test)
{
	int changes;

	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_COLDEST, 1, &changes), BALLAST_HOT);
	KUNIT_EXPECT_EQ(test, changes, 0);
	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_COLDEST, 2, &changes), BALLAST_HOT);
	KUNIT_EXPECT_EQ(test, changes, 0);
	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_HOTTEST, 3, &changes), BALLAST_HOT);
	KUNIT_EXPECT_EQ(test, changes, 0);
	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_WARM2, 3, &changes), BALLAST_WARM);
	KUNIT_EXPECT_EQ(test, changes, 0);
	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_HOTTEST, 4, &changes), BALLAST_WARM);
	KUNIT_EXPECT_EQ(test, changes, 0);
	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_COLDEST, 4, &changes), BALLAST_COOL);
	KUNIT_EXPECT_EQ(test, changes, 0);
	KUNIT_EXPECT_EQ(test, periodic(BALLAST_S_COLDEST, 5, &changes), BALLAST_COOL);
	KUNIT_EXPECT_EQ(test, changes, 0);
}

/* The age inside a level counts idle scans, so a state is a lower bound of age. */
static void age_is_counted(struct kunit *test)
{
	int n;

	for (n = 1; n <= STEPS_MAX; n++) {
		u8 state = walk(BALLAST_S_HOTTEST, 0, n);

		KUNIT_EXPECT_GE(test, state, walk(BALLAST_S_HOTTEST, 0, n - 1));
	}
	KUNIT_EXPECT_EQ(test, ballast_activity_level(walk(BALLAST_S_HOTTEST, 0, 7)), BALLAST_COOL);
	KUNIT_EXPECT_EQ(test, ballast_activity_level(walk(BALLAST_S_HOTTEST, 0, 8)), BALLAST_COLD);
}

static void likely_idle_is_cool_or_below(struct kunit *test)
{
	int s;

	for (s = 0; s < BALLAST_NR_STATES; s++)
		if (ballast_activity_likely_idle((u8)s))
			KUNIT_EXPECT_LE(test, ballast_activity_level((u8)s), BALLAST_COOL);
		else
			KUNIT_EXPECT_GE(test, ballast_activity_level((u8)s), BALLAST_COOL);
}

static void merge_takes_the_hotter(struct kunit *test)
{
	u8 a, b;

	for (a = 0; a < BALLAST_NR_STATES; a++)
		for (b = 0; b < BALLAST_NR_STATES; b++) {
			u8 m = ballast_activity_merge(a, b);

			KUNIT_ASSERT_EQ(test, m, ballast_activity_merge(b, a));
			KUNIT_ASSERT_TRUE(test, m == a || m == b);
			KUNIT_EXPECT_GE(test, ballast_activity_level(m), ballast_activity_level(a));
			KUNIT_EXPECT_GE(test, ballast_activity_level(m), ballast_activity_level(b));
		}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(table_is_closed),
	KUNIT_CASE(steps_are_monotonic),
	KUNIT_CASE(no_level_is_skipped),
	KUNIT_CASE(every_history_settles),
	KUNIT_CASE(one_scan_is_no_proof),
	KUNIT_CASE(steady_rhythm_does_not_flap),
	KUNIT_CASE(age_is_counted),
	KUNIT_CASE(likely_idle_is_cool_or_below),
	KUNIT_CASE(merge_takes_the_hotter),
	{}
};

static struct kunit_suite suite = { .name = "ballast_activity", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the activity FSM");
MODULE_LICENSE("GPL");
