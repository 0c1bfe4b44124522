// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the picture exactly what the guest did? The guest touches known sets, a
 * round at a time; each round is followed by one pass. Once settled, every hot
 * page must be hot and every other one cold, without a single exception; then
 * hot and cold change places, and it must become exact once more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blst.h"
#include "host.h"
#include "ktap.h"
#include "tinyvm.h"

#define GFN		0x20000UL	/* 512 MiB */
#define SETTLE_ROUNDS	40
/* As many more rounds must stay exact: hot pages are looked at every 8th. */
#define STAY_ROUNDS	18
#define WARM_EVERY	3
#define PAGES_4K	(64 * 256)	/* 64 MiB */
#define BLOCKS		(PAGES_4K / TINYVM_BLOCK)

/* What a page is in this test. */
enum part { NEVER, COLD, WARM, HOT };

/**
 * struct world - a VM and the truth about it
 * @vm:		it
 * @slot:	the measured memory
 * @id:		attachment
 * @part:	enum part of each page
 * @levels:	what the module says, a byte per page
 * @list:	of a round
 * @round:	rounds done
 * @rnd:	random state
 */
struct world {
	struct tinyvm *vm;
	struct tinyvm_slot *slot;
	uint32_t id;
	uint8_t *part;
	uint8_t *levels;
	uint32_t *list;
	unsigned int round;
	uint64_t rnd;
};

static void world_open(struct world *w, const struct tinyvm_mem *mem, bool guest_4k)
{
	struct tinyvm_opts opts = { .guest_4k = guest_4k };
	int ret;

	memset(w, 0, sizeof(*w));
	w->rnd = ktap_seed;
	w->vm = tinyvm_create(&opts);
	w->slot = tinyvm_slot_add(w->vm, mem);
	if (!w->slot)
		ktap_skip("no memory of this kind: %m");
	w->part = calloc(mem->pages, 1);
	w->levels = calloc(mem->pages, 1);
	w->list = calloc(mem->pages, sizeof(*w->list));
	REQUIRE(w->part && w->levels && w->list, "out of memory");
	tinyvm_populate(w->vm, w->slot, TINYVM_BY_VMM);
	ret = blst_attach(tinyvm_fd(w->vm), BALLAST_ATTACH_MANUAL, &w->id);
	REQUIRE(!ret, "attach: %s", strerror(-ret));
}

static void world_close(struct world *w)
{
	int ret = blst_detach(w->id);

	CHECK(!ret, "detach: %s", strerror(-ret));
	tinyvm_destroy(w->vm);
	free(w->part);
	free(w->levels);
	free(w->list);
}

static void fill(struct world *w, uint64_t first, uint64_t n, enum part part)
{
	memset(w->part + first, part, n);
}

static void scatter(struct world *w, uint64_t first, uint64_t n, unsigned int one_in,
		    enum part part)
{
	for (; n--; first++)
		if (!ktap_below(&w->rnd, one_in))
			w->part[first] = part;
}

static void runs(struct world *w, uint64_t first, uint64_t n, enum part part)
{
	uint64_t end = first + n;

	while (first < end) {
		uint64_t length = 1 + ktap_below(&w->rnd, 100);

		if (length > end - first)
			length = end - first;
		if (ktap_below(&w->rnd, 2))
			fill(w, first, length, part);
		first += length;
	}
}

/* All shapes that hot, warm and cold memory comes in; 32 blocks. */
static void shapes(struct world *w)
{
	uint64_t b[BLOCKS + 1];
	unsigned int i;

	for (i = 0; i <= BLOCKS; i++)
		b[i] = i * TINYVM_BLOCK;
	fill(w, 0, b[BLOCKS], COLD);
	fill(w, b[0], 3 * TINYVM_BLOCK, HOT);
	fill(w, b[4], 2 * TINYVM_BLOCK, WARM);
	scatter(w, b[6], 6 * TINYVM_BLOCK, 50, HOT);		/* single pages */
	scatter(w, b[12], 2 * TINYVM_BLOCK, 2, HOT);		/* every other one */
	runs(w, b[14], 6 * TINYVM_BLOCK, HOT);
	runs(w, b[18], 3 * TINYVM_BLOCK, WARM);			/* hot, warm and cold */
	fill(w, b[21] + 511, 2, HOT);				/* across an edge */
	fill(w, b[23], TINYVM_BLOCK, HOT);
	w->part[b[23] + ktap_below(&w->rnd, 512)] = COLD;	/* a single cold one */
	scatter(w, b[24], 2 * TINYVM_BLOCK, 30, WARM);
	fill(w, b[26], 4 * TINYVM_BLOCK, NEVER);
	scatter(w, b[28], TINYVM_BLOCK, 64, HOT);		/* the rest never */
}

/* In whole blocks, for huge mappings; only one page of a block is touched. */
static void block_shapes(struct world *w)
{
	uint64_t block;

	for (block = 0; block < w->slot->mem.pages / TINYVM_BLOCK; block++)
		fill(w, block * TINYVM_BLOCK, TINYVM_BLOCK,
		     (enum part[]){ HOT, COLD, WARM, HOT, COLD, NEVER, HOT, COLD }[block % 8]);
}

static void swap_hot_cold(struct world *w)
{
	uint64_t i;

	for (i = 0; i < w->slot->mem.pages; i++)
		w->part[i] = w->part[i] == HOT ? COLD : w->part[i] == COLD ? HOT : w->part[i];
}

/* Pages of the guest's round; in a huge block, one page stands for all. */
static unsigned int make_list(struct world *w, bool first, unsigned int unit)
{
	bool warm = w->round % WARM_EVERY == 0;
	unsigned int n = 0;
	uint64_t i;

	for (i = 0; i < w->slot->mem.pages; i += unit) {
		enum part part = w->part[i];

		if (part == HOT || (part == WARM && warm) || (part != NEVER && first))
			w->list[n++] = w->slot->mem.gfn + i + ktap_below(&w->rnd, unit);
	}
	return n;
}

static void round_and_pass(struct world *w, bool first, unsigned int unit)
{
	unsigned int n = make_list(w, first, unit);
	int ret;

	tinyvm_touch(w->vm, w->list, n,
		     (ktap_below(&w->rnd, 2) ? TINYVM_WRITE : TINYVM_READ) | TINYVM_FLUSH);
	w->round++;
	ret = blst_scan(w->id, 1);
	REQUIRE(!ret, "scan: %s", strerror(-ret));
}

static void load_levels(struct world *w)
{
	int64_t n = blst_pages(w->id, w->slot->mem.gfn, w->slot->mem.pages, w->levels);

	REQUIRE(n == (int64_t)w->slot->mem.pages, "activity: %lld of %llu pages",
		(long long)n, (unsigned long long)w->slot->mem.pages);
}

static bool right(enum part part, unsigned int level)
{
	switch (part) {
	case HOT:
		return level == BALLAST_HOT;
	case WARM:	/* what it is called depends on where it came from */
		return level != BALLAST_UNKNOWN;
	default:
		return level == BALLAST_COLD;
	}
}

/* Pages whose level is not what they are; @first_wrong is told of one. */
static unsigned int count_wrong(struct world *w, uint64_t *first_wrong)
{
	unsigned int wrong = 0;
	uint64_t i;

	load_levels(w);
	for (i = 0; i < w->slot->mem.pages; i++)
		if (!right(w->part[i], BALLAST_PAGE_LEVEL(w->levels[i])) && !wrong++)
			*first_wrong = i;
	return wrong;
}

static void explain(const struct world *w, uint64_t page)
{
	static const char *const names[] = { "never touched", "cold", "warm", "hot" };

	ktap_note("page %llu is %s and called %s (state %u)", (unsigned long long)page,
		  names[w->part[page]], blst_level_name(BALLAST_PAGE_LEVEL(w->levels[page])),
		  BALLAST_PAGE_STATE(w->levels[page]));
}

/* A block that is mapped huge has one state. */
static unsigned int mixed_blocks(struct world *w)
{
	unsigned int mixed = 0;
	uint64_t i;

	for (i = 0; i < w->slot->mem.pages; i += TINYVM_BLOCK)
		mixed += !!memcmp(w->levels + i, w->levels + i + 1, TINYVM_BLOCK - 1);
	return mixed;
}

static void settle(struct world *w, const char *what, unsigned int unit)
{
	unsigned int rounds = 0, wrong, i, mixed = 0;
	uint64_t page = 0;

	do {
		round_and_pass(w, w->round == 0, unit);
		wrong = count_wrong(w, &page);
		mixed += unit > 1 ? mixed_blocks(w) : 0;
	} while (wrong && ++rounds < SETTLE_ROUNDS);
	if (!CHECK(!wrong, "%s: %u pages wrong after %u rounds", what, wrong, rounds))
		explain(w, page);
	else
		ktap_note("%s: exact after %u rounds", what, rounds + 1);
	for (i = 0; i < STAY_ROUNDS && !wrong; i++) {
		round_and_pass(w, false, unit);
		wrong = count_wrong(w, &page);
		mixed += unit > 1 ? mixed_blocks(w) : 0;
		if (!CHECK(!wrong, "%s: %u pages wrong again, %u rounds after it was exact",
			   what, wrong, i + 1))
			explain(w, page);
	}
	CHECK(!mixed, "%s: huge-mapped blocks showed mixed levels %u times", what, mixed);
}

/* How often the guest's every third round is called what. */
static void tally_warm(struct world *w)
{
	unsigned int count[BALLAST_NR_LEVELS] = {};
	uint64_t i;

	load_levels(w);
	for (i = 0; i < w->slot->mem.pages; i++)
		if (w->part[i] == WARM)
			count[BALLAST_PAGE_LEVEL(w->levels[i])]++;
	ktap_note("touched every %drd round: %u hot, %u warm, %u cool, %u cold", WARM_EVERY,
		  count[BALLAST_HOT], count[BALLAST_WARM], count[BALLAST_COOL],
		  count[BALLAST_COLD]);
}

/* The module's sums must be what its own picture adds up to. */
static void check_sums(struct world *w, unsigned int map_level)
{
	struct ballast_vm_query query;
	uint64_t sum = 0, maps = 0;
	int i, ret = blst_query(w->id, &query);

	REQUIRE(!ret, "query: %s", strerror(-ret));
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		sum += query.level_pages[i];
	for (i = 0; i < BALLAST_NR_MAP_LEVELS; i++)
		maps += query.map_pages[i];
	CHECK(sum == query.mem_pages, "levels sum up to %llu of %llu pages",
	      (unsigned long long)sum, (unsigned long long)query.mem_pages);
	CHECK(maps == query.mem_pages, "mappings sum up to %llu of %llu pages",
	      (unsigned long long)maps, (unsigned long long)query.mem_pages);
	CHECK(query.map_pages[map_level] >= w->slot->mem.pages,
	      "only %llu pages are said to be mapped at level %u",
	      (unsigned long long)query.map_pages[map_level], map_level);
	CHECK(query.passes == w->round, "%llu passes counted, %u asked for",
	      (unsigned long long)query.passes, w->round);
}

static void run_world(struct world *w, unsigned int unit, unsigned int map_level)
{
	settle(w, "first", unit);
	check_sums(w, map_level);
	swap_hot_cold(w);
	settle(w, "swapped", unit);
	check_sums(w, map_level);
	tally_warm(w);
	world_close(w);
}

static void small(enum tinyvm_backing backing, bool misaligned, bool guest_4k)
{
	struct tinyvm_mem mem = {
		.gfn = GFN, .pages = PAGES_4K, .backing = backing, .misaligned = misaligned,
	};
	struct world w;

	world_open(&w, &mem, guest_4k);
	shapes(&w);
	round_and_pass(&w, true, 1);
	CHECK(tinyvm_stat(w.vm, "pages_2m") == 0, "KVM maps 2 MiB pages in a test of small ones");
	CHECK(tinyvm_stat(w.vm, "pages_4k") >= PAGES_4K - 4 * TINYVM_BLOCK,
	      "KVM maps only %llu small pages",
	      (unsigned long long)tinyvm_stat(w.vm, "pages_4k"));
	run_world(&w, 1, BALLAST_MAP_4K);
}

static void huge(enum tinyvm_backing backing, uint64_t pages)
{
	struct tinyvm_mem mem = { .gfn = GFN, .pages = pages, .backing = backing };
	uint64_t mapped;
	struct world w;

	world_open(&w, &mem, false);
	block_shapes(&w);
	round_and_pass(&w, true, TINYVM_BLOCK);
	mapped = tinyvm_stat(w.vm, "pages_2m");
	/* One block in eight is never touched. */
	REQUIRE(mapped == pages / TINYVM_BLOCK * 7 / 8, "KVM maps %llu 2 MiB pages of %llu",
		(unsigned long long)mapped, (unsigned long long)pages / TINYVM_BLOCK);
	run_world(&w, TINYVM_BLOCK, BALLAST_MAP_2M);
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
	world_open(&w, &mem, false);
	fill(&w, 0, TINYVM_GIANT, HOT);
	fill(&w, TINYVM_GIANT, TINYVM_GIANT, COLD);
	run_world(&w, TINYVM_GIANT, BALLAST_MAP_1G);
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
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
