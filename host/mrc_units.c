// SPDX-License-Identifier: GPL-2.0-only
/* The sample of a miss-rate curve: which memory it is, and who has seen it accessed. */

#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "mrc_traps.h"

/* First place at or behind @gfn. */
static u32 place_of(const struct ballast_mrc_index *index, u64 gfn)
{
	u32 lo = 0, hi = index->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (index->at[mid].gfn < gfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* --- what others see ------------------------------------------------------------------------ */

/* Pages in a range that is larger than they are: one by one. */
static bool clear_apart(struct ballast_vm *vm, struct ballast_mrc_run *m,
			const struct ballast_mrc_index *index, const struct ballast_span *span,
			unsigned int first, unsigned int last, ballast_clear_fn clear)
{
	u32 i = place_of(index, span->gfn + first);
	bool young = false;

	for (; i < index->nr && index->at[i].gfn < span->gfn + last; i++) {
		unsigned long hva = span->hva +
			((unsigned long)(index->at[i].gfn - span->gfn) << PAGE_SHIFT);

		if (index->at[i].huge || !clear(vm, hva, hva + PAGE_SIZE))
			continue;
		set_bit(index->at[i].unit, m->seen);
		young = true;
	}
	return young;
}

static void mark_seen(struct ballast_mrc_run *m, const struct ballast_mrc_index *index, u64 gfn,
		      bool huge)
{
	u32 i = place_of(index, gfn);

	if (i < index->nr && index->at[i].gfn == gfn && index->at[i].huge == huge)
		set_bit(index->at[i].unit, m->seen);
}

/**
 * ballast_mrc_clear_sampled() - ballast_mrc_clear(), of a block that has units
 * @vm:    whose
 * @span:  block
 * @first: first page
 * @last:  one past the last page
 * @clear: how
 *
 * Any context. A block that is mapped huge is one unit, whatever part of it is asked
 * for: no part of it is ever asked for by itself.
 */
bool ballast_mrc_clear_sampled(struct ballast_vm *vm, const struct ballast_span *span,
			       unsigned int first, unsigned int last, ballast_clear_fn clear)
{
	bool huge = ballast_block_level(span->block) >= BALLAST_MAP_2M, young = false;
	const struct ballast_mrc_index *index = NULL;
	struct ballast_mrc_run *m;

	rcu_read_lock();
	m = rcu_dereference(vm->mrc);
	if (m)
		index = rcu_dereference(m->index);
	if (index && !huge && last - first > 1)
		young = clear_apart(vm, m, index, span, first, last, clear);
	if (clear(vm, span->hva + ((unsigned long)first << PAGE_SHIFT),
		  span->hva + ((unsigned long)last << PAGE_SHIFT))) {
		young = true;
		if (index && (huge || last - first == 1))
			mark_seen(m, index, huge ? span->gfn : span->gfn + first, huge);
	}
	rcu_read_unlock();
	return young;
}

/**
 * ballast_mrc_unit_at() - the unit that a guest frame is of
 * @m:   run; the caller holds rcu_read_lock()
 * @gfn: guest frame
 *
 * Any context. Return: its number, BALLAST_MRC_NONE if it is of none.
 */
u32 ballast_mrc_unit_at(struct ballast_mrc_run *m, u64 gfn)
{
	const struct ballast_mrc_index *index = rcu_dereference(m->index);
	u64 block = round_down(gfn, BALLAST_BLOCK_PAGES);
	u32 i;

	if (!index)
		return BALLAST_MRC_NONE;
	i = place_of(index, gfn);
	if (i < index->nr && index->at[i].gfn == gfn)
		return index->at[i].unit;
	/* Units of a block are of one kind, and of a huge one there is one. */
	if (i && index->at[i - 1].huge && index->at[i - 1].gfn == block)
		return index->at[i - 1].unit;
	return BALLAST_MRC_NONE;
}

/**
 * ballast_mrc_take_held() - what ticks have cleared of a range
 * @vm:    under scan_lock
 * @span:  block
 * @first: first page
 * @last:  one past the last page
 *
 * Return: true when a bit of the range would still be set without ticks.
 */
bool ballast_mrc_take_held(struct ballast_vm *vm, const struct ballast_span *span,
			   unsigned int first, unsigned int last)
{
	struct ballast_mrc_run *m = ballast_mrc_of(vm);
	const struct ballast_mrc_index *index;
	bool young = false;
	u32 i;

	if (!m)
		return false;
	index = rcu_dereference_protected(m->index, lockdep_is_held(&vm->scan_lock));
	if (!index)
		return false;
	i = place_of(index, span->gfn + first);
	for (; i < index->nr && index->at[i].gfn < span->gfn + last; i++) {
		if (!__test_and_clear_bit(index->at[i].unit, m->held))
			continue;
		/* A block that has been split since: whose it was nobody knows. */
		if (index->at[i].huge && last - first < BALLAST_BLOCK_PAGES)
			ballast_block_raise(span->block, BALLAST_EV_CREDIT);
		else
			young = true;
	}
	return young;
}

/* --- the sample ----------------------------------------------------------------------------- */

/* Begin with an empty sample for that much memory. */
void ballast_mrc_draw(struct ballast_mrc_run *m, u64 pages, u32 samples)
{
	struct ballast_mrc_plan plan;

	ballast_mrc_plan(pages, samples, get_random_u32(), &plan);
	ballast_mrc_init(&m->core, m->entries, m->max, &plan, pages, &ballast_mrc_defaults);
	m->drawn_pages = pages;
	m->traced_ns = 0;
	m->fold_accesses = 0;
	m->hint = 0;
	m->touch = true;
}

/* Pages of [first, last) that ballast_mrc_sampled() says yes to, without asking for each. */
static void draw_pages(struct ballast_mrc_run *m, const struct ballast_span *span)
{
	const struct ballast_mrc_plan *plan = &m->core.plan;
	u64 from = (span->gfn + span->first) * plan->page_rate;
	u64 to = (span->gfn + span->last) * plan->page_rate, s;
	unsigned int page;

	if (plan->page_rate >= BALLAST_MRC_ALL) {
		for (page = span->first; page < span->last; page++)
			m->pages[m->nr_pages++] = page;
		return;
	}
	for (s = from >> 24; s <= (to - 1) >> 24; s++) {
		u64 point = ballast_mrc_drawn(s, plan->seed);

		if (point < from || point >= to)
			continue;
		page = div64_u64(point, plan->page_rate) - span->gfn;
		if (!m->nr_pages || m->pages[m->nr_pages - 1] != page)
			m->pages[m->nr_pages++] = page;
	}
}

/* First pages of the units that a block should have. Return: they are blocks. */
static bool draw_block(struct ballast_mrc_run *m, const struct ballast_span *span)
{
	const struct ballast_mrc_plan *plan = &m->core.plan;
	u8 level = ballast_block_level(span->block);

	m->nr_pages = 0;
	if (level == BALLAST_MAP_1G || span->gfn + span->last > BALLAST_MRC_PAGES_MAX)
		return true;
	if (level < BALLAST_MAP_2M) {
		draw_pages(m, span);
		return false;
	}
	if (ballast_mrc_sampled(span->gfn >> BALLAST_BLOCK_SHIFT, plan->block_rate, plan->seed))
		m->pages[m->nr_pages++] = 0;
	return true;
}

/* Return: its number, BALLAST_MRC_NONE without room. */
static u32 add_unit(struct ballast_mrc_run *m, const struct ballast_span *span, u16 page,
		    bool huge, u32 beside)
{
	u32 i = find_next_zero_bit(m->active, m->max, m->hint);

	if (i >= m->max)
		i = find_first_zero_bit(m->active, m->max);
	if (i >= m->max)
		return BALLAST_MRC_NONE;
	m->hint = i + 1;
	__set_bit(i, m->active);
	clear_bit(i, m->seen);
	m->units[i] = (struct ballast_mrc_unit) {
		.block = span->block, .hva = span->hva, .number = span->gfn >> BALLAST_BLOCK_SHIFT,
		.first = page, .huge = huge, .aligned = span->huge,
	};
	ballast_mrc_add_beside(&m->core, i, huge, beside);
	ballast_mrc_traps_add(m, i);
	return i;
}

/* What is held for the scanner is credited, by name if there is one. */
static void remove_unit(struct ballast_mrc_run *m, u32 i)
{
	struct ballast_mrc_unit *u = &m->units[i];

	if (__test_and_clear_bit(i, m->held)) {
		rcu_read_lock();
		if (u->huge || ballast_block_level(u->block) >= BALLAST_MAP_2M)
			ballast_block_raise(u->block, BALLAST_EV_CREDIT);
		else
			ballast_block_credit(u->block, u->first);
		rcu_read_unlock();
	}
	ballast_mrc_traps_remove(m, i);
	ballast_mrc_remove(&m->core, i);
	__clear_bit(i, m->active);
	u->block = NULL;
}

/**
 * struct follow - going through the map and the old index side by side
 * @m:   whose
 * @old: may be NULL
 * @at:  first place of @old that was not dealt with
 * @new: to be filled
 */
struct follow {
	struct ballast_mrc_run *m;
	const struct ballast_mrc_index *old;
	u32 at;
	struct ballast_mrc_index *new;
};

static void append(struct follow *f, u32 unit)
{
	const struct ballast_mrc_unit *u = &f->m->units[unit];

	if (unit == BALLAST_MRC_NONE)
		return;
	f->new->at[f->new->nr++] = (struct ballast_mrc_place) {
		.gfn = ballast_mrc_unit_gfn(u) + u->first, .unit = unit, .huge = u->huge,
	};
}

/* Units before @gfn that no block has claimed: their memory is gone. */
static void drop_before(struct follow *f, u64 gfn)
{
	for (; f->old && f->at < f->old->nr && f->old->at[f->at].gfn < gfn; f->at++)
		remove_unit(f->m, f->old->at[f->at].unit);
}

/*
 * The draw is the same each time, so units of the right kind are the right ones. Those of
 * the wrong kind give their place to others, and go.
 */
static void follow_block(struct follow *f, const struct ballast_span *span)
{
	struct ballast_mrc_run *m = f->m;
	bool huge = draw_block(m, span), kept = false;
	u32 beside = BALLAST_MRC_NONE, begin, i, nr = f->new->nr;

	drop_before(f, span->gfn + span->first);
	begin = f->at;
	for (; f->old && f->at < f->old->nr &&
	     f->old->at[f->at].gfn < span->gfn + span->last; f->at++) {
		u32 unit = f->old->at[f->at].unit;

		if (m->units[unit].block != span->block)
			continue;
		if (m->nr_pages && m->units[unit].huge == huge) {
			kept = true;
			append(f, unit);
		} else if (ballast_mrc_later(&m->core, unit, beside)) {
			beside = unit;
		}
	}
	for (i = 0; !kept && i < m->nr_pages; i++)
		append(f, add_unit(m, span, m->pages[i], huge, beside));
	for (i = begin; i < f->at; i++)
		if (!kept || m->units[f->old->at[i].unit].block != span->block)
			remove_unit(m, f->old->at[i].unit);
	m->left_out += m->nr_pages - (f->new->nr - nr);
	if (f->new->nr > nr)
		ballast_block_raise(span->block, BALLAST_EV_SAMPLED);
	else
		ballast_block_take(span->block, BALLAST_EV_SAMPLED);
}

static size_t index_bytes(const struct ballast_mrc_run *m)
{
	return PAGE_ALIGN(struct_size_t(struct ballast_mrc_index, at, m->max));
}

/* Whoever is in the middle of a callback may still read the old one. */
static void publish(struct ballast_vm *vm, struct ballast_mrc_run *m,
		    struct ballast_mrc_index *old, struct ballast_mrc_index *new)
{
	rcu_assign_pointer(m->index, new);
	if (new)
		atomic_long_add(index_bytes(m), &vm->store_bytes);
	if (!old)
		return;
	atomic_long_sub(index_bytes(m), &vm->store_bytes);
	kvfree_rcu(old, rcu);
}

/* No units any more; their blocks are those of the map in force or the one before. */
void ballast_mrc_drop_units(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	struct ballast_mrc_index *old;
	u32 i;

	lockdep_assert_held(&vm->scan_lock);
	old = rcu_dereference_protected(m->index, lockdep_is_held(&vm->scan_lock));
	for_each_set_bit(i, m->active, m->max) {
		ballast_block_take(m->units[i].block, BALLAST_EV_SAMPLED);
		remove_unit(m, i);
	}
	publish(vm, m, old, NULL);
}

static void follow_map(struct follow *f, const struct ballast_memmap *map)
{
	struct ballast_span span;
	unsigned long nr;
	unsigned int i;

	for (i = 0; i < map->nr; i++) {
		for (nr = 0; nr < map->slots[i].nr_blocks; nr++) {
			ballast_slot_span(&map->slots[i], nr, &span);
			follow_block(f, &span);
			if (!(nr & 255))
				cond_resched();
		}
	}
	drop_before(f, U64_MAX);
}

static void draw_anew(struct ballast_vm *vm, struct ballast_mrc_run *m, u64 pages)
{
	ballast_mrc_drop_units(vm, m);
	ballast_mrc_draw(m, pages, vm->mrc_knobs.samples);
}

static void follow_once(struct ballast_vm *vm, struct ballast_mrc_run *m,
			const struct ballast_memmap *map)
{
	struct ballast_mrc_index *old;
	struct follow f = { .m = m };

	f.new = __vmalloc(index_bytes(m), GFP_KERNEL | __GFP_NOWARN);
	if (!f.new) {
		ballast_mrc_drop_units(vm, m);
		return;
	}
	f.new->nr = 0;
	m->left_out = 0;
	old = rcu_dereference_protected(m->index, lockdep_is_held(&vm->scan_lock));
	f.old = old;
	follow_map(&f, map);
	publish(vm, m, old, f.new);
}

/**
 * ballast_mrc_follow() - units for the memory that there is, mapped as it is
 * @vm: under scan_lock; blocks of the map before the one in force are not freed yet
 *
 * Memory that has more than doubled or halved gets a sample of its own, and so does memory
 * that has grown where there is no room for its part. Without memory for an index the
 * sample is empty until the next pass.
 */
void ballast_mrc_follow(struct ballast_vm *vm)
{
	const struct ballast_memmap *map = ballast_vm_map(vm);
	struct ballast_mrc_run *m = ballast_mrc_of(vm);
	u64 pages;

	if (!m || !map)
		return;
	pages = map->pages - min(map->pages, vm->map_pages[BALLAST_MAP_1G]);
	if (pages > m->drawn_pages * 2 || pages < m->drawn_pages / 2)
		draw_anew(vm, m, pages);
	ballast_mrc_resize(&m->core, pages);
	follow_once(vm, m, map);
	if (m->left_out <= m->max / 16 || pages <= m->drawn_pages)
		return;
	draw_anew(vm, m, pages);
	follow_once(vm, m, map);
}

/**
 * ballast_mrc_used_pages() - for ballast_mrc_used()
 * @vm: under scan_lock
 * @m:  its run
 *
 * The scanner knows how much memory is mapped and has been looked at (not unknown), and
 * what of the sample lies in there. It does not know what was accessed since sampling
 * began, which may be much less: that is the sample's share of it.
 */
u64 ballast_mrc_used_pages(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	u64 known = 0, weight = 0;
	unsigned int l;
	u32 i;

	if (vm->map_pages[BALLAST_MAP_1G])
		return 0;
	for (l = 0; l < BALLAST_NR_LEVELS; l++)
		known += l == BALLAST_UNKNOWN ? 0 : vm->level_pages[l];
	rcu_read_lock();
	for_each_set_bit(i, m->active, m->max)
		if (ballast_block_page(m->units[i].block, m->units[i].first) != BALLAST_S_UNSEEN)
			weight += ballast_mrc_weight(&m->core, i);
	rcu_read_unlock();
	return weight ? ballast_mrc_mul_div(known, ballast_mrc_listed(&m->core), weight) : 0;
}
