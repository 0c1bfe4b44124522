// SPDX-License-Identifier: GPL-2.0-only
/* The exact curve of a trace, and errors of others. */

#include <math.h>
#include <string.h>

#include "policy/tests/mrc_oracle.h"
#include "truth.h"

void truth_find(const struct trace *t, u32 interval, u32 half_life, struct truth *out)
{
	double *misses = out->misses, sum = 0, left = 1;
	u32 i, k;

	if (half_life)
		left = pow(0.5, (double)interval / half_life);
	memset(out, 0, sizeof(*out));
	out->pages = t->pages;
	for (i = 0; i < t->n; i++) {
		if (i && i % interval == 0) {
			for (k = 0; k < TRUTH_SIZES; k++)
				misses[k] *= left;
			sum *= left;
		}
		sum++;
		if (t->distance[i] != MRC_ORACLE_FIRST)
			misses[t->distance[i] / (t->pages / TRUTH_SIZES)]++;
		else
			out->used += t->huge[t->page[i] / 512] ? 512 : 1;
	}
	/* A distance of s pages misses in s pages and less. */
	for (k = TRUTH_SIZES; k--;)
		misses[k] += misses[k + 1];
	for (k = 0; k < TRUTH_SIZES; k++)
		misses[k] /= sum;
}

void truth_compare(const struct truth *truth, const struct ballast_mrc_curve *curve, double per_s,
		   struct error *out)
{
	struct ballast_mrc_point zero = ballast_mrc_at(curve, 0), p;
	double seen = (double)(zero.misses + curve->cold.misses) / 1000 / per_s;
	u32 k;

	memset(out, 0, sizeof(*out));
	for (k = 1; k < TRUTH_SIZES; k++) {
		u64 pages = (u64)k * truth->pages / TRUTH_SIZES;
		double right = truth->misses[k], misses, error;

		p = ballast_mrc_at(curve, pages);
		misses = (double)p.misses / 1000 / per_s;
		error = fabs(misses - right);
		out->mean_all += error / (TRUTH_SIZES - 1);
		if (seen > 0)
			out->ratio += fabs(misses / seen - right) / (TRUTH_SIZES - 1);
		if (pages < curve->valid_from_pages)
			continue;
		out->points++;
		out->mean += error;
		out->most = fmax(out->most, error);
		out->half += (double)(p.high - p.low) / 2 / 1000 / per_s;
		/* Truth has no thousandths. */
		out->covered += right * per_s * 1000 >= (double)p.low - 1 &&
				right * per_s * 1000 <= (double)p.high + 1;
	}
	if (out->points) {
		out->mean /= out->points;
		out->half /= out->points;
	}
	out->from = (double)curve->valid_from_pages / truth->pages;
}
