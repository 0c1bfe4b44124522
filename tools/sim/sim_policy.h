/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies: what looks at a host once a second and sets balloon targets, or swaps
 *
 * ballast:  policy/sched.c, the very code of the scheduler
 * mom:      the balloon rules that oVirt's Memory Overcommitment Manager publishes
 * proxmox:  the formula of Proxmox VE's auto-ballooning
 * swap:     nothing; the host's kernel swaps when memory is out
 */
#ifndef BALLAST_SIM_POLICY_H
#define BALLAST_SIM_POLICY_H

#include "sim_model.h"

/**
 * struct sim_policy - a policy
 * @name:    as typed
 * @help:    in a few words
 * @start:   make what it keeps: 0 or -ENOMEM; may be NULL
 * @second:  called after each second
 * @end:     free what it keeps; may be NULL
 */
struct sim_policy {
	const char *name;
	const char *help;
	int (*start)(const struct sim_host *host, void **data);
	void (*second)(struct sim_host *host, uint32_t second, void *data);
	void (*end)(void *data);
};

extern const struct sim_policy sim_ballast, sim_mom, sim_proxmox, sim_swap;

/* All of them, the last one is NULL. */
extern const struct sim_policy *const sim_policies[];

const struct sim_policy *sim_policy_find(const char *name);

#endif
