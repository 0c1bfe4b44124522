// SPDX-License-Identifier: GPL-2.0-only
/*
 * Miss-rate curves of a guest whose accesses are known: a set that is touched in each
 * round, and a larger one in each PERIOD-th. In manual mode a round is a pass and a pass
 * is a tick, so the number of misses at each size is known, too; the curve's band must
 * hold it. With a curve the picture stays exact, and huge mappings stay whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "host.h"
#include "ktap.h"
#include "world.h"

#define PERIOD		4
#define TICKS_PER_S	4		/* of 250 ms */
#define ROUNDS		(60 * TICKS_PER_S)
#define FOLDER		"/sys/kernel/ballast/vm/%s/mrc/%s"
#define TRIES		3000		/* of 10 ms */

static struct world w;
static struct ballast_mrc_query q;

static int knob_set(const char *name, const char *value)
{
	return host_write(value, FOLDER, blst_name(w.id), name);
}

static void curve(void)
{
	struct ballast_vm_mrc req = { .id = w.id, .size = sizeof(q), .buf = (uintptr_t)&q };

	REQUIRE(!ioctl(blst_device(), BALLAST_IOC_VM_MRC, &req), "curve: %m");
	REQUIRE(req.size == sizeof(q), "%u bytes of a curve", req.size);
}

static uint64_t pages_2m(void)
{
	return tinyvm_stat(w.vm, "pages_2m");
}

static void switch_on(const char *samples)
{
	REQUIRE(!knob_set("samples", samples) && !knob_set("enabled", "1"), "knobs");
}

/* Hot units first, then the large set; a page of each unit. */
static void round_of(unsigned int hot, unsigned int large)
{
	unsigned int n = 0, i;

	for (i = 0; i < hot + large; i++)
		if (i < hot || w.round % PERIOD == 0)
			w.list[n++] = (uint32_t)w.slot->mem.gfn + i * w.unit +
				      ktap_below(&w.rnd, w.unit);
	tinyvm_touch(w.vm, w.list, n, TINYVM_READ | TINYVM_FLUSH);
	w.round++;
	REQUIRE(!blst_scan(w.id, 1), "scan");
}

/* @truth, in misses per second, must not be far from the band at @pages; how near is told. */
static void check_at(uint64_t pages, uint64_t truth)
{
	const struct ballast_curve_point *p = q.points;
	unsigned int i;
	uint64_t slack;

	for (i = 1; i < q.nr_points && q.points[i].pages <= pages; i++)
		p = &q.points[i];
	ktap_note("%llu pages: %llu misses/s, %llu to %llu; truth %llu",
		  (unsigned long long)p->pages, (unsigned long long)p->misses / 1000,
		  (unsigned long long)p->low / 1000, (unsigned long long)p->high / 1000,
		  (unsigned long long)truth);
	/* The sample is another one each time: of 20 bands one may miss, of these one of 1000. */
	slack = (p->high - p->low) / 3;
	CHECK(p->low <= truth * 1000 + slack && p->high + slack >= truth * 1000,
	      "%llu misses/s at %llu pages are far from the band", (unsigned long long)truth,
	      (unsigned long long)pages);
}

/*
 * At sizes between the sets all of both miss once in PERIOD rounds: the large one by
 * itself, the hot one as it was driven out. With room for both nothing does.
 */
static void steps(unsigned int hot, unsigned int large, const char *samples)
{
	uint64_t both = (uint64_t)(hot + large) * w.unit, misses;
	unsigned int i;

	/* What is accessed before the first tick does not count: a round of both sets. */
	switch_on(samples);
	w.round = 0;
	round_of(hot, large);
	for (i = 0; i < ROUNDS; i++)
		round_of(hot, large);
	curve();
	ktap_note("%u entries, %llu accesses, %llu us a tick, valid from %llu pages", q.entries,
		  (unsigned long long)q.accesses,
		  (unsigned long long)(q.tick_ns / (q.ticks * 1000)),
		  (unsigned long long)q.valid_from_pages);
	CHECK(q.state == BALLAST_MRC_TRACING, "state %u", q.state);
	CHECK(q.ticks == ROUNDS + 1, "%llu ticks", (unsigned long long)q.ticks);
	CHECK(!q.left_out, "%u left out", q.left_out);
	CHECK(q.data_ms >= 30000, "%llu ms", (unsigned long long)q.data_ms);
	misses = (hot + large) * TICKS_PER_S / PERIOD;
	check_at(both / 2, misses);
	check_at(both * 7 / 10, misses);
	check_at(both + both / 4, 0);
	check_at(w.slot->mem.pages, 0);
}

static void small(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 32 * 256, .backing = TINYVM_ANON,
	};

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	steps(512, 4096, "1024");
	world_close(&w);
}

static void whole(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 16 * 256, .backing = TINYVM_ANON,
	};

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	steps(256, 2048, "16384");
	world_close(&w);
}

static void huge(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 64 * TINYVM_BLOCK, .backing = TINYVM_ANON_THP,
	};
	struct ballast_vm_query before, after;
	uint64_t mapped;

	world_open(&w, NULL, &mem, TINYVM_BLOCK);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	mapped = pages_2m();
	REQUIRE(mapped == 64, "KVM maps %llu huge pages", (unsigned long long)mapped);
	REQUIRE(!blst_query(w.id, &before), "query");
	steps(4, 40, "1024");
	CHECK(pages_2m() == mapped, "%llu of %llu huge pages are left",
	      (unsigned long long)pages_2m(), (unsigned long long)mapped);
	REQUIRE(!blst_query(w.id, &after), "query");
	CHECK(before.map_pages[BALLAST_MAP_2M] == after.map_pages[BALLAST_MAP_2M] &&
	      before.map_pages[BALLAST_MAP_2M] == mem.pages,
	      "map_pages of 2 MiB went from %llu to %llu",
	      (unsigned long long)before.map_pages[BALLAST_MAP_2M],
	      (unsigned long long)after.map_pages[BALLAST_MAP_2M]);
	world_close(&w);
}

/* Settling is exact, page by page, with a curve being made and when it goes off. */
static void picture(enum tinyvm_backing backing, unsigned int unit)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 16 * TINYVM_BLOCK, .backing = backing,
	};

	world_open(&w, NULL, &mem, unit);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_fill(&w, 0, 3 * TINYVM_BLOCK, WORLD_HOT);
	world_fill(&w, 5 * TINYVM_BLOCK, TINYVM_BLOCK, WORLD_WARM);
	if (unit == 1) {
		world_scatter(&w, 6 * TINYVM_BLOCK, 4 * TINYVM_BLOCK, 30, WORLD_HOT);
		world_runs(&w, 10 * TINYVM_BLOCK, 3 * TINYVM_BLOCK, WORLD_HOT);
	}
	switch_on("4096");
	world_settle(&w, "with a curve");
	world_check_sums(&w);
	world_swap_hot_cold(&w);
	world_settle(&w, "swapped");
	REQUIRE(!knob_set("enabled", "0"), "off");
	world_settle(&w, "off");
	world_check_sums(&w);
	curve();
	CHECK(q.state == BALLAST_MRC_OFF && !q.entries && !q.nr_points, "state %u when off",
	      q.state);
	world_close(&w);
}

static void picture_small(void)
{
	picture(TINYVM_ANON, 1);
}

static void picture_huge(void)
{
	picture(TINYVM_ANON_THP, TINYVM_BLOCK);
}

/* Ticks come by themselves, no more often than asked for, and end with detach. */
static void by_itself(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 16 * 256, .backing = TINYVM_ANON };
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	struct timespec t0, t1;
	unsigned int i;
	double ms;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	REQUIRE(!knob_set("tick_ms", "20") && !knob_set("budget_bp", "10000"), "knobs");
	switch_on("256");
	clock_gettime(CLOCK_MONOTONIC, &t0);
	REQUIRE(!host_write("auto", "/sys/kernel/ballast/vm/%s/mode", blst_name(w.id)), "mode");
	for (i = 0; i < TRIES; i++) {
		curve();
		if (q.ticks >= 50)
			break;
		nanosleep(&moment, NULL);
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	ms = (double)(t1.tv_sec - t0.tv_sec) * 1e3;
	ms += (double)(t1.tv_nsec - t0.tv_nsec) / 1e6;
	CHECK(q.ticks >= 50, "%llu ticks", (unsigned long long)q.ticks);
	CHECK((double)q.ticks <= ms / 20 + 3, "%llu ticks in %.0f ms",
	      (unsigned long long)q.ticks, ms);
	ktap_note("%llu ticks in %.0f ms, %llu us each, interval %u ms",
		  (unsigned long long)q.ticks, ms,
		  (unsigned long long)(q.tick_ns / (q.ticks * 1000)), q.interval_ms);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "small", small, 300 },
		{ "whole", whole, 300 },
		{ "huge", huge, 300 },
		{ "picture_small", picture_small, 300 },
		{ "picture_huge", picture_huge, 300 },
		{ "by_itself", by_itself },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
