/* SPDX-License-Identifier: GPL-2.0-only */
/* Others that age memory: the kernel's multi-generational LRU, and DAMON. */
#ifndef TINYVM_AGER_H
#define TINYVM_AGER_H

#include <stdbool.h>
#include <stdint.h>

#define MGLRU_ENABLED	"/sys/kernel/mm/lru_gen/enabled"

/**
 * struct mglru - generations of HOST_CGROUP on node 0
 * @memcg:	the kernel's number of the group
 * @youngest:	number of the youngest generation
 * @young:	anonymous pages in the youngest two: aging moves what it finds
 *		accessed to the youngest and then begins a new one
 * @older:	anonymous pages in all others
 */
struct mglru {
	unsigned int memcg;
	unsigned long youngest;
	unsigned long young;
	unsigned long older;
};

/* Why it cannot be used here, or NULL. */
const char *mglru_missing(void);
/* 0 or -errno. */
int mglru_read(struct mglru *lru);
/* Make a new generation: asks and clears every accessed bit of the group. */
int mglru_age(void);

/**
 * struct damon_region - what DAMON found out
 * @start:	host address
 * @end:	one past the last
 * @accesses:	samples that found an access
 */
struct damon_region {
	uint64_t start;
	uint64_t end;
	unsigned int accesses;
};

const char *damon_missing(void);
/*
 * Watch that part of the caller's memory, in @regions regions at least.
 * 0 or -errno; damon_stop() in any case.
 */
int damon_start(uint64_t start, uint64_t end, unsigned int sample_us, unsigned int aggr_us,
		unsigned int regions);
/* Regions of the last aggregation: how many, at most @max, or -errno. */
int damon_regions(struct damon_region *regions, unsigned int max);
void damon_stop(void);

#endif /* TINYVM_AGER_H */
