/* SPDX-License-Identifier: GPL-2.0-only */
/* A counter that not every kernel has. */
#ifndef BALLAST_COMPAT_VMSTAT_H
#define BALLAST_COMPAT_VMSTAT_H

#include <linux/vmstat.h>

/* Pages that a balloon has taken; 0 where the kernel does not count them. */
static inline unsigned long ballast_balloon_pages(void)
{
#ifdef BALLAST_HAVE_NODE_STAT_BALLOON
	return global_node_page_state_pages(NR_BALLOON_PAGES);
#else
	return 0;
#endif
}

#endif /* BALLAST_COMPAT_VMSTAT_H */
