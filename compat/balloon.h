/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single pages of a balloon, which the kernel may move. Who does what when one enters,
 * moves and leaves differs: until <linux/balloon.h> the driver does most of it.
 */
#ifndef BALLAST_COMPAT_BALLOON_H
#define BALLAST_COMPAT_BALLOON_H

#include <linux/mm.h>
#include <linux/page_reporting.h>
#ifdef BALLAST_HAVE_BALLOON_HEADER
#include <linux/balloon.h>
#define BALLAST_BALLOON_MOVES	IS_ENABLED(CONFIG_BALLOON_MIGRATION)
#else
#include <linux/balloon_compaction.h>
#define BALLAST_BALLOON_MOVES	IS_ENABLED(CONFIG_BALLOON_COMPACTION)
#endif

/* The largest block of the page allocator. */
#ifdef MAX_PAGE_ORDER
#define BALLAST_ORDER_MAX	MAX_PAGE_ORDER
#else
#define BALLAST_ORDER_MAX	(MAX_ORDER - 1)
#endif

#ifdef PAGE_REPORTING_ORDER_UNSPECIFIED
#define BALLAST_REPORTING_ORDER	PAGE_REPORTING_ORDER_UNSPECIFIED
#else
#define BALLAST_REPORTING_ORDER	0
#endif

#ifdef BALLAST_EXPORTS_PAGE_REPORTING_ORDER
/* Exported, and in no header: mm/page_reporting.c. */
extern unsigned int page_reporting_order;
#endif

/*
 * The smallest block that is reported, from now on. Where the kernel does not let drivers
 * set it, it takes it from a driver that registers. Return: what it was; 0 when the
 * kernel has forgotten us.
 */
static inline unsigned int ballast_reporting_set_order(struct page_reporting_dev_info *info,
						       unsigned int order)
{
	unsigned int old;

#ifdef BALLAST_EXPORTS_PAGE_REPORTING_ORDER
	old = page_reporting_order;
	WRITE_ONCE(page_reporting_order, order);
#else
	old = info->order ?: pageblock_order;
	page_reporting_unregister(info);
	info->order = order;
	if (page_reporting_register(info))
		old = 0;
#endif
	return old;
}

/* @unmanaged: pages in the balloon are no part of the kernel's memory. */
static inline void ballast_balloon_devinfo(struct balloon_dev_info *info, bool unmanaged)
{
	balloon_devinfo_init(info);
#ifdef BALLAST_HAVE_BALLOON_HEADER
	info->adjust_managed_page_count = unmanaged;
#endif
}

static inline void ballast_balloon_enter(struct balloon_dev_info *info, struct page *page,
					 bool unmanaged)
{
	balloon_page_enqueue(info, page);
#ifndef BALLAST_HAVE_BALLOON_HEADER
	if (unmanaged)
		adjust_managed_page_count(page, -1);
#endif
}

/* Up to @nr pages to @list, fewer while some are being moved. Return: how many. */
static inline size_t ballast_balloon_leave(struct balloon_dev_info *info, struct list_head *list,
					   size_t nr, bool unmanaged)
{
	size_t left = balloon_page_list_dequeue(info, list, nr);
#ifndef BALLAST_HAVE_BALLOON_HEADER
	struct page *page;

	if (unmanaged)
		list_for_each_entry(page, list, lru)
			adjust_managed_page_count(page, 1);
#endif
	return left;
}

/* In migratepage(): @new is in the balloon in place of @old, before the host is told. */
static inline void ballast_balloon_move(struct balloon_dev_info *info, struct page *new,
					struct page *old, bool unmanaged)
{
#if !defined(BALLAST_HAVE_BALLOON_HEADER) && defined(CONFIG_BALLOON_COMPACTION)
	unsigned long flags;

	get_page(new);
	if (unmanaged && page_zone(old) != page_zone(new)) {
		adjust_managed_page_count(old, 1);
		adjust_managed_page_count(new, -1);
	}
	spin_lock_irqsave(&info->pages_lock, flags);
	balloon_page_insert(info, new);
	info->isolated_pages--;
	spin_unlock_irqrestore(&info->pages_lock, flags);
#endif
}

/* And after that. Return: of migratepage(). */
static inline int ballast_balloon_moved(struct page *old)
{
#if !defined(BALLAST_HAVE_BALLOON_HEADER) && defined(CONFIG_BALLOON_COMPACTION)
	balloon_page_finalize(old);
	put_page(old);
#endif
	/* MIGRATEPAGE_SUCCESS, as long as it had that name. */
	return 0;
}

#endif /* BALLAST_COMPAT_BALLOON_H */
