// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim_model.h"

/* Part of a pool's pages that is touched in a second. */
#define TOUCH_HOT	0.5
#define TOUCH_COLD	0.001
/* A guest writes new memory at 512 MiB/s at most. */
#define ALLOC_MAX	131072.0
/* Part of memory below which the host's kernel reclaims by itself, and up to which. */
#define WATERMARK	0.004
#define WATERMARK_TOP	0.006
/* Of what a kernel takes for cold, so much is hot; its waiters pay a part of a write. */
#define KERNEL_BLIND	0.1
#define DIRECT_PART	0.2
/* A guest that has let go of its balloon is left alone for so long. */
#define HOLD_OFF_S	30u
#define BOOT_S		60u

/* The speeds of virtio-balloon on hardware: 0.95 and 2.34 GiB/s; a fast disk. */
const struct sim_costs sim_costs_default = {
	.reclaim_pages_per_s = 249037,
	.return_pages_per_s = 613417,
	.miss_us = 100,
	.swap_us = 100,
};

static const enum sim_pool guest_order[] = {
	SIM_FILE_COLD, SIM_ANON_COLD, SIM_FILE_HOT, SIM_ANON_HOT,
};

static bool is_hot(unsigned int pool)
{
	return pool == SIM_KERNEL || pool == SIM_ANON_HOT || pool == SIM_FILE_HOT;
}

static bool is_anon(unsigned int pool)
{
	return pool == SIM_ANON_HOT || pool == SIM_ANON_COLD;
}

/* Never more than there is; rounding must not make it negative. */
static double take(double *from, double pages)
{
	pages = fmax(0, fmin(pages, *from));
	*from -= pages;
	return pages;
}

double sim_vm_used(const struct sim_vm *vm)
{
	double used = 0;

	for (unsigned int i = 0; i < SIM_NR_POOLS; i++)
		used += vm->here[i] + vm->swapped[i];
	return used;
}

double sim_vm_free(const struct sim_vm *vm)
{
	return fmax(0, vm->size - vm->balloon - sim_vm_used(vm));
}

double sim_vm_resident(const struct sim_vm *vm)
{
	double pages = vm->free_here;

	for (unsigned int i = 0; i < SIM_NR_POOLS; i++)
		pages += vm->here[i];
	return pages;
}

double sim_host_free(const struct sim_host *host)
{
	double used = 0;

	for (uint32_t i = 0; i < host->nr; i++)
		used += sim_vm_resident(&host->vms[i]);
	return host->total - used;
}

int sim_host_init(struct sim_host *host, const struct sim_trace *trace,
		  const struct sim_costs *costs)
{
	*host = (struct sim_host) { .total = (double)trace->total_pages, .nr = trace->nr_vms };
	host->costs = *costs;
	host->vms = calloc(host->nr, sizeof(*host->vms));
	if (!host->vms)
		return -ENOMEM;
	for (uint32_t i = 0; i < host->nr; i++) {
		host->vms[i].size = (double)trace->vms[i].size_pages;
		host->vms[i].min = (double)trace->vms[i].min_pages;
		host->vms[i].shares = trace->vms[i].shares;
		host->vms[i].start_s = i * BOOT_S / host->nr;
		host->vms[i].slowdown = 1;
	}
	return 0;
}

void sim_host_release(struct sim_host *host)
{
	free(host->vms);
	host->vms = NULL;
}

/* --- inside a guest --------------------------------------------------------------------- */

/* It lets go of its balloon rather than be without memory. */
static void let_go(struct sim_host *host, struct sim_vm *vm, double pages)
{
	if (take(&vm->balloon, pages) <= 0)
		return;
	vm->let_go_s = HOLD_OFF_S;
	host->let_go++;
}

/* The guest's kernel makes room. A page that the host has swapped comes back to be written. */
static void guest_reclaim(struct sim_host *host, struct sim_vm *vm, double pages)
{
	for (unsigned int i = 0; i < sizeof(guest_order) / sizeof(guest_order[0]); i++) {
		enum sim_pool pool = guest_order[i];
		double here = take(&vm->here[pool], pages), gone;

		pages -= here;
		gone = take(&vm->swapped[pool], pages);
		pages -= gone;
		vm->free_here += here;
		vm->free_swapped += gone;
		vm->lost[pool] += here + gone;
		if (is_anon(pool)) {
			vm->stall_us += gone * host->costs.swap_us;
			host->swap_in += gone;
		}
	}
	let_go(host, vm, pages);
}

/* Memory for a pool: free pages that are there, in swap, or have never been touched. */
static double allocate(struct sim_host *host, struct sim_vm *vm, unsigned int pool, double pages)
{
	double here, swapped, left;

	if (sim_vm_free(vm) < pages)
		guest_reclaim(host, vm, pages - sim_vm_free(vm));
	pages = fmin(pages, sim_vm_free(vm));
	here = take(&vm->free_here, pages);
	swapped = take(&vm->free_swapped, pages - here);
	left = pages - here;
	vm->stall_us += swapped * host->costs.swap_us;
	vm->swapins += swapped;
	host->swap_in += swapped;
	vm->allocated += left;
	vm->here[pool] += pages;
	return pages;
}

static double known(const struct sim_vm *vm, unsigned int pool)
{
	return vm->here[pool] + vm->swapped[pool] + vm->lost[pool];
}

/* Pages change their pool, in equal parts of what is where. */
static void turn(struct sim_vm *vm, unsigned int from, unsigned int to, double pages)
{
	double all = known(vm, from), part;

	if (pages <= 0 || all <= 0)
		return;
	part = fmin(1, pages / all);
	vm->here[to] += take(&vm->here[from], vm->here[from] * part);
	vm->swapped[to] += take(&vm->swapped[from], vm->swapped[from] * part);
	vm->lost[to] += take(&vm->lost[from], vm->lost[from] * part);
}

static void release(struct sim_vm *vm, unsigned int pool, double pages)
{
	double all = known(vm, pool), part;

	if (pages <= 0 || all <= 0)
		return;
	part = fmin(1, pages / all);
	vm->free_here += take(&vm->here[pool], vm->here[pool] * part);
	vm->free_swapped += take(&vm->swapped[pool], vm->swapped[pool] * part);
	take(&vm->lost[pool], vm->lost[pool] * part);
}

/* Half of the hot pages of a kind became cold, say: no page is freed for that. */
static void change_heat(struct sim_vm *vm, unsigned int hot, unsigned int cold)
{
	double more = vm->want[hot] - known(vm, hot), less = vm->want[cold] - known(vm, cold);

	if (more > 0 && less < 0)
		turn(vm, cold, hot, fmin(more, -less));
	else if (more < 0 && less > 0)
		turn(vm, hot, cold, fmin(-more, less));
}

static void set_wants(struct sim_vm *vm, const struct sim_sample *sample)
{
	const uint64_t *cls = sample->class_pages;
	double kernel = (double)(cls[BALLAST_CLASS_KERNEL] + cls[BALLAST_CLASS_SLAB] +
				 cls[BALLAST_CLASS_PAGE_TABLE] + cls[BALLAST_CLASS_MLOCKED] +
				 cls[BALLAST_CLASS_HUGETLB] + cls[BALLAST_CLASS_UNKNOWN]);
	double anon = (double)(cls[BALLAST_CLASS_ANON_ACTIVE] + cls[BALLAST_CLASS_ANON_INACTIVE] +
			       cls[BALLAST_CLASS_SHMEM]);
	double file = (double)(cls[BALLAST_CLASS_FILE_ACTIVE] + cls[BALLAST_CLASS_FILE_INACTIVE] +
			       cls[BALLAST_CLASS_FILE_DIRTY]);
	double anon_active = (double)cls[BALLAST_CLASS_ANON_ACTIVE];
	double file_active = (double)cls[BALLAST_CLASS_FILE_ACTIVE];
	double active = anon_active + file_active;
	double hot = fmax(0, (double)sample->working_set_pages - kernel);
	double demand = fmin((double)sample->demand_pages, vm->size - kernel - anon - file);

	vm->want[SIM_KERNEL] = kernel;
	vm->want[SIM_ANON_HOT] = fmin(anon, active > 0 ? hot * anon_active / active : hot);
	vm->want[SIM_FILE_HOT] = fmin(file, hot - vm->want[SIM_ANON_HOT]);
	vm->want[SIM_ANON_COLD] = anon - vm->want[SIM_ANON_HOT];
	vm->want[SIM_FILE_COLD] = file - vm->want[SIM_FILE_HOT];
	vm->want[SIM_ANON_HOT] += fmax(0, demand);
}

static void grow_and_shrink(struct sim_host *host, struct sim_vm *vm)
{
	double left = ALLOC_MAX;

	change_heat(vm, SIM_ANON_HOT, SIM_ANON_COLD);
	change_heat(vm, SIM_FILE_HOT, SIM_FILE_COLD);
	for (unsigned int i = 0; i < SIM_NR_POOLS; i++)
		release(vm, i, known(vm, i) - vm->want[i]);
	for (unsigned int i = 0; i < SIM_NR_POOLS; i++) {
		double more = fmin(left, vm->want[i] - known(vm, i));

		if (more > 0)
			left -= allocate(host, vm, i, more);
	}
}

/* What is touched and not there; a second of work takes so much longer. */
static void touch(struct sim_host *host, struct sim_vm *vm)
{
	double miss[SIM_NR_POOLS], swapin[SIM_NR_POOLS], us = vm->stall_us;

	for (unsigned int i = 0; i < SIM_NR_POOLS; i++) {
		double part = is_hot(i) ? TOUCH_HOT : TOUCH_COLD;

		miss[i] = vm->lost[i] * part;
		swapin[i] = vm->swapped[i] * part;
		us += miss[i] * host->costs.miss_us + swapin[i] * host->costs.swap_us;
	}
	vm->stall_us = 0;
	vm->slowdown = 1 + us / 1e6;
	for (unsigned int i = 0; i < SIM_NR_POOLS; i++) {
		double back = take(&vm->lost[i], miss[i] / vm->slowdown);
		double in = take(&vm->swapped[i], swapin[i] / vm->slowdown);

		vm->here[i] += in;
		vm->swapins += in;
		vm->allocated += in;
		host->swap_in += in;
		vm->misses += back;
		vm->lost[i] += back - allocate(host, vm, i, back);
	}
}

/* --- balloon, flush, swap ------------------------------------------------------------------ */

static void inflate(struct sim_host *host, struct sim_vm *vm, double pages)
{
	double all = sim_vm_free(vm), part;

	if (all < pages) {
		guest_reclaim(host, vm, pages - all);
		all = sim_vm_free(vm);
		pages = fmin(pages, all);
	}
	if (pages <= 0)
		return;
	/* Any of the free pages, those that nobody has touched yet as well. */
	part = pages / all;
	take(&vm->free_here, vm->free_here * part);
	take(&vm->free_swapped, vm->free_swapped * part);
	vm->balloon += pages;
}

static void move_balloon(struct sim_host *host, struct sim_vm *vm)
{
	double way = vm->target - vm->balloon;

	if (way > 0)
		inflate(host, vm, fmin(way, host->costs.reclaim_pages_per_s));
	else
		take(&vm->balloon, fmin(-way, host->costs.return_pages_per_s));
}

void sim_vm_flush(struct sim_host *host, struct sim_vm *vm, double pages)
{
	take(&vm->free_here, fmin(pages, host->costs.reclaim_pages_per_s));
}

/* From some of the pools, in equal parts. Return: pages swapped out. */
static double swap_pools(struct sim_vm *vm, const bool *pools, double pages)
{
	double all = 0, part;

	for (unsigned int i = 0; i < SIM_NR_POOLS; i++)
		all += pools[i] ? vm->here[i] : 0;
	if (pages <= 0 || all <= 0)
		return 0;
	part = fmin(1, pages / all);
	for (unsigned int i = 0; i < SIM_NR_POOLS; i++)
		if (pools[i])
			vm->swapped[i] += take(&vm->here[i], vm->here[i] * part);
	return all * part;
}

void sim_vm_swap(struct sim_host *host, struct sim_vm *vm, double pages, bool hot, double blind)
{
	static const bool cold_pools[SIM_NR_POOLS] = {
		[SIM_ANON_COLD] = true, [SIM_FILE_COLD] = true,
	};
	static const bool hot_pools[SIM_NR_POOLS] = {
		[SIM_KERNEL] = true, [SIM_ANON_HOT] = true, [SIM_FILE_HOT] = true,
	};
	double done = swap_pools(vm, cold_pools, pages * (1 - blind));

	if (hot)
		done += swap_pools(vm, hot_pools, pages - done);
	else
		done += swap_pools(vm, hot_pools, fmin(pages - done, done * blind));
	host->swap_out += done;
}

/* --- the host's kernel -------------------------------------------------------------------- */

static double looks_cold(const struct sim_vm *vm)
{
	return vm->here[SIM_ANON_COLD] + vm->here[SIM_FILE_COLD] + vm->free_here;
}

/* Free pages of a guest look cold, and are written to swap like any other. */
static void kernel_swap(struct sim_host *host, struct sim_vm *vm, double pages, bool hot)
{
	double cold = looks_cold(vm), part = cold > 0 ? fmin(1, pages / cold) : 0;
	double free = take(&vm->free_here, vm->free_here * part);

	vm->free_swapped += free;
	host->swap_out += free;
	sim_vm_swap(host, vm, pages - free, hot, KERNEL_BLIND);
}

/* Who has taken memory in this second waits for it. */
static void kernel_reclaim(struct sim_host *host)
{
	double free = sim_host_free(host), need, cold = 0, all = 0, taken = 0;
	uint32_t i;

	if (free >= host->total * WATERMARK)
		return;
	need = host->total * WATERMARK_TOP - free;
	for (i = 0; i < host->nr; i++) {
		cold += looks_cold(&host->vms[i]);
		all += sim_vm_resident(&host->vms[i]);
		taken += host->vms[i].allocated;
	}
	for (i = 0; i < host->nr; i++) {
		struct sim_vm *vm = &host->vms[i];
		bool short_of_cold = cold < need;
		double part = short_of_cold ? sim_vm_resident(vm) / all : looks_cold(vm) / cold;

		kernel_swap(host, vm, need * part, short_of_cold);
		if (taken > 0)
			vm->stall_us += need * vm->allocated / taken * host->costs.swap_us *
					DIRECT_PART;
	}
}

void sim_host_step(struct sim_host *host, const struct sim_trace *trace, uint32_t second)
{
	for (uint32_t i = 0; i < host->nr; i++) {
		struct sim_vm *vm = &host->vms[i];

		vm->swapins = 0;
		vm->misses = 0;
		vm->allocated = 0;
		vm->let_go_s -= vm->let_go_s != 0;
		if (second < vm->start_s)
			continue;
		set_wants(vm, sim_trace_at(trace, second, i));
		grow_and_shrink(host, vm);
		touch(host, vm);
		move_balloon(host, vm);
	}
	kernel_reclaim(host);
}
