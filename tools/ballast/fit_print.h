/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer of ballast fit. */
#ifndef BALLAST_FIT_PRINT_H
#define BALLAST_FIT_PRINT_H

#include "sched_round.h"

/* Exit code of "it does not fit". */
#define FIT_NO	3

/* @round has the decisions of ballast_sched_fit(). */
void fit_print(const struct sched_round *round, const struct ballast_sched_vm *candidate,
	       const struct ballast_sched_fit *fit);

#endif
