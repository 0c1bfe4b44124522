/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces that nobody has recorded: kinds of load, from a seed. */
#ifndef BALLAST_SIM_GENERATE_H
#define BALLAST_SIM_GENERATE_H

#include "sim_trace.h"

/**
 * struct sim_kind - a kind of load
 * @name: as typed
 * @help: in a few words
 */
struct sim_kind {
	const char *name;
	const char *help;
};

/* Ends with a NULL name. */
extern const struct sim_kind sim_kinds[];

/**
 * struct sim_generate - what to make
 * @kind:       one of sim_kinds
 * @nr_vms:     VMs
 * @seconds:    length
 * @seed:       the same seed makes the same trace
 * @size_pages: memory of each VM; every third has half of that
 */
struct sim_generate {
	const char *kind;
	uint32_t nr_vms;
	uint32_t seconds;
	uint64_t seed;
	uint64_t size_pages;
};

/*
 * Everything but the memory of the host. 0, -EINVAL if there is no such kind, -ENOMEM.
 */
int sim_generate(const struct sim_generate *what, struct sim_trace *trace);

#endif
