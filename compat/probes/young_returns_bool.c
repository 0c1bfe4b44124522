// SPDX-License-Identifier: GPL-2.0-only
/* Since 7.2, 2026-03: mmu_notifier_ops' clear_flush_young, clear_young, test_young return bool. */
#include <linux/mmu_notifier.h>

static bool young(struct mmu_notifier *mn, struct mm_struct *mm,
		  unsigned long start, unsigned long end)
{
	return false;
}

static bool test(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address)
{
	return false;
}

const struct mmu_notifier_ops probe = {
	.clear_flush_young = young, .clear_young = young, .test_young = test,
};
