// SPDX-License-Identifier: GPL-2.0-only
/* A guest's balloon: what is asked, what is said by whom, and what is found of it. */

#include "fake.h"
#include "host/balloon.h"
#include "suites.h"

#define PAGES	(8 * BALLAST_BLOCK_PAGES)

static struct ballast_wire_hello hello = { .boot = { 1 }, .version = "1.2.3" };

static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);

	ballast_guest_init(&g->vm.guest);
	hello.boot[0] = 1;
	fake_pass(g);
	return 0;
}

static void end(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	ballast_guest_free(&g->vm.guest);
	fake_exit(test);
}

static struct ballast_balloon_query query(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_balloon_query q = {};

	ballast_balloon_fill(&g->vm, &q);
	return q;
}

static u32 connect_guest(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u32 turn = 0;

	KUNIT_ASSERT_EQ(test, ballast_guest_bind(&g->vm, 5, &hello, &turn), 0);
	return turn;
}

static void say(struct kunit *test, u32 turn, u64 held)
{
	struct fake_guest *g = test->priv;
	const struct ballast_wire_balloon said = {
		.state = BALLAST_BALLOON_GROWING, .held_pages = held, .host_pages = 2000,
	};

	ballast_balloon_said(&g->vm, turn, &said);
}

static int set(struct kunit *test, u64 pages, u32 flags)
{
	struct fake_guest *g = test->priv;

	return ballast_balloon_set_target(&g->vm, pages, flags);
}

static struct ballast_wire_target wish(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_wire_target target;

	ballast_balloon_read_target(&g->vm, &target);
	return target;
}

static void targets(struct kunit *test)
{
	u32 flush;

	KUNIT_EXPECT_EQ(test, set(test, 100, 0), 0);
	KUNIT_EXPECT_EQ(test, query(test).target_pages, 100ull);
	KUNIT_EXPECT_EQ(test, query(test).cache, 0u);
	KUNIT_EXPECT_EQ(test, set(test, PAGES, BALLAST_TARGET_CACHE), 0);
	KUNIT_EXPECT_EQ(test, query(test).target_pages, (u64)PAGES);
	KUNIT_EXPECT_EQ(test, query(test).cache, 1u);
	flush = query(test).flush;
	KUNIT_EXPECT_EQ(test, set(test, 0, BALLAST_TARGET_KEEP | BALLAST_TARGET_FLUSH), 0);
	KUNIT_EXPECT_NE(test, query(test).flush, flush);
	KUNIT_EXPECT_EQ(test, query(test).target_pages, (u64)PAGES);
	flush = query(test).flush;
	KUNIT_EXPECT_EQ(test, set(test, 0, BALLAST_TARGET_KEEP | BALLAST_TARGET_FLUSH |
				  BALLAST_TARGET_HUGE), 0);
	KUNIT_EXPECT_NE(test, query(test).flush, flush);
	KUNIT_EXPECT_TRUE(test, wish(test).huge);
	set(test, 0, BALLAST_TARGET_KEEP | BALLAST_TARGET_FLUSH);
	KUNIT_EXPECT_FALSE(test, wish(test).huge);
	/* What is wrong changes nothing. */
	KUNIT_EXPECT_EQ(test, set(test, 1, BALLAST_TARGET_HUGE), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(test, PAGES + 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(test, 1, 1u << 31), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(test, 1, BALLAST_TARGET_KEEP), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(test, 0, BALLAST_TARGET_KEEP | BALLAST_TARGET_CACHE), -EINVAL);
	KUNIT_EXPECT_EQ(test, query(test).target_pages, (u64)PAGES);
}

static void nothing_said(struct kunit *test)
{
	const struct ballast_balloon_query q = query(test);

	KUNIT_EXPECT_EQ(test, q.age_ns, U64_MAX);
	KUNIT_EXPECT_EQ(test, q.state, (u32)BALLAST_BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, q.kept_pages.high, 0ull);
}

static void only_the_one_in_charge(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	const struct ballast_check check = { .checked = 10, .kept = 10,
					     .why = BALLAST_KEPT_LOCKED };
	u32 first = connect_guest(test), second = connect_guest(test);

	say(test, second, 700);
	say(test, first, 900);
	ballast_balloon_checked(&g->vm, first, &check);
	KUNIT_EXPECT_EQ(test, query(test).held_pages, 700ull);
	KUNIT_EXPECT_EQ(test, query(test).checked, 0u);
	KUNIT_EXPECT_LT(test, query(test).age_ns, 60 * NSEC_PER_SEC);
}

/* A reboot or a reload: counted from zero, and the wish stays. */
static void another_boot(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	const struct ballast_check check = { .checked = 10, .kept = 5, .why = BALLAST_KEPT_OTHER };
	u32 turn = connect_guest(test);

	set(test, 500, BALLAST_TARGET_FLUSH);
	say(test, turn, 500);
	ballast_balloon_checked(&g->vm, turn, &check);
	/* The connection alone is another one. */
	turn = connect_guest(test);
	KUNIT_EXPECT_EQ(test, query(test).held_pages, 500ull);
	hello.boot[0] = 2;
	connect_guest(test);
	KUNIT_EXPECT_EQ(test, query(test).held_pages, 0ull);
	KUNIT_EXPECT_EQ(test, query(test).age_ns, U64_MAX);
	KUNIT_EXPECT_EQ(test, query(test).checked, 0u);
	KUNIT_EXPECT_EQ(test, query(test).kept_why, (u32)BALLAST_KEPT_NONE);
	KUNIT_EXPECT_EQ(test, query(test).flush, 0u);
	KUNIT_EXPECT_EQ(test, query(test).target_pages, 500ull);
}

static void what_is_kept(struct kunit *test)
{
	const struct ballast_check gone = { .checked = 100 };
	const struct ballast_check half = { .checked = 100, .kept = 50,
					    .why = BALLAST_KEPT_PINNED };
	struct fake_guest *g = test->priv;
	u32 turn = connect_guest(test), i;

	say(test, turn, 1000);
	ballast_guest_round(&g->vm, turn);
	ballast_balloon_checked(&g->vm, turn, &half);
	KUNIT_EXPECT_EQ(test, query(test).kept_pages.pages, 500ull);
	KUNIT_EXPECT_LT(test, query(test).kept_pages.low, 450ull);
	KUNIT_EXPECT_GT(test, query(test).kept_pages.high, 550ull);
	KUNIT_EXPECT_EQ(test, query(test).kept_why, (u32)BALLAST_KEPT_PINNED);
	ballast_guest_round(&g->vm, turn);
	ballast_balloon_checked(&g->vm, turn, &gone);
	KUNIT_EXPECT_EQ(test, query(test).kept_pages.pages, 250ull);
	/* As old as answers get. */
	for (i = 2; i <= BALLAST_CLASSES_ROUNDS; i++)
		ballast_guest_round(&g->vm, turn);
	KUNIT_EXPECT_EQ(test, query(test).kept, 0u);
	KUNIT_EXPECT_EQ(test, query(test).kept_why, (u32)BALLAST_KEPT_NONE);
}

static void names(struct kunit *test)
{
	u32 i;

	for (i = 0; i < BALLAST_NR_KEPTS; i++)
		KUNIT_EXPECT_NE(test, ballast_kept_name(i)[0], '?');
	KUNIT_EXPECT_EQ(test, ballast_kept_name(~0u)[0], '?');
}

static struct kunit_case cases[] = {
	KUNIT_CASE(targets),
	KUNIT_CASE(nothing_said),
	KUNIT_CASE(only_the_one_in_charge),
	KUNIT_CASE(another_boot),
	KUNIT_CASE(what_is_kept),
	KUNIT_CASE(names),
	{}
};

struct kunit_suite ballast_balloon_suite = {
	.name = "ballast_balloon",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = end,
	.test_cases = cases,
};
