// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access traps of a guest in memory: what is heard of them and when, that the scanner's
 * picture is the same with them and without, and that they keep to their bounds. That no
 * zap takes an accessed bit along, or a part of a huge page, is checked for every test when
 * its guest is freed.
 */

#include <linux/bitmap.h>

#include "fake.h"
#include "host/mrc_traps.h"
#include "host/scan.h"
#include "suites.h"

#define BLOCKS	4
#define PAGES	(BLOCKS * BALLAST_BLOCK_PAGES)

static u32 seed;

static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);

	g->vm.manual = true;
	seed = 1;
	return 0;
}

static int set(struct fake_guest *g, const struct ballast_mrc_knobs *knobs)
{
	int ret;

	mutex_lock(&g->vm.scan_lock);
	ret = ballast_mrc_set(&g->vm, knobs);
	mutex_unlock(&g->vm.scan_lock);
	return ret;
}

/* All memory, from the next pass on; passes are ticks of 250 ms. */
static void on(struct fake_guest *g, u32 tracer, u32 window_ms, u32 rate)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;

	k.enabled = 1;
	k.samples = BALLAST_MRC_ENTRIES_MAX;
	k.tracer = tracer;
	k.window_ms = window_ms;
	k.trap_rate = rate;
	KUNIT_ASSERT_EQ(g->test, set(g, &k), 0);
}

/* Every page is armed. */
static void trap_all(struct fake_guest *g, u32 window_ms)
{
	fake_touch_all(g);
	fake_pass(g);
	on(g, BALLAST_TRACER_TRAPS, window_ms, BALLAST_MRC_TRAP_RATE_MAX);
	fake_pass(g);
}

static u32 armed(struct fake_guest *g)
{
	return bitmap_weight(fake_mrc_run(g)->traps->armed, BALLAST_MRC_ENTRIES_MAX);
}

static u32 unit_of(struct fake_guest *g, u64 gfn)
{
	u32 unit;

	rcu_read_lock();
	unit = ballast_mrc_unit_at(fake_mrc_run(g), gfn);
	rcu_read_unlock();
	return unit;
}

/* Each access is told once, in the order in which they came. */
static void accesses_are_trapped(struct kunit *test)
{
	static const unsigned int order[] = { 900, 3, 1500, 4, 700 };
	struct fake_guest *g = test->priv;
	struct ballast_mrc_query *q;
	unsigned int round, i;
	u32 unit;

	trap_all(g, 0);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 0);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 2 * ARRAY_SIZE(order); i++)
			fake_touch(g, order[i % ARRAY_SIZE(order)]);
		fake_pass(g);
		unit = fake_mrc_run(g)->core.head;
		for (i = ARRAY_SIZE(order); i--; unit = fake_mrc_run(g)->entries[unit].next)
			KUNIT_EXPECT_EQ(test, unit, unit_of(g, order[i]));
	}
	q = fake_mrc_query(g);
	KUNIT_EXPECT_EQ(test, q->tracing_by, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, q->tracer_reason, BALLAST_TRACER_ASKED);
	KUNIT_EXPECT_EQ(test, q->accesses, 10 * ARRAY_SIZE(order));
	KUNIT_EXPECT_EQ(test, q->traps, 10 * ARRAY_SIZE(order));
	KUNIT_EXPECT_EQ(test, q->zaps, PAGES + 10 * ARRAY_SIZE(order));
	KUNIT_EXPECT_EQ(test, q->zaps, g->zaps);
	KUNIT_EXPECT_EQ(test, q->untrapped, 0);
	KUNIT_EXPECT_GT(test, q->trap_ns, 0);
	KUNIT_EXPECT_GT(test, q->trap_cost_ns, 0);
	KUNIT_EXPECT_GT(test, q->look_cost_ns, 0);
}

/* Two ticks of being left alone: of three rounds one is told. */
static void a_window_is_left_alone(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int round;

	trap_all(g, 500);
	for (round = 0; round < 30; round++) {
		fake_touch(g, 77);
		fake_pass(g);
		KUNIT_EXPECT_EQ(test, test_bit(unit_of(g, 77), fake_mrc_run(g)->traps->armed),
				round % 3 == 2);
	}
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->traps, 10);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 10);
	KUNIT_EXPECT_GE(test, fake_mrc_query(g)->window_now_ms, 500);
	KUNIT_EXPECT_LE(test, fake_mrc_query(g)->window_now_ms, 750);
	/* One that was accessed in its window has moved when it is armed again. */
	fake_touch(g, 78);
	fake_pass(g);
	fake_touch(g, 900);
	fake_touch(g, 78);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_run(g)->core.head, unit_of(g, 900));
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_run(g)->core.head, unit_of(g, 78));
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 12);
}

/* So many per second, however many there might be; and windows that are as long as that. */
static void the_rate_is_kept(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int round;
	u64 zaps = 0;

	fake_touch_all(g);
	fake_pass(g);
	on(g, BALLAST_TRACER_TRAPS, 0, 400);
	for (round = 0; round < 100; round++) {
		fake_touch_all(g);
		fake_pass(g);
		KUNIT_EXPECT_LE(test, fake_mrc_query(g)->zaps - zaps, 100);
		zaps = fake_mrc_query(g)->zaps;
	}
	KUNIT_EXPECT_LE(test, fake_mrc_query(g)->traps, 10000);
	KUNIT_EXPECT_GE(test, fake_mrc_query(g)->traps, 9700);
	KUNIT_EXPECT_LE(test, fake_mrc_query(g)->traps_per_s, 400);
	KUNIT_EXPECT_GE(test, fake_mrc_query(g)->traps_per_s, 380);
	/* 2048 pages at 400 per second. */
	KUNIT_EXPECT_GE(test, fake_mrc_query(g)->window_now_ms, 4500);
	KUNIT_EXPECT_LE(test, fake_mrc_query(g)->window_now_ms, 6000);
}

static void blocks_on_request(struct kunit *test)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;
	struct fake_guest *g = test->priv;
	unsigned int i;

	g->fault_level = BALLAST_MAP_2M;
	trap_all(g, 0);
	KUNIT_EXPECT_EQ(test, armed(g), 0);
	fake_touch(g, 600);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, g->zaps, 0);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 1);		/* by its bit */
	k.enabled = k.trap_huge = 1;
	k.samples = BALLAST_MRC_ENTRIES_MAX;
	k.tracer = BALLAST_TRACER_TRAPS;
	k.window_ms = 0;
	k.trap_rate = BALLAST_MRC_TRAP_RATE_MAX;
	KUNIT_ASSERT_EQ(test, set(g, &k), 0);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, armed(g), BLOCKS);
	for (i = 0; i < 5; i++) {
		fake_touch(g, 600 + i);
		fake_touch(g, 1000);
		fake_pass(g);
	}
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->traps, 5);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 6);
	/* Split: the pages are trapped. */
	fake_remap(g, 1, 1, BALLAST_MAP_4K);
	fake_touch(g, 700);
	fake_pass(g);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, armed(g), BLOCKS - 1 + BALLAST_BLOCK_PAGES);
}

/* Mapped by somebody else: its bit tells when the scanner finds it. */
static void without_a_trap(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	trap_all(g, 0);
	clear_bit(5, g->zapped);
	fake_touch(g, 5);
	fake_passes(g, 2, NULL);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->traps, 0);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->untrapped, 1);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 1);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES);
	KUNIT_EXPECT_TRUE(test, test_bit(5, g->zapped));
}

static void vcpus_go_first(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	fake_pass(g);
	on(g, BALLAST_TRACER_TRAPS, 0, BALLAST_MRC_TRAP_RATE_MAX);
	g->zap_busy = 1000;
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, armed(g), 0);
	KUNIT_EXPECT_EQ(test, g->zaps, 0);
	KUNIT_EXPECT_GE(test, g->zap_busy, 990);		/* it did not insist */
	g->zap_busy = 2;
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES);
}

static void fault_early(struct fake_guest *g, unsigned long page)
{
	set_bit(page, g->zapped);
	fake_touch(g, page);
}

/* The access comes while the mapping is being removed: it is told, and once. */
static void an_access_in_the_middle(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	trap_all(g, 0);
	fake_touch(g, 9);
	g->in_zap = fault_early;
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 1);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES - 1);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 2);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 2);
}

static void slots_come_and_go(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned int round;

	trap_all(g, 250);
	for (round = 0; round < 40; round++) {
		unsigned int i;

		for (i = 0; i < 300; i++)
			fake_touch(g, test_rnd(&seed, PAGES));
		if (round % 8 == 3) {
			fake_slot_del(g, 0);
			fake_slot(g, 0, 0, PAGES / 2, 0);
		}
		if (round % 8 == 7) {
			fake_slot_del(g, 0);
			fake_slot(g, 0, 0, PAGES, 0);
		}
		fake_pass(g);
	}
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake_mrc_run(g)->active, BALLAST_MRC_ENTRIES_MAX),
			PAGES);
	/* All that is not armed comes to be so when the guest is quiet. */
	fake_passes(g, 4, NULL);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES);
	KUNIT_EXPECT_EQ(test, ballast_mrc_oldest(fake_mrc_run(g)->traps), BALLAST_MRC_NONE);
}

/* A unit is trapped and goes before a tick has heard; another one gets its number. */
static void a_number_is_given_anew(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_mrc_run *m;
	u32 i;

	trap_all(g, 0);
	m = fake_mrc_run(g);
	for (i = 0; i < PAGES; i++)
		fake_touch(g, i);
	KUNIT_EXPECT_EQ(test, m->traps->nr_hits, PAGES);
	KUNIT_EXPECT_EQ(test, armed(g), 0);
	mutex_lock(&g->vm.scan_lock);
	ballast_mrc_drop_units(&g->vm, m);
	KUNIT_EXPECT_EQ(test, ballast_mrc_oldest(m->traps), BALLAST_MRC_NONE);
	ballast_mrc_follow(&g->vm);
	mutex_unlock(&g->vm.scan_lock);
	KUNIT_EXPECT_EQ(test, bitmap_weight(m->active, BALLAST_MRC_ENTRIES_MAX), PAGES);
	fake_pass(g);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->traps, PAGES);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->accesses, 0);
	KUNIT_EXPECT_EQ(test, armed(g), PAGES);
}

/* Never shorter than it was, and hardly longer, also where numbers wrap. */
static void times_are_long_enough(struct kunit *test)
{
	static const u64 begins[] = {
		0, 1, BALLAST_MRC_TIME_NS - 1, 59 * NSEC_PER_SEC,
		(1ull << 32 << BALLAST_MRC_TIME_SHIFT) - 1, 7ull << 60,
	};
	static const u64 lengths[] = {
		0, 1, NSEC_PER_MSEC, 60 * NSEC_PER_SEC, 16384 * NSEC_PER_SEC,
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		for (k = 0; k < ARRAY_SIZE(lengths); k++) {
			u64 since = ballast_mrc_since(ballast_mrc_time(begins[i]),
						      begins[i] + lengths[k]);

			KUNIT_EXPECT_GE(test, since, lengths[k]);
			KUNIT_EXPECT_LT(test, since, lengths[k] + BALLAST_MRC_TIME_NS);
		}
		/* A window before the clock began. */
		KUNIT_EXPECT_GE(test, ballast_mrc_since(ballast_mrc_time(0 - lengths[3]), 0),
				lengths[3]);
	}
}

/* Its memory, by what turning it off gives back, with half of the guest hot-plugged. */
static long bytes_of(struct fake_guest *g, u32 samples, u32 tracer)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;
	const unsigned long half = g->pages / 2;
	struct ballast_mrc_run *m;
	u32 units;
	long bytes;

	fake_slot(g, 0, 0, half, 0);
	fake_pass(g);
	k.enabled = 1;
	k.samples = samples;
	k.tracer = tracer;
	k.trap_rate = BALLAST_MRC_TRAP_RATE_MAX;
	KUNIT_EXPECT_EQ(g->test, set(g, &k), 0);
	fake_slot(g, 1, half, half, half);
	fake_pass(g);
	fake_touch_all(g);
	fake_passes(g, 8, NULL);
	m = fake_mrc_run(g);
	/* Where there was no room for the other half the sample was drawn anew. */
	units = bitmap_weight(m->active, BALLAST_MRC_ENTRIES_MAX);
	KUNIT_EXPECT_TRUE(g->test, m->drawn_pages == g->pages || !m->left_out);
	KUNIT_EXPECT_LE(g->test, m->left_out, m->max / 16);
	KUNIT_EXPECT_GE(g->test, units, samples - samples / 16);
	KUNIT_EXPECT_GE(g->test, m->max, samples);
	KUNIT_EXPECT_EQ(g->test, !!m->traps, tracer == BALLAST_TRACER_TRAPS);
	if (m->traps)
		KUNIT_EXPECT_EQ(g->test, armed(g), units);
	bytes = atomic_long_read(&g->vm.store_bytes);
	k.enabled = 0;
	KUNIT_EXPECT_EQ(g->test, set(g, &k), 0);
	bytes -= atomic_long_read(&g->vm.store_bytes);
	fake_slot_del(g, 0);
	fake_slot_del(g, 1);
	fake_pass(g);
	return bytes;
}

/* At most 64 KiB, and 64 bytes for each entry that is asked for. */
static void memory_is_bounded(struct kunit *test)
{
	static const u32 samples[] = { 1024, 4096, BALLAST_MRC_ENTRIES_MAX };
	struct fake_guest *g;
	unsigned int i;
	long bits, traps;

	fake_exit(test);
	g = fake_new(test, BALLAST_MRC_ENTRIES_MAX);
	g->vm.manual = true;
	fake_slot_del(g, 0);
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		bits = bytes_of(g, samples[i], BALLAST_TRACER_BITS);
		traps = bytes_of(g, samples[i], BALLAST_TRACER_TRAPS);
		kunit_info(test, "%u entries: %ld bytes, with traps %ld", samples[i], bits, traps);
		/* Entries, units and the index; trapped units and hits. */
		KUNIT_EXPECT_GE(test, bits, 32768 + 48L * samples[i]);
		KUNIT_EXPECT_GE(test, traps, bits + 12L * samples[i]);
		KUNIT_EXPECT_LE(test, traps, 65536 + 64L * samples[i]);
	}
}

static void off_is_off(struct kunit *test)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;
	struct fake_guest *g = test->priv;
	long bytes;

	fake_touch_all(g);
	fake_passes(g, 30, NULL);
	bytes = atomic_long_read(&g->vm.store_bytes);
	on(g, BALLAST_TRACER_BITS, 0, 1000);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 0);
	on(g, BALLAST_TRACER_TRAPS, 0, 1000);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 1);
	fake_passes(g, 2, NULL);
	on(g, BALLAST_TRACER_BITS, 0, 1000);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 0);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_BITS);
	on(g, BALLAST_TRACER_AUTO, 0, 1000);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 1);
	KUNIT_ASSERT_EQ(test, set(g, &k), 0);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 0);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&g->vm.store_bytes), bytes);
	/* A guest that goes in the midst of it. */
	trap_all(g, 0);
	fake_touch_all(g);
}

static void where_faults_do_not_tell(struct kunit *test)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	fake_pass(g);
	fake_faults_told = false;
	k.tracer = BALLAST_TRACER_TRAPS;
	KUNIT_EXPECT_EQ(test, set(g, &k), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, g->vm.mrc_knobs.tracer, BALLAST_TRACER_AUTO);
	on(g, BALLAST_TRACER_AUTO, 0, 1000);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_BITS);
	/* It turns out later. */
	fake_faults_told = true;
	on(g, BALLAST_TRACER_TRAPS, 0, 1000);
	fake_mrc_run(g)->traps->trap.shadowed = true;
	fake_passes(g, 25, NULL);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracer_reason, BALLAST_TRACER_CANNOT);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 0);
}

/* Other knobs, and no memory for traps: as it was. */
static void expect_no_change(struct fake_guest *g, const struct ballast_mrc_knobs *knobs)
{
	const struct ballast_mrc_knobs before = g->vm.mrc_knobs;
	long bytes = atomic_long_read(&g->vm.store_bytes);
	struct ballast_mrc_run *m = fake_mrc_run(g);
	struct ballast_mrc_traps *traps = m ? m->traps : NULL;
	unsigned int listeners = fake_listeners();

	fake_trap_error = -ENOMEM;
	KUNIT_EXPECT_EQ(g->test, set(g, knobs), -ENOMEM);
	fake_trap_error = 0;
	KUNIT_EXPECT_EQ(g->test, memcmp(&before, &g->vm.mrc_knobs, sizeof(before)), 0);
	KUNIT_EXPECT_PTR_EQ(g->test, fake_mrc_run(g), m);
	KUNIT_EXPECT_PTR_EQ(g->test, m ? m->traps : NULL, traps);
	KUNIT_EXPECT_EQ(g->test, m && m->trap_huge, m && before.trap_huge);
	KUNIT_EXPECT_EQ(g->test, fake_listeners(), listeners);
	KUNIT_EXPECT_EQ(g->test, atomic_long_read(&g->vm.store_bytes), bytes);
}

static void without_memory_it_stays(struct kunit *test)
{
	struct ballast_mrc_knobs k = ballast_mrc_knob_defaults;
	struct fake_guest *g = test->priv;

	fake_touch_all(g);
	fake_pass(g);
	k.enabled = 1;
	k.tracer = BALLAST_TRACER_TRAPS;
	expect_no_change(g, &k);
	on(g, BALLAST_TRACER_BITS, 0, 1000);
	expect_no_change(g, &k);
	k.samples = BALLAST_MRC_ENTRIES_MAX;
	expect_no_change(g, &k);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_BITS);
	on(g, BALLAST_TRACER_TRAPS, 0, 1000);
	k.trap_huge = 1;
	expect_no_change(g, &k);
	k.samples = 64;
	expect_no_change(g, &k);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_TRAPS);
	KUNIT_ASSERT_EQ(test, set(g, &k), 0);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 1);
	KUNIT_EXPECT_TRUE(test, fake_mrc_run(g)->trap_huge);
}

/* Passes with accesses in each, at costs that are given. */
static void passes_at(struct fake_guest *g, unsigned int passes, u32 look_ns, u32 zap_ns,
		      unsigned int accesses)
{
	unsigned int i;

	while (passes--) {
		for (i = 0; i < accesses; i++)
			fake_touch(g, i);
		fake_mrc_run(g)->look_cost_ns = look_ns;
		fake_mrc_run(g)->zap_cost_ns = zap_ns;
		fake_mrc_run(g)->hit_cost_ns = 1;
		fake_pass(g);
	}
}

/* The measured costs decide. Five intervals are a hundred passes. */
static void the_cheaper_one_is_taken(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	unsigned long zaps;

	fake_touch_all(g);
	fake_pass(g);
	on(g, BALLAST_TRACER_AUTO, 0, BALLAST_MRC_TRAP_RATE_MAX);
	passes_at(g, 10, 1, 1000000000, 500);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracer_reason, BALLAST_TRACER_FIRST);
	/* The first interval ends. With bits nothing is done to mappings. */
	passes_at(g, 12, 1, 1000000000, 0);
	passes_at(g, 20, 1, 1000000000, 500);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracer_reason, BALLAST_TRACER_CHEAPER);
	zaps = g->zaps;
	passes_at(g, 20, 1, 1000000000, 500);
	KUNIT_EXPECT_EQ(test, g->zaps, zaps);
	passes_at(g, 100, 1000000, 10, 1);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracer_reason, BALLAST_TRACER_CHEAPER);
	/* There are more accesses than traps may be: windows become long. */
	on(g, BALLAST_TRACER_AUTO, 0, 50);
	passes_at(g, 100, 1000000, 10, 200);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracing_by, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, fake_mrc_query(g)->tracer_reason, BALLAST_TRACER_RATE);
	KUNIT_EXPECT_EQ(test, fake_listeners(), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(accesses_are_trapped),
	KUNIT_CASE(a_window_is_left_alone),
	KUNIT_CASE(the_rate_is_kept),
	KUNIT_CASE(blocks_on_request),
	KUNIT_CASE(without_a_trap),
	KUNIT_CASE(vcpus_go_first),
	KUNIT_CASE(an_access_in_the_middle),
	KUNIT_CASE(slots_come_and_go),
	KUNIT_CASE(a_number_is_given_anew),
	KUNIT_CASE(times_are_long_enough),
	KUNIT_CASE(memory_is_bounded),
	KUNIT_CASE(off_is_off),
	KUNIT_CASE(where_faults_do_not_tell),
	KUNIT_CASE(without_memory_it_stays),
	KUNIT_CASE(the_cheaper_one_is_taken),
	{}
};

struct kunit_suite ballast_mrc_traps_suite = {
	.name = "ballast_mrc_traps",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
