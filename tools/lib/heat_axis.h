/* SPDX-License-Identifier: GPL-2.0-only */
/* Where on a picture things of a recording are, and how axes are labelled. */
#ifndef BALLAST_TOOLS_HEAT_AXIS_H
#define BALLAST_TOOLS_HEAT_AXIS_H

#include <stddef.h>
#include <stdint.h>

#include "heat_record.h"
#include "text.h"

/**
 * struct heat_axis - guest memory along a line
 * @grid: of the recording
 * @at:   for each column where it begins, in pixels; grid->nr + 1 of them
 */
struct heat_axis {
	const struct heat_grid *grid;
	double *at;
};

/* 0 or -ENOMEM. Gaps and the smallest spans are wide enough to be seen. */
int heat_axis_build(struct heat_axis *axis, const struct heat_grid *grid, double length);
void heat_axis_release(struct heat_axis *axis);

/* Where the page @gfn is, negative if no column has it. */
double heat_axis_position(const struct heat_axis *axis, uint64_t gfn);
/* The column at a position, grid->nr past the end. */
size_t heat_axis_column(const struct heat_axis *axis, double position);

/* A power of two pages with at most @ticks of them in @range; at least a block. */
uint64_t heat_tick_pages(uint64_t range, unsigned int ticks);
/* "0", "512 MiB", "1.5 GiB". */
struct text heat_label_gfn(uint64_t gfn);

/* When the last sample ends, in ms: as long after it as it came after the one before. */
uint64_t heat_record_end(const struct heat_record *record);

#endif
