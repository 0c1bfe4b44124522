/* SPDX-License-Identifier: GPL-2.0-only */
/* A fake module and a fake /proc, for what the scheduler is given and does with it. */
#ifndef BALLAST_TOOLS_TESTS_OBSERVE_FAKE_H
#define BALLAST_TOOLS_TESTS_OBSERVE_FAKE_H

#include "sched_round.h"

#define MIB	256ull
#define HVA	0x7f0000000000ull
#define VMS	3

/**
 * struct fake_module - what it answers
 * @nr: VMs
 * @query, @classes, @balloon, @mrc, @slot: of each
 * @idle_s: of its cold memory
 * @unmapped: none of it is in memory
 * @mixed: each block of it has a page that is not cold
 * @errno_of: what calls about it fail with
 */
extern struct fake_module {
	unsigned int nr;
	struct ballast_vm_query query[VMS];
	struct ballast_class_matrix classes[VMS];
	struct ballast_balloon_query balloon[VMS];
	struct ballast_mrc_query mrc[VMS];
	struct ballast_slot_entry slot[VMS];
	uint16_t idle_s[VMS];
	bool unmapped[VMS];
	bool mixed[VMS];
	int errno_of[VMS];
} module;

extern struct sched_round a_round;
extern struct observer *const o;

void write_file(const char *path, const char *text);
void set_host(unsigned int total_mib, unsigned int available_mib, unsigned int swap_mib);
/* 8 GiB, of which one is available, and 4 GiB of swap. */
void set_swap(unsigned int cached_mib, unsigned int used_mib, unsigned int writeback_mib);
/* Memory of a VMM by its mappings, and without counts. */
void set_memory(unsigned int pid, unsigned int rss_mib, unsigned int swap_mib,
		unsigned int faults);
void set_counts(unsigned int pid, unsigned int rss_mib, unsigned int shared_mib,
		unsigned int swap_mib);

/* @text: configuration; @nr: VMs of 1 GiB: a quarter each busy, cold, cold cache, free. */
void start(const char *text, unsigned int nr);
/* Another daemon, with the same configuration and VMs. */
void start_again(void);
/* A round that reads all memory, whatever that costs. Return: as sched_round_run(). */
int run(uint64_t now_ms);
void stop(void);

#endif
