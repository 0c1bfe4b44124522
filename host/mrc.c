// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve of a VM: on and off, and what is told. The header explains it. */

#include <linux/mm.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "mrc_traps.h"

static_assert(BALLAST_CURVE_POINTS == BALLAST_MRC_POINTS);

const struct ballast_mrc_knobs ballast_mrc_knob_defaults = {
	.samples = BALLAST_MRC_ENTRIES,
	.tick_ms = 250,
	.budget_bp = 50,
	.tracer = BALLAST_TRACER_AUTO,
	.window_ms = 1000,
	.trap_rate = 1000,
};

bool ballast_mrc_knobs_valid(const struct ballast_mrc_knobs *knobs)
{
	return knobs->enabled <= 1 && knobs->samples >= BALLAST_MRC_SAMPLES_MIN &&
	       knobs->samples <= BALLAST_MRC_ENTRIES_MAX &&
	       knobs->tick_ms >= BALLAST_MRC_TICK_MS_MIN &&
	       knobs->tick_ms <= BALLAST_MRC_TICK_MS_MAX &&
	       knobs->budget_bp >= 1 && knobs->budget_bp <= BALLAST_RATE_BUDGET_MAX &&
	       knobs->tracer < BALLAST_NR_TRACERS && knobs->trap_huge <= 1 &&
	       knobs->window_ms <= BALLAST_MRC_WINDOW_MS_MAX &&
	       knobs->trap_rate >= 1 && knobs->trap_rate <= BALLAST_MRC_TRAP_RATE_MAX;
}

/* --- on and off ------------------------------------------------------------------------------ */

/* The scanner's thread is to look when the next tick is due. */
void ballast_mrc_wake(struct ballast_vm *vm)
{
	WRITE_ONCE(vm->mrc_wake, true);
	wake_up(&vm->wake);
}

/* Units and entries lie behind it; in whole pages, as kmalloc() would round much more. */
static size_t run_bytes(u32 max)
{
	return PAGE_ALIGN(sizeof(struct ballast_mrc_run) +
			  max * (sizeof(struct ballast_mrc_unit) +
				 sizeof(struct ballast_mrc_entry)));
}

static struct ballast_mrc_run *alloc_run(u32 samples)
{
	/* Some room for what is hot-plugged, and for edges of slots. */
	u32 max = min_t(u32, samples + samples / 16 + 64, BALLAST_MRC_ENTRIES_MAX);
	struct ballast_mrc_run *m = __vmalloc(run_bytes(max), GFP_KERNEL_ACCOUNT | __GFP_ZERO);

	if (!m)
		return NULL;
	m->max = max;
	m->units = (struct ballast_mrc_unit *)(m + 1);
	m->entries = (struct ballast_mrc_entry *)(m->units + max);
	spin_lock_init(&m->lock);
	return m;
}

static void set_tracer(struct ballast_mrc_run *m, const struct ballast_tracer *tracer)
{
	WRITE_ONCE(m->tracer.now, tracer->now);
	WRITE_ONCE(m->tracer.why, tracer->why);
	m->tracer.votes = tracer->votes;
}

/* The tracer is another one from now on; bits where there can be no traps. */
void ballast_mrc_use_tracer(struct ballast_vm *vm, struct ballast_mrc_run *m,
			    struct ballast_tracer tracer)
{
	if (tracer.now == BALLAST_TRACER_BITS)
		ballast_mrc_traps_stop(vm, m);
	else if (!m->traps && ballast_mrc_traps_start(vm, m))
		ballast_tracer_cannot(&tracer);
	set_tracer(m, &tracer);
}

/*
 * As the knobs have it, from the beginning. Return: 0, or why there are none of the traps
 * that are asked for; then all is as before.
 */
static int begin_tracer(struct ballast_vm *vm, struct ballast_mrc_run *m,
			const struct ballast_mrc_knobs *knobs)
{
	bool trap_huge = m->trap_huge;
	struct ballast_tracer tracer;
	int ret = 0;

	ballast_tracer_init(&tracer, knobs->tracer);
	m->trap_huge = knobs->trap_huge;
	if (tracer.now == BALLAST_TRACER_TRAPS)
		ret = ballast_mrc_traps_start(vm, m);
	if (ret && knobs->tracer == BALLAST_TRACER_TRAPS) {
		m->trap_huge = trap_huge;
		return ret;
	}
	if (ret)
		ballast_tracer_cannot(&tracer);
	if (tracer.now == BALLAST_TRACER_BITS)
		ballast_mrc_traps_stop(vm, m);
	set_tracer(m, &tracer);
	return 0;
}

/* Off, if it was on; under scan_lock. */
void ballast_mrc_stop(struct ballast_vm *vm)
{
	struct ballast_mrc_run *m = ballast_mrc_of(vm);

	if (!m)
		return;
	ballast_mrc_traps_stop(vm, m);
	ballast_mrc_drop_units(vm, m);
	RCU_INIT_POINTER(vm->mrc, NULL);
	synchronize_rcu();
	atomic_long_sub(run_bytes(m->max), &vm->store_bytes);
	vfree(m);
}

/* With all that it needs, and without units. */
static struct ballast_mrc_run *make(struct ballast_vm *vm, const struct ballast_mrc_knobs *knobs)
{
	struct ballast_memmap *map = ballast_vm_map(vm);
	struct ballast_mrc_run *m;
	int ret;

	if (!map || ballast_vm_dying(vm))
		return ERR_PTR(-ENODEV);
	m = alloc_run(knobs->samples);
	if (!m)
		return ERR_PTR(-ENOMEM);
	ballast_mrc_draw(m, map->pages - min(map->pages, vm->map_pages[BALLAST_MAP_1G]),
			 knobs->samples);
	m->interval_ns = (u64)knobs->tick_ms * NSEC_PER_MSEC;
	m->due_ns = ktime_get_ns();
	m->clock_ns = m->due_ns;
	ret = begin_tracer(vm, m, knobs);
	if (!ret)
		return m;
	vfree(m);
	return ERR_PTR(ret);
}

static void start(struct ballast_vm *vm, struct ballast_mrc_run *m)
{
	atomic_long_add(run_bytes(m->max), &vm->store_bytes);
	rcu_assign_pointer(vm->mrc, m);
	ballast_mrc_follow(vm);
	ballast_mrc_wake(vm);
}

/*
 * What may fail. Return: a new run; NULL where there is to be none, or the same one goes on,
 * with another tracer if it is another one; an error, and all is as before.
 */
static struct ballast_mrc_run *prepare(struct ballast_vm *vm, const struct ballast_mrc_knobs *knobs)
{
	const struct ballast_mrc_knobs *before = &vm->mrc_knobs;
	struct ballast_mrc_run *m = ballast_mrc_of(vm);

	if (!knobs->enabled)
		return NULL;
	if (!m || knobs->samples != before->samples)
		return make(vm, knobs);
	if (knobs->tracer == before->tracer && knobs->trap_huge == before->trap_huge)
		return NULL;
	return ERR_PTR(begin_tracer(vm, m, knobs));
}

static void store_knobs(struct ballast_vm *vm, const struct ballast_mrc_knobs *knobs)
{
	WRITE_ONCE(vm->mrc_knobs.samples, knobs->samples);
	WRITE_ONCE(vm->mrc_knobs.tick_ms, knobs->tick_ms);
	WRITE_ONCE(vm->mrc_knobs.budget_bp, knobs->budget_bp);
	WRITE_ONCE(vm->mrc_knobs.tracer, knobs->tracer);
	WRITE_ONCE(vm->mrc_knobs.window_ms, knobs->window_ms);
	WRITE_ONCE(vm->mrc_knobs.trap_rate, knobs->trap_rate);
	WRITE_ONCE(vm->mrc_knobs.trap_huge, knobs->trap_huge);
}

/**
 * ballast_mrc_set() - turn the knobs
 * @vm:    under scan_lock
 * @knobs: all of them
 *
 * Another number of samples begins anew. Return: 0; or nothing has changed: -EINVAL;
 * -ENODEV; -EOPNOTSUPP, there can be no traps; -ENOMEM.
 */
int ballast_mrc_set(struct ballast_vm *vm, const struct ballast_mrc_knobs *knobs)
{
	struct ballast_mrc_run *new;

	lockdep_assert_held(&vm->scan_lock);
	if (!ballast_mrc_knobs_valid(knobs))
		return -EINVAL;
	if (knobs->tracer == BALLAST_TRACER_TRAPS && !ballast_trap_possible(vm->kvm)) {
		pr_warn_ratelimited("ballast: vm %s: no access traps: its page faults do not tell guest addresses, as its page tables are shadowed (no EPT or NPT)\n",
				    vm->name);
		return -EOPNOTSUPP;
	}
	new = prepare(vm, knobs);
	if (IS_ERR(new))
		return PTR_ERR(new);
	if (new || !knobs->enabled)
		ballast_mrc_stop(vm);
	store_knobs(vm, knobs);
	if (new)
		start(vm, new);
	else
		ballast_mrc_turned(vm);
	WRITE_ONCE(vm->mrc_knobs.enabled, knobs->enabled);
	return 0;
}

/* --- what is told ---------------------------------------------------------------------------- */

static void fill_point(struct ballast_curve_point *to, const struct ballast_mrc_point *from)
{
	to->pages = from->pages;
	to->misses = from->misses;
	to->low = from->low;
	to->high = from->high;
}

static void fill_curve(struct ballast_mrc_query *query, const struct ballast_mrc_curve *curve)
{
	u32 i;

	query->entries = curve->entries;
	query->nr_points = curve->nr_points;
	query->pages = curve->pages;
	query->seen_pages = curve->seen_pages;
	query->valid_from_pages = curve->valid_from_pages;
	query->valid_to_pages = curve->valid_to_pages;
	query->data_ms = curve->data_ms;
	fill_point(&query->cold, &curve->cold);
	query->cold.pages = 0;
	for (i = 0; i < curve->nr_points; i++)
		fill_point(&query->points[i], &curve->points[i]);
}

static void fill_knobs(struct ballast_mrc_query *query, const struct ballast_mrc_knobs *knobs)
{
	query->samples = READ_ONCE(knobs->samples);
	query->tick_ms = READ_ONCE(knobs->tick_ms);
	query->budget_bp = READ_ONCE(knobs->budget_bp);
	query->tracer = READ_ONCE(knobs->tracer);
	query->trap_huge = READ_ONCE(knobs->trap_huge);
	query->window_ms = READ_ONCE(knobs->window_ms);
	query->trap_rate = READ_ONCE(knobs->trap_rate);
}

static void fill_tracer(struct ballast_mrc_query *query, const struct ballast_mrc_run *m)
{
	query->tracing_by = READ_ONCE(m->tracer.now);
	query->tracer_reason = READ_ONCE(m->tracer.why);
	if (query->tracing_by == BALLAST_TRACER_TRAPS) {
		query->window_now_ms = div_u64(READ_ONCE(m->window_now_ns), NSEC_PER_MSEC);
		query->traps_per_s = READ_ONCE(m->hits_per_s);
	}
	query->traps = READ_ONCE(m->hits);
	query->zaps = READ_ONCE(m->zaps);
	query->untrapped = READ_ONCE(m->untrapped);
	query->trap_ns = READ_ONCE(m->trap_ns);
	query->look_cost_ns = READ_ONCE(m->look_cost_ns);
	query->trap_cost_ns = min_t(u64, ballast_mrc_trap_cost(m), U32_MAX);
}

/**
 * ballast_mrc_fill() - everything there is to say
 * @vm:    whose
 * @query: out; the caller has zeroed it
 */
void ballast_mrc_fill(struct ballast_vm *vm, struct ballast_mrc_query *query)
{
	struct ballast_mrc_run *m;
	u64 interval;

	query->id = vm->id;
	fill_knobs(query, &vm->mrc_knobs);
	rcu_read_lock();
	m = rcu_dereference(vm->mrc);
	if (m) {
		query->state = READ_ONCE(m->paused) ? BALLAST_MRC_PAUSED : BALLAST_MRC_TRACING;
		interval = READ_ONCE(m->interval_ns);
		query->interval_ms = div_u64(interval, NSEC_PER_MSEC);
		query->cpu_bp = query->state == BALLAST_MRC_PAUSED ? 0 :
			div64_u64(READ_ONCE(m->cost_ns) * 10000, max(interval, 1ull));
		query->left_out = READ_ONCE(m->left_out);
		query->ticks = READ_ONCE(m->ticks);
		query->accesses = READ_ONCE(m->accesses);
		query->tick_ns = READ_ONCE(m->tick_ns);
		query->pauses = READ_ONCE(m->pauses);
		fill_tracer(query, m);
		spin_lock(&m->lock);
		fill_curve(query, &m->shown);
		spin_unlock(&m->lock);
		query->entries = READ_ONCE(m->core.sampled[0]) + READ_ONCE(m->core.sampled[1]);
	}
	rcu_read_unlock();
}
