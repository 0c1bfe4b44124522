/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace: what VMs would use their memory for, if they had all of it
 *
 * One sample per VM and second. The file has a JSON object per line; ballast-sim(8)
 * describes it.
 */
#ifndef BALLAST_SIM_TRACE_H
#define BALLAST_SIM_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "uapi/linux/ballast.h"

#define SIM_VMS_MAX	1024u
#define SIM_SECONDS_MAX	1000000u
#define SIM_SAMPLES_MAX	(1u << 24)
#define SIM_PAGES_MAX	(1ull << 40)

/**
 * struct sim_trace_vm - a VM of a trace
 * @name:       of the guest
 * @size_pages: its memory
 * @min_pages:  never less
 * @shares:     how much it matters
 */
struct sim_trace_vm {
	char name[32];
	uint64_t size_pages;
	uint64_t min_pages;
	uint32_t shares;
};

/**
 * struct sim_sample - one second of a VM
 * @class_pages:       per enum ballast_class; free is what is left
 * @working_set_pages: of these, in use in this second
 * @demand_pages:      anonymous memory beyond that, gone with the second
 */
struct sim_sample {
	uint64_t class_pages[BALLAST_NR_CLASSES];
	uint64_t working_set_pages;
	uint64_t demand_pages;
};

/**
 * struct sim_trace - zero-initialize, release when done
 * @total_pages: memory of the host
 * @nr_vms:      VMs
 * @seconds:     length
 * @vms:         @nr_vms of them
 * @samples:     @seconds times @nr_vms, all of a second beside each other
 */
struct sim_trace {
	uint64_t total_pages;
	uint32_t nr_vms;
	uint32_t seconds;
	struct sim_trace_vm *vms;
	struct sim_sample *samples;
};

static inline struct sim_sample *sim_trace_at(const struct sim_trace *trace, uint32_t second,
					      uint32_t vm)
{
	return &trace->samples[(size_t)second * trace->nr_vms + vm];
}

/* Room for so much, all zero. 0 or -ENOMEM. */
int sim_trace_make(struct sim_trace *trace, uint32_t nr_vms, uint32_t seconds);
void sim_trace_release(struct sim_trace *trace);

/* 0, or a negative errno and a message of up to @size bytes in @error. */
int sim_trace_save(const struct sim_trace *trace, const char *path, char *error, size_t size);
int sim_trace_load(struct sim_trace *trace, const char *path, char *error, size_t size);

/* Lines of a file, for who has no whole trace: the first one, without its end; */
void sim_trace_head(char *text, size_t size, uint64_t total_pages, uint32_t vms, uint32_t seconds);
void sim_trace_put_vm(FILE *file, const struct sim_trace_vm *vm, uint32_t i);
/* a sample, without its closing brace; an object of BALLAST_NR_CLASSES classes. */
void sim_trace_put_sample(FILE *file, uint32_t second, uint32_t vm,
			  const struct sim_sample *sample);
void sim_trace_put_classes(FILE *file, const uint64_t *class_pages);

#endif
