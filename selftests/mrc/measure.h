/* SPDX-License-Identifier: GPL-2.0-only */
/* A sampled curve against the truth. */
#ifndef BALLAST_MRC_MEASURE_H
#define BALLAST_MRC_MEASURE_H

#include "truth.h"

/**
 * struct setting - how a trace is looked at
 * @entries:   wanted in the sample
 * @seed:      of the sample
 * @untraced:  accesses that an entry is left alone after one of its own
 * @tick:      accesses between looks at accessed bits; 0: each access is trapped
 * @half_life: of data, in accesses; 0: all counts
 * @interval:  accesses in one, whole ticks; 0: a 64th of all
 * @in_step:   entries are left alone not for @untraced but to its next multiple
 * @retouch:   entries that were accessed while untraced are moved when that ends
 * @used:      the number of pages that have been accessed is known
 */
struct setting {
	u32 entries;
	u32 seed;
	u32 untraced;
	u32 tick;
	u32 half_life;
	u32 interval;
	bool in_step;
	bool retouch;
	bool used;
};

void measure(const struct trace *t, const struct setting *s, struct error *out);

#endif /* BALLAST_MRC_MEASURE_H */
