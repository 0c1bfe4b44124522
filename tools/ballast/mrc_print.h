/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's miss-rate curve, for people and as JSON. */
#ifndef BALLAST_MRC_PRINT_H
#define BALLAST_MRC_PRINT_H

#include "cli.h"
#include "mrc_view.h"

/* A word, as in sysfs. */
const char *mrc_state(uint32_t state);

/* The object of mrc show. */
void mrc_print(const struct vm *vm, const struct mrc_view *view);

/*
 * A cell: misses per second with so much of what the host has of the VM, JSON's in 1/1000;
 * "-" and null of a size that is not known.
 */
void mrc_print_at(const struct mrc_view *view, unsigned int percent);

#endif
