/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace under a policy, and how that went. */
#ifndef BALLAST_SIM_RUN_H
#define BALLAST_SIM_RUN_H

#include "policy/host_state.h"
#include "sim_policy.h"

/**
 * struct sim_score - how it went
 * @slowdown:       of the work of each VM, geometric mean; 1: none
 * @worst_slowdown: of the VM it was worst for
 * @worst_vm:       which one that is
 * @turns:          times that a balloon target has turned round, by 1 % of the VM or more
 * @fairness:       Jain's index of what VMs have of what their shares give; 1: equal
 * @state_s:        seconds per enum ballast_host_state
 * @swap_out_pages: by the host
 * @swap_in_pages:  by the host
 * @let_go:         times that a guest had to let go of its balloon
 */
struct sim_score {
	double slowdown;
	double worst_slowdown;
	uint32_t worst_vm;
	uint32_t turns;
	double fairness;
	uint32_t state_s[BALLAST_NR_HOST_STATES];
	uint64_t swap_out_pages;
	uint64_t swap_in_pages;
	uint32_t let_go;
};

/* 0 or -ENOMEM. */
int sim_run(const struct sim_trace *trace, const struct sim_costs *costs,
	    const struct sim_policy *policy, struct sim_score *score);

#endif
