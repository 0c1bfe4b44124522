// SPDX-License-Identifier: GPL-2.0-only
/* A VM, its attachment, and the truth about its memory. */
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "world.h"

void world_open(struct world *w, const struct tinyvm_opts *opts, const struct tinyvm_mem *mem,
		unsigned int unit)
{
	static const struct tinyvm_opts defaults;
	int ret;

	memset(w, 0, sizeof(*w));
	w->rnd = ktap_seed;
	w->unit = unit;
	w->vm = tinyvm_create(opts ? opts : &defaults);
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

void world_close(struct world *w)
{
	int ret = blst_detach(w->id);

	CHECK(!ret, "detach: %s", strerror(-ret));
	tinyvm_destroy(w->vm);
	free(w->part);
	free(w->levels);
	free(w->list);
}

void world_fill(struct world *w, uint64_t first, uint64_t n, enum world_part part)
{
	memset(w->part + first, part, n);
}

void world_scatter(struct world *w, uint64_t first, uint64_t n, unsigned int one_in,
		   enum world_part part)
{
	for (; n--; first++)
		if (!ktap_below(&w->rnd, one_in))
			w->part[first] = part;
}

void world_runs(struct world *w, uint64_t first, uint64_t n, enum world_part part)
{
	uint64_t end = first + n;

	while (first < end) {
		uint64_t length = 1 + ktap_below(&w->rnd, 100);

		if (length > end - first)
			length = end - first;
		if (ktap_below(&w->rnd, 2))
			world_fill(w, first, length, part);
		first += length;
	}
}

void world_swap_hot_cold(struct world *w)
{
	uint64_t i;

	for (i = 0; i < w->slot->mem.pages; i++) {
		if (w->part[i] == WORLD_HOT)
			w->part[i] = WORLD_COLD;
		else if (w->part[i] == WORLD_COLD)
			w->part[i] = WORLD_HOT;
	}
}

static bool touched(const struct world *w, enum world_part part)
{
	switch (part) {
	case WORLD_HOT:
		return true;
	case WORLD_WARM:
		return w->round % WORLD_WARM_EVERY == 0;
	case WORLD_COLD:
		return w->round == 0;
	default:
		return false;
	}
}

void world_touch(struct world *w)
{
	unsigned int n = 0;
	uint64_t i;

	for (i = 0; i < w->slot->mem.pages; i += w->unit)
		if (touched(w, w->part[i]))
			w->list[n++] = (uint32_t)(w->slot->mem.gfn + i) +
				       ktap_below(&w->rnd, w->unit);
	tinyvm_touch(w->vm, w->list, n,
		     (w->slot->mem.rom || ktap_below(&w->rnd, 2) ? TINYVM_READ : TINYVM_WRITE) |
		     TINYVM_FLUSH);
	w->round++;
}

void world_round(struct world *w)
{
	int ret;

	world_touch(w);
	if (w->between)
		w->between(w);
	ret = blst_scan(w->id, 1);
	REQUIRE(!ret, "scan: %s", strerror(-ret));
}

void world_load(struct world *w)
{
	int64_t n = blst_pages(w->id, w->slot->mem.gfn, w->slot->mem.pages, w->levels);

	REQUIRE(n == (int64_t)w->slot->mem.pages, "activity: %lld of %llu pages",
		(long long)n, (unsigned long long)w->slot->mem.pages);
}

static bool right(enum world_part part, unsigned int level)
{
	switch (part) {
	case WORLD_HOT:
		return level == BALLAST_HOT;
	case WORLD_WARM:	/* cool or warm depends on where it came from */
		return level == BALLAST_COOL || level == BALLAST_WARM || level == BALLAST_HOT;
	default:
		return level == BALLAST_COLD;
	}
}

unsigned int world_wrong(struct world *w, uint64_t *which)
{
	unsigned int wrong = 0;
	uint64_t i;

	world_load(w);
	for (i = 0; i < w->slot->mem.pages; i++)
		if (!right(w->part[i], BALLAST_PAGE_LEVEL(w->levels[i])) && !wrong++)
			*which = i;
	return wrong;
}

void world_explain(const struct world *w, uint64_t page)
{
	static const char *const names[] = { "never touched", "cold", "warm", "hot" };

	ktap_note("page %llu is %s and called %s (state %u)", (unsigned long long)page,
		  names[w->part[page]], blst_level_name(BALLAST_PAGE_LEVEL(w->levels[page])),
		  BALLAST_PAGE_STATE(w->levels[page]));
}

/* Units with more than one state: a huge page has one. */
static unsigned int mixed_units(const struct world *w)
{
	unsigned int mixed = 0;
	uint64_t i;

	for (i = 0; w->unit > 1 && i < w->slot->mem.pages; i += w->unit)
		mixed += !!memcmp(w->levels + i, w->levels + i + 1, w->unit - 1);
	return mixed;
}

void world_settle(struct world *w, const char *what)
{
	unsigned int rounds = 0, wrong, i, mixed = 0;
	uint64_t page = 0;

	do {
		world_round(w);
		wrong = world_wrong(w, &page);
		mixed += mixed_units(w);
	} while (wrong && ++rounds < WORLD_SETTLE_ROUNDS);
	if (!CHECK(!wrong, "%s: %u pages wrong after %u rounds", what, wrong, rounds))
		world_explain(w, page);
	else
		ktap_note("%s: exact after %u rounds", what, rounds + 1);
	for (i = 0; i < WORLD_STAY_ROUNDS && !wrong; i++) {
		world_round(w);
		wrong = world_wrong(w, &page);
		mixed += mixed_units(w);
		if (!CHECK(!wrong, "%s: %u pages wrong again, %u rounds after it was exact",
			   what, wrong, i + 1))
			world_explain(w, page);
	}
	CHECK(!mixed, "%s: huge pages showed mixed levels %u times", what, mixed);
}

void world_check_sums(struct world *w)
{
	unsigned long long sum = 0, maps = 0, mem = tinyvm_pages(w->vm);
	struct ballast_vm_query query;
	int i, ret = blst_query(w->id, &query);

	REQUIRE(!ret, "query: %s", strerror(-ret));
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		sum += query.level_pages[i];
	for (i = 0; i < BALLAST_NR_MAP_LEVELS; i++)
		maps += query.map_pages[i];
	CHECK(query.mem_pages == mem, "the VM is said to have %llu pages, it has %llu",
	      (unsigned long long)query.mem_pages, mem);
	CHECK(sum == mem, "levels sum up to %llu of %llu pages", sum, mem);
	CHECK(maps == mem, "mappings sum up to %llu of %llu pages", maps, mem);
}
