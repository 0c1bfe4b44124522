// SPDX-License-Identifier: GPL-2.0-only
/* The memory scheduler: by which means memory is taken, and what is left for last. */

#include <kunit/test.h>

#include "sched_case.h"

static void says_all_is_free(struct ballast_sched_vm *vm)
{
	memset(vm->class_pages, 0, sizeof(vm->class_pages));
	memset(vm->cell_pages, 0, sizeof(vm->cell_pages));
	has(vm, BALLAST_COLD, BALLAST_CLASS_FREE, vm->size_pages);
}

/* A guest that says all is free, and returns nothing, does not keep that from a failing host. */
static void stuck_memory_is_swapped_at_last(struct kunit *test)
{
	vms[0] = usual();
	says_all_is_free(&vms[0]);
	vms[0].stuck_pages = vms[0].size_pages;
	vms[0].stuck_deep = true;
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	decide(1, 5, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	vms[0].stuck_pages = 0;
	decide(1, 5, BALLAST_HOST_LOW);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
}

/* Nor does one that cannot be asked for it. */
static void free_memory_of_the_mute_is_swapped_at_last(struct kunit *test)
{
	vms[0] = usual();
	says_all_is_free(&vms[0]);
	vms[0].has_balloon = false;
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	decide(1, 5, BALLAST_HOST_LOW);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	vms[0].has_balloon = true;
	vms[0].no_flush = true;
	decide(1, 5, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
}

/* What has been asked for in vain, or cannot be asked for, is not counted on. */
static void free_memory_may_be_stuck(struct kunit *test)
{
	vms[0] = usual();
	vms[0].stuck_pages = GIB;
	vms[0].stuck_deep = true;
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	vms[0].stuck_pages = GIB - 256;
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 256ull);
	vms[0].stuck_pages = 0;
	vms[0].no_flush = true;
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	vms[0].no_flush = false;
	vms[0].has_balloon = false;
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
}

/* Huge pages of the host are split when it is short, and not before. */
static void small_blocks_are_for_hard(struct kunit *test)
{
	vms[0] = usual();
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_FALSE(test, out[0].flush_deep);
	vms[0].stuck_pages = GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_GT(test, taken(0), 0ull);
	decide(1, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, out[0].flush_deep);
}

/* What a guest is about to use would be taken to be filled again. */
static void who_fills_is_left_alone(struct kunit *test)
{
	vms[0] = vms[1] = usual();
	vms[0].no_flush = true;
	vms[0].filling = true;
	vms[0].class_pages[BALLAST_CLASS_FILE_INACTIVE] = 0;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, 0ull);
	vms[0].filling = false;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].balloon_take_pages, 0ull);

	vms[0] = vms[1];
	vms[0].filling = true;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].flush_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[1].flush_pages, 0ull);
	decide(2, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_GT(test, out[0].flush_pages, 0ull);
}

/* Who uses its page cache in turns: others' cold memory comes first, until HARD. */
static void cache_that_was_read_again_is_kept(struct kunit *test)
{
	u64 took;

	vms[0] = vms[1] = usual();
	vms[0].class_pages[BALLAST_CLASS_FREE] = vms[1].class_pages[BALLAST_CLASS_FREE] = 0;
	decide(2, 50, BALLAST_HOST_SOFT);
	took = out[0].balloon_take_pages;
	KUNIT_EXPECT_GT(test, took, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	vms[0].memory.cache_ms = 2001;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_LT(test, out[0].balloon_take_pages, took);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_CACHE_KEPT));
	KUNIT_EXPECT_EQ(test, out[0].memory.cache_ms, 1u);
	/* Until it is forgotten. */
	vms[0].memory.cache_ms = 2000;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, took);
	/* Reads without a balloon say nothing of one. */
	vms[0].guest_swapins_per_s = 20000;
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].memory.cache_ms, 0u);
	balloon(&vms[0], GIB / 2);
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].memory.cache_ms, ballast_sched_defaults.cache_ms);
}

/* The two of them, each by the means that its memory asks for. */
static void means_are_chosen_per_vm(struct kunit *test)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};
	vms[1] = vms[0];
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, 2 * GIB);
	has(&vms[1], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, 2 * GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, 2 * GIB);
	has(&vms[1], BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE, 2 * GIB);
	decide(2, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, sum.depth, BALLAST_DEPTH_COLD);
	KUNIT_EXPECT_GT(test, out[0].balloon_target_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[1].balloon_target_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[1].swap_pages, 0ull);
}

/* One is full of cache, one of memory that nobody uses; both have more than they are due. */
static void cache_and_cold(void)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};
	vms[1] = vms[0];
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, 3 * GIB);
	has(&vms[1], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, GIB);
	has(&vms[1], BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE, 3 * GIB);
	vms[2] = busy();
	vms[2].resident_pages = GIB;
}

/* Where ages are not known, or the same, cold cache goes before anybody's cold memory. */
static void cache_goes_before_anybodys_memory(struct kunit *test)
{
	cache_and_cold();
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, vms[1].resident_pages, out[1].due.entitled_pages);
	KUNIT_EXPECT_EQ(test, sum.depth, BALLAST_DEPTH_CACHE);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, sum.goal_pages - sum.free_pages);
	KUNIT_EXPECT_EQ(test, out[0].swap_pages + taken(1) + taken(2), 0ull);
	/* No balloon is waited for in HARD. */
	decide(3, 20, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[1].swap_pages, 0ull);
}

/* All cold memory of a VM is idle for as long. */
static void idle_for(struct ballast_sched_vm *vm, u32 age)
{
	memset(vm->age_pages, 0, sizeof(vm->age_pages));
	vm->age_pages[age] = vm->level_pages[BALLAST_COLD];
}

/* Return: what is needed. */
static u64 decide_with_old_cold(void)
{
	cache_and_cold();
	idle_for(&vms[0], 7);
	idle_for(&vms[1], 10);
	decide(3, 50, BALLAST_HOST_SOFT);
	return sum.goal_pages - sum.free_pages;
}

/* Where swap is nearly full, what is left is for the oldest, and cache goes sooner. */
static void swap_has_little_room(struct kunit *test)
{
	u64 need = decide_with_old_cold();

	KUNIT_EXPECT_FALSE(test, says(1, BALLAST_WHY_SWAP_FULL));
	swap_room = need / 3;
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages, swap_room);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, need - swap_room);
	KUNIT_EXPECT_EQ(test, sum.short_pages, 0ull);
	KUNIT_EXPECT_TRUE(test, says(1, BALLAST_WHY_SWAP_FULL));
	/* No deeper for it either. */
	decide(3, 10, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, sum.swap_pages, swap_room);
	KUNIT_EXPECT_EQ(test, sum.short_pages, sum.need_pages - swap_room);
	/* Of two that are as old, both have a part of it. */
	vms[0] = vms[1];
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].swap_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[1].swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, sum.swap_pages, swap_room);
	swap_room = 64 * GIB;
}

/* Two have more than they are due: one is full of cache, the other one of cold memory. */
static void oldest_goes_first(struct kunit *test)
{
	u64 need = decide_with_old_cold();

	KUNIT_EXPECT_EQ(test, taken(0), 0ull);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages, need);
	KUNIT_EXPECT_TRUE(test, says(1, BALLAST_WHY_IDLE));
	/* Cache may be half as old, as no write is needed. */
	idle_for(&vms[0], 9);
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_GT(test, out[0].balloon_take_pages, 0ull);
	KUNIT_EXPECT_GT(test, out[1].swap_pages, 0ull);
	idle_for(&vms[0], 10);
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, need);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, sum.depth, BALLAST_DEPTH_CACHE);
	/* What is older is taken whole, and of the rest what is missing. */
	idle_for(&vms[0], 7);
	idle_for(&vms[1], 7);
	vms[1].age_pages[7] -= need / 2;
	vms[1].age_pages[12] = need / 2;
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages, need / 2);
	KUNIT_EXPECT_EQ(test, out[0].balloon_take_pages, need - need / 2);
}

/* What was touched within the last minute is in use. */
static void a_minute_is_in_use(struct kunit *test)
{
	u64 due;

	cache_and_cold();
	idle_for(&vms[0], 7);
	idle_for(&vms[1], 7);
	decide(3, 50, BALLAST_HOST_SOFT);
	due = out[0].due.entitled_pages;
	KUNIT_EXPECT_EQ(test, out[0].due.active_pages, GIB);
	KUNIT_EXPECT_GE(test, out[1].due.entitled_pages + 1, due);
	KUNIT_EXPECT_LE(test, out[1].due.entitled_pages, due + 1);
	idle_for(&vms[0], 5);
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].due.active_pages, 4 * GIB);
	KUNIT_EXPECT_GT(test, out[0].due.entitled_pages, due);
	KUNIT_EXPECT_LT(test, out[1].due.entitled_pages, due);
}

/* Where nothing was idle for a minute, half of it tells who uses less, or half of that. */
static void less_than_a_minute_tells_as_well(struct kunit *test)
{
	cache_and_cold();
	idle_for(&vms[0], 4);
	idle_for(&vms[1], 5);
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].due.active_pages, 4 * GIB);
	KUNIT_EXPECT_EQ(test, out[1].due.active_pages, GIB);
	/* Not by a few pages. */
	idle_for(&vms[0], 3);
	idle_for(&vms[1], 3);
	vms[0].age_pages[3] -= MIB;
	vms[0].age_pages[9] = MIB;
	decide(3, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].due.active_pages, GIB);
	KUNIT_EXPECT_EQ(test, out[1].due.active_pages, GIB);
}

/* What is not there any more was the oldest; what there is no age for, is young. */
static void ages_are_of_what_is_there(struct kunit *test)
{
	vms[0] = (struct ballast_sched_vm) {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};
	has(&vms[0], BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, GIB);
	has(&vms[0], BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE, 3 * GIB);
	vms[0].resident_pages -= GIB;
	vms[0].swapped_pages = GIB;
	vms[0].age_pages[12] = GIB + MIB;
	vms[0].age_pages[5] = GIB;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].view.cold, 2 * GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[0], 2 * GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[5], 2 * GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[6], GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[12], GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[13], 0ull);
	vms[0].age_pages[12] = 0;
	decide(1, 50, BALLAST_HOST_SOFT);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[0], 2 * GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[5], GIB);
	KUNIT_EXPECT_EQ(test, out[0].view.idle[6], 0ull);
}

static void balloon_stops_below_hard(struct kunit *test)
{
	vms[0] = usual();
	balloon(&vms[0], GIB / 4);
	vms[0].balloon_target_pages = GIB;
	decide(1, 20, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HARD);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, GIB / 4);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_BALLOON_STOPS));
	KUNIT_EXPECT_GT(test, taken(0), 0ull);

	vms[0] = busy();
	vms[1] = usual();
	vms[1].class_pages[BALLAST_CLASS_FREE] = 0;
	vms[1].cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE] = 0;
	vms[1].class_pages[BALLAST_CLASS_ANON_INACTIVE] += GIB;
	vms[1].cell_pages[BALLAST_COLD][BALLAST_CLASS_ANON_INACTIVE] += GIB;
	decide(2, 20, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_GT(test, out[1].swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages_per_s,
			4 * ballast_sched_defaults.swap_pages_per_s);
	decide(2, 10, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_LOW);
	KUNIT_EXPECT_EQ(test, out[1].swap_pages_per_s, ~0u);
}

/* --- what is kept ready ------------------------------------------------------------------- */

static void all_idle_for(u32 age)
{
	cache_and_cold();
	idle_for(&vms[0], age);
	idle_for(&vms[1], age);
}

static void decide_with_demand(u32 percent, u64 demand)
{
	decide(3, percent, BALLAST_HOST_HIGH);
	host.demand_pages = demand;
	ballast_sched_decide(&host, vms, 3, out, &sum);
}

/* What was wanted at once is made free before it is, by those that have most to spare. */
static void what_is_wanted_at_once_is_ready(struct kunit *test)
{
	u64 minfree = ballast_host_minfree(64 * GIB), taken_pages;

	all_idle_for(12);
	decide_with_demand(200, 0);
	KUNIT_EXPECT_EQ(test, sum.ready_pages, sum.goal_pages);
	KUNIT_EXPECT_EQ(test, sum.balloon_pages + sum.swap_pages, 0ull);
	/* There is enough for it. */
	decide_with_demand(200, minfree);
	KUNIT_EXPECT_EQ(test, sum.balloon_pages + sum.swap_pages, 0ull);
	decide_with_demand(200, 2 * minfree);
	taken_pages = sum.balloon_pages + sum.swap_pages;
	KUNIT_EXPECT_EQ(test, sum.state, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_EQ(test, sum.need_pages, 0ull);
	KUNIT_EXPECT_EQ(test, sum.short_pages, 0ull);
	KUNIT_EXPECT_EQ(test, sum.free_pages + taken_pages, sum.ready_pages);
	KUNIT_EXPECT_EQ(test, sum.ready_pages,
			sum.marks.mark_pages[BALLAST_HOST_SOFT] + 2 * minfree);
	KUNIT_EXPECT_TRUE(test, says(0, BALLAST_WHY_READY));
	KUNIT_EXPECT_EQ(test, taken(2), 0ull);
	/* Nobody waits for it. */
	KUNIT_EXPECT_EQ(test, out[0].swap_pages_per_s,
			out[0].swap_pages ? ballast_sched_defaults.swap_pages_per_s / 4 : 0);
	/* However much is wanted. */
	decide_with_demand(200, ~0ull);
	KUNIT_EXPECT_EQ(test, sum.ready_pages, sum.marks.mark_pages[BALLAST_HOST_HIGH]);
}

/* What counts as in use is not taken for it, nor what nobody knows the age of. */
static void what_is_in_use_is_not_made_ready(struct kunit *test)
{
	u64 demand = 3 * ballast_host_minfree(64 * GIB);
	u32 age;

	for (age = 0; age < BALLAST_NR_AGES; age++) {
		all_idle_for(age);
		decide_with_demand(200, demand);
		if (age + 1 < ballast_sched_defaults.in_use_age)
			KUNIT_EXPECT_EQ(test, sum.balloon_pages + sum.swap_pages, 0ull);
		else
			KUNIT_EXPECT_GT(test, sum.balloon_pages + sum.swap_pages, 0ull);
	}
	all_idle_for(12);
	memset(vms[0].age_pages, 0, sizeof(vms[0].age_pages));
	memset(vms[1].age_pages, 0, sizeof(vms[1].age_pages));
	decide_with_demand(200, demand);
	KUNIT_EXPECT_EQ(test, sum.balloon_pages + sum.swap_pages, 0ull);
	KUNIT_EXPECT_EQ(test, sum.depth, BALLAST_DEPTH_NONE);
}

/* A host that is short takes what it needs, as it would without. */
static void demand_is_nothing_to_a_short_host(struct kunit *test)
{
	u64 before;

	all_idle_for(12);
	decide(3, 50, BALLAST_HOST_SOFT);
	before = sum.balloon_pages + sum.swap_pages;
	KUNIT_EXPECT_GT(test, before, 0ull);
	host.demand_pages = ~0ull;
	host.state = BALLAST_HOST_SOFT;
	ballast_sched_decide(&host, vms, 3, out, &sum);
	KUNIT_EXPECT_EQ(test, sum.balloon_pages + sum.swap_pages, before);
	KUNIT_EXPECT_EQ(test, sum.ready_pages, sum.goal_pages);
}

/* What a balloon took for it does not go back in the same breath. */
static void what_is_ready_is_not_given_back(struct kunit *test)
{
	u64 minfree = ballast_host_minfree(64 * GIB);

	vms[0] = usual();
	balloon(&vms[0], GIB / 2);
	decide(1, 300, BALLAST_HOST_HIGH);
	KUNIT_EXPECT_LT(test, out[0].balloon_target_pages, GIB / 2);
	host.demand_pages = 3 * minfree;
	ballast_sched_decide(&host, vms, 1, out, &sum);
	KUNIT_EXPECT_EQ(test, out[0].balloon_target_pages, GIB / 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(stuck_memory_is_swapped_at_last),
	KUNIT_CASE(free_memory_of_the_mute_is_swapped_at_last),
	KUNIT_CASE(free_memory_may_be_stuck),
	KUNIT_CASE(small_blocks_are_for_hard),
	KUNIT_CASE(who_fills_is_left_alone),
	KUNIT_CASE(cache_that_was_read_again_is_kept),
	KUNIT_CASE(means_are_chosen_per_vm),
	KUNIT_CASE(what_is_wanted_at_once_is_ready),
	KUNIT_CASE(what_is_in_use_is_not_made_ready),
	KUNIT_CASE(demand_is_nothing_to_a_short_host),
	KUNIT_CASE(what_is_ready_is_not_given_back),
	KUNIT_CASE(cache_goes_before_anybodys_memory),
	KUNIT_CASE(oldest_goes_first),
	KUNIT_CASE(swap_has_little_room),
	KUNIT_CASE(a_minute_is_in_use),
	KUNIT_CASE(less_than_a_minute_tells_as_well),
	KUNIT_CASE(ages_are_of_what_is_there),
	KUNIT_CASE(balloon_stops_below_hard),
	{}
};

static struct kunit_suite suite = { .name = "ballast_sched_means", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the memory scheduler: means");
MODULE_LICENSE("GPL");
