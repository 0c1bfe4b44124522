/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory folded into columns, and one heat value per column
 *
 * Guest memory lies in a few spans with holes between them, some much larger than
 * the memory (a guest of 256 MiB has its firmware below 4 GiB). The grid gives the
 * spans columns in proportion and each large hole a single one, a gap.
 *
 * The heat of a column is the mean weight of its pages' levels, in percent: cold
 * 0, cool 33, warm 67, hot 100; a page that nothing is known about counts as cold,
 * unless nothing is known about any of them.
 */
#ifndef BALLAST_TOOLS_HEAT_GRID_H
#define BALLAST_TOOLS_HEAT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/ballast.h>

#define HEAT_BLOCK_PAGES	512
#define HEAT_MAX		100
#define HEAT_UNKNOWN		254
#define HEAT_HOLE		255
/* No grid is narrower. */
#define HEAT_WIDTH_MIN		10

/**
 * struct heat_span - 2 MiB blocks in a row that have memory
 * @block: the first
 * @nr:    how many
 */
struct heat_span {
	uint64_t block;
	uint64_t nr;
};

/* Zero-initialized, released with heat_spans_release(). */
struct heat_spans {
	struct heat_span *v;
	size_t nr;
};

/**
 * struct heat_column - a column of the grid
 * @block: its first block
 * @nr:    how many
 * @gap:   a hole between two spans
 */
struct heat_column {
	uint64_t block;
	uint64_t nr;
	bool gap;
};

/* Columns in the order of guest addresses, without anything between them. */
struct heat_grid {
	struct heat_column *columns;
	size_t nr;
};

/**
 * struct heat_sum - pages of a column, on the way to its heat
 * @pages:  guest memory
 * @known:  of them, those whose level is known
 * @weight: of all levels
 */
struct heat_sum {
	uint64_t pages;
	uint64_t known;
	uint64_t weight;
};

/* Note where @nr blocks from @block on have memory. In ascending order. 0 or -ENOMEM. */
int heat_spans_add(struct heat_spans *spans, uint64_t block,
		   const struct ballast_block_activity *blocks, size_t nr);
void heat_spans_release(struct heat_spans *spans);

/* @width columns at most, 0: one per block. Merges @spans. 0, -ENOMEM, -ENODATA: no memory. */
int heat_grid_build(struct heat_grid *grid, struct heat_spans *spans, size_t width);
int heat_grid_copy(struct heat_grid *to, const struct heat_grid *from);
void heat_grid_release(struct heat_grid *grid);

/* Add blocks to the sums of the columns they are in; others are left out. */
void heat_grid_add(const struct heat_grid *grid, struct heat_sum *sums, uint64_t block,
		   const struct ballast_block_activity *blocks, size_t nr);
/* 0 to HEAT_MAX, HEAT_UNKNOWN or HEAT_HOLE. */
uint8_t heat_value(const struct heat_sum *sum);

#endif
