/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a VM's memory lies: a copy of KVM's memory slots with our block
 * records, sorted both ways.
 *
 * Rebuilt by the scanner when KVM's slots have changed (their generation
 * tells). A slot that is the same as before keeps its records, so a ROM or a
 * hot-plugged DIMM disturbs nobody else. Replaced as a whole: readers and the
 * notifier's callbacks see the old map or the new one (RCU).
 *
 * KVM's slots are read under kvm->srcu, which is dropped before anything is
 * done with them; held over a pass, it would stall the VMM's next slot update.
 * An address of a slot deleted since then is harmless: KVM finds nothing there.
 */
#ifndef BALLAST_HOST_MEMMAP_H
#define BALLAST_HOST_MEMMAP_H

#include "store.h"

struct kvm;

/**
 * struct ballast_slot - one memory slot
 * @gfn:       first guest frame
 * @pages:     its size
 * @hva:       host address of @gfn
 * @nr_blocks: records, one for each 2 MiB of guest address space it touches
 * @first_block: number of its first record in the map, in gfn order
 * @blocks:    the records, shared with the next map if the slot stays
 * @kept:      set while a new map takes the records over
 */
struct ballast_slot {
	u64 gfn;
	u64 pages;
	unsigned long hva;
	unsigned long nr_blocks;
	unsigned long first_block;
	struct ballast_block *blocks;
	bool kept;
};

/**
 * struct ballast_memmap - all of them
 * @generation: of KVM's slots
 * @pages:      of all slots
 * @nr_blocks:  of all slots
 * @nr:         slots
 * @by_hva:     indices into @slots, ascending by host address
 * @slots:      ascending by gfn, without overlap
 */
struct ballast_memmap {
	u64 generation;
	u64 pages;
	unsigned long nr_blocks;
	unsigned int nr;
	u32 *by_hva;
	struct ballast_slot slots[];
};

/**
 * struct ballast_span - the part of a block that lies in a slot
 * @block: record
 * @index: number of the record in the map
 * @first: first page of the block that is memory of the slot
 * @last:  one past the last one
 * @hva:   host address of page 0 of the block, even where page 0 is not memory
 * @gfn:   guest frame of page 0 of the block
 * @huge:  whole, and aligned alike for host and guest: may be mapped by 2 MiB
 */
struct ballast_span {
	struct ballast_block *block;
	unsigned long index;
	unsigned int first;
	unsigned int last;
	unsigned long hva;
	u64 gfn;
	bool huge;
};

struct ballast_memmap *ballast_memmap_build(struct kvm *kvm,
					    struct ballast_memmap *old,
					    atomic_long_t *bytes);
void ballast_memmap_retire(struct ballast_memmap *old, atomic_long_t *bytes);
bool ballast_memmap_current(const struct ballast_memmap *map, struct kvm *kvm);

const struct ballast_slot *ballast_memmap_slot(const struct ballast_memmap *map, u64 gfn);
void ballast_slot_span(const struct ballast_slot *slot, unsigned long nr,
		       struct ballast_span *span);

void ballast_span_count(const struct ballast_span *span, u16 *level_pages);

/**
 * typedef ballast_range_fn - called for each block that a host range touches
 * @span:  the block
 * @first: first page touched
 * @last:  one past the last page touched
 * @arg:   of the caller
 */
typedef void (*ballast_range_fn)(const struct ballast_span *span,
				 unsigned int first, unsigned int last, void *arg);

void ballast_memmap_for_range(const struct ballast_memmap *map,
			      unsigned long start, unsigned long end,
			      ballast_range_fn fn, void *arg);

#endif /* BALLAST_HOST_MEMMAP_H */
