// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accessed bits are shared. While MGLRU or DAMON clear them, our picture must
 * stay exact; while we clear them, MGLRU and DAMON must still see the accesses.
 */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "ager.h"
#include "host.h"
#include "ktap.h"
#include "world.h"

#define PAGES		(32 * 256)	/* 32 MiB */
#define HALF		(PAGES / 2)
/* DAMON tells regions in sysfs since 6.2. */
#define REGIONS_SINCE	602
#define REGIONS_MAX	512
/* Pages on the CPUs' way to a list are in no generation. */
#define IN_FLIGHT	128

static uint64_t credited(const struct world *w)
{
	struct ballast_vm_query query;

	REQUIRE(!blst_query(w->id, &query), "query");
	return query.credited;
}

static uint64_t given_back(const struct world *w)
{
	struct ballast_vm_query query;

	REQUIRE(!blst_query(w->id, &query), "query");
	return query.given_back;
}

static void enter_cgroup(void)
{
	int ret = host_enter_cgroup();

	if (ret)
		ktap_skip("no control group of its own: %s", strerror(-ret));
}

static void open_halves(struct world *w)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };

	world_open(w, NULL, &mem, 1);
	world_fill(w, 0, HALF, WORLD_HOT);
	world_fill(w, HALF, HALF, WORLD_COLD);
}

/* Exact, with hot and cold swapped as well, while @between steals every round. */
static void exact_beside(struct world *w, void (*between)(struct world *w))
{
	uint64_t before = credited(w);

	/* Shapes as well: whole blocks, runs, single pages. */
	world_runs(w, HALF, HALF / 4, WORLD_HOT);
	world_scatter(w, HALF + HALF / 2, HALF / 4, 30, WORLD_HOT);
	w->between = between;
	world_settle(w, "first");
	CHECK(credited(w) > before, "nothing credited: nobody took an accessed bit");
	world_swap_hot_cold(w);
	world_settle(w, "swapped");
	ktap_note("%llu bits credited", (unsigned long long)(credited(w) - before));
	world_check_sums(w);
}

/* MGLRU takes all the bits between the guest's turn and our pass. */
static void mglru_takes(struct world *w)
{
	int ret = mglru_age();

	(void)w;
	REQUIRE(!ret, "MGLRU aging: %s", strerror(-ret));
}

static void exact_beside_mglru(void)
{
	struct world w;

	if (mglru_missing())
		ktap_skip("%s", mglru_missing());
	enter_cgroup();
	open_halves(&w);
	exact_beside(&w, mglru_takes);
	world_close(&w);
}

/*
 * We take all the bits before MGLRU asks. Its youngest generations must then
 * hold the hot half, and not the cold one.
 */
static void mglru_sees(void)
{
	unsigned int round, seen = 0;
	struct mglru lru;
	struct world w;
	uint64_t before;

	if (mglru_missing())
		ktap_skip("%s", mglru_missing());
	enter_cgroup();
	open_halves(&w);
	world_settle(&w, "before");
	before = given_back(&w);
	for (round = 0; round < 8; round++) {
		world_round(&w);
		REQUIRE(!mglru_age(), "MGLRU aging");
		REQUIRE(!mglru_read(&lru), "MGLRU generations");
		/* The first time it sees what was touched when memory was new. */
		if (round < 2)
			continue;
		seen++;
		CHECK(lru.young >= HALF - IN_FLIGHT, "round %u: only %lu pages young, %u are hot",
		      round, lru.young, HALF);
		CHECK(lru.older >= HALF - IN_FLIGHT, "round %u: only %lu pages old, %u are cold",
		      round, lru.older, HALF);
	}
	CHECK(seen && given_back(&w) > before, "nothing given back");
	ktap_note("youngest two generations: %lu pages, older ones: %lu, hot: %u, given back: %llu",
		  lru.young, lru.older, HALF, (unsigned long long)(given_back(&w) - before));
	world_close(&w);
}

/*
 * DAMON samples by itself, at times that nobody can choose: wait until it has
 * taken something of this round.
 */
static void damon_takes(struct world *w)
{
	const struct timespec pause = { .tv_nsec = 200 * 1000 };
	uint64_t before = credited(w);
	unsigned int tries;

	for (tries = 0; tries < 5000 && credited(w) == before; tries++)
		nanosleep(&pause, NULL);
}

static void start_damon(const struct world *w, unsigned int sample_us, unsigned int aggr_us,
			unsigned int regions)
{
	uint64_t start = (uintptr_t)w->slot->hva;
	int ret;

	damon_stop();
	ret = damon_start(start, start + PAGES * TINYVM_PAGE, sample_us, aggr_us, regions);
	if (ret)
		damon_stop();
	REQUIRE(!ret, "DAMON: %s", strerror(-ret));
}

static void exact_beside_damon(void)
{
	struct world w;

	if (damon_missing())
		ktap_skip("%s", damon_missing());
	open_halves(&w);
	start_damon(&w, 2000, 40000, 400);
	exact_beside(&w, damon_takes);
	damon_stop();
	world_close(&w);
}

/* Rounds all the time. */
struct rounds {
	struct world *w;
	bool stop;
	unsigned int done;
};

static void *do_rounds(void *arg)
{
	struct rounds *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		world_round(r->w);
		__atomic_fetch_add(&r->done, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Accesses that DAMON has seen in a part of memory, weighted by size. */
static uint64_t heat(const struct damon_region *regions, int n, uint64_t start, uint64_t end)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < n; i++) {
		uint64_t a = regions[i].start > start ? regions[i].start : start;
		uint64_t b = regions[i].end < end ? regions[i].end : end;

		if (a < b)
			sum += (b - a) / TINYVM_PAGE * regions[i].accesses;
	}
	return sum;
}

/*
 * We take all the bits after each of the guest's turns; DAMON must see the hot
 * half all the same, and the cold one as cold.
 */
static void damon_sees(void)
{
	static struct damon_region regions[REGIONS_MAX];
	uint64_t hot = 0, cold = 0, hva;
	unsigned int looks = 0;
	struct rounds rounds = {};
	pthread_t thread;
	struct world w;
	int n;

	if (damon_missing())
		ktap_skip("%s", damon_missing());
	if (host_kernel() < REGIONS_SINCE)
		ktap_skip("DAMON of this kernel does not tell its regions");
	open_halves(&w);
	world_settle(&w, "before");
	hva = (uintptr_t)w.slot->hva;
	rounds.w = &w;
	REQUIRE(!pthread_create(&thread, NULL, do_rounds, &rounds), "thread");
	start_damon(&w, 20000, 400000, 20);
	/* One look in which hot is hot is enough; each waits for an aggregation. */
	while (looks++ < 20 && (!hot || hot <= cold)) {
		n = damon_regions(regions, REGIONS_MAX);
		CHECK(n >= 0, "DAMON's regions: %s", strerror(-n));
		hot = heat(regions, n, hva, hva + HALF * TINYVM_PAGE);
		cold = heat(regions, n, hva + HALF * TINYVM_PAGE, hva + PAGES * TINYVM_PAGE);
	}
	__atomic_store_n(&rounds.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	damon_stop();
	ktap_note("DAMON's heat after %u looks, %u rounds: %.2f hot, %.2f cold", looks,
		  rounds.done, (double)hot / HALF, (double)cold / HALF);
	CHECK(hot > 0, "DAMON sees no access: we ate its bits");
	CHECK(hot > cold, "DAMON sees more in the cold half");
	CHECK(given_back(&w) > 0, "nothing given back");
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "exact_beside_mglru", exact_beside_mglru, 300 },
		{ "mglru_sees", mglru_sees },
		{ "exact_beside_damon", exact_beside_damon, 300 },
		{ "damon_sees", damon_sees, 300 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
