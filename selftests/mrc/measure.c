// SPDX-License-Identifier: GPL-2.0-only
/* A sampled curve against the truth; an access takes a microsecond. */

#include <math.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "policy/tests/mrc_oracle.h"

#define SIZES		256
#define INTERVALS	64
#define PER_S		1e6

static struct ballast_mrc mrc;
static struct ballast_mrc_entry entries[BALLAST_MRC_ENTRIES_MAX];
static struct ballast_mrc_curve curve;
static u32 entry_of[PAGES];		/* plus one; 0: it has none */
static u32 quiet_until[BALLAST_MRC_ENTRIES_MAX];
static bool accessed[BALLAST_MRC_ENTRIES_MAX];
static u32 nr_entries;
/* Misses at sizes of i / SIZES of memory, a part of all accesses. */
static double truth[SIZES + 1];
static u64 used_pages;

/* --- truth ---------------------------------------------------------------------------------- */

static void find_truth(const struct trace *t, const struct setting *s)
{
	static u64 of_trace;
	static u32 of_half_life;
	u32 step = t->n / INTERVALS, i, k;
	double sum = 0, left = 1;

	if (of_trace == t->number && of_half_life == s->half_life)
		return;
	of_trace = t->number;
	of_half_life = s->half_life;
	if (s->half_life)
		left = pow(0.5, (double)step / s->half_life);
	memset(truth, 0, sizeof(truth));
	used_pages = 0;
	for (i = 0; i < t->n; i++) {
		if (i && i % step == 0) {
			for (k = 0; k < SIZES; k++)
				truth[k] *= left;
			sum *= left;
		}
		sum++;
		if (t->distance[i] != MRC_ORACLE_FIRST)
			truth[t->distance[i] / (PAGES / SIZES)]++;
		else
			used_pages += t->huge[t->page[i] / 512] ? 512 : 1;
	}
	/* A distance of s pages misses in s pages and less. */
	for (k = SIZES; k--;)
		truth[k] += truth[k + 1];
	for (k = 0; k < SIZES; k++)
		truth[k] /= sum;
}

/* --- estimate ------------------------------------------------------------------------------- */

static void draw_sample(const struct trace *t, const struct ballast_mrc_plan *plan)
{
	u32 page, block, k;

	nr_entries = 0;

	memset(entry_of, 0, sizeof(entry_of));
	for (block = 0; block < BLOCKS; block++) {
		if (!t->huge[block] || nr_entries == BALLAST_MRC_ENTRIES_MAX ||
		    !ballast_mrc_sampled(block, plan->block_rate, plan->seed))
			continue;
		for (k = 0; k < 512; k++)
			entry_of[block * 512 + k] = nr_entries + 1;
		ballast_mrc_add(&mrc, nr_entries++, true);
	}
	for (page = 0; page < PAGES; page++) {
		if (t->huge[page / 512] || nr_entries == BALLAST_MRC_ENTRIES_MAX ||
		    !ballast_mrc_sampled(page, plan->page_rate, plan->seed))
			continue;
		entry_of[page] = nr_entries + 1;
		ballast_mrc_add(&mrc, nr_entries++, false);
	}
}

static u32 tick(void)
{
	u32 i, n = 0;

	for (i = 0; i < nr_entries; i++) {
		if (!accessed[i])
			continue;
		ballast_mrc_access(&mrc, i);
		accessed[i] = false;
		n++;
	}
	ballast_mrc_window(&mrc);
	return n;
}

/* Who is about to be traced again, and was accessed meanwhile. */
static void retouch(u32 now)
{
	u32 i;

	for (i = 0; i < nr_entries; i++) {
		if (!accessed[i] || quiet_until[i] > now)
			continue;
		ballast_mrc_touch(&mrc, i);
		accessed[i] = false;
	}
}

static u32 run(const struct trace *t, const struct setting *s)
{
	u32 step = t->n / INTERVALS, i, reports = 0, all = 0;

	memset(quiet_until, 0, sizeof(quiet_until));
	memset(accessed, 0, sizeof(accessed));
	for (i = 0; i < t->n; i++) {
		u32 e = entry_of[t->page[i]];

		if (s->untraced && i && i % s->untraced == 0)
			ballast_mrc_window(&mrc);
		if (s->tick && i && i % s->tick == 0)
			reports += tick();
		if (s->retouch && i % 1024 == 0)
			retouch(i);
		if (i && i % step == 0) {
			ballast_mrc_fold(&mrc, (u64)step * 1000);
			all += step;
		}
		if (!e)
			continue;
		accessed[e - 1] = s->tick || i < quiet_until[e - 1];
		if (!accessed[e - 1]) {
			ballast_mrc_access(&mrc, e - 1);
			quiet_until[e - 1] = i + s->untraced;
			reports++;
		}
	}
	if (s->tick)
		reports += tick();
	ballast_mrc_fold(&mrc, (u64)(t->n - all) * 1000);
	return reports;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void compare(struct error *out)
{
	struct ballast_mrc_point zero = ballast_mrc_at(&curve, 0), p;
	double seen = (double)(zero.misses + curve.cold.misses) / 1000 / PER_S;
	u32 k;

	for (k = 1; k < SIZES; k++) {
		u64 pages = (u64)k * PAGES / SIZES;
		double misses, error;

		p = ballast_mrc_at(&curve, pages);
		misses = (double)p.misses / 1000 / PER_S;
		error = fabs(misses - truth[k]);
		out->mean_all += error / (SIZES - 1);
		if (seen > 0)
			out->ratio += fabs(misses / seen - truth[k]) / (SIZES - 1);
		if (pages < curve.valid_from_pages)
			continue;
		out->points++;
		out->mean += error;
		out->most = fmax(out->most, error);
		out->half += (double)(p.high - p.low) / 2 / 1000 / PER_S;
		/* Truth has no thousandths. */
		out->covered += truth[k] * PER_S * 1000 >= (double)p.low - 1 &&
				truth[k] * PER_S * 1000 <= (double)p.high + 1;
	}
	if (out->points) {
		out->mean /= out->points;
		out->half /= out->points;
	}
	out->from = (double)curve.valid_from_pages / PAGES;
}

void measure(const struct trace *t, const struct setting *s, struct error *out)
{
	struct ballast_mrc_config config = ballast_mrc_defaults;
	struct ballast_mrc_plan plan;
	double begin;
	u32 reports;

	memset(out, 0, sizeof(*out));
	find_truth(t, s);
	config.half_life_ms = s->half_life / 1000;
	ballast_mrc_plan(PAGES, s->entries, s->seed, &plan);
	ballast_mrc_init(&mrc, entries, BALLAST_MRC_ENTRIES_MAX, &plan, PAGES, &config);
	draw_sample(t, &plan);
	begin = seconds();
	reports = run(t, s);
	out->ns = (seconds() - begin) * 1e9 / (reports + 1);
	out->traps = (double)reports / t->n;
	if (s->used)
		ballast_mrc_used(&mrc, used_pages);
	ballast_mrc_curve(&mrc, &curve);
	compare(out);
}
