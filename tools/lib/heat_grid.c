// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heat_grid.h"

/* --- spans --------------------------------------------------------------------- */

static int add_span(struct heat_spans *spans, uint64_t block)
{
	struct heat_span *v = realloc(spans->v, (spans->nr + 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	v[spans->nr++] = (struct heat_span) { block, 1 };
	spans->v = v;
	return 0;
}

int heat_spans_add(struct heat_spans *spans, uint64_t block,
		   const struct ballast_block_activity *blocks, size_t nr)
{
	for (size_t i = 0; i < nr; i++, block++) {
		struct heat_span *last = spans->nr ? &spans->v[spans->nr - 1] : NULL;

		if (!blocks[i].nr_pages)
			continue;
		if (last && last->block + last->nr == block)
			last->nr++;
		else if (add_span(spans, block))
			return -ENOMEM;
	}
	return 0;
}

void heat_spans_release(struct heat_spans *spans)
{
	free(spans->v);
	spans->v = NULL;
	spans->nr = 0;
}

static uint64_t hole_after(const struct heat_spans *spans, size_t i)
{
	return spans->v[i + 1].block - (spans->v[i].block + spans->v[i].nr);
}

static void merge_next(struct heat_spans *spans, size_t i)
{
	spans->v[i].nr += hole_after(spans, i) + spans->v[i + 1].nr;
	spans->nr--;
	memmove(&spans->v[i + 1], &spans->v[i + 2], (spans->nr - i - 1) * sizeof(*spans->v));
}

static uint64_t total(const struct heat_spans *spans)
{
	uint64_t blocks = 0;

	for (size_t i = 0; i < spans->nr; i++)
		blocks += spans->v[i].nr;
	return blocks;
}

/* Holes that are no wider than a column need none of their own. */
static void merge_small_holes(struct heat_spans *spans, size_t width)
{
	uint64_t column = total(spans) / width;

	for (size_t i = 0; i + 1 < spans->nr;) {
		if (hole_after(spans, i) <= column)
			merge_next(spans, i);
		else
			i++;
	}
}

/* Each span and each hole between two takes a column at least. */
static void merge_to_fit(struct heat_spans *spans, size_t width)
{
	while (2 * spans->nr - 1 > width) {
		size_t smallest = 0;

		for (size_t i = 1; i + 1 < spans->nr; i++)
			if (hole_after(spans, i) < hole_after(spans, smallest))
				smallest = i;
		merge_next(spans, smallest);
	}
}

/* --- grid ------------------------------------------------------------------------ */

static void add_column(struct heat_grid *grid, uint64_t block, uint64_t nr, bool gap)
{
	grid->columns[grid->nr++] = (struct heat_column) { block, nr, gap };
}

static void add_columns(struct heat_grid *grid, const struct heat_span *span, uint64_t columns)
{
	for (uint64_t i = 0; i < columns; i++) {
		uint64_t from = span->nr * i / columns, to = span->nr * (i + 1) / columns;

		add_column(grid, span->block + from, to - from, false);
	}
}

int heat_grid_build(struct heat_grid *grid, struct heat_spans *spans, size_t width)
{
	uint64_t blocks, share, before = 0;

	memset(grid, 0, sizeof(*grid));
	if (!spans->nr)
		return -ENODATA;
	if (!width)
		width = (size_t)total(spans) + spans->nr - 1;
	if (width < HEAT_WIDTH_MIN)
		width = HEAT_WIDTH_MIN;
	merge_small_holes(spans, width);
	merge_to_fit(spans, width);
	blocks = total(spans);
	/* To share out once each span has one column, and each hole its own. */
	share = width - (2 * spans->nr - 1);
	grid->columns = calloc(width, sizeof(*grid->columns));
	if (!grid->columns)
		return -ENOMEM;
	for (size_t i = 0; i < spans->nr; i++) {
		const struct heat_span *span = &spans->v[i];
		uint64_t columns = span->nr;

		if (blocks + spans->nr - 1 > width)
			columns = 1 + (share * (before + span->nr) + blocks / 2) / blocks -
				  (share * before + blocks / 2) / blocks;
		before += span->nr;
		add_columns(grid, span, columns < span->nr ? columns : span->nr);
		if (i + 1 < spans->nr)
			add_column(grid, span->block + span->nr, hole_after(spans, i), true);
	}
	return 0;
}

int heat_grid_copy(struct heat_grid *to, const struct heat_grid *from)
{
	to->columns = calloc(from->nr, sizeof(*to->columns));
	if (!to->columns)
		return -ENOMEM;
	memcpy(to->columns, from->columns, from->nr * sizeof(*to->columns));
	to->nr = from->nr;
	return 0;
}

void heat_grid_release(struct heat_grid *grid)
{
	free(grid->columns);
	grid->columns = NULL;
	grid->nr = 0;
}

/* --- heat ------------------------------------------------------------------------- */

static void sum_block(struct heat_sum *sum, const struct ballast_block_activity *block)
{
	const uint16_t *pages = block->level_pages;

	sum->pages += block->nr_pages;
	if (block->nr_pages > pages[BALLAST_UNKNOWN])
		sum->known += block->nr_pages - pages[BALLAST_UNKNOWN];
	sum->weight += pages[BALLAST_COOL] + 2ull * pages[BALLAST_WARM] +
		       3ull * pages[BALLAST_HOT];
}

/* The first column that does not end before @block. */
static size_t find_column(const struct heat_grid *grid, uint64_t block)
{
	size_t low = 0, high = grid->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (grid->columns[middle].block + grid->columns[middle].nr <= block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void heat_grid_add(const struct heat_grid *grid, struct heat_sum *sums, uint64_t block,
		   const struct ballast_block_activity *blocks, size_t nr)
{
	size_t column = find_column(grid, block);

	for (size_t i = 0; i < nr && column < grid->nr; i++, block++) {
		if (block < grid->columns[column].block)
			continue;
		sum_block(&sums[column], &blocks[i]);
		if (block + 1 == grid->columns[column].block + grid->columns[column].nr)
			column++;
	}
}

uint8_t heat_value(const struct heat_sum *sum)
{
	uint64_t hottest = 3 * sum->pages;

	if (!sum->pages)
		return HEAT_HOLE;
	if (!sum->known)
		return HEAT_UNKNOWN;
	return (uint8_t)((HEAT_MAX * sum->weight + hottest / 2) / hottest);
}
