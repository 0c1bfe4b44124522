// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "observe_ages.h"
#include "observe_memory.h"

bool observe_plenty(const struct observer *o)
{
	struct ballast_host_marks marks;

	ballast_host_marks(o->host.total_pages, &marks);
	return o->host.total_pages && o->host.free_pages >= marks.mark_pages[BALLAST_HOST_HIGH];
}

static bool ages_are_due(const struct observer *o, const struct observed_vm *vm)
{
	/* While there is plenty nothing is to be taken. */
	return !vm->looks ||
	       o->now_ms - vm->ages_ms >= observe_wait_ms(vm->ages_cost_us, observe_plenty(o));
}

/*
 * Pages that are cold in a block with others that are not: the block's time is that of the
 * others, and they have been idle for five passes at least.
 */
static uint64_t idle_s(const struct ballast_block_activity *block, uint32_t period_ms)
{
	uint64_t passes_s = 5ull * period_ms / 1000;

	if (block->level_pages[BALLAST_COLD] == block->nr_pages || block->idle_s > passes_s)
		return block->idle_s;
	return passes_s;
}

static unsigned int age_of(uint64_t seconds)
{
	unsigned int age = 0;

	while (age + 1 < BALLAST_NR_AGES && seconds >> (age + 1))
		age++;
	return age;
}

struct ages {
	uint64_t pages[BALLAST_NR_AGES];
	uint32_t period_ms;
};

/* What is mapped nowhere is not in memory. */
static void count_ages(void *arg, uint64_t gfn, const struct ballast_block_activity *blocks,
		       size_t nr)
{
	struct ages *ages = arg;

	(void)gfn;
	for (size_t i = 0; i < nr; i++)
		if (blocks[i].map_level != BALLAST_MAP_NONE)
			ages->pages[age_of(idle_s(&blocks[i], ages->period_ms))] +=
				blocks[i].level_pages[BALLAST_COLD];
}

int observe_ages(struct observer *o, struct observed_vm *vm, uint32_t period_ms)
{
	struct ages ages = { .period_ms = period_ms };
	uint64_t start = observer_clock_us();
	int ret;

	if (ages_are_due(o, vm)) {
		ret = ballast_client_each_block(o->client, vm->vm.entry.id, vm->vm.label,
						vm->slots, vm->nr_slots, count_ages, &ages);
		if (ret)
			return ret;
		memcpy(vm->age_pages, ages.pages, sizeof(vm->age_pages));
		vm->ages_ms = o->now_ms;
		vm->ages_cost_us = observer_clock_us() - start;
	}
	memcpy(vm->in.age_pages, vm->age_pages, sizeof(vm->in.age_pages));
	return 0;
}
