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

/* Resident and swapped pages, now. Return: 0; -ESRCH the VMM has gone. */
int observe_memory(struct observer *o, struct observed_vm *vm);

/* The same between two rounds, where the kernel's counts tell. */
void observe_memory_moved(const struct observer *o, struct observed_vm *vm);

/* Pages swapped in per second, since the last look. */
void observe_refaults(const struct observer *o, struct observed_vm *vm);

#endif
