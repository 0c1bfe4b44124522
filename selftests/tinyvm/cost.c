// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a pass costs, against the sweep that asks for every 4 KiB page by
 * itself. A bench, no verdict: figures are ratios within one run; with --icount
 * of selftests/nested/run, nanoseconds are instructions.
 *
 * usage: cost [MIB...], default 256 1024 2048
 *
 * A fifth of memory is touched in every round, the rest only at the beginning.
 *	4k-blocks	4 KiB pages, hot memory in whole 2 MiB blocks
 *	4k-runs		4 KiB pages, hot memory in runs of 1 to 100 pages
 *	4k-scattered	4 KiB pages, hot pages at random
 *	2m		2 MiB pages
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "ktap.h"
#include "world.h"

#define SETTLE		64
#define MEASURE		32	/* twice the longest interval of the plan */
#define SWEEP		"/sys/kernel/debug/ballast/vm/%s/sweep_4k"

enum shape { BLOCKS, RUNS, SCATTERED, HUGE, NR_SHAPES };

static const char *const names[] = { "4k-blocks", "4k-runs", "4k-scattered", "2m" };
static unsigned int mib;
static enum shape shape;

static void tell_truth(struct world *w)
{
	uint64_t pages = w->slot->mem.pages, i, n;

	world_fill(w, 0, pages, WORLD_COLD);
	switch (shape) {
	case BLOCKS:
	case HUGE:
		for (i = 0; i < pages; i += 5 * TINYVM_BLOCK)
			world_fill(w, i, TINYVM_BLOCK, WORLD_HOT);
		break;
	case RUNS:
		for (i = 0; i < pages; i += 5 * n) {
			n = 1 + ktap_below(&w->rnd, 100);
			world_fill(w, i, n < pages - i ? n : pages - i, WORLD_HOT);
		}
		break;
	default:
		world_scatter(w, 0, pages, 5, WORLD_HOT);
	}
}

/* Average of the passes that follow one of the guest's turns each. */
static void measure_passes(struct world *w, double *ns, double *calls)
{
	struct ballast_vm_query before, after;
	unsigned int i;

	REQUIRE(!blst_query(w->id, &before), "query");
	for (i = 0; i < MEASURE; i++)
		world_round(w);
	REQUIRE(!blst_query(w->id, &after), "query");
	*ns = (double)(after.scan_ns - before.scan_ns) / MEASURE;
	*calls = (double)(after.calls - before.calls) / MEASURE;
}

static void measure_sweep(struct world *w, double *ns, double *calls)
{
	unsigned long long n, c;
	char text[64];
	int ret;

	world_touch(w);
	ret = host_write("1", SWEEP, blst_name(w->id));
	REQUIRE(!ret, "sweep: %s", strerror(-ret));
	REQUIRE(!host_read(text, sizeof(text), SWEEP, blst_name(w->id)) &&
		sscanf(text, "%llu %llu", &n, &c) == 2, "result of the sweep: %s", text);
	*ns = (double)n;
	*calls = (double)c;
}

static void measure(void)
{
	struct tinyvm_mem mem = {
		.gfn = TINYVM_GIANT,
		.pages = mib * 256UL,
		.backing = shape == HUGE ? TINYVM_ANON_THP : TINYVM_ANON,
	};
	double pass_ns, pass_calls, sweep_ns, sweep_calls;
	struct world w;
	unsigned int i;

	world_open(&w, NULL, &mem, shape == HUGE ? TINYVM_BLOCK : 1);
	tell_truth(&w);
	for (i = 0; i < SETTLE; i++)
		world_round(&w);
	measure_passes(&w, &pass_ns, &pass_calls);
	measure_sweep(&w, &sweep_ns, &sweep_calls);
	printf("cost %s-%u pass_ns %.0f pass_calls %.0f sweep_ns %.0f sweep_calls %.0f\n",
	       names[shape], mib, pass_ns, pass_calls, sweep_ns, sweep_calls);
	printf("ratio %s-%u %.2f\n", names[shape], mib, sweep_ns / pass_ns);
	CHECK(pass_ns > 0 && sweep_calls > 0, "nothing measured");
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = { "256", "1024", "2048" };
	static char *no_args[] = { "cost", NULL };
	int i, n = argc > 1 ? argc - 1 : 3, status = 0;

	for (i = 0; i < n; i++) {
		mib = (unsigned int)strtoul(argc > 1 ? argv[i + 1] : sizes[i], NULL, 10);
		if (!mib || mib % 2) {
			fprintf(stderr, "usage: cost [MIB...], even numbers\n");
			return 2;
		}
		for (shape = 0; shape < NR_SHAPES; shape++) {
			struct ktap_case c = { names[shape], measure, 3600 };

			status |= ktap_main(1, no_args, &c, 1);
		}
	}
	return status;
}
