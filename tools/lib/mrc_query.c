// SPDX-License-Identifier: GPL-2.0-only
#include "mrc_query.h"

static struct ballast_mrc_point point(const struct ballast_curve_point *p)
{
	return (struct ballast_mrc_point) {
		.pages = p->pages, .misses = p->misses, .low = p->low, .high = p->high,
	};
}

void mrc_query_curve(const struct ballast_mrc_query *query, struct ballast_mrc_curve *out)
{
	*out = (struct ballast_mrc_curve) {
		.pages = query->pages,
		.seen_pages = query->seen_pages,
		.valid_from_pages = query->valid_from_pages,
		.valid_to_pages = query->valid_to_pages,
		.data_ms = query->data_ms,
		.entries = query->entries,
		.nr_points = min_t(u32, query->nr_points, BALLAST_MRC_POINTS),
		.cold = point(&query->cold),
	};
	for (u32 i = 0; i < out->nr_points; i++)
		out->points[i] = point(&query->points[i]);
}
