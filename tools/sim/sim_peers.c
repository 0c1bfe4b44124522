// SPDX-License-Identifier: GPL-2.0-only
/* What others do, by what they have published. */
#include <math.h>
#include <string.h>

#include "sim_policy.h"

#define PERIOD_S	10u
#define MIB_PAGES	256.0

/* --- oVirt MoM: doc/balloon.rules of 0.6.5 ------------------------------------------------- */

/* Parts of the host's or of a guest's memory. */
#define MOM_PRESSURE	0.20
#define MOM_CRITICAL	0.05
#define MOM_GUEST_FREE	0.201
#define MOM_CHANGE_MAX	0.05
#define MOM_CHANGE_MIN	0.0025

static void mom_set(struct sim_vm *vm, double current, double wanted)
{
	if (fabs(wanted - current) >= MOM_CHANGE_MIN * current)
		vm->target = vm->size - fmin(fmax(wanted, vm->min), vm->size);
}

/* Free memory without caches: page cache counts as used. */
static void mom_shrink(struct sim_vm *vm, double host_free)
{
	double current = vm->size - vm->balloon, used = current - sim_vm_free(vm);
	double part = MOM_GUEST_FREE * host_free / MOM_PRESSURE, least, wanted;

	if (host_free <= MOM_CRITICAL)
		part = host_free - MOM_CRITICAL;
	least = fmax(vm->min, used + part * current);
	wanted = fmax(current * (1 - MOM_CHANGE_MAX), least);
	if (wanted <= current)
		mom_set(vm, current, wanted);
}

static void mom_grow(struct sim_vm *vm)
{
	double current = vm->size - vm->balloon, used = current - sim_vm_free(vm);

	if (current < vm->size)
		mom_set(vm, current, fmax(used + MOM_GUEST_FREE * vm->size,
					  current * (1 + MOM_CHANGE_MAX)));
}

static void mom_second(struct sim_host *host, uint32_t second, void *data)
{
	double host_free = fmax(0, sim_host_free(host)) / host->total;

	(void)data;
	if (second % PERIOD_S)
		return;
	for (uint32_t i = 0; i < host->nr; i++) {
		if (host_free < MOM_PRESSURE)
			mom_shrink(&host->vms[i], host_free);
		else
			mom_grow(&host->vms[i]);
	}
}

const struct sim_policy sim_mom = {
	.name = "mom",
	.help = "the balloon rules of oVirt's MoM 0.6.5",
	.second = mom_second,
};

/* --- Proxmox VE: PVE/AutoBalloon.pm, called by pvestatd ------------------------------------ */

#define PVE_TARGET	0.80
#define PVE_BAND	(10 * MIB_PAGES)
#define PVE_STEP	(100 * MIB_PAGES)
#define PVE_FREE	0.25

/* VMs with much free memory shrink first, those with little grow first. */
static bool pve_first(const struct sim_vm *vm, bool grow)
{
	return (sim_vm_free(vm) > PVE_FREE * vm->min) != grow;
}

/*
 * desired = minimum + (all above the minima + change) * shares / all shares: of the first
 * group by itself, and then of all, where the first one has had its step. No VM goes
 * further than that. Return: pages of the change that are left.
 */
static double pve_change(struct sim_host *host, double change, bool first)
{
	double above = change, left = change;
	uint64_t shares = 0;
	uint32_t i;

	for (i = 0; i < host->nr; i++) {
		const struct sim_vm *vm = &host->vms[i];

		if (!first || pve_first(vm, change > 0)) {
			above += vm->size - vm->target - vm->min;
			shares += vm->shares;
		}
	}
	for (i = 0; i < host->nr && shares; i++) {
		struct sim_vm *vm = &host->vms[i];
		double current = vm->size - vm->target, desired, step;

		if (pve_first(vm, change > 0) != first)
			continue;
		desired = vm->min + above * vm->shares / (double)shares;
		desired = fmin(fmax(desired, vm->min), vm->size);
		step = fmin(fmax(desired - current, -PVE_STEP), PVE_STEP);
		/* Only in the direction of the goal, and not beyond it. */
		if (step * change <= 0)
			continue;
		if (fabs(step) > fabs(left))
			step = left;
		vm->target -= step;
		left -= step;
	}
	return left;
}

static void pve_second(struct sim_host *host, uint32_t second, void *data)
{
	double goal = host->total * PVE_TARGET - (host->total - sim_host_free(host));

	(void)data;
	if (second % PERIOD_S || fabs(goal) < PVE_BAND)
		return;
	goal = pve_change(host, goal, true);
	if (fabs(goal) >= PVE_BAND)
		pve_change(host, goal, false);
}

const struct sim_policy sim_proxmox = {
	.name = "proxmox",
	.help = "the auto-ballooning of Proxmox VE",
	.second = pve_second,
};

/* --- plain swap --------------------------------------------------------------------------- */

static void swap_second(struct sim_host *host, uint32_t second, void *data)
{
	(void)host;
	(void)second;
	(void)data;
}

const struct sim_policy sim_swap = {
	.name = "swap",
	.help = "no policy: the host's kernel swaps",
	.second = swap_second,
};

const struct sim_policy *const sim_policies[] = {
	&sim_ballast, &sim_mom, &sim_proxmox, &sim_swap, NULL,
};

const struct sim_policy *sim_policy_find(const char *name)
{
	for (unsigned int i = 0; sim_policies[i]; i++)
		if (!strcmp(sim_policies[i]->name, name))
			return sim_policies[i];
	return NULL;
}
