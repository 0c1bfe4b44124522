// SPDX-License-Identifier: GPL-2.0-only
/* A sampled curve against the truth; an access takes a microsecond. */

#include <string.h>
#include <time.h>

#include "measure.h"

#define INTERVALS	64
#define PER_S		1e6

static struct ballast_mrc mrc;
static struct ballast_mrc_entry entries[BALLAST_MRC_ENTRIES_MAX];
static struct ballast_mrc_curve curve;
static u32 entry_of[PAGES_MAX];		/* plus one; 0: it has none */
static u32 quiet_until[BALLAST_MRC_ENTRIES_MAX];
static bool accessed[BALLAST_MRC_ENTRIES_MAX];
static u32 nr_entries;
static struct truth truth;

/* --- estimate ------------------------------------------------------------------------------- */

static u32 memory_of(const struct trace *t)
{
	return t->pages + t->spare;
}

static void draw_sample(const struct trace *t, const struct ballast_mrc_plan *plan)
{
	u32 page, block, k;

	nr_entries = 0;
	memset(entry_of, 0, sizeof(entry_of));
	for (block = 0; block < memory_of(t) / 512; block++) {
		if (!t->huge[block] || nr_entries == BALLAST_MRC_ENTRIES_MAX ||
		    !ballast_mrc_sampled(block, plan->block_rate, plan->seed))
			continue;
		for (k = 0; k < 512; k++)
			entry_of[block * 512 + k] = nr_entries + 1;
		ballast_mrc_add(&mrc, nr_entries++, true);
	}
	for (page = 0; page < memory_of(t); page++) {
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

/* Until when an entry is left alone that was accessed now. */
static u32 end_of_quiet(const struct setting *s, u32 now)
{
	return now + s->untraced - (s->in_step && s->untraced ? now % s->untraced : 0);
}

static u32 interval_of(const struct trace *t, const struct setting *s)
{
	return s->interval ? s->interval : t->n / INTERVALS;
}

static u32 run(const struct trace *t, const struct setting *s)
{
	u32 step = interval_of(t, s), i, reports = 0, all = 0;

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
			quiet_until[e - 1] = end_of_quiet(s, i);
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

/* Of the trace that was measured last, with that half-life. */
static void find_truth(const struct trace *t, const struct setting *s)
{
	static u64 of_trace;
	static u32 of_half_life;

	if (of_trace == t->number && of_half_life == s->half_life)
		return;
	of_trace = t->number;
	of_half_life = s->half_life;
	truth_find(t, interval_of(t, s), s->half_life, &truth);
}

void measure(const struct trace *t, const struct setting *s, struct error *out)
{
	struct ballast_mrc_config config = ballast_mrc_defaults;
	struct ballast_mrc_plan plan;
	double begin, ns;
	u32 reports;

	find_truth(t, s);
	config.half_life_ms = s->half_life / 1000;
	ballast_mrc_plan(memory_of(t), s->entries, s->seed, &plan);
	ballast_mrc_init(&mrc, entries, BALLAST_MRC_ENTRIES_MAX, &plan, memory_of(t), &config);
	draw_sample(t, &plan);
	begin = seconds();
	reports = run(t, s);
	ns = (seconds() - begin) * 1e9;
	if (s->used)
		ballast_mrc_used(&mrc, truth.used);
	ballast_mrc_curve(&mrc, &curve);
	truth_compare(&truth, &curve, PER_S, out);
	out->ns = ns / (reports + 1);
	out->traps = (double)reports / t->n;
}
