// SPDX-License-Identifier: GPL-2.0-only
/* The scheduler itself, given what the host module and a guest would tell. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "policy/sched.h"
#include "sim_policy.h"

/* Of what is called cold, so much is hot: accesses hidden by cached translations. */
#define ACTIVITY_BLIND	0.02

/**
 * struct scheduler - what is kept from second to second
 * @state: of the host
 * @vms:   its input
 * @out:   its output
 */
struct scheduler {
	uint32_t state;
	struct ballast_sched_vm *vms;
	struct ballast_sched_decision *out;
};

static void scheduler_end(void *data)
{
	struct scheduler *s = data;

	free(s->vms);
	free(s->out);
	free(s);
}

static int scheduler_start(const struct sim_host *host, void **data)
{
	struct scheduler *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->vms = calloc(host->nr, sizeof(*s->vms));
	s->out = calloc(host->nr, sizeof(*s->out));
	if (!s->vms || !s->out) {
		scheduler_end(s);
		return -ENOMEM;
	}
	*data = s;
	return 0;
}

static void add(struct ballast_sched_vm *in, unsigned int level, unsigned int cls, double pages)
{
	uint64_t n = (uint64_t)fmax(0, pages);

	in->level_pages[level] += n;
	in->cell_pages[level][cls] += n;
	in->class_pages[cls] += n;
}

static double held(const struct sim_vm *vm, enum sim_pool pool)
{
	return vm->here[pool] + vm->swapped[pool];
}

/* What the host sees by itself, and what an honest guest says. */
static void look(const struct sim_vm *vm, const struct ballast_sched_memory *memory,
		 struct ballast_sched_vm *in)
{
	double swapped = vm->free_swapped, unbacked;

	for (unsigned int i = 0; i < SIM_NR_POOLS; i++)
		swapped += vm->swapped[i];
	unbacked = sim_vm_free(vm) - vm->free_here - vm->free_swapped;
	*in = (struct ballast_sched_vm) {
		.size_pages = (uint64_t)vm->size,
		.min_pages = (uint64_t)vm->min,
		.shares = vm->shares,
		.has_balloon = true,
		.speaks = true,
		.let_go = vm->let_go_s != 0,
		.resident_pages = (uint64_t)sim_vm_resident(vm),
		.swapped_pages = (uint64_t)swapped,
		.balloon_pages = (uint64_t)vm->balloon,
		.balloon_target_pages = (uint64_t)vm->target,
		.class_balloon_pages = (uint64_t)vm->balloon,
		.refaults_per_s = (uint64_t)vm->swapins,
		.guest_swapins_per_s = (uint64_t)vm->misses,
		.memory = *memory,
	};
	add(in, BALLAST_HOT, BALLAST_CLASS_KERNEL, held(vm, SIM_KERNEL));
	add(in, BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, held(vm, SIM_ANON_HOT));
	add(in, BALLAST_HOT, BALLAST_CLASS_FILE_ACTIVE, held(vm, SIM_FILE_HOT));
	in->working_set_pages = in->level_pages[BALLAST_HOT];
	add(in, BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE, held(vm, SIM_ANON_COLD));
	add(in, BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, held(vm, SIM_FILE_COLD));
	add(in, BALLAST_COLD, BALLAST_CLASS_FREE, vm->free_here + vm->free_swapped);
	add(in, BALLAST_UNKNOWN, BALLAST_CLASS_FREE, unbacked);
	add(in, BALLAST_UNKNOWN, BALLAST_CLASS_BALLOON, vm->balloon);
}

static void act(struct sim_host *host, struct sim_vm *vm, const struct ballast_sched_decision *d)
{
	double rate = d->swap_pages_per_s, pages = fmin((double)d->swap_pages, rate);

	vm->target = (double)d->balloon_target_pages;
	sim_vm_flush(host, vm, d->ask_free ? vm->free_here : (double)d->flush_pages);
	sim_vm_swap(host, vm, pages, d->swap_depth == BALLAST_DEPTH_ALL, ACTIVITY_BLIND);
}

static void scheduler_second(struct sim_host *host, uint32_t second, void *data)
{
	struct ballast_sched_summary sum;
	struct scheduler *s = data;
	const struct ballast_sched_host in = {
		.config = &ballast_sched_defaults,
		.total_pages = (uint64_t)host->total,
		.free_pages = (uint64_t)fmax(0, sim_host_free(host)),
		.swap_free_pages = BALLAST_PAGES_MAX,
		.elapsed_ms = 1000,
		.state = s->state,
	};

	(void)second;
	for (uint32_t i = 0; i < host->nr; i++)
		look(&host->vms[i], &s->out[i].memory, &s->vms[i]);
	ballast_sched_decide(&in, s->vms, host->nr, s->out, &sum);
	s->state = sum.state;
	for (uint32_t i = 0; i < host->nr; i++)
		act(host, &host->vms[i], &s->out[i]);
}

const struct sim_policy sim_ballast = {
	.name = "ballast",
	.help = "the memory scheduler of this project",
	.start = scheduler_start,
	.second = scheduler_second,
	.end = scheduler_end,
};
