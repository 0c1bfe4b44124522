// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve: list and groups against a naive list, sample, exact distances. */

#include <kunit/test.h>

#include "policy/mrc.c"
#include "policy/mrc_curve.c"
#include "policy/tests/mrc_setup.h"

/* The same list, as it is said to be: in an array, moved by hand. */
static u32 order[N], nr_order;

/* --- list ---------------------------------------------------------------------------------- */

static u32 group_at(u32 position)
{
	u32 g = 0;

	while (position >= mrc.groups[g].end)
		g++;
	return g;
}

/* Order and groups of all entries; a tail is what another group, or nothing, follows. */
static bool list_is_right(u32 *weight)
{
	u32 at = mrc.head, prev = BALLAST_MRC_NONE, sum = 0, g = 0, i;

	for (i = 0; i < nr_order; i++) {
		const struct ballast_mrc_entry *e = &entries[at];

		if (at != order[i] || e->prev != prev)
			return false;
		while (sum >= mrc.groups[g].end)
			g++;
		if (e->group != g)
			return false;
		if ((e->next == BALLAST_MRC_NONE || entries[e->next].group != g) &&
		    mrc.groups[g].tail != at)
			return false;
		sum += e->weight;
		prev = at;
		at = e->next;
	}
	*weight = sum;
	return at == BALLAST_MRC_NONE;
}

static bool groups_are_right(u32 listed)
{
	u32 sum = 0, i;

	for (i = 0; i < mrc.nr_groups; i++) {
		const struct ballast_mrc_group *g = &mrc.groups[i];

		sum += g->weight;
		if (g->weight ? g->tail == BALLAST_MRC_NONE : g->tail != BALLAST_MRC_NONE)
			return false;
		if (g->weight && entries[g->tail].group != i)
			return false;
	}
	return sum == listed && sum == mrc.listed;
}

static bool sums_are_right(void)
{
	u32 weight = 0, sampled[2] = {}, i;

	for (i = 0; i < N; i++) {
		weight += entries[i].weight;
		if (entries[i].weight)
			sampled[entries[i].huge]++;
	}
	return weight == mrc.weight && sampled[0] == mrc.sampled[0] &&
	       sampled[1] == mrc.sampled[1];
}

static void check_list(struct kunit *test)
{
	u32 listed = 0;

	KUNIT_ASSERT_TRUE(test, list_is_right(&listed));
	KUNIT_ASSERT_TRUE(test, groups_are_right(listed));
	KUNIT_ASSERT_TRUE(test, sums_are_right());
}

static u32 place_of(u32 index)
{
	u32 i = 0;

	while (i < nr_order && order[i] != index)
		i++;
	return i;
}

static void naive_insert(u32 index, u32 place)
{
	memmove(order + place + 1, order + place, sizeof(*order) * (nr_order - place));
	order[place] = index;
	nr_order++;
}

static void naive_remove(u32 index)
{
	u32 place = place_of(index);

	if (place == nr_order)
		return;
	nr_order--;
	memmove(order + place, order + place + 1, sizeof(*order) * (nr_order - place));
}

static void any_operation(void)
{
	u32 index = below(N), other = below(N), place;
	bool huge = below(4) == 0;

	switch (below(16)) {
	case 0:
		ballast_mrc_remove(&mrc, index);
		naive_remove(index);
		break;
	case 1:
		ballast_mrc_add(&mrc, index, huge);
		break;
	case 2:
		place = place_of(other);
		if (!entries[index].weight && place < nr_order)
			naive_insert(index, place + 1);
		ballast_mrc_add_beside(&mrc, index, huge, other);
		break;
	case 3:
		ballast_mrc_change(&mrc, index, huge);
		break;
	default:
		if (entries[index].weight) {
			naive_remove(index);
			naive_insert(index, 0);
		}
		if (below(2))
			ballast_mrc_access(&mrc, index);
		else
			ballast_mrc_touch(&mrc, index);
	}
}

static void run_operations(struct kunit *test, u32 rounds)
{
	u32 i;

	for (i = 0; i < N; i++)
		ballast_mrc_add(&mrc, i, below(4) == 0);
	check_list(test);
	for (i = 0; i < rounds; i++) {
		any_operation();
		check_list(test);
	}
}

static void groups_are_right_of_equal_weights(struct kunit *test)
{
	seed = 1;
	nr_order = 0;
	begin_sampled(1, 1);
	run_operations(test, 4000);
}

static void groups_are_right_of_any_weights(struct kunit *test)
{
	static const u16 weights[][2] = {
		{ 1, 512 }, { 1, 3 }, { 1, 30 }, { 16, 37 }, { 16, 8192 },
	};
	u32 i;

	seed = 2;
	for (i = 0; i < ARRAY_SIZE(weights); i++) {
		nr_order = 0;
		begin_sampled(weights[i][0], weights[i][1]);
		run_operations(test, 2000);
	}
}

/* A heavy entry that moves within a group can push light ones out of it. */
static void heavy_pushes_light_out_of_its_group(struct kunit *test)
{
	struct ballast_mrc_plan plan;
	u32 i;

	begin_sampled(1, 30);
	plan = mrc.plan;
	ballast_mrc_init(&mrc, entries, N, &plan, 10000 * N, &ballast_mrc_defaults);
	KUNIT_ASSERT_EQ(test, mrc.groups[0].end, 2u);
	nr_order = 0;
	for (i = 0; i < 2; i++) {
		ballast_mrc_add(&mrc, i, i == 0);
		ballast_mrc_access(&mrc, i);
		naive_insert(i, 0);
	}
	check_list(test);
	KUNIT_EXPECT_EQ(test, (u32)entries[0].group, 0u);
	ballast_mrc_access(&mrc, 0);
	naive_remove(0);
	naive_insert(0, 0);
	check_list(test);
	KUNIT_EXPECT_GT(test, (u32)entries[1].group, 0u);
}

static void what_is_no_entry_is_ignored(struct kunit *test)
{
	nr_order = 0;
	begin_whole(10);
	ballast_mrc_remove(&mrc, 5);
	ballast_mrc_access(&mrc, 5);
	ballast_mrc_access(&mrc, 200);
	ballast_mrc_access(&mrc, N);
	ballast_mrc_touch(&mrc, ~0u);
	ballast_mrc_change(&mrc, N, true);
	ballast_mrc_remove(&mrc, N);
	ballast_mrc_add(&mrc, N, true);
	ballast_mrc_add_beside(&mrc, N, true, 1);
	check_list(test);
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.cold.misses, 0ull);
	KUNIT_EXPECT_EQ(test, curve.entries, 9u);
}

/* Beside what has not been accessed is nowhere. */
static void beside_nothing_is_new(struct kunit *test)
{
	nr_order = 0;
	begin_whole(10);
	ballast_mrc_remove(&mrc, 1);
	ballast_mrc_add_beside(&mrc, 1, false, 2);
	KUNIT_EXPECT_EQ(test, mrc.listed, 0u);
	KUNIT_EXPECT_EQ(test, mrc.sampled[0], 10u);
	check_list(test);
}

/* --- sample ---------------------------------------------------------------------------------- */

static u32 count_sampled(u64 from, u64 n, u32 rate)
{
	u32 sum = 0;
	u64 i;

	for (i = from; i < from + n; i++)
		sum += ballast_mrc_sampled(i, rate, 7);
	return sum;
}

static void sample_is_as_large_as_wanted(struct kunit *test)
{
	static const u64 sizes[] = { 1000, 65536, 262144, 300007, 786432 };
	struct ballast_mrc_plan plan;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 wanted = (u32)min_t(u64, sizes[i], 1024), n;

		ballast_mrc_plan(sizes[i], 1024, 7, &plan);
		/* By how the memory is mapped; a block rate of all is none too many. */
		n = count_sampled(0, sizes[i], plan.page_rate);
		KUNIT_EXPECT_LE(test, n, wanted + 1);
		KUNIT_EXPECT_GE(test, n, wanted * 14 / 16);
		n = count_sampled(0, sizes[i] / 512, plan.block_rate);
		KUNIT_EXPECT_LE(test, n, wanted + 1);
		KUNIT_EXPECT_GE(test, n, min_t(u32, wanted * 12 / 16, (u32)(sizes[i] / 512)));
	}
	KUNIT_EXPECT_EQ(test, count_sampled(12345, 1000, BALLAST_MRC_ALL), 1000u);
	KUNIT_EXPECT_EQ(test, count_sampled((1ull << 40) - 64000, 64000, BALLAST_MRC_ALL / 64),
			1000u);
}

/* What an entry stands for does not depend on its kind. */
static void weights_go_with_rates(struct kunit *test)
{
	struct ballast_mrc_plan p;
	u64 pages;

	for (pages = 1; pages <= BALLAST_MRC_PAGES_MAX; pages = pages * 3 + 1) {
		u64 small, block;

		ballast_mrc_plan(pages, 1024, 0, &p);
		small = (u64)p.page_weight * p.page_rate * 512;
		block = (u64)p.block_weight * p.block_rate;
		KUNIT_EXPECT_EQ(test, small, block);
		KUNIT_EXPECT_LE(test, p.block_rate, BALLAST_MRC_ALL);
		KUNIT_EXPECT_GE(test, p.page_rate, 1u);
	}
}

/* --- exact distances ------------------------------------------------------------------------ */

static u32 last_slot[N], slot_unit[4 * N + 1], slot_weight[4 * N + 1], tree[4 * N + 1];
static struct mrc_oracle oracle = {
	.last = last_slot, .unit = slot_unit, .weight = slot_weight, .tree = tree, .slots = 4 * N,
};

static void oracle_reset(void)
{
	memset(last_slot, 0, sizeof(last_slot));
	memset(slot_weight, 0, sizeof(slot_weight));
	memset(tree, 0, sizeof(tree));
	oracle.now = 0;
	oracle.all = 0;
}

static u32 naive_distance(u32 index, u32 weight_of_even)
{
	u32 place = place_of(index), sum = 0, i;

	for (i = 0; i < place; i++)
		sum += order[i] % 2 ? 1 : weight_of_even;
	if (place == nr_order)
		sum = MRC_ORACLE_FIRST;
	naive_remove(index);
	naive_insert(index, 0);
	return sum;
}

/* The oracle that accuracy is measured against, by another method. */
static void oracle_is_right(struct kunit *test)
{
	u32 weight, i;

	seed = 3;
	for (weight = 1; weight <= 512; weight += 511) {
		oracle_reset();
		nr_order = 0;
		for (i = 0; i < 20000; i++) {
			u32 unit = below(2) ? below(N) : below(20);

			u32 distance = mrc_oracle_access(&oracle, unit, unit % 2 ? 1 : weight);

			KUNIT_ASSERT_EQ(test, distance, naive_distance(unit, weight));
		}
	}
}

/* All pages are sampled, groups are of one page: nothing is estimated. */
static void whole_sample_is_exact(struct kunit *test)
{
	static u64 exact[BALLAST_MRC_GROUPS];
	u32 i, k;

	seed = 4;
	begin_whole(100);
	oracle_reset();
	memset(exact, 0, sizeof(exact));
	for (i = 0; i < 20000; i++) {
		u32 page = below(3) ? below(100) : below(30), distance;

		distance = mrc_oracle_access(&oracle, page, 1);
		for (k = 0; distance != MRC_ORACLE_FIRST && k <= distance; k++)
			exact[k]++;
		ballast_mrc_access(&mrc, page);
	}
	curve_after(SECOND);
	KUNIT_EXPECT_EQ(test, curve.cold.misses, 100000ull);
	KUNIT_EXPECT_EQ(test, curve.seen_pages, 100ull);
	for (k = 0; k <= 100; k++) {
		struct ballast_mrc_point p = ballast_mrc_at(&curve, k);
		u32 group = group_at(k);

		/* Where groups have one page only. */
		if (k && mrc.groups[group].end - mrc.groups[group - 1].end > 1)
			continue;
		if (k > 1 && mrc.groups[group - 1].end != k)
			continue;
		KUNIT_EXPECT_EQ(test, p.misses, exact[k] * 1000);
		KUNIT_EXPECT_LE(test, p.low, p.misses);
		KUNIT_EXPECT_GE(test, p.high, p.misses);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(groups_are_right_of_equal_weights),
	KUNIT_CASE(groups_are_right_of_any_weights),
	KUNIT_CASE(heavy_pushes_light_out_of_its_group),
	KUNIT_CASE(what_is_no_entry_is_ignored),
	KUNIT_CASE(beside_nothing_is_new),
	KUNIT_CASE(sample_is_as_large_as_wanted),
	KUNIT_CASE(weights_go_with_rates),
	KUNIT_CASE(oracle_is_right),
	KUNIT_CASE(whole_sample_is_exact),
	{}
};

static struct kunit_suite suite = { .name = "ballast_mrc", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Miss-rate curves: list, groups and sample");
MODULE_LICENSE("GPL");
