// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page of a level is drawn by drawing any page of the VM until one of that
 * level comes. Every page of a level is as likely as any other, no list of them
 * is needed, and what a rare level costs is bounded by the number of tries.
 */

#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/random.h>

#include "policy/classes.h"
#include "sample.h"
#include "vm.h"

/* For a message of questions; a level of one page in a hundred is found in it. */
#define TRIES		4096
/* Of these under one rcu_read_lock(). */
#define TRIES_AT_ONCE	256

/**
 * ballast_sample_start() - how many pages of each level a round shall ask for
 * @vm:       whose
 * @s:        out
 * @error_bp: wanted error of the estimate, which rests on several rounds
 */
void ballast_sample_start(struct ballast_vm *vm, struct ballast_sample *s, u32 error_bp)
{
	u32 wanted = DIV_ROUND_UP(ballast_classes_wanted(error_bp), BALLAST_CLASSES_ROUNDS);
	u64 pages[BALLAST_NR_LEVELS];
	unsigned int i;

	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		pages[i] = READ_ONCE(vm->level_pages[i]);
	ballast_classes_draw(pages, min_t(u32, wanted, BALLAST_CLASSES_MAX), s->left);
}

/* The page with a number, counted over all slots. */
static u64 nth_gfn(const struct ballast_memmap *map, u64 nth)
{
	const struct ballast_slot *slot = map->slots;

	for (; nth >= slot->pages; slot++)
		nth -= slot->pages;
	return slot->gfn + nth;
}

static u8 level_of(const struct ballast_memmap *map, u64 gfn)
{
	const struct ballast_slot *slot = ballast_memmap_slot(map, gfn);
	struct ballast_span span;

	ballast_slot_span(slot, (gfn >> BALLAST_BLOCK_SHIFT) -
			  (slot->gfn >> BALLAST_BLOCK_SHIFT), &span);
	return ballast_activity_level(ballast_block_expanded(span.block) ?
				      ballast_block_page(span.block, gfn - span.gfn) :
				      ballast_block_state(span.block));
}

static bool anything_left(const struct ballast_sample *s)
{
	unsigned int i;

	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		if (s->left[i])
			return true;
	return false;
}

/**
 * ballast_sample_draw() - pages for a message of questions
 * @vm:     whose
 * @s:      the round; over when nothing is left in it
 * @gfns:   out
 * @levels: out: of each
 * @max:    room in both
 *
 * When some level's pages are too rare to be found, the round ends without
 * them. Return: pages drawn, fewer than @max only when the round is over.
 */
u32 ballast_sample_draw(struct ballast_vm *vm, struct ballast_sample *s, u64 *gfns, u8 *levels,
			u32 max)
{
	const struct ballast_memmap *map;
	unsigned int tries = 0;
	struct rnd_state rnd;
	u32 n = 0;

	prandom_seed_state(&rnd, get_random_u64());
	while (n < max && tries < TRIES && anything_left(s)) {
		unsigned int end = tries + TRIES_AT_ONCE;

		rcu_read_lock();
		map = rcu_dereference(vm->map);
		for (; map && map->pages && n < max && tries < end; tries++) {
			u64 nth = (u64)prandom_u32_state(&rnd) << 32 | prandom_u32_state(&rnd);
			u8 level;

			gfns[n] = nth_gfn(map, mul_u64_u64_shr(nth, map->pages, 64));
			level = level_of(map, gfns[n]);
			if (!s->left[level])
				continue;
			s->left[level]--;
			levels[n++] = level;
		}
		rcu_read_unlock();
		if (!map || !map->pages)
			break;
		cond_resched();
	}
	if (n < max)
		memset(s, 0, sizeof(*s));
	return n;
}
