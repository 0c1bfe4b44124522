// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "heat_axis.h"

#define GAP_PIXELS	8.0
#define SPAN_PIXELS	5.0

/* Columns up to the next gap or the end. */
static size_t span_length(const struct heat_grid *grid, size_t from)
{
	size_t to = from;

	while (to < grid->nr && !grid->columns[to].gap)
		to++;
	return to - from;
}

/*
 * Pixels that one column gets: small spans are widened first, the rest share what
 * is left. A span that the sharing would make small is then small itself, so go
 * on until none is added.
 */
static double column_pixels(const struct heat_grid *grid, double length)
{
	double left, pixels = length / (double)grid->nr;
	size_t columns, before = grid->nr + 1;

	do {
		columns = 0;
		left = length;
		for (size_t i = 0, n; i < grid->nr; i += n ? n : 1) {
			n = span_length(grid, i);
			if (!n)
				left -= GAP_PIXELS;
			else if ((double)n * pixels < SPAN_PIXELS)
				left -= SPAN_PIXELS;
			else
				columns += n;
		}
		if (!columns || columns == before)
			break;
		before = columns;
		pixels = left / (double)columns;
	} while (1);
	return pixels;
}

int heat_axis_build(struct heat_axis *axis, const struct heat_grid *grid, double length)
{
	double pixels = column_pixels(grid, length), at = 0;

	axis->grid = grid;
	axis->at = calloc(grid->nr + 1, sizeof(*axis->at));
	if (!axis->at)
		return -ENOMEM;
	for (size_t i = 0, n; i < grid->nr; i += n ? n : 1) {
		n = span_length(grid, i);
		for (size_t j = i; j < i + n; j++) {
			axis->at[j] = at;
			at += (double)n * pixels < SPAN_PIXELS ? SPAN_PIXELS / (double)n : pixels;
		}
		if (!n) {
			axis->at[i] = at;
			at += GAP_PIXELS;
		}
	}
	axis->at[grid->nr] = at;
	/* With very many small spans they do not fit: as a whole, all do. */
	for (size_t i = 0; i <= grid->nr; i++)
		axis->at[i] *= length / at;
	return 0;
}

void heat_axis_release(struct heat_axis *axis)
{
	free(axis->at);
	axis->at = NULL;
}

double heat_axis_position(const struct heat_axis *axis, uint64_t gfn)
{
	const uint64_t block = gfn / HEAT_BLOCK_PAGES;

	for (size_t i = 0; i < axis->grid->nr; i++) {
		const struct heat_column *c = &axis->grid->columns[i];

		if (block < c->block || block >= c->block + c->nr)
			continue;
		return axis->at[i] + (axis->at[i + 1] - axis->at[i]) *
		       ((double)gfn / HEAT_BLOCK_PAGES - (double)c->block) / (double)c->nr;
	}
	return -1;
}

size_t heat_axis_column(const struct heat_axis *axis, double position)
{
	size_t low = 0, high = axis->grid->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (axis->at[middle + 1] <= position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t heat_tick_pages(uint64_t range, unsigned int ticks)
{
	uint64_t step = HEAT_BLOCK_PAGES;

	while (range / step > ticks)
		step *= 2;
	return step;
}

struct text heat_label_gfn(uint64_t gfn)
{
	double mib = (double)gfn / 256;
	struct text t;

	if (!gfn)
		snprintf(t.s, sizeof(t.s), "0");
	else if (mib < 1024)
		snprintf(t.s, sizeof(t.s), "%.6g MiB", mib);
	else
		snprintf(t.s, sizeof(t.s), "%.4g GiB", mib / 1024);
	return t;
}

uint64_t heat_record_end(const struct heat_record *record)
{
	const struct heat_sample *last = &record->samples[record->nr - 1];
	uint64_t length = record->nr > 1 ? last->t_ms - last[-1].t_ms : record->interval_ms;

	return last->t_ms + (length ? length : 1);
}
