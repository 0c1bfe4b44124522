// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the guest needs its memory itself. It is asked before the guest gets there
 * (ballast_pressure_room()), and it lets go when the guest does get there: the kernel
 * reclaims memory and has less than half of the margin left, or is about to kill a
 * process. It lets go of all of it, in one jump, and does not come back before it is
 * asked for something else: who steps back and forth hurts the guest twice.
 *
 * A reclaim alone is no reason: reading a large file makes the kernel reclaim as well.
 */

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/oom.h>
#include <linux/swap.h>

#include "compat/shrinker.h"
#include "device.h"

/* After nobody and before the last hope: as virtio_balloon does. */
#define OOM_PRIORITY	80
/* At once, by whom the kernel calls; the rest follows in the work item. */
#define AT_ONCE_PAGES	(SZ_256M >> PAGE_SHIFT)

/* The share of memory that is the default margin, and its limits. */
#define MARGIN_SHARE	32
#define MARGIN_MIN	(SZ_16M >> PAGE_SHIFT)
#define MARGIN_MAX	(SZ_256M >> PAGE_SHIFT)

/* 0: the default. */
static u64 margin_pages;
/* The shrinker's; set as long as that is registered. */
static struct ballast_balloon *pressed;

u64 ballast_pressure_margin(void)
{
	u64 pages = READ_ONCE(margin_pages);

	return pages ?: clamp_t(u64, totalram_pages() / MARGIN_SHARE, MARGIN_MIN, MARGIN_MAX);
}

int ballast_balloon_set_margin(u64 pages)
{
	if (pages > totalram_pages() / 2)
		return -EINVAL;
	WRITE_ONCE(margin_pages, pages);
	return 0;
}

/* Free memory below this makes the kernel reclaim, or keep at it. */
static u64 high_watermark(void)
{
	struct zone *zone;
	u64 pages = 0;
	int nid, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			zone = &NODE_DATA(nid)->node_zones[i];
			pages += high_wmark_pages(zone);
		}
	}
	return pages;
}

/**
 * ballast_pressure_room() - what the guest can spare
 * @reclaim: page cache counts as well, as far as the kernel thinks that it can be dropped
 *
 * Return: pages above watermarks and margin.
 */
u64 ballast_pressure_room(bool reclaim)
{
	u64 keep = ballast_pressure_margin(), pages = max(si_mem_available(), 0l), free;

	/* What is reserved for lower zones is free, and yet not available. */
	if (!reclaim) {
		free = global_zone_page_state(NR_FREE_PAGES);
		pages = min(pages, free - min(free, high_watermark()));
	}
	return pages > keep ? pages - keep : 0;
}

/* What may be let go by force: the device's share only if the device allows it. */
u64 ballast_pressure_spare(const struct ballast_balloon *b)
{
	u64 keep = b->unmanaged ? READ_ONCE(b->status.device_pages) : 0;
	u64 held = READ_ONCE(b->held.pages);

	return held > keep ? held - keep : 0;
}

static u64 relieve(struct ballast_balloon *b, enum ballast_relief reason)
{
	u64 pages = ballast_pressure_spare(b), freed;
	unsigned long flags;
	bool first;

	if (!pages)
		return 0;
	WRITE_ONCE(b->relieved, true);
	first = !xchg(&b->relief_due, true);
	freed = ballast_hold_less(b, min_t(u64, pages, AT_ONCE_PAGES));
	spin_lock_irqsave(&b->lock, flags);
	b->status.relief = reason;
	b->status.reliefs += first;
	b->status.relief_pages += freed;
	spin_unlock_irqrestore(&b->lock, flags);
	ballast_balloon_changed_news();
	ballast_balloon_queue(b, 0);
	return freed;
}

static int oom_notify(struct notifier_block *nb, unsigned long unused, void *freed)
{
	struct ballast_balloon *b = container_of(nb, struct ballast_balloon, oom);

	*(unsigned long *)freed += relieve(b, BALLAST_RELIEF_OOM);
	return NOTIFY_OK;
}

static bool is_short(void)
{
	return si_mem_available() < (long)ballast_pressure_margin() / 2;
}

static unsigned long shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct ballast_balloon *b = pressed;
	u64 pages = READ_ONCE(b->nr_hinted) << BALLAST_ORDER_MAX;

	if (is_short())
		pages += ballast_pressure_spare(b);
	return pages ?: SHRINK_EMPTY;
}

/* What is lent to a migration goes first: the guest does not even notice. */
static unsigned long shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct ballast_balloon *b = pressed;
	u64 pages;

	pages = ballast_hint_return(b, DIV_ROUND_UP(sc->nr_to_scan, 1ul << BALLAST_ORDER_MAX));
	if (!pages && is_short())
		pages = relieve(b, BALLAST_RELIEF_SHRINK);
	return pages ?: SHRINK_STOP;
}

int ballast_pressure_start(struct ballast_balloon *b)
{
	int ret;

	pressed = b;
	b->shrinker = ballast_shrinker_start("ballast-balloon", shrink_count, shrink_scan);
	if (!b->shrinker)
		return -ENOMEM;
	b->oom.notifier_call = oom_notify;
	b->oom.priority = OOM_PRIORITY;
	ret = register_oom_notifier(&b->oom);
	if (ret)
		ballast_shrinker_stop(b->shrinker);
	return ret;
}

void ballast_pressure_stop(struct ballast_balloon *b)
{
	unregister_oom_notifier(&b->oom);
	ballast_shrinker_stop(b->shrinker);
}
