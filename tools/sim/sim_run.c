// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "policy/entitle.h"
#include "sim_run.h"

/**
 * struct watch - what is summed up of a VM
 * @work:    seconds of work done
 * @seconds: that it was up
 * @got:     pages of what it wants that it had in the host's memory, summed
 * @due:     pages that shares would have given it, summed
 * @turned:  target at the last turn
 * @way:     direction of its target then: -1, 0, 1
 */
struct watch {
	double work;
	double seconds;
	double got;
	double due;
	double turned;
	int way;
};

/* By shares alone, and no more than it wants. */
static void divide(const struct sim_host *host, struct ballast_entitle *due)
{
	for (uint32_t i = 0; i < host->nr; i++) {
		const struct sim_vm *vm = &host->vms[i];
		double want = 0;

		for (unsigned int p = 0; p < SIM_NR_POOLS; p++)
			want += vm->want[p];
		due[i] = (struct ballast_entitle) {
			.max_pages = (uint64_t)want,
			.active_pages = (uint64_t)want,
			.shares = vm->shares,
		};
	}
	ballast_entitle(due, sizeof(*due), host->nr, (uint64_t)host->total, 0);
}

/* A turn counts when the way back is a hundredth of the VM. */
static uint32_t count_turn(const struct sim_vm *vm, struct watch *w)
{
	double moved = vm->target - w->turned;
	int way = moved > 0 ? 1 : -1, before = w->way;

	if (fabs(moved) < vm->size / 100) {
		/* Further in the same direction is no turn, the way back starts there. */
		if (w->way && moved * w->way > 0)
			w->turned = vm->target;
		return 0;
	}
	w->turned = vm->target;
	w->way = way;
	return before && before != way;
}

static void watch_vm(const struct sim_vm *vm, const struct ballast_entitle *due, struct watch *w,
		     struct sim_score *score)
{
	double got = 0;

	for (unsigned int p = 0; p < SIM_NR_POOLS; p++)
		got += vm->here[p];
	w->work += 1 / vm->slowdown;
	w->seconds++;
	w->got += fmin(got, (double)due->entitled_pages);
	w->due += (double)due->entitled_pages;
	score->turns += count_turn(vm, w);
}

static void watch_host(const struct sim_host *host, const struct ballast_host_marks *marks,
		       enum ballast_host_state *state, struct sim_score *score)
{
	*state = ballast_host_state_next(marks, (uint64_t)fmax(0, sim_host_free(host)), *state);
	score->state_s[*state]++;
}

static void sum_up(const struct sim_host *host, const struct watch *watches,
		   struct sim_score *score)
{
	double log_sum = 0, sum = 0, squares = 0;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < host->nr; i++) {
		const struct watch *w = &watches[i];
		double slowdown, part;

		if (!w->seconds)
			continue;
		slowdown = w->seconds / w->work;
		part = w->due > 0 ? w->got / w->due : 1;
		log_sum += log(slowdown);
		sum += part;
		squares += part * part;
		nr++;
		if (slowdown > score->worst_slowdown) {
			score->worst_slowdown = slowdown;
			score->worst_vm = i;
		}
	}
	score->slowdown = nr ? exp(log_sum / nr) : 1;
	score->fairness = squares > 0 ? sum * sum / (nr * squares) : 1;
	score->swap_out_pages = (uint64_t)host->swap_out;
	score->swap_in_pages = (uint64_t)host->swap_in;
	score->let_go = host->let_go;
}

static void run(const struct sim_trace *trace, struct sim_host *host,
		const struct sim_policy *policy, void *data, struct watch *watches,
		struct ballast_entitle *due, struct sim_score *score)
{
	enum ballast_host_state state = BALLAST_HOST_HIGH;
	struct ballast_host_marks marks;

	ballast_host_marks(trace->total_pages, &marks);
	for (uint32_t second = 0; second < trace->seconds; second++) {
		sim_host_step(host, trace, second);
		watch_host(host, &marks, &state, score);
		divide(host, due);
		policy->second(host, second, data);
		for (uint32_t i = 0; i < host->nr; i++)
			if (second >= host->vms[i].start_s)
				watch_vm(&host->vms[i], &due[i], &watches[i], score);
	}
	sum_up(host, watches, score);
}

int sim_run(const struct sim_trace *trace, const struct sim_costs *costs,
	    const struct sim_policy *policy, struct sim_score *score)
{
	struct watch *watches = calloc(trace->nr_vms, sizeof(*watches));
	struct ballast_entitle *due = calloc(trace->nr_vms, sizeof(*due));
	struct sim_host host = { 0 };
	void *data = NULL;
	int status = -ENOMEM;

	*score = (struct sim_score) { 0 };
	if (watches && due)
		status = sim_host_init(&host, trace, costs);
	if (!status && policy->start)
		status = policy->start(&host, &data);
	if (!status) {
		run(trace, &host, policy, data, watches, due, score);
		if (policy->end)
			policy->end(data);
	}
	sim_host_release(&host);
	free(watches);
	free(due);
	return status;
}
