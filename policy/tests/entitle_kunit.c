// SPDX-License-Identifier: GPL-2.0-only
/* Entitlement from shares, with a tax on idle memory. */

#include <kunit/test.h>

#include "policy/entitle.c"

#define VMS	24
#define GIB	(1ull << 18)
#define TAX	BALLAST_ENTITLE_TAX_DEFAULT_BP

static struct ballast_entitle vms[VMS], before[VMS];
static u64 seed;

static u64 below(u64 n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 16) % n;
}

static void divide(u32 nr, u64 available, u32 tax_bp)
{
	ballast_entitle(vms, sizeof(vms[0]), nr, available, tax_bp);
}

static void vm_is(u32 i, u32 shares, u64 max, u64 active)
{
	vms[i] = (struct ballast_entitle) {
		.shares = shares, .max_pages = max, .active_pages = active,
	};
}

static void shares_divide(struct kunit *test)
{
	vm_is(0, 1000, 8 * GIB, 8 * GIB);
	vm_is(1, 3000, 8 * GIB, 8 * GIB);
	divide(2, 8 * GIB, TAX);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 2 * GIB);
	KUNIT_EXPECT_EQ(test, vms[1].entitled_pages, 6 * GIB);
}

/* Two VMs of 256 MiB on 360 MiB, one of them idle. */
static void idle_memory_is_taxed(struct kunit *test)
{
	u64 size = 256 * 256;

	vm_is(0, 1000, size, 0);
	vm_is(1, 1000, size, size);
	divide(2, 360 * 256, 0);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, vms[1].entitled_pages);
	divide(2, 360 * 256, TAX);
	/* The one that works has all it may have. */
	KUNIT_EXPECT_EQ(test, vms[1].entitled_pages, size);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 104 * 256ull);
	/* An idle page costs four: 40 MiB idle are as dear as 160 MiB in use. */
	divide(2, 200 * 256, TAX);
	KUNIT_EXPECT_LE(test, vms[0].entitled_pages, 40 * 256ull + 1);
	KUNIT_EXPECT_GE(test, vms[0].entitled_pages, 40 * 256ull - 1);
}

/* rho is equal where no limit holds. */
static void costs_are_equal(struct kunit *test)
{
	u64 cost[3];
	u32 i;

	vm_is(0, 1000, 64 * GIB, 1 * GIB);
	vm_is(1, 2000, 64 * GIB, 5 * GIB);
	vm_is(2, 500, 64 * GIB, 0);
	divide(3, 16 * GIB, TAX);
	for (i = 0; i < 3; i++) {
		u64 used = vms[i].active_pages, got = vms[i].entitled_pages;

		KUNIT_EXPECT_GE(test, got, used);
		cost[i] = (used + 4 * (got - used)) * 1000 / vms[i].shares;
	}
	for (i = 1; i < 3; i++) {
		KUNIT_EXPECT_LE(test, cost[i], cost[0] + 16);
		KUNIT_EXPECT_GE(test, cost[i] + 16, cost[0]);
	}
}

static void limits_hold(struct kunit *test)
{
	vm_is(0, 1, 8 * GIB, 0);
	vm_is(1, 100000, 4 * GIB, 4 * GIB);
	vms[0].min_pages = 2 * GIB;
	divide(2, 5 * GIB, TAX);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 2 * GIB);
	KUNIT_EXPECT_EQ(test, vms[1].entitled_pages, 3 * GIB);
	divide(2, 10 * GIB, TAX);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 6 * GIB);
	KUNIT_EXPECT_EQ(test, vms[1].entitled_pages, 4 * GIB);
	/* Plenty. */
	divide(2, 100 * GIB, TAX);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 8 * GIB);
	/* More was promised than there is. */
	divide(2, 1 * GIB, TAX);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 2 * GIB);
	KUNIT_EXPECT_EQ(test, vms[1].entitled_pages, 0ull);
}

static void absurd_values(struct kunit *test)
{
	vm_is(0, 0, ~0ull, ~0ull);
	vm_is(1, ~0u, ~0ull, 0);
	vms[1].min_pages = ~0ull;
	divide(2, ~0ull, ~0u);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, BALLAST_PAGES_MAX);
	KUNIT_EXPECT_EQ(test, vms[1].entitled_pages, BALLAST_PAGES_MAX);
	divide(2, 0, TAX);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, 0ull);
	divide(0, GIB, TAX);
	/* The smallest shares there are, the largest memory, the highest tax. */
	vm_is(0, 1, BALLAST_PAGES_MAX, 0);
	divide(1, BALLAST_PAGES_MAX - 5, BALLAST_ENTITLE_TAX_MAX_BP);
	KUNIT_EXPECT_EQ(test, vms[0].entitled_pages, BALLAST_PAGES_MAX - 5);
}

static u64 any_pages(void)
{
	return below(1ull << below(41));
}

static u32 any_vms(void)
{
	u32 nr = 1 + (u32)below(VMS), i;

	for (i = 0; i < nr; i++) {
		vm_is(i, (u32)below(1u << below(22)), any_pages(), any_pages());
		vms[i].min_pages = below(4) ? 0 : any_pages();
	}
	return nr;
}

static u64 least_of(const struct ballast_entitle *vm)
{
	return min_t(u64, vm->min_pages, vm->max_pages);
}

static void sums_and_limits(struct kunit *test)
{
	u32 i, round, nr;

	seed = 1;
	for (round = 0; round < 3000; round++) {
		u64 available = any_pages(), sum = 0, min = 0, max = 0;

		nr = any_vms();
		divide(nr, available, (u32)below(12000));
		for (i = 0; i < nr; i++) {
			KUNIT_ASSERT_TRUE(test, vms[i].entitled_pages >= least_of(&vms[i]));
			KUNIT_ASSERT_TRUE(test, vms[i].entitled_pages <= vms[i].max_pages);
			sum += vms[i].entitled_pages;
			min += least_of(&vms[i]);
			max += vms[i].max_pages;
		}
		KUNIT_ASSERT_EQ(test, sum, max_t(u64, min, min_t(u64, available, max)));
	}
}

static void more_to_divide_lowers_nobody(struct kunit *test)
{
	u32 i, round, nr;

	seed = 2;
	for (round = 0; round < 3000; round++) {
		u64 available = any_pages();

		nr = any_vms();
		divide(nr, available, TAX);
		memcpy(before, vms, sizeof(vms));
		divide(nr, available + (below(2) ? 1 : any_pages()), TAX);
		for (i = 0; i < nr; i++)
			KUNIT_ASSERT_TRUE(test, vms[i].entitled_pages >= before[i].entitled_pages);
	}
}

/* Whatever others seem to use, nobody is pressed below what shares alone give. */
static void nobody_takes_what_is_due(struct kunit *test)
{
	u32 i, round, nr;

	seed = 3;
	for (round = 0; round < 3000; round++) {
		u64 available = any_pages(), due;

		nr = any_vms();
		memcpy(before, vms, sizeof(vms));
		divide(nr, available, TAX);
		due = vms[0].entitled_pages;
		/* The worst: all others use all they have. */
		memcpy(vms, before, sizeof(vms));
		for (i = 1; i < nr; i++)
			vms[i].active_pages = vms[i].max_pages;
		divide(nr, available, TAX);
		KUNIT_ASSERT_TRUE(test, vms[0].entitled_pages <= due + 1);
		due = vms[0].entitled_pages;
		for (i = 1; i < nr; i++)
			vms[i].active_pages = any_pages();
		divide(nr, available, TAX);
		KUNIT_ASSERT_TRUE(test, vms[0].entitled_pages + 1 >= due);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(shares_divide),
	KUNIT_CASE(idle_memory_is_taxed),
	KUNIT_CASE(costs_are_equal),
	KUNIT_CASE(limits_hold),
	KUNIT_CASE(absurd_values),
	KUNIT_CASE(sums_and_limits),
	KUNIT_CASE(more_to_divide_lowers_nobody),
	KUNIT_CASE(nobody_takes_what_is_due),
	{}
};

static struct kunit_suite suite = { .name = "ballast_entitle", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the division of memory among VMs");
MODULE_LICENSE("GPL");
