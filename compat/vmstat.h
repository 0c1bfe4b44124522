/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters that not every kernel has, or not at the same place. */
#ifndef BALLAST_COMPAT_VMSTAT_H
#define BALLAST_COMPAT_VMSTAT_H

#include <linux/mm.h>
#include <linux/vmstat.h>

/* Pages that balloons have taken, and whether the kernel counts them. */
static inline unsigned long ballast_balloon_pages(void)
{
#ifdef BALLAST_HAVE_NODE_STAT_BALLOON
	return global_node_page_state_pages(NR_BALLOON_PAGES);
#else
	return 0;
#endif
}

static inline bool ballast_balloon_pages_counted(void)
{
#ifdef BALLAST_HAVE_NODE_STAT_BALLOON
	return true;
#else
	return false;
#endif
}

/* A balloon has taken so many pages from @page on, or has given them back. */
static inline void ballast_balloon_pages_add(struct page *page, long pages)
{
#ifdef BALLAST_HAVE_NODE_STAT_BALLOON
	mod_node_page_state(page_pgdat(page), NR_BALLOON_PAGES, pages);
#endif
}

/* Pages that reclaim has looked at and taken; @events is of all_vm_events(). */
enum ballast_reclaim_item {
	BALLAST_SCAN_KSWAPD,
	BALLAST_SCAN_DIRECT,
	BALLAST_STEAL_KSWAPD,
	BALLAST_STEAL_DIRECT,
};

static inline unsigned long ballast_reclaimed(enum ballast_reclaim_item item,
					      const unsigned long *events)
{
	static const int items[] = {
		[BALLAST_SCAN_KSWAPD] = PGSCAN_KSWAPD, [BALLAST_SCAN_DIRECT] = PGSCAN_DIRECT,
		[BALLAST_STEAL_KSWAPD] = PGSTEAL_KSWAPD, [BALLAST_STEAL_DIRECT] = PGSTEAL_DIRECT,
	};

#ifdef BALLAST_HAVE_NODE_STAT_RECLAIM
	return global_node_page_state(items[item]);
#else
	return events[items[item]];
#endif
}

#endif /* BALLAST_COMPAT_VMSTAT_H */
