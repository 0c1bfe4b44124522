/* SPDX-License-Identifier: GPL-2.0-only */
/* One block's part of a scan pass; see visit.c. */
#ifndef BALLAST_HOST_VISIT_H
#define BALLAST_HOST_VISIT_H

#include <linux/sched.h>

#include "vm.h"

/**
 * struct ballast_visit - a pass on its way through the blocks
 * @vm:      whose; scan_lock is held throughout
 * @pass:    number of the pass
 * @now_s:   boot clock in seconds, modulo 2^16
 * @calls:   aging calls so far
 * @hits:    of those, found an access
 * @scanned_pages: pages covered by them
 * @changed_pages: pages that changed level
 * @contended: times stood back from mmu_lock
 * @giant_end: gfn up to which @giant_young answers for a 1 GiB page
 * @giant_young: that answer
 * @remapped:  a block is mapped otherwise than before
 * @stepped:   a page of the block at hand has changed state
 * @gone_cold: a page of the block at hand has gone cold
 * @states:  scratch, for the block at hand
 * @credit:  scratch, for the block at hand
 */
struct ballast_visit {
	struct ballast_vm *vm;
	u64 pass;
	u16 now_s;
	u64 calls;
	u64 hits;
	u64 scanned_pages;
	u64 changed_pages;
	u64 contended;
	u64 giant_end;
	bool giant_young;
	bool remapped;
	bool stepped;
	bool gone_cold;
	u8 states[BALLAST_BLOCK_PAGES];
	DECLARE_BITMAP(credit, BALLAST_BLOCK_PAGES);
};

int ballast_visit_block(struct ballast_visit *v, const struct ballast_slot *slot,
			const struct ballast_span *span);
unsigned int ballast_stand_back(struct ballast_vm *vm);
bool ballast_age(struct ballast_vm *vm, const struct ballast_span *span,
		 unsigned int first, unsigned int last);

#endif /* BALLAST_HOST_VISIT_H */
