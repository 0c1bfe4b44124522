// SPDX-License-Identifier: GPL-2.0-only
/* The memory scheduler; the header explains its rules. */

#include "policy/sched.h"
#include "policy/sched_balloon.h"
#include "policy/sched_reclaim.h"
#include "policy/sched_view.h"

/*
 * 75 % is Waldspurger's tax. Half of the headroom, 2.5 % of a guest, is more than a
 * guest's kernel leaves free before its own reclaim begins, so memory comes before it
 * is missed. 64 MiB/s of swapping leave a disk time for others. A guest reports every
 * two seconds, so five reports must be missing before it counts as silent.
 */
const struct ballast_sched_config ballast_sched_defaults = {
	.tax_bp = BALLAST_ENTITLE_TAX_DEFAULT_BP,
	/* A minute, in which ESXi looks at a sample once as well. */
	.in_use_age = 6,
	.headroom_bp = 500,
	.dead_band_bp = 100,
	.data_max_age_ms = 10000,
	.refault_bp = 10,
	.curve_worth = 100,
	.horizon_s = 10,
	.swap_pages_per_s = 16384,
	.backoff_max = 6,
	.step_ms = 2000,
	.cache_ms = 5 * 60 * 1000,
	.returns_bp = {
		[BALLAST_UNKNOWN] = 1000,
		[BALLAST_COLD] = 100,
		[BALLAST_COOL] = 2500,
		[BALLAST_WARM] = 7500,
		[BALLAST_HOT] = 10000,
	},
};

/* Less than that part is not taken to be ready. */
#define READY_PART	16

/* How far reclaim goes in each state by itself. */
static const u32 state_depth[BALLAST_NR_HOST_STATES] = {
	[BALLAST_HOST_HIGH] = BALLAST_DEPTH_NONE,
	[BALLAST_HOST_CLEAR] = BALLAST_DEPTH_FREE,
	[BALLAST_HOST_SOFT] = BALLAST_DEPTH_COLD,
	[BALLAST_HOST_HARD] = BALLAST_DEPTH_COOL,
	[BALLAST_HOST_LOW] = BALLAST_DEPTH_ALL,
};

const char *ballast_sched_depth_name(unsigned int depth)
{
	static const char *const names[BALLAST_NR_DEPTHS] = {
		[BALLAST_DEPTH_NONE] = "none",
		[BALLAST_DEPTH_FREE] = "free",
		[BALLAST_DEPTH_CACHE] = "cache",
		[BALLAST_DEPTH_COLD] = "cold",
		[BALLAST_DEPTH_COOL] = "cool",
		[BALLAST_DEPTH_ALL] = "all",
	};

	return depth < BALLAST_NR_DEPTHS ? names[depth] : "?";
}

const char *ballast_sched_why_name(unsigned int why)
{
	static const char *const names[BALLAST_NR_WHYS] = {
		[BALLAST_WHY_DUE] = "due",
		[BALLAST_WHY_SILENT] = "silent",
		[BALLAST_WHY_UNTRUSTED] = "untrusted",
		[BALLAST_WHY_TOO_LITTLE] = "too_little",
		[BALLAST_WHY_GUEST_SWAPS] = "guest_swaps",
		[BALLAST_WHY_CURVE] = "curve",
		[BALLAST_WHY_REFAULTS] = "refaults",
		[BALLAST_WHY_CACHE_KEPT] = "cache_kept",
		[BALLAST_WHY_GIVEN] = "given",
		[BALLAST_WHY_OVER] = "over",
		[BALLAST_WHY_FLUSH] = "flush",
		[BALLAST_WHY_ASK] = "ask",
		[BALLAST_WHY_IDLE] = "idle",
		[BALLAST_WHY_READY] = "ready",
		[BALLAST_WHY_BALLOON] = "balloon",
		[BALLAST_WHY_SWAP] = "swap",
		[BALLAST_WHY_SWAP_FULL] = "swap_full",
		[BALLAST_WHY_BACKOFF] = "backoff",
		[BALLAST_WHY_NOT_ENOUGH] = "not_enough",
		[BALLAST_WHY_AT_MIN] = "at_min",
		[BALLAST_WHY_AT_FLOOR] = "at_floor",
		[BALLAST_WHY_HOLD_OFF] = "hold_off",
		[BALLAST_WHY_STALLED] = "stalled",
		[BALLAST_WHY_BALLOON_STOPS] = "balloon_stops",
		[BALLAST_WHY_PLENTY] = "plenty",
		[BALLAST_WHY_MAX] = "max",
		[BALLAST_WHY_DEAD_BAND] = "dead_band",
	};

	return why < BALLAST_NR_WHYS ? names[why] : "?";
}

/* --- want ----------------------------------------------------------------------------- */

/*
 * Half of the headroom gone is too little, all of it is wanted back; and what the guest has to
 * read again, from its swap or into its page cache. A guest cannot show that it uses what it
 * has not got, so what it wants counts as in use. That is its word; but all it can get by it is
 * to pay no tax, and a guest that touches all its memory pays none either.
 */
static void find_want(const struct ballast_sched_config *config,
		      const struct ballast_sched_vm *vm, struct ballast_sched_decision *d)
{
	const struct ballast_sched_view *v = &d->view;
	u64 swapins = min_t(u64, vm->guest_swapins_per_s, v->size), want = 0;

	if (!v->balloon || !vm->has_balloon)
		return;
	if (v->trusted && v->available < v->headroom / 2) {
		want = v->headroom - v->available;
		ballast_sched_note(d, BALLAST_WHY_TOO_LITTLE, v->available, v->headroom, want);
	}
	if (v->trusted && swapins) {
		want = max_t(u64, want, swapins * config->horizon_s);
		ballast_sched_note(d, BALLAST_WHY_GUEST_SWAPS, swapins, want, 0);
	}
	d->want_pages = min_t(u64, want, v->balloon);
	d->due.active_pages += d->want_pages;
}

/* --- due ------------------------------------------------------------------------------ */

/*
 * What is likely to be wanted at once should end before SOFT, where others are written to a
 * disk meanwhile. A host that is short has other cares.
 */
static u64 ready_pages(const struct ballast_sched_host *host,
		       const struct ballast_sched_summary *sum)
{
	u64 demand = min_t(u64, host->demand_pages, BALLAST_PAGES_MAX);
	const u64 *mark = sum->marks.mark_pages;

	if (sum->state != BALLAST_HOST_HIGH)
		return sum->goal_pages;
	return clamp_t(u64, mark[BALLAST_HOST_SOFT] + demand, sum->goal_pages,
		       mark[BALLAST_HOST_HIGH]);
}

static void look_at_all(const struct ballast_sched_host *host, const struct ballast_sched_vm *vms,
			u32 nr, struct ballast_sched_decision *d,
			struct ballast_sched_summary *sum)
{
	u64 resident = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		ballast_sched_look(host->config, host->elapsed_ms, &vms[i], &d[i]);
	memset(sum, 0, sizeof(*sum));
	sum->in_use_age = ballast_sched_use(host->config, vms, d, nr);
	for (i = 0; i < nr; i++) {
		find_want(host->config, &vms[i], &d[i]);
		resident += d[i].view.resident;
	}
	sum->free_pages = min_t(u64, host->free_pages, BALLAST_PAGES_MAX);
	ballast_host_marks(host->total_pages, &sum->marks);
	sum->state = ballast_host_state_next(&sum->marks, sum->free_pages,
					     (enum ballast_host_state)host->state);
	sum->goal_pages = ballast_host_goal(&sum->marks);
	sum->ready_pages = ready_pages(host, sum);
	sum->available_pages = ballast_less(resident + sum->free_pages, sum->ready_pages);
}

static void divide(const struct ballast_sched_host *host, struct ballast_sched_decision *d, u32 nr,
		   const struct ballast_sched_summary *sum)
{
	u32 i;

	if (nr)
		ballast_entitle(&d->due, sizeof(*d), nr, sum->available_pages,
				host->config->tax_bp);
	for (i = 0; i < nr; i++)
		ballast_sched_note(&d[i], BALLAST_WHY_DUE, d[i].due.entitled_pages,
				   d[i].due.active_pages, d[i].view.resident);
}

/* --- need ----------------------------------------------------------------------------- */

/* Pages in the host's swap that come back by themselves need a place, too. */
static u64 coming_back(const struct ballast_sched_config *config,
		       const struct ballast_sched_vm *vm, const struct ballast_sched_decision *d)
{
	u64 refaults = min_t(u64, vm->refaults_per_s, d->view.size);

	if (refaults <= ballast_part_bp(d->view.size, config->refault_bp))
		return 0;
	return min_t(u64, refaults * config->horizon_s, d->view.swapped);
}

/*
 * What a guest could use by now counts as given before. Return: pages that others have to
 * make room for.
 */
static u64 give_due(const struct ballast_sched_config *config, const struct ballast_sched_vm *vm,
		    struct ballast_sched_decision *d)
{
	u64 room = ballast_less(d->due.entitled_pages, d->view.resident), back;

	d->given_pages = min_t(u64, d->want_pages, ballast_less(room, d->view.unbacked));
	back = min_t(u64, coming_back(config, vm, d), room - d->given_pages);
	return d->given_pages + back;
}

/* Beyond what they are due, VMs in need share what is free. */
static void lend(struct ballast_sched_decision *d, u32 nr, u64 spare)
{
	u64 all = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		all += d[i].want_pages - d[i].given_pages;
	for (i = 0; i < nr; i++) {
		u64 rest = d[i].want_pages - d[i].given_pages;

		if (rest)
			d[i].lent_pages = spare < all ? ballast_scale(rest, spare, all) : rest;
		if (d[i].want_pages)
			ballast_sched_note(&d[i], BALLAST_WHY_GIVEN, d[i].want_pages,
					   d[i].given_pages, d[i].lent_pages);
	}
}

static void find_needs(const struct ballast_sched_host *host, const struct ballast_sched_vm *vms,
		       struct ballast_sched_decision *d, u32 nr, struct ballast_sched_summary *sum)
{
	u32 i;

	for (i = 0; i < nr; i++)
		sum->given_pages += give_due(host->config, &vms[i], &d[i]);
	lend(d, nr, ballast_less(sum->free_pages, sum->goal_pages + sum->given_pages));
}

/* --- reclaim -------------------------------------------------------------------------- */

/*
 * For the goal, as far as the state goes; for VMs that are given what they are due, from
 * cool memory as well, whatever the state.
 */
static void reclaim(const struct ballast_sched_host *host, struct ballast_sched_decision *d,
		    u32 nr, struct ballast_sched_summary *sum)
{
	u64 lack = ballast_less(sum->goal_pages + sum->given_pages, sum->free_pages);
	struct ballast_sched_reclaim how = {
		.early_pages = ballast_less(sum->marks.mark_pages[BALLAST_HOST_HIGH],
					    sum->free_pages),
		.ready_age = max_t(u32, sum->in_use_age, ballast_less(host->config->in_use_age, 1)),
		.swap_room = host->swap_free_pages,
		.depth = state_depth[sum->state],
		.balloons = sum->state < BALLAST_HOST_HARD,
		.deep = sum->state >= BALLAST_HOST_HARD,
	};

	/* At the goal HIGH has its margin; and a little that is missing is left missing. */
	if (sum->ready_pages > sum->goal_pages)
		how.ready_pages = ballast_less(sum->ready_pages, sum->free_pages);
	if (how.ready_pages < sum->ready_pages / READY_PART)
		how.ready_pages = 0;
	if (sum->state >= BALLAST_HOST_CLEAR)
		how.flush_pages = lack;
	if (sum->state >= BALLAST_HOST_SOFT)
		how.take_pages = lack;
	else
		how.take_pages = min_t(u64, lack, sum->given_pages);
	if (sum->given_pages)
		how.depth = max_t(u32, how.depth, BALLAST_DEPTH_COOL);
	sum->need_pages = max_t(u64, how.flush_pages, how.take_pages);
	ballast_sched_take(&how, d, nr, sum);
}

/*
 * A VM that refaults is swapped slower, unless the host is about to fail. For memory that is
 * to be ready some time, nobody waits.
 */
static void set_rate(const struct ballast_sched_config *config,
		     const struct ballast_sched_summary *sum, struct ballast_sched_decision *d)
{
	u64 rate = config->swap_pages_per_s;

	if (!d->swap_pages)
		return;
	if (sum->state == BALLAST_HOST_LOW) {
		d->swap_pages_per_s = ~0u;
		return;
	}
	if (sum->state == BALLAST_HOST_HARD)
		rate *= 4;
	else if (!sum->need_pages)
		rate /= 4;
	rate = max_t(u64, rate >> d->memory.backoff, 1);
	d->swap_pages_per_s = (u32)min_t(u64, rate, ~0u);
	if (d->memory.backoff)
		ballast_sched_note(d, BALLAST_WHY_BACKOFF, d->memory.backoff, rate, 0);
}

void ballast_sched_decide(const struct ballast_sched_host *host,
			  const struct ballast_sched_vm *vms, u32 nr,
			  struct ballast_sched_decision *out,
			  struct ballast_sched_summary *summary)
{
	u32 i;

	look_at_all(host, vms, nr, out, summary);
	divide(host, out, nr, summary);
	find_needs(host, vms, out, nr, summary);
	reclaim(host, out, nr, summary);
	for (i = 0; i < nr; i++) {
		set_rate(host->config, summary, &out[i]);
		ballast_sched_target(host->config, summary, &vms[i], &out[i]);
	}
	if (summary->state == BALLAST_HOST_HIGH)
		ballast_sched_give_back(host->config, summary, out, nr);
}
