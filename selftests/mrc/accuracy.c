// SPDX-License-Identifier: GPL-2.0-only
/*
 * How wrong are miss-rate curves from a sample? Against exact stack distances of six
 * workloads in 1 GiB, over 4 million accesses.
 *
 * usage: accuracy [sweep|windows [SEEDS]]
 *
 * Without arguments: KTAP. Each setting's errors are printed. With "sweep", many
 * settings, and lines of names and values. With "windows", what it saves and costs to
 * leave entries untraced after an access, by how long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define ACCESSES	(1u << 22)
#define SEEDS		3
/* Groups of the sweep come first. */
#define ODD		3
#define NR_GROUPS	4
/*
 * The second that the module leaves an entry alone for, in accesses: where a guest has as
 * many in that as a quarter of its pages.
 */
#define WINDOW		(PAGES_MAX / 4)

/*
 * What is measured on, beside layouts: half of the memory is mapped huge; or there is so
 * much of it that runs do not have one sampled page each.
 */
static const char *const group_names[NR_GROUPS] = { "scattered", "runs", "huge", "odd" };

enum {
	N1024, N4096, USED1024, USED4096, UNTRACED, RETOUCHED1024, RETOUCHED, DECAYED, NR_SETTINGS
};

static const struct setting settings[NR_SETTINGS] = {
	[N1024] = { .entries = 1024 },
	[N4096] = { .entries = 4096 },
	[USED1024] = { .entries = 1024, .used = true },
	[USED4096] = { .entries = 4096, .used = true },
	[UNTRACED] = { .entries = 4096, .untraced = WINDOW },
	[RETOUCHED1024] = { .entries = 1024, .untraced = WINDOW, .retouch = true },
	[RETOUCHED] = { .entries = 4096, .untraced = WINDOW, .retouch = true },
	[DECAYED] = { .entries = 4096, .half_life = ACCESSES / 8 },
};

static const struct setting sweep_settings[] = {
	{ .entries = 256 },
	{ .entries = 1024 },
	{ .entries = 4096 },
	{ .entries = 16384 },
	{ .entries = 1024, .used = true },
	{ .entries = 4096, .used = true },
	{ .entries = 1024, .untraced = 8192 },
	{ .entries = 1024, .untraced = 65536 },
	{ .entries = 1024, .untraced = 65536, .retouch = true },
	{ .entries = 4096, .untraced = 8192 },
	{ .entries = 4096, .untraced = 65536 },
	{ .entries = 4096, .untraced = 65536, .retouch = true },
	{ .entries = 4096, .untraced = 262144 },
	{ .entries = 4096, .untraced = 262144, .retouch = true },
	{ .entries = 4096, .tick = 8192 },
	{ .entries = 4096, .tick = 65536 },
	{ .entries = 4096, .half_life = ACCESSES / 8 },
};

static struct trace trace = { .pages = PAGES_MAX, .n = ACCESSES };
static struct error results[NR_GROUPS][NR_KINDS][NR_SETTINGS];
static int tests, failures;

static void add(struct error *sum, const struct error *e, double part)
{
	sum->mean += e->mean * part;
	sum->mean_all += e->mean_all * part;
	sum->most = e->most > sum->most ? e->most : sum->most;
	sum->points += e->points;
	sum->covered += e->covered;
	sum->half += e->half * part;
	sum->from += e->from * part;
	sum->ratio += e->ratio * part;
	sum->traps += e->traps * part;
	sum->ns += e->ns * part;
}

static void over_seeds(const struct setting *s, u32 seeds, u32 trace_seed, struct error *sum)
{
	struct setting one = *s;
	struct error e;
	u32 i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < seeds; i++) {
		one.seed = 100 * trace_seed + i;
		measure(&trace, &one, &e);
		add(sum, &e, 1.0 / seeds);
	}
}

static void print(const char *start, enum workload kind, const char *group, const struct setting *s,
		  const struct error *e)
{
	printf("%s%s %s entries %u untraced %u retouched %u tick %u half_life %u used %u ",
	       start, kind_names[kind], group, s->entries, s->untraced, s->retouch, s->tick,
	       s->half_life, s->used);
	printf("error %.4f all %.4f ", e->mean, e->mean_all);
	printf("most %.3f half_band %.4f covered %.3f from %.3f ratio %.3f traps %.5f ns %.0f\n",
	       e->most, e->half, truth_covered(e), e->from,
	       e->ratio, e->traps, e->ns);
	fflush(stdout);
}

static void make(u32 group, enum workload kind, u64 seed)
{
	trace.pages = group == ODD ? 490 * 512 : PAGES_MAX;
	trace_make(&trace, kind, group ? RUNS : SCATTERED, group == 2 ? 50 : 0, seed);
}

/* --- sweep ---------------------------------------------------------------------------------- */

static void sweep(u32 seeds)
{
	u32 group, kind, i, seed;

	for (group = 0; group < ODD; group++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			struct error sums[ARRAY_SIZE(sweep_settings)] = {}, e;

			for (seed = 1; seed <= seeds; seed++) {
				make(group, kind, seed);
				for (i = 0; i < ARRAY_SIZE(sweep_settings); i++) {
					over_seeds(&sweep_settings[i], 5, seed, &e);
					add(&sums[i], &e, 1.0 / seeds);
				}
			}
			for (i = 0; i < ARRAY_SIZE(sweep_settings); i++)
				print("", kind, group_names[group], &sweep_settings[i], &sums[i]);
		}
	}
}

/* --- windows -------------------------------------------------------------------------------- */

static const u32 windows[] = {
	0, 4096, 8192, 16384, 32768, 65536, 81920, 98304, 131072, 262144
};

static const u32 sizes[] = { 1024, 4096 };

#define NR_WINDOWS	ARRAY_SIZE(windows)
#define NR_SIZES	ARRAY_SIZE(sizes)

/* What is left is touched, as the module does it, or not. */
static struct error by_window[NR_SIZES][2][NR_WINDOWS][NR_KINDS];

static void measure_windows(u32 group, u32 kind, u32 seeds)
{
	u32 seed, size, touched, w;
	struct error e;

	for (seed = 1; seed <= seeds; seed++) {
		make(group, kind, seed);
		for (size = 0; size < NR_SIZES; size++) {
			for (touched = 0; touched < 2; touched++) {
				for (w = 0; w < NR_WINDOWS; w++) {
					struct setting s = {
						.entries = sizes[size], .untraced = windows[w],
						.retouch = touched,
					};

					over_seeds(&s, SEEDS, seed, &e);
					add(&by_window[size][touched][w][kind], &e, 1.0 / seeds);
				}
			}
		}
	}
}

/* @n workloads, each of which counts alike; against those that are never left alone. */
static void print_window(const char *name, u32 group, u32 size, u32 touched, u32 w,
			 const struct error *e, const struct error *none, u32 n)
{
	struct error sum = {}, base = {};
	double worst = -1;
	u32 i;

	for (i = 0; i < n; i++) {
		add(&sum, &e[i], 1.0 / n);
		add(&base, &none[i], 1.0 / n);
		worst = e[i].mean_all - none[i].mean_all > worst ?
			e[i].mean_all - none[i].mean_all : worst;
	}
	printf("%s %s entries %u retouched %u untraced %u ", name, group_names[group],
	       sizes[size], touched, windows[w]);
	printf("traps %.5f saved %.3f error %.4f more %.4f all %.4f more_all %.4f ",
	       sum.traps, 1 - sum.traps / base.traps, sum.mean, sum.mean - base.mean,
	       sum.mean_all, sum.mean_all - base.mean_all);
	printf("worst_more_all %.4f covered %.3f from %.3f\n", worst, truth_covered(&sum),
	       sum.from);
	fflush(stdout);
}

static void print_windows(u32 group)
{
	u32 size, touched, w, kind;

	for (size = 0; size < NR_SIZES; size++) {
		for (touched = 0; touched < 2; touched++) {
			struct error (*by)[NR_KINDS] = by_window[size][touched];

			for (w = 0; w < NR_WINDOWS; w++) {
				for (kind = 0; kind < NR_KINDS; kind++)
					print_window(kind_names[kind], group, size, touched, w,
						     &by[w][kind], &by[0][kind], 1);
				print_window("mean", group, size, touched, w, by[w], by[0],
					     NR_KINDS);
			}
		}
	}
}

static void sweep_windows(u32 seeds)
{
	u32 group, kind;

	for (group = 0; group < 2; group++) {
		memset(by_window, 0, sizeof(by_window));
		for (kind = 0; kind < NR_KINDS; kind++)
			measure_windows(group, kind, seeds);
		print_windows(group);
	}
}

/* --- check ---------------------------------------------------------------------------------- */

static void verdict(bool good, const char *name, double value, double limit)
{
	printf("%sok %d mrc_accuracy.%s\n", good ? "" : "not ", ++tests, name);
	printf("# %s: %.4f, limit %.4f\n", name, value, limit);
	failures += !good;
}

static double mean_of(u32 group, u32 setting, bool all)
{
	double sum = 0;
	u32 kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		sum += all ? results[group][kind][setting].mean_all :
			     results[group][kind][setting].mean;
	return sum / NR_KINDS;
}

static double worst_of(u32 group, u32 setting)
{
	double worst = 0;
	u32 kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		if (results[group][kind][setting].mean > worst)
			worst = results[group][kind][setting].mean;
	return worst;
}

static double covered_by(u32 setting)
{
	u32 group, kind, points = 0, covered = 0;

	/* Where it was not measured there are no points. */
	for (group = 0; group < NR_GROUPS; group++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			points += results[group][kind][setting].points;
			covered += results[group][kind][setting].covered;
		}
	}
	return (double)covered / points;
}

/* Of the worst workload, over valid sizes. */
static double more_error(u32 setting)
{
	double worst = -1;
	u32 group, kind;

	for (group = 0; group < 2; group++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			double more = results[group][kind][setting].mean -
				      results[group][kind][N4096].mean;

			worst = more > worst ? more : worst;
		}
	}
	return worst;
}

static double saved_traps(u32 setting, u32 base)
{
	double all = 0, left = 0;
	u32 kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		all += results[1][kind][base].traps;
		left += results[1][kind][setting].traps;
	}
	return 1 - left / all;
}

static void judge_size(u32 group, u32 setting, bool each, double limit, const char *name)
{
	double value = each ? worst_of(group, setting) : mean_of(group, setting, false);

	verdict(value <= limit, name, value, limit);
}

/* A window has to save a third of the traps, and may cost so much over all sizes. */
static void judge_window(u32 setting, u32 base, const char *saved, const char *more)
{
	double value = saved_traps(setting, base);

	verdict(value >= 0.33, saved, value, 0.33);
	value = mean_of(1, setting, true) - mean_of(1, base, true);
	verdict(value <= 0.025, more, value, 0.025);
}

static void judge(void)
{
	double value;

	judge_size(1, N1024, false, 0.02, "runs_1024");
	judge_size(1, N4096, false, 0.005, "runs_4096");
	judge_size(1, N4096, true, 0.005, "runs_4096_each");
	judge_size(1, USED1024, true, 0.02, "runs_1024_used_each");
	judge_size(2, N4096, false, 0.005, "huge_4096");
	judge_size(ODD, N4096, false, 0.005, "odd_4096");
	judge_size(ODD, USED4096, false, 0.005, "odd_4096_used");
	judge_size(0, N1024, false, 0.02, "scattered_1024");
	/*
	 * Pages that lie anywhere are the worst case. Of a loop over half of them a sample of
	 * 4096 has half, give or take 32; that alone is an error of .011 as a rule.
	 */
	judge_size(0, N4096, false, 0.01, "scattered_4096");
	judge_size(0, USED4096, false, 0.005, "scattered_4096_used");
	judge_size(1, DECAYED, false, 0.005, "decayed");
	judge_size(1, RETOUCHED, false, 0.005, "retouched");
	value = covered_by(N1024);
	verdict(value >= 0.9, "covered_1024", value, 0.9);
	value = covered_by(N4096);
	verdict(value >= 0.9, "covered_4096", value, 0.9);
	value = covered_by(USED4096);
	verdict(value >= 0.9, "covered_used", value, 0.9);
	value = covered_by(UNTRACED);
	verdict(value >= 0.9, "covered_untraced", value, 0.9);
	value = more_error(UNTRACED);
	verdict(value <= 0.025, "untraced_more_each", value, 0.025);
	judge_window(UNTRACED, N4096, "untraced_traps_saved", "untraced_more_all_sizes");
	judge_window(RETOUCHED, N4096, "window_4096_traps_saved", "window_4096_more");
	judge_window(RETOUCHED1024, N1024, "window_1024_traps_saved", "window_1024_more");
}

/* Not all on all: it is a test that is often run. */
static bool is_measured(u32 group, u32 setting)
{
	if (group == 2)
		return setting == N4096;
	if (group == ODD)
		return setting == N4096 || setting == USED4096;
	return group == 1 || setting <= UNTRACED;
}

static int check(void)
{
	u32 group, kind, i;

	printf("KTAP version 1\n");
	for (group = 0; group < NR_GROUPS; group++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			make(group, kind, 1);
			for (i = 0; i < NR_SETTINGS; i++) {
				if (!is_measured(group, i))
					continue;
				over_seeds(&settings[i], group != 2 ? SEEDS : 1, 1,
					   &results[group][kind][i]);
				print("# ", kind, group_names[group], &settings[i],
				      &results[group][kind][i]);
			}
		}
	}
	judge();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}

int main(int argc, char **argv)
{
	u32 seeds = argc == 3 ? (u32)max_t(int, atoi(argv[2]), 1) : 3;

	if (argc < 2)
		return check();
	if (argc > 3 || (strcmp(argv[1], "sweep") && strcmp(argv[1], "windows"))) {
		fprintf(stderr, "usage: accuracy [sweep|windows [SEEDS]]\n");
		return 2;
	}
	if (!strcmp(argv[1], "sweep"))
		sweep(seeds);
	else
		sweep_windows(seeds);
	return 0;
}
