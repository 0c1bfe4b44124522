// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest says, from connections that come and go: who is in charge, what is
 * forgotten and what stays, how old it is. And samples: every page of a level is as
 * likely as any other, and a rare level ends.
 */

#include <linux/delay.h>

#include "fake.h"
#include "host/sample.h"
#include "suites.h"

#define BLOCKS	8
#define PAGES	(BLOCKS * BALLAST_BLOCK_PAGES)
#define HOT	16

static struct ballast_wire_hello hello = { .boot = { 1 }, .version = "1.2.3" };

static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);

	ballast_guest_init(&g->vm.guest);
	hello.boot[0] = 1;
	return 0;
}

static void end(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	ballast_guest_free(&g->vm.guest);
	fake_exit(test);
}

static struct ballast_class_matrix *fill(struct kunit *test)
{
	struct ballast_class_matrix *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct fake_guest *g = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, m);
	ballast_guest_fill(&g->vm, m);
	return m;
}

static u32 bind_cid(struct kunit *test, u32 cid)
{
	struct fake_guest *g = test->priv;
	u32 turn = 0;

	KUNIT_ASSERT_EQ(test, ballast_guest_bind(&g->vm, cid, &hello, &turn), 0);
	return turn;
}

static void report(struct kunit *test, u32 turn, u64 free_pages)
{
	struct fake_guest *g = test->priv;
	struct ballast_wire_report r = {
		.total_pages = PAGES, .swapins = free_pages + 1, .major_faults = free_pages + 2,
		.refaults = free_pages + 3,
	};

	r.pages[BALLAST_CLASS_FREE] = free_pages;
	r.pages[BALLAST_CLASS_KERNEL] = PAGES - free_pages;
	ballast_guest_report(&g->vm, turn, &r);
}

static void silent_at_first(struct kunit *test)
{
	struct ballast_class_matrix *m;

	fake_pass(test->priv);
	m = fill(test);
	KUNIT_EXPECT_EQ(test, m->state, (u32)BALLAST_GUEST_SILENT);
	KUNIT_EXPECT_EQ(test, m->report_age_ns, U64_MAX);
	KUNIT_EXPECT_EQ(test, m->answer_age_ns, U64_MAX);
	KUNIT_EXPECT_EQ(test, m->swapins, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, m->major_faults, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, m->mem_pages, (u64)PAGES);
	KUNIT_EXPECT_EQ(test, m->report_ms, (u32)BALLAST_REPORT_MS);
}

static void lost_grows_old(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_class_matrix *m;
	u32 turn = bind_cid(test, 5);
	u64 until;

	report(test, turn, 100);
	until = ktime_get_ns() + 20 * NSEC_PER_MSEC;
	m = fill(test);
	KUNIT_EXPECT_EQ(test, m->state, (u32)BALLAST_GUEST_CONNECTED);
	KUNIT_EXPECT_EQ(test, m->cid, 5u);
	KUNIT_EXPECT_STREQ(test, m->version, "1.2.3");
	KUNIT_EXPECT_EQ(test, m->reported_pages[BALLAST_CLASS_FREE], 100ull);
	KUNIT_EXPECT_EQ(test, m->swapins, 101ull);
	KUNIT_EXPECT_EQ(test, m->refaults, 103ull);
	KUNIT_EXPECT_EQ(test, m->major_faults, 102ull);
	ballast_guest_unbind(&g->vm, turn);
	/* Timers of an emulated host are not always of its clock. */
	while (ktime_get_ns() < until)
		msleep(20);
	m = fill(test);
	KUNIT_EXPECT_EQ(test, m->state, (u32)BALLAST_GUEST_LOST);
	KUNIT_EXPECT_EQ(test, m->reported_pages[BALLAST_CLASS_FREE], 100ull);
	KUNIT_EXPECT_GE(test, m->report_age_ns, 20ull * NSEC_PER_MSEC);
}

static void the_newest_is_in_charge(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u32 first = bind_cid(test, 5), second = bind_cid(test, 5);

	KUNIT_EXPECT_FALSE(test, ballast_guest_in_charge(&g->vm, first));
	KUNIT_EXPECT_TRUE(test, ballast_guest_in_charge(&g->vm, second));
	report(test, second, 200);
	/* What the old one still says, and that it goes, changes nothing. */
	report(test, first, 300);
	ballast_guest_round(&g->vm, first);
	ballast_guest_asked(&g->vm, first, 1);
	ballast_guest_unbind(&g->vm, first);
	KUNIT_EXPECT_EQ(test, fill(test)->state, (u32)BALLAST_GUEST_CONNECTED);
	KUNIT_EXPECT_EQ(test, fill(test)->reported_pages[BALLAST_CLASS_FREE], 200ull);
	KUNIT_EXPECT_EQ(test, fill(test)->reports, 1ull);
	KUNIT_EXPECT_EQ(test, fill(test)->rounds, 0ull);
	KUNIT_EXPECT_EQ(test, fill(test)->asked, 0ull);
}

static void another_address_waits(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u32 turn = bind_cid(test, 5), other;

	KUNIT_EXPECT_EQ(test, ballast_guest_bind(&g->vm, 6, &hello, &other), -EBUSY);
	KUNIT_EXPECT_TRUE(test, ballast_guest_in_charge(&g->vm, turn));
	ballast_guest_unbind(&g->vm, turn);
	bind_cid(test, 6);
	KUNIT_EXPECT_EQ(test, fill(test)->cid, 6u);
}

static void dying_takes_nobody(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u32 turn;

	set_bit(BALLAST_VM_DYING, &g->vm.flags);
	KUNIT_EXPECT_EQ(test, ballast_guest_bind(&g->vm, 5, &hello, &turn), -ENODEV);
	clear_bit(BALLAST_VM_DYING, &g->vm.flags);
}

static void another_boot_begins_anew(struct kunit *test)
{
	struct ballast_wire_classes classes = { .nr = 1, .cls = { BALLAST_CLASS_FREE } };
	struct ballast_class_record record;
	struct fake_guest *g = test->priv;
	const u8 level = BALLAST_UNKNOWN;
	u32 turn = bind_cid(test, 5);

	report(test, turn, 100);
	ballast_guest_answer(&g->vm, turn, &level, &classes);
	/* Connected again: all of it still holds. */
	turn = bind_cid(test, 5);
	KUNIT_EXPECT_EQ(test, fill(test)->samples[BALLAST_UNKNOWN], 1u);
	KUNIT_EXPECT_EQ(test, ballast_guest_history(&g->vm, &record, 1), 1u);
	hello.boot[0] = 2;
	bind_cid(test, 5);
	KUNIT_EXPECT_EQ(test, fill(test)->samples[BALLAST_UNKNOWN], 0u);
	KUNIT_EXPECT_EQ(test, fill(test)->report_age_ns, U64_MAX);
	KUNIT_EXPECT_EQ(test, fill(test)->answer_age_ns, U64_MAX);
	KUNIT_EXPECT_EQ(test, fill(test)->total_pages, 0ull);
	KUNIT_EXPECT_EQ(test, fill(test)->swapins, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, fill(test)->refaults, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, ballast_guest_history(&g->vm, &record, 1), 0u);
	KUNIT_EXPECT_EQ(test, fill(test)->connects, 3ull);
}

static void history_is_bounded(struct kunit *test)
{
	struct ballast_class_record *records =
		kunit_kcalloc(test, BALLAST_HISTORY, sizeof(*records), GFP_KERNEL);
	struct fake_guest *g = test->priv;
	u32 turn = bind_cid(test, 5), i;

	KUNIT_ASSERT_NOT_NULL(test, records);
	for (i = 0; i < BALLAST_HISTORY + 10; i++)
		report(test, turn, i);
	KUNIT_EXPECT_EQ(test, ballast_guest_history(&g->vm, records, U32_MAX),
			(u32)BALLAST_HISTORY);
	KUNIT_EXPECT_EQ(test, records[0].pages[BALLAST_CLASS_FREE], 10ull);
	KUNIT_EXPECT_EQ(test, records[BALLAST_HISTORY - 1].pages[BALLAST_CLASS_FREE],
			BALLAST_HISTORY + 9ull);
	/* The last ones, when there is no room for all. */
	KUNIT_EXPECT_EQ(test, ballast_guest_history(&g->vm, records, 3), 3u);
	KUNIT_EXPECT_EQ(test, records[2].pages[BALLAST_CLASS_FREE], BALLAST_HISTORY + 9ull);
	KUNIT_EXPECT_EQ(test, ballast_guest_history(&g->vm, records, 0), 0u);
}

/* All levels of the fake guest are unknown: what is free of 1000 is free of all. */
static void lies_are_counted(struct kunit *test)
{
	struct ballast_wire_classes classes = { .nr = BALLAST_WIRE_GFNS_MAX };
	struct fake_guest *g = test->priv;
	u8 levels[BALLAST_WIRE_GFNS_MAX] = {};
	u32 turn = bind_cid(test, 5), i;
	u64 wrong;

	fake_pass(g);
	for (i = 0; i < BALLAST_WIRE_GFNS_MAX; i++)
		classes.cls[i] = i % 2 ? BALLAST_CLASS_FREE : BALLAST_CLASS_KERNEL;
	report(test, turn, PAGES / 2);
	for (i = 0; i < 4; i++)
		ballast_guest_answer(&g->vm, turn, levels, &classes);
	report(test, turn, PAGES / 2);
	KUNIT_EXPECT_EQ(test, fill(test)->wrong, 0ull);
	report(test, turn, PAGES);
	ballast_guest_answer(&g->vm, turn, levels, &classes);
	report(test, turn, PAGES);
	KUNIT_EXPECT_EQ(test, fill(test)->wrong, 1ull);
	KUNIT_EXPECT_EQ(test, fill(test)->disagree,
			1u << BALLAST_CLASS_FREE | 1u << BALLAST_CLASS_KERNEL);
	/* Forgotten with the rounds that it lied in. */
	for (i = 0; i < BALLAST_CLASSES_ROUNDS; i++) {
		report(test, turn, PAGES / 2);
		ballast_guest_round(&g->vm, turn);
		ballast_guest_answer(&g->vm, turn, levels, &classes);
	}
	wrong = fill(test)->wrong;
	report(test, turn, PAGES / 2);
	KUNIT_EXPECT_EQ(test, fill(test)->wrong, wrong);
	KUNIT_EXPECT_EQ(test, fill(test)->disagree, 0u);
}

/* A guest that fills its memory is no liar, though old answers are of free pages. */
static void change_is_no_lie(struct kunit *test)
{
	struct ballast_wire_classes classes = { .nr = BALLAST_WIRE_GFNS_MAX };
	struct fake_guest *g = test->priv;
	u8 levels[BALLAST_WIRE_GFNS_MAX] = {};
	u32 turn = bind_cid(test, 5), round, i, used;

	fake_pass(g);
	for (round = 0; round <= BALLAST_CLASSES_ROUNDS; round++) {
		used = round * BALLAST_WIRE_GFNS_MAX / BALLAST_CLASSES_ROUNDS;
		for (i = 0; i < BALLAST_WIRE_GFNS_MAX; i++)
			classes.cls[i] = i < used ? BALLAST_CLASS_KERNEL : BALLAST_CLASS_FREE;
		report(test, turn, PAGES - used * PAGES / BALLAST_WIRE_GFNS_MAX);
		ballast_guest_round(&g->vm, turn);
		ballast_guest_answer(&g->vm, turn, levels, &classes);
		/* It changes after this: the answer was between two equal reports. */
		report(test, turn, PAGES - used * PAGES / BALLAST_WIRE_GFNS_MAX);
	}
	report(test, turn, 0);
	KUNIT_EXPECT_EQ(test, fill(test)->reports, 2 * BALLAST_CLASSES_ROUNDS + 3ull);
	KUNIT_EXPECT_EQ(test, fill(test)->wrong, 0ull);
}

static void knobs(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_guest_config c = g->vm.guest.config;

	KUNIT_EXPECT_TRUE(test, ballast_guest_config_valid(&c));
	c.round_ms = 0;
	KUNIT_EXPECT_TRUE(test, ballast_guest_config_valid(&c));
	c.round_ms = 249;
	KUNIT_EXPECT_FALSE(test, ballast_guest_config_valid(&c));
	c.round_ms = 250;
	c.report_ms = BALLAST_WIRE_MS_MIN - 1;
	KUNIT_EXPECT_FALSE(test, ballast_guest_config_valid(&c));
	c.report_ms = BALLAST_WIRE_MS_MAX + 1;
	KUNIT_EXPECT_FALSE(test, ballast_guest_config_valid(&c));
	c.report_ms = BALLAST_WIRE_MS_MAX;
	c.error_bp = 49;
	KUNIT_EXPECT_FALSE(test, ballast_guest_config_valid(&c));
	c.error_bp = 5001;
	KUNIT_EXPECT_FALSE(test, ballast_guest_config_valid(&c));
	c.error_bp = 5000;
	KUNIT_EXPECT_TRUE(test, ballast_guest_config_valid(&c));
}

/* The first pages are hot, all others are not. */
static void heat_up(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long *hot = kunit_kzalloc(test, BITS_TO_LONGS(PAGES) * sizeof(long),
					   GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hot);
	bitmap_set(hot, 0, HOT);
	fake_touch_all(g);
	fake_passes(g, 30, hot);
	KUNIT_ASSERT_EQ(test, g->vm.level_pages[BALLAST_HOT], (u64)HOT);
}

static void samples_are_of_their_level(struct kunit *test)
{
	struct ballast_sample s = { .left = { [BALLAST_HOT] = 200, [BALLAST_COLD] = 56 } };
	struct fake_guest *g = test->priv;
	u32 nr[BALLAST_NR_LEVELS] = {}, per_page[HOT] = {}, i, n, round;
	u64 *gfns = kunit_kcalloc(test, BALLAST_WIRE_GFNS_MAX, sizeof(*gfns), GFP_KERNEL);
	u8 levels[BALLAST_WIRE_GFNS_MAX];

	KUNIT_ASSERT_NOT_NULL(test, gfns);
	heat_up(test);
	/* A rare level needs several messages; each that is not full ends the round. */
	for (round = 0; round < 64; round++) {
		s.left[BALLAST_HOT] = 4;
		s.left[BALLAST_COLD] = 4;
		n = ballast_sample_draw(&g->vm, &s, gfns, levels, 8);
		KUNIT_EXPECT_LE(test, n, 8u);
		for (i = 0; i < n; i++) {
			KUNIT_ASSERT_LT(test, gfns[i], (u64)PAGES);
			KUNIT_EXPECT_EQ(test, levels[i], fake_gfn_level(g, gfns[i]));
			nr[levels[i]]++;
			if (levels[i] == BALLAST_HOT)
				per_page[gfns[i]]++;
		}
	}
	KUNIT_EXPECT_EQ(test, nr[BALLAST_COLD], 64u * 4);
	/* 4096 tries find a page of 16 in 4096 that often as a rule: some are missed. */
	KUNIT_EXPECT_GT(test, nr[BALLAST_HOT], 64u * 3);
	for (i = 0; i < HOT; i++)
		KUNIT_EXPECT_GT(test, per_page[i], 0u);
}

static void a_round_ends(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_sample s = {};
	u8 levels[8];
	u64 gfns[8];

	KUNIT_EXPECT_EQ(test, ballast_sample_draw(&g->vm, &s, gfns, levels, 8), 0u);
	heat_up(test);
	/* No page is warm. */
	s.left[BALLAST_WARM] = 5;
	KUNIT_EXPECT_EQ(test, ballast_sample_draw(&g->vm, &s, gfns, levels, 8), 0u);
	KUNIT_EXPECT_EQ(test, s.left[BALLAST_WARM], 0u);
	ballast_sample_start(&g->vm, &s, 1000);
	KUNIT_EXPECT_GT(test, s.left[BALLAST_COLD], 0u);
	KUNIT_EXPECT_GT(test, s.left[BALLAST_HOT], 0u);
	KUNIT_EXPECT_EQ(test, s.left[BALLAST_WARM], 0u);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(silent_at_first),
	KUNIT_CASE(lost_grows_old),
	KUNIT_CASE(the_newest_is_in_charge),
	KUNIT_CASE(another_address_waits),
	KUNIT_CASE(dying_takes_nobody),
	KUNIT_CASE(another_boot_begins_anew),
	KUNIT_CASE(history_is_bounded),
	KUNIT_CASE(lies_are_counted),
	KUNIT_CASE(change_is_no_lie),
	KUNIT_CASE(knobs),
	KUNIT_CASE(samples_are_of_their_level),
	KUNIT_CASE(a_round_ends),
	{}
};

struct kunit_suite ballast_guest_suite = {
	.name = "ballast_guest",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = end,
	.test_cases = cases,
};
