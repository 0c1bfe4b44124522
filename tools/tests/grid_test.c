// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "heat_grid.h"
#include "heat_palette.h"
#include "test.h"

static struct heat_spans spans;
static struct heat_grid grid;

static void add(uint64_t block, size_t nr)
{
	struct ballast_block_activity *blocks = calloc(nr, sizeof(*blocks));

	for (size_t i = 0; i < nr; i++)
		blocks[i].nr_pages = HEAT_BLOCK_PAGES;
	CHECK_EQ(heat_spans_add(&spans, block, blocks, nr), 0);
	free(blocks);
}

static void done(void)
{
	heat_spans_release(&spans);
	heat_grid_release(&grid);
}

/* Whatever the memory is like: in order, nothing between, nothing left out. */
static void check_grid(size_t width)
{
	const struct heat_column *c = grid.columns;

	CHECK(grid.nr && grid.nr <= width);
	CHECK(!c[0].gap && !c[grid.nr - 1].gap);
	for (size_t i = 0; i < grid.nr; i++) {
		CHECK(c[i].nr > 0);
		if (i) {
			CHECK_EQ(c[i].block, c[i - 1].block + c[i - 1].nr);
			CHECK(!c[i].gap || !c[i - 1].gap);
		}
	}
}

static void finds_spans(void)
{
	struct ballast_block_activity blocks[8] = { 0 };

	blocks[1].nr_pages = blocks[2].nr_pages = blocks[7].nr_pages = 1;
	CHECK_EQ(heat_spans_add(&spans, 0, blocks, 8), 0);
	/* A span that goes on in the next chunk is one. */
	CHECK_EQ(heat_spans_add(&spans, 8, blocks + 1, 2), 0);
	CHECK_EQ(spans.nr, 2);
	CHECK_EQ(spans.v[0].block, 1);
	CHECK_EQ(spans.v[0].nr, 2);
	CHECK_EQ(spans.v[1].block, 7);
	CHECK_EQ(spans.v[1].nr, 3);
	done();
}

static void no_memory(void)
{
	struct ballast_block_activity holes[4] = { 0 };

	CHECK_EQ(heat_spans_add(&spans, 0, holes, 4), 0);
	CHECK_EQ(heat_grid_build(&grid, &spans, 80), -ENODATA);
	done();
}

static void one_column_per_block(void)
{
	add(0, 30);
	CHECK_EQ(heat_grid_build(&grid, &spans, 80), 0);
	CHECK_EQ(grid.nr, 30);
	check_grid(80);
	done();
}

static void every_block(void)
{
	add(0, 300);
	add(2047, 1);
	CHECK_EQ(heat_grid_build(&grid, &spans, 0), 0);
	CHECK_EQ(grid.nr, 302);
	CHECK(grid.columns[300].gap);
	CHECK_EQ(grid.columns[300].nr, 2047 - 300);
	check_grid(302);
	done();
}

/* A guest of 3 GiB below and 5 GiB above the PCI hole, firmware under 4 GiB. */
static void folded(void)
{
	size_t low = 0, high = 0;

	add(0, 1536);
	add(2047, 1);
	add(2048, 2560);
	CHECK_EQ(heat_grid_build(&grid, &spans, 70), 0);
	check_grid(70);
	CHECK_EQ(grid.nr, 70);
	for (size_t i = 0; i < grid.nr; i++) {
		low += grid.columns[i].block < 1536;
		high += grid.columns[i].block >= 2047;
	}
	CHECK_EQ(low + high, 69);
	CHECK(low >= 25 && low <= 27);
	done();
}

static void small_holes(void)
{
	/* 1000 blocks in 10 columns: holes of up to 100 blocks are lost in them. */
	add(0, 500);
	add(550, 500);
	CHECK_EQ(heat_grid_build(&grid, &spans, 10), 0);
	CHECK_EQ(spans.nr, 1);
	check_grid(10);
	done();
}

static void many_spans(void)
{
	for (uint64_t i = 0; i < 100; i++)
		add(i * 1000 * (1 + i % 7), 1);
	spans.nr = 1;	/* not in ascending order: keep the first */
	for (uint64_t i = 1; i < 100; i++)
		add(i * 1000 + i * i, 1);
	CHECK_EQ(heat_grid_build(&grid, &spans, HEAT_WIDTH_MIN), 0);
	check_grid(HEAT_WIDTH_MIN);
	done();
}

static void narrow(void)
{
	add(0, 100);
	CHECK_EQ(heat_grid_build(&grid, &spans, 1), 0);
	check_grid(HEAT_WIDTH_MIN);
	done();
}

static void every_width(void)
{
	for (size_t width = HEAT_WIDTH_MIN; width < 200; width++) {
		add(3, 90);
		add(500, 7);
		add(2047, 1);
		CHECK_EQ(heat_grid_build(&grid, &spans, width), 0);
		check_grid(width);
		CHECK_EQ(grid.columns[0].block, 3);
		CHECK_EQ(grid.columns[grid.nr - 1].block + grid.columns[grid.nr - 1].nr, 2048);
		done();
	}
}

static struct ballast_block_activity block(unsigned int unknown, unsigned int cold,
					   unsigned int cool, unsigned int warm,
					   unsigned int hot)
{
	return (struct ballast_block_activity) {
		.level_pages = { (uint16_t)unknown, (uint16_t)cold, (uint16_t)cool,
				 (uint16_t)warm, (uint16_t)hot },
		.nr_pages = (uint16_t)(unknown + cold + cool + warm + hot),
	};
}

static uint8_t heat_of(struct ballast_block_activity one)
{
	struct heat_column column = { 0, 1, false };
	struct heat_grid single = { &column, 1 };
	struct heat_sum sum = { 0 };

	heat_grid_add(&single, &sum, 0, &one, 1);
	return heat_value(&sum);
}

static void heat(void)
{
	CHECK_EQ(heat_of(block(0, 0, 0, 0, 0)), HEAT_HOLE);
	CHECK_EQ(heat_of(block(512, 0, 0, 0, 0)), HEAT_UNKNOWN);
	CHECK_EQ(heat_of(block(0, 512, 0, 0, 0)), 0);
	CHECK_EQ(heat_of(block(0, 0, 512, 0, 0)), 33);
	CHECK_EQ(heat_of(block(0, 0, 0, 512, 0)), 67);
	CHECK_EQ(heat_of(block(0, 0, 0, 0, 512)), HEAT_MAX);
	CHECK_EQ(heat_of(block(0, 256, 0, 0, 256)), 50);
	/* A page that nothing is known about counts as cold. */
	CHECK_EQ(heat_of(block(256, 0, 0, 0, 256)), 50);
	CHECK_EQ(heat_of(block(511, 1, 0, 0, 0)), 0);
}

static void sums(void)
{
	struct ballast_block_activity blocks[50];
	struct heat_sum sum[20] = { 0 };

	add(10, 20);
	add(1000, 20);
	CHECK_EQ(heat_grid_build(&grid, &spans, 11), 0);
	CHECK_EQ(grid.nr, 11);
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = block(0, 0, 0, 0, 1);
	/* Before, in and after the first span; all of the second, in two parts. */
	heat_grid_add(&grid, sum, 0, blocks, 50);
	heat_grid_add(&grid, sum, 1000, blocks, 7);
	heat_grid_add(&grid, sum, 1007, blocks, 43);
	heat_grid_add(&grid, sum, 5000, blocks, 50);
	for (size_t i = 0; i < grid.nr; i++) {
		/* The gap of blocks 30 to 999 has got those up to 49. */
		CHECK_EQ(sum[i].pages, grid.columns[i].gap ? 20 : grid.columns[i].nr);
		CHECK_EQ(heat_value(&sum[i]), HEAT_MAX);
	}
	done();
}

/* Seen by the eye as 0.2126 R + 0.7152 G + 0.0722 B of linear light; roughly. */
static double luma(struct heat_color c)
{
	return 0.2126 * c.r * c.r + 0.7152 * c.g * c.g + 0.0722 * c.b * c.b;
}

static void palette(void)
{
	struct heat_color unknown = heat_palette(HEAT_UNKNOWN), hole = heat_palette(HEAT_HOLE);

	for (unsigned int i = 0; i <= HEAT_MAX; i++) {
		struct heat_color c = heat_palette((uint8_t)i);

		if (i % 10 == 0 && i)
			CHECK(luma(c) > luma(heat_palette((uint8_t)(i - 10))));
		/* No heat is grey, and both greys are. */
		CHECK(abs(c.r - c.g) > 25 || abs(c.g - c.b) > 25);
		CHECK(heat_palette_256((uint8_t)i) >= 16 && heat_palette_256((uint8_t)i) < 232);
		CHECK(!strchr("?/", heat_palette_char((uint8_t)i)));
	}
	CHECK(abs(unknown.r - unknown.b) < 20 && abs(hole.r - hole.b) < 20);
	CHECK(heat_palette_256(HEAT_UNKNOWN) >= 232 && heat_palette_256(HEAT_HOLE) >= 232);
	CHECK_EQ(heat_palette_char(0), '.');
	CHECK_EQ(heat_palette_char(HEAT_MAX), '@');
	CHECK_EQ(heat_palette_char(HEAT_UNKNOWN), '?');
	CHECK_EQ(heat_palette_char(HEAT_HOLE), '/');
}

static const struct test_case cases[] = {
	{ "finds_spans", finds_spans },
	{ "no_memory", no_memory },
	{ "one_column_per_block", one_column_per_block },
	{ "every_block", every_block },
	{ "folded", folded },
	{ "small_holes", small_holes },
	{ "many_spans", many_spans },
	{ "narrow", narrow },
	{ "every_width", every_width },
	{ "heat", heat },
	{ "sums", sums },
	{ "palette", palette },
};

TEST_SUITE(grid, cases);
