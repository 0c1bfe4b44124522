/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory is wanted at once?
 *
 * A scheduler needs time: guests answer after seconds, a disk writes so many pages per
 * second. What is wanted faster than that must be free when it is wanted. How much that is
 * differs by far more than minfree does, so it is taken from what was seen: the most by
 * which free memory fell within BALLAST_DEMAND_FALL_MS.
 *
 * Only what came twice in BALLAST_DEMAND_KEPT_MS comes again: of falls that are apart, each
 * in its span of BALLAST_DEMAND_SPAN_MS, the second largest counts. A VM that was started
 * is one fall, guests that work in turns are many.
 */
#ifndef BALLAST_POLICY_DEMAND_H
#define BALLAST_POLICY_DEMAND_H

#include "ballast/policy_env.h"

#define BALLAST_DEMAND_FALL_MS	5000
#define BALLAST_DEMAND_SPAN_MS	10000
#define BALLAST_DEMAND_SPANS	60
#define BALLAST_DEMAND_KEPT_MS	(BALLAST_DEMAND_SPANS * BALLAST_DEMAND_SPAN_MS)

/**
 * struct ballast_demand - what was seen
 * @half:       the last half of BALLAST_DEMAND_FALL_MS that free memory was noted in, plus one
 * @most_pages: the most that was free in that half and in the one before
 * @span:       the last span, plus one
 * @fall_pages: the most that free memory fell by, per span
 *
 * All zero at first.
 */
struct ballast_demand {
	u64 half;
	u64 most_pages[2];
	u64 span;
	u64 fall_pages[BALLAST_DEMAND_SPANS];
};

/* So much is free now. Time that goes back is no time. */
void ballast_demand_note(struct ballast_demand *d, u64 now_ms, u64 free_pages);

/* What is likely to be wanted at once, in pages of 4 KiB. */
u64 ballast_demand_pages(const struct ballast_demand *d);

#endif /* BALLAST_POLICY_DEMAND_H */
