// SPDX-License-Identifier: GPL-2.0-only
/*
 * Since 6.3, commit 7d4a8be0c4b2 ("mm/mmu_notifier: remove unused
 * mmu_notifier_range_init() parameter").
 */
#include <linux/mmu_notifier.h>

void probe(struct mmu_notifier_range *range, struct mm_struct *mm);
void probe(struct mmu_notifier_range *range, struct mm_struct *mm)
{
	mmu_notifier_range_init(range, MMU_NOTIFY_CLEAR, 0, mm, 0, PAGE_SIZE);
}
