// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory slots that come, go, move, are read-only, begin and end anywhere,
 * while the VM is attached and while it is scanned: the picture follows, and
 * what stayed keeps its history.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"
#include "ktap.h"
#include "world.h"

#define PAGES		(16 * 256)		/* 16 MiB */
#define GFN_EXTRA	(WORLD_GFN + 0x10000)	/* 256 MiB further on */
#define GFN_MOVED	(WORLD_GFN + 0x18000)
#define CHURN_ROUNDS	60

static void open_half_hot(struct world *w)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };

	world_open(w, NULL, &mem, 1);
	world_fill(w, 0, PAGES, WORLD_COLD);
	world_fill(w, 0, PAGES / 2, WORLD_HOT);
	world_scatter(w, PAGES / 2, PAGES / 2, 40, WORLD_HOT);
}

static struct tinyvm_slot *add(struct world *w, uint64_t gfn, uint64_t pages, bool rom)
{
	struct tinyvm_mem mem = {
		.gfn = gfn, .pages = pages, .backing = TINYVM_ANON, .rom = rom,
	};
	struct tinyvm_slot *slot = tinyvm_slot_add(w->vm, &mem);

	REQUIRE(slot, "a slot at gfn 0x%llx: %m", (unsigned long long)gfn);
	tinyvm_populate(w->vm, slot, TINYVM_BY_VMM);
	return slot;
}

/* Touch all of @slot and scan, until it is hot if it is memory like any other. */
static void make_hot(struct world *w, const struct tinyvm_slot *slot, unsigned int rounds)
{
	unsigned int pages = (unsigned int)slot->mem.pages, i;
	uint32_t *gfns = calloc(pages, sizeof(*gfns));

	REQUIRE(gfns, "out of memory");
	for (i = 0; i < pages; i++)
		gfns[i] = (uint32_t)(slot->mem.gfn + i);
	while (rounds--) {
		tinyvm_touch(w->vm, gfns, pages, TINYVM_READ | TINYVM_FLUSH);
		world_round(w);
	}
	free(gfns);
}

/* How many of @n pages from @gfn on have a level. */
static unsigned int count(struct world *w, uint64_t gfn, unsigned int n, unsigned int level)
{
	uint8_t *pages = malloc(n);
	unsigned int found = 0, i;
	int64_t got = blst_pages(w->id, gfn, n, pages);

	REQUIRE(pages && got >= 0, "activity at gfn 0x%llx", (unsigned long long)gfn);
	for (i = 0; i < got; i++)
		found += pages[i] != BALLAST_PAGE_HOLE && BALLAST_PAGE_LEVEL(pages[i]) == level;
	free(pages);
	return found;
}

static unsigned int holes(struct world *w, uint64_t gfn, unsigned int n)
{
	uint8_t *pages = malloc(n);
	int64_t got = blst_pages(w->id, gfn, n, pages), i;
	unsigned int found = 0;

	REQUIRE(pages && got >= 0, "activity at gfn 0x%llx", (unsigned long long)gfn);
	for (i = 0; i < got; i++)
		found += pages[i] == BALLAST_PAGE_HOLE;
	free(pages);
	return found + n - (unsigned int)got;	/* past the end there is nothing either */
}

/* The measured slot must not have noticed anything. */
static void check_undisturbed(struct world *w, const char *what)
{
	uint64_t page = 0;
	unsigned int wrong = world_wrong(w, &page);

	if (!CHECK(!wrong, "%s: %u pages of the slot that stayed are wrong", what, wrong))
		world_explain(w, page);
}

static void add_and_delete(void)
{
	struct tinyvm_slot *extra;
	struct world w;

	open_half_hot(&w);
	world_settle(&w, "before");
	CHECK(holes(&w, GFN_EXTRA, PAGES) == PAGES, "memory where there is no slot yet");

	extra = add(&w, GFN_EXTRA, PAGES, false);
	make_hot(&w, extra, 1);
	check_undisturbed(&w, "slot added");
	world_check_sums(&w);
	CHECK(!holes(&w, GFN_EXTRA, PAGES), "holes in the slot added");
	CHECK(holes(&w, WORLD_GFN + PAGES, GFN_EXTRA - WORLD_GFN - PAGES) ==
	      GFN_EXTRA - WORLD_GFN - PAGES, "memory between the slots");
	make_hot(&w, extra, 8);
	CHECK(count(&w, GFN_EXTRA, PAGES, BALLAST_HOT) == PAGES, "only %u of %u pages added are hot",
	      count(&w, GFN_EXTRA, PAGES, BALLAST_HOT), PAGES);
	check_undisturbed(&w, "slot added and hot");

	tinyvm_slot_del(w.vm, extra);
	world_round(&w);
	check_undisturbed(&w, "slot deleted");
	world_check_sums(&w);
	CHECK(holes(&w, GFN_EXTRA, PAGES) == PAGES, "memory where the slot was");

	/* Another one at the same place starts from nothing. */
	add(&w, GFN_EXTRA, PAGES, false);
	world_round(&w);
	CHECK(!count(&w, GFN_EXTRA, PAGES, BALLAST_HOT), "a new slot has the old one's history");
	world_check_sums(&w);
	world_close(&w);
}

static void move(void)
{
	struct tinyvm_slot *extra;
	struct world w;

	open_half_hot(&w);
	extra = add(&w, GFN_EXTRA, PAGES, false);
	world_settle(&w, "before");
	make_hot(&w, extra, 8);
	tinyvm_slot_move(w.vm, extra, GFN_MOVED);
	world_round(&w);
	check_undisturbed(&w, "slot moved");
	world_check_sums(&w);
	CHECK(holes(&w, GFN_EXTRA, PAGES) == PAGES, "memory where the slot was");
	CHECK(!holes(&w, GFN_MOVED, PAGES), "holes where the slot is");
	make_hot(&w, extra, 8);
	CHECK(count(&w, GFN_MOVED, PAGES, BALLAST_HOT) == PAGES, "only %u of %u pages moved are hot",
	      count(&w, GFN_MOVED, PAGES, BALLAST_HOT), PAGES);
	check_undisturbed(&w, "slot moved and hot");
	world_close(&w);
}

static void rom(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON, .rom = true,
	};
	uint32_t gfn = WORLD_GFN + 7;
	struct world w;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_scatter(&w, 0, PAGES, 3, WORLD_HOT);
	tinyvm_touch(w.vm, &gfn, 1, TINYVM_WRITE);
	CHECK(tinyvm_mmio(w.vm) == 1, "a write to a ROM slot went through");
	world_settle(&w, "ROM");
	world_check_sums(&w);
	world_close(&w);
}

/* Slots that begin and end anywhere, two of them in the same 2 MiB. */
static void edges(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN + 3, .pages = 1500, .backing = TINYVM_ANON_THP,
	};
	struct ballast_block_activity blocks[5];
	struct tinyvm_slot *next;
	unsigned int i, pages = 0;
	struct world w;
	int64_t n;

	world_open(&w, NULL, &mem, 1);
	next = add(&w, WORLD_GFN + 1503, 700, false);	/* right behind, other memory */
	/* The whole blocks are huge, so they are all hot; the ends by page. */
	world_fill(&w, 0, 1500, WORLD_HOT);
	world_fill(&w, 0, 509, WORLD_COLD);
	world_scatter(&w, 0, 509, 5, WORLD_HOT);
	world_scatter(&w, 1021, 479, 3, WORLD_COLD);
	world_settle(&w, "edges");
	world_check_sums(&w);
	CHECK(holes(&w, WORLD_GFN, 3) == 3, "memory in front of the slot");

	make_hot(&w, next, 8);
	check_undisturbed(&w, "neighbour hot");
	CHECK(count(&w, next->mem.gfn, 700, BALLAST_HOT) == 700, "only %u of 700 pages are hot",
	      count(&w, next->mem.gfn, 700, BALLAST_HOT));
	n = blst_blocks(w.id, WORLD_GFN, 5, blocks);
	CHECK(n == 5, "%lld blocks of 5", (long long)n);
	for (i = 0; i < n; i++) {
		unsigned int sum = 0, level;

		for (level = 0; level < BALLAST_NR_LEVELS; level++)
			sum += blocks[i].level_pages[level];
		CHECK(sum == blocks[i].nr_pages, "block %u: levels sum up to %u of %u pages", i,
		      sum, blocks[i].nr_pages);
		pages += blocks[i].nr_pages;
	}
	CHECK(pages == 2200, "the blocks have %u pages, the slots 2200", pages);
	world_close(&w);
}

/* Scan without a break until told to stop. */
struct scanner {
	uint32_t id;
	bool stop;
	unsigned int passes;
	int error;
};

static void *scan_all_the_time(void *arg)
{
	struct scanner *s = arg;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED) && !s->error) {
		s->error = blst_scan(s->id, 1);
		__atomic_fetch_add(&s->passes, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/*
 * Slots come, go and move while a thread scans and the guest runs. The slots
 * are at most eight places 32 MiB apart, with sizes that are no whole blocks.
 */
static void churn(void)
{
	struct tinyvm_slot *at[8] = {};
	struct scanner scanner = {};
	unsigned int i, rounds = ktap_count ? ktap_count : CHURN_ROUNDS;
	uint32_t gfns[64];
	pthread_t thread;
	struct world w;

	open_half_hot(&w);
	world_settle(&w, "before");
	for (i = 0; i < 64; i++)
		gfns[i] = WORLD_GFN + i * 7;
	tinyvm_run_async(w.vm, 0, gfns, 64, TINYVM_READ | TINYVM_FLUSH);
	scanner.id = w.id;
	REQUIRE(!pthread_create(&thread, NULL, scan_all_the_time, &scanner), "thread");
	for (i = 0; i < rounds; i++) {
		unsigned int from = ktap_below(&w.rnd, 8), to = ktap_below(&w.rnd, 8);
		unsigned int seen = __atomic_load_n(&scanner.passes, __ATOMIC_RELAXED);
		uint64_t gfn = GFN_EXTRA + to * 8192;

		if (!at[from]) {
			at[from] = add(&w, GFN_EXTRA + from * 8192,
				       1 + ktap_below(&w.rnd, 4000), ktap_below(&w.rnd, 2));
		} else if (!at[to]) {
			tinyvm_slot_move(w.vm, at[from], gfn);
			at[to] = at[from];
			at[from] = NULL;
		} else {
			tinyvm_slot_del(w.vm, at[from]);
			at[from] = NULL;
		}
		/* At least one pass begins and ends between two changes now and then. */
		while (i % 4 == 0 && !scanner.error &&
		       __atomic_load_n(&scanner.passes, __ATOMIC_RELAXED) < seen + 2)
			sched_yield();
	}
	__atomic_store_n(&scanner.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	tinyvm_stop(w.vm, 0);
	CHECK(!scanner.error, "scan: %s", strerror(-scanner.error));
	ktap_note("%u changes, %u passes meanwhile", rounds, scanner.passes);
	world_settle(&w, "after");
	world_check_sums(&w);
	for (i = 0; i < 8; i++) {
		unsigned int pages = at[i] ? (unsigned int)at[i]->mem.pages : 0;

		CHECK(holes(&w, GFN_EXTRA + i * 8192, 8192) == 8192 - pages,
		      "place %u: %u holes beside %u pages", i,
		      holes(&w, GFN_EXTRA + i * 8192, 8192), pages);
	}
	world_close(&w);
}

/* Huge-mapped blocks that the host splits under us. */
static void remap(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON_THP };
	struct ballast_vm_query query;
	struct world w;
	uint64_t i;

	world_open(&w, NULL, &mem, TINYVM_BLOCK);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_fill(&w, 0, PAGES / 2, WORLD_HOT);
	world_settle(&w, "huge");
	blst_query(w.id, &query);
	CHECK(query.map_pages[BALLAST_MAP_2M] >= PAGES, "%llu pages mapped huge",
	      (unsigned long long)query.map_pages[BALLAST_MAP_2M]);

	/* Advice for one page alone splits the mapping of its block. */
	for (i = 0; i < PAGES; i += TINYVM_BLOCK)
		CHECK(!madvise(w.slot->hva + (i + 9) * TINYVM_PAGE, TINYVM_PAGE, MADV_NOHUGEPAGE),
		      "madvise: %m");
	w.unit = 1;
	world_settle(&w, "split");
	blst_query(w.id, &query);
	CHECK(query.map_pages[BALLAST_MAP_2M] == 0, "%llu pages still said to be mapped huge",
	      (unsigned long long)query.map_pages[BALLAST_MAP_2M]);
	world_check_sums(&w);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "add_and_delete", add_and_delete },
		{ "move", move },
		{ "rom", rom },
		{ "edges", edges },
		{ "remap", remap },
		{ "churn", churn, 300 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
