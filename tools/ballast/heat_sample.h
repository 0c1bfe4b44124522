/* SPDX-License-Identifier: GPL-2.0-only */
/* The heat of an attached VM's memory now. */
#ifndef BALLAST_HEAT_SAMPLE_H
#define BALLAST_HEAT_SAMPLE_H

#include "ballast_client.h"
#include "heat_grid.h"
#include "vm_find.h"

/**
 * struct heat_sampler - reads one row of heat after the other
 * @client: open
 * @vm:     attached
 * @spans:  where its memory was at the start
 * @grid:   columns
 * @cells:  of the last row
 * @pass:   scan passes completed then
 *
 * Memory that a VM gets later is not looked at; what it loses becomes a hole.
 */
struct heat_sampler {
	struct ballast_client *client;
	const struct vm *vm;
	struct heat_spans spans;
	struct heat_grid grid;
	uint8_t *cells;
	uint64_t pass;
	struct heat_sum *sums;
	struct ballast_block_activity *blocks;
};

/* 0 or a negative errno; the message is the client's @error. */
int heat_sampler_start(struct heat_sampler *sampler, struct ballast_client *client,
		       const struct vm *vm, size_t width);
int heat_sampler_read(struct heat_sampler *sampler);
void heat_sampler_stop(struct heat_sampler *sampler);

#endif
