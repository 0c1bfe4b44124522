/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host's kernel knows of a VMM's memory, and of the host's
 *
 * @proc is where procfs is mounted, @root the cgroup file system (version 2).
 */
#ifndef BALLAST_TOOLS_VMM_MEMORY_H
#define BALLAST_TOOLS_VMM_MEMORY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/ballast.h>

/**
 * struct vmm_memory - host memory behind a guest
 * @resident_pages: in memory
 * @swapped_pages:  in swap
 */
struct vmm_memory {
	uint64_t resident_pages;
	uint64_t swapped_pages;
};

/* Reading it may cost a twentieth of one core, the caller's: the kernel walks page tables. */
#define VMM_MEMORY_COST	20

/*
 * Of the mappings that guest memory lies in, which @slots tell; without slots, of all.
 * Return: 0 or a negative errno.
 */
int vmm_memory_read(const char *proc, pid_t pid, const struct ballast_slot_entry *slots, size_t nr,
		    struct vmm_memory *memory);

/**
 * struct vmm_counts - the kernel's counts of a process
 * @rss_pages:    in memory
 * @shared_pages: of them, of files in memory (memfd, shared memory)
 * @swap_pages:   in swap, but for shared ones
 *
 * Kept per CPU: off by 32 pages, or twice the number of CPUs, for each CPU at most.
 */
struct vmm_counts {
	uint64_t rss_pages;
	uint64_t shared_pages;
	uint64_t swap_pages;
};

/* Costs next to nothing, however large the process. Return: 0 or a negative errno. */
int vmm_counts_read(const char *proc, pid_t pid, struct vmm_counts *counts);

/* Faults of the process that had to read from a disk, ever. */
bool vmm_major_faults(const char *proc, pid_t pid, uint64_t *faults);

/* The nearest cgroup of a process, below the root, that counts memory. */
bool cgroup_find(const char *proc, const char *root, pid_t pid, char folder[PATH_MAX]);
/* A file with one number; "max" is ~0. */
bool cgroup_value(const char *folder, const char *file, uint64_t *value);
/* A line of memory.stat. */
bool cgroup_stat(const char *folder, const char *key, uint64_t *value);

/**
 * struct swap_cache - pages that are in memory and in swap
 * @pages:     in all, none of them being written
 * @used_pages: swap in use
 *
 * A page that was swapped out stays until the kernel looks for memory: it is as good as free.
 * One that was swapped in and is mapped may keep its place in swap.
 */
struct swap_cache {
	uint64_t pages;
	uint64_t used_pages;
};

/*
 * Those that are mapped nowhere, at least. @swapped_pages: what processes miss; all else
 * that is in use of swap is taken to be mapped.
 */
uint64_t swap_cache_unmapped(const struct swap_cache *cache, uint64_t swapped_pages);

/**
 * struct host_memory - /proc/meminfo
 * @total_pages:     MemTotal
 * @available_pages: MemAvailable, which leaves @swap_cache out
 * @swap_pages:      SwapTotal
 * @swap_free_pages: SwapFree
 * @swap_cache:      SwapCached, without Writeback
 */
struct host_memory {
	uint64_t total_pages;
	uint64_t available_pages;
	uint64_t swap_pages;
	uint64_t swap_free_pages;
	struct swap_cache swap_cache;
};

/* What is free or may be, for comparing. */
static inline uint64_t host_memory_left(const struct host_memory *memory)
{
	return memory->available_pages + memory->swap_cache.pages;
}

/* Return: 0 or a negative errno. */
int host_memory_read(const char *proc, struct host_memory *memory);

#endif
