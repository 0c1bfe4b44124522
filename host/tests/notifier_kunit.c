// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accessed bits are shared: what others take we see, what we take others are
 * told of. Others are played by the test, which asks as the kernel does, our
 * notifier first and KVM after it.
 */

#include <linux/bitmap.h>

#include "fake.h"
#include "suites.h"

#define BLOCKS	4
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
	struct fake_guest *g = fake_new(test, PAGES);

	seed = 1;
	bitmap_zero(hot, PAGES);
	fake_touch_all(g);
	return 0;
}

static bool foreign(struct fake_guest *g, unsigned long page)
{
	return fake_foreign_clear(g, page, page + 1);
}

/* Collect everything, so that nothing is owed from before. */
static void foreign_all(struct fake_guest *g)
{
	unsigned long page;

	for (page = 0; page < PAGES; page++)
		foreign(g, page);
}

/* A settled guest with some hot pages whose bits the last pass has cleared. */
static void settle(struct fake_guest *g)
{
	bitmap_set(hot, 100, 20);
	bitmap_set(hot, BALLAST_BLOCK_PAGES + 511, 2);
	fake_passes(g, SETTLE, hot);
	KUNIT_ASSERT_EQ(g->test, fake_wrong(g, hot), 0);
	foreign_all(g);
}

/* Passes until the scanner has looked at @page after it was touched again. */
static void touch_and_scan(struct fake_guest *g, unsigned long page)
{
	unsigned int i;

	fake_touch_set(g, hot);
	for (i = 0; i < 16 && test_bit(page, g->young); i++)
		fake_pass(g);
	KUNIT_ASSERT_FALSE(g->test, test_bit(page, g->young));
}

static void a_debt_is_told_once(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	settle(g);
	KUNIT_EXPECT_FALSE(test, foreign(g, 100));
	touch_and_scan(g, 100);
	KUNIT_EXPECT_TRUE(test, foreign(g, 100));
	KUNIT_EXPECT_FALSE(test, foreign(g, 100));
	KUNIT_EXPECT_GT(test, atomic64_read(&g->vm.given_back), 0);
}

/* test_young tells and takes nothing; the collector is told after it. */
static void testing_takes_nothing(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	settle(g);
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 101));
	touch_and_scan(g, 101);
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 101));
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 101));
	KUNIT_EXPECT_TRUE(test, foreign(g, 101));
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 101));
	KUNIT_EXPECT_FALSE(test, foreign(g, 101));
}

/* Who asks for a range takes the debts of the range, in all its blocks. */
static void a_range_takes_its_debts(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	settle(g);
	touch_and_scan(g, BALLAST_BLOCK_PAGES + 511);
	touch_and_scan(g, BALLAST_BLOCK_PAGES + 512);
	KUNIT_EXPECT_FALSE(test, fake_foreign_clear(g, 3 * BALLAST_BLOCK_PAGES, PAGES));
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear(g, BALLAST_BLOCK_PAGES + 500,
						   BALLAST_BLOCK_PAGES + 600));
	KUNIT_EXPECT_FALSE(test, foreign(g, BALLAST_BLOCK_PAGES + 511));
	KUNIT_EXPECT_FALSE(test, foreign(g, BALLAST_BLOCK_PAGES + 512));
}

/* An ager that looks after every pass is told of every access, whatever we do. */
static void an_ager_after_each_pass_misses_nothing(struct kunit *test)
{
	static DECLARE_BITMAP(touched, PAGES);
	struct fake_guest *g = test->priv;
	unsigned int round, i;
	unsigned long page;

	for (round = 0; round < 60; round++) {
		bitmap_zero(touched, PAGES);
		for (i = rnd(40); i; i--)
			__set_bit(rnd(PAGES), touched);
		if (!rnd(4))
			bitmap_set(touched, rnd(PAGES - 64), 64);
		bitmap_set(touched, 200, 8);		/* some of them always */
		fake_touch_set(g, touched);
		if (rnd(3))
			fake_pass(g);
		for_each_set_bit(page, touched, PAGES)
			KUNIT_ASSERT_TRUE(test, foreign(g, page));
	}
}

/* Once the picture has settled, it is told of these accesses and no others. */
static void an_ager_sees_the_hot_set_and_no_more(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long page;
	unsigned int round;

	settle(g);
	for (round = 0; round < 20; round++) {
		fake_passes(g, 1, hot);
		for (page = 0; page < PAGES; page++)
			KUNIT_ASSERT_EQ(test, foreign(g, page), test_bit(page, hot));
	}
}

static bool in_flight_clear, in_flight_test;

static void ask_in_flight(struct fake_guest *g, unsigned long first, unsigned long last)
{
	in_flight_test = fake_foreign_test(g, first);
	in_flight_clear = foreign(g, first);
}

/* Between our clear and the note of the debt others are told "young". */
static void a_clear_in_flight_counts_as_owed(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_pass(g);
	foreign_all(g);
	in_flight_clear = in_flight_test = false;
	fake_touch(g, 0);
	g->in_clear = ask_in_flight;
	fake_pass(g);
	KUNIT_ASSERT_TRUE(test, !g->in_clear);
	KUNIT_EXPECT_TRUE(test, in_flight_test);
	KUNIT_EXPECT_TRUE(test, in_flight_clear);
	/* Nobody is in flight any more. */
	foreign_all(g);
	KUNIT_EXPECT_FALSE(test, foreign(g, 0));
	KUNIT_EXPECT_FALSE(test, ballast_block_event(fake_gfn_block(g, 0), BALLAST_EV_INFLIGHT));
}

/* One bit stands for a huge page, so it is owed and told once for all of it. */
static void a_huge_page_is_told_as_one(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_remap(g, 0, BLOCKS, BALLAST_MAP_2M);
	fake_touch(g, 5);
	fake_passes(g, 2, NULL);
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 300));
	KUNIT_EXPECT_TRUE(test, foreign(g, 300));
	KUNIT_EXPECT_FALSE(test, foreign(g, 300));
	KUNIT_EXPECT_FALSE(test, foreign(g, 5));
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 5));
	KUNIT_EXPECT_FALSE(test, foreign(g, BALLAST_BLOCK_PAGES));
	/* The kernel asks for a huge page by its whole range as well. */
	fake_touch(g, 5);
	fake_pass(g);
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear(g, 0, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_FALSE(test, fake_foreign_clear(g, 0, BALLAST_BLOCK_PAGES));
}

/* A bit that another takes before us is theirs, and seen by us all the same. */
static void others_keep_their_answer(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u64 credited;

	settle(g);
	fake_touch(g, 300);
	credited = atomic64_read(&g->vm.credited);
	KUNIT_EXPECT_TRUE(test, foreign(g, 300));
	KUNIT_EXPECT_EQ(test, atomic64_read(&g->vm.credited), credited + 1);
	KUNIT_EXPECT_FALSE(test, test_bit(300, g->young));
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_gfn_state(g, 300), BALLAST_S_COOL0);
	KUNIT_EXPECT_FALSE(test, foreign(g, 300));
}

static void who_flushes_is_answered_with_a_flush(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long clears;

	settle(g);
	clears = g->clears;
	fake_touch(g, 300);
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear_flush(g, 300, 301));
	KUNIT_EXPECT_EQ(test, g->flush_clears, 1);
	KUNIT_EXPECT_EQ(test, g->clears, clears);
}

/* Protection changes and the memory stays: so does the debt. Unmapped: it goes. */
static void a_debt_goes_with_its_page(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	settle(g);
	touch_and_scan(g, 105);
	fake_invalidate(g, 105, 106, MMU_NOTIFY_PROTECTION_PAGE);
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 105));
	fake_invalidate(g, 105, 106, MMU_NOTIFY_UNMAP);
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 105));
	KUNIT_EXPECT_FALSE(test, foreign(g, 105));
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 106));
}

static void invalidations_are_counted_by_block(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_pass(g);
	atomic64_set(&g->vm.invalidated_blocks, 0);
	fake_invalidate(g, 500, 530, MMU_NOTIFY_CLEAR);
	fake_invalidate(g, 510, 514, MMU_NOTIFY_CLEAR);
	KUNIT_EXPECT_EQ(test, atomic64_read(&g->vm.invalidated_blocks), 2);
	KUNIT_EXPECT_EQ(test, atomic64_read(&g->vm.invalidations), 2);
}

static void memory_that_is_not_the_guests_is_nobodys(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_slot_del(g, 0);
	fake_slot(g, 1, 0, BALLAST_BLOCK_PAGES, 0);
	fake_passes(g, 2, NULL);
	bitmap_zero(g->young, PAGES);
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 600));
	KUNIT_EXPECT_FALSE(test, foreign(g, 600));
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 0));
}

/* Callbacks come before the first pass and after detach, when there is no map. */
static void callbacks_live_without_a_map(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 9));	/* KVM's own answer */
	KUNIT_EXPECT_TRUE(test, foreign(g, 9));
	KUNIT_EXPECT_FALSE(test, foreign(g, 9));
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 9));
	fake_invalidate(g, 0, PAGES, MMU_NOTIFY_UNMAP);
	KUNIT_EXPECT_EQ(test, atomic64_read(&g->vm.invalidated_blocks), 0);
}

static void release_asks_for_detach(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	g->vm.mn.ops->release(&g->vm.mn, NULL);
	KUNIT_EXPECT_EQ(test, g->detached, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_debt_is_told_once),
	KUNIT_CASE(testing_takes_nothing),
	KUNIT_CASE(a_range_takes_its_debts),
	KUNIT_CASE(an_ager_after_each_pass_misses_nothing),
	KUNIT_CASE(an_ager_sees_the_hot_set_and_no_more),
	KUNIT_CASE(a_clear_in_flight_counts_as_owed),
	KUNIT_CASE(a_huge_page_is_told_as_one),
	KUNIT_CASE(others_keep_their_answer),
	KUNIT_CASE(who_flushes_is_answered_with_a_flush),
	KUNIT_CASE(a_debt_goes_with_its_page),
	KUNIT_CASE(invalidations_are_counted_by_block),
	KUNIT_CASE(memory_that_is_not_the_guests_is_nobodys),
	KUNIT_CASE(callbacks_live_without_a_map),
	KUNIT_CASE(release_asks_for_detach),
	{}
};

struct kunit_suite ballast_notifier_suite = {
	.name = "ballast_notifier",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
