/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host and its guests, in seconds and pages
 *
 * What a guest wants is in five pools: its kernel, and of anonymous memory and of page
 * cache what is in use (hot) and what is not (cold). A page of a pool is in the host's
 * memory (here), in the host's swap (swapped), or the guest itself has given it up
 * (lost): dropped or swapped to its own disk. A page that a guest frees stays in the
 * host's memory until somebody takes it back.
 *
 * In a second a guest touches half of its hot pages and one in a thousand of its cold
 * ones. One that is not there costs a read, and that makes the second's work longer: by
 * how much, is the slowdown. When the host is out of memory its kernel swaps, the cold
 * first as far as it can tell, free pages of guests among it.
 *
 * It is no truth: it says how policies compare, not how fast a machine is.
 */
#ifndef BALLAST_SIM_MODEL_H
#define BALLAST_SIM_MODEL_H

#include <stdbool.h>

#include "sim_trace.h"

enum sim_pool {
	SIM_KERNEL,
	SIM_ANON_HOT,
	SIM_ANON_COLD,
	SIM_FILE_HOT,
	SIM_FILE_COLD,
	SIM_NR_POOLS,
};

/**
 * struct sim_costs - speeds and prices
 * @reclaim_pages_per_s: of a balloon, and of returning free memory
 * @return_pages_per_s:  of giving memory back
 * @miss_us:             a page the guest reads from its disk
 * @swap_us:             a page that the host swaps in
 */
struct sim_costs {
	double reclaim_pages_per_s;
	double return_pages_per_s;
	double miss_us;
	double swap_us;
};

extern const struct sim_costs sim_costs_default;

/**
 * struct sim_vm - a guest
 * @size:         its memory
 * @min:          never less
 * @shares:       how much it matters
 * @start_s:      it boots then
 * @want:         pages per pool that it would use
 * @here:         of these, in the host's memory
 * @swapped:      in the host's swap
 * @lost:         given up by the guest
 * @free_here:    free in the guest, and in the host's memory
 * @free_swapped: free in the guest, and in the host's swap
 * @balloon:      pages in it
 * @target:       where it is on its way to
 * @let_go_s:     so long ago or less it has let go of its balloon, else 0
 * @swapins:      pages the host has swapped in, in this second
 * @misses:       pages the guest has read again, in this second
 * @allocated:    pages of host memory taken, in this second
 * @stall_us:     time that it had to wait for memory
 * @slowdown:     of this second, 1: none
 */
struct sim_vm {
	double size;
	double min;
	uint32_t shares;
	uint32_t start_s;
	double want[SIM_NR_POOLS];
	double here[SIM_NR_POOLS];
	double swapped[SIM_NR_POOLS];
	double lost[SIM_NR_POOLS];
	double free_here;
	double free_swapped;
	double balloon;
	double target;
	uint32_t let_go_s;
	double swapins;
	double misses;
	double allocated;
	double stall_us;
	double slowdown;
};

/**
 * struct sim_host - a host
 * @total:    its memory
 * @nr:       VMs
 * @vms:      @nr of them
 * @costs:    speeds and prices
 * @swap_out: pages swapped out ever
 * @swap_in:  pages swapped in ever
 * @let_go:   times that a guest has had to let go of its balloon
 */
struct sim_host {
	double total;
	uint32_t nr;
	struct sim_vm *vms;
	struct sim_costs costs;
	double swap_out;
	double swap_in;
	uint32_t let_go;
};

/* 0 or -ENOMEM. */
int sim_host_init(struct sim_host *host, const struct sim_trace *trace,
		  const struct sim_costs *costs);
void sim_host_release(struct sim_host *host);

/* One second: what guests do, their balloons on the way, the kernel's own reclaim. */
void sim_host_step(struct sim_host *host, const struct sim_trace *trace, uint32_t second);

/* Below zero while more is used than there is, within a second. */
double sim_host_free(const struct sim_host *host);
/* In use by the guest, wherever it is. */
double sim_vm_used(const struct sim_vm *vm);
/* Free in the guest. */
double sim_vm_free(const struct sim_vm *vm);
/* In the host's memory. */
double sim_vm_resident(const struct sim_vm *vm);

/* The guest gives free pages back; it may use them again. */
void sim_vm_flush(struct sim_host *host, struct sim_vm *vm, double pages);
/*
 * The host swaps: of what is cold, then, if @hot, of what is not. Of the cold, a part
 * @blind is taken from the hot by mistake.
 */
void sim_vm_swap(struct sim_host *host, struct sim_vm *vm, double pages, bool hot, double blind);

#endif
