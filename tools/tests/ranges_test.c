// SPDX-License-Identifier: GPL-2.0-only
/* Which addresses are swapped out. */
#include <stdio.h>

#include "cold_ranges.h"
#include "policy/sched.h"
#include "test.h"

#define COLD	(1u << BALLAST_COLD)
#define COOL	(1u << BALLAST_COOL)
#define PAGE	4096ull

static struct ballast_block_activity block(unsigned int cold, unsigned int hot, unsigned int idle_s)
{
	return (struct ballast_block_activity) {
		.level_pages = { [BALLAST_COLD] = (__u16)cold, [BALLAST_HOT] = (__u16)hot },
		.nr_pages = (__u16)(cold + hot),
		.idle_s = (__u16)idle_s,
	};
}

static void coldest_first(void)
{
	const struct ballast_block_activity blocks[] = {
		block(512, 0, 10), block(100, 412, 0), block(0, 512, 0), block(512, 0, 600),
		block(0, 0, 65535), block(400, 0, 600), block(512, 0, 600),
	};
	struct cold_block out[ARRAY_SIZE(blocks)];

	CHECK_EQ(cold_blocks(512, blocks, ARRAY_SIZE(blocks), COLD, out), 5);
	cold_sort(out, 5);
	CHECK_EQ(out[0].gfn, 4 * 512);
	CHECK_EQ(out[1].gfn, 7 * 512);
	CHECK_EQ(out[2].gfn, 6 * 512);
	CHECK_EQ(out[2].pages, 400);
	CHECK_EQ(out[3].gfn, 1 * 512);
	CHECK_EQ(out[3].idle_s, 10);
	CHECK_EQ(out[4].gfn, 2 * 512);
	CHECK_EQ(cold_blocks(0, blocks, ARRAY_SIZE(blocks), COOL, out), 0);
	CHECK_EQ(cold_blocks(0, blocks, 0, COLD, out), 0);
	cold_sort(out, 0);
}

/* What was swapped out looks as if it had been idle longest. */
static void away_last(void)
{
	struct ballast_block_activity blocks[] = { block(512, 0, 900), block(512, 0, 10) };
	struct cold_block out[ARRAY_SIZE(blocks)];

	blocks[0].map_level = BALLAST_MAP_NONE;
	blocks[1].map_level = BALLAST_MAP_4K;
	CHECK_EQ(cold_blocks(0, blocks, ARRAY_SIZE(blocks), COLD, out), 2);
	cold_sort(out, 2);
	CHECK_EQ(out[0].gfn, 512);
	CHECK_EQ(out[1].gfn, 0);
	CHECK(out[1].away);
}

/* Each pass takes levels that none before it did, and all of them do all. */
static void depths(void)
{
	unsigned int all = 0;

	CHECK_EQ(cold_levels(BALLAST_DEPTH_NONE), 0);
	CHECK_EQ(cold_levels(BALLAST_DEPTH_FREE), 0);
	CHECK_EQ(cold_levels(BALLAST_DEPTH_COLD), COLD);
	CHECK_EQ(cold_levels(BALLAST_DEPTH_COOL), COOL);
	for (unsigned int depth = 0; depth < BALLAST_NR_DEPTHS; depth++) {
		CHECK(!(all & cold_levels(depth)));
		all |= cold_levels(depth);
	}
	CHECK_EQ(all, (1u << BALLAST_NR_LEVELS) - 1);
}

/* --- addresses ------------------------------------------------------------------------ */

static uint8_t pages[COLD_BLOCK_PAGES];
static struct cold_range ranges[COLD_BLOCK_PAGES];
static uint64_t absent_from, absent_to;
static bool refuse;

static bool resident(void *arg, uint64_t hva, size_t nr, bool *here)
{
	(void)arg;
	for (size_t i = 0; i < nr; i++)
		here[i] = hva + i * PAGE < absent_from || hva + i * PAGE >= absent_to;
	return !refuse;
}

static void fill(uint8_t page)
{
	memset(pages, page, sizeof(pages));
	absent_from = absent_to = 0;
	refuse = false;
}

static size_t choose(const struct ballast_slot_entry *slots, size_t nr, uint64_t gfn,
		     uint64_t limit)
{
	return cold_ranges(slots, nr, gfn, pages, sizeof(pages), COLD, resident, NULL, limit,
			   ranges);
}

static const struct ballast_slot_entry one = { .gfn = 0, .pages = 1 << 20, .hva = 1ull << 40 };

static void whole_block(void)
{
	fill(BALLAST_COLD | 5 << 3);
	CHECK_EQ(choose(&one, 1, 1024, 10000), 1);
	CHECK_EQ(ranges[0].hva, one.hva + 1024 * PAGE);
	CHECK_EQ(ranges[0].pages, 512);
	/* The limit. */
	CHECK_EQ(choose(&one, 1, 1024, 7), 1);
	CHECK_EQ(ranges[0].pages, 7);
	CHECK_EQ(choose(&one, 1, 1024, 0), 0);
	/* Where what is in memory cannot be told, nothing is. */
	refuse = true;
	CHECK_EQ(choose(&one, 1, 1024, 10000), 0);
}

static void mixed_block(void)
{
	fill(BALLAST_COLD);
	pages[3] = BALLAST_HOT;
	pages[4] = BALLAST_PAGE_HOLE;
	pages[511] = BALLAST_COOL;
	absent_from = one.hva + 100 * PAGE;
	absent_to = one.hva + 200 * PAGE;
	CHECK_EQ(choose(&one, 1, 0, 10000), 3);
	CHECK_EQ(ranges[0].hva, one.hva);
	CHECK_EQ(ranges[0].pages, 3);
	CHECK_EQ(ranges[1].hva, one.hva + 5 * PAGE);
	CHECK_EQ(ranges[1].pages, 95);
	CHECK_EQ(ranges[2].hva, one.hva + 200 * PAGE);
	CHECK_EQ(ranges[2].pages, 311);
	CHECK_EQ(choose(&one, 1, 0, 5), 2);
	CHECK_EQ(ranges[1].pages, 2);
}

/* Every other page: as many ranges as there can be. */
static void stripes(void)
{
	fill(BALLAST_HOT);
	for (size_t i = 0; i < sizeof(pages); i += 2)
		pages[i] = BALLAST_COLD;
	CHECK_EQ(choose(&one, 1, 512, 10000), 256);
	CHECK_EQ(ranges[255].hva, one.hva + (512 + 510) * PAGE);
	CHECK_EQ(ranges[255].pages, 1);
}

/* Neighbours in the guest need not be neighbours in the VMM; slots begin and end anywhere. */
static void slot_borders(void)
{
	const struct ballast_slot_entry slots[] = {
		{ .gfn = 0, .pages = 600, .hva = 0x10000000 },
		{ .gfn = 600, .pages = 100, .hva = 0x90000000 },
		{ .gfn = 800, .pages = 1000, .hva = 0x50000000 },
	};

	fill(BALLAST_COLD);
	CHECK_EQ(choose(slots, ARRAY_SIZE(slots), 512, 10000), 3);
	CHECK_EQ(ranges[0].hva, 0x10000000 + 512 * PAGE);
	CHECK_EQ(ranges[0].pages, 88);
	CHECK_EQ(ranges[1].hva, 0x90000000);
	CHECK_EQ(ranges[1].pages, 100);
	CHECK_EQ(ranges[2].hva, 0x50000000);
	CHECK_EQ(ranges[2].pages, 224);
	/* A limit in the second slot. */
	CHECK_EQ(choose(slots, ARRAY_SIZE(slots), 512, 90), 2);
	CHECK_EQ(ranges[1].pages, 2);
	CHECK_EQ(choose(slots, ARRAY_SIZE(slots), 2048, 10000), 0);
	/* Memory that ends within the block. */
	CHECK_EQ(cold_ranges(slots, ARRAY_SIZE(slots), 512, pages, 10, COLD, resident, NULL, 10000,
			     ranges), 1);
	CHECK_EQ(ranges[0].pages, 10);
}

static const struct test_case cases[] = {
	{ "coldest_first", coldest_first },
	{ "away_last", away_last },
	{ "depths", depths },
	{ "whole_block", whole_block },
	{ "mixed_block", mixed_block },
	{ "stripes", stripes },
	{ "slot_borders", slot_borders },
};

TEST_SUITE(ranges, cases);
