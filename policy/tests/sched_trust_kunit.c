// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory scheduler: what becomes of guests that say nothing, or what is not so.
 * That a lie hurts nobody else is a property, in sched_random_kunit.c.
 */

#include <kunit/test.h>

#include "sched_case.h"

/* Temperature only: what is cold, by swap, and nothing else, even in LOW. */
static void silent_guests_are_swapped_cold(struct kunit *test)
{
	vms[0] = usual();
	silence(&vms[0]);
	decide(1, 10, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	KUNIT_EXPECT_LE(test, out[0].swap_pages, 3 * GIB);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_SILENT));
	vms[0] = busy();
	silence(&vms[0]);
	decide(1, 10, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
	/* What a guest said long ago is no different. */
	vms[0] = usual();
	vms[0].data_age_ms = ballast_sched_defaults.data_max_age_ms + 1;
	decide(1, 10, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_SILENT));
}

static void figures_that_disagree_are_not_used(struct kunit *test)
{
	vms[0] = usual();
	vms[0].disagree = 1u << BALLAST_CLASS_FREE;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages + out[0].balloon_take_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_UNTRUSTED));
	/* Of a class that decisions do not rest on, it does not matter. */
	vms[0].disagree = 1u << BALLAST_CLASS_SLAB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	/* More than it has. */
	vms[0].disagree = 0;
	vms[0].class_pages[BALLAST_CLASS_FREE] = 4 * GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	vms[0] = usual();
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE] += 2 * GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
}

/* As it may be right after a lot was freed; nothing that it may return is counted on. */
static void who_is_not_trusted_is_asked(struct kunit *test)
{
	u64 swap;

	vms[0] = usual();
	vms[0].has_balloon = false;
	vms[0].disagree = 1u << BALLAST_CLASS_FREE;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_FALSE(test, out[0].ask_free);
	swap = out[0].swap_pages;
	KUNIT_EXPECT_GT(test, swap, 0ull);
	vms[0].has_balloon = true;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_TRUE(test, out[0].ask_free);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_ASK));
	KUNIT_EXPECT_EQ(test, out[0].flush_pages + sum.flush_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, swap);
	/* As early as those who are trusted; and not when there is enough. */
	decide(1, 90, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_TRUE(test, out[0].ask_free);
	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
	decide(1, 150, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_FALSE(test, out[0].ask_free);
	/* What another returns for certain comes first, if it is enough. */
	vms[1] = usual();
	decide(2, 90, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_GT(test, out[1].flush_pages, 0ull);
	KUNIT_EXPECT_FALSE(test, out[0].ask_free || out[1].ask_free);
	vms[1].stuck_pages = GIB;
	vms[1].stuck_deep = true;
	decide(2, 90, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_TRUE(test, out[0].ask_free);
	KUNIT_EXPECT_FALSE(test, out[1].ask_free);
}

/* What it says to hold, and the host has in memory, is in memory: others do not pay for it. */
static void a_balloon_that_is_not_there(struct kunit *test)
{
	u64 due, before, swap;

	vms[0] = vms[1] = usual();
	decide(2, 130, BALLAST_HOST_HIGH);
	due = out[1].due.entitled_pages;
	before = taken(1);
	vms[0].balloon_pages = vms[0].class_balloon_pages = 3 * GIB;
	vms[0].guest_swapins_per_s = 100000;
	decide(2, 130, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].view.resident, vms[0].resident_pages);
	KUNIT_EXPECT_EQ(test, out[0].given_pages, 0ull);
	KUNIT_EXPECT_GE(test, out[1].due.entitled_pages, due);
	KUNIT_EXPECT_LE(test, taken(1), before);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages, 0ull);
	/* Nor where it says nothing any more, as after its module has gone. */
	vms[0] = usual();
	silence(&vms[0]);
	decide(1, 50, BALLAST_HOST_SOFT);
	swap = out[0].swap_pages;
	KUNIT_EXPECT_GT(test, swap, 0ull);
	vms[0].balloon_pages = 3 * GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, swap);
}

/* All is free, it says: it loses its free memory, and is not pressed below its minimum. */
static void a_guest_that_claims_all_is_free(struct kunit *test)
{
	vms[0] = busy();
	vms[0].min_pages = 3 * GIB;
	vms[0].class_pages[BALLAST_CLASS_ANON_ACTIVE] = 0;
	vms[0].cell_pages[BALLAST_HOT][BALLAST_CLASS_ANON_ACTIVE] = 0;
	vms[0].class_pages[BALLAST_CLASS_FREE] = 4 * GIB;
	vms[0].cell_pages[BALLAST_HOT][BALLAST_CLASS_FREE] = 4 * GIB;
	vms[1] = busy();
	decide(2, 40, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_LE(test, out[0].balloon_target_pages, GIB);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, taken(1), 0ull);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(silent_guests_are_swapped_cold),
	KUNIT_CASE(figures_that_disagree_are_not_used),
	KUNIT_CASE(a_balloon_that_is_not_there),
	KUNIT_CASE(who_is_not_trusted_is_asked),
	KUNIT_CASE(a_guest_that_claims_all_is_free),
	{}
};

static struct kunit_suite suite = { .name = "ballast_sched_trust", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of what the memory scheduler makes of guests' words");
MODULE_LICENSE("GPL");
