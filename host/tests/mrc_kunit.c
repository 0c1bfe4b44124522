// SPDX-License-Identifier: GPL-2.0-only
/*
 * Miss-rate curves of a guest in memory: what ticks count, that the scanner's picture is
 * the same with them and without, and that the sample follows memory. That no call takes
 * a part of a huge page is checked for every test when its guest is freed, and that all
 * memory is given back.
 */

#include <linux/bitmap.h>

#include "fake.h"
#include "host/mrc.h"
#include "host/scan.h"
#include "suites.h"

#define BLOCKS	6
#define PAGES	(BLOCKS * BALLAST_BLOCK_PAGES)
#define TICKS_PER_FOLD	20	/* of 250 ms: five seconds */

static DECLARE_BITMAP(set, PAGES);
static u32 seed;

static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);

	g->vm.manual = true;
	seed = 1;
	bitmap_zero(set, PAGES);
	return 0;
}

static int knobs(struct fake_guest *g, u32 enabled, u32 samples)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;
	u64 last;
	int ret;

	/* The map is made by the first pass. */
	if (!rcu_access_pointer(g->vm.map))
		KUNIT_EXPECT_EQ(g->test, ballast_scan_passes(&g->vm, 1, &last), 0);
	k.enabled = enabled;
	k.samples = samples;
	k.tracer = BALLAST_TRACER_BITS;
	mutex_lock(&g->vm.scan_lock);
	ret = ballast_mrc_set(&g->vm, &k);
	mutex_unlock(&g->vm.scan_lock);
	return ret;
}

static void on(struct fake_guest *g, u32 samples)
{
	KUNIT_ASSERT_EQ(g->test, knobs(g, 1, samples), 0);
}

static void off(struct fake_guest *g)
{
	KUNIT_ASSERT_EQ(g->test, knobs(g, 0, BALLAST_MRC_ENTRIES), 0);
}

/* With windows that are short of a pass, so that much is trapped. */
static void trace_by(struct fake_guest *g, u32 tracer)
{
	struct ballast_mrc_knobs k = g->vm.mrc_knobs;

	k.tracer = tracer;
	k.window_ms = 0;
	k.trap_rate = BALLAST_MRC_TRAP_RATE_MAX;
	mutex_lock(&g->vm.scan_lock);
	KUNIT_EXPECT_EQ(g->test, ballast_mrc_set(&g->vm, &k), 0);
	mutex_unlock(&g->vm.scan_lock);
}

/* A tick by itself, as the scanner's thread does it. */
static void tick(struct fake_guest *g)
{
	g->vm.manual = false;
	fake_mrc_run(g)->due_ns = 0;
	ballast_mrc_tick(&g->vm);
	g->vm.manual = true;
}

/* The list must say that so many pages and blocks are of the sample. */
static void expect_sample(struct fake_guest *g, u32 pages, u32 blocks)
{
	KUNIT_EXPECT_EQ(g->test, fake_mrc_run(g)->core.sampled[0], pages);
	KUNIT_EXPECT_EQ(g->test, fake_mrc_run(g)->core.sampled[1], blocks);
	KUNIT_EXPECT_EQ(g->test, bitmap_weight(fake_mrc_run(g)->active, BALLAST_MRC_ENTRIES_MAX),
			pages + blocks);
	KUNIT_EXPECT_EQ(g->test, rcu_access_pointer(fake_mrc_run(g)->index)->nr, pages + blocks);
}

/* Each access of the sample is counted, once per tick, in the group it belongs to. */
static void accesses_are_counted(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_mrc_query *q;
	unsigned int round, i;

	fake_touch_all(g);
	on(g, BALLAST_MRC_ENTRIES_MAX);		/* all pages */
	fake_touch_all(g);
	fake_pass(g);				/* what was set before does not count */
	expect_sample(g, PAGES, 0);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 0);
	/* 256 pages in each round, 1024 more in every fourth. */
	for (round = 0; round < 4 * TICKS_PER_FOLD; round++) {
		for (i = 0; i < 256; i++)
			fake_touch(g, i);
		for (i = 1024; i < 2048 && round % 4 == 0; i++)
			fake_touch(g, i);
		fake_pass(g);
	}
	q = fake_mrc_query(g);
	KUNIT_EXPECT_EQ(test, q->state, BALLAST_MRC_TRACING);
	KUNIT_EXPECT_EQ(test, q->ticks, 4 * TICKS_PER_FOLD + 1);
	KUNIT_EXPECT_EQ(test, q->accesses, TICKS_PER_FOLD * (4 * 256 + 1024));
	KUNIT_EXPECT_EQ(test, q->entries, PAGES);
	KUNIT_EXPECT_EQ(test, q->pages, PAGES);
	KUNIT_ASSERT_GT(test, q->nr_points, 10);
	for (i = 1; i < q->nr_points; i++) {
		u64 misses = q->points[i].misses;

		/* After the large set all pages of both have to come in again. */
		if (q->points[i].pages >= 300 && q->points[i].pages <= 1000) {
			KUNIT_EXPECT_GE(test, misses, 1270000);
			KUNIT_EXPECT_LE(test, misses, 1300000);
		}
		/* The first turn saw them behind what else was touched at the start. */
		if (q->points[i].pages >= 2900)
			KUNIT_EXPECT_LE(test, misses, 100000);
	}
}

/* Bits that passes clear are heard of, though nobody ticks meanwhile, and none twice. */
static void passes_tell(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int i;

	fake_touch_all(g);
	on(g, BALLAST_MRC_ENTRIES_MAX);
	tick(g);
	fake_mrc_run(g)->last_ns = ktime_get_ns();
	g->vm.manual = false;			/* passes do not tick then */
	for (i = 0; i < 100; i++)
		fake_touch(g, 700 + i);
	fake_pass(g);
	fake_touch(g, 700);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake_mrc_run(g)->seen, PAGES), 100);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 0);
	fake_mrc_run(g)->interval_ns = 3600ull * NSEC_PER_SEC;
	tick(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 100);
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake_mrc_run(g)->seen, PAGES), 0);
}

/* So are those that others clear, page by page and in ranges; they hear of ours. */
static void others_tell_and_are_told(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	on(g, BALLAST_MRC_ENTRIES_MAX);
	tick(g);
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear(g, 0, PAGES));	/* the start's */
	KUNIT_EXPECT_FALSE(test, fake_foreign_clear(g, 0, PAGES));
	fake_touch(g, 5);
	fake_touch(g, 1030);
	fake_touch(g, 1100);
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear(g, 5, 6));
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear(g, 1024, 1536));
	KUNIT_EXPECT_TRUE(test, test_bit(5, fake_mrc_run(g)->seen));
	KUNIT_EXPECT_TRUE(test, test_bit(1030, fake_mrc_run(g)->seen));
	KUNIT_EXPECT_TRUE(test, test_bit(1100, fake_mrc_run(g)->seen));
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake_mrc_run(g)->seen, PAGES), 3);
	fake_touch(g, 77);
	tick(g);
	KUNIT_EXPECT_TRUE(test, fake_foreign_test(g, 77));
	KUNIT_EXPECT_TRUE(test, fake_foreign_clear(g, 77, 78));
	KUNIT_EXPECT_FALSE(test, fake_foreign_test(g, 77));
	/* The scanner has not heard. */
	KUNIT_EXPECT_TRUE(test, test_bit(77, fake_mrc_run(g)->held));
}

/* What a guest does in a round of the two tests below. */
static void play(struct fake_guest *g, unsigned int round)
{
	unsigned int i;

	for (i = 0; i < 60; i++)
		fake_touch(g, test_rnd(&seed, PAGES));
	if (round % 3 == 0)
		for (i = 100; i < 900; i += 7)
			fake_touch(g, i);
	if (round / 20 % 2)
		for (i = 2048; i < 2560; i++)
			fake_touch(g, i);
	if (round == 30)
		fake_remap(g, 1, 2, BALLAST_MAP_2M);
	if (round == 60)
		fake_remap(g, 1, 1, BALLAST_MAP_4K);
	if (round == 70)
		fake_remap(g, 3, 1, BALLAST_MAP_NONE);
}

static void record(struct fake_guest *g, u8 *states)
{
	unsigned long page;

	for (page = 0; page < PAGES; page++)
		states[page] = fake_gfn_state(g, page);
}

#define ROUNDS	100

/* A run of the scanner alone, then one with ticks in between: page by page the same. */
static void picture_with(struct kunit *test, u32 tracer)
{
	struct fake_guest *g = test->priv;
	u8 *plain = vzalloc(ROUNDS * PAGES), *states = kunit_kzalloc(test, PAGES, GFP_KERNEL);
	unsigned int round, ticks, page, wrong;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, plain);
	fake_touch_all(g);
	for (round = 0; round < ROUNDS; round++) {
		play(g, round);
		fake_pass(g);
		record(g, plain + round * PAGES);
	}
	fake_exit(test);
	start(test);
	g = test->priv;
	fake_touch_all(g);
	for (round = wrong = 0; round < ROUNDS; round++) {
		play(g, round);
		if (round == 1) {
			on(g, 2000);
			trace_by(g, tracer);
		}
		for (ticks = 0; fake_mrc_run(g) && ticks < round % 4; ticks++)
			tick(g);
		g->vm.manual = round & 1;
		fake_pass(g);
		g->vm.manual = true;
		record(g, states);
		for (page = 0; page < PAGES && !wrong; page++) {
			wrong = states[page] != plain[round * PAGES + page];
			KUNIT_EXPECT_EQ_MSG(test, states[page], plain[round * PAGES + page],
					    "round %u, page %u", round, page);
		}
		if (wrong)
			break;
	}
	KUNIT_EXPECT_EQ(test, round, ROUNDS);
	fake_expect_totals(g);
	if (tracer == BALLAST_TRACER_TRAPS)
		KUNIT_EXPECT_GT(test, fake_mrc_query(g)->traps, 1000);
	vfree(plain);
}

static void the_picture_stays(struct kunit *test)
{
	picture_with(test, BALLAST_TRACER_BITS);
}

static void with_traps_as_well(struct kunit *test)
{
	picture_with(test, BALLAST_TRACER_TRAPS);
}

/* Whole blocks, never a part, and pages again when the mapping is split; in place. */
static void levels_are_followed(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_mrc_run *m;
	u32 i, listed;

	g->fault_level = BALLAST_MAP_2M;
	fake_touch_all(g);
	on(g, 1024);
	m = fake_mrc_run(g);
	expect_sample(g, 0, BLOCKS);
	fake_touch(g, 0);
	fake_touch(g, 3 * BALLAST_BLOCK_PAGES + 17);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->apart, 0);
	listed = ballast_mrc_listed(&m->core);
	KUNIT_EXPECT_EQ(test, listed, 2 * m->core.plan.block_weight);
	/* Block 3 is split: its pages take its place. A tick before the scanner has seen it. */
	fake_remap(g, 3, 1, BALLAST_MAP_4K);
	fake_touch(g, 3 * BALLAST_BLOCK_PAGES + 17);
	tick(g);
	KUNIT_EXPECT_EQ(test, g->apart, 0);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, m->core.sampled[1], BLOCKS - 1);
	KUNIT_EXPECT_GE(test, m->core.sampled[0], BALLAST_BLOCK_PAGES / 4);
	KUNIT_EXPECT_EQ(test, ballast_mrc_listed(&m->core),
			m->core.plan.block_weight +
			m->core.sampled[0] * m->core.plan.page_weight);
	/* And back; a tick that comes too early leaves all bits alone. */
	fake_remap(g, 3, 1, BALLAST_MAP_2M);
	fake_touch(g, 3 * BALLAST_BLOCK_PAGES);
	tick(g);
	KUNIT_EXPECT_EQ(test, g->apart, 0);
	KUNIT_EXPECT_TRUE(test, test_bit(3 * BALLAST_BLOCK_PAGES, g->young));
	fake_pass(g);
	expect_sample(g, 0, BLOCKS);
	KUNIT_EXPECT_EQ(test, ballast_mrc_listed(&m->core), listed);
	for (i = 0; i < BLOCKS; i++)
		KUNIT_EXPECT_TRUE(test, ballast_block_event(fake_gfn_block(g, i * 512),
							    BALLAST_EV_SAMPLED));
}

/* The sample is what ballast_mrc_sampled() says, page by page. */
static void the_draw_is_the_plans(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	const struct ballast_mrc_index *index;
	u32 n = 0;
	u64 gfn;

	fake_touch_all(g);
	on(g, 300);
	index = rcu_dereference_protected(fake_mrc_run(g)->index, true);
	for (gfn = 0; gfn < PAGES; gfn++) {
		if (!ballast_mrc_sampled(gfn, fake_mrc_run(g)->core.plan.page_rate,
					 fake_mrc_run(g)->core.plan.seed))
			continue;
		KUNIT_ASSERT_LT(test, n, index->nr);
		KUNIT_EXPECT_EQ(test, (u64)index->at[n++].gfn, gfn);
	}
	KUNIT_EXPECT_EQ(test, index->nr, n);
	KUNIT_EXPECT_GE(test, n, 280);
	KUNIT_EXPECT_LE(test, n, 320);
}

static void slots_come_and_go(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_slot_del(g, 0);
	fake_slot(g, 1, 0, 4 * BALLAST_BLOCK_PAGES, 0);
	fake_touch_all(g);
	fake_pass(g);
	on(g, BALLAST_MRC_ENTRIES_MAX);
	fake_pass(g);
	expect_sample(g, 4 * BALLAST_BLOCK_PAGES, 0);
	fake_slot(g, 2, 1 << 20, BALLAST_BLOCK_PAGES + 5, 4 * BALLAST_BLOCK_PAGES);
	fake_pass(g);
	expect_sample(g, 5 * BALLAST_BLOCK_PAGES + 5, 0);
	fake_pass(g);		/* what was touched since it came counts, and is cold */
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, BALLAST_BLOCK_PAGES + 5);
	fake_touch(g, 4 * BALLAST_BLOCK_PAGES + 3);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, BALLAST_BLOCK_PAGES + 6);
	/* Another one where it was: nothing of the old one is left, held bits least. */
	fake_touch(g, 4 * BALLAST_BLOCK_PAGES + 3);
	tick(g);
	fake_slot_del(g, 2);
	fake_slot(g, 2, 1 << 20, 100, 5 * BALLAST_BLOCK_PAGES);
	fake_pass(g);
	expect_sample(g, 4 * BALLAST_BLOCK_PAGES + 100, 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake_mrc_run(g)->held, BALLAST_MRC_ENTRIES_MAX), 0);
	/* Half of it gone, and more: a sample of its own. */
	fake_slot_del(g, 1);
	fake_pass(g);
	expect_sample(g, 100, 0);
	KUNIT_EXPECT_EQ(test, fake_mrc_run(g)->drawn_pages, 100);
	fake_slot_del(g, 2);
	fake_pass(g);
	expect_sample(g, 0, 0);
}

/* What ticks have cleared is not lost to the scanner when they end. */
static void off_credits_what_is_held(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	fake_touch(g, 300);
	fake_passes(g, 30, NULL);
	bitmap_set(set, 100, 5);
	fake_passes(g, 30, set);		/* so that states are by page */
	KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 300), BALLAST_COLD);
	on(g, BALLAST_MRC_ENTRIES_MAX);
	fake_touch(g, 300);
	fake_touch(g, 2000);
	tick(g);
	off(g);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 300), BALLAST_COOL);
	KUNIT_EXPECT_EQ(test, fake_gfn_level(g, 301), BALLAST_COLD);
}

static void off_frees_everything(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long calls;
	long bytes;

	fake_passes(g, 30, NULL);
	fake_touch_all(g);
	fake_passes(g, 30, NULL);
	bytes = atomic_long_read(&g->vm.store_bytes);
	on(g, 1024);
	KUNIT_EXPECT_GT(test, atomic_long_read(&g->vm.store_bytes), bytes + 65536);
	tick(g);
	tick(g);
	off(g);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&g->vm.store_bytes), bytes);
	KUNIT_EXPECT_FALSE(test, ballast_block_event(fake_gfn_block(g, 0), BALLAST_EV_SAMPLED));
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->state, BALLAST_MRC_OFF);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->nr_points, 0);
	calls = g->clears;
	ballast_mrc_tick(&g->vm);
	KUNIT_EXPECT_EQ(test, g->clears, calls);
	KUNIT_EXPECT_EQ(test, ballast_mrc_wait(&g->vm), MAX_SCHEDULE_TIMEOUT);
	/* A guest that goes with its curve on gives all back, too. */
	on(g, 1024);
	tick(g);
}

static void knobs_have_bounds(struct kunit *test)
{
	static const struct ballast_mrc_knobs bad[] = {
		{ 2, 1024, 250, 50, 0, 0, 1 }, { 1, 63, 250, 50, 0, 0, 1 },
		{ 1, 16385, 250, 50, 0, 0, 1 }, { 1, 1024, 9, 50, 0, 0, 1 },
		{ 1, 1024, 60001, 50, 0, 0, 1 }, { 1, 1024, 250, 0, 0, 0, 1 },
		{ 1, 1024, 250, 10001, 0, 0, 1 }, { 1, 1024, 250, 50, 3, 0, 1 },
		{ 1, 1024, 250, 50, 0, 60001, 1 }, { 1, 1024, 250, 50, 0, 0, 0 },
		{ 1, 1024, 250, 50, 0, 0, 100001 }, { 1, 1024, 250, 50, 0, 0, 1, 2 },
	};
	static const struct ballast_mrc_knobs good[] = {
		{ 1, 64, 10, 1, 2, 0, 1 }, { 1, 16384, 60000, 10000, 1, 60000, 100000, 1 },
	};
	struct fake_guest *g = test->priv;
	unsigned int i;

	fake_pass(g);
	mutex_lock(&g->vm.scan_lock);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, ballast_mrc_set(&g->vm, &bad[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, g->vm.mrc_knobs.enabled, 0);
		KUNIT_EXPECT_EQ(test, g->vm.mrc_knobs.samples, BALLAST_MRC_ENTRIES);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++)
		KUNIT_EXPECT_EQ(test, ballast_mrc_set(&g->vm, &good[i]), 0);
	mutex_unlock(&g->vm.scan_lock);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->samples, 16384);
}

/* A tick never comes sooner than asked for, and later when ticks cost too much. */
static void the_budget_is_kept(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	on(g, 1024);
	tick(g);
	KUNIT_EXPECT_GE(test, fake_mrc_query(g)->interval_ms, 250);
	fake_mrc_run(g)->cost_ns = 100 * NSEC_PER_MSEC;	/* 0.5 % are 20 s */
	tick(g);
	KUNIT_EXPECT_GE(test, fake_mrc_query(g)->interval_ms, 10000);
	KUNIT_EXPECT_LE(test, fake_mrc_query(g)->cpu_bp, 50);
	KUNIT_EXPECT_GT(test, ballast_mrc_wait(&g->vm), 0);
}

/* A stable curve: pauses, until something changes; what was accessed meanwhile is moved. */
static void pauses_end_by_change(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_mrc_run *m;
	unsigned int i;
	u64 before;

	fake_touch_all(g);
	on(g, 1024);
	m = fake_mrc_run(g);
	tick(g);
	for (i = 0; i < 1000 && !m->paused; i++) {
		m->interval_ns = NSEC_PER_SEC;
		m->last_ns = ktime_get_ns() - NSEC_PER_SEC;
		tick(g);
	}
	KUNIT_ASSERT_TRUE(test, m->paused);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->state, BALLAST_MRC_PAUSED);
	g->vm.manual = false;
	KUNIT_EXPECT_GT(test, ballast_mrc_wait(&g->vm), (long)(25 * HZ));
	before = fake_mrc_query(g)->accesses;
	fake_touch_all(g);
	mutex_lock(&g->vm.scan_lock);
	ballast_mrc_changed(&g->vm);
	mutex_unlock(&g->vm.scan_lock);
	KUNIT_EXPECT_LE(test, ballast_mrc_wait(&g->vm), 1);
	ballast_mrc_tick(&g->vm);
	KUNIT_EXPECT_FALSE(test, m->paused);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, before);
	KUNIT_EXPECT_EQ(test, ballast_mrc_listed(&m->core), m->core.weight);
	g->vm.manual = true;
}

static void a_vm_that_goes_ends_the_tick(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	on(g, 1024);
	g->gone = true;
	tick(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->ticks, 0);
	g->gone = false;
	set_bit(BALLAST_VM_DYING, &g->vm.flags);
	tick(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->ticks, 0);
	KUNIT_EXPECT_EQ(test, knobs(g, 1, 2048), -ENODEV);
	/* And the curve there is goes on. */
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->samples, 1024);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->state, BALLAST_MRC_TRACING);
	KUNIT_EXPECT_GT(test, fake_mrc_query(g)->entries, 0);
	clear_bit(BALLAST_VM_DYING, &g->vm.flags);
}

/* As it is when there is no memory for one. */
static void a_sample_without_an_index_is_made_up_for(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u32 entries;

	on(g, 1024);
	entries = fake_mrc_query(g)->entries;
	KUNIT_EXPECT_GT(test, entries, 0);
	mutex_lock(&g->vm.scan_lock);
	ballast_mrc_drop_units(&g->vm, fake_mrc_run(g));
	mutex_unlock(&g->vm.scan_lock);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->entries, 0);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->entries, entries);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(accesses_are_counted),
	KUNIT_CASE(passes_tell),
	KUNIT_CASE(others_tell_and_are_told),
	KUNIT_CASE(the_picture_stays),
	KUNIT_CASE(with_traps_as_well),
	KUNIT_CASE(levels_are_followed),
	KUNIT_CASE(the_draw_is_the_plans),
	KUNIT_CASE(slots_come_and_go),
	KUNIT_CASE(off_credits_what_is_held),
	KUNIT_CASE(off_frees_everything),
	KUNIT_CASE(knobs_have_bounds),
	KUNIT_CASE(the_budget_is_kept),
	KUNIT_CASE(pauses_end_by_change),
	KUNIT_CASE(a_vm_that_goes_ends_the_tick),
	KUNIT_CASE(a_sample_without_an_index_is_made_up_for),
	{}
};

struct kunit_suite ballast_mrc_host_suite = {
	.name = "ballast_mrc_host",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
