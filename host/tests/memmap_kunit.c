// SPDX-License-Identifier: GPL-2.0-only
/* The map of a VM's memory, on slots of all shapes. */

#include <linux/bitmap.h>

#include "fake.h"
#include "suites.h"

#define PAGES	(8 * BALLAST_BLOCK_PAGES)

static struct ballast_memmap *build(struct fake_guest *g, struct ballast_memmap *old)
{
	struct ballast_memmap *map = ballast_memmap_build(g->kvm, old, &g->vm.store_bytes);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(g->test, map);
	return map;
}

/* As a pass does it: the map in force, freed with the guest. */
static struct ballast_memmap *synced(struct fake_guest *g)
{
	struct ballast_memmap *map;

	fake_pass(g);
	mutex_lock(&g->vm.scan_lock);
	map = ballast_vm_map(&g->vm);
	mutex_unlock(&g->vm.scan_lock);
	return map;
}

static int start(struct kunit *test)
{
	fake_new(test, PAGES);
	return 0;
}

static void an_aligned_slot_is_whole_blocks(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_memmap *map = synced(g);
	unsigned long nr;

	KUNIT_ASSERT_EQ(test, map->nr, 1);
	KUNIT_EXPECT_EQ(test, map->pages, PAGES);
	KUNIT_EXPECT_EQ(test, map->nr_blocks, PAGES / BALLAST_BLOCK_PAGES);
	for (nr = 0; nr < map->nr_blocks; nr++) {
		struct ballast_span span;

		ballast_slot_span(&map->slots[0], nr, &span);
		KUNIT_EXPECT_EQ(test, span.index, nr);
		KUNIT_EXPECT_EQ(test, span.first, 0);
		KUNIT_EXPECT_EQ(test, span.last, BALLAST_BLOCK_PAGES);
		KUNIT_EXPECT_EQ(test, span.gfn, nr * BALLAST_BLOCK_PAGES);
		KUNIT_EXPECT_EQ(test, span.hva, g->base + nr * BALLAST_BLOCK_BYTES);
		KUNIT_EXPECT_TRUE(test, span.huge);
	}
}

/* Every page of every slot lies in one span, at the address KVM has for it. */
static void check_spans(struct kunit *test, const struct ballast_memmap *map)
{
	unsigned long nr, index = 0;
	unsigned int i;

	for (i = 0; i < map->nr; i++) {
		const struct ballast_slot *slot = &map->slots[i];
		u64 gfn = slot->gfn;

		for (nr = 0; nr < slot->nr_blocks; nr++) {
			struct ballast_span span;

			ballast_slot_span(slot, nr, &span);
			KUNIT_EXPECT_EQ(test, span.index, index++);
			KUNIT_EXPECT_EQ(test, span.gfn % BALLAST_BLOCK_PAGES, 0);
			KUNIT_EXPECT_EQ(test, span.gfn + span.first, gfn);
			KUNIT_EXPECT_GT(test, span.last, span.first);
			KUNIT_EXPECT_LE(test, span.last, BALLAST_BLOCK_PAGES);
			KUNIT_EXPECT_EQ(test, span.hva + ((unsigned long)span.first << PAGE_SHIFT),
					slot->hva + ((gfn - slot->gfn) << PAGE_SHIFT));
			KUNIT_EXPECT_EQ(test, span.huge,
					span.last - span.first == BALLAST_BLOCK_PAGES &&
					span.hva % BALLAST_BLOCK_BYTES == 0);
			gfn = span.gfn + span.last;
		}
		KUNIT_EXPECT_EQ(test, gfn, slot->gfn + slot->pages);
	}
	KUNIT_EXPECT_EQ(test, index, map->nr_blocks);
}

static void misaligned_slots_are_clipped(struct kunit *test)
{
	static const struct { u64 gfn; unsigned long pages, page; } slots[] = {
		{ 0, 160, 0 },			/* below the VGA hole */
		{ 192, 64, 192 },		/* same block of gfns, above it */
		{ 511, 2, 511 },		/* across a boundary */
		{ 1024 + 5, 1000, 1024 + 5 },	/* both ends clipped, aligned alike */
		{ 4096 + 5, 600, 2100 },	/* aligned otherwise than in the host */
		{ 8192, 512, 3000 },		/* whole in gfns, not in the host */
		{ 1 << 20, 512, 3584 },		/* whole in both */
	};
	struct fake_guest *g = test->priv;
	struct ballast_memmap *map;
	struct ballast_span span;
	unsigned int i;

	fake_slot_del(g, 0);
	for (i = 0; i < ARRAY_SIZE(slots); i++)
		fake_slot(g, i, slots[i].gfn, slots[i].pages, slots[i].page);
	map = synced(g);
	KUNIT_ASSERT_EQ(test, map->nr, ARRAY_SIZE(slots));
	check_spans(test, map);
	KUNIT_EXPECT_EQ(test, map->slots[2].nr_blocks, 2);
	KUNIT_EXPECT_EQ(test, map->slots[3].nr_blocks, 2);
	ballast_slot_span(&map->slots[5], 0, &span);
	KUNIT_EXPECT_FALSE(test, span.huge);
	ballast_slot_span(&map->slots[6], 0, &span);
	KUNIT_EXPECT_TRUE(test, span.huge);
}

/* KVM's hash gives slots in any order, and host order may be another. */
static void scatter(struct fake_guest *g)
{
	fake_slot_del(g, 0);
	fake_slot(g, 3, 0, 700, 2900);
	fake_slot(g, 1, 1000, 300, 100);
	fake_slot(g, 5, 5000, 1024, 1500);
	fake_slot(g, 0, 7000, 1, 50);
	fake_slot(g, 2, 9000, 37, 401);		/* ends where nothing follows */
}

static void slots_are_sorted_both_ways(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_memmap *map;
	unsigned int i;

	scatter(g);
	map = synced(g);
	KUNIT_ASSERT_EQ(test, map->nr, 5);
	check_spans(test, map);
	for (i = 1; i < map->nr; i++) {
		KUNIT_EXPECT_LT(test, map->slots[i - 1].gfn, map->slots[i].gfn);
		KUNIT_EXPECT_LT(test, map->slots[map->by_hva[i - 1]].hva,
				map->slots[map->by_hva[i]].hva);
	}
}

static void a_gfn_finds_its_slot_or_the_next(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	static const struct {
		u64 gfn;
		unsigned int slot;
	} wanted[] = { { 0, 0 }, { 699, 0 }, { 700, 1 }, { 1299, 1 }, { 7000, 3 }, { 9036, 4 } };
	struct ballast_memmap *map;
	unsigned int i;

	scatter(g);
	map = synced(g);
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct ballast_slot *slot = ballast_memmap_slot(map, wanted[i].gfn);

		KUNIT_EXPECT_PTR_EQ(test, slot, (const void *)&map->slots[wanted[i].slot]);
	}
	KUNIT_EXPECT_TRUE(test, !ballast_memmap_slot(map, 9037));
	KUNIT_EXPECT_TRUE(test, !ballast_memmap_slot(map, U64_MAX));
}

static DECLARE_BITMAP(visited, PAGES);
static unsigned int twice;

static void note_range(const struct ballast_span *span, unsigned int first,
		       unsigned int last, void *arg)
{
	struct fake_guest *g = arg;
	unsigned int page;

	KUNIT_EXPECT_GE(g->test, first, span->first);
	KUNIT_EXPECT_LE(g->test, last, span->last);
	KUNIT_EXPECT_LT(g->test, first, last);
	for (page = first; page < last; page++) {
		unsigned long host = (span->hva + ((unsigned long)page << PAGE_SHIFT) - g->base) >>
				     PAGE_SHIFT;

		twice += __test_and_set_bit(host, visited);
	}
}

/* A host range reaches each page of each slot in it, once, and no other. */
static void ranges_reach_every_page_once(struct kunit *test)
{
	static DECLARE_BITMAP(wanted, PAGES);
	struct fake_guest *g = test->priv;
	struct ballast_memmap *map;
	unsigned int round, i;
	u32 seed = 7;

	scatter(g);
	map = synced(g);
	for (round = 0; round < 400; round++) {
		unsigned long start = (unsigned long)test_rnd(&seed, PAGES) << PAGE_SHIFT;
		unsigned long end;

		/* Not always whole pages: such an address means its page. */
		if (test_rnd(&seed, 2))
			start += test_rnd(&seed, PAGE_SIZE);
		end = start + 1 + test_rnd(&seed, 1 << (13 + test_rnd(&seed, 11)));
		end = min(end, (unsigned long)PAGES << PAGE_SHIFT);
		bitmap_zero(wanted, PAGES);
		for (i = 0; i < FAKE_SLOTS; i++)
			if (g->slot[i].npages)
				bitmap_set(wanted, (g->slot[i].userspace_addr - g->base) >>
					   PAGE_SHIFT, g->slot[i].npages);
		for (i = 0; i < PAGES; i++)
			if ((i + 1) * PAGE_SIZE <= start || i * PAGE_SIZE >= end)
				__clear_bit(i, wanted);
		bitmap_zero(visited, PAGES);
		twice = 0;
		ballast_memmap_for_range(map, g->base + start, g->base + end, note_range, g);
		KUNIT_ASSERT_TRUE(test, bitmap_equal(wanted, visited, PAGES));
		KUNIT_ASSERT_EQ(test, twice, 0);
	}
}

static void ranges_beside_all_slots_reach_nobody(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_memmap *map = synced(g);
	unsigned long end = g->base + ((unsigned long)PAGES << PAGE_SHIFT);

	bitmap_zero(visited, PAGES);
	ballast_memmap_for_range(map, 0, g->base, note_range, g);
	ballast_memmap_for_range(map, end, end + BALLAST_BLOCK_BYTES, note_range, g);
	ballast_memmap_for_range(map, g->base, g->base, note_range, g);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(visited, PAGES));
}

static void a_map_without_slots_is_empty(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_memmap *map;

	fake_slot_del(g, 0);
	map = synced(g);
	KUNIT_EXPECT_EQ(test, map->nr, 0);
	KUNIT_EXPECT_EQ(test, map->nr_blocks, 0);
	KUNIT_EXPECT_TRUE(test, !ballast_memmap_slot(map, 0));
	bitmap_zero(visited, PAGES);
	ballast_memmap_for_range(map, 0, ULONG_MAX, note_range, g);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(visited, PAGES));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&g->vm.store_bytes), 0);
}

static void a_slot_that_stays_keeps_its_records(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	atomic_long_t *bytes = &g->vm.store_bytes;
	struct ballast_block *kept;
	struct ballast_memmap *old, *new;
	long before;

	fake_slot_del(g, 0);
	fake_slot(g, 1, 0, 1024, 0);
	fake_slot(g, 2, 4096, 512, 1024);
	old = build(g, NULL);
	before = atomic_long_read(bytes);
	KUNIT_EXPECT_EQ(test, before, 3 * (long)sizeof(struct ballast_block));
	KUNIT_EXPECT_TRUE(test, ballast_memmap_current(old, g->kvm));
	kept = old->slots[0].blocks;
	ballast_block_set_state(&kept[1], BALLAST_S_WARM1);
	KUNIT_ASSERT_EQ(test, ballast_block_expand(&old->slots[1].blocks[0], bytes), 0);

	fake_slot_del(g, 2);
	fake_slot(g, 3, 4096, 1024, 1024);	/* grown: another slot */
	KUNIT_EXPECT_FALSE(test, ballast_memmap_current(old, g->kvm));
	new = build(g, old);
	KUNIT_EXPECT_PTR_EQ(test, new->slots[0].blocks, kept);
	KUNIT_EXPECT_TRUE(test, new->slots[1].blocks != old->slots[1].blocks);
	ballast_memmap_retire(old, bytes);
	KUNIT_EXPECT_EQ(test, ballast_block_state(&kept[1]), BALLAST_S_WARM1);
	KUNIT_EXPECT_EQ(test, ballast_block_state(&new->slots[1].blocks[0]), BALLAST_S_UNSEEN);
	KUNIT_EXPECT_EQ(test, atomic_long_read(bytes), 4 * (long)sizeof(struct ballast_block));
	ballast_memmap_retire(new, bytes);
	KUNIT_EXPECT_EQ(test, atomic_long_read(bytes), 0);
}

/* Moved in the host or in the guest, the same size: not the same slot. */
static void a_slot_that_moves_starts_anew(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	atomic_long_t *bytes = &g->vm.store_bytes;
	struct ballast_memmap *one, *two, *three;

	fake_slot_del(g, 0);
	fake_slot(g, 1, 0, 512, 0);
	one = build(g, NULL);
	fake_slot_del(g, 1);
	fake_slot(g, 1, 0, 512, 512);
	two = build(g, one);
	KUNIT_EXPECT_TRUE(test, one->slots[0].blocks != two->slots[0].blocks);
	fake_slot_del(g, 1);
	fake_slot(g, 1, 1024, 512, 512);
	three = build(g, two);
	KUNIT_EXPECT_TRUE(test, two->slots[0].blocks != three->slots[0].blocks);
	ballast_memmap_retire(one, bytes);
	ballast_memmap_retire(two, bytes);
	ballast_memmap_retire(three, bytes);
	KUNIT_EXPECT_EQ(test, atomic_long_read(bytes), 0);
}

static void pages_of_a_block_are_counted_by_level(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	u8 *states = kunit_kzalloc(test, BALLAST_BLOCK_PAGES, GFP_KERNEL);
	u16 pages[BALLAST_NR_LEVELS];
	struct ballast_memmap *map;
	struct ballast_span span;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, states);
	fake_slot_del(g, 0);
	fake_slot(g, 1, 10, 20, 10);
	map = build(g, NULL);
	ballast_slot_span(&map->slots[0], 0, &span);
	ballast_block_set_state(span.block, BALLAST_S_COLD1);
	ballast_span_count(&span, pages);
	KUNIT_EXPECT_EQ(test, pages[BALLAST_COLD], 20);
	KUNIT_EXPECT_EQ(test, pages[BALLAST_HOT], 0);

	KUNIT_ASSERT_EQ(test, ballast_block_expand(span.block, &g->vm.store_bytes), 0);
	memset(states, BALLAST_S_HOT0, BALLAST_BLOCK_PAGES);	/* also where no memory is */
	memset(states + 10, BALLAST_S_COOL0, 15);
	ballast_block_save(span.block, states, 0, BALLAST_BLOCK_PAGES);
	ballast_span_count(&span, pages);
	KUNIT_EXPECT_EQ(test, pages[BALLAST_COLD], 0);
	KUNIT_EXPECT_EQ(test, pages[BALLAST_COOL], 15);
	KUNIT_EXPECT_EQ(test, pages[BALLAST_HOT], 5);
	ballast_memmap_retire(map, &g->vm.store_bytes);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_aligned_slot_is_whole_blocks),
	KUNIT_CASE(misaligned_slots_are_clipped),
	KUNIT_CASE(slots_are_sorted_both_ways),
	KUNIT_CASE(a_gfn_finds_its_slot_or_the_next),
	KUNIT_CASE(ranges_reach_every_page_once),
	KUNIT_CASE(ranges_beside_all_slots_reach_nobody),
	KUNIT_CASE(a_map_without_slots_is_empty),
	KUNIT_CASE(a_slot_that_stays_keeps_its_records),
	KUNIT_CASE(a_slot_that_moves_starts_anew),
	KUNIT_CASE(pages_of_a_block_are_counted_by_level),
	{}
};

struct kunit_suite ballast_memmap_suite = {
	.name = "ballast_memmap",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = fake_exit,
	.test_cases = cases,
};
