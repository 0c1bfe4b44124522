// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim_generate.h"

/* How long a VM does one thing. */
#define PHASE_S		60u

enum kind { IDLE, CACHE, PHASES, GROWTH, MIXED };

const struct sim_kind sim_kinds[] = {
	[IDLE] = { "idle", "VMs that do little and keep a large cold page cache" },
	[CACHE] = { "cache", "VMs that read files, a part of them again and again" },
	[PHASES] = { "phases", "VMs that fill memory, free it, and wait, in turns" },
	[GROWTH] = { "growth", "VMs whose memory in use grows until they are full" },
	[MIXED] = { "mixed", "VMs of all these kinds" },
	{ NULL, NULL },
};

static uint64_t rnd(uint64_t *seed, uint64_t below)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return below ? (*seed >> 20) % below : 0;
}

/* Parts of memory in per cent; what is left is free. */
struct shape {
	uint32_t anon_hot;
	uint32_t anon_cold;
	uint32_t file_hot;
	uint32_t file_cold;
};

static struct shape shape_at(enum kind kind, uint32_t second, uint32_t shift)
{
	uint32_t phase = (second + shift) / PHASE_S % 3, grown;

	switch (kind) {
	case IDLE:
		return (struct shape) { 6, 14, 4, 66 };
	case CACHE:
		return (struct shape) { 8, 7, 35, 40 };
	case PHASES:
		if (phase == 0)
			return (struct shape) { 60, 10, 5, 15 };
		if (phase == 1)
			return (struct shape) { 10, 10, 5, 15 };
		return (struct shape) { 10, 10, 25, 40 };
	case GROWTH:
	default:
		grown = (second + shift) / 8;
		return (struct shape) { 10 + (grown < 60 ? grown : 60), 10, 5, 10 };
	}
}

static uint64_t part(uint64_t pages, uint32_t percent, uint64_t *seed)
{
	uint64_t value = pages * percent / 100;

	/* Within 3 per cent: nothing is the same in each second. */
	return value - value * rnd(seed, 300) / 10000;
}

static void make_sample(enum kind kind, uint64_t size, uint32_t second, uint32_t shift,
			uint64_t *seed, struct sim_sample *sample)
{
	struct shape shape = shape_at(kind, second, shift);
	uint64_t *cls = sample->class_pages, used = 0;

	cls[BALLAST_CLASS_KERNEL] = size * 3 / 100;
	cls[BALLAST_CLASS_SLAB] = size * 2 / 100;
	cls[BALLAST_CLASS_ANON_ACTIVE] = part(size, shape.anon_hot, seed);
	cls[BALLAST_CLASS_ANON_INACTIVE] = part(size, shape.anon_cold, seed);
	cls[BALLAST_CLASS_FILE_ACTIVE] = part(size, shape.file_hot, seed);
	cls[BALLAST_CLASS_FILE_INACTIVE] = part(size, shape.file_cold, seed);
	for (unsigned int i = 0; i < BALLAST_NR_CLASSES; i++)
		used += cls[i];
	cls[BALLAST_CLASS_FREE] = size - used;
	sample->working_set_pages = cls[BALLAST_CLASS_KERNEL] + cls[BALLAST_CLASS_SLAB] +
				    cls[BALLAST_CLASS_ANON_ACTIVE] +
				    cls[BALLAST_CLASS_FILE_ACTIVE];
}

static int find_kind(const char *name)
{
	for (int i = 0; sim_kinds[i].name; i++)
		if (!strcmp(sim_kinds[i].name, name))
			return i;
	return -EINVAL;
}

int sim_generate(const struct sim_generate *what, struct sim_trace *trace)
{
	int kind = find_kind(what->kind), status;
	uint64_t seed = what->seed;

	if (kind < 0)
		return kind;
	status = sim_trace_make(trace, what->nr_vms, what->seconds);
	if (status)
		return status;
	for (uint32_t i = 0; i < what->nr_vms; i++) {
		enum kind of_vm = kind == MIXED ? (enum kind)(i % MIXED) : (enum kind)kind;
		uint32_t shift = (uint32_t)rnd(&seed, (uint64_t)3 * PHASE_S);
		struct sim_trace_vm *vm = &trace->vms[i];

		snprintf(vm->name, sizeof(vm->name), "%s%u", sim_kinds[of_vm].name, i);
		vm->size_pages = i % 3 == 2 ? what->size_pages / 2 : what->size_pages;
		vm->min_pages = vm->size_pages / 4;
		vm->shares = i % 4 == 3 ? 2000 : 1000;
		for (uint32_t second = 0; second < what->seconds; second++)
			make_sample(of_vm, vm->size_pages, second, shift, &seed,
				    sim_trace_at(trace, second, i));
	}
	return 0;
}
