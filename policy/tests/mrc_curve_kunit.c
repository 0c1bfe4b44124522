// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve: counts and time, band, range, gain, change. */

#include <kunit/test.h>

#include "policy/mrc.c"
#include "policy/mrc_curve.c"
#include "policy/tests/mrc_setup.h"

/* --- counts ---------------------------------------------------------------------------------- */

static void interval_without_time_is_part_of_the_next(struct kunit *test)
{
	u64 before;

	begin_whole(10);
	ballast_mrc_access(&mrc, 1);
	ballast_mrc_access(&mrc, 1);
	ballast_mrc_fold(&mrc, 0);
	ballast_mrc_curve(&mrc, &curve);
	KUNIT_EXPECT_EQ(test, curve.nr_points, 1u);
	KUNIT_EXPECT_EQ(test, curve.points[0].misses, 0ull);
	curve_after(SECOND);
	before = curve.points[0].misses;
	KUNIT_EXPECT_EQ(test, before, 1000ull);
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.points[0].misses, before / 2);
}

static void half_is_left_after_half_life(struct kunit *test)
{
	u32 ms;

	KUNIT_EXPECT_EQ(test, left_after(45 * SECOND, 45000) >> 16, 0x7fffu);
	KUNIT_EXPECT_EQ(test, left_after(90 * SECOND, 45000) >> 16, 0x3fffu);
	KUNIT_EXPECT_EQ(test, left_after(45 * SECOND / 2, 45000) >> 16, 3037000499u >> 16);
	KUNIT_EXPECT_EQ(test, left_after(~0ull, 1), 0u);
	KUNIT_EXPECT_EQ(test, left_after(SECOND, 0), ~0u);
	for (ms = 0; ms < 200000; ms += 77)
		KUNIT_EXPECT_GE(test, left_after(ms * 1000000ull, 30000),
				left_after((ms + 77) * 1000000ull, 30000));
}

static void old_accesses_fade(struct kunit *test)
{
	u32 i, k, at = 0;

	begin_whole(10);
	mrc.config.half_life_ms = 10000;
	for (i = 0; i < 60; i++) {
		for (k = 0; k < 100; k++)
			ballast_mrc_access(&mrc, at++ % 8);
		curve_after(SECOND);
	}
	/* 100 per second, found 7 deep: all miss in 7 pages, none in 8. */
	KUNIT_EXPECT_GE(test, ballast_mrc_at(&curve, 7).misses, 98000ull);
	KUNIT_EXPECT_LE(test, ballast_mrc_at(&curve, 7).misses, 100000ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_at(&curve, 8).misses, 0ull);
	for (i = 0; i < 10; i++)
		curve_after(SECOND);
	KUNIT_EXPECT_GE(test, ballast_mrc_at(&curve, 7).misses, 48000ull);
	KUNIT_EXPECT_LE(test, ballast_mrc_at(&curve, 7).misses, 52000ull);
}

/* An hour of accesses each nanosecond does not wrap. */
static void counts_saturate(struct kunit *test)
{
	u32 r, c;

	begin_pages();
	for (r = 0; r < BALLAST_MRC_ROWS; r++)
		for (c = 0; c < BALLAST_MRC_COLUMNS; c++)
			mrc.now[r][c] = NOW_MAX;
	ballast_mrc_access(&mrc, 0);
	ballast_mrc_access(&mrc, 0);
	for (r = 0; r < BALLAST_MRC_ROWS; r++)
		for (c = 0; c < BALLAST_MRC_COLUMNS; c++)
			KUNIT_EXPECT_EQ(test, mrc.now[r][c], NOW_MAX);
	for (r = 0; r < BALLAST_MRC_ROWS; r++)
		for (c = 0; c < BALLAST_MRC_COLUMNS; c++)
			mrc.old[r][c] = OLD_MAX;
	curve_after(1);
	for (c = 0; c < curve.nr_points; c++) {
		KUNIT_EXPECT_LE(test, curve.points[c].low, curve.points[c].misses);
		KUNIT_EXPECT_LE(test, curve.points[c].misses, curve.points[c].high);
	}
	KUNIT_EXPECT_EQ(test, curve.points[0].misses, ~0ull >> 5);
	ballast_mrc_resize(&mrc, ~0ull);
	ballast_mrc_total(&mrc, ~0ull);
	curve_after(~0ull);
	KUNIT_EXPECT_EQ(test, curve.points[0].pages, 0ull);
	KUNIT_EXPECT_EQ(test, curve.points[curve.nr_points - 1].pages, BALLAST_MRC_PAGES_MAX);
}

/* A page's access stands for a hundred, a block's for four. */
static void accesses_stand_for_others(struct kunit *test)
{
	u32 i;

	begin_sampled(16, 328);
	/* 1/100 to 1/4, by 512. */
	for (i = 0; i < N; i++)
		ballast_mrc_add(&mrc, i, false);
	for (i = 0; i < 1000; i++)
		ballast_mrc_access(&mrc, 0);
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.points[0].misses, 99900ull * 1000);
	ballast_mrc_change(&mrc, 1, true);
	for (i = 0; i < 1000; i++)
		ballast_mrc_access(&mrc, 1);
	/* It weighs 328 of 5112 now, and all of it is 30000 pages. */
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.points[0].misses / 1000,
			30000ull * (999 * 512 * 16 + 999 * 328) / 512 / (299 * 16 + 328) / 2);
}

static void total_goes_to_no_memory(struct kunit *test)
{
	u64 at_one;
	u32 i;

	begin_pages();
	for (i = 0; i < 3000; i++)
		ballast_mrc_access(&mrc, i % 30);
	ballast_mrc_total(&mrc, 500000);
	curve_after(SECOND);
	at_one = curve.points[1].misses;
	/* First accesses are not in it. */
	KUNIT_EXPECT_EQ(test, curve.points[0].misses, (500000ull - 3000) * 1000);
	KUNIT_EXPECT_EQ(test, at_one, 2970ull * 100 * 1000);
	for (i = 0; i < 3000; i++)
		ballast_mrc_access(&mrc, i % 30);
	ballast_mrc_total(&mrc, 0);
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.points[1].misses, 2985ull * 100 * 1000);
	KUNIT_EXPECT_EQ(test, curve.points[0].misses, curve.points[1].misses);
}

static void what_is_in_use_is_the_whole(struct kunit *test)
{
	u32 i;

	begin_pages();
	for (i = 0; i < 6000; i++)
		ballast_mrc_access(&mrc, i % 60);
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.seen_pages, 6000ull);
	ballast_mrc_used(&mrc, 5500);
	ballast_mrc_curve(&mrc, &curve);
	KUNIT_EXPECT_EQ(test, curve.seen_pages, 5500ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_at(&curve, 5600).misses, 0ull);
	KUNIT_EXPECT_EQ(test, curve.cold.misses, 5500ull * 1000);
	ballast_mrc_used(&mrc, 0);
	ballast_mrc_curve(&mrc, &curve);
	KUNIT_EXPECT_EQ(test, curve.seen_pages, 6000ull);
}

/* --- band and range -------------------------------------------------------------------------- */

static void nothing_seen_is_up_to_four(struct kunit *test)
{
	struct ballast_mrc_point p;

	begin_pages();
	curve_after(10 * SECOND);
	p = ballast_mrc_at(&curve, 15000);
	KUNIT_EXPECT_EQ(test, p.misses, 0ull);
	KUNIT_EXPECT_EQ(test, p.low, 0ull);
	/* 3.84 of a sampled page's, for a hundred, in ten seconds. */
	KUNIT_EXPECT_GE(test, p.high, 38000ull);
	KUNIT_EXPECT_LE(test, p.high, 39000ull);
	KUNIT_EXPECT_EQ(test, curve.cold.high, p.high);
}

static void one_busy_page_makes_a_wide_band(struct kunit *test)
{
	struct ballast_mrc_point busy, even;
	u32 i;

	begin_pages();
	for (i = 0; i < 100; i++) {
		ballast_mrc_access(&mrc, 0);
		ballast_mrc_access(&mrc, 1 + i);
	}
	/* Page 0 has been found at 1, the others not yet. */
	curve_after(SECOND);
	busy = curve.points[1];
	KUNIT_EXPECT_EQ(test, busy.misses, 9900ull * 1000);
	KUNIT_EXPECT_EQ(test, busy.low, 0ull);
	KUNIT_EXPECT_GE(test, busy.high, 3 * busy.misses);
	begin_pages();
	for (i = 0; i < 400; i++)
		ballast_mrc_access(&mrc, i % 200);
	curve_after(SECOND);
	even = ballast_mrc_at(&curve, 3000);
	KUNIT_EXPECT_EQ(test, even.misses, 20000ull * 1000);
	KUNIT_EXPECT_GE(test, even.low, 16000ull * 1000);
	KUNIT_EXPECT_LE(test, even.high, 24000ull * 1000);
	/* Where it falls to nothing, a sample cannot tell exactly. */
	even = ballast_mrc_at(&curve, 20000);
	KUNIT_EXPECT_EQ(test, even.low, 0ull);
	KUNIT_EXPECT_GE(test, even.high, 20000ull * 1000);
}

static void curve_begins_at_what_is_touched(struct kunit *test)
{
	u32 i, k;

	begin_pages();
	mrc.config.touched_bp = 10000;
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.valid_from_pages, curve.points[1].pages);
	KUNIT_EXPECT_EQ(test, curve.valid_to_pages, 100ull * N);
	for (k = 0; k < 50; k++) {
		for (i = 0; i < 80; i++)
			ballast_mrc_access(&mrc, i % 40);
		ballast_mrc_window(&mrc);
	}
	curve_after(SECOND);
	KUNIT_EXPECT_GE(test, curve.valid_from_pages, 4000ull);
	KUNIT_EXPECT_LE(test, curve.valid_from_pages, 4200ull);
	mrc.config.touched_bp = 15000;
	ballast_mrc_curve(&mrc, &curve);
	KUNIT_EXPECT_GE(test, curve.valid_from_pages, 6000ull);
	for (k = 0; k < 100; k++)
		ballast_mrc_window(&mrc);
	ballast_mrc_curve(&mrc, &curve);
	KUNIT_EXPECT_LE(test, curve.valid_from_pages, 300ull);
}

static void make_curve(void)
{
	memset(&curve, 0, sizeof(curve));
	curve.pages = 3000;
	curve.valid_from_pages = 500;
	curve.valid_to_pages = 3000;
	curve.data_ms = 60000;
	curve.nr_points = 3;
	curve.points[0] = (struct ballast_mrc_point) { 0, 900000, 800000, 1000000 };
	curve.points[1] = (struct ballast_mrc_point) { 1000, 500000, 470000, 540000 };
	curve.points[2] = (struct ballast_mrc_point) { 2000, 100000, 60000, 130000 };
}

static void between_points_is_a_line(struct kunit *test)
{
	struct ballast_mrc_point p;

	make_curve();
	p = ballast_mrc_at(&curve, 1500);
	KUNIT_EXPECT_EQ(test, p.pages, 1500ull);
	KUNIT_EXPECT_EQ(test, p.misses, 300000ull);
	KUNIT_EXPECT_EQ(test, p.low, 265000ull);
	KUNIT_EXPECT_EQ(test, p.high, 335000ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_at(&curve, 1000).misses, 500000ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_at(&curve, ~0ull).misses, 100000ull);
	memset(&curve, 0, sizeof(curve));
	KUNIT_EXPECT_EQ(test, ballast_mrc_at(&curve, 5).misses, 0ull);
}

static void gain_of_more_is_loss_of_less(struct kunit *test)
{
	struct ballast_mrc_gain more, less_memory;

	make_curve();
	more = ballast_mrc_gain(&curve, 1000, 2000);
	KUNIT_EXPECT_EQ(test, more.misses, 400000ll);
	/* Roots of 30^2 + 30^2 and 40^2 + 40^2. */
	KUNIT_EXPECT_GE(test, more.low, 357000ll);
	KUNIT_EXPECT_LE(test, more.low, 358000ll);
	KUNIT_EXPECT_GE(test, more.high, 456000ll);
	KUNIT_EXPECT_LE(test, more.high, 457000ll);
	less_memory = ballast_mrc_gain(&curve, 2000, 1000);
	KUNIT_EXPECT_EQ(test, less_memory.misses, -more.misses);
	KUNIT_EXPECT_EQ(test, less_memory.low, -more.high);
	KUNIT_EXPECT_EQ(test, less_memory.high, -more.low);
	more = ballast_mrc_gain(&curve, 700, 700);
	KUNIT_EXPECT_EQ(test, more.misses, 0ll);
	KUNIT_EXPECT_EQ(test, more.low, 0ll);
}

/* 0.4 misses per page are 102.4 per MiB, at all sizes up to 2000 pages. */
static void worth_having(struct kunit *test)
{
	make_curve();
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 102000), 2000ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 103000), 1000ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 0), 2000ull);
	/* Flat, and then a cliff: it counts for all the way to it. */
	curve.points[1].misses = 900000;
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 204000), 2000ull);
	curve.points[1].pages = 501;
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 204000), 501ull);
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 136000), 2000ull);
	/* Where it knows nothing, all of it may be. */
	curve.valid_to_pages = 500;
	KUNIT_EXPECT_EQ(test, ballast_mrc_worth(&curve, 1000), curve.pages);
}

static void trusted_where_the_band_is_narrow(struct kunit *test)
{
	struct ballast_mrc_config c = ballast_mrc_defaults;

	make_curve();
	c.tight_bp = 1000;
	c.tight_misses = 10000;
	KUNIT_EXPECT_TRUE(test, ballast_mrc_tight(&curve, &c, 1000));
	KUNIT_EXPECT_FALSE(test, ballast_mrc_tight(&curve, &c, 2000));
	c.tight_misses = 35000;
	KUNIT_EXPECT_TRUE(test, ballast_mrc_tight(&curve, &c, 2000));
	KUNIT_EXPECT_FALSE(test, ballast_mrc_tight(&curve, &c, 3001));
	c.tight_misses = 1000000;
	KUNIT_EXPECT_FALSE(test, ballast_mrc_tight(&curve, &c, 400));
	curve.data_ms = 1000;
	KUNIT_EXPECT_FALSE(test, ballast_mrc_tight(&curve, &c, 1000));
}

/* A guest that goes through 3 GiB in two minutes: nothing has come round yet. */
static void not_trusted_while_all_is_new(struct kunit *test)
{
	const struct ballast_mrc_config *c = &ballast_mrc_defaults;

	make_curve();
	curve.seen_pages = 700000;
	curve.cold.misses = 6554000;
	KUNIT_EXPECT_FALSE(test, ballast_mrc_complete(&curve, c, 1));
	/* 64th part of 700,000 in 30 s: 364 a second, or one block in a second and a half. */
	curve.cold.misses = 364000;
	KUNIT_EXPECT_TRUE(test, ballast_mrc_complete(&curve, c, 1));
	KUNIT_EXPECT_FALSE(test, ballast_mrc_complete(&curve, c, BALLAST_MRC_BLOCK_PAGES));
	curve.cold.misses = 366000;
	KUNIT_EXPECT_FALSE(test, ballast_mrc_complete(&curve, c, 1));
	curve.cold.misses = 710;
	KUNIT_EXPECT_TRUE(test, ballast_mrc_complete(&curve, c, BALLAST_MRC_BLOCK_PAGES));
	curve.seen_pages = 0;
	curve.cold.misses = 0;
	KUNIT_EXPECT_TRUE(test, ballast_mrc_complete(&curve, c, 1));
}

/* --- change ---------------------------------------------------------------------------------- */

/* A second: accesses to some pages, any of them. */
static u32 work_a_second(u32 first, u32 pages)
{
	u32 i;

	for (i = 0; i < 400; i++)
		ballast_mrc_access(&mrc, first + below(pages));
	curve_after(SECOND);
	return ballast_mrc_pause_ms(&mrc, &curve);
}

static void pauses_get_longer_until_there_is_change(struct kunit *test)
{
	u32 i, pauses = 0, pause = 0, longest = 0;

	seed = 5;
	begin_pages();
	mrc.config.half_life_ms = 45000;
	for (i = 0; i < 29; i++)
		KUNIT_EXPECT_EQ(test, work_a_second(0, 100), 0u);
	for (i = 0; i < 40; i++) {
		pause = work_a_second(0, 100);
		if (pause) {
			KUNIT_EXPECT_EQ(test, pause, min_t(u32, 600000, 30000u << pauses));
			pauses++;
			longest = pause;
		}
	}
	KUNIT_EXPECT_GE(test, pauses, 6u);
	KUNIT_EXPECT_EQ(test, longest, 600000u);
	/* Another phase: other pages, and more of them. */
	work_a_second(100, 200);
	KUNIT_EXPECT_FALSE(test, ballast_mrc_stable(&mrc, &curve));
	KUNIT_EXPECT_EQ(test, mrc.pause_ms, 0u);
	for (i = 0; i < 200 && !work_a_second(100, 200); i++)
		;
	KUNIT_EXPECT_GE(test, i, 5u);
	KUNIT_EXPECT_LT(test, i, 200u);
	KUNIT_EXPECT_EQ(test, mrc.pause_ms, 30000u);
	ballast_mrc_rearm(&mrc);
	KUNIT_EXPECT_EQ(test, mrc.pause_ms, 0u);
}

static void configs(struct kunit *test)
{
	struct ballast_mrc_config c = ballast_mrc_defaults;

	KUNIT_EXPECT_TRUE(test, ballast_mrc_config_valid(&c));
	c.pause_min_ms = c.pause_max_ms + 1;
	KUNIT_EXPECT_FALSE(test, ballast_mrc_config_valid(&c));
	c = ballast_mrc_defaults;
	c.quiet = 0;
	KUNIT_EXPECT_FALSE(test, ballast_mrc_config_valid(&c));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(interval_without_time_is_part_of_the_next),
	KUNIT_CASE(half_is_left_after_half_life),
	KUNIT_CASE(old_accesses_fade),
	KUNIT_CASE(counts_saturate),
	KUNIT_CASE(accesses_stand_for_others),
	KUNIT_CASE(total_goes_to_no_memory),
	KUNIT_CASE(what_is_in_use_is_the_whole),
	KUNIT_CASE(nothing_seen_is_up_to_four),
	KUNIT_CASE(one_busy_page_makes_a_wide_band),
	KUNIT_CASE(curve_begins_at_what_is_touched),
	KUNIT_CASE(between_points_is_a_line),
	KUNIT_CASE(gain_of_more_is_loss_of_less),
	KUNIT_CASE(worth_having),
	KUNIT_CASE(trusted_where_the_band_is_narrow),
	KUNIT_CASE(not_trusted_while_all_is_new),
	KUNIT_CASE(pauses_get_longer_until_there_is_change),
	KUNIT_CASE(configs),
	{}
};

static struct kunit_suite suite = { .name = "ballast_mrc_curve", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Miss-rate curves: counts, band and change");
MODULE_LICENSE("GPL");
