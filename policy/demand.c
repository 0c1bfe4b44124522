// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is wanted at once; the header explains what counts. */

#include "policy/demand.h"

#define HALF_MS	(BALLAST_DEMAND_FALL_MS / 2)
/* A fall is seen in so many spans at most: where it is, and where it is remembered. */
#define APART	2

/* Values of spans between @from and @to are old, all of them if these lie far apart. */
static void forget(u64 *values, u64 nr, u64 from, u64 to)
{
	u64 i;

	for (i = 0; i < nr && from + i < to; i++) {
		u64 at = from + 1 + i;

		values[at - div64_u64(at, nr) * nr] = 0;
	}
}

/* The place of the span that @now_ms is in; @last: that of the note before, plus one. */
static u64 *place(u64 *values, u64 nr, u64 *last, u64 now_ms, u64 span_ms)
{
	u64 now = div64_u64(now_ms, span_ms) + 1;

	if (now > *last) {
		forget(values, nr, *last, now);
		*last = now;
	}
	return &values[*last - div64_u64(*last, nr) * nr];
}

void ballast_demand_note(struct ballast_demand *d, u64 now_ms, u64 free_pages)
{
	u64 *most = place(d->most_pages, ARRAY_SIZE(d->most_pages), &d->half, now_ms, HALF_MS);
	u64 *fall = place(d->fall_pages, ARRAY_SIZE(d->fall_pages), &d->span, now_ms,
			  BALLAST_DEMAND_SPAN_MS);
	u64 before = max_t(u64, d->most_pages[0], d->most_pages[1]);

	*most = max_t(u64, *most, free_pages);
	if (before > free_pages)
		*fall = max_t(u64, *fall, before - free_pages);
}

static bool apart(unsigned int a, unsigned int b)
{
	unsigned int way = a < b ? b - a : a - b;

	return min_t(unsigned int, way, BALLAST_DEMAND_SPANS - way) >= APART;
}

u64 ballast_demand_pages(const struct ballast_demand *d)
{
	unsigned int largest = 0, i;
	u64 second = 0;

	for (i = 1; i < BALLAST_DEMAND_SPANS; i++)
		if (d->fall_pages[i] > d->fall_pages[largest])
			largest = i;
	for (i = 0; i < BALLAST_DEMAND_SPANS; i++)
		if (apart(i, largest))
			second = max_t(u64, second, d->fall_pages[i]);
	return second;
}
