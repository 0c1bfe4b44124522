/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which addresses of a VMM to swap out: the coldest memory first
 *
 * The host module says per 2 MiB block how many of its pages are how hot, and since when
 * nothing of it was accessed, and per page its level. What is not in memory looks cold as
 * well, so what the host's kernel says (/proc/PID/pagemap) is asked for, too.
 *
 * A block's own free pages cannot be told apart: classes are sampled, not known page by
 * page. The scheduler has free memory returned first.
 */
#ifndef BALLAST_TOOLS_COLD_RANGES_H
#define BALLAST_TOOLS_COLD_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/ballast.h>

#define COLD_BLOCK_PAGES	512

/**
 * struct cold_block - a block with memory that may be taken
 * @gfn:    its first
 * @idle_s: since an access was seen
 * @pages:  how many pages may be
 * @away:   it is mapped nowhere, so it is hardly in memory
 */
struct cold_block {
	uint64_t gfn;
	uint16_t idle_s;
	uint16_t pages;
	bool away;
};

/**
 * struct cold_range - addresses in the VMM
 * @hva:   the first
 * @pages: how many
 */
struct cold_range {
	uint64_t hva;
	uint64_t pages;
};

/* Bit per level that is taken in the pass of this depth (enum ballast_sched_depth). */
unsigned int cold_levels(unsigned int depth);

/**
 * cold_blocks() - blocks with pages of @levels
 * @gfn:    of the first block
 * @blocks: in: as from BALLAST_IOC_VM_ACTIVITY
 * @nr:     how many
 * @out:    room for @nr
 *
 * Return: how many.
 */
size_t cold_blocks(uint64_t gfn, const struct ballast_block_activity *blocks, size_t nr,
		   unsigned int levels, struct cold_block *out);

/* The one that was idle longest first, those that are away last. */
void cold_sort(struct cold_block *blocks, size_t nr);

/* Whether each of @nr pages from @hva on is in memory; false: cannot be told. */
typedef bool (*cold_resident_fn)(void *arg, uint64_t hva, size_t nr, bool *resident);

/**
 * cold_ranges() - addresses of the pages of a block that may be taken
 * @slots, @nr_slots: where guest memory lies, ascending
 * @gfn:      of the block
 * @pages:    byte per page, as from BALLAST_IOC_VM_ACTIVITY
 * @nr_pages: how many of these there are, the rest of the block is no memory
 * @levels:   that may be taken
 * @resident: what is in memory
 * @limit:    pages at most
 * @out:      room for COLD_BLOCK_PAGES
 *
 * Neighbours are one range, unless a slot ends between them.
 *
 * Return: how many.
 */
size_t cold_ranges(const struct ballast_slot_entry *slots, size_t nr_slots, uint64_t gfn,
		   const uint8_t *pages, size_t nr_pages, unsigned int levels,
		   cold_resident_fn resident, void *arg, uint64_t limit, struct cold_range *out);

#endif
