// SPDX-License-Identifier: GPL-2.0-only
/* The TLB's blind share, on a guest whose TLB holds what the test says. */

#include <linux/bitmap.h>

#include "fake.h"
#include "host/calibrate.h"
#include "suites.h"

#define BLOCKS	16
#define PAGES	(BLOCKS * BALLAST_BLOCK_PAGES)
#define HOT_PAGE(block)	((block) * BALLAST_BLOCK_PAGES + 3)
/* The flush goes through one of the sampled units, which is not measured. */
#define SAMPLES	(BLOCKS - 1)

/* One hot page in each block; the guest touches it all the time. */
static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);
	unsigned int block;

	for (block = 0; block < BLOCKS; block++) {
		fake_touch(g, HOT_PAGE(block));
		__set_bit(HOT_PAGE(block), g->busy);
	}
	fake_passes(g, 20, NULL);
	KUNIT_ASSERT_EQ(test, g->vm.level_pages[BALLAST_HOT], BLOCKS);
	g->vm.calibrate_s = 1;
	return 0;
}

static void calibrate(struct fake_guest *g)
{
	mutex_lock(&g->vm.scan_lock);
	g->vm.last_calibration = 0;
	ballast_calibrate(&g->vm);
	mutex_unlock(&g->vm.scan_lock);
}

static void nothing_cached_is_nothing_missed(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	g->vm.counters.tlb_blind_bp = 1234;
	calibrate(g);
	KUNIT_EXPECT_EQ(test, g->vm.counters.blind_samples, SAMPLES);
	KUNIT_EXPECT_EQ(test, g->vm.counters.tlb_blind_bp, 0);
	KUNIT_EXPECT_EQ(test, g->flushes, 1);
	KUNIT_EXPECT_EQ(test, g->vm.counters.flushes, 1);
}

static void all_cached_is_all_missed(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	bitmap_copy(g->cached, g->busy, PAGES);
	calibrate(g);
	KUNIT_EXPECT_EQ(test, g->vm.counters.blind_samples, SAMPLES);
	KUNIT_EXPECT_EQ(test, g->vm.counters.tlb_blind_bp, 10000);
}

/* A quarter cached: 4 of 15, or 3 if the unit that is flushed through is one. */
static void a_part_cached_is_that_part_missed(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int block, blind;

	for (block = 0; block < BLOCKS; block += 4)
		__set_bit(HOT_PAGE(block), g->cached);
	calibrate(g);
	blind = g->vm.counters.tlb_blind_bp;
	KUNIT_EXPECT_TRUE(test, blind == 4 * 10000 / SAMPLES || blind == 3 * 10000 / SAMPLES);
}

/* What the looks take is neither lost for the picture nor for others. */
static void looks_are_credited_and_owed(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int block;

	bitmap_zero(g->busy, PAGES);
	for (block = 0; block < BLOCKS; block++)
		fake_foreign_clear(g, HOT_PAGE(block), HOT_PAGE(block) + 1);
	fake_pass(g);			/* takes the credit of that */
	for (block = 0; block < BLOCKS; block++)
		fake_touch(g, HOT_PAGE(block));
	calibrate(g);
	for (block = 0; block < BLOCKS; block++)
		KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, HOT_PAGE(block)));
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->vm.level_pages[BALLAST_HOT], BLOCKS);
	for (block = 0; block < BLOCKS; block++)
		KUNIT_EXPECT_EQ(test, fake_gfn_state(g, HOT_PAGE(block)), BALLAST_S_HOT0);
}

static void few_hot_units_tell_nothing(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	bitmap_zero(g->busy, PAGES);
	__set_bit(HOT_PAGE(0), g->busy);
	fake_passes(g, 40, NULL);
	KUNIT_ASSERT_EQ(test, g->vm.level_pages[BALLAST_HOT], 1);
	calibrate(g);
	KUNIT_EXPECT_EQ(test, g->vm.counters.blind_samples, 0);
	KUNIT_EXPECT_EQ(test, g->flushes, 0);
}

static void it_waits_for_its_time(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	g->vm.calibrate_s = 0;		/* never */
	calibrate(g);
	KUNIT_EXPECT_EQ(test, g->flushes, 0);
	g->vm.calibrate_s = 100000;	/* not yet */
	calibrate(g);
	KUNIT_EXPECT_EQ(test, g->flushes, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_cached_is_nothing_missed),
	KUNIT_CASE(all_cached_is_all_missed),
	KUNIT_CASE(a_part_cached_is_that_part_missed),
	KUNIT_CASE(looks_are_credited_and_owed),
	KUNIT_CASE(few_hot_units_tell_nothing),
	KUNIT_CASE(it_waits_for_its_time),
	{}
};

struct kunit_suite ballast_calibrate_suite = {
	.name = "ballast_calibrate",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
