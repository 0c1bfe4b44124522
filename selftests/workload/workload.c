// SPDX-License-Identifier: GPL-2.0-only
/*
 * When which set is touched, and reports
 *
 * One thread: whatever is due next is done, all of a set at a time. The longest time
 * that any page of a set went untouched is part of every report: on a slow machine
 * it is what was really done, whatever period was asked for.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "workload.h"

#define NEVER		UINT64_MAX
#define LOOK_AGAIN_NS	(5 * NS_PER_S)	/* for pages that have moved */

const char *const set_names[NR_SETS] = { "hot", "warm", "cold", "cache" };

/**
 * struct lap - touching all of a set, again and again
 * @due_ns:  when the next lap begins
 * @last_ns: when the last one began
 * @gap_ns:  longest time from the beginning of a lap to the end of the next, since the
 *           last report: no page was left alone for longer
 * @laps:    how many
 */
struct lap {
	uint64_t due_ns;
	uint64_t last_ns;
	uint64_t gap_ns;
	uint64_t laps;
};

static struct lap laps[NR_SETS];
static uint64_t ops, verified;
static volatile sig_atomic_t stop, swap;

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		swap = 1;
	else
		stop = 1;
}

static void wait_until(uint64_t ns)
{
	const struct timespec t = {
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S),
	};

	/* A signal ends it early, and is looked at. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void run_lap(enum set set, const struct options *options)
{
	struct lap *lap = &laps[set];
	uint64_t start = now_ns(), end;

	if (set == CACHE)
		cache_read();
	else
		arena_touch(set);
	end = now_ns();
	if (lap->laps++ && end - lap->last_ns > lap->gap_ns)
		lap->gap_ns = end - lap->last_ns;
	lap->last_ns = start;
	ops += options->pages[set];
	/* A lap that came late moves those after it; none is caught up with. */
	lap->due_ns += options->period_ms[set] * NS_PER_MS;
	if (lap->due_ns < end)
		lap->due_ns = end;
}

static void report(uint64_t elapsed_ns, unsigned int phase)
{
	uint64_t per_s = (uint64_t)((double)ops * 1e9 / (double)(elapsed_ns + 1));

	printf("seconds %lu phase %u ops %lu ops_per_s %lu moved %zu verified %lu",
	       elapsed_ns / NS_PER_S, phase, ops, per_s, truth_moved(), verified);
	for (enum set set = 0; set < NR_SETS; set++) {
		if (laps[set].laps)
			printf(" %s_laps %lu %s_gap_ms %lu", set_names[set], laps[set].laps,
			       set_names[set], laps[set].gap_ns / NS_PER_MS);
		laps[set].gap_ns = 0;
	}
	putchar('\n');
}

/* All that there is. */
static void verify(void)
{
	arena_verify();
	cache_verify();
	verified++;
}

static uint64_t every(uint64_t start, uint64_t seconds)
{
	return seconds ? start + seconds * NS_PER_S : NEVER;
}

static enum set next_due(void)
{
	enum set next = 0;

	for (enum set set = 1; set < NR_SETS; set++)
		if (laps[set].due_ns < laps[next].due_ns)
			next = set;
	return next;
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void run(const struct options *options)
{
	uint64_t start = now_ns(), t = start;
	uint64_t end = every(start, options->seconds), next_swap = every(start, options->phase_s);
	uint64_t next_report = every(start, options->report_s);
	uint64_t next_verify = every(start, options->verify_s);
	uint64_t next_look = start + LOOK_AGAIN_NS;
	unsigned int phase = 0;

	for (enum set set = 0; set < NR_SETS; set++)
		laps[set].due_ns = options->pages[set] && options->period_ms[set] ? start : NEVER;
	while (!stop && t < end) {
		enum set set = next_due();

		if (swap || t >= next_swap) {
			swap = 0;
			arena_swap();
			truth_write(options, ++phase);
			printf("phase %u\n", phase);
			next_swap = every(t, options->phase_s);
		} else if (t >= next_report) {
			report(t - start, phase);
			next_report = every(t, options->report_s);
		} else if (t >= next_verify) {
			verify();
			next_verify = every(t, options->verify_s);
		} else if (t >= next_look) {
			truth_write(options, phase);
			next_look = t + LOOK_AGAIN_NS;
		} else if (t >= laps[set].due_ns) {
			run_lap(set, options);
		} else {
			wait_until(min(min(min(laps[set].due_ns, end), next_verify),
				       min(min(next_swap, next_report), next_look)));
		}
		t = now_ns();
	}
	verify();
	report(t - start, phase);
	puts("verified");
}

static void on(int signal)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(signal, &action, NULL);
}

int main(int argc, char **argv)
{
	struct options options;

	options_parse(&options, argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	on(SIGUSR1);
	on(SIGINT);
	on(SIGTERM);
	arena_create(&options);
	cache_create(&options);
	truth_write(&options, 0);
	puts("steady");
	run(&options);
	return 0;
}
