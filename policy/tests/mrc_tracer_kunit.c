// SPDX-License-Identifier: GPL-2.0-only
/* Bits or traps, and how many traps. */

#include <kunit/test.h>

#include "policy/mrc_tracer.c"

#define SECOND	1000000000ull
#define MS	1000000ull

/* 1024 entries of 300 ns each 250 ms: 6 ms of 5 s; traps of 6 us. */
static const struct ballast_tracer_input idle = {
	.ns = 5 * SECOND, .tick_ns = 250 * MS, .look_ns = 300, .trap_ns = 6000,
	.accesses = 100, .entries = 1024, .trap_rate = 1000,
};

static struct ballast_tracer after(struct ballast_tracer t, u32 accesses, unsigned int steps)
{
	struct ballast_tracer_input in = idle;

	in.accesses = accesses;
	while (steps--)
		ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in);
	return t;
}

static struct ballast_tracer begin(u32 knob)
{
	struct ballast_tracer t;

	ballast_tracer_init(&t, knob);
	return t;
}

static void begins_as_asked(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, begin(BALLAST_TRACER_AUTO).now, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, begin(BALLAST_TRACER_AUTO).why, BALLAST_TRACER_FIRST);
	KUNIT_EXPECT_EQ(test, begin(BALLAST_TRACER_BITS).now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, begin(BALLAST_TRACER_TRAPS).now, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, begin(BALLAST_TRACER_TRAPS).why, BALLAST_TRACER_ASKED);
}

/* 100 traps cost .6 ms, looks 6.1 ms. */
static void idle_vm_is_trapped(struct kunit *test)
{
	struct ballast_tracer t = after(begin(BALLAST_TRACER_AUTO), 100, 1);

	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_CHEAPER);
	t = after(t, 100, 100);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
}

/* 2000 accesses: 12.6 ms as traps. */
static void busy_vm_is_looked_at(struct kunit *test)
{
	struct ballast_tracer t = after(begin(BALLAST_TRACER_AUTO), 2000, 1);

	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_CHEAPER);
	t = after(t, 100, BALLAST_TRACER_VOTES - 1);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	t = after(t, 100, 1);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
	t = after(t, 2000, BALLAST_TRACER_VOTES);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_CHEAPER);
}

/* Near the line nothing changes in either direction, and a vote alone is none. */
static void it_does_not_flap(struct kunit *test)
{
	struct ballast_tracer t = after(begin(BALLAST_TRACER_AUTO), 2000, 1);
	unsigned int i;

	t = after(t, 900, 100);			/* 5.7 ms */
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	for (i = 0; i < 50; i++)
		t = after(after(t, 100, BALLAST_TRACER_VOTES - 1), 900, 1);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	t = after(after(t, 100, BALLAST_TRACER_VOTES), 1300, 100);	/* 8.2 ms */
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
}

static void the_rate_is_a_bound(struct kunit *test)
{
	struct ballast_tracer t = begin(BALLAST_TRACER_AUTO);
	struct ballast_tracer_input in = idle;
	unsigned int i;

	in.trap_rate = 19;			/* 100 in 5 s are 20 */
	for (i = 0; i < 10; i++)
		ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_RATE);
	t = after(t, 100, BALLAST_TRACER_VOTES);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
	in = idle;
	in.late = true;
	for (i = 0; i < BALLAST_TRACER_VOTES; i++)
		ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_RATE);
}

/* Without a cost or time there is nothing to choose by; without pages nothing to trap. */
static void nothing_known_nothing_done(struct kunit *test)
{
	struct ballast_tracer_input in[2] = { idle, idle };
	struct ballast_tracer t;
	unsigned int i, k;

	in[0].trap_ns = 0;
	in[1].ns = 0;
	for (i = 0; i < ARRAY_SIZE(in); i++) {
		in[i].accesses = 2000;
		t = begin(BALLAST_TRACER_AUTO);
		for (k = 0; k < 10; k++)
			ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in[i]);
		KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
		KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_FIRST);
	}
	in[0] = idle;
	in[0].entries = 0;
	ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in[0]);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
}

/* Where nothing can be trapped no trap's cost is ever known; bits until something can. */
static void nothing_to_trap_is_looked_at(struct kunit *test)
{
	struct ballast_tracer t = begin(BALLAST_TRACER_AUTO);
	struct ballast_tracer_input in = idle;

	in.entries = 0;
	in.trap_ns = 0;
	in.accesses = 0;
	ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_FIRST);
	in.entries = 1;
	ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_FIRST);
	t = after(t, 2000, 1);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_CHEAPER);
}

/* Looks that are rarer than intervals cost something as well: 5 s of 7 s, .2 ms. */
static void rare_looks_are_not_free(struct kunit *test)
{
	struct ballast_tracer_input in = idle;
	struct ballast_tracer t = begin(BALLAST_TRACER_AUTO);

	in.tick_ns = 7 * SECOND;
	in.accesses = 20;			/* .13 ms */
	ballast_tracer_step(&t, BALLAST_TRACER_AUTO, &in);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_TRAPS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_CHEAPER);
}

static void the_knob_decides(struct kunit *test)
{
	struct ballast_tracer t = begin(BALLAST_TRACER_BITS);
	unsigned int i;

	for (i = 0; i < 10; i++)
		ballast_tracer_step(&t, BALLAST_TRACER_BITS, &idle);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	ballast_tracer_cannot(&t);
	t = after(t, 100, 10);
	KUNIT_EXPECT_EQ(test, t.now, BALLAST_TRACER_BITS);
	KUNIT_EXPECT_EQ(test, t.why, BALLAST_TRACER_CANNOT);
}

/* Never more than what has come in, and what the bucket held. */
static void a_bucket_bounds(struct kunit *test)
{
	struct ballast_bucket b = {};
	unsigned int ms, got = 0;

	KUNIT_EXPECT_FALSE(test, ballast_bucket_has(&b));
	for (ms = 0; ms < 10000; ms += 250) {
		ballast_bucket_fill(&b, 250 * MS, 30, 250 * MS);
		while (ballast_bucket_has(&b)) {
			ballast_bucket_take(&b);
			got++;
		}
	}
	KUNIT_EXPECT_GE(test, got, 240u);		/* 7 of 7.5 each time */
	KUNIT_EXPECT_LE(test, got, 300u);
	/* A year of nothing is worth no more than its depth. */
	ballast_bucket_fill(&b, 31536000 * SECOND, 1000000, 250 * MS);
	for (got = 0; ballast_bucket_has(&b); got++)
		ballast_bucket_take(&b);
	KUNIT_EXPECT_EQ(test, got, 250000u);
	/* And however shallow it is, one fits in. */
	ballast_bucket_fill(&b, 1, 1, 0);
	KUNIT_EXPECT_FALSE(test, ballast_bucket_has(&b));
	ballast_bucket_fill(&b, SECOND, 1, 0);
	KUNIT_EXPECT_TRUE(test, ballast_bucket_has(&b));
	ballast_bucket_take(&b);
	KUNIT_EXPECT_FALSE(test, ballast_bucket_has(&b));
	ballast_bucket_take(&b);
	KUNIT_EXPECT_EQ(test, b.level, 0ull);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(begins_as_asked),
	KUNIT_CASE(idle_vm_is_trapped),
	KUNIT_CASE(busy_vm_is_looked_at),
	KUNIT_CASE(it_does_not_flap),
	KUNIT_CASE(the_rate_is_a_bound),
	KUNIT_CASE(nothing_known_nothing_done),
	KUNIT_CASE(nothing_to_trap_is_looked_at),
	KUNIT_CASE(rare_looks_are_not_free),
	KUNIT_CASE(the_knob_decides),
	KUNIT_CASE(a_bucket_bounds),
	{}
};

static struct kunit_suite suite = {
	.name = "ballast_mrc_tracer",
	.test_cases = cases,
};

kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of policy/mrc_tracer.c");
MODULE_LICENSE("GPL");
