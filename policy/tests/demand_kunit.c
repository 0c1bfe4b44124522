// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is wanted at once. */

#include <kunit/test.h>

#include "policy/demand.c"

#define FREE	100000ull

static struct ballast_demand demand;

static void begin(void)
{
	demand = (struct ballast_demand) { 0 };
}

/* Free memory falls by @pages in @ms from @at_ms on, and is back ten seconds later. */
static void fall(u64 at_ms, u64 pages, u64 ms)
{
	u64 t;

	for (t = 0; t <= ms; t += 250)
		ballast_demand_note(&demand, at_ms + t, FREE - pages * t / ms);
	for (; t <= ms + 10000; t += 250)
		ballast_demand_note(&demand, at_ms + t, FREE - pages);
	ballast_demand_note(&demand, at_ms + t, FREE);
}

static void nothing_seen_is_no_demand(struct kunit *test)
{
	begin();
	KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 0ull);
	ballast_demand_note(&demand, 5000, FREE);
	ballast_demand_note(&demand, 7000, FREE + 1);
	KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 0ull);
}

/* As when a VM is started, wherever spans begin. */
static void once_is_no_demand(struct kunit *test)
{
	u64 at;

	for (at = 0; at < 2 * BALLAST_DEMAND_SPAN_MS; at += 500) {
		begin();
		fall(at, 40000, 4500);
		KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 0ull);
	}
}

static void the_second_largest_counts(struct kunit *test)
{
	u64 at;

	for (at = 0; at < BALLAST_DEMAND_SPAN_MS; at += 500) {
		begin();
		fall(at, 40000, 2000);
		fall(at + 40000, 70000, 2000);
		KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 40000ull);
		fall(at + 80000, 50000, 2000);
		KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 50000ull);
	}
}

/* There is time for what comes slowly: only five seconds of it count. */
static void slow_is_less(struct kunit *test)
{
	u64 pages;

	begin();
	fall(0, 60000, 60000);
	fall(100000, 60000, 60000);
	pages = ballast_demand_pages(&demand);
	KUNIT_EXPECT_GE(test, pages, 2500ull);
	KUNIT_EXPECT_LE(test, pages, 5000ull);
}

static void it_is_forgotten(struct kunit *test)
{
	u64 t;

	begin();
	fall(0, 40000, 2000);
	fall(60000, 40000, 2000);
	for (t = 80000; t < BALLAST_DEMAND_KEPT_MS - BALLAST_DEMAND_SPAN_MS; t += 2000)
		ballast_demand_note(&demand, t, FREE);
	KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 40000ull);
	for (; t < BALLAST_DEMAND_KEPT_MS + 2 * BALLAST_DEMAND_SPAN_MS; t += 2000)
		ballast_demand_note(&demand, t, FREE);
	KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 0ull);
}

/* A host that slept, and one whose clock went back. */
static void time_may_jump(struct kunit *test)
{
	begin();
	fall(0, 40000, 2000);
	fall(60000, 40000, 2000);
	ballast_demand_note(&demand, 1ull << 40, FREE / 2);
	KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 0ull);
	begin();
	fall(200000, 40000, 2000);
	fall(100000, 40000, 2000);
	KUNIT_EXPECT_EQ(test, ballast_demand_pages(&demand), 0ull);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_seen_is_no_demand),
	KUNIT_CASE(once_is_no_demand),
	KUNIT_CASE(the_second_largest_counts),
	KUNIT_CASE(slow_is_less),
	KUNIT_CASE(it_is_forgotten),
	KUNIT_CASE(time_may_jump),
	{}
};

static struct kunit_suite suite = { .name = "ballast_demand", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of what is wanted at once");
MODULE_LICENSE("GPL");
