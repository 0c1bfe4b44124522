// SPDX-License-Identifier: GPL-2.0-only
/* Traces of accesses. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/tests/mrc_oracle.h"
#include "trace.h"

#define RUN	64

const char *const kind_names[NR_KINDS] = {
	"zipf", "uniform", "loop", "hot+loop", "zipf+scan", "phases",
};

const char *const layout_names[NR_LAYOUTS] = { "scattered", "runs" };

static u32 place[PAGES_MAX];

static u64 draw64(u64 *state)
{
	u64 x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

u32 draw(u64 *state, u32 n)
{
	return (u32)(((draw64(state) >> 32) * n) >> 32);
}

static double draw_part(u64 *state)
{
	return (double)(draw64(state) >> 11) / 9007199254740992.0;
}

static void *room(size_t n)
{
	void *p = calloc(n, sizeof(u32));

	if (!p) {
		perror("calloc");
		exit(2);
	}
	return p;
}

static void lay_out(enum layout layout, u32 pages, u64 *state)
{
	u32 unit = layout == RUNS ? RUN : 1, n = pages / unit, i, j, k;
	u32 *order = room(n);

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		j = draw(state, i + 1);
		k = order[i];
		order[i] = order[j];
		order[j] = k;
	}
	for (i = 0; i < pages; i++)
		place[i] = order[i / unit] * unit + i % unit;
	free(order);
}

/* Rank, from 0, with a chance as (rank + 1)^-0.9: the inverse of its integral. */
static u32 zipf(u64 *state, u32 n)
{
	double x = pow(draw_part(state) * (pow(n + 1.0, 0.1) - 1) + 1, 10.0);
	u32 rank = (u32)x;

	return rank > n ? n - 1 : rank - 1;
}

static u32 next_page(const struct trace *t, enum workload kind, u32 i, u32 *at, u64 *state)
{
	const u32 pages = t->pages;

	switch (kind) {
	case ZIPF:
		return zipf(state, pages);
	case UNIFORM:
		return draw(state, pages * 3 / 4);
	case LOOP:
		return i % (pages / 2);
	case HOT_LOOP:
		if (draw(state, 2))
			return draw(state, pages / 16);
		return pages / 16 + (*at)++ % (pages / 2);
	case ZIPF_SCAN:
		if (draw(state, 10) < 7)
			return zipf(state, pages / 2);
		return (*at)++ % pages;
	default:
		if (i < t->n / 2)
			return zipf(state, pages / 4);
		return pages / 4 + draw(state, pages / 2);
	}
}

static void find_distances(struct trace *t)
{
	u32 slots = 2 * t->pages;
	struct mrc_oracle o = {
		.last = room(t->pages + t->pages / 512), .unit = room(slots + 1),
		.weight = room(slots + 1), .tree = room(slots + 1), .slots = slots,
	};
	u32 i;

	for (i = 0; i < t->n; i++) {
		u32 page = t->page[i], block = page / 512;
		bool huge = t->huge[block];
		u32 unit = huge ? t->pages + block : page;

		t->distance[i] = mrc_oracle_access(&o, unit, huge ? 512 : 1);
	}
	free(o.last);
	free(o.unit);
	free(o.weight);
	free(o.tree);
}

void trace_make(struct trace *t, enum workload kind, enum layout layout,
		unsigned int huge_percent, u64 seed)
{
	u64 state = seed * 1000 + kind;
	u32 i, at = 0;

	if (!t->n || t->pages < 512 || t->pages > PAGES_MAX) {
		fprintf(stderr, "%u accesses to %u pages\n", t->n, t->pages);
		exit(2);
	}
	if (!t->page) {
		t->page = room(t->n);
		t->distance = room(t->n);
	}
	t->number++;
	lay_out(layout, t->pages, &state);
	for (i = 0; i < t->pages / 512; i++)
		t->huge[i] = draw(&state, 100) < huge_percent;
	for (i = 0; i < t->n; i++)
		t->page[i] = place[next_page(t, kind, i, &at, &state)];
	find_distances(t);
}
