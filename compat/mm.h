/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels in looking at another process's memory. */
#ifndef BALLAST_COMPAT_MM_H
#define BALLAST_COMPAT_MM_H

#include <linux/mm.h>

/*
 * The page at an address, with a reference, if it is there: nothing is faulted in. The
 * caller holds mmap_lock. Return: NULL when there is none.
 */
static inline struct page *ballast_page_there(struct mm_struct *mm, unsigned long addr)
{
	struct page *page;
	long nr;

#ifdef BALLAST_HAVE_GUP_REMOTE
	nr = get_user_pages_remote(mm, addr, 1, FOLL_NOFAULT, &page, NULL);
#else
	nr = get_user_pages_remote(mm, addr, 1, FOLL_NOFAULT, &page, NULL, NULL);
#endif
	return nr == 1 ? page : NULL;
}

#endif /* BALLAST_COMPAT_MM_H */
