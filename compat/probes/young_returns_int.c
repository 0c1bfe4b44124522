// SPDX-License-Identifier: GPL-2.0-only
/* Until 7.1: mmu_notifier_ops' clear_flush_young, clear_young, test_young return int. */
#include <linux/mmu_notifier.h>

static int young(struct mmu_notifier *mn, struct mm_struct *mm,
		 unsigned long start, unsigned long end)
{
	return 0;
}

static int test(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address)
{
	return 0;
}

const struct mmu_notifier_ops probe = {
	.clear_flush_young = young, .clear_young = young, .test_young = test,
};
