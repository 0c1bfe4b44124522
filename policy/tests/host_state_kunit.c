// SPDX-License-Identifier: GPL-2.0-only
/* States of a host's memory. */

#include <kunit/test.h>

#include "policy/host_state.c"

#define MIB_PAGES	256ull

static u64 seed;

static u64 below(u64 n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 20) % n;
}

/* The figures that users of ESXi quote: 899 MiB at 28 GiB. */
static void minfree_slides(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ballast_host_minfree(0), 0ull);
	KUNIT_EXPECT_EQ(test, ballast_host_minfree(4 * GIB_PAGES) / MIB_PAGES, 245ull);
	KUNIT_EXPECT_EQ(test, ballast_host_minfree(12 * GIB_PAGES) / MIB_PAGES, 573ull);
	KUNIT_EXPECT_EQ(test, ballast_host_minfree(28 * GIB_PAGES) / MIB_PAGES, 901ull);
	KUNIT_EXPECT_EQ(test, ballast_host_minfree(128 * GIB_PAGES) / MIB_PAGES, 1925ull);
	/* Absurd sizes are the largest one. */
	KUNIT_EXPECT_EQ(test, ballast_host_minfree(~0ull), ballast_host_minfree(1ull << 40));
}

static void marks_are_parts_of_minfree(struct kunit *test)
{
	struct ballast_host_marks marks;

	ballast_host_marks(4 * GIB_PAGES, &marks);
	KUNIT_EXPECT_EQ(test, marks.mark_pages[BALLAST_HOST_HIGH] / MIB_PAGES, 983ull);
	KUNIT_EXPECT_EQ(test, marks.mark_pages[BALLAST_HOST_CLEAR], marks.minfree_pages);
	KUNIT_EXPECT_EQ(test, marks.mark_pages[BALLAST_HOST_SOFT] / MIB_PAGES, 157ull);
	KUNIT_EXPECT_EQ(test, marks.mark_pages[BALLAST_HOST_HARD] / MIB_PAGES, 78ull);
	KUNIT_EXPECT_EQ(test, marks.mark_pages[BALLAST_HOST_LOW] / MIB_PAGES, 39ull);
}

static void falls_at_once(struct kunit *test)
{
	struct ballast_host_marks marks;
	unsigned int state;

	ballast_host_marks(64 * GIB_PAGES, &marks);
	for (state = BALLAST_HOST_CLEAR; state < BALLAST_NR_HOST_STATES; state++) {
		u64 mark = marks.mark_pages[state];

		KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, mark - 1, BALLAST_HOST_HIGH),
				state);
		KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, mark, BALLAST_HOST_HIGH),
				state - 1);
	}
	KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, 0, BALLAST_HOST_HIGH),
			BALLAST_HOST_LOW);
}

static void rises_with_a_margin(struct kunit *test)
{
	struct ballast_host_marks marks;
	unsigned int state;

	ballast_host_marks(64 * GIB_PAGES, &marks);
	for (state = BALLAST_HOST_CLEAR; state < BALLAST_NR_HOST_STATES; state++) {
		u64 mark = marks.mark_pages[state];

		KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, mark + mark / 4 - 1, state),
				state);
		KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, mark + mark / 4, state),
				state - 1);
	}
	/* All the way, if there is enough. */
	KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, ballast_host_goal(&marks),
						      BALLAST_HOST_LOW), BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, ballast_host_state_next(&marks, ballast_host_goal(&marks) - 1,
						      BALLAST_HOST_LOW), BALLAST_HOST_CLEAR);
}

/* Free memory that swings within a margin changes the state once at most. */
static void no_flapping(struct kunit *test)
{
	enum ballast_host_state state = BALLAST_HOST_HIGH, next;
	struct ballast_host_marks marks;
	unsigned int i, changes = 0;
	u64 mark;

	seed = 1;
	ballast_host_marks(16 * GIB_PAGES, &marks);
	mark = marks.mark_pages[BALLAST_HOST_SOFT];
	for (i = 0; i < 1000; i++) {
		next = ballast_host_state_next(&marks, mark - mark / 10 + below(mark / 5), state);
		changes += next != state;
		state = next;
	}
	KUNIT_EXPECT_LE(test, changes, 2u);
	KUNIT_EXPECT_EQ(test, state, BALLAST_HOST_SOFT);
}

/* For any host and amount: stable, and never worse with more memory. */
static void properties(struct kunit *test)
{
	struct ballast_host_marks marks;
	unsigned int i;

	seed = 2;
	for (i = 0; i < 20000; i++) {
		enum ballast_host_state before = (enum ballast_host_state)below(7), state;
		u64 total = 1 + below(1ull << (1 + below(43))), free = below(total / 4 + 1);

		ballast_host_marks(total, &marks);
		state = ballast_host_state_next(&marks, free, before);
		KUNIT_ASSERT_TRUE(test, state < BALLAST_NR_HOST_STATES);
		KUNIT_ASSERT_EQ(test, ballast_host_state_next(&marks, free, state), state);
		KUNIT_ASSERT_TRUE(test, ballast_host_state_next(&marks, free + below(total),
								before) <= state);
		KUNIT_ASSERT_TRUE(test, marks.minfree_pages <= total);
	}
}

static void names(struct kunit *test)
{
	unsigned int state;

	for (state = 0; state < BALLAST_NR_HOST_STATES; state++)
		KUNIT_EXPECT_NE(test, strcmp(ballast_host_state_name(state), "?"), 0);
	KUNIT_EXPECT_EQ(test, strcmp(ballast_host_state_name(state), "?"), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(minfree_slides),
	KUNIT_CASE(marks_are_parts_of_minfree),
	KUNIT_CASE(falls_at_once),
	KUNIT_CASE(rises_with_a_margin),
	KUNIT_CASE(no_flapping),
	KUNIT_CASE(properties),
	KUNIT_CASE(names),
	{}
};

static struct kunit_suite suite = { .name = "ballast_host_state", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the states of a host's memory");
MODULE_LICENSE("GPL");
