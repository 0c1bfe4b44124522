/* SPDX-License-Identifier: GPL-2.0-only */
/* The exact curve of a trace, and how far another one is from it. */
#ifndef BALLAST_MRC_TRUTH_H
#define BALLAST_MRC_TRUTH_H

#include "policy/mrc.h"
#include "trace.h"

/* What memory is divided into. */
#define TRUTH_SIZES	256

/**
 * struct truth - of a trace
 * @pages:  of its memory
 * @used:   of them, accessed
 * @misses: at sizes of i / TRUTH_SIZES of memory, a part of all accesses
 */
struct truth {
	u32 pages;
	u64 used;
	double misses[TRUTH_SIZES + 1];
};

/**
 * struct error - what came out; rates are parts of all accesses
 * @mean:      absolute error over valid sizes, the mean
 * @most:      the largest one
 * @mean_all:  the mean over all sizes, valid or not
 * @points:    valid sizes
 * @covered:   of them, where the band holds the truth
 * @half:      of the band, the mean
 * @from:      smallest valid size, as a part of memory
 * @ratio:     mean error of the miss ratio: misses by seen accesses
 * @traps:     accesses that were reported, as a part of all
 * @ns:        of time per report
 */
struct error {
	double mean;
	double most;
	double mean_all;
	u32 points;
	u32 covered;
	double half;
	double from;
	double ratio;
	double traps;
	double ns;
};

/**
 * truth_find() - from distances
 * @t:         trace
 * @interval:  accesses after which older ones fade
 * @half_life: of data, in accesses; 0: all counts
 * @out:       filled
 */
void truth_find(const struct trace *t, u32 interval, u32 half_life, struct truth *out);

/**
 * truth_compare() - errors of a curve
 * @truth: of the same accesses
 * @curve: of memory that is no smaller
 * @per_s: accesses in a second of the curve's time
 * @out:   filled, but for @traps and @ns
 */
void truth_compare(const struct truth *truth, const struct ballast_mrc_curve *curve, double per_s,
		   struct error *out);

static inline double truth_covered(const struct error *e)
{
	return e->points ? (double)e->covered / e->points : 0;
}

#endif /* BALLAST_MRC_TRUTH_H */
