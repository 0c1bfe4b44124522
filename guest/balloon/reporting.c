// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free memory goes back where it lies: the kernel takes free blocks out of its lists,
 * the device discards them, the kernel puts them back. Nothing is allocated, nothing is
 * zeroed, and the guest has all of its memory at any time.
 *
 * The kernel does that some seconds after memory was freed, a sixteenth at a time, for
 * blocks of at least 2 MiB. A flush does the same work now, all of it, and goes on to
 * smaller blocks unless the host wants its huge pages kept whole.
 */

#include <linux/page_reporting.h>

#include "device.h"

/* A pass reports a sixteenth of each list, and something. */
#define PASSES_MAX	256

unsigned int ballast_flush_order = 3;

static int report(struct page_reporting_dev_info *info, struct scatterlist *sg, unsigned int nr)
{
	struct ballast_balloon *b = container_of(info, struct ballast_balloon, reporting);
	struct scatterlist *entry;
	unsigned int i;
	u64 pages = 0;
	int ret;

	for_each_sg(sg, entry, nr, i)
		pages += entry->length >> PAGE_SHIFT;
	ret = ballast_give_blocks(b, sg, nr);
	spin_lock_irq(&b->lock);
	if (ret)
		b->status.failed_pages += pages;
	else
		b->status.reported_pages += pages;
	spin_unlock_irq(&b->lock);
	return ret;
}

/* Until the kernel finds nothing more to report. */
static void report_all(struct ballast_balloon *b)
{
	unsigned int pass;
	u64 before;

	for (pass = 0; pass < PASSES_MAX && !READ_ONCE(b->stop); pass++) {
		before = READ_ONCE(b->status.reported_pages);
		/*
		 * Whether it waits for its time or has nothing to do: now. On the kernel's queue,
		 * as it does it: a frozen one would not run what we wait for.
		 */
		schedule_delayed_work(&b->reporting.work, 0);
		flush_delayed_work(&b->reporting.work);
		if (READ_ONCE(b->status.reported_pages) == before)
			break;
	}
}

/* Whole huge pages first; then what the kernel never reports by itself. */
static void flush_work_fn(struct work_struct *work)
{
	struct ballast_balloon *b = container_of(work, struct ballast_balloon, flush_work);
	unsigned int order = READ_ONCE(ballast_flush_order), old;
	bool all = xchg(&b->flush_all, false);

	report_all(b);
	if (all && order < pageblock_order && !READ_ONCE(b->stop)) {
		old = ballast_reporting_set_order(&b->reporting, order);
		report_all(b);
		if (!old || !ballast_reporting_set_order(&b->reporting, old))
			dev_warn(&b->vdev->dev, "ballast_guest: another driver has taken free page reporting over\n");
	}
	spin_lock_irq(&b->lock);
	b->status.flushes++;
	spin_unlock_irq(&b->lock);
	ballast_balloon_changed_news();
}

/* The balloon works without it. */
void ballast_reporting_start(struct ballast_balloon *b)
{
	int ret;

	INIT_WORK(&b->flush_work, flush_work_fn);
	if (!b->report_vq)
		return;
	/* The kernel hands over so many at a time, whatever the queue takes. */
	if (virtqueue_get_vring_size(b->report_vq) < PAGE_REPORTING_CAPACITY) {
		dev_warn(&b->vdev->dev, "ballast_guest: the reporting queue is too short for free page reporting\n");
		return;
	}
	b->reporting.report = report;
	b->reporting.order = BALLAST_REPORTING_ORDER;
	ret = page_reporting_register(&b->reporting);
	if (ret)
		dev_warn(&b->vdev->dev, "ballast_guest: no free page reporting, another driver does it: %pe\n",
			 ERR_PTR(ret));
	b->registered = !ret;
}

void ballast_reporting_stop(struct ballast_balloon *b)
{
	if (b->registered)
		page_reporting_unregister(&b->reporting);
}
