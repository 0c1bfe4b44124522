// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is held back. The largest free blocks are taken first: a block of 2 MiB
 * costs the device as much as a page, and the host gets back a whole huge page. What is
 * smaller than BLOCK_ORDER_MIN is taken page by page; such pages stay movable, so that
 * they do not stand in the way of the guest's own huge pages.
 *
 * Every page that is held is marked offline: tails of a block have no references, and
 * anyone who looks would take them for free memory.
 */

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_reporting.h>

#include "compat/vmstat.h"
#include "device.h"

#define BLOCK_ORDER_MIN		3
/* With a reclaim: what the kernel finds by moving pages, and what it finds at once. */
#define RECLAIM_ORDER		pageblock_order
#define SINGLES_AT_ONCE		1024

/* Waits for nobody and wakes nobody. Not movable: blocks stay where they are. */
#define GFP_FREE	(__GFP_HIGHMEM | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN)
#define GFP_RECLAIM	(GFP_FREE | GFP_HIGHUSER)

/**
 * struct catch - pages that have been allocated and not yet been given
 * @order:  of all of them
 * @nr:     blocks
 * @blocks: by lru
 * @sg:     the same
 */
struct catch {
	unsigned int order;
	unsigned int nr;
	struct list_head blocks;
	struct scatterlist sg[BALLAST_GIVE_BLOCKS];
};

/* Counters that tell where memory came from. */
struct before {
	u64 free;
	u64 file;
};

static struct before look(void)
{
	return (struct before){ .free = global_zone_page_state(NR_FREE_PAGES),
				.file = global_node_page_state(NR_FILE_PAGES) };
}

static u64 less_than(u64 now, u64 then)
{
	return then > now ? then - now : 0;
}

/* @then: before a reclaim, NULL when there was none. */
static void count_taken(struct ballast_balloon *b, const struct before *then, u64 pages)
{
	u64 *taken = b->status.taken_pages, from_free = pages, from_file = 0;
	struct before now = look();

	if (then) {
		from_free = min(pages, less_than(now.free, then->free));
		from_file = min(pages - from_free, less_than(now.file, then->file));
	}

	spin_lock_irq(&b->lock);
	taken[BALLAST_TAKE_FREE] += from_free;
	taken[BALLAST_TAKE_CACHE] += from_file;
	taken[BALLAST_TAKE_OTHER] += pages - from_free - from_file;
	b->status.given_pages += pages;
	spin_unlock_irq(&b->lock);
}

u64 ballast_hold_pages(struct ballast_balloon *b)
{
	return READ_ONCE(b->held.pages);
}

/* @b->lock is held, or nobody else knows of it. */
static void count_held(struct ballast_balloon *b, unsigned int order, s64 nr)
{
	b->held.nr[order] += nr;
	b->held.pages += nr * (1ll << order);
}

static void mark(struct ballast_balloon *b, struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1u << order; i++)
		__SetPageOffline(page + i);
	if (b->unmanaged)
		adjust_managed_page_count(page, -(1l << order));
	ballast_balloon_pages_add(page, 1l << order);
}

static void unmark(struct ballast_balloon *b, struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1u << order; i++)
		__ClearPageOffline(page + i);
	if (b->unmanaged)
		adjust_managed_page_count(page, 1l << order);
	ballast_balloon_pages_add(page, -(1l << order));
}

static void count_failed(struct ballast_balloon *b, u64 pages)
{
	spin_lock_irq(&b->lock);
	b->status.failed_pages += pages;
	spin_unlock_irq(&b->lock);
}

static void free_catch(struct catch *c)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &c->blocks, lru) {
		list_del(&page->lru);
		__free_pages(page, c->order);
	}
}

/* Blocks that may be out of the guest's hands and not yet given, at the same time. */
static unsigned int blocks_at_once(const struct ballast_balloon *b, unsigned int order)
{
	unsigned int max = BALLAST_GIVE_BLOCKS;

	if (b->report_vq)
		max = min(max, virtqueue_get_vring_size(b->report_vq));
	/* The guest zeroes them: they are in the host's memory until they have been given. */
	if (want_init_on_alloc(GFP_FREE))
		max = min(max, 1u << (BALLAST_ORDER_MAX - order));
	return max;
}

static void catch_blocks(struct ballast_balloon *b, struct catch *c, u64 pages, gfp_t gfp)
{
	unsigned int max = min_t(u64, blocks_at_once(b, c->order), pages >> c->order);
	struct page *page;

	INIT_LIST_HEAD(&c->blocks);
	sg_init_table(c->sg, BALLAST_GIVE_BLOCKS);
	for (c->nr = 0; c->nr < max; c->nr++) {
		page = alloc_pages(gfp, c->order);
		if (!page)
			break;
		list_add_tail(&page->lru, &c->blocks);
		sg_set_page(&c->sg[c->nr], page, PAGE_SIZE << c->order, 0);
	}
	if (c->nr)
		sg_mark_end(&c->sg[c->nr - 1]);
}

/* A device that fills reported pages with poison of its own may not discard them. */
static bool may_report(const struct ballast_balloon *b)
{
	return b->report_vq && !virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_PAGE_POISON);
}

static u64 hold_blocks(struct ballast_balloon *b, unsigned int order, u64 pages, gfp_t gfp)
{
	struct catch c = { .order = order };
	struct page *page;
	int ret;

	catch_blocks(b, &c, pages, gfp);
	if (!c.nr)
		return 0;
	ret = may_report(b) ? ballast_give_blocks(b, c.sg, c.nr) :
			      ballast_give_pages(b, b->inflate_vq, &c.blocks, order);
	if (ret) {
		count_failed(b, (u64)c.nr << order);
		free_catch(&c);
		return 0;
	}
	list_for_each_entry(page, &c.blocks, lru)
		mark(b, page, order);
	spin_lock_irq(&b->lock);
	list_splice(&c.blocks, &b->held.blocks[order]);
	count_held(b, order, c.nr);
	spin_unlock_irq(&b->lock);
	return (u64)c.nr << order;
}

static u64 hold_singles(struct ballast_balloon *b, u64 pages, bool reclaim)
{
	struct page *page, *next;
	LIST_HEAD(caught);
	u64 nr = 0;
	int ret;

	for (; nr < min_t(u64, pages, SINGLES_AT_ONCE); nr++) {
		/* It may reclaim; but for that, there is enough that is free. */
		page = reclaim || ballast_pressure_room(false) ? balloon_page_alloc() : NULL;
		if (!page)
			break;
		list_add(&page->lru, &caught);
	}
	if (!nr)
		return 0;
	ret = ballast_give_pages(b, b->inflate_vq, &caught, 0);
	if (ret) {
		count_failed(b, nr);
	} else {
		/* Before they can be let go. */
		spin_lock_irq(&b->lock);
		count_held(b, 0, nr);
		spin_unlock_irq(&b->lock);
	}
	list_for_each_entry_safe(page, next, &caught, lru) {
		list_del(&page->lru);
		if (ret)
			__free_page(page);
		else
			ballast_balloon_enter(&b->singles, page, b->unmanaged);
	}
	return ret ? 0 : nr;
}

/* Free memory as it lies there, from the largest blocks on. */
static u64 hold_free(struct ballast_balloon *b, u64 pages)
{
	unsigned int order;
	u64 got;

	for (order = BALLAST_ORDER_MAX; order >= BLOCK_ORDER_MIN; order--) {
		got = pages >> order ? hold_blocks(b, order, pages, GFP_FREE) : 0;
		if (got)
			return got;
	}
	return hold_singles(b, pages, false);
}

static u64 hold_reclaimed(struct ballast_balloon *b, u64 pages)
{
	u64 got = pages >> RECLAIM_ORDER ? hold_blocks(b, RECLAIM_ORDER, pages, GFP_RECLAIM) : 0;

	return got ?: hold_singles(b, pages, true);
}

/**
 * ballast_hold_more() - take some more from the guest and give it to the host
 * @b:       whose
 * @pages:   at most
 * @reclaim: page cache may be reclaimed for it
 *
 * Leaves the guest its margin. For @size_work only. Return: pages, 0 when there is
 * nothing more to take or the device takes nothing.
 */
u64 ballast_hold_more(struct ballast_balloon *b, u64 pages, bool reclaim)
{
	u64 room = ballast_pressure_room(false), got = 0;
	struct before then = look();

	if (room)
		got = hold_free(b, min(pages, room));
	if (got || !reclaim) {
		count_taken(b, NULL, got);
		return got;
	}
	room = ballast_pressure_room(true);
	if (room)
		got = hold_reclaimed(b, min(pages, room));
	count_taken(b, &then, got);
	return got;
}

/* Counted until it is the guest's: who takes the device down waits for that. */
static void free_block(struct ballast_balloon *b, struct page *page, unsigned int order)
{
	unsigned long flags;

	if (virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_MUST_TELL_HOST)) {
		LIST_HEAD(one);

		list_add(&page->lru, &one);
		ballast_give_pages(b, b->deflate_vq, &one, order);
		list_del(&page->lru);
	}
	unmark(b, page, order);
	__free_pages(page, order);
	spin_lock_irqsave(&b->lock, flags);
	count_held(b, order, -1);
	spin_unlock_irqrestore(&b->lock, flags);
}

/* The largest block that is not more than @pages; the smallest one, if all are. */
static struct page *pop_block(struct ballast_balloon *b, u64 pages, unsigned int *order)
{
	struct page *page = NULL;
	unsigned int i, best = 0;
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	for (i = 1; i < BALLAST_BALLOON_ORDERS; i++)
		if (!list_empty(&b->held.blocks[i]) && (!best || pages >> i))
			best = i;
	/* Single pages fit better than a block that is too large. */
	if (best && (pages >> best || !b->held.nr[0])) {
		page = list_first_entry(&b->held.blocks[best], struct page, lru);
		list_del(&page->lru);
	}
	spin_unlock_irqrestore(&b->lock, flags);
	*order = best;
	return page;
}

static u64 free_singles(struct ballast_balloon *b, u64 pages)
{
	struct page *page, *next;
	unsigned long flags;
	LIST_HEAD(gone);
	u64 nr;

	nr = ballast_balloon_leave(&b->singles, &gone, min_t(u64, pages, SINGLES_AT_ONCE),
				   b->unmanaged);
	if (!nr)
		return 0;
	if (virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_MUST_TELL_HOST))
		ballast_give_pages(b, b->deflate_vq, &gone, 0);
	list_for_each_entry_safe(page, next, &gone, lru) {
		list_del(&page->lru);
		put_page(page);
	}
	spin_lock_irqsave(&b->lock, flags);
	count_held(b, 0, -(s64)nr);
	spin_unlock_irqrestore(&b->lock, flags);
	return nr;
}

/**
 * ballast_hold_less() - give back to the guest
 * @b:     whose
 * @pages: at least, as long as there are so many; more when blocks are that large
 *
 * Also in the middle of a reclaim or an OOM; sleeps. Return: pages.
 */
u64 ballast_hold_less(struct ballast_balloon *b, u64 pages)
{
	unsigned int order;
	struct page *page;
	u64 got, sum = 0;

	while (sum < pages) {
		page = pop_block(b, pages - sum, &order);
		if (page) {
			free_block(b, page, order);
			got = 1ull << order;
		} else {
			got = free_singles(b, pages - sum);
		}
		if (!got)
			break;
		sum += got;
		cond_resched();
	}
	return sum;
}

#if IS_ENABLED(CONFIG_BALLOON_COMPACTION) || IS_ENABLED(CONFIG_BALLOON_MIGRATION)
static int single_moves(struct balloon_dev_info *info, struct page *new, struct page *old,
			enum migrate_mode mode)
{
	struct ballast_balloon *b = container_of(info, struct ballast_balloon, singles);

	return ballast_give_moved(b, new, old);
}
#else
#define single_moves	NULL
#endif

void ballast_hold_init(struct ballast_balloon *b)
{
	unsigned int i;

	BUILD_BUG_ON(BALLAST_ORDER_MAX >= BALLAST_BALLOON_ORDERS);
	for (i = 0; i < BALLAST_BALLOON_ORDERS; i++)
		INIT_LIST_HEAD(&b->held.blocks[i]);
	ballast_balloon_devinfo(&b->singles, b->unmanaged);
	b->singles.migratepage = single_moves;
}
