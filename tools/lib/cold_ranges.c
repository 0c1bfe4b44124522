// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "cold_ranges.h"
#include "policy/sched.h"

#define PAGE_BYTES	4096

unsigned int cold_levels(unsigned int depth)
{
	switch (depth) {
	case BALLAST_DEPTH_COLD:
		return 1u << BALLAST_COLD;
	case BALLAST_DEPTH_COOL:
		return 1u << BALLAST_COOL;
	case BALLAST_DEPTH_ALL:
		return 1u << BALLAST_UNKNOWN | 1u << BALLAST_WARM | 1u << BALLAST_HOT;
	default:
		return 0;
	}
}

static int longest_idle_first(const void *a, const void *b)
{
	const struct cold_block *x = a, *y = b;

	if (x->away != y->away)
		return x->away ? 1 : -1;
	if (x->idle_s != y->idle_s)
		return x->idle_s > y->idle_s ? -1 : 1;
	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	return x->gfn < y->gfn ? -1 : x->gfn > y->gfn;
}

size_t cold_blocks(uint64_t gfn, const struct ballast_block_activity *blocks, size_t nr,
		   unsigned int levels, struct cold_block *out)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		unsigned int pages = 0;

		for (unsigned int level = 0; level < BALLAST_NR_LEVELS; level++)
			if (levels >> level & 1)
				pages += blocks[i].level_pages[level];
		if (!blocks[i].nr_pages || !pages)
			continue;
		out[found++] = (struct cold_block) {
			.gfn = gfn + i * COLD_BLOCK_PAGES,
			.idle_s = blocks[i].idle_s,
			.pages = (uint16_t)pages,
			.away = blocks[i].map_level == BALLAST_MAP_NONE,
		};
	}
	return found;
}

void cold_sort(struct cold_block *blocks, size_t nr)
{
	if (nr)
		qsort(blocks, nr, sizeof(*blocks), longest_idle_first);
}

/* A part of a block that lies in one slot. */
struct piece {
	const uint8_t *pages;
	size_t nr;
	uint64_t hva;
};

static bool is_taken(uint8_t page, unsigned int levels)
{
	return page != BALLAST_PAGE_HOLE && levels >> BALLAST_PAGE_LEVEL(page) & 1;
}

static bool any_taken(const struct piece *piece, unsigned int levels)
{
	for (size_t i = 0; i < piece->nr; i++)
		if (is_taken(piece->pages[i], levels))
			return true;
	return false;
}

static size_t ranges_of(const struct piece *piece, unsigned int levels, const bool *resident,
			uint64_t *left, struct cold_range *out)
{
	bool open = false;
	size_t nr = 0;

	for (size_t i = 0; i < piece->nr && *left; i++) {
		if (!resident[i] || !is_taken(piece->pages[i], levels)) {
			open = false;
			continue;
		}
		if (!open)
			out[nr++] = (struct cold_range) { .hva = piece->hva + i * PAGE_BYTES };
		open = true;
		out[nr - 1].pages++;
		(*left)--;
	}
	return nr;
}

size_t cold_ranges(const struct ballast_slot_entry *slots, size_t nr_slots, uint64_t gfn,
		   const uint8_t *pages, size_t nr_pages, unsigned int levels,
		   cold_resident_fn resident, void *arg, uint64_t limit, struct cold_range *out)
{
	bool here[COLD_BLOCK_PAGES];
	size_t nr = 0;

	if (nr_pages > COLD_BLOCK_PAGES)
		nr_pages = COLD_BLOCK_PAGES;
	for (size_t i = 0; i < nr_slots && limit; i++) {
		uint64_t first = max_t(uint64_t, gfn, slots[i].gfn);
		uint64_t end = min_t(uint64_t, gfn + nr_pages, slots[i].gfn + slots[i].pages);
		struct piece piece;

		if (first >= end)
			continue;
		piece = (struct piece) {
			.pages = pages + (first - gfn),
			.nr = end - first,
			.hva = slots[i].hva + (first - slots[i].gfn) * PAGE_BYTES,
		};
		if (any_taken(&piece, levels) && resident(arg, piece.hva, piece.nr, here))
			nr += ranges_of(&piece, levels, here, &limit, out + nr);
	}
	return nr;
}
