/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BALLAST_HEAT_H
#define BALLAST_HEAT_H

#include <stdint.h>

#include "cli.h"

/* Wider is finer than any picture; 0 takes every block instead. */
#define HEAT_WIDTH_MAX	100000

int heat_show(int argc, char **argv);
int heat_record(int argc, char **argv);
int heat_plot(int argc, char **argv);

#endif
