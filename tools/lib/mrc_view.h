/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's miss-rate curve, and where on it the VM is. */
#ifndef BALLAST_TOOLS_MRC_VIEW_H
#define BALLAST_TOOLS_MRC_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/mrc.h"
#include "vm_find.h"
#include "vmm_memory.h"

/* Traced time before there is any curve. */
#define MRC_VIEW_FIRST_MS	5000

/**
 * struct mrc_view - what was read last; zeroed before the first time
 * @query:      of the module
 * @curve:      of @query; without points if there is none yet
 * @manual:     ticks come with passes only
 * @memory:     of the VMM behind the guest
 * @has_memory: that could be read
 * @memory_ms, @memory_cost_ms: when, and how long it took, which is bounded
 */
struct mrc_view {
	struct ballast_mrc_query query;
	struct ballast_mrc_curve curve;
	bool manual;
	struct vmm_memory memory;
	bool has_memory;
	uint64_t memory_ms;
	uint64_t memory_cost_ms;
};

/* Return: 0 or a negative errno, the message is the client's @error. */
int mrc_view_read(struct ballast_client *client, const struct vm *vm, struct mrc_view *view);

/* The curve of what the module says. */
void mrc_view_curve(struct mrc_view *view);

/* Why there is no curve, and the way out, a sentence; false: there is one. */
bool mrc_view_missing(const struct mrc_view *view, const char *folder, char *text, size_t size);

/* Does the curve say anything of this size? */
bool mrc_view_knows(const struct mrc_view *view, uint64_t pages);

#endif
