/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of a VM, drawn at random from each level; see sample.c. */
#ifndef BALLAST_HOST_SAMPLE_H
#define BALLAST_HOST_SAMPLE_H

#include "ballast/wire.h"

struct ballast_vm;

/**
 * struct ballast_sample - a round of questions
 * @left: pages of each level that are still to be drawn
 */
struct ballast_sample {
	u32 left[BALLAST_NR_LEVELS];
};

void ballast_sample_start(struct ballast_vm *vm, struct ballast_sample *s, u32 error_bp);
u32 ballast_sample_draw(struct ballast_vm *vm, struct ballast_sample *s, u64 *gfns, u8 *levels,
			u32 max);

#endif /* BALLAST_HOST_SAMPLE_H */
