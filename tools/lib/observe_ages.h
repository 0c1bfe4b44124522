/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a VM's cold memory was idle; part of observe.h. */
#ifndef BALLAST_TOOLS_OBSERVE_AGES_H
#define BALLAST_TOOLS_OBSERVE_AGES_H

#include "observe.h"

/*
 * Fill in.age_pages, from the activity of blocks of 2 MiB, scanned each @period_ms. Return: 0
 * or the module's error.
 */
int observe_ages(struct observer *o, struct observed_vm *vm, uint32_t period_ms);

/* So much is free that nothing is done to have more. */
bool observe_plenty(const struct observer *o);

#endif
