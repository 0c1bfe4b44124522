// SPDX-License-Identifier: GPL-2.0-only
/* The packed state of a block against a plain model of it. */

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "host/store.h"
#include "suites.h"

/* Documented ceiling for one block with all it can have: 0.88 byte per page. */
#define CEILING_BYTES	(BALLAST_BLOCK_PAGES * 88 / 100)

/* Tests run one after another; these are too large for a kernel stack. */
static struct ballast_block block;
static atomic_long_t bytes;
static u8 wanted[BALLAST_BLOCK_PAGES], found[BALLAST_BLOCK_PAGES];
static DECLARE_BITMAP(model, BALLAST_BLOCK_PAGES);
static DECLARE_BITMAP(credit, BALLAST_BLOCK_PAGES);
static u32 seed;

static u32 rnd(u32 below)
{
	return test_rnd(&seed, below);
}

static int start(struct kunit *test)
{
	memset(&block, 0, sizeof(block));
	atomic_long_set(&bytes, 0);
	bitmap_zero(model, BALLAST_BLOCK_PAGES);
	seed = 1;
	ballast_block_set_level(&block, BALLAST_MAP_4K);
	return 0;
}

/* Whatever a test did, a block that is cleared owns nothing. */
static void stop(struct kunit *test)
{
	ballast_block_clear(&block, &bytes);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&bytes), 0);
}

static void save(const u8 *states)
{
	ballast_block_save(&block, states, 0, BALLAST_BLOCK_PAGES);
}

static u8 page_state(unsigned int page)
{
	u8 state;

	rcu_read_lock();
	state = ballast_block_page(&block, page);
	rcu_read_unlock();
	return state;
}

static bool owes(unsigned int page)
{
	bool owed;

	rcu_read_lock();
	owed = ballast_block_owes(&block, page);
	rcu_read_unlock();
	return owed;
}

static bool repay(unsigned int first, unsigned int last)
{
	bool owed;

	rcu_read_lock();
	owed = ballast_block_repay(&block, first, last, &bytes);
	rcu_read_unlock();
	return owed;
}

static void give_credit(unsigned int page)
{
	rcu_read_lock();
	ballast_block_credit(&block, page);
	rcu_read_unlock();
}

static unsigned int pages_owed(void)
{
	unsigned int page, n = 0;

	for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
		n += owes(page);
	return n;
}

static void a_new_block_knows_nothing(struct kunit *test)
{
	memset(&block, 0, sizeof(block));
	KUNIT_EXPECT_EQ(test, ballast_block_state(&block), BALLAST_S_UNSEEN);
	KUNIT_EXPECT_EQ(test, ballast_block_level(&block), BALLAST_MAP_NONE);
	KUNIT_EXPECT_EQ(test, ballast_block_streak(&block), 0);
	KUNIT_EXPECT_EQ(test, ballast_block_seen(&block), 0);
	KUNIT_EXPECT_FALSE(test, ballast_block_expanded(&block));
	KUNIT_EXPECT_FALSE(test, ballast_block_owes_any(&block));
	KUNIT_EXPECT_EQ(test, ballast_block_suspects(&block).patience, 0);
}

/* Four fields in one word: each keeps its value while the others change. */
static void fields_are_independent(struct kunit *test)
{
	u8 state = 0, level = BALLAST_MAP_4K, streak = 0;
	u16 seen = 0;
	int i;

	for (i = 0; i < 4000; i++) {
		switch (rnd(4)) {
		case 0:
			state = rnd(BALLAST_NR_STATES);
			ballast_block_set_state(&block, state);
			break;
		case 1:
			level = rnd(BALLAST_NR_MAP_LEVELS);
			ballast_block_set_level(&block, level);
			break;
		case 2:
			streak = rnd(BALLAST_STREAK_MAX + 1);
			ballast_block_set_streak(&block, streak);
			break;
		default:
			seen = rnd(U16_MAX + 1);
			ballast_block_set_seen(&block, seen);
		}
		KUNIT_ASSERT_EQ(test, ballast_block_state(&block), state);
		KUNIT_ASSERT_EQ(test, ballast_block_level(&block), level);
		KUNIT_ASSERT_EQ(test, ballast_block_streak(&block), streak);
		KUNIT_ASSERT_EQ(test, ballast_block_seen(&block), seen);
	}
}

static void expansion_hands_the_state_to_all_pages(struct kunit *test)
{
	unsigned int page;

	ballast_block_set_state(&block, BALLAST_S_WARM2);
	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	KUNIT_EXPECT_TRUE(test, ballast_block_expanded(&block));
	for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
		KUNIT_ASSERT_EQ(test, page_state(page), BALLAST_S_WARM2);
	ballast_block_load(&block, found);
	memset(wanted, BALLAST_S_WARM2, sizeof(wanted));
	KUNIT_EXPECT_EQ(test, memcmp(wanted, found, sizeof(wanted)), 0);
}

static void expanding_twice_changes_nothing(struct kunit *test)
{
	long once;

	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	once = atomic_long_read(&bytes);
	memset(wanted, BALLAST_S_COLD1, sizeof(wanted));
	save(wanted);
	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&bytes), once);
	KUNIT_EXPECT_EQ(test, page_state(100), BALLAST_S_COLD1);
}

/* Two pages share a byte: every pair of states, in both halves. */
static void nibbles_do_not_mix(struct kunit *test)
{
	unsigned int page, round;

	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
		wanted[page] = page % 2 ? page / 2 / BALLAST_NR_STATES :
					  page / 2 % BALLAST_NR_STATES;
	for (round = 0; round < 20; round++) {
		save(wanted);
		ballast_block_load(&block, found);
		KUNIT_ASSERT_EQ(test, memcmp(wanted, found, sizeof(wanted)), 0);
		for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
			KUNIT_ASSERT_EQ(test, page_state(page), wanted[page]);
		for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
			wanted[page] = rnd(BALLAST_NR_STATES);
	}
}

static void collapse_leaves_one_state(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	KUNIT_EXPECT_GT(test, atomic_long_read(&bytes), 0);
	ballast_block_collapse(&block, BALLAST_S_COOL4, &bytes);
	KUNIT_EXPECT_FALSE(test, ballast_block_expanded(&block));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&bytes), 0);
	KUNIT_EXPECT_EQ(test, page_state(0), BALLAST_S_COOL4);
	KUNIT_EXPECT_EQ(test, page_state(BALLAST_BLOCK_PAGES - 1), BALLAST_S_COOL4);
	ballast_block_collapse(&block, BALLAST_S_COLD0, &bytes);
	KUNIT_EXPECT_EQ(test, ballast_block_state(&block), BALLAST_S_COLD0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&bytes), 0);
}

static void a_block_stays_below_its_ceiling(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	ballast_block_owe(&block, 0, 1, &bytes);
	KUNIT_EXPECT_LE(test, atomic_long_read(&bytes) + (long)sizeof(block), CEILING_BYTES);
}

static void suspects_are_kept_by_expanded_blocks(struct kunit *test)
{
	struct ballast_suspects in = { .coarse = 0xa5, .fine = 0x5a, .patience = 3 }, out;

	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	ballast_block_set_suspects(&block, in);
	out = ballast_block_suspects(&block);
	KUNIT_EXPECT_EQ(test, out.coarse, 0xa5);
	KUNIT_EXPECT_EQ(test, out.fine, 0x5a);
	KUNIT_EXPECT_EQ(test, out.patience, 3);
	ballast_block_collapse(&block, BALLAST_S_HOT0, &bytes);
	out = ballast_block_suspects(&block);
	KUNIT_EXPECT_EQ(test, out.coarse | out.fine | out.patience, 0);
}

static void credit_names_pages_once(struct kunit *test)
{
	static const unsigned int pages[] = { 0, 1, 63, 64, 65, 511, 511 };
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		give_credit(pages[i]);
		__set_bit(pages[i], model);
	}
	KUNIT_EXPECT_TRUE(test, ballast_block_take(&block, BALLAST_EV_CREDIT));
	KUNIT_EXPECT_EQ(test, ballast_block_take_credit(&block, credit), ARRAY_SIZE(pages) - 1);
	KUNIT_EXPECT_TRUE(test, bitmap_equal(model, credit, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_FALSE(test, ballast_block_take(&block, BALLAST_EV_CREDIT));
	KUNIT_EXPECT_EQ(test, ballast_block_take_credit(&block, credit), 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(credit, BALLAST_BLOCK_PAGES));
}

static void credit_of_a_uniform_block_names_nobody(struct kunit *test)
{
	give_credit(17);
	bitmap_fill(credit, BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, ballast_block_take_credit(&block, credit), 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(credit, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_TRUE(test, ballast_block_take(&block, BALLAST_EV_CREDIT));
}

static void events_are_taken_one_by_one(struct kunit *test)
{
	ballast_block_raise(&block, BALLAST_EV_INVALID);
	ballast_block_raise(&block, BALLAST_EV_PRIMED);
	KUNIT_EXPECT_FALSE(test, ballast_block_event(&block, BALLAST_EV_CREDIT));
	KUNIT_EXPECT_TRUE(test, ballast_block_take(&block, BALLAST_EV_INVALID));
	KUNIT_EXPECT_FALSE(test, ballast_block_take(&block, BALLAST_EV_INVALID));
	KUNIT_EXPECT_TRUE(test, ballast_block_event(&block, BALLAST_EV_PRIMED));
}

/* Ranges at the edges of words and of the block. */
static void a_debt_is_repaid_once(struct kunit *test)
{
	static const struct { unsigned int first, last; } ranges[] = {
		{ 0, 1 }, { 511, 512 }, { 63, 65 }, { 64, 128 }, { 1, 511 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		unsigned int first = ranges[i].first, last = ranges[i].last;

		ballast_block_owe(&block, first, last, &bytes);
		KUNIT_EXPECT_EQ(test, pages_owed(), last - first);
		KUNIT_EXPECT_TRUE(test, ballast_block_owes_any(&block));
		KUNIT_EXPECT_TRUE(test, owes(first));
		KUNIT_EXPECT_TRUE(test, owes(last - 1));
		if (first)
			KUNIT_EXPECT_FALSE(test, repay(0, first));
		if (last < BALLAST_BLOCK_PAGES)
			KUNIT_EXPECT_FALSE(test, repay(last, BALLAST_BLOCK_PAGES));
		KUNIT_EXPECT_TRUE(test, repay(first, last));
		KUNIT_EXPECT_FALSE(test, repay(first, last));
		KUNIT_EXPECT_EQ(test, pages_owed(), 0);
	}
}

/* A whole block owed costs no memory, until somebody wants one page of it. */
static void a_whole_block_is_owed_without_memory(struct kunit *test)
{
	ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES, &bytes);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&bytes), 0);
	KUNIT_EXPECT_EQ(test, pages_owed(), BALLAST_BLOCK_PAGES);
	KUNIT_EXPECT_TRUE(test, repay(100, 101));
	KUNIT_EXPECT_FALSE(test, repay(100, 101));
	KUNIT_EXPECT_EQ(test, pages_owed(), BALLAST_BLOCK_PAGES - 1);
	KUNIT_EXPECT_FALSE(test, owes(100));
	KUNIT_EXPECT_TRUE(test, repay(0, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_EQ(test, pages_owed(), 0);
	KUNIT_EXPECT_FALSE(test, repay(0, BALLAST_BLOCK_PAGES));
}

static void a_whole_debt_is_repaid_whole(struct kunit *test)
{
	ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES, &bytes);
	KUNIT_EXPECT_TRUE(test, repay(0, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_FALSE(test, repay(0, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_FALSE(test, ballast_block_owes_any(&block));
}

/* Bits from before and a debt of all on top: one collector, told once. */
static void bits_below_a_whole_debt_go_with_it(struct kunit *test)
{
	ballast_block_owe(&block, 7, 9, &bytes);
	ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES, &bytes);
	KUNIT_EXPECT_TRUE(test, repay(0, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_EQ(test, pages_owed(), 0);
	KUNIT_EXPECT_FALSE(test, repay(7, 8));
}

/* One bit stands for a huge page: who takes any part takes it all. */
static void a_huge_page_is_owed_and_repaid_as_one(struct kunit *test)
{
	ballast_block_set_level(&block, BALLAST_MAP_2M);
	ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES, &bytes);
	KUNIT_EXPECT_TRUE(test, repay(300, 301));
	KUNIT_EXPECT_EQ(test, pages_owed(), 0);
	KUNIT_EXPECT_FALSE(test, repay(0, BALLAST_BLOCK_PAGES));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&bytes), 0);
}

static void owing_follows_the_model(struct kunit *test)
{
	unsigned int round, page;

	for (round = 0; round < 3000; round++) {
		unsigned int first = rnd(BALLAST_BLOCK_PAGES);
		unsigned int n = rnd(4) ? 1 + rnd(3) : 1 + rnd(BALLAST_BLOCK_PAGES);
		unsigned int last = min_t(unsigned int, first + n, BALLAST_BLOCK_PAGES);

		if (!rnd(50)) {
			first = 0;
			last = BALLAST_BLOCK_PAGES;
		}
		if (rnd(2)) {
			ballast_block_owe(&block, first, last, &bytes);
			bitmap_set(model, first, last - first);
		} else {
			bool owed = find_next_bit(model, last, first) < last;

			KUNIT_ASSERT_EQ(test, repay(first, last), owed);
			bitmap_clear(model, first, last - first);
		}
		page = rnd(BALLAST_BLOCK_PAGES);
		KUNIT_ASSERT_EQ(test, owes(page), test_bit(page, model));
	}
	for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
		KUNIT_ASSERT_EQ(test, owes(page), test_bit(page, model));
}

static void clearing_forgets_all(struct kunit *test)
{
	ballast_block_set_streak(&block, 5);
	ballast_block_set_seen(&block, 1234);
	KUNIT_ASSERT_EQ(test, ballast_block_expand(&block, &bytes), 0);
	give_credit(3);
	ballast_block_owe(&block, 3, 4, &bytes);
	ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES, &bytes);
	ballast_block_clear(&block, &bytes);
	a_new_block_knows_nothing(test);
	KUNIT_EXPECT_EQ(test, pages_owed(), 0);
	KUNIT_EXPECT_FALSE(test, ballast_block_event(&block, ~0));
}

/**
 * struct collector - one of two who collect debts page by page
 * @go:    start
 * @done:  all pages asked for
 * @found: debts told
 */
struct collector {
	struct completion go;
	struct completion done;
	unsigned int found;
};

static int collect(void *arg)
{
	struct collector *c = arg;
	unsigned int page;

	wait_for_completion(&c->go);
	for (page = 0; page < BALLAST_BLOCK_PAGES; page++)
		c->found += repay(page, page + 1);
	kthread_complete_and_exit(&c->done, 0);
}

/* Debts told to two who collect at the same time. */
static unsigned int collect_by_two(struct kunit *test)
{
	static struct collector two[2];
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		init_completion(&two[i].go);
		init_completion(&two[i].done);
		two[i].found = 0;
		task = kthread_run(collect, &two[i], "collect/%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < 2; i++)
		complete(&two[i].go);
	for (i = 0; i < 2; i++)
		wait_for_completion(&two[i].done);
	return two[0].found + two[1].found;
}

/* Owed by page: each debt goes to one of the two. */
static void two_collectors_share_debts(struct kunit *test)
{
	unsigned int round;

	for (round = 0; round < 50; round++) {
		ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES - 1, &bytes);
		ballast_block_owe(&block, BALLAST_BLOCK_PAGES - 1, BALLAST_BLOCK_PAGES, &bytes);
		KUNIT_ASSERT_EQ(test, collect_by_two(test), BALLAST_BLOCK_PAGES);
		KUNIT_ASSERT_EQ(test, pages_owed(), 0);
	}
}

/*
 * Owed as a whole, and spelled out by either: some may be told to both, which
 * keeps a page longer than needed, but none is told to nobody.
 */
static void two_collectors_lose_no_debt(struct kunit *test)
{
	unsigned int round;

	for (round = 0; round < 50; round++) {
		ballast_block_owe(&block, 0, BALLAST_BLOCK_PAGES, &bytes);
		KUNIT_ASSERT_GE(test, collect_by_two(test), BALLAST_BLOCK_PAGES);
		repay(0, BALLAST_BLOCK_PAGES);
		KUNIT_ASSERT_EQ(test, pages_owed(), 0);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_new_block_knows_nothing),
	KUNIT_CASE(fields_are_independent),
	KUNIT_CASE(expansion_hands_the_state_to_all_pages),
	KUNIT_CASE(expanding_twice_changes_nothing),
	KUNIT_CASE(nibbles_do_not_mix),
	KUNIT_CASE(collapse_leaves_one_state),
	KUNIT_CASE(a_block_stays_below_its_ceiling),
	KUNIT_CASE(suspects_are_kept_by_expanded_blocks),
	KUNIT_CASE(credit_names_pages_once),
	KUNIT_CASE(credit_of_a_uniform_block_names_nobody),
	KUNIT_CASE(events_are_taken_one_by_one),
	KUNIT_CASE(a_debt_is_repaid_once),
	KUNIT_CASE(a_whole_block_is_owed_without_memory),
	KUNIT_CASE(a_whole_debt_is_repaid_whole),
	KUNIT_CASE(bits_below_a_whole_debt_go_with_it),
	KUNIT_CASE(a_huge_page_is_owed_and_repaid_as_one),
	KUNIT_CASE(owing_follows_the_model),
	KUNIT_CASE(clearing_forgets_all),
	KUNIT_CASE(two_collectors_share_debts),
	KUNIT_CASE(two_collectors_lose_no_debt),
	{}
};

struct kunit_suite ballast_store_suite = {
	.name = "ballast_store",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = stop,
	.test_cases = cases,
};
