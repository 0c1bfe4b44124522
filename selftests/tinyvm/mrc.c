// SPDX-License-Identifier: GPL-2.0-only
/*
 * Miss-rate curves of a guest whose accesses are known: a set that is touched in each
 * round, and a larger one in each PERIOD-th. In manual mode a round is a pass and a pass
 * is a tick, so the number of misses at each size is known, too; the curve's band must
 * hold it. With a curve the picture stays exact, and huge mappings stay whole. All that
 * with accessed bits, and with traps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "ktap.h"
#include "world.h"

#define PERIOD		4
#define TICKS_PER_S	4		/* of 250 ms */
#define ROUNDS		(60 * TICKS_PER_S)
#define TRIES		3000		/* of 10 ms */

static struct world w;
static struct ballast_mrc_query q;

static int knob_set(const char *name, const char *value)
{
	return blst_curve_set(w.id, name, value);
}

static void curve(void)
{
	int ret = blst_curve(w.id, &q);

	REQUIRE(!ret, "curve: %s", strerror(-ret));
}

static uint64_t pages_2m(void)
{
	return tinyvm_stat(w.vm, "pages_2m");
}

/* Traps as many as there are accesses, and with no window: an access in a tick is one. */
static void switch_on(const char *samples, const char *tracer)
{
	REQUIRE(!knob_set("window_ms", "0") && !knob_set("trap_rate", "100000") &&
		!knob_set("tracer", tracer), "tracer %s", tracer);
	REQUIRE(!knob_set("samples", samples) && !knob_set("enabled", "1"), "knobs");
}

/* VMs that wait for faults, and whether KVM tells of any. */
static void check_listeners(unsigned int vms, unsigned int on)
{
	unsigned int got[2] = { ~0u, ~0u };
	char text[32];

	REQUIRE(!host_read(text, sizeof(text), "/sys/kernel/debug/ballast/traps"), "traps");
	REQUIRE(sscanf(text, "%u %u", &got[0], &got[1]) == 2, "traps: %s", text);
	CHECK(got[0] == vms && got[1] == on, "%u VMs wait for faults, and these are told: %u",
	      got[0], got[1]);
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
static void steps(unsigned int hot, unsigned int large, const char *samples,
		  const char *tracer)
{
	uint64_t both = (uint64_t)(hot + large) * w.unit, misses;
	unsigned int i;

	/* What is accessed before the first tick does not count: a round of both sets. */
	switch_on(samples, tracer);
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

/* All accesses were found by traps, each of which had been set. */
static void check_traps(void)
{
	CHECK(q.tracing_by == BALLAST_TRACER_TRAPS && q.tracer_reason == BALLAST_TRACER_ASKED,
	      "traced by %u because of %u", q.tracing_by, q.tracer_reason);
	CHECK(q.traps >= q.accesses && q.accesses > 1000, "%llu traps, %llu accesses",
	      (unsigned long long)q.traps, (unsigned long long)q.accesses);
	CHECK(q.zaps >= q.traps, "%llu traps of %llu", (unsigned long long)q.traps,
	      (unsigned long long)q.zaps);
	CHECK(!q.untrapped, "%llu accesses without a trap", (unsigned long long)q.untrapped);
	CHECK(q.trap_ns && q.trap_cost_ns && q.look_cost_ns, "costs nothing");
	ktap_note("%llu traps, %llu zaps, a look %u ns, a trap %u ns, in all %llu ms",
		  (unsigned long long)q.traps, (unsigned long long)q.zaps, q.look_cost_ns,
		  q.trap_cost_ns, (unsigned long long)q.trap_ns / 1000000);
	check_listeners(1, 1);
}

static void small_by(const char *tracer)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 32 * 256, .backing = TINYVM_ANON,
	};

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	steps(512, 4096, "1024", tracer);
	if (!strcmp(tracer, "bits"))
		CHECK(!q.traps && !q.zaps, "%llu traps, %llu zaps", (unsigned long long)q.traps,
		      (unsigned long long)q.zaps);
	else
		check_traps();
	world_close(&w);
}

static void small(void)
{
	small_by("bits");
}

static void small_trapped(void)
{
	small_by("traps");
}

/*
 * A loop, an eighth of it in each round, and entries that are left alone for two rounds
 * after a trap: none of its accesses is hidden, and all of them miss with less than it.
 */
static void window(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 32 * 256, .backing = TINYVM_ANON,
	};
	const unsigned int parts = 8, loop = 4096;
	unsigned int i, k;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	switch_on("2048", "traps");
	REQUIRE(!knob_set("window_ms", "500"), "window");
	/* All of it is in the list before accesses count. */
	for (k = 0; k < loop; k++)
		w.list[k] = (uint32_t)w.slot->mem.gfn + k;
	tinyvm_touch(w.vm, w.list, k, TINYVM_READ | TINYVM_FLUSH);
	REQUIRE(!blst_scan(w.id, 1), "scan");
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < loop / parts; k++)
			w.list[k] = (uint32_t)w.slot->mem.gfn + i % parts * (loop / parts) + k;
		tinyvm_touch(w.vm, w.list, k, TINYVM_READ | TINYVM_FLUSH);
		REQUIRE(!blst_scan(w.id, 1), "scan");
	}
	curve();
	check_traps();
	CHECK(q.window_now_ms >= 500 && q.window_now_ms <= 750, "window of %u ms",
	      q.window_now_ms);
	CHECK(q.valid_from_pages < loop * 7 / 10, "valid from %llu pages",
	      (unsigned long long)q.valid_from_pages);
	check_at(loop * 8 / 10, loop / parts * TICKS_PER_S);
	check_at(loop + loop / 4, 0);
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
	steps(256, 2048, "16384", "bits");
	world_close(&w);
}

/* Blocks are looked at, or trapped as a whole: none is ever split. */
static void huge_by(const char *tracer, const char *trap_huge)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = 64 * TINYVM_BLOCK, .backing = TINYVM_ANON_THP,
	};
	struct ballast_vm_query before, after;
	uint64_t mapped, mapped_4k;

	world_open(&w, NULL, &mem, TINYVM_BLOCK);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	mapped = pages_2m();
	mapped_4k = tinyvm_stat(w.vm, "pages_4k");
	REQUIRE(mapped == 64, "KVM maps %llu huge pages", (unsigned long long)mapped);
	REQUIRE(!blst_query(w.id, &before), "query");
	REQUIRE(!knob_set("trap_huge", trap_huge), "trap_huge");
	steps(4, 40, "1024", tracer);
	if (*trap_huge == '1')
		check_traps();
	else
		CHECK(pages_2m() == mapped, "%llu of %llu huge pages, though none is trapped",
		      (unsigned long long)pages_2m(), (unsigned long long)mapped);
	/* What is trapped and was not touched since is not mapped. */
	world_fill(&w, 0, mem.pages, WORLD_HOT);
	world_touch(&w);
	CHECK(tinyvm_stat(w.vm, "pages_4k") == mapped_4k, "%llu small pages, there were %llu",
	      (unsigned long long)tinyvm_stat(w.vm, "pages_4k"), (unsigned long long)mapped_4k);
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

static void huge(void)
{
	huge_by("bits", "0");
}

static void huge_beside_traps(void)
{
	huge_by("traps", "0");
}

static void huge_trapped(void)
{
	huge_by("traps", "1");
}

/* Settling is exact, page by page, with a curve being made and when it goes off. */
static void picture(enum tinyvm_backing backing, unsigned int unit, const char *tracer)
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
	REQUIRE(!knob_set("trap_huge", "1"), "trap_huge");
	switch_on("4096", tracer);
	world_settle(&w, "with a curve");
	world_check_sums(&w);
	world_swap_hot_cold(&w);
	world_settle(&w, "swapped");
	curve();
	if (!strcmp(tracer, "traps"))
		CHECK(q.traps > 30 && !q.untrapped, "%llu traps, %llu accesses without one",
		      (unsigned long long)q.traps, (unsigned long long)q.untrapped);
	REQUIRE(!knob_set("enabled", "0"), "off");
	world_settle(&w, "off");
	world_check_sums(&w);
	curve();
	CHECK(q.state == BALLAST_MRC_OFF && !q.entries && !q.nr_points, "state %u when off",
	      q.state);
	check_listeners(0, 0);
	world_close(&w);
}

static void picture_small(void)
{
	picture(TINYVM_ANON, 1, "bits");
}

static void picture_huge(void)
{
	picture(TINYVM_ANON_THP, TINYVM_BLOCK, "bits");
}

static void picture_small_trapped(void)
{
	picture(TINYVM_ANON, 1, "traps");
}

static void picture_huge_trapped(void)
{
	picture(TINYVM_ANON_THP, TINYVM_BLOCK, "traps");
}

static double ms_since(const struct timespec *t0)
{
	struct timespec t1;

	clock_gettime(CLOCK_MONOTONIC, &t1);
	return (double)(t1.tv_sec - t0->tv_sec) * 1e3 + (double)(t1.tv_nsec - t0->tv_nsec) / 1e6;
}

/* A page of each @step of the slot, in their order. */
static unsigned int every(unsigned int step)
{
	unsigned int n = 0;
	uint64_t i;

	for (i = 0; i < w.slot->mem.pages; i += step)
		w.list[n++] = (uint32_t)(w.slot->mem.gfn + i);
	return n;
}

static void passes(unsigned int n, unsigned int pages)
{
	unsigned int k;

	for (k = 0; k < pages; k++)
		w.list[k] = (uint32_t)w.slot->mem.gfn + k;
	while (n--) {
		if (pages)
			tinyvm_touch(w.vm, w.list, pages, TINYVM_READ | TINYVM_FLUSH);
		REQUIRE(!blst_scan(w.id, 1), "scan");
	}
	curve();
	ktap_note("%u pages a tick: traced by %u because of %u, a look %u ns, a trap %u ns",
		  pages, q.tracing_by, q.tracer_reason, q.look_cost_ns, q.trap_cost_ns);
}

/* An idle guest is trapped, a busy one looked at: a hundred ticks are five intervals. */
static void by_cost(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 32 * 256, .backing = TINYVM_ANON };

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	switch_on("1024", "auto");
	passes(100, 0);
	CHECK(q.tracing_by == BALLAST_TRACER_TRAPS && q.tracer_reason == BALLAST_TRACER_CHEAPER,
	      "an idle guest is traced by %u because of %u", q.tracing_by, q.tracer_reason);
	check_listeners(1, 1);
	passes(100, 8192);
	CHECK(q.tracing_by == BALLAST_TRACER_BITS && q.tracer_reason == BALLAST_TRACER_CHEAPER,
	      "a busy guest is traced by %u because of %u", q.tracing_by, q.tracer_reason);
	check_listeners(0, 0);
	passes(100, 0);
	CHECK(q.tracing_by == BALLAST_TRACER_TRAPS && q.tracer_reason == BALLAST_TRACER_CHEAPER,
	      "an idle guest is traced by %u because of %u", q.tracing_by, q.tracer_reason);
	world_close(&w);
	check_listeners(0, 0);
}

/* Memory that comes and goes while the guest runs in it, and in the rest. */
static void slots_trapped(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 4 * 256, .backing = TINYVM_ANON };
	struct tinyvm_mem more = { .gfn = WORLD_GFN + 0x10000, .pages = 1000 };
	unsigned int i, n, entries = 0;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_HOT);
	world_round(&w);
	switch_on("16384", "traps");
	n = every(1);
	for (i = 0; i < 20; i++) {
		struct tinyvm_slot *slot = tinyvm_slot_add(w.vm, &more);

		REQUIRE(slot, "slot: %m");
		tinyvm_populate(w.vm, slot, TINYVM_BY_GUEST);
		tinyvm_run_async(w.vm, 0, w.list, n, TINYVM_READ | TINYVM_FLUSH);
		REQUIRE(!blst_scan(w.id, 3), "scan");
		curve();
		CHECK(!i || q.entries == entries, "%u entries, there were %u", q.entries, entries);
		entries = q.entries;
		tinyvm_stop(w.vm, 0);
		tinyvm_slot_del(w.vm, slot);
		REQUIRE(!blst_scan(w.id, 2), "scan");
		curve();
		CHECK(q.entries == entries - more.pages, "%u entries of %u without a slot",
		      q.entries, entries);
	}
	CHECK(q.traps > 10 * n, "%llu traps", (unsigned long long)q.traps);
	world_close(&w);
}

/* Without nested paging traps are refused; kvm_amd.npt=0 in a host makes that so. */
static void shadowed(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 256, .backing = TINYVM_ANON };
	char text[8];

	if (host_read(text, sizeof(text), "/sys/module/kvm_amd/parameters/npt") < 0 &&
	    host_read(text, sizeof(text), "/sys/module/kvm_intel/parameters/ept") < 0)
		ktap_skip("neither kvm_amd nor kvm_intel says");
	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	if (text[0] == 'Y' || text[0] == '1') {
		CHECK(!knob_set("tracer", "traps"), "traps are refused");
	} else {
		CHECK(knob_set("tracer", "traps") == -EOPNOTSUPP, "traps are not refused");
		REQUIRE(!knob_set("enabled", "1"), "on");
		curve();
		CHECK(q.tracing_by == BALLAST_TRACER_BITS &&
		      q.tracer_reason == BALLAST_TRACER_CANNOT, "traced by %u because of %u",
		      q.tracing_by, q.tracer_reason);
	}
	world_close(&w);
}

/* A guest that never rests has as many traps as are allowed, and no more. */
static void rate(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 4 * 256, .backing = TINYVM_ANON };
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	struct timespec t0;
	unsigned int i, n;
	uint64_t rounds;
	double ms;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	n = every(2);
	tinyvm_run_async(w.vm, 0, w.list, n, TINYVM_READ | TINYVM_FLUSH);
	REQUIRE(!knob_set("tick_ms", "50") && !knob_set("budget_bp", "10000"), "knobs");
	switch_on("16384", "traps");
	REQUIRE(!knob_set("trap_rate", "200"), "rate");
	clock_gettime(CLOCK_MONOTONIC, &t0);
	REQUIRE(!host_write("auto", "/sys/kernel/ballast/vm/%s/mode", blst_name(w.id)), "mode");
	for (i = 0; i < TRIES; i++) {
		curve();
		if (q.traps >= 200)
			break;
		nanosleep(&moment, NULL);
	}
	curve();
	ms = ms_since(&t0);
	rounds = tinyvm_stop(w.vm, 0);
	ktap_note("%llu traps of %llu in %.0f ms, %llu rounds of the guest, window %u ms",
		  (unsigned long long)q.traps, (unsigned long long)q.zaps, ms,
		  (unsigned long long)rounds, q.window_now_ms);
	CHECK(q.traps >= 200, "%llu traps", (unsigned long long)q.traps);
	/* What a tick's or a quarter of a second's share holds at most may come at once. */
	CHECK((double)q.zaps <= ms * .2 + 200. * (q.interval_ms > 250 ? q.interval_ms : 250) / 1e3,
	      "%llu zaps in %.0f ms", (unsigned long long)q.zaps, ms);
	CHECK(rounds > 10, "%llu rounds of the guest", (unsigned long long)rounds);
	world_close(&w);
	check_listeners(0, 0);
}

/* What does the guest pay for a trap? The same pages, armed and not. */
static void cost(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 16 * 256, .backing = TINYVM_ANON };
	double ms[2] = {};
	struct timespec t0;
	unsigned int i, k, n;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	switch_on("16384", "traps");
	n = every(1);
	for (i = 0; i < 10; i++) {
		REQUIRE(!blst_scan(w.id, 1), "scan");
		for (k = 0; k < 2; k++) {
			clock_gettime(CLOCK_MONOTONIC, &t0);
			tinyvm_touch(w.vm, w.list, n, TINYVM_READ | TINYVM_FLUSH);
			ms[k] += i ? ms_since(&t0) : 0;
		}
	}
	curve();
	ktap_note("a trap costs the guest %.0f ns, and is said to cost %u ns with its zap, a look %u ns",
		  (ms[0] - ms[1]) * 1e6 / (9. * n), q.trap_cost_ns, q.look_cost_ns);
	/* The last of ten rounds is not heard of before another pass; the list is memory, too. */
	CHECK(q.traps >= 9ull * n && q.traps <= 9ull * (n + 32), "%llu traps of %u",
	      (unsigned long long)q.traps, 9 * n);
	/* The least cost of a fault is a part of it; its mean is more. */
	CHECK(q.trap_cost_ns < (ms[0] - ms[1]) * 2e6 / (9. * n), "%u ns", q.trap_cost_ns);
	CHECK(ms[0] > ms[1], "traps cost nothing: %.1f and %.1f ms", ms[0], ms[1]);
	world_close(&w);
}

/* Ticks come by themselves, no more often than asked for, and end with detach. */
static void by_itself(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 16 * 256, .backing = TINYVM_ANON };
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	struct timespec t0;
	unsigned int i;
	double ms;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	world_round(&w);
	REQUIRE(!knob_set("tick_ms", "20") && !knob_set("budget_bp", "10000"), "knobs");
	switch_on("256", "bits");
	clock_gettime(CLOCK_MONOTONIC, &t0);
	REQUIRE(!host_write("auto", "/sys/kernel/ballast/vm/%s/mode", blst_name(w.id)), "mode");
	for (i = 0; i < TRIES; i++) {
		curve();
		if (q.ticks >= 50)
			break;
		nanosleep(&moment, NULL);
	}
	ms = ms_since(&t0);
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
		{ "small_trapped", small_trapped, 300 },
		{ "window", window, 300 },
		{ "huge_beside_traps", huge_beside_traps, 300 },
		{ "huge_trapped", huge_trapped, 300 },
		{ "picture_small_trapped", picture_small_trapped, 300 },
		{ "picture_huge_trapped", picture_huge_trapped, 300 },
		{ "by_cost", by_cost, 300 },
		{ "slots_trapped", slots_trapped, 300 },
		{ "shadowed", shadowed },
		{ "rate", rate, 300 },
		{ "cost", cost, 300 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
