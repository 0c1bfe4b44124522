// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's figures, made consistent. Those of the guest are its word: after this file
 * none of them is larger than the VM, and no sum of them overflows.
 */

#include "policy/sched_view.h"

/* Of all that VMs have: so much must have been idle, to tell by that who uses less. */
#define IDLE_PART	16
/* Decisions rest on the totals of these. */
#define USED_CLASSES	(1u << BALLAST_CLASS_FREE | 1u << BALLAST_CLASS_FILE_ACTIVE | \
			 1u << BALLAST_CLASS_FILE_INACTIVE)

static u64 pages_of(u64 pages)
{
	return min_t(u64, pages, BALLAST_PAGES_MAX);
}

void ballast_sched_note(struct ballast_sched_decision *d, enum ballast_sched_why why, u64 a,
			u64 b, u64 c)
{
	u32 i;

	for (i = 0; i < d->nr_reasons && d->reasons[i].why != why; i++)
		;
	if (i == BALLAST_SCHED_REASONS)
		return;
	d->nr_reasons = max_t(u32, d->nr_reasons, i + 1);
	d->reasons[i] = (struct ballast_sched_reason) { .why = why, .value = { a, b, c } };
}

static u64 class_sum(const struct ballast_sched_vm *vm)
{
	unsigned int cls;
	u64 sum = 0;

	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		sum += pages_of(vm->class_pages[cls]);
	return sum;
}

/* A guest's kernel does not count what it has taken before it counts. */
static bool sum_fits(u64 sum, u64 size)
{
	return sum <= size + size / 16 && sum >= size / 2;
}

/* Cells of a level are shares of its pages, with a page for each class to round. */
static bool cells_fit(const struct ballast_sched_vm *vm)
{
	unsigned int level, cls;

	for (level = 0; level < BALLAST_NR_LEVELS; level++) {
		u64 sum = 0;

		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
			sum += pages_of(vm->cell_pages[level][cls]);
		if (sum > pages_of(vm->level_pages[level]) + BALLAST_NR_CLASSES)
			return false;
	}
	return true;
}

static bool is_trusted(const struct ballast_sched_config *config,
		       const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	u64 sum = class_sum(vm);

	if (!vm->speaks || vm->data_age_ms > config->data_max_age_ms) {
		ballast_sched_note(d, BALLAST_WHY_SILENT, vm->data_age_ms, 0, 0);
		return false;
	}
	if (!(vm->disagree & USED_CLASSES) && sum_fits(sum, d->view.size) && cells_fit(vm))
		return true;
	ballast_sched_note(d, BALLAST_WHY_UNTRUSTED, vm->disagree, sum, d->view.size);
	return false;
}

/*
 * What the host knows by itself, and what the operator has said. What is in the balloon is
 * the guest's word: pages that the host has of it, in memory or in swap, are not.
 */
static void look_at_size(struct ballast_sched_view *v, const struct ballast_sched_vm *vm)
{
	v->size = pages_of(vm->size_pages);
	v->target = min_t(u64, vm->balloon_target_pages, v->size);
	v->resident = min_t(u64, vm->resident_pages, v->size);
	v->swapped = min_t(u64, vm->swapped_pages, v->size - v->resident);
	v->balloon = min_t(u64, vm->balloon_pages, v->size - v->resident - v->swapped);
	v->unbacked = v->size - v->balloon - v->resident - v->swapped;
	v->max = vm->max_pages ? min_t(u64, vm->max_pages, v->size) : v->size;
	v->min = min_t(u64, vm->min_pages, v->max);
	v->low = max_t(u64, v->min, min_t(u64, vm->floor_pages, v->size));
}

static u64 clean_cache(const struct ballast_sched_vm *vm, unsigned int level)
{
	return pages_of(vm->cell_pages[level][BALLAST_CLASS_FILE_ACTIVE]) +
	       pages_of(vm->cell_pages[level][BALLAST_CLASS_FILE_INACTIVE]);
}

/*
 * Hot page cache is as good as anonymous memory, whatever list it is on: only what
 * the host sees cold or cool counts, and no more than the guest says there is.
 */
static void look_at_classes(struct ballast_sched_view *v, const struct ballast_sched_vm *vm)
{
	u64 cache = pages_of(vm->class_pages[BALLAST_CLASS_FILE_ACTIVE]) +
		    pages_of(vm->class_pages[BALLAST_CLASS_FILE_INACTIVE]);
	u64 then = min_t(u64, vm->class_balloon_pages, v->size);
	u64 moved = ballast_less(v->balloon, then), free;

	/* Since it was counted, the balloon has given free pages, or taken them first. */
	free = pages_of(vm->class_pages[BALLAST_CLASS_FREE]) + ballast_less(then, v->balloon);
	v->free = min_t(u64, ballast_less(free, moved), v->size - v->balloon);
	v->backed_free = min_t(u64, ballast_less(v->free, v->unbacked), v->resident);
	if (vm->has_balloon && !vm->no_flush) {
		if (!v->filling)
			v->returnable = ballast_less(v->backed_free, vm->stuck_pages);
		v->small = vm->stuck_deep ? 0 : v->backed_free - v->returnable;
	}
	cache = min_t(u64, cache, clean_cache(vm, BALLAST_COLD) + clean_cache(vm, BALLAST_COOL));
	cache = ballast_less(cache, ballast_less(moved, free));
	v->cold_cache = min_t(u64, cache, v->resident - v->backed_free);
	v->available = v->free + v->cold_cache;
}

/* Pages of a level that somebody uses; all of it, if nobody says. */
static u64 used_pages(const struct ballast_sched_view *v, const struct ballast_sched_vm *vm,
		      unsigned int level)
{
	u64 pages = min_t(u64, vm->level_pages[level], v->size);

	if (!v->trusted)
		return pages;
	pages = ballast_less(pages, vm->cell_pages[level][BALLAST_CLASS_FREE]);
	return ballast_less(pages, vm->cell_pages[level][BALLAST_CLASS_BALLOON]);
}

/*
 * Pages that have an age and were idle for 2^@from seconds and longer, as far as they are
 * among @there. What is not there any more went because it was idle longest, so the youngest
 * are there.
 */
static u64 aged_pages(const struct ballast_sched_vm *vm, u64 there, u32 from)
{
	u64 all = 0, younger = 0;
	u32 age;

	for (age = 0; age < BALLAST_NR_AGES; age++) {
		all += pages_of(vm->age_pages[age]);
		younger += age < from ? pages_of(vm->age_pages[age]) : 0;
	}
	return ballast_less(min_t(u64, all, there), younger);
}

/* What nobody knows the age of is young. */
static void look_at_ages(struct ballast_sched_view *v, const struct ballast_sched_vm *vm)
{
	u32 age;

	v->idle[0] = v->cold;
	for (age = 1; age < BALLAST_NR_AGES; age++)
		v->idle[age] = aged_pages(vm, v->cold, age);
}

/*
 * Levels cover all of the guest's memory, in the host's or not, and what is not there
 * any more looks cold. So what is hotter is taken off what is there.
 */
static void look_at_levels(struct ballast_sched_view *v, const struct ballast_sched_vm *vm)
{
	u64 busy = used_pages(v, vm, BALLAST_HOT) + used_pages(v, vm, BALLAST_WARM);
	u64 cool = used_pages(v, vm, BALLAST_COOL), cold = used_pages(v, vm, BALLAST_COLD);
	u64 used = v->resident - v->backed_free, kept = v->backed_free;

	v->cold = min_t(u64, cold, ballast_less(used, busy + cool));
	/* It costs no write if the guest drops it. */
	if (v->inflatable)
		v->clean = min_t(u64, v->cold_cache, clean_cache(vm, BALLAST_COLD));
	v->clean = min_t(u64, v->clean, v->cold);
	look_at_ages(v, vm);
	if (vm->no_swap)
		return;
	v->swappable[BALLAST_DEPTH_COLD] = v->cold - v->clean;
	v->swappable[BALLAST_DEPTH_COOL] = v->swappable[BALLAST_DEPTH_COLD];
	v->swappable[BALLAST_DEPTH_ALL] = v->swappable[BALLAST_DEPTH_COLD];
	if (!v->trusted)
		return;
	v->swappable[BALLAST_DEPTH_COOL] = min_t(u64, cold + cool, ballast_less(used, busy));
	/*
	 * What is said to be free and is not returned, or cannot be, is as good as used, before
	 * the host fails.
	 */
	if (vm->has_balloon && !vm->no_flush)
		kept = min_t(u64, vm->stuck_pages, kept);
	v->swappable[BALLAST_DEPTH_ALL] = used + kept;
}

static void look_at_balloon(const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	struct ballast_sched_view *v = &d->view;

	v->inflatable = v->trusted && vm->has_balloon && !vm->let_go && !vm->stalled;
	v->filling = vm->filling;
	v->askable = !v->trusted && vm->has_balloon && !vm->no_flush && v->resident;
	if (vm->let_go)
		ballast_sched_note(d, BALLAST_WHY_HOLD_OFF, v->balloon, 0, 0);
	else if (vm->stalled)
		ballast_sched_note(d, BALLAST_WHY_STALLED, v->target, v->balloon, 0);
}

/*
 * Refaults are the host's own measure that what it took was not idle. Calls come when they
 * come: what is counted and forgotten goes by the clock.
 */
static void look_at_refaults(const struct ballast_sched_config *config, u32 elapsed_ms,
			     const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	u64 bound = ballast_part_bp(d->view.size, config->refault_bp);
	u64 refaults = min_t(u64, vm->refaults_per_s, d->view.size);
	struct ballast_sched_memory *m = &d->memory;
	u64 steps;

	m->raise_pages = min_t(u64, vm->memory.raise_pages, d->view.size);
	m->backoff = min_t(u32, vm->memory.backoff, config->backoff_max);
	steps = min_t(u64, vm->memory.step_ms, config->step_ms) + elapsed_ms;
	m->step_ms = (u32)(steps % config->step_ms);
	steps /= config->step_ms;
	if (refaults > bound) {
		u64 raise = min_t(u64, refaults * config->horizon_s, d->view.size);

		m->raise_pages = max_t(u64, m->raise_pages, raise);
		m->backoff = min_t(u32, m->backoff + (steps != 0), config->backoff_max);
		ballast_sched_note(d, BALLAST_WHY_REFAULTS, refaults, bound, m->raise_pages);
	} else if (refaults <= bound / 2) {
		m->backoff -= (u32)min_t(u64, m->backoff, steps);
		for (; steps && m->raise_pages; steps--)
			m->raise_pages -= m->raise_pages / 8 + 1;
	}
}

/* What looks cold is what was not used lately: a guest that uses it in turns reads it again. */
static void look_at_cache(const struct ballast_sched_config *config, u32 elapsed_ms,
			  const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	u64 bound = ballast_part_bp(d->view.size, config->refault_bp);
	struct ballast_sched_memory *m = &d->memory;

	m->cache_ms = min_t(u32, vm->memory.cache_ms, config->cache_ms);
	if (d->view.trusted && d->view.balloon && vm->guest_swapins_per_s > bound)
		m->cache_ms = config->cache_ms;
	else
		m->cache_ms -= min_t(u32, m->cache_ms, elapsed_ms);
	if (m->cache_ms && d->view.cold_cache)
		ballast_sched_note(d, BALLAST_WHY_CACHE_KEPT, d->view.cold_cache,
				   m->cache_ms / 1000, 0);
}

/*
 * Where next to nothing was idle for as long as that, as when VMs have just been attached or
 * all of them are busy, who has not used memory for half as long is who can do without it.
 * The host's own figures: no guest says what others have in use.
 */
static u32 in_use_age(const struct ballast_sched_config *config,
		      const struct ballast_sched_vm *vms, const struct ballast_sched_decision *d,
		      u32 nr)
{
	u32 age = min_t(u32, config->in_use_age, BALLAST_NR_AGES - 1), i;
	u64 all = 0, idle;

	for (i = 0; i < nr; i++)
		all += d[i].view.resident;
	for (; age; age--) {
		for (idle = 0, i = 0; i < nr; i++)
			idle += aged_pages(&vms[i], d[i].view.resident, age);
		if (idle >= all / IDLE_PART)
			break;
	}
	return age;
}

/*
 * The passes in which hot and warm are told from the rest are over in seconds. What a guest
 * comes back to each half minute is in use as well.
 */
static u64 touched_pages(const struct ballast_sched_vm *vm, const struct ballast_sched_view *v,
			 u32 age)
{
	u64 touched = min_t(u64, vm->working_set_pages, v->size);

	if (!aged_pages(vm, v->resident, 0))
		return touched;
	return max_t(u64, touched, v->resident - v->backed_free - v->idle[age]);
}

/*
 * The working set is what was touched lately, however rarely. A curve tells what of it would
 * be missed; what was touched while its tracing paused it has not seen.
 */
static u64 active_pages(const struct ballast_sched_vm *vm, struct ballast_sched_decision *d,
			u32 age)
{
	u64 touched = touched_pages(vm, &d->view, age);
	u64 worth = min_t(u64, vm->curve_pages, d->view.size);

	if (!worth || (vm->curve_paused && worth < touched))
		return touched;
	ballast_sched_note(d, BALLAST_WHY_CURVE, worth, vm->curve_misses_per_s, touched);
	return worth;
}

u32 ballast_sched_use(const struct ballast_sched_config *config,
		      const struct ballast_sched_vm *vms, struct ballast_sched_decision *d, u32 nr)
{
	u32 age = in_use_age(config, vms, d, nr), i;

	for (i = 0; i < nr; i++)
		d[i].due.active_pages = active_pages(&vms[i], &d[i], age) +
					d[i].memory.raise_pages;
	return age;
}

void ballast_sched_look(const struct ballast_sched_config *config, u32 elapsed_ms,
			const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	struct ballast_sched_view *v = &d->view;

	memset(d, 0, sizeof(*d));
	look_at_size(v, vm);
	v->headroom = ballast_part_bp(v->size, config->headroom_bp);
	v->trusted = is_trusted(config, vm, d);
	look_at_balloon(vm, d);
	if (v->trusted)
		look_at_classes(v, vm);
	look_at_levels(v, vm);
	look_at_refaults(config, elapsed_ms, vm, d);
	look_at_cache(config, elapsed_ms, vm, d);
	d->due = (struct ballast_entitle) {
		.min_pages = v->min,
		.max_pages = v->max,
		.shares = vm->shares,
	};
}
