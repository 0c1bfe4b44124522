/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels in mmu notifiers; provenance is in probes/. */
#ifndef BALLAST_COMPAT_MMU_NOTIFIER_H
#define BALLAST_COMPAT_MMU_NOTIFIER_H

#include <linux/mmu_notifier.h>

/* Return type of the "young" callbacks: a truth value everywhere. */
#ifdef BALLAST_HAVE_YOUNG_RETURNS_BOOL
typedef bool ballast_young_t;
#else
typedef int ballast_young_t;
#endif

static inline void ballast_range_init(struct mmu_notifier_range *range,
				      struct mm_struct *mm,
				      unsigned long start, unsigned long end)
{
#ifdef BALLAST_HAVE_RANGE_INIT_WITHOUT_VMA
	mmu_notifier_range_init(range, MMU_NOTIFY_CLEAR, 0, mm, start, end);
#else
	mmu_notifier_range_init(range, MMU_NOTIFY_CLEAR, 0, NULL, mm, start, end);
#endif
}

#endif /* BALLAST_COMPAT_MMU_NOTIFIER_H */
