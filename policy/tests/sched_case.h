/* SPDX-License-Identifier: GPL-2.0-only */
/* Cases for the memory scheduler: a host of 64 GiB, a few VMs, and what was decided. */
#ifndef BALLAST_POLICY_SCHED_CASE_H
#define BALLAST_POLICY_SCHED_CASE_H

#include "policy/entitle.c"
#include "policy/host_state.c"
#include "policy/sched.c"
#include "policy/sched_balloon.c"
#include "policy/sched_fit.c"
#include "policy/sched_reclaim.c"
#include "policy/sched_view.c"

#define VMS	4
#define MIB	256ull
#define GIB	(1024 * MIB)

static struct ballast_sched_decision out[VMS + 1];
static struct ballast_sched_summary sum;
static struct ballast_sched_vm vms[VMS];
static struct ballast_sched_host host;
static u64 swap_room = 64 * GIB;
static u32 elapsed_ms = 2000;

/* Put pages of a class and a level into a VM, backed by the host. */
static inline void has(struct ballast_sched_vm *vm, unsigned int level, unsigned int cls,
		       u64 pages)
{
	vm->level_pages[level] += pages;
	vm->cell_pages[level][cls] += pages;
	vm->class_pages[cls] += pages;
	if (level == BALLAST_HOT || level == BALLAST_WARM)
		vm->working_set_pages += pages;
	if (level != BALLAST_UNKNOWN)
		vm->resident_pages += pages;
}

/* A guest of 4 GiB that speaks: 1 GiB busy, a GiB each of cold anon, cold cache, free. */
static inline struct ballast_sched_vm usual(void)
{
	struct ballast_sched_vm vm = {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};

	has(&vm, BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, GIB);
	has(&vm, BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE, GIB);
	has(&vm, BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE, GIB);
	has(&vm, BALLAST_COLD, BALLAST_CLASS_FREE, GIB);
	return vm;
}

/* A guest of 4 GiB that uses all of it. */
static inline struct ballast_sched_vm busy(void)
{
	struct ballast_sched_vm vm = {
		.size_pages = 4 * GIB, .shares = 1000, .speaks = true, .has_balloon = true,
	};

	has(&vm, BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE, 4 * GIB);
	return vm;
}

static inline void silence(struct ballast_sched_vm *vm)
{
	vm->speaks = false;
	memset(vm->class_pages, 0, sizeof(vm->class_pages));
	memset(vm->cell_pages, 0, sizeof(vm->cell_pages));
}

/* Some of its memory is in the balloon, and was cold cache. */
static inline void balloon(struct ballast_sched_vm *vm, u64 pages)
{
	vm->balloon_pages = pages;
	vm->balloon_target_pages = pages;
	vm->class_balloon_pages = pages;
	vm->resident_pages -= pages;
	vm->class_pages[BALLAST_CLASS_BALLOON] += pages;
	vm->class_pages[BALLAST_CLASS_FILE_INACTIVE] -= pages;
	vm->cell_pages[BALLAST_COLD][BALLAST_CLASS_BALLOON] += pages;
	vm->cell_pages[BALLAST_COLD][BALLAST_CLASS_FILE_INACTIVE] -= pages;
}

/* @percent of minfree are free on a host of 64 GiB. */
static inline void decide(u32 nr, u32 percent, enum ballast_host_state before)
{
	host = (struct ballast_sched_host) {
		.config = &ballast_sched_defaults, .total_pages = 64 * GIB, .state = before,
		.free_pages = ballast_host_minfree(64 * GIB) * percent / 100,
		.swap_free_pages = swap_room, .elapsed_ms = elapsed_ms,
	};
	ballast_sched_decide(&host, vms, nr, out, &sum);
}

static inline bool says(u32 i, enum ballast_sched_why why)
{
	u32 r;

	for (r = 0; r < out[i].nr_reasons; r++)
		if (out[i].reasons[r].why == why)
			return true;
	return false;
}

static inline u64 taken(u32 i)
{
	return out[i].flush_pages + out[i].balloon_take_pages + out[i].swap_pages;
}

#endif /* BALLAST_POLICY_SCHED_CASE_H */
