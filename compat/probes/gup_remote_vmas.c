// SPDX-License-Identifier: GPL-2.0-only
/* Until 6.5: the areas of the pages can be asked for as well. */
#include <linux/mm.h>

long probe(struct mm_struct *mm, struct page **page);
long probe(struct mm_struct *mm, struct page **page)
{
	return get_user_pages_remote(mm, 0, 1, FOLL_NOFAULT, page, NULL, NULL);
}
