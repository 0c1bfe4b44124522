// SPDX-License-Identifier: GPL-2.0-only
/* The picture that passes draw of a guest mapped by 4 KiB, against the truth. */

#include <linux/bitmap.h>

#include "fake.h"
#include "suites.h"

#define BLOCKS	6
#define PAGES	(BLOCKS * BALLAST_BLOCK_PAGES)
/* Enough for any page to be found, told apart and to reach its last level. */
#define SETTLE	30

static DECLARE_BITMAP(hot, PAGES);
static DECLARE_BITMAP(all, PAGES);
static u32 seed;

static u32 rnd(u32 below)
{
	return test_rnd(&seed, below);
}

/* A guest that has touched all of its memory once. */
static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);

	seed = 1;
	bitmap_zero(hot, PAGES);
	bitmap_fill(all, PAGES);
	fake_touch_all(g);
	return 0;
}

/* Runs and single pages, and a block that is hot as a whole. */
static void choose_hot(void)
{
	unsigned int i;

	bitmap_zero(hot, PAGES);
	for (i = 0; i < 40; i++)
		__set_bit(rnd(PAGES), hot);
	for (i = 0; i < 6; i++) {
		unsigned int first = rnd(PAGES - 100);

		bitmap_set(hot, first, 1 + rnd(100));
	}
	bitmap_set(hot, rnd(BLOCKS) * BALLAST_BLOCK_PAGES, BALLAST_BLOCK_PAGES);
}

static void hot_and_cold_are_exact(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int i;

	choose_hot();
	fake_passes(g, SETTLE, hot);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], bitmap_weight(hot, PAGES));
	fake_expect_totals(g);
	for (i = 0; i < 16; i++) {		/* and stay exact */
		fake_passes(g, 1, hot);
		KUNIT_ASSERT_EQ(test, fake_wrong(g, hot), 0);
	}
}

static void a_new_hot_set_is_found(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		choose_hot();
		fake_passes(g, SETTLE, hot);
		KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
		fake_expect_totals(g);
	}
}

/* What was set before attach says nothing: one pass is thrown away. */
static void the_first_answer_is_not_believed(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->clears, BLOCKS);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_UNKNOWN], PAGES);
	fake_passes(g, 10, NULL);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_COLD], PAGES);
}

static void an_idle_guest_costs_a_call_per_block(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long before;

	fake_passes(g, SETTLE, NULL);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
	/* No block holds more than its record. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&g->vm.store_bytes),
			BLOCKS * (long)sizeof(struct ballast_block));
	before = g->clears;
	fake_passes(g, 16, NULL);
	KUNIT_EXPECT_LE(test, g->clears - before, 16 * BLOCKS);
	/* Confirmed every fourth pass at last. */
	KUNIT_EXPECT_GE(test, g->clears - before, 16 * BLOCKS / 4);
}

/* Cold pages around a hot one share calls: those before it, those after it. */
static void cold_runs_are_one_call(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int i;

	__set_bit(2 * BALLAST_BLOCK_PAGES + 200, hot);
	fake_passes(g, SETTLE, hot);
	KUNIT_ASSERT_EQ(test, fake_wrong(g, hot), 0);
	for (i = 0; i < 16; i++) {
		unsigned long before = g->clears;

		fake_passes(g, 1, hot);
		KUNIT_ASSERT_LE(test, g->clears - before, BLOCKS + 2);
	}
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
}

/* All hot: a call per page, but not in each pass, and given up when idle. */
static void a_hot_guest_is_looked_at_now_and_then(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long before;

	fake_passes(g, SETTLE, all);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, all), 0);
	before = g->clears;
	fake_passes(g, 16, all);
	KUNIT_EXPECT_LE(test, g->clears - before, 2 * PAGES + 16 * BLOCKS);
	KUNIT_EXPECT_GE(test, g->clears - before, 2 * BLOCKS);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, all), 0);
	fake_passes(g, SETTLE, NULL);
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&g->vm.store_bytes),
			BLOCKS * (long)sizeof(struct ballast_block));
}

/* Pages touched in every second and third round are found and not lost again. */
static void a_rhythm_is_not_lost(struct kunit *test)
{
	static const unsigned int pages[] = { 0, 63, 64, 300, 511, 512 + 77, 4 * 512 + 130 };
	struct fake_guest *g = test->priv;
	unsigned int pass, i, period;

	for (period = 2; period <= 3; period++) {
		for (pass = 0; pass < 90; pass++) {
			for (i = 0; i < ARRAY_SIZE(pages); i++)
				if (pass % period == i % period)
					fake_touch(g, pages[i]);
			fake_pass(g);
			if (pass < 60)
				continue;
			for (i = 0; i < ARRAY_SIZE(pages); i++)
				KUNIT_ASSERT_GE(test, fake_gfn_level(g, pages[i]), BALLAST_COOL);
			KUNIT_ASSERT_EQ(test, g->vm.level_pages[BALLAST_COLD],
					PAGES - ARRAY_SIZE(pages));
		}
	}
}

/* Somebody else clears every bit before each pass; the picture is the same. */
static void foreign_clears_are_credited(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int pass, page;

	choose_hot();
	for (pass = 0; pass < SETTLE; pass++) {
		fake_touch_set(g, hot);
		for (page = 0; page < PAGES; page++)
			fake_foreign_clear(g, page, page + 1);
		fake_pass(g);
	}
	KUNIT_EXPECT_EQ(test, fake_wrong(g, hot), 0);
	KUNIT_EXPECT_GE(test, atomic64_read(&g->vm.credited),
			(SETTLE - 1) * bitmap_weight(hot, PAGES));
	fake_expect_totals(g);
}

/* The same by whole blocks, as a walker of page tables does it. */
static void foreign_ranges_are_credited(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int pass, block;

	bitmap_set(hot, BALLAST_BLOCK_PAGES, BALLAST_BLOCK_PAGES);
	for (pass = 0; pass < SETTLE; pass++) {
		fake_touch_set(g, hot);
		if (pass % 3 == 1)
			for (block = 0; block < BLOCKS; block++)
				fake_foreign_clear(g, block * BALLAST_BLOCK_PAGES,
						   (block + 1) * BALLAST_BLOCK_PAGES);
		fake_pass(g);
	}
	/* Which page it was nobody knows, but none of the hot is taken for cold. */
	for (block = 0; block < BALLAST_BLOCK_PAGES; block++)
		KUNIT_ASSERT_GE(test, fake_gfn_level(g, BALLAST_BLOCK_PAGES + block), BALLAST_WARM);
	KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 0), BALLAST_COLD);
	fake_expect_totals(g);
}

static void a_contended_lock_is_waited_for(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	g->contended = 3;
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->vm.counters.contended, 3);
	KUNIT_EXPECT_EQ(test, g->clears, BLOCKS);
	g->contended = 1000000;			/* but not for ever */
	fake_pass(g);
	KUNIT_EXPECT_GT(test, g->clears, BLOCKS);
	g->contended = 0;
}

/* A slot comes, stays beside the first, and goes. */
static void slots_come_and_go(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_slot_del(g, 0);
	fake_slot(g, 1, 0, 2 * BALLAST_BLOCK_PAGES, 0);
	bitmap_set(hot, 100, 300);
	fake_passes(g, SETTLE, hot);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], 300);
	fake_expect_totals(g);

	fake_slot(g, 2, 1 << 20, 2 * BALLAST_BLOCK_PAGES, 2 * BALLAST_BLOCK_PAGES);
	fake_passes(g, 1, hot);
	fake_expect_totals(g);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], 300);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_UNKNOWN], 2 * BALLAST_BLOCK_PAGES);

	bitmap_set(hot, 2 * BALLAST_BLOCK_PAGES, 10);
	fake_passes(g, SETTLE, hot);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], 310);
	fake_expect_totals(g);

	fake_slot_del(g, 1);
	fake_passes(g, 1, hot);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], 10);
	fake_expect_totals(g);
}

/* Slots that no huge page fits into: by page, whatever the host maps. */
static void misaligned_slots_are_exact(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long page;

	fake_slot_del(g, 0);
	fake_slot(g, 1, 5, 700, 5);			/* both ends clipped */
	fake_slot(g, 2, 4096 + 3, 1500, 1024);		/* aligned otherwise */
	g->guest_max = BALLAST_MAP_4K;
	fake_remap(g, 0, BLOCKS, BALLAST_MAP_2M);
	bitmap_set(hot, 5, 3);
	bitmap_set(hot, 690, 15);
	bitmap_set(hot, 1024, 40);
	bitmap_set(hot, 2500, 24);
	fake_passes(g, SETTLE, hot);
	for (page = 5; page < 705; page++)
		KUNIT_ASSERT_EQ(test, fake_gfn_level(g, page),
				test_bit(page, hot) ? BALLAST_HOT : BALLAST_COLD);
	for (page = 1024; page < 2524; page++)
		KUNIT_ASSERT_EQ(test, fake_gfn_level(g, page - 1024 + 4096 + 3),
				test_bit(page, hot) ? BALLAST_HOT : BALLAST_COLD);
	KUNIT_EXPECT_EQ(test, g->vm.map_pages[BALLAST_MAP_4K], 2200);
	fake_expect_totals(g);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(hot_and_cold_are_exact),
	KUNIT_CASE(a_new_hot_set_is_found),
	KUNIT_CASE(the_first_answer_is_not_believed),
	KUNIT_CASE(an_idle_guest_costs_a_call_per_block),
	KUNIT_CASE(cold_runs_are_one_call),
	KUNIT_CASE(a_hot_guest_is_looked_at_now_and_then),
	KUNIT_CASE(a_rhythm_is_not_lost),
	KUNIT_CASE(foreign_clears_are_credited),
	KUNIT_CASE(foreign_ranges_are_credited),
	KUNIT_CASE(a_contended_lock_is_waited_for),
	KUNIT_CASE(slots_come_and_go),
	KUNIT_CASE(misaligned_slots_are_exact),
	{}
};

struct kunit_suite ballast_visit_suite = {
	.name = "ballast_visit",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
