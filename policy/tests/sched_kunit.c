// SPDX-License-Identifier: GPL-2.0-only
/* The memory scheduler: each of its rules. Properties are in sched_random_kunit.c. */

#include <kunit/test.h>

#include "sched_case.h"

static void nothing_is_taken_in_high(struct kunit *test)
{
	vms[0] = usual();
	vms[1] = busy();
	decide(2, 450, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, taken(0) + taken(1), 0ull);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_DUE));
}

/* So that it is there when somebody needs it; what guests use again and again stays. */
static void much_free_memory_is_returned_early(struct kunit *test)
{
	vms[0] = usual();
	vms[1] = busy();
	decide(2, 150, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages,
			min_t(u64, out[0].view.returnable,
			      sum.marks.mark_pages[BALLAST_HOST_HIGH] - sum.free_pages));
	KUNIT_EXPECT_EQ(test, taken(0) + taken(1), out[0].flush_pages);
	KUNIT_EXPECT_EQ(test, sum.need_pages + sum.short_pages, 0ull);
	vms[0].stuck_pages = GIB - vms[0].size_pages / 16;
	decide(2, 150, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	vms[0].stuck_pages++;
	decide(2, 150, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
}

/* A balloon that is never given back. */
static void balloons_are_given_back(struct kunit *test)
{
	vms[0] = usual();
	balloon(&vms[0], GIB);
	decide(1, 500, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_PLENTY));
	/* A silent guest's as well: it takes nobody's word. */
	silence(&vms[0]);
	decide(1, 500, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
}

/* Between the marks, what is free and all could use at the same time. */
static void given_back_by_what_is_due(struct kunit *test)
{
	u64 given = 0;
	u32 i;

	for (i = 0; i < 2; i++) {
		vms[i] = usual();
		balloon(&vms[i], GIB);
	}
	decide(2, 200, BALLAST_HOST_HIGH);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_LT(test, out[i].balloon_target_pages, GIB);
		KUNIT_EXPECT_GE(test, out[i].balloon_target_pages,
				4 * GIB - out[i].due.entitled_pages);
		given += GIB - out[i].balloon_target_pages;
	}
	KUNIT_EXPECT_LE(test, given, sum.free_pages - sum.goal_pages);
	KUNIT_EXPECT_GE(test, given + 2, sum.free_pages - sum.goal_pages);
}

static void clear_flushes_free_memory_only(struct kunit *test)
{
	vms[0] = usual();
	vms[1] = busy();
	decide(2, 90, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_CLEAR);
	KUNIT_EXPECT_GE(test, out[0].flush_pages, sum.goal_pages - sum.free_pages);
	KUNIT_EXPECT_EQ(test, taken(0), out[0].flush_pages);
	KUNIT_EXPECT_EQ(test, taken(1), 0ull);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_EQ(test, sum.short_pages, 0ull);
}

/* 4.7 GB free in a guest of which the host has 4.9 GB in its swap. */
static void free_memory_is_never_swapped(struct kunit *test)
{
	u32 state;

	for (state = BALLAST_HOST_HIGH; state < BALLAST_NR_HOST_STATES; state++) {
		vms[0] = (struct ballast_sched_vm) {
			.size_pages = 4 * GIB, .shares = 1, .speaks = true, .has_balloon = true,
		};
		has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FREE, 4 * GIB);
		vms[1] = busy();
		decide(2, 10, (enum ballast_host_state)state);
		KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
		KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	}
}

/* And what the host has in its swap already is asked for, so that it need not stay there. */
static void free_memory_in_swap_is_asked_for(struct kunit *test)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
		.swapped_pages = 2 * GIB,
	};
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FREE, 3 * GIB);
	vms[0].resident_pages = 2 * GIB;
	decide(1, 90, BALLAST_HOST_CLEAR);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	decide(1, 10, BALLAST_HOST_LOW);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_LE(test, out[0].swap_pages, GIB);
}

/* Hot page cache is memory in use, whatever the guest's lists say. */
static void cold_cache_is_ballooned_and_hot_is_not(struct kunit *test)
{
	vms[0] = usual();
	vms[0].class_pages[BALLAST_CLASS_FREE] = 0;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE] = 0;
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, GIB);
	vms[0].resident_pages = 4 * GIB;
	vms[0].level_pages[BALLAST_COLD] = 3 * GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, sum.goal_pages - sum.free_pages);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_BALLOON));

	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_FILE_INACTIVE, 4 * GIB);
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
	KUNIT_EXPECT_EQ(test, sum.short_pages, sum.need_pages);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_NOT_ENOUGH));
}

/* A guest would have to swap it itself: the host does, and the balloon stays. */
static void cold_anon_is_swapped(struct kunit *test)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, 2 * GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE, 2 * GIB);
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, sum.goal_pages - sum.free_pages);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_depth, BALLAST_DEPTH_COLD);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages_per_s, ballast_sched_defaults.swap_pages_per_s);
}

/* Without swap, or where the operator forbids it, the cache goes and the rest is missing. */
static void what_cannot_be_swapped_is_not(struct kunit *test)
{
	vms[0] = usual();
	vms[0].no_swap = true;
	decide(1, 20, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	silence(&vms[0]);
	decide(1, 5, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
	KUNIT_EXPECT_EQ(test, sum.short_pages, sum.need_pages);
	vms[0].no_swap = false;
	decide(1, 5, BALLAST_HOST_LOW);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
}

/* What is touched rarely is not missed: a curve says how much is. */
static void a_curve_says_what_is_in_use(struct kunit *test)
{
	vms[0] = vms[1] = usual();
	vms[0].working_set_pages = vms[1].working_set_pages = 3 * GIB;
	vms[1].curve_pages = GIB;
	vms[1].curve_misses_per_s = 7;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_LT(test, out[1].due.entitled_pages, out[0].due.entitled_pages);
	KUNIT_EXPECT_TRUE(test, says(1, BALLAST_WHY_CURVE));
	KUNIT_EXPECT_FALSE(test, says(0, BALLAST_WHY_CURVE));
	/* While tracing pauses it may be less than what was touched since. */
	vms[1].curve_paused = true;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[1].due.active_pages, out[0].due.active_pages);
	KUNIT_EXPECT_FALSE(test, says(1, BALLAST_WHY_CURVE));
	vms[1].curve_paused = false;
	/* More than it has is all it has. */
	vms[1].curve_pages = ~0ull;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[1].due.active_pages, vms[1].size_pages);
}

/* Before its own pressure alarms, in one step, and from others if need be. */
static void too_little_is_given_back(struct kunit *test)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, 2 * GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, 2 * GIB);
	balloon(&vms[0], 2 * GIB);
	vms[1] = usual();
	decide(2, 110, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].want_pages, out[0].view.headroom);
	KUNIT_EXPECT_EQ(test, out[0].given_pages, out[0].want_pages);
	KUNIT_EXPECT_LE(test, out[0].balloon_target_pages, 2 * GIB - out[0].want_pages);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_TOO_LITTLE));
	KUNIT_EXPECT_GE(test, taken(1), out[0].given_pages);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HIGH);
}

/* At its minimum, and its own swap is all it has: it cannot ask, it is seen. */
static void a_guest_at_its_minimum_gets_memory(struct kunit *test)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
		.min_pages = GIB, .guest_swapins_per_s = 20000,
	};
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, 3 * GIB);
	balloon(&vms[0], 3 * GIB);
	vms[1] = usual();
	decide(2, 60, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].given_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages,
			3 * GIB - out[0].given_pages - out[0].lent_pages);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_GUEST_SWAPS));
	KUNIT_EXPECT_EQ(test, out[0].due.active_pages, GIB + out[0].want_pages);
	KUNIT_EXPECT_GE(test, taken(1), out[0].given_pages);
	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
}

static void refaults_slow_swapping_down(struct kunit *test)
{
	u64 due;
	u32 i;

	vms[0] = usual();
	silence(&vms[0]);
	vms[0].swapped_pages = GIB / 2;
	vms[0].resident_pages -= GIB / 2;
	vms[1] = (struct ballast_sched_vm) { .size_pages = 4 * GIB, .shares = 1000 };
	has(&vms[1], BALLAST_HOT, BALLAST_CLASS_UNKNOWN, GIB);
	has(&vms[1], BALLAST_COLD, BALLAST_CLASS_UNKNOWN, 3 * GIB);
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	due = out[0].due.entitled_pages;
	vms[0].refaults_per_s = 10000;
	for (i = 1; i < 10; i++) {
		decide(2, 50, BALLAST_HOST_SOFT);
		vms[0].memory = out[0].memory;
		KUNIT_EXPECT_EQ(test, out[0].memory.backoff,
				min_t(u32, i, ballast_sched_defaults.backoff_max));
		KUNIT_EXPECT_EQ(test, out[0].memory.raise_pages, 100000ull);
		if (out[0].swap_pages)
			KUNIT_EXPECT_EQ(test, out[0].swap_pages_per_s,
					ballast_sched_defaults.swap_pages_per_s >>
					out[0].memory.backoff);
	}
	KUNIT_EXPECT_GT(test, out[0].due.entitled_pages, due);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_REFAULTS));
	vms[0].refaults_per_s = 0;
	for (i = 0; i < 100; i++) {
		decide(2, 50, BALLAST_HOST_SOFT);
		vms[0].memory = out[0].memory;
	}
	KUNIT_EXPECT_EQ(test, vms[0].memory.backoff, 0u);
	KUNIT_EXPECT_EQ(test, vms[0].memory.raise_pages, 0ull);
}

static u32 backoff_after(u32 calls, u32 ms)
{
	u32 i;

	elapsed_ms = ms;
	for (i = 0; i < calls; i++) {
		decide(1, 50, BALLAST_HOST_SOFT);
		vms[0].memory = out[0].memory;
	}
	elapsed_ms = 2000;
	return vms[0].memory.backoff;
}

/* However often it is looked at; but one look is one reason to go slower. */
static void refaults_go_by_the_clock(struct kunit *test)
{
	vms[0] = usual();
	vms[0].refaults_per_s = 10000;
	KUNIT_EXPECT_EQ(test, backoff_after(19, 100), 0u);
	KUNIT_EXPECT_EQ(test, backoff_after(21, 100), 2u);
	KUNIT_EXPECT_EQ(test, backoff_after(1, 1000000), 3u);
	vms[0].refaults_per_s = 0;
	KUNIT_EXPECT_EQ(test, backoff_after(10, 100), 3u);
	KUNIT_EXPECT_EQ(test, backoff_after(10, 100), 2u);
	KUNIT_EXPECT_GT(test, vms[0].memory.raise_pages, 0ull);
	KUNIT_EXPECT_EQ(test, backoff_after(1, 1000000), 0u);
	KUNIT_EXPECT_EQ(test, vms[0].memory.raise_pages, 0ull);
	KUNIT_EXPECT_EQ(test, backoff_after(1, ~0u), 0u);
}

static void a_guest_that_let_go_is_left_alone(struct kunit *test)
{
	vms[0] = usual();
	vms[0].let_go = true;
	vms[0].balloon_target_pages = GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_HOLD_OFF));
}

/* A balloon that does not move is no reason to wait: the host swaps. */
static void a_stalled_balloon_is_not_waited_for(struct kunit *test)
{
	vms[0] = usual();
	vms[0].class_pages[BALLAST_CLASS_FREE] = 0;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE] = 0;
	vms[0].class_pages[BALLAST_CLASS_SLAB] = GIB;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_SLAB] = GIB;
	vms[0].balloon_target_pages = GIB;
	vms[0].stalled = true;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, sum.need_pages);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_STALLED));
}

/* A balloon never goes below the guest's floor; a guest that claims a high one is swapped. */
static void floors_hold(struct kunit *test)
{
	vms[0] = usual();
	vms[0].floor_pages = 4 * GIB;
	vms[0].class_pages[BALLAST_CLASS_FREE] = 0;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE] = 0;
	vms[0].class_pages[BALLAST_CLASS_SLAB] = GIB;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_SLAB] = GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	/* One that it is below of already is given back at once. */
	vms[0].floor_pages = 3 * GIB + GIB / 2;
	balloon(&vms[0], GIB);
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, GIB / 2);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_AT_FLOOR));
}

static void a_maximum_is_kept(struct kunit *test)
{
	vms[0] = usual();
	vms[0].max_pages = 3 * GIB;
	decide(1, 500, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, GIB);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_MAX));
	/* Page cache as well; and where the balloon is only given back, or nobody's, none is. */
	KUNIT_EXPECT_TRUE(test, out[0].balloon_cache);
	vms[0].max_pages = 0;
	decide(1, 500, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_FALSE(test, out[0].balloon_cache);
}

/* Targets stay while a balloon moves, and move no further for a trifle. */
static void targets_are_steady(struct kunit *test)
{
	vms[0] = usual();
	vms[0].class_pages[BALLAST_CLASS_FREE] = 0;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE] = 0;
	vms[0].class_pages[BALLAST_CLASS_SLAB] = GIB;
	vms[0].cell_pages[BALLAST_COLD][BALLAST_CLASS_SLAB] = GIB;
	decide(1, 62, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].balloon_target_pages, 0ull);
	/* It has gone a part of the way, and the host has a little less than there was. */
	vms[0].balloon_target_pages = out[0].balloon_target_pages;
	vms[0].balloon_pages = out[0].balloon_target_pages / 4;
	vms[0].resident_pages -= vms[0].balloon_pages;
	host.free_pages += vms[0].balloon_pages - 100;
	host.state = sum.state;
	ballast_sched_decide(&host, vms, 1, out, &sum);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, vms[0].balloon_target_pages);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_DEAD_BAND));
}

static struct ballast_sched_fit fit;

static void one_more_fits(struct kunit *test)
{
	struct ballast_sched_vm one;

	vms[0] = usual();
	vms[1] = busy();
	decide(2, 150, BALLAST_HOST_HIGH);
	ballast_sched_candidate(4 * GIB, 100 * MIB, 1000, &one);
	ballast_sched_fit(&host, vms, 2, &one, out, &fit);
	KUNIT_EXPECT_EQ(test, fit.verdict, BALLAST_FIT_FREE);
	KUNIT_EXPECT_EQ(test, fit.free_pages, 100 * MIB);

	ballast_sched_candidate(4 * GIB, GIB, 1000, &one);
	ballast_sched_fit(&host, vms, 2, &one, out, &fit);
	KUNIT_EXPECT_EQ(test, fit.verdict, BALLAST_FIT_FLUSH);
	KUNIT_EXPECT_EQ(test, fit.free_pages + fit.flush_pages, GIB);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, fit.flush_pages);
	KUNIT_EXPECT_EQ(test, fit.refault_pages, 0ull);

	ballast_sched_candidate(4 * GIB, 2 * GIB, 1000, &one);
	ballast_sched_fit(&host, vms, 2, &one, out, &fit);
	KUNIT_EXPECT_EQ(test, fit.verdict, BALLAST_FIT_BALLOON);
	KUNIT_EXPECT_GT(test, fit.balloon_pages, 0ull);
	KUNIT_EXPECT_GE(test, fit.free_pages + fit.flush_pages + fit.balloon_pages, 2 * GIB);

	ballast_sched_candidate(4 * GIB, 2 * GIB + GIB / 2, 1000, &one);
	ballast_sched_fit(&host, vms, 2, &one, out, &fit);
	KUNIT_EXPECT_EQ(test, fit.verdict, BALLAST_FIT_SWAP);
	KUNIT_EXPECT_GT(test, fit.swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, fit.refault_pages, fit.swap_pages / 100);
	/* Into swap that is there. */
	host.swap_free_pages = fit.swap_pages - 1;
	ballast_sched_fit(&host, vms, 2, &one, out, &fit);
	KUNIT_EXPECT_EQ(test, fit.verdict, BALLAST_FIT_NO);
	KUNIT_EXPECT_EQ(test, fit.short_pages, 1ull);

	ballast_sched_candidate(8 * GIB, 8 * GIB, 1000, &one);
	ballast_sched_fit(&host, vms, 2, &one, out, &fit);
	KUNIT_EXPECT_EQ(test, fit.verdict, BALLAST_FIT_NO);
	KUNIT_EXPECT_GT(test, fit.short_pages, 0ull);
}

/* Like one there is: twice the size, twice what it uses. */
static void one_more_like_this(struct kunit *test)
{
	struct ballast_sched_vm one;

	vms[0] = usual();
	ballast_sched_like(&vms[0], 8 * GIB, &ballast_sched_defaults, &one);
	KUNIT_EXPECT_EQ(test, one.size_pages, 8 * GIB);
	KUNIT_EXPECT_EQ(test, one.resident_pages, 4 * GIB);
	KUNIT_EXPECT_EQ(test, one.working_set_pages, 2 * GIB);
	silence(&vms[0]);
	ballast_sched_like(&vms[0], 4 * GIB, &ballast_sched_defaults, &one);
	KUNIT_EXPECT_EQ(test, one.resident_pages, 4 * GIB);
}

static void names_are_there(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < BALLAST_NR_WHYS; i++)
		KUNIT_EXPECT_NE(test, strcmp(ballast_sched_why_name(i), "?"), 0);
	for (i = 0; i < BALLAST_NR_DEPTHS; i++)
		KUNIT_EXPECT_NE(test, strcmp(ballast_sched_depth_name(i), "?"), 0);
	for (i = 0; i < BALLAST_NR_VERDICTS; i++)
		KUNIT_EXPECT_NE(test, strcmp(ballast_sched_verdict_name(i), "?"), 0);
	KUNIT_EXPECT_EQ(test, strcmp(ballast_sched_verdict_name(i), "?"), 0);
}

/* A balloon has moved since the guest has counted: the pages are not there twice. */
static void late_figures_count_once(struct kunit *test)
{
	vms[0] = usual();
	vms[0].balloon_pages = GIB + GIB / 2;
	vms[0].resident_pages -= GIB + GIB / 2;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].view.free, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].view.cold_cache, GIB / 2);
	vms[0] = usual();
	balloon(&vms[0], GIB);
	vms[0].balloon_pages = GIB / 2;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].view.free, GIB + GIB / 2);
	KUNIT_EXPECT_EQ(test, out[0].view.unbacked, GIB / 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_is_taken_in_high),
	KUNIT_CASE(much_free_memory_is_returned_early),
	KUNIT_CASE(balloons_are_given_back),
	KUNIT_CASE(given_back_by_what_is_due),
	KUNIT_CASE(clear_flushes_free_memory_only),
	KUNIT_CASE(free_memory_is_never_swapped),
	KUNIT_CASE(free_memory_in_swap_is_asked_for),
	KUNIT_CASE(cold_cache_is_ballooned_and_hot_is_not),
	KUNIT_CASE(cold_anon_is_swapped),
	KUNIT_CASE(what_cannot_be_swapped_is_not),
	KUNIT_CASE(a_curve_says_what_is_in_use),
	KUNIT_CASE(too_little_is_given_back),
	KUNIT_CASE(a_guest_at_its_minimum_gets_memory),
	KUNIT_CASE(refaults_slow_swapping_down),
	KUNIT_CASE(refaults_go_by_the_clock),
	KUNIT_CASE(a_guest_that_let_go_is_left_alone),
	KUNIT_CASE(a_stalled_balloon_is_not_waited_for),
	KUNIT_CASE(floors_hold),
	KUNIT_CASE(a_maximum_is_kept),
	KUNIT_CASE(targets_are_steady),
	KUNIT_CASE(late_figures_count_once),
	KUNIT_CASE(one_more_fits),
	KUNIT_CASE(one_more_like_this),
	KUNIT_CASE(names_are_there),
	{}
};

static struct kunit_suite suite = { .name = "ballast_sched", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the memory scheduler");
MODULE_LICENSE("GPL");
