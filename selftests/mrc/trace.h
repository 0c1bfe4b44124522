/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces of accesses with known miss-rate curves, and these. */
#ifndef BALLAST_MRC_TRACE_H
#define BALLAST_MRC_TRACE_H

#include "ballast/policy_env.h"

#define PAGES_MAX	262144u
#define BLOCKS_MAX	(PAGES_MAX / 512)

enum workload { ZIPF, UNIFORM, LOOP, HOT_LOOP, ZIPF_SCAN, PHASES, NR_KINDS };

/* How what is used together lies in memory: anywhere, or in runs of 256 KiB. */
enum layout { SCATTERED, RUNS, NR_LAYOUTS };

extern const char *const kind_names[NR_KINDS];
extern const char *const layout_names[NR_LAYOUTS];

/**
 * struct trace - accesses and the truth
 * @pages:    of memory, in whole blocks; set before trace_make(), like @n
 * @spare:    behind those, and never accessed; both up to PAGES_MAX
 * @n:        accesses, always as many
 * @number:   tells it from others made by this program
 * @page:     of each access
 * @distance: of each access, pages accessed since its unit was; MRC_ORACLE_FIRST: never
 * @huge:     of each block, it is mapped huge: one unit
 */
struct trace {
	u32 pages;
	u32 spare;
	u32 n;
	u64 number;
	u32 *page;
	u32 *distance;
	bool huge[BLOCKS_MAX];
};

/* Random numbers below @n, from *@state. */
u32 draw(u64 *state, u32 n);

/* Each block is mapped huge with a chance of @huge_percent. Ends the program on failure. */
void trace_make(struct trace *t, enum workload kind, enum layout layout,
		unsigned int huge_percent, u64 seed);

#endif /* BALLAST_MRC_TRACE_H */
