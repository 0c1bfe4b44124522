// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "observe_memory.h"

/* The counts of a process leave out what it shares and is swapped. */
static bool read_counts(const struct observer *o, const struct observed_vm *vm,
			struct vmm_counts *counts)
{
	return !vmm_counts_read(o->client->proc, vm->vm.pid, counts) &&
	       counts->shared_pages <= vm->in.size_pages / 16;
}

static bool memory_is_due(const struct observer *o, const struct observed_vm *vm)
{
	/* Counts tell what has changed. */
	return !vm->looks ||
	       o->now_ms - vm->memory_ms >= observe_wait_ms(vm->memory_cost_us, vm->counted);
}

static uint64_t moved(uint64_t pages, uint64_t then, uint64_t now)
{
	return less(pages + now, then);
}

static void take_counts(struct observed_vm *vm, const struct vmm_counts *now)
{
	vm->in.resident_pages = moved(vm->memory.resident_pages, vm->counts.rss_pages,
				      now->rss_pages);
	vm->in.swapped_pages = moved(vm->memory.swapped_pages, vm->counts.swap_pages,
				     now->swap_pages);
}

/*
 * Which of a VMM's memory is the guest's has to be looked up, mapping by mapping, page by
 * page. In between, what has come and gone is taken to be the guest's.
 */
int observe_memory(struct observer *o, struct observed_vm *vm)
{
	uint64_t start = observer_clock_us();
	struct vmm_counts now;
	bool counted = read_counts(o, vm, &now);

	if (vm->counted && !counted)
		vm->memory_ms = vm->counted = 0;
	if (memory_is_due(o, vm)) {
		if (vmm_memory_read(o->client->proc, vm->vm.pid, vm->slots, vm->nr_slots,
				    &vm->memory))
			return -ESRCH;
		vm->memory_ms = o->now_ms;
		vm->memory_cost_us = observer_clock_us() - start;
		vm->counted = counted;
		vm->counts = now;
	}
	vm->in.resident_pages = vm->memory.resident_pages;
	vm->in.swapped_pages = vm->memory.swapped_pages;
	if (vm->counted)
		take_counts(vm, &now);
	return 0;
}

void observe_memory_moved(const struct observer *o, struct observed_vm *vm)
{
	struct vmm_counts now;

	if (vm->counted && read_counts(o, vm, &now))
		take_counts(vm, &now);
}

/*
 * Pages swapped in for a VM since the last look. KVM has the kernel's workers swap in what
 * a guest waits for, so the process does not count those faults; its cgroup does. Without
 * one of its own there are the faults of the process, and what has moved from swap to
 * memory.
 */
static uint64_t swapped_in(const struct observer *o, struct observed_vm *vm)
{
	uint64_t refaults, faults, moved, pages = 0;

	if (vm->own_cgroup && cgroup_stat(vm->cgroup, "workingset_refault_anon", &refaults)) {
		if (vm->counts_refaults)
			pages = less(refaults, vm->refaults);
		vm->counts_refaults = true;
		vm->counts_faults = false;
		vm->refaults = refaults;
		return pages;
	}
	vm->counts_refaults = false;
	if (vmm_major_faults(o->client->proc, vm->vm.pid, &faults)) {
		if (vm->counts_faults)
			pages = less(faults, vm->faults);
		vm->counts_faults = true;
		vm->faults = faults;
	}
	moved = least(less(vm->swapped_before, vm->in.swapped_pages),
		      less(vm->in.resident_pages, vm->resident_before));
	return pages > moved ? pages : moved;
}

void observe_refaults(const struct observer *o, struct observed_vm *vm)
{
	uint64_t pages = swapped_in(o, vm), passed = o->now_ms - vm->look_ms;

	vm->in.refaults_per_s = vm->looks && passed ? pages * 1000 / passed : 0;
	vm->swapped_before = vm->in.swapped_pages;
	vm->resident_before = vm->in.resident_pages;
}
