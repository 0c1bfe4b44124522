// SPDX-License-Identifier: GPL-2.0-only
/* Until 6.2: mmu_notifier_range_init() takes the vma as fourth argument. */
#include <linux/mmu_notifier.h>

void probe(struct mmu_notifier_range *range, struct mm_struct *mm);
void probe(struct mmu_notifier_range *range, struct mm_struct *mm)
{
	mmu_notifier_range_init(range, MMU_NOTIFY_CLEAR, 0, NULL, mm, 0, PAGE_SIZE);
}
