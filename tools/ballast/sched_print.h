/* SPDX-License-Identifier: GPL-2.0-only */
/* What the memory scheduler has seen and decided, as ballast sched and ballast top print it. */
#ifndef BALLAST_SCHED_PRINT_H
#define BALLAST_SCHED_PRINT_H

#include "sched_state.h"

/* The host and all VMs. @daemon: it is of one that runs. */
void sched_print(const struct sched_state *state, bool daemon);
/* One VM, with a sentence per reason. */
void sched_print_vm(const struct sched_state *state, const struct sched_state_vm *vm);

/* A line per VM, with the time of day; the columns are in a stream. */
void sched_print_lines_begin(void);
void sched_print_lines(const struct sched_state *state);

#endif
