// SPDX-License-Identifier: GPL-2.0-only
/* Balloon targets. */

#include "policy/sched_balloon.h"

/* What the operator's maximum holds back in any case. */
static u64 least_target(const struct ballast_sched_view *v)
{
	return v->size - max_t(u64, v->max, v->low);
}

/* --- one VM --------------------------------------------------------------------------- */

/* More in the balloon: what is taken, and before it what the host has nothing behind. */
static u64 grown_target(const struct ballast_sched_decision *d)
{
	const struct ballast_sched_view *v = &d->view;

	if (!d->balloon_take_pages)
		return v->target;
	return v->balloon + v->unbacked + d->flush_pages + d->balloon_take_pages;
}

/* A guest in need gets it in one step, and what was on its way to the host stops. */
static u64 needed_target(const struct ballast_sched_decision *d, u64 target)
{
	u64 back = d->given_pages + d->lent_pages;

	return back ? min_t(u64, target, d->view.balloon - back) : target;
}

/* A balloon in HARD and LOW grows no further. */
static u64 stopped_target(const struct ballast_sched_summary *sum,
			  struct ballast_sched_decision *d, u64 target)
{
	const struct ballast_sched_view *v = &d->view;

	if (sum->state < BALLAST_HOST_HARD || target <= v->balloon)
		return target;
	ballast_sched_note(d, BALLAST_WHY_BALLOON_STOPS, v->target, v->balloon, 0);
	return v->balloon;
}

/* The operator's maximum and minimum, the guest's floor; and a guest that has let go. */
static u64 limited_target(const struct ballast_sched_summary *sum,
			  const struct ballast_sched_vm *vm, struct ballast_sched_decision *d,
			  u64 target)
{
	const struct ballast_sched_view *v = &d->view;
	u64 most = v->size - v->low, least = least_target(v);

	if (sum->state < BALLAST_HOST_HARD && vm->has_balloon && target < least) {
		ballast_sched_note(d, BALLAST_WHY_MAX, v->max, v->size, 0);
		target = least;
	}
	if (vm->let_go)
		target = min_t(u64, target, v->balloon);
	if (target > most) {
		ballast_sched_note(d, BALLAST_WHY_AT_FLOOR, v->low, most, 0);
		target = most;
	}
	return target;
}

/*
 * A balloon on its way goes on, and what hardly changes stays; but what must not be there
 * goes at once, and a balloon at rest grows by the least amount that is needed.
 */
static bool is_urgent(const struct ballast_sched_summary *sum, const struct ballast_sched_vm *vm,
		      const struct ballast_sched_decision *d)
{
	const struct ballast_sched_view *v = &d->view;
	bool growth_stops = vm->let_go || sum->state >= BALLAST_HOST_HARD;

	return d->given_pages + d->lent_pages || v->target > v->size - v->low ||
	       (growth_stops && v->target > v->balloon) ||
	       (d->balloon_take_pages && v->target <= v->balloon);
}

static u64 steady_target(const struct ballast_sched_config *config,
			 const struct ballast_sched_summary *sum,
			 const struct ballast_sched_vm *vm, struct ballast_sched_decision *d,
			 u64 target)
{
	const struct ballast_sched_view *v = &d->view;
	u64 band = ballast_part_bp(v->size, config->dead_band_bp);
	u64 change = max_t(u64, target, v->target) - min_t(u64, target, v->target);

	if (!change || change >= band || !target || is_urgent(sum, vm, d))
		return target;
	ballast_sched_note(d, BALLAST_WHY_DEAD_BAND, target, v->target, band);
	return v->target;
}

void ballast_sched_target(const struct ballast_sched_config *config,
			  const struct ballast_sched_summary *sum,
			  const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	u64 target = grown_target(d);

	target = needed_target(d, target);
	target = stopped_target(sum, d, target);
	target = limited_target(sum, vm, d, target);
	target = steady_target(config, sum, vm, d, target);
	d->balloon_target_pages = target;
	/* What its maximum takes it must not have as page cache either. */
	d->balloon_cache = d->balloon_take_pages || (target && target <= least_target(&d->view));
}

/* --- giving back ---------------------------------------------------------------------- */

/*
 * Of what a balloon holds back. Little is not worth a change of the target, unless then
 * nothing is held back any more.
 */
static u64 give_some(const struct ballast_sched_config *config, struct ballast_sched_decision *d,
		     u64 pages, u64 free, u64 mark)
{
	const struct ballast_sched_view *v = &d->view;
	u64 held = ballast_less(d->balloon_target_pages, least_target(v));

	pages = min_t(u64, pages, held);
	if (!pages || (pages < held && pages < ballast_part_bp(v->size, config->dead_band_bp)))
		return 0;
	d->balloon_target_pages -= pages;
	ballast_sched_note(d, BALLAST_WHY_PLENTY, free, mark, v->target);
	return pages;
}

/* What a balloon holds back of a VM's due; a VM that gives is not given. */
static u64 held_of_due(const struct ballast_sched_decision *d)
{
	u64 due = d->view.size - min_t(u64, d->due.entitled_pages, d->view.size);

	if (d->balloon_take_pages)
		return 0;
	return ballast_less(d->balloon_target_pages, max_t(u64, due, least_target(&d->view)));
}

/*
 * All are given what they are due, as far as it is free above what is kept ready: if they
 * use it, nothing has to be taken from anybody.
 */
static u64 give_due_back(const struct ballast_sched_config *config,
			 const struct ballast_sched_summary *sum,
			 struct ballast_sched_decision *d, u32 nr, u64 spare)
{
	u64 all = 0, given = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		all += held_of_due(&d[i]);
	for (i = 0; i < nr && all; i++) {
		u64 part = held_of_due(&d[i]);

		if (spare < all)
			part = ballast_scale(part, spare, all);
		given += give_some(config, &d[i], part, sum->free_pages, sum->ready_pages);
	}
	return given;
}

static u64 shares_of(const struct ballast_sched_decision *d)
{
	if (d->balloon_take_pages || d->balloon_target_pages <= least_target(&d->view))
		return 0;
	return clamp_t(u32, d->due.shares, 1, BALLAST_ENTITLE_SHARES_MAX);
}

/*
 * Above the mark of HIGH nobody is short of anything: balloons go, even where all VMs
 * together could not have that much. If they use it after all, free memory falls below
 * the mark, and this ends long before anything has to be taken.
 */
static void give_plenty(const struct ballast_sched_config *config,
			const struct ballast_sched_summary *sum,
			struct ballast_sched_decision *d, u32 nr, u64 plenty)
{
	u64 mark = sum->marks.mark_pages[BALLAST_HOST_HIGH], shares = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		shares += shares_of(&d[i]);
	for (i = 0; i < nr && shares; i++)
		give_some(config, &d[i], ballast_scale(plenty, shares_of(&d[i]), shares),
			  sum->free_pages, mark);
}

void ballast_sched_give_back(const struct ballast_sched_config *config,
			     const struct ballast_sched_summary *sum,
			     struct ballast_sched_decision *d, u32 nr)
{
	u64 mark = sum->marks.mark_pages[BALLAST_HOST_HIGH], spare, given = sum->given_pages;
	u32 i;

	for (i = 0; i < nr; i++)
		given += d[i].lent_pages;
	spare = ballast_less(sum->free_pages, sum->ready_pages + given);
	given += give_due_back(config, sum, d, nr, spare);
	give_plenty(config, sum, d, nr, ballast_less(sum->free_pages, mark + given));
}
