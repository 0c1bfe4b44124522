/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host has of a VM in memory and in swap, and what it swaps in; part of observe.h. */
#ifndef BALLAST_TOOLS_OBSERVE_MEMORY_H
#define BALLAST_TOOLS_OBSERVE_MEMORY_H

#include "observe.h"

static inline uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static inline uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * What was read at that price is not read again for so long; where it may be older, each half
 * minute, and for a tenth of the price.
 */
static inline uint64_t observe_wait_ms(uint64_t cost_us, bool seldom)
{
	uint64_t wait_ms = cost_us * VMM_MEMORY_COST / 1000;

	if (!seldom)
		return wait_ms;
	return wait_ms * 10 < 30000 ? 30000 : wait_ms * 10;
}

/* Resident and swapped pages, now. Return: 0; -ESRCH the VMM has gone. */
int observe_memory(struct observer *o, struct observed_vm *vm);

/* The same between two rounds, where the kernel's counts tell. */
void observe_memory_moved(const struct observer *o, struct observed_vm *vm);

/* Pages swapped in per second, since the last look. */
void observe_refaults(const struct observer *o, struct observed_vm *vm);

#endif
