/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace of VMs that are there, second by second
 *
 * After each second the file is a whole trace: its first line, which has the length, is
 * written anew. What nobody simulates, but somebody may want to know of that second, goes
 * along: classes by level, pages in the host's swap and in the balloon.
 */
#ifndef BALLAST_SIM_RECORD_H
#define BALLAST_SIM_RECORD_H

#include <stdio.h>

#include "policy/sched.h"
#include "sim_trace.h"

/**
 * struct sim_record - a trace that is being written
 * @file, @path: it
 * @vms, @nr:    VMs, of the caller
 * @total_pages: memory of the host
 */
struct sim_record {
	FILE *file;
	const char *path;
	const struct sim_trace_vm *vms;
	uint32_t nr;
	uint64_t total_pages;
};

/* Both: 0, or a negative errno and a message of up to @size bytes in @error. */
int sim_record_start(struct sim_record *record, char *error, size_t size);
/* All VMs of a second have been added; one that is missing is as it was before. */
int sim_record_second(struct sim_record *record, uint32_t second, char *error, size_t size);
void sim_record_end(struct sim_record *record);

/* A VM in a second, as the scheduler sees it. */
void sim_record_vm(struct sim_record *record, uint32_t second, uint32_t vm,
		   const struct ballast_sched_vm *in);

/**
 * sim_record_sample() - what it would use its memory for, as far as one can see
 * @in:         the VM; its guest makes up a part of it
 * @size_pages: of the trace, no sum is larger
 * @sample:     out
 *
 * In use is what is hot or warm and neither free nor in the balloon. Of a guest that says
 * nothing, all that the host has counts as anonymous memory.
 */
void sim_record_sample(const struct ballast_sched_vm *in, uint64_t size_pages,
		       struct sim_sample *sample);

#endif
