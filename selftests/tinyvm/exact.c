// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the picture exactly what the guest did? The guest touches known sets, a
 * round at a time; each round is followed by one pass. Once settled, every hot
 * page must be hot, every untouched one cold, and none cold that is touched in
 * every third round, without a single exception; then hot and cold change
 * places, and it must become exact once more.
 */
#include <string.h>

#include "blst.h"
#include "host.h"
#include "ktap.h"
#include "world.h"

#define PAGES_4K	(64 * 256)	/* 64 MiB */
#define BLOCKS		(PAGES_4K / TINYVM_BLOCK)

/* Truth for whole blocks, from block @first on. */
static void blocks(struct world *w, unsigned int first, unsigned int n, enum world_part part)
{
	world_fill(w, first * TINYVM_BLOCK, n * TINYVM_BLOCK, part);
}

static void scattered(struct world *w, unsigned int first, unsigned int n, unsigned int one_in,
		      enum world_part part)
{
	world_scatter(w, first * TINYVM_BLOCK, n * TINYVM_BLOCK, one_in, part);
}

/* All shapes that hot, warm and cold memory comes in. */
static void shapes(struct world *w)
{
	blocks(w, 0, BLOCKS, WORLD_COLD);
	blocks(w, 0, 3, WORLD_HOT);
	blocks(w, 4, 2, WORLD_WARM);
	scattered(w, 6, 6, 50, WORLD_HOT);	/* single pages */
	scattered(w, 12, 2, 2, WORLD_HOT);	/* every other one */
	world_runs(w, 14 * TINYVM_BLOCK, 6 * TINYVM_BLOCK, WORLD_HOT);
	world_runs(w, 18 * TINYVM_BLOCK, 3 * TINYVM_BLOCK, WORLD_WARM);
	world_fill(w, 22 * TINYVM_BLOCK - 1, 2, WORLD_HOT);	/* across an edge */
	blocks(w, 23, 1, WORLD_HOT);
	world_fill(w, 23 * TINYVM_BLOCK + ktap_below(&w->rnd, 512), 1, WORLD_COLD);
	scattered(w, 24, 2, 30, WORLD_WARM);
	blocks(w, 26, 4, WORLD_NEVER);
	scattered(w, 28, 1, 64, WORLD_HOT);
}

/* In whole blocks, for huge mappings. */
static void block_shapes(struct world *w)
{
	static const enum world_part part[8] = {
		WORLD_HOT, WORLD_COLD, WORLD_WARM, WORLD_HOT,
		WORLD_COLD, WORLD_NEVER, WORLD_HOT, WORLD_COLD,
	};
	unsigned int block;

	for (block = 0; block < w->slot->mem.pages / TINYVM_BLOCK; block++)
		blocks(w, block, 1, part[block % 8]);
}

/* What pages touched in every third round are called. */
static void tally_warm(struct world *w)
{
	unsigned int count[BALLAST_NR_LEVELS] = {};
	uint64_t i;

	world_load(w);
	for (i = 0; i < w->slot->mem.pages; i++)
		if (w->part[i] == WORLD_WARM)
			count[BALLAST_PAGE_LEVEL(w->levels[i])]++;
	ktap_note("touched every %drd round: %u hot, %u warm, %u cool, %u cold",
		  WORLD_WARM_EVERY, count[BALLAST_HOT], count[BALLAST_WARM],
		  count[BALLAST_COOL], count[BALLAST_COLD]);
}

static void check_map(struct world *w, unsigned int map_level)
{
	struct ballast_vm_query query;
	int ret = blst_query(w->id, &query);

	REQUIRE(!ret, "query: %s", strerror(-ret));
	CHECK(query.map_pages[map_level] >= w->slot->mem.pages,
	      "only %llu pages are said to be mapped at level %u",
	      (unsigned long long)query.map_pages[map_level], map_level);
	CHECK(query.passes == w->round, "%llu passes counted, %u asked for",
	      (unsigned long long)query.passes, w->round);
}

static void run_world(struct world *w, unsigned int map_level)
{
	world_settle(w, "first");
	world_check_sums(w);
	check_map(w, map_level);
	world_swap_hot_cold(w);
	world_settle(w, "swapped");
	world_check_sums(w);
	check_map(w, map_level);
	tally_warm(w);
	world_close(w);
}

static void small(enum tinyvm_backing backing, bool misaligned, bool guest_4k)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = PAGES_4K, .backing = backing, .misaligned = misaligned,
	};
	struct tinyvm_opts opts = { .guest_4k = guest_4k };
	struct world w;

	world_open(&w, &opts, &mem, 1);
	shapes(&w);
	world_round(&w);
	CHECK(tinyvm_stat(w.vm, "pages_2m") == 0, "KVM maps 2 MiB pages in a test of small ones");
	CHECK(tinyvm_stat(w.vm, "pages_4k") >= PAGES_4K - 4 * TINYVM_BLOCK,
	      "KVM maps only %llu small pages",
	      (unsigned long long)tinyvm_stat(w.vm, "pages_4k"));
	run_world(&w, BALLAST_MAP_4K);
}

static void huge(enum tinyvm_backing backing, uint64_t pages)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = pages, .backing = backing };
	uint64_t mapped;
	struct world w;

	world_open(&w, NULL, &mem, TINYVM_BLOCK);
	block_shapes(&w);
	world_round(&w);
	mapped = tinyvm_stat(w.vm, "pages_2m");
	/* One block in eight is never touched. */
	REQUIRE(mapped == pages / TINYVM_BLOCK * 7 / 8, "KVM maps %llu 2 MiB pages of %llu",
		(unsigned long long)mapped, (unsigned long long)pages / TINYVM_BLOCK);
	run_world(&w, BALLAST_MAP_2M);
}

static void anon(void)
{
	small(TINYVM_ANON, false, false);
}

static void anon_guest_4k(void)
{
	small(TINYVM_ANON, false, true);
}

static void memfd(void)
{
	small(TINYVM_MEMFD, false, false);
}

static void misaligned(void)
{
	small(TINYVM_ANON, true, false);
}

static void misaligned_thp(void)
{
	small(TINYVM_ANON_THP, true, false);
}

static void thp(void)
{
	huge(TINYVM_ANON_THP, PAGES_4K);
}

static void memfd_thp(void)
{
	if (!host_has("/sys/kernel/mm/transparent_hugepage/shmem_enabled"))
		ktap_skip("no huge pages in shared memory");
	huge(TINYVM_MEMFD_THP, PAGES_4K);
}

static void hugetlb_2m(void)
{
	if (!host_hugetlb(2048, BLOCKS))
		ktap_skip("the host has no %u free hugetlb pages of 2 MiB", (unsigned int)BLOCKS);
	huge(TINYVM_HUGETLB_2M, PAGES_4K);
}

/* Two GiB, one hot and one cold; then the other way round. */
static void hugetlb_1g(void)
{
	struct tinyvm_mem mem = {
		.gfn = TINYVM_GIANT, .pages = 2 * TINYVM_GIANT, .backing = TINYVM_HUGETLB_1G,
	};
	struct world w;

	if (!host_hugetlb(1048576, 2))
		ktap_skip("the host has no two free hugetlb pages of 1 GiB (hugepagesz=1G hugepages=2)");
	world_open(&w, NULL, &mem, TINYVM_GIANT);
	world_fill(&w, 0, TINYVM_GIANT, WORLD_HOT);
	world_fill(&w, TINYVM_GIANT, TINYVM_GIANT, WORLD_COLD);
	run_world(&w, BALLAST_MAP_1G);
}

/*
 * What pages touched in every k-th round are called, k = 1..8, in blocks of
 * their own kind and scattered among cold ones. A page touched in every third
 * round or more often is in use, and "cold" is the answer that costs most.
 */
#define PERIODS		8
#define PERIOD_ROUNDS	60

static unsigned int period_of(uint64_t page)
{
	unsigned int block = (unsigned int)(page / TINYVM_BLOCK);

	if (block < PERIODS)
		return block + 1;
	block -= PERIODS;	/* one page in 16 among cold ones */
	return block < PERIODS && page % 16 == 3 ? block + 1 : 0;
}

static void touch_by_period(struct world *w)
{
	unsigned int n = 0;
	uint64_t i;

	for (i = 0; i < w->slot->mem.pages; i++)
		if (!w->round || (period_of(i) && (w->round + i) % period_of(i) == 0))
			w->list[n++] = (uint32_t)(w->slot->mem.gfn + i);
	tinyvm_touch(w->vm, w->list, n, TINYVM_READ | TINYVM_FLUSH);
	w->round++;
	REQUIRE(!blst_scan(w->id, 1), "scan");
}

static void report_periods(struct world *w, uint64_t first, const char *where)
{
	unsigned int count[PERIODS + 1][BALLAST_NR_LEVELS] = {};
	unsigned int k;
	uint64_t i;

	for (i = first; i < first + PERIODS * TINYVM_BLOCK; i++)
		count[period_of(i)][BALLAST_PAGE_LEVEL(w->levels[i])]++;
	for (k = 1; k <= PERIODS; k++) {
		ktap_note("%s, touched every %u rounds: %u hot, %u warm, %u cool, %u cold",
			  where, k, count[k][BALLAST_HOT], count[k][BALLAST_WARM],
			  count[k][BALLAST_COOL], count[k][BALLAST_COLD]);
		CHECK(k > WORLD_WARM_EVERY || !count[k][BALLAST_COLD],
		      "%s: %u pages touched every %u rounds are called cold", where,
		      count[k][BALLAST_COLD], k);
	}
}

static void periods(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES_4K, .backing = TINYVM_ANON };
	struct world w;
	unsigned int i;

	world_open(&w, NULL, &mem, 1);
	for (i = 0; i < PERIOD_ROUNDS; i++)
		touch_by_period(&w);
	world_load(&w);
	report_periods(&w, 0, "alone");
	report_periods(&w, PERIODS * TINYVM_BLOCK, "among cold");
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "anon", anon, 300 },
		{ "anon_guest_4k", anon_guest_4k, 300 },
		{ "memfd", memfd, 300 },
		{ "misaligned", misaligned, 300 },
		{ "misaligned_thp", misaligned_thp, 300 },
		{ "thp", thp, 300 },
		{ "memfd_thp", memfd_thp, 300 },
		{ "hugetlb_2m", hugetlb_2m, 300 },
		{ "hugetlb_1g", hugetlb_1g, 300 },
		{ "periods", periods, 300 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
