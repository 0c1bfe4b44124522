// SPDX-License-Identifier: GPL-2.0-only
/* Does one more VM fit? The scheduler's own rules, with the new one among the VMs. */

#include "policy/sched_reclaim.h"
#include "policy/sched_view.h"

const char *ballast_sched_verdict_name(unsigned int verdict)
{
	static const char *const names[BALLAST_NR_VERDICTS] = {
		[BALLAST_FIT_FREE] = "free",
		[BALLAST_FIT_FLUSH] = "flush",
		[BALLAST_FIT_BALLOON] = "balloon",
		[BALLAST_FIT_SWAP] = "swap",
		[BALLAST_FIT_COSTLY] = "costly",
		[BALLAST_FIT_NO] = "no",
	};

	return verdict < BALLAST_NR_VERDICTS ? names[verdict] : "?";
}

void ballast_sched_candidate(u64 size_pages, u64 demand_pages, u32 shares,
			     struct ballast_sched_vm *candidate)
{
	u64 size = min_t(u64, size_pages, BALLAST_PAGES_MAX);
	u64 demand = min_t(u64, demand_pages, size);

	*candidate = (struct ballast_sched_vm) {
		.size_pages = size,
		.shares = shares,
		.resident_pages = demand,
		.working_set_pages = demand,
	};
}

void ballast_sched_like(const struct ballast_sched_vm *vm, u64 size_pages,
			const struct ballast_sched_config *config,
			struct ballast_sched_vm *candidate)
{
	u64 size = min_t(u64, size_pages, BALLAST_PAGES_MAX), used;
	struct ballast_sched_decision d;

	ballast_sched_look(config, 0, vm, &d);
	ballast_sched_candidate(size, size, vm->shares, candidate);
	if (!d.view.size)
		return;
	used = ballast_less(d.view.resident + d.view.swapped,
			    d.view.backed_free + d.view.cold_cache);
	candidate->resident_pages = ballast_scale(size, used, d.view.size);
	used = min_t(u64, vm->working_set_pages, used);
	candidate->working_set_pages = ballast_scale(size, used, d.view.size);
}

/* All that VMs have, the new one's among it, and what would be free then. */
static void divide_with_one_more(const struct ballast_sched_host *host,
				 struct ballast_sched_decision *d, u32 nr, u64 goal)
{
	u64 have = min_t(u64, host->free_pages, BALLAST_PAGES_MAX);
	u32 i;

	for (i = 0; i + 1 < nr; i++)
		have += d[i].view.resident;
	ballast_entitle(&d->due, sizeof(*d), nr, ballast_less(have, goal), host->config->tax_bp);
	for (i = 0; i < nr; i++)
		ballast_sched_note(&d[i], BALLAST_WHY_DUE, d[i].due.entitled_pages,
				   d[i].due.active_pages, d[i].view.resident);
}

static u32 verdict_of(const struct ballast_sched_summary *sum)
{
	if (sum->short_pages)
		return BALLAST_FIT_NO;
	if (sum->swap_pages)
		return sum->depth > BALLAST_DEPTH_COLD ? BALLAST_FIT_COSTLY : BALLAST_FIT_SWAP;
	if (sum->balloon_pages)
		return BALLAST_FIT_BALLOON;
	return sum->flush_pages ? BALLAST_FIT_FLUSH : BALLAST_FIT_FREE;
}

/* The coldest go first; what has come back lately from this VM will come back again. */
static u64 expected_refaults(const struct ballast_sched_config *config,
			     const struct ballast_sched_decision *d)
{
	u64 cold = min_t(u64, d->swap_pages, d->view.swappable[BALLAST_DEPTH_COLD]);
	u64 back = ballast_part_bp(cold, min_t(u32, config->returns_bp[BALLAST_COLD], 10000)) +
		   ballast_part_bp(d->swap_pages - cold,
				   min_t(u32, config->returns_bp[BALLAST_COOL], 10000));

	return min_t(u64, d->swap_pages, back << d->memory.backoff);
}

void ballast_sched_fit(const struct ballast_sched_host *host,
		       const struct ballast_sched_vm *vms, u32 nr,
		       const struct ballast_sched_vm *candidate,
		       struct ballast_sched_decision *out, struct ballast_sched_fit *fit)
{
	struct ballast_sched_reclaim how = {
		.depth = BALLAST_DEPTH_COOL, .balloons = true, .swap_room = host->swap_free_pages,
	};
	struct ballast_sched_summary sum = { 0 };
	struct ballast_host_marks marks;
	u64 lack, goal;
	u32 i;

	for (i = 0; i < nr; i++)
		ballast_sched_look(host->config, 0, &vms[i], &out[i]);
	ballast_sched_use(host->config, vms, out, nr);
	ballast_sched_look(host->config, 0, candidate, &out[nr]);
	ballast_sched_use(host->config, candidate, &out[nr], 1);
	ballast_host_marks(host->total_pages, &marks);
	goal = ballast_host_goal(&marks);
	divide_with_one_more(host, out, nr + 1, goal);
	*fit = (struct ballast_sched_fit) {
		.demand_pages = out[nr].view.resident,
		.due_pages = min_t(u64, out[nr].due.entitled_pages, out[nr].view.resident),
	};
	/* What the host lacks already has to be found as well. */
	lack = ballast_less(goal + fit->demand_pages, host->free_pages);
	fit->free_pages = ballast_less(fit->demand_pages, lack);
	how.flush_pages = lack;
	how.take_pages = lack;
	ballast_sched_take(&how, out, nr, &sum);
	fit->verdict = verdict_of(&sum);
	fit->flush_pages = sum.flush_pages;
	fit->balloon_pages = sum.balloon_pages;
	fit->swap_pages = sum.swap_pages;
	fit->short_pages = sum.short_pages;
	for (i = 0; i < nr; i++)
		fit->refault_pages += expected_refaults(host->config, &out[i]);
}
