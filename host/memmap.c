// SPDX-License-Identifier: GPL-2.0-only
/* Copy of KVM's memory slots; the header explains its life. */

#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "compat/kvm.h"
#include "memmap.h"

/* Slots that other address spaces (SMM) add show the same memory again. */
#define MAIN_SPACE	0

static unsigned int count_slots(struct kvm *kvm)
{
	/* Read once: the macro uses it in each turn, and KVM switches between two. */
	struct kvm_memslots *slots = __kvm_memslots(kvm, MAIN_SPACE);
	struct kvm_memory_slot *slot;
	unsigned int nr = 0;
	int bkt;

	kvm_for_each_memslot(slot, bkt, slots)
		nr++;
	return nr;
}

static u64 generation(struct kvm *kvm)
{
	u64 gen;
	int idx;

	idx = srcu_read_lock(&kvm->srcu);
	gen = __kvm_memslots(kvm, MAIN_SPACE)->generation;
	srcu_read_unlock(&kvm->srcu, idx);
	return gen;
}

bool ballast_memmap_current(const struct ballast_memmap *map, struct kvm *kvm)
{
	return map->generation == generation(kvm);
}

static int cmp_gfn(const void *a, const void *b)
{
	const struct ballast_slot *x = a, *y = b;

	return x->gfn < y->gfn ? -1 : x->gfn > y->gfn;
}

static void sort_by_hva(struct ballast_memmap *map)
{
	unsigned int i, j;

	/* A handful of slots, mostly in order already: insert each. */
	for (i = 0; i < map->nr; i++) {
		for (j = i; j && map->slots[map->by_hva[j - 1]].hva > map->slots[i].hva; j--)
			map->by_hva[j] = map->by_hva[j - 1];
		map->by_hva[j] = i;
	}
}

/* Copy the slots; fails with -EAGAIN when there are more than @max by now. */
static int copy_slots(struct kvm *kvm, struct ballast_memmap *map, unsigned int max)
{
	struct kvm_memory_slot *slot;
	struct kvm_memslots *slots;
	int bkt, idx, ret = 0;

	idx = srcu_read_lock(&kvm->srcu);
	slots = __kvm_memslots(kvm, MAIN_SPACE);
	map->generation = slots->generation;
	map->nr = 0;
	map->pages = 0;
	kvm_for_each_memslot(slot, bkt, slots) {
		struct ballast_slot *s = &map->slots[map->nr];

		if (map->nr == max) {
			ret = -EAGAIN;
			break;
		}
		s->gfn = slot->base_gfn;
		s->pages = slot->npages;
		s->hva = slot->userspace_addr;
		s->nr_blocks = ((s->gfn + s->pages - 1) >> BALLAST_BLOCK_SHIFT) -
			       (s->gfn >> BALLAST_BLOCK_SHIFT) + 1;
		map->pages += s->pages;
		map->nr++;
	}
	srcu_read_unlock(&kvm->srcu, idx);
	return ret;
}

/*
 * The slot of @old that is @s, or NULL. Both maps are in order of gfn, and so is
 * whoever asks: *@at goes through @old once.
 */
static struct ballast_slot *same_slot(struct ballast_memmap *old, unsigned int *at,
				      const struct ballast_slot *s)
{
	struct ballast_slot *o;

	while (old && *at < old->nr && old->slots[*at].gfn < s->gfn)
		(*at)++;
	if (!old || *at == old->nr)
		return NULL;
	o = &old->slots[*at];
	return o->gfn == s->gfn && o->pages == s->pages && o->hva == s->hva ? o : NULL;
}

static int take_blocks(struct ballast_memmap *map, struct ballast_memmap *old,
		       atomic_long_t *bytes)
{
	unsigned int i, at = 0;

	map->nr_blocks = 0;
	for (i = 0; i < map->nr; i++) {
		struct ballast_slot *s = &map->slots[i], *same = same_slot(old, &at, s);

		s->first_block = map->nr_blocks;
		map->nr_blocks += s->nr_blocks;
		if (same) {
			s->blocks = same->blocks;
			s->kept = true;
			continue;
		}
		s->blocks = kvcalloc(s->nr_blocks, sizeof(*s->blocks), GFP_KERNEL);
		if (!s->blocks)
			return -ENOMEM;
		atomic_long_add(s->nr_blocks * sizeof(*s->blocks), bytes);
	}
	return 0;
}

static void free_blocks(struct ballast_slot *slot, atomic_long_t *bytes)
{
	unsigned long i;

	if (!slot->blocks)
		return;
	for (i = 0; i < slot->nr_blocks; i++) {
		ballast_block_clear(&slot->blocks[i], bytes);
		if (!(i & 1023))
			cond_resched();
	}
	atomic_long_sub(slot->nr_blocks * sizeof(*slot->blocks), bytes);
	kvfree(slot->blocks);
}

/**
 * ballast_memmap_build() - make a map of KVM's slots as they are now
 * @kvm:   VM
 * @old:   map in force or NULL; same slots keep their records
 * @bytes: account
 *
 * May sleep. Return: the map, or an ERR_PTR; @old is untouched either way but
 * for the mark of what was taken over, see ballast_memmap_retire().
 */
struct ballast_memmap *ballast_memmap_build(struct kvm *kvm,
					    struct ballast_memmap *old,
					    atomic_long_t *bytes)
{
	struct ballast_memmap *map;
	unsigned int max, i, at = 0;
	int idx, ret;

	do {
		idx = srcu_read_lock(&kvm->srcu);
		max = count_slots(kvm);
		srcu_read_unlock(&kvm->srcu, idx);

		map = kvzalloc(struct_size(map, slots, max), GFP_KERNEL);
		if (!map)
			return ERR_PTR(-ENOMEM);
		ret = copy_slots(kvm, map, max);
		if (ret)
			kvfree(map);
	} while (ret == -EAGAIN);

	map->by_hva = kvcalloc(max + 1, sizeof(*map->by_hva), GFP_KERNEL);
	if (!map->by_hva) {
		kvfree(map);
		return ERR_PTR(-ENOMEM);
	}
	sort(map->slots, map->nr, sizeof(map->slots[0]), cmp_gfn, NULL);
	sort_by_hva(map);
	ret = take_blocks(map, old, bytes);
	if (ret) {
		for (i = 0; i < map->nr; i++)
			if (!map->slots[i].kept)
				free_blocks(&map->slots[i], bytes);
		kvfree(map->by_hva);
		kvfree(map);
		return ERR_PTR(ret);
	}
	for (i = 0; i < map->nr; i++) {
		if (map->slots[i].kept)
			same_slot(old, &at, &map->slots[i])->kept = true;
		map->slots[i].kept = false;
	}
	return map;
}
ALLOW_ERROR_INJECTION(ballast_memmap_build, ERRNO);

/**
 * ballast_memmap_retire() - free a map that nobody can see any more
 * @old:   map, after a grace period
 * @bytes: account
 *
 * Records that the next map took over stay.
 */
void ballast_memmap_retire(struct ballast_memmap *old, atomic_long_t *bytes)
{
	unsigned int i;

	for (i = 0; i < old->nr; i++)
		if (!old->slots[i].kept)
			free_blocks(&old->slots[i], bytes);
	kvfree(old->by_hva);
	kvfree(old);
}

/* The slot that holds @gfn, or else the first one after it, or NULL. */
const struct ballast_slot *ballast_memmap_slot(const struct ballast_memmap *map, u64 gfn)
{
	unsigned int lo = 0, hi = map->nr;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		const struct ballast_slot *slot = &map->slots[mid];

		if (slot->gfn + slot->pages <= gfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < map->nr ? &map->slots[lo] : NULL;
}

/**
 * ballast_slot_span() - the @nr-th block of a slot
 * @slot: slot
 * @nr:   below its nr_blocks
 * @span: out
 */
void ballast_slot_span(const struct ballast_slot *slot, unsigned long nr,
		       struct ballast_span *span)
{
	u64 gfn = ((slot->gfn >> BALLAST_BLOCK_SHIFT) + nr) << BALLAST_BLOCK_SHIFT;
	u64 end = slot->gfn + slot->pages;

	span->block = &slot->blocks[nr];
	span->index = slot->first_block + nr;
	span->gfn = gfn;
	span->first = gfn < slot->gfn ? slot->gfn - gfn : 0;
	span->last = min_t(u64, end - gfn, BALLAST_BLOCK_PAGES);
	/* May wrap below page 0 of a clipped block; only used with @first added. */
	span->hva = slot->hva + ((gfn - slot->gfn) << PAGE_SHIFT);
	span->huge = !span->first && span->last == BALLAST_BLOCK_PAGES &&
		     IS_ALIGNED(span->hva, BALLAST_BLOCK_BYTES);
}

/**
 * ballast_span_count() - pages per level of a block
 * @span:        the part that is memory
 * @level_pages: out, array of BALLAST_NR_LEVELS
 *
 * Under scan_lock or rcu_read_lock().
 */
void ballast_span_count(const struct ballast_span *span, u16 *level_pages)
{
	u8 states[BALLAST_BLOCK_PAGES];
	unsigned int i;

	memset(level_pages, 0, BALLAST_NR_LEVELS * sizeof(*level_pages));
	if (!ballast_block_expanded(span->block)) {
		level_pages[ballast_activity_level(ballast_block_state(span->block))] =
			span->last - span->first;
		return;
	}
	ballast_block_load(span->block, states);
	for (i = span->first; i < span->last; i++)
		level_pages[ballast_activity_level(states[i])]++;
}

static void for_slot_range(const struct ballast_slot *slot, unsigned long start,
			   unsigned long end, ballast_range_fn fn, void *arg)
{
	unsigned long bytes = slot->pages << PAGE_SHIFT;
	u64 gfn, last;

	start = max(start, slot->hva);
	end = min(end, slot->hva + bytes);
	gfn = slot->gfn + ((start - slot->hva) >> PAGE_SHIFT);
	last = slot->gfn + ((end - slot->hva + PAGE_SIZE - 1) >> PAGE_SHIFT);
	while (gfn < last) {
		struct ballast_span span;
		u64 stop;

		ballast_slot_span(slot, (gfn >> BALLAST_BLOCK_SHIFT) -
				  (slot->gfn >> BALLAST_BLOCK_SHIFT), &span);
		stop = min_t(u64, last, span.gfn + span.last);
		fn(&span, gfn - span.gfn, stop - span.gfn, arg);
		gfn = stop;
	}
}

/**
 * ballast_memmap_for_range() - visit the blocks that a host range touches
 * @map:   map, under rcu_read_lock() or by its owner
 * @start: host address, rounded outward to pages
 * @end:   one past the last address
 * @fn:    called for each block
 * @arg:   for @fn
 */
void ballast_memmap_for_range(const struct ballast_memmap *map,
			      unsigned long start, unsigned long end,
			      ballast_range_fn fn, void *arg)
{
	unsigned int lo = 0, hi = map->nr;

	/* Slots do not overlap in practice; find the first that ends after start. */
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		const struct ballast_slot *slot = &map->slots[map->by_hva[mid]];

		if (slot->hva + (slot->pages << PAGE_SHIFT) <= start)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < map->nr; lo++) {
		const struct ballast_slot *slot = &map->slots[map->by_hva[lo]];

		if (slot->hva >= end)
			break;
		for_slot_range(slot, start & PAGE_MASK, end, fn, arg);
	}
}
