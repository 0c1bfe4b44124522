/* SPDX-License-Identifier: GPL-2.0-only */
/* A sampled curve against the truth. */
#ifndef BALLAST_MRC_MEASURE_H
#define BALLAST_MRC_MEASURE_H

#include "policy/mrc.h"
#include "trace.h"

/**
 * struct setting - how a trace is looked at
 * @entries:   wanted in the sample
 * @seed:      of the sample
 * @untraced:  accesses that an entry is left alone after one of its own
 * @tick:      accesses between looks at accessed bits; 0: each access is trapped
 * @half_life: of data, in accesses; 0: all counts
 * @retouch:   entries that were accessed while untraced are moved when that ends
 * @used:      the number of pages that have been accessed is known
 */
struct setting {
	u32 entries;
	u32 seed;
	u32 untraced;
	u32 tick;
	u32 half_life;
	bool retouch;
	bool used;
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

void measure(const struct trace *t, const struct setting *s, struct error *out);

#endif /* BALLAST_MRC_MEASURE_H */
