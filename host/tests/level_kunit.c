// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping levels: huge pages are aged whole, and the picture follows memory
 * that is mapped otherwise. That no call takes a part of a huge page is checked
 * for every test when its guest is freed.
 */

#include <linux/bitmap.h>

#include "fake.h"
#include "suites.h"

#define BLOCKS	6
#define PAGES	(BLOCKS * BALLAST_BLOCK_PAGES)
#define SETTLE	30

static DECLARE_BITMAP(hot, PAGES);
static u32 seed;

static u32 rnd(u32 below)
{
	return test_rnd(&seed, below);
}

static int start(struct kunit *test)
{
	fake_new(test, PAGES);
	seed = 1;
	bitmap_zero(hot, PAGES);
	return 0;
}

static void set_block(unsigned long *set, unsigned int block)
{
	bitmap_set(set, block * BALLAST_BLOCK_PAGES, BALLAST_BLOCK_PAGES);
}

static void nothing_mapped_is_unknown(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_passes(g, 12, NULL);
	KUNIT_EXPECT_EQ(test, g->clears, 0);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_UNKNOWN], PAGES);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_NONE], PAGES);
	fake_touch(g, 0);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_4K], BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_NONE], PAGES - BALLAST_BLOCK_PAGES);
}

/* One touched page makes its huge page hot; one call asks for it. */
static void a_huge_page_is_one_unit(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int i;

	g->fault_level = BALLAST_MAP_2M;
	for (i = 0; i < BLOCKS; i++)
		fake_touch(g, i * BALLAST_BLOCK_PAGES);
	for (i = 0; i < SETTLE; i++) {
		unsigned long before = g->clears;

		fake_touch(g, 2 * BALLAST_BLOCK_PAGES + rnd(BALLAST_BLOCK_PAGES));
		fake_pass(g);
		KUNIT_ASSERT_LE(test, g->clears - before, BLOCKS);
	}
	set_block(hot, 2);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
	KUNIT_EXPECT_EQ(test, g->cleared_pages, g->clears * BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&g->vm.store_bytes),
			BLOCKS * (long)sizeof(struct ballast_block));
	fake_expect_totals(g);
}

/* Collapsed into a huge page: as hot as the hottest part. */
static void a_collapsed_block_takes_the_hottest_state(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int page;

	__set_bit(700, hot);
	fake_touch(g, 0);
	fake_passes(g, SETTLE, hot);
	KUNIT_ASSERT_EQ(test, fake_gfn_level(g, 700), BALLAST_HOT);
	KUNIT_ASSERT_EQ(test, fake_gfn_level(g, 701), BALLAST_COLD);
	fake_remap(g, 0, 2, BALLAST_MAP_2M);
	fake_touch(g, 600);
	fake_pass(g);
	for (page = 0; page < BALLAST_BLOCK_PAGES; page++) {
		KUNIT_ASSERT_EQ(test, fake_gfn_level(g, page), BALLAST_COLD);
		KUNIT_ASSERT_EQ(test, fake_gfn_level(g, BALLAST_BLOCK_PAGES + page), BALLAST_HOT);
	}
	KUNIT_EXPECT_FALSE(test, ballast_block_expanded(fake_gfn_block(g, 700)));
	fake_expect_totals(g);
}

/* Split: every page inherits, and the cold ones are told apart. */
static void a_split_block_is_told_apart(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int page;

	g->fault_level = BALLAST_MAP_2M;
	for (page = 0; page < PAGES; page += BALLAST_BLOCK_PAGES)
		fake_touch(g, page);
	bitmap_set(hot, 1100, 30);
	fake_passes(g, SETTLE, hot);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], BALLAST_BLOCK_PAGES);
	fake_remap(g, 2, 1, BALLAST_MAP_4K);
	fake_passes(g, SETTLE, hot);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
	fake_expect_totals(g);
}

/* none -> 4K -> 2M -> 4K -> none, one block, the others beside it unmoved. */
static void a_block_goes_through_all_levels(struct kunit *test)
{
	static const u8 levels[] = {
		BALLAST_MAP_4K, BALLAST_MAP_2M, BALLAST_MAP_4K, BALLAST_MAP_NONE,
		BALLAST_MAP_2M, BALLAST_MAP_NONE, BALLAST_MAP_4K,
	};
	struct fake_guest *g = test->priv;
	unsigned int i;

	bitmap_set(hot, 3 * BALLAST_BLOCK_PAGES + 10, 5);
	fake_touch_set(g, hot);
	fake_passes(g, SETTLE, hot);
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		bitmap_clear(hot, BALLAST_BLOCK_PAGES, BALLAST_BLOCK_PAGES);
		fake_remap(g, 1, 1, levels[i]);
		if (levels[i] == BALLAST_MAP_NONE) {
			fake_passes(g, 1, hot);
			KUNIT_EXPECT_EQ(test, fake_gfn_level(g, BALLAST_BLOCK_PAGES),
					BALLAST_UNKNOWN);
			KUNIT_EXPECT_FALSE(test, ballast_block_owes_any(fake_gfn_block(g, 512)));
		} else {
			__set_bit(BALLAST_BLOCK_PAGES + 7, hot);
			fake_passes(g, SETTLE, hot);
			KUNIT_EXPECT_EQ(test, fake_gfn_level(g, BALLAST_BLOCK_PAGES + 7),
					BALLAST_HOT);
			KUNIT_EXPECT_EQ(test, fake_gfn_level(g, BALLAST_BLOCK_PAGES + 8),
					levels[i] == BALLAST_MAP_2M ? BALLAST_HOT : BALLAST_COLD);
		}
		KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 3 * BALLAST_BLOCK_PAGES + 10), BALLAST_HOT);
		KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 3 * BALLAST_BLOCK_PAGES + 9), BALLAST_COLD);
		fake_expect_totals(g);
	}
}

/* Any order of touches, changes of level and unfinished changes of level. */
static void no_huge_page_is_taken_apart(struct kunit *test)
{
	static const u8 levels[] = {
		BALLAST_MAP_NONE, BALLAST_MAP_4K, BALLAST_MAP_2M, FAKE_CHANGING,
	};
	struct fake_guest *g = test->priv;
	unsigned int pass, i;

	for (pass = 0; pass < 200; pass++) {
		g->fault_level = rnd(2) ? BALLAST_MAP_4K : BALLAST_MAP_2M;
		for (i = rnd(60); i; i--)
			fake_touch(g, rnd(PAGES));
		fake_pass(g);
		KUNIT_ASSERT_EQ(test, g->apart, 0);
		if (pass % 10 == 0)
			fake_expect_totals(g);
		for (i = 0; i < BLOCKS; i++)
			if (!rnd(12) || g->level[i] == FAKE_CHANGING)
				fake_remap(g, i, 1, levels[rnd(ARRAY_SIZE(levels))]);
	}
}

/* A level that cannot be told yet is asked for again in the next pass. */
static void a_changing_level_is_asked_again(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long before;

	g->fault_level = BALLAST_MAP_2M;
	fake_touch(g, 0);
	fake_passes(g, 3, NULL);
	fake_remap(g, 0, 1, FAKE_CHANGING);
	before = g->lookups;
	fake_pass(g);
	fake_pass(g);
	/* The five blocks that are not mapped are asked for in every pass. */
	KUNIT_EXPECT_EQ(test, g->lookups - before, 2 * BLOCKS);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_2M], BALLAST_BLOCK_PAGES);
	g->level[0] = BALLAST_MAP_4K;
	fake_touch(g, 0);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_4K], BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_2M], 0);
	fake_expect_totals(g);
}

static void a_dead_vm_ends_the_pass(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long clears;
	u64 passes;

	fake_touch(g, 0);
	fake_passes(g, 3, NULL);
	clears = g->clears;
	passes = g->vm.counters.passes;
	g->gone = true;
	KUNIT_EXPECT_EQ(test, fake_try_pass(g), -ENODEV);
	KUNIT_EXPECT_LE(test, g->clears - clears, 1);
	KUNIT_EXPECT_EQ(test, g->vm.counters.passes, passes);
	fake_expect_totals(g);
}

static void a_detached_vm_is_not_scanned(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	set_bit(BALLAST_VM_DYING, &g->vm.flags);
	KUNIT_EXPECT_EQ(test, fake_try_pass(g), -ENODEV);
	KUNIT_EXPECT_EQ(test, g->clears + g->lookups, 0);
}

/* Quiet blocks are not asked for their level in each pass; invalidated ones are. */
static void an_invalidation_asks_for_the_level(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long quiet, before;
	unsigned int i;

	g->fault_level = BALLAST_MAP_2M;
	for (i = 0; i < PAGES; i += BALLAST_BLOCK_PAGES)
		fake_touch(g, i);
	fake_passes(g, SETTLE, NULL);
	before = g->lookups;
	fake_passes(g, 16, NULL);
	quiet = g->lookups - before;
	KUNIT_EXPECT_EQ(test, quiet, BLOCKS);		/* each once in 16 passes */
	before = g->lookups;
	for (i = 0; i < 16; i++) {
		fake_invalidate(g, 0, PAGES, MMU_NOTIFY_CLEAR);
		fake_pass(g);
	}
	KUNIT_EXPECT_EQ(test, g->lookups - before, 16 * BLOCKS);
}

/* A guest of 1 GiB and a bit, touched first everywhere. */
static struct fake_guest *giant(struct kunit *test, u8 guest_max)
{
	struct fake_guest *g;
	unsigned long block;

	fake_exit(test);
	g = fake_new(test, FAKE_GIANT_PAGES + 2 * BALLAST_BLOCK_PAGES);
	g->guest_max = guest_max;
	memset(g->level, BALLAST_MAP_1G, FAKE_GIANT_PAGES / BALLAST_BLOCK_PAGES);
	for (block = 0; block < g->pages / BALLAST_BLOCK_PAGES; block++)
		fake_touch(g, block * BALLAST_BLOCK_PAGES);
	return g;
}

/* Blocks of the first GiB whose level is not @level. */
static unsigned int other_blocks(struct fake_guest *g, u8 level)
{
	unsigned int block, n = 0;

	for (block = 0; block < FAKE_GIANT_PAGES / BALLAST_BLOCK_PAGES; block++)
		n += fake_gfn_level(g, block * BALLAST_BLOCK_PAGES) != level;
	return n;
}

static void a_giant_page_is_one_call(struct kunit *test)
{
	struct fake_guest *g = giant(test, BALLAST_MAP_1G);
	unsigned long before;
	unsigned int i;

	fake_passes(g, 3, NULL);
	before = g->clears;
	for (i = 0; i < 6; i++) {
		fake_touch(g, 100000 + i);
		fake_pass(g);
	}
	/* One for the GiB, and for each of the small blocks behind it. */
	KUNIT_EXPECT_LE(test, g->clears - before, 6 * 3);
	KUNIT_EXPECT_EQ(test, other_blocks(g, BALLAST_HOT), 0);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_1G], FAKE_GIANT_PAGES);
	fake_passes(g, 12, NULL);
	KUNIT_EXPECT_EQ(test, other_blocks(g, BALLAST_COLD), 0);
	/* Back to small pages: each on its own again. */
	fake_remap(g, 0, 512, BALLAST_MAP_2M);
	for (i = 0; i < 20; i++) {
		fake_touch(g, 5 * BALLAST_BLOCK_PAGES + i);
		fake_pass(g);
	}
	KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 5 * BALLAST_BLOCK_PAGES), BALLAST_HOT);
	KUNIT_EXPECT_EQ(test, other_blocks(g, BALLAST_COLD), 1);
}

/* A GiB that its slot cuts is mapped by 2 MiB in the guest: by block. */
static void a_giant_page_cut_by_its_slot_is_huge_pages(struct kunit *test)
{
	struct fake_guest *g = giant(test, BALLAST_MAP_2M);
	unsigned int i;

	fake_slot_del(g, 0);
	fake_slot(g, 1, BALLAST_BLOCK_PAGES, FAKE_GIANT_PAGES - BALLAST_BLOCK_PAGES,
		  BALLAST_BLOCK_PAGES);
	for (i = 0; i < 20; i++) {
		fake_touch(g, 7 * BALLAST_BLOCK_PAGES + i);
		fake_pass(g);
	}
	KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 7 * BALLAST_BLOCK_PAGES + 300), BALLAST_HOT);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_COLD],
			FAKE_GIANT_PAGES - 2 * BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, g->cleared_pages, g->clears * BALLAST_BLOCK_PAGES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_mapped_is_unknown),
	KUNIT_CASE(a_huge_page_is_one_unit),
	KUNIT_CASE(a_collapsed_block_takes_the_hottest_state),
	KUNIT_CASE(a_split_block_is_told_apart),
	KUNIT_CASE(a_block_goes_through_all_levels),
	KUNIT_CASE(no_huge_page_is_taken_apart),
	KUNIT_CASE(a_changing_level_is_asked_again),
	KUNIT_CASE(a_dead_vm_ends_the_pass),
	KUNIT_CASE(a_detached_vm_is_not_scanned),
	KUNIT_CASE(an_invalidation_asks_for_the_level),
	KUNIT_CASE(a_giant_page_is_one_call),
	KUNIT_CASE(a_giant_page_cut_by_its_slot_is_huge_pages),
	{}
};

struct kunit_suite ballast_level_suite = {
	.name = "ballast_level",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
