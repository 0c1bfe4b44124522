// SPDX-License-Identifier: GPL-2.0-only
/*
 * What scanning costs the guest. A bench, no verdict.
 *
 * usage: slowdown [PAIRS [SECONDS]], default 30 pairs of 1 second each
 *
 * The guest goes round and round over its hot pages and never exits by itself;
 * in one window of each pair it is scanned by the module as it comes, in the
 * other it is not, the order changing from pair to pair. Printed: the loss of
 * rounds in percent, mean over pairs and its standard error, for the default
 * knobs, for these with a miss-rate curve, and for a period far below them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "ktap.h"
#include "world.h"

#define PAGES		(128 * 256)
#define HOT		(PAGES / 5)
#define KNOB		"/sys/kernel/ballast/vm/%s/%s"

static unsigned int pairs = 30;
static double seconds = 1;

static void set(const struct world *w, const char *knob, const char *value)
{
	int ret = host_write(value, KNOB, blst_name(w->id), knob);

	REQUIRE(!ret, "%s=%s: %s", knob, value, strerror(-ret));
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rounds per second in one window. */
static double window(struct world *w, bool scanned)
{
	time_t whole = (time_t)seconds;
	struct timespec length = { whole, (long)((seconds - (double)whole) * 1e9) };
	double start;
	uint64_t before;

	set(w, "mode", scanned ? "auto" : "manual");
	start = now_s();
	before = tinyvm_rounds(w->vm, 0);
	nanosleep(&length, NULL);
	return (double)(tinyvm_rounds(w->vm, 0) - before) / (now_s() - start);
}

static void compare(struct world *w, const char *name)
{
	double sum = 0, squares = 0, with, without, loss, mean;
	struct ballast_vm_query before, after;
	unsigned int i;

	window(w, true);
	REQUIRE(!blst_query(w->id, &before), "query");
	for (i = 0; i < pairs; i++) {
		with = i % 2 ? window(w, true) : 0;
		without = window(w, false);
		if (!with)
			with = window(w, true);
		loss = 100 * (1 - with / without);
		sum += loss;
		squares += loss * loss;
	}
	REQUIRE(!blst_query(w->id, &after), "query");
	mean = sum / pairs;
	printf("slowdown_%s_percent %.2f +- %.2f (%u pairs, %llu passes)\n", name, mean,
	       sqrt((squares / pairs - mean * mean) / (pairs - 1)), pairs,
	       (unsigned long long)(after.passes - before.passes));
	CHECK(after.passes > before.passes, "not scanned at all");
	fflush(stdout);
}

static void measure(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };
	static uint32_t hot[HOT];
	struct world w;
	unsigned int i, n = 0;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_runs(&w, 0, PAGES / 5 * 2, WORLD_HOT);
	for (i = 0; i < 64; i++)
		world_round(&w);
	for (i = 0; i < PAGES && n < HOT; i++)
		if (w.part[i] == WORLD_HOT)
			hot[n++] = WORLD_GFN + i;
	tinyvm_run_async(w.vm, 0, hot, n, TINYVM_WRITE);
	compare(&w, "default");
	/* In manual mode its ticks rest, too. */
	set(&w, "mrc/enabled", "1");
	compare(&w, "mrc");
	set(&w, "mrc/enabled", "0");
	set(&w, "period_min_ms", "20");
	set(&w, "period_max_ms", "20");
	set(&w, "budget_bp", "10000");
	compare(&w, "20ms");
	tinyvm_stop(w.vm, 0);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = { { "slowdown", measure, 3600 } };
	static char *no_args[] = { "slowdown", NULL };

	if (argc > 1)
		pairs = (unsigned int)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seconds = atof(argv[2]);
	if (pairs < 2 || seconds <= 0) {
		fprintf(stderr, "usage: slowdown [PAIRS [SECONDS]]\n");
		return 2;
	}
	return ktap_main(1, no_args, cases, 1);
}
