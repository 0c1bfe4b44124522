/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites of miss-rate curves begin with. */
#ifndef BALLAST_POLICY_TESTS_MRC_SETUP_H
#define BALLAST_POLICY_TESTS_MRC_SETUP_H

#include "policy/mrc.h"
#include "policy/tests/mrc_oracle.h"

#define N	300
#define SECOND	1000000000ull

static struct ballast_mrc mrc;
static struct ballast_mrc_entry entries[N];
static struct ballast_mrc_curve curve;
static u64 seed;

static inline u32 below(u32 n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(seed >> 33) % n;
}

/* All of @pages small pages are the sample. */
static inline void begin_whole(u32 pages)
{
	struct ballast_mrc_plan plan = {
		.seed = 1, .page_rate = BALLAST_MRC_ALL, .block_rate = BALLAST_MRC_ALL,
		.page_weight = 1, .block_weight = 512,
	};
	u32 i;

	ballast_mrc_init(&mrc, entries, N, &plan, pages, &ballast_mrc_defaults);
	mrc.config.half_life_ms = 0;
	for (i = 0; i < min_t(u32, pages, N); i++)
		ballast_mrc_add(&mrc, i, false);
}

/* One in a hundred small pages. */
static inline void begin_sampled(u32 page_weight, u32 block_weight)
{
	struct ballast_mrc_plan plan = {
		.seed = 1, .page_rate = BALLAST_MRC_ALL / 100,
		.block_rate = BALLAST_MRC_ALL / 4,
		.page_weight = (u16)page_weight, .block_weight = (u16)block_weight,
	};

	ballast_mrc_init(&mrc, entries, N, &plan, 100 * N, &ballast_mrc_defaults);
	mrc.config.half_life_ms = 0;
}

static inline void begin_pages(void)
{
	u32 i;

	begin_sampled(1, 5);
	for (i = 0; i < N; i++)
		ballast_mrc_add(&mrc, i, false);
}

static inline void curve_after(u64 ns)
{
	ballast_mrc_fold(&mrc, ns);
	ballast_mrc_curve(&mrc, &curve);
}

#endif /* BALLAST_POLICY_TESTS_MRC_SETUP_H */
