// SPDX-License-Identifier: GPL-2.0-only
/* The scan-rate machine. */

#include <kunit/test.h>

#include "policy/scan_rate.c"

static const struct ballast_rate_input calm = {
	.pass_ns = 1000000, .pages = 262144, .blocks = 512,
};

static struct ballast_rate run(const struct ballast_rate_config *config,
			       const struct ballast_rate_input *in, int passes)
{
	struct ballast_rate rate;

	ballast_rate_init(&rate, config);
	while (passes--)
		ballast_rate_step(&rate, config, in);
	return rate;
}

static void learns_at_the_base(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate rate = run(c, &calm, (int)c->learn_passes);

	KUNIT_EXPECT_EQ(test, rate.period_ms, c->base_ms);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_LEARNING);
}

/* What has passed over is not the reason of the next period. */
static void reasons_pass_over(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate rate = run(c, &calm, (int)c->learn_passes + 1);
	struct ballast_rate_input in = calm;

	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_TRACKING);

	in.pressure = true;
	ballast_rate_step(&rate, c, &in);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_PRESSURE);
	ballast_rate_step(&rate, c, &calm);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_TRACKING);

	in = calm;
	in.invalidated = in.blocks;
	ballast_rate_step(&rate, c, &in);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_CHANGE);
	ballast_rate_step(&rate, c, &calm);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_TRACKING);
}

static void stable_vm_backs_off_to_the_longest(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate rate = run(c, &calm, 100);

	KUNIT_EXPECT_EQ(test, rate.period_ms, c->max_ms);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_STABLE);
}

static void change_halves_to_the_shortest(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate_input in = calm;
	struct ballast_rate rate;

	in.changed_pages = in.pages / 10;
	rate = run(c, &in, 100);
	KUNIT_EXPECT_EQ(test, rate.period_ms, c->min_ms);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_TRACKING);
}

/* A base is no knob, and so may be of any size. */
static void change_halves_below_any_base(struct kunit *test)
{
	struct ballast_rate_config c = ballast_rate_defaults;
	struct ballast_rate_input in = calm;
	struct ballast_rate rate;

	c.base_ms = 1u << 31;
	rate = run(&c, &calm, (int)c.learn_passes);
	KUNIT_EXPECT_EQ(test, rate.period_ms, c.max_ms);
	in.changed_pages = in.pages;
	ballast_rate_step(&rate, &c, &in);
	KUNIT_EXPECT_EQ(test, rate.period_ms, c.max_ms / 2);
}

static void change_rearms_a_stable_vm_at_once(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate_input in = calm;
	struct ballast_rate rate = run(c, &calm, 100);

	in.changed_pages = in.pages / 10;
	ballast_rate_step(&rate, c, &in);
	KUNIT_EXPECT_LE(test, rate.period_ms, c->base_ms);

	rate = run(c, &calm, 100);
	in = calm;
	in.pressure = true;
	ballast_rate_step(&rate, c, &in);
	KUNIT_EXPECT_EQ(test, rate.period_ms, c->base_ms);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_PRESSURE);

	rate = run(c, &calm, 100);
	in = calm;
	in.invalidated = in.blocks / 4;
	ballast_rate_step(&rate, c, &in);
	KUNIT_EXPECT_EQ(test, rate.period_ms, c->base_ms);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_CHANGE);
}

static void budget_wins_over_everything(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate_input in = calm;
	struct ballast_rate rate;

	in.pass_ns = 500000000;		/* 1 % of a core: not below 50 s */
	in.changed_pages = in.pages;
	in.pressure = true;
	rate = run(c, &in, 100);
	KUNIT_EXPECT_EQ(test, rate.period_ms, 50000);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_BUDGET);
}

/* A fraction of a millisecond too few is too few. */
static void budget_is_rounded_up(struct kunit *test)
{
	struct ballast_rate_config c = ballast_rate_defaults;
	struct ballast_rate_input in = calm;
	struct ballast_rate rate;

	c.min_ms = BALLAST_RATE_MS_MIN;
	c.base_ms = BALLAST_RATE_MS_MIN;
	c.budget_bp = BALLAST_RATE_BUDGET_MAX;
	in.pass_ns = 10000000;
	rate = run(&c, &in, 1);
	KUNIT_EXPECT_EQ(test, rate.period_ms, 10);
	in.pass_ns = 10000001;
	rate = run(&c, &in, 1);
	KUNIT_EXPECT_EQ(test, rate.period_ms, 11);
}

/*
 * A period that the budget decides says so in every pass, and is gone when
 * passes are cheap again, with a VM that changes neither much nor little.
 */
static void budget_leaves_no_trace(struct kunit *test)
{
	const struct ballast_rate_config *c = &ballast_rate_defaults;
	struct ballast_rate_input in = calm;
	struct ballast_rate rate;
	int i;

	in.changed_pages = in.pages / 100;
	in.pass_ns = 50000000;		/* 1 % of a core: not below 5 s */
	rate = run(c, &in, 20);
	KUNIT_EXPECT_EQ(test, rate.period_ms, 5000);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_BUDGET);

	in.pass_ns = calm.pass_ns;
	for (i = 0; i < 20; i++)
		ballast_rate_step(&rate, c, &in);
	KUNIT_EXPECT_EQ(test, rate.period_ms, c->base_ms);
	KUNIT_EXPECT_EQ(test, rate.reason, BALLAST_PERIOD_TRACKING);
}

static void config_is_checked(struct kunit *test)
{
	struct ballast_rate_config c = ballast_rate_defaults;

	KUNIT_EXPECT_TRUE(test, ballast_rate_config_valid(&c));
	c.min_ms = c.max_ms + 1;
	KUNIT_EXPECT_FALSE(test, ballast_rate_config_valid(&c));
	c = ballast_rate_defaults;
	c.budget_bp = 0;
	KUNIT_EXPECT_FALSE(test, ballast_rate_config_valid(&c));
	c.budget_bp = BALLAST_RATE_BUDGET_MAX + 1;
	KUNIT_EXPECT_FALSE(test, ballast_rate_config_valid(&c));
	c = ballast_rate_defaults;
	c.min_ms = 0;
	KUNIT_EXPECT_FALSE(test, ballast_rate_config_valid(&c));
}

/* Whatever comes in: the limits hold, and the cost stays within the budget. */
static void any_input_stays_within_limits(struct kunit *test)
{
	struct ballast_rate_config c = ballast_rate_defaults;
	struct ballast_rate rate;
	u64 x = 88172645463325252ull;
	int i;

	ballast_rate_init(&rate, &c);
	for (i = 0; i < 200000; i++) {
		struct ballast_rate_input in;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		in.pass_ns = x >> (x & 63);
		in.pages = x >> (x >> 6 & 63);
		in.changed_pages = x * 3 >> (x >> 12 & 63);
		in.blocks = x >> (x >> 18 & 63);
		in.invalidated = x * 5 >> (x >> 24 & 63);
		in.pressure = x >> 30 & 1;
		ballast_rate_step(&rate, &c, &in);
		KUNIT_ASSERT_TRUE(test, rate.period_ms >= c.min_ms);
		KUNIT_ASSERT_TRUE(test, rate.period_ms <= c.max_ms ||
				  rate.reason == BALLAST_PERIOD_BUDGET);
		KUNIT_ASSERT_TRUE(test, rate.period_ms >= ballast_rate_floor_ms(&rate, &c));
		KUNIT_ASSERT_TRUE(test, rate.reason < BALLAST_PERIOD_MANUAL);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(learns_at_the_base),
	KUNIT_CASE(reasons_pass_over),
	KUNIT_CASE(stable_vm_backs_off_to_the_longest),
	KUNIT_CASE(change_halves_to_the_shortest),
	KUNIT_CASE(change_halves_below_any_base),
	KUNIT_CASE(change_rearms_a_stable_vm_at_once),
	KUNIT_CASE(budget_wins_over_everything),
	KUNIT_CASE(budget_is_rounded_up),
	KUNIT_CASE(budget_leaves_no_trace),
	KUNIT_CASE(config_is_checked),
	KUNIT_CASE(any_input_stays_within_limits),
	{}
};

static struct kunit_suite suite = { .name = "ballast_scan_rate", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the scan-rate machine");
MODULE_LICENSE("GPL");
