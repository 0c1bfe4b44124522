// SPDX-License-Identifier: GPL-2.0-only
/* Taking memory from VMs. */

#include "policy/sched_reclaim.h"

u64 ballast_sched_over(const struct ballast_sched_decision *d)
{
	return ballast_less(d->view.resident, d->flush_pages + d->due.entitled_pages);
}

/**
 * struct reach - how far taking goes
 * @depth:    COLD or deeper; less: nothing is taken
 * @age:      at depth COLD: memory that was idle for 2^age seconds or longer
 * @cache_age: page cache
 * @least_age: @age is never less
 * @balloons: balloons may grow
 */
struct reach {
	u32 depth;
	u32 age;
	u32 cache_age;
	u32 least_age;
	bool balloons;
};

/* Of a VM's cold memory, what was idle so long. */
static u64 idle_part(const struct ballast_sched_view *v, u64 pages, u32 age)
{
	if (age >= BALLAST_NR_AGES || !v->cold)
		return 0;
	return ballast_scale(pages, v->idle[age], v->cold);
}

static u64 cache_within(const struct ballast_sched_decision *d, const struct reach *r)
{
	if (r->depth > BALLAST_DEPTH_COLD)
		return d->view.cold_cache;
	if (d->memory.cache_ms)
		return 0;
	return r->cache_age ? idle_part(&d->view, d->view.clean, r->cache_age) :
			      d->view.cold_cache;
}

/*
 * What a balloon can free. A balloon gets any of the guest's pages, so it has to hold
 * those back that the host has nothing behind, before it is sure to get others; the
 * headroom is left to the guest.
 */
static u64 balloon_can(const struct ballast_sched_decision *d, const struct reach *r)
{
	const struct ballast_sched_view *v = &d->view;
	u64 held = v->balloon + v->unbacked + d->flush_pages;
	u64 free = v->filling ? 0 : v->backed_free - d->flush_pages;
	u64 spare = ballast_less(free + cache_within(d, r), v->headroom);

	if (!r->balloons || !v->inflatable)
		return 0;
	return min_t(u64, spare, ballast_less(v->size - v->low, held));
}

/* What is not a balloon's. At depth COLD the cache that it may take is left out anyway. */
static u64 swap_can(const struct ballast_sched_decision *d, const struct reach *r)
{
	u64 pages = d->view.swappable[r->depth];

	if (r->depth == BALLAST_DEPTH_COLD)
		pages = idle_part(&d->view, pages, r->age);
	else
		pages = ballast_less(pages, balloon_can(d, r));
	return min_t(u64, pages, d->swap_room);
}

static u64 can_give(const struct ballast_sched_decision *d, const struct reach *r)
{
	if (r->depth < BALLAST_DEPTH_COLD)
		return 0;
	return min_t(u64, balloon_can(d, r) + swap_can(d, r), ballast_sched_over(d));
}

static u64 all_can_give(const struct ballast_sched_decision *d, u32 nr, const struct reach *r)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		sum += can_give(&d[i], r);
	return sum;
}

/* In proportion, rounded up as long as anything of the need is left. */
static u64 part_of_need(u64 can, u64 need, u64 all, u64 done)
{
	u64 part = need < all ? ballast_scale(can, need, all) + 1 : can;

	part = min_t(u64, part, can);
	return min_t(u64, part, ballast_less(min_t(u64, need, all), done));
}

/* What a VM can return; early, what it frees and uses again all the time should stay. */
static u64 returnable(const struct ballast_sched_decision *d, bool early)
{
	u64 pages = ballast_sched_returnable(d);

	return early && pages < ballast_sched_early(d->view.size) ? 0 : pages;
}

static u64 flush(const struct ballast_sched_reclaim *how, struct ballast_sched_decision *d,
		 u32 nr, u64 need, bool early)
{
	u64 all = 0, sum = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		d[i].flush_deep = how->deep;
		all += returnable(&d[i], early);
	}
	for (i = 0; i < nr && all; i++) {
		u64 backed = d[i].view.backed_free;

		d[i].flush_pages = part_of_need(returnable(&d[i], early), need, all, sum);
		sum += d[i].flush_pages;
		if (d[i].flush_pages)
			ballast_sched_note(&d[i], BALLAST_WHY_FLUSH, backed, d[i].flush_pages, 0);
	}
	return sum;
}

/*
 * A guest that has freed very much at once may disagree with the host's samples, which
 * is when its free memory is worth most. To be asked for it costs a guest nothing, and what
 * it returns is its own, whatever it says.
 */
static void ask(struct ballast_sched_decision *d, u32 nr, u64 missing)
{
	u32 i;

	for (i = 0; i < nr && missing; i++) {
		d[i].ask_free = d[i].view.askable;
		if (d[i].ask_free)
			ballast_sched_note(&d[i], BALLAST_WHY_ASK, d[i].view.resident, missing, 0);
	}
}

/**
 * struct offer - what a VM can give, and should
 * @over:    above its due
 * @balloon: by its balloon
 * @swap:    by the host's swap
 * @take:    of both
 */
struct offer {
	u64 over;
	u64 balloon;
	u64 swap;
	u64 take;
};

static void explain(struct ballast_sched_decision *d, const struct offer *o,
		    const struct reach *r)
{
	ballast_sched_note(d, BALLAST_WHY_OVER, d->view.resident, d->due.entitled_pages, o->take);
	if (o->take && r->depth == BALLAST_DEPTH_COLD && r->age > 1 && r->age < BALLAST_NR_AGES)
		ballast_sched_note(d, BALLAST_WHY_IDLE, 1ull << r->age, 1ull << r->cache_age, 0);
	if (d->due.entitled_pages <= d->view.min)
		ballast_sched_note(d, BALLAST_WHY_AT_MIN, d->view.min, d->view.resident, 0);
	if (d->balloon_take_pages)
		ballast_sched_note(d, BALLAST_WHY_BALLOON, o->balloon, d->balloon_take_pages,
				   d->view.cold_cache);
	if (d->swap_pages)
		ballast_sched_note(d, BALLAST_WHY_SWAP, o->swap, d->swap_pages, r->depth);
	if (o->take < o->over && o->take == o->balloon + o->swap)
		ballast_sched_note(d, BALLAST_WHY_NOT_ENOUGH, o->over, o->take, 0);
}

static void take_from(struct ballast_sched_decision *d, u64 take, const struct reach *r)
{
	const struct offer o = {
		.over = ballast_sched_over(d),
		.balloon = balloon_can(d, r),
		.swap = swap_can(d, r),
		.take = take,
	};

	d->balloon_take_pages = min_t(u64, take, o.balloon);
	d->swap_pages = take - d->balloon_take_pages;
	if (d->swap_pages)
		d->swap_depth = r->depth;
	if (o.over)
		explain(d, &o, r);
}

/*
 * The next step, after what was idle longest. Return: false, there is none. Page cache is
 * dropped without a write, and comes back in larger pieces: half as long is enough; but where
 * there is no hurry, what will be wanted again is all that matters.
 */
static bool reach_further(struct reach *r, u32 depth)
{
	if (r->age > r->least_age) {
		r->age--;
		r->cache_age = r->least_age || !r->age ? r->age : r->age - 1;
		return true;
	}
	if (r->depth >= depth)
		return false;
	r->depth++;
	return true;
}

/**
 * struct split - a need that is divided among VMs
 * @whole:  all that these steps give is taken
 * @last:   of what this one adds, a part
 * @need:   so much of it
 * @all:    it adds
 * @done:   of @need, given out so far
 */
struct split {
	struct reach whole;
	struct reach last;
	u64 need;
	u64 all;
	u64 done;
};

/* Which step is enough. */
static struct split find_split(const struct ballast_sched_decision *d, u32 nr, u64 need, u32 depth,
			       struct reach r)
{
	struct reach whole = { .depth = BALLAST_DEPTH_FREE };
	u64 before = 0, all = all_can_give(d, nr, &r);

	while (all < need) {
		whole = r;
		before = all;
		if (!reach_further(&r, depth))
			break;
		all = all_can_give(d, nr, &r);
	}
	return (struct split) {
		.whole = whole, .last = r, .need = need - before,
		.all = ballast_less(all, before),
	};
}

static u64 part_of_split(struct split *s, const struct ballast_sched_decision *d)
{
	u64 first = can_give(d, &s->whole);
	u64 more = ballast_less(can_give(d, &s->last), first);
	u64 part = part_of_need(more, s->need, s->all, s->done);

	s->done += part;
	return first + part;
}

/*
 * Where swap has less room than all might fill, it is for what was idle longest, too. What a
 * balloon takes in the end leaves its part of it unused.
 */
static void share_swap(struct ballast_sched_decision *d, u32 nr, u64 room, u32 depth,
		       struct reach r)
{
	struct split s;
	u64 all = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		d[i].swap_room = ~0ull;
		all += d[i].view.swappable[depth];
	}
	if (all <= room)
		return;
	r.balloons = false;
	s = find_split(d, nr, room, depth, r);
	for (i = 0; i < nr; i++) {
		u64 pages = part_of_split(&s, &d[i]), might = d[i].view.swappable[depth];

		d[i].swap_room = pages;
		if (might)
			ballast_sched_note(&d[i], BALLAST_WHY_SWAP_FULL, might, pages, 0);
	}
}

static void take(const struct ballast_sched_reclaim *how, struct ballast_sched_decision *d,
		 u32 nr, u64 need, u32 depth, struct reach r, struct ballast_sched_summary *sum)
{
	struct split s;
	u32 i;

	share_swap(d, nr, how->swap_room, depth, r);
	s = find_split(d, nr, need, depth, r);
	for (i = 0; i < nr; i++) {
		take_from(&d[i], part_of_split(&s, &d[i]), &s.last);
		sum->balloon_pages += d[i].balloon_take_pages;
		sum->swap_pages += d[i].swap_pages;
	}
	sum->depth = s.last.depth;
	if (sum->depth == BALLAST_DEPTH_COLD && !sum->swap_pages)
		sum->depth = BALLAST_DEPTH_CACHE;
}

/* In time, and no deeper than what nobody has in use. */
static void make_ready(const struct ballast_sched_reclaim *how, struct ballast_sched_decision *d,
		       u32 nr, struct ballast_sched_summary *sum)
{
	const struct reach begin = {
		.depth = BALLAST_DEPTH_COLD, .age = BALLAST_NR_AGES, .cache_age = BALLAST_NR_AGES,
		.least_age = max_t(u32, how->ready_age, 1), .balloons = how->balloons,
	};
	u64 need = ballast_less(how->ready_pages, sum->flush_pages), taken;
	u32 i;

	if (!need)
		return;
	take(how, d, nr, need, BALLAST_DEPTH_COLD, begin, sum);
	taken = sum->balloon_pages + sum->swap_pages;
	if (!taken)
		sum->depth = BALLAST_DEPTH_NONE;
	for (i = 0; i < nr; i++)
		if (d[i].balloon_take_pages + d[i].swap_pages)
			ballast_sched_note(&d[i], BALLAST_WHY_READY, sum->free_pages,
					   sum->ready_pages, taken);
}

void ballast_sched_take(const struct ballast_sched_reclaim *how,
			struct ballast_sched_decision *d, u32 nr,
			struct ballast_sched_summary *sum)
{
	const struct reach begin = {
		.depth = BALLAST_DEPTH_COLD, .age = BALLAST_NR_AGES, .cache_age = BALLAST_NR_AGES,
		.balloons = how->balloons,
	};
	u64 need, want = max_t(u64, how->flush_pages, how->take_pages);

	sum->depth = BALLAST_DEPTH_NONE;
	if (!want || how->depth == BALLAST_DEPTH_NONE) {
		sum->flush_pages = flush(how, d, nr, how->early_pages, true);
		sum->short_pages = want;
		make_ready(how, d, nr, sum);
		return;
	}
	sum->depth = BALLAST_DEPTH_FREE;
	sum->flush_pages = flush(how, d, nr, max_t(u64, want, how->early_pages), false);
	need = ballast_less(how->take_pages, sum->flush_pages);
	sum->short_pages = ballast_less(want, sum->flush_pages);
	ask(d, nr, sum->short_pages);
	if (!need)
		return;
	take(how, d, nr, need, how->depth, begin, sum);
	sum->short_pages = ballast_less(sum->short_pages, sum->balloon_pages + sum->swap_pages);
}
