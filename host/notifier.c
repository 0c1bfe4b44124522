// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accessed bits are shared with the host's own reclaim, MGLRU and DAMON. Who
 * clears one hides that access from all others. This notifier makes it whole
 * in both directions:
 *
 *  - others clear: registered after KVM's, our callback runs before it, while
 *    the bit is still set. We clear it ourselves through KVM's operation,
 *    credit the page, and return what we found; the kernel ors the answers, so
 *    the caller gets the one it would have got without us.
 *  - we have cleared: the page is owed. A caller that asks is told "young";
 *    one that clears takes the debt with it.
 *
 * Between the scanner's clear and its note of the debt, the block is marked
 * in flight and counts as owed.
 *
 * Callbacks run in atomic context (page-table lock held, inside the mmu
 * notifier's SRCU section), except release. They take no lock of ours and
 * never drop a reference on struct kvm, whose last put sleeps.
 */

#include <linux/error-injection.h>
#include <linux/mm.h>

#include "compat/mmu_notifier.h"
#include "mrc.h"
#include "notifier.h"
#include "trace.h"
#include "vm.h"

/* A page-sized question, rounded outward, touches two pages at most. */
#define EXACT_PAGES	2

static struct ballast_vm *vm_of(struct mmu_notifier *mn)
{
	return container_of(mn, struct ballast_vm, mn);
}

/**
 * struct young_walk - a foreign young call on its way through our blocks
 * @vm:       whose
 * @clear:    operation of the same kind as the caller's
 * @found:    accessed bits that were set
 * @owed:     debts repaid
 * @exact:    ask page by page: the range is a page or two
 */
struct young_walk {
	struct ballast_vm *vm;
	ballast_clear_fn clear;
	bool found;
	bool owed;
	bool exact;
};

static void clear_span(const struct ballast_span *span, unsigned int first,
		       unsigned int last, void *arg)
{
	struct young_walk *walk = arg;
	bool huge = ballast_block_level(span->block) >= BALLAST_MAP_2M;
	unsigned int page = first, step = walk->exact && !huge ? 1 : last - first;

	for (; page < last; page += step) {
		if (ballast_mrc_clear(walk->vm, span, page, page + step, walk->clear)) {
			walk->found = true;
			if (step == 1)
				ballast_block_credit(span->block, page);
			else
				ballast_block_raise(span->block, BALLAST_EV_CREDIT);
			atomic64_inc(&walk->vm->credited);
			continue;
		}
		smp_rmb();	/* the bit was clear: now whether we cleared it */
		if (ballast_block_event(span->block, BALLAST_EV_INFLIGHT))
			walk->owed = true;
	}
	smp_rmb();	/* no longer in flight: the debt has been noted */
	if (ballast_block_repay(span->block, first, last, &walk->vm->store_bytes))
		walk->owed = true;
}

static ballast_young_t clear_common(struct mmu_notifier *mn, unsigned long start,
				    unsigned long end,
				    bool (*clear)(struct ballast_vm *vm,
						  unsigned long start, unsigned long end))
{
	struct young_walk walk = { .vm = vm_of(mn), .clear = clear };
	struct ballast_memmap *map;

	start &= PAGE_MASK;
	end = PAGE_ALIGN(end);
	walk.exact = end - start <= EXACT_PAGES * PAGE_SIZE;
	rcu_read_lock();
	map = rcu_dereference(walk.vm->map);
	if (map)
		ballast_memmap_for_range(map, start, end, clear_span, &walk);
	rcu_read_unlock();
	if (walk.owed && !walk.found)
		atomic64_inc(&walk.vm->given_back);
	if (walk.owed || walk.found)
		trace_ballast_foreign(walk.vm->id, start, end, walk.found, walk.owed);
	return walk.found || walk.owed;
}

static ballast_young_t notifier_clear_young(struct mmu_notifier *mn,
					    struct mm_struct *mm,
					    unsigned long start, unsigned long end)
{
	return clear_common(mn, start, end, vm_of(mn)->aging->clear);
}

static ballast_young_t notifier_clear_flush_young(struct mmu_notifier *mn,
						  struct mm_struct *mm,
						  unsigned long start, unsigned long end)
{
	return clear_common(mn, start, end, vm_of(mn)->aging->clear_flush);
}

static void test_page(const struct ballast_span *span, unsigned int first,
		      unsigned int last, void *arg)
{
	bool *owed = arg;

	*owed |= ballast_block_event(span->block, BALLAST_EV_INFLIGHT);
	smp_rmb();	/* no longer in flight: the debt has been noted */
	*owed |= ballast_block_owes(span->block, first);
}

static ballast_young_t notifier_test_young(struct mmu_notifier *mn,
					   struct mm_struct *mm,
					   unsigned long address)
{
	struct ballast_vm *vm = vm_of(mn);
	struct ballast_memmap *map;
	bool owed = false;

	rcu_read_lock();
	map = rcu_dereference(vm->map);
	if (map)
		ballast_memmap_for_range(map, address, address + 1, test_page, &owed);
	rcu_read_unlock();
	if (owed)
		atomic64_inc(&vm->given_back);
	return owed;
}

struct invalidation {
	struct ballast_vm *vm;
	bool gone;	/* the pages are going, not just their protection */
	u64 blocks;
};

static void invalidate_block(const struct ballast_span *span, unsigned int first,
			     unsigned int last, void *arg)
{
	struct invalidation *inv = arg;

	if (inv->gone)
		ballast_block_repay(span->block, first, last, &inv->vm->store_bytes);
	if (!ballast_block_event(span->block, BALLAST_EV_INVALID)) {
		ballast_block_raise(span->block, BALLAST_EV_INVALID);
		inv->blocks++;
	}
}

static int notifier_invalidate_start(struct mmu_notifier *mn,
				     const struct mmu_notifier_range *range)
{
	struct invalidation inv = {
		.vm = vm_of(mn),
		.gone = range->event == MMU_NOTIFY_UNMAP,
	};
	struct ballast_memmap *map;

	rcu_read_lock();
	map = rcu_dereference(inv.vm->map);
	if (map)
		ballast_memmap_for_range(map, range->start, range->end,
					 invalidate_block, &inv);
	rcu_read_unlock();
	if (inv.blocks)
		atomic64_add(inv.blocks, &inv.vm->invalidated_blocks);
	atomic64_inc(&inv.vm->invalidations);
	return 0;
}

/* The VMM's memory goes: the VM is dead. May sleep, but not detach here. */
static void notifier_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	ballast_vm_detach_later(vm_of(mn));
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = notifier_release,
	.clear_flush_young = notifier_clear_flush_young,
	.clear_young = notifier_clear_young,
	.test_young = notifier_test_young,
	.invalidate_range_start = notifier_invalidate_start,
};

/* The caller holds mm_users; sleeps for mmap_lock. */
int ballast_notifier_register(struct ballast_vm *vm)
{
	vm->mn.ops = &notifier_ops;
	return mmu_notifier_register(&vm->mn, vm->mm);
}
ALLOW_ERROR_INJECTION(ballast_notifier_register, ERRNO);

/* When it returns, no callback runs and none will. */
void ballast_notifier_unregister(struct ballast_vm *vm)
{
	mmu_notifier_unregister(&vm->mn, vm->mm);
}
