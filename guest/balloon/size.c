// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much is held back: one work item goes towards the target in steps, looks at the
 * target anew before each, and says where it has come to.
 */

#include <linux/virtio_config.h>

#include "device.h"

/* When it has stopped short of the target. */
#define RETRY_MS	1000
/* So much at a time: between steps the work item lets others run, and can be cancelled. */
#define STEP_PAGES	(SZ_256M >> PAGE_SHIFT)
#define DEVICE_SHIFT	(PAGE_SHIFT - VIRTIO_BALLOON_PFN_SHIFT)

static void set_state(struct ballast_balloon *b, u32 state)
{
	bool changed;

	spin_lock_irq(&b->lock);
	changed = b->status.state != state;
	b->status.state = state;
	spin_unlock_irq(&b->lock);
	if (changed)
		ballast_balloon_changed_news();
}

/* What is asked for has changed: what was let go is due again. */
static void ask(struct ballast_balloon *b, u64 *asked, u64 pages)
{
	spin_lock_irq(&b->lock);
	if (*asked != pages) {
		*asked = pages;
		b->relieved = false;
	}
	spin_unlock_irq(&b->lock);
}

/* What Ballast's host asks for; the caller queues the work. */
void ballast_size_target(struct ballast_balloon *b, u64 host_pages, bool cache)
{
	WRITE_ONCE(b->cache, cache);
	ask(b, &b->status.host_pages, host_pages);
}

static void read_device(struct ballast_balloon *b)
{
	u32 pages;

	virtio_cread_le(b->vdev, struct virtio_balloon_config, num_pages, &pages);
	ask(b, &b->status.device_pages, DIV_ROUND_UP_ULL(pages, 1 << DEVICE_SHIFT));
}

/* Shown by query-balloon. */
static void tell_device(struct ballast_balloon *b)
{
	u64 held = ballast_hold_pages(b);
	u32 actual = min_t(u64, held << DEVICE_SHIFT, U32_MAX);

	if (held == b->told_pages)
		return;
	b->told_pages = held;
	virtio_cwrite_le(b->vdev, struct virtio_balloon_config, actual, &actual);
}

/* The rest of what had to be let go at once. */
static bool let_go(struct ballast_balloon *b, u64 held)
{
	u64 keep = b->unmanaged ? b->status.device_pages : 0, got = 0;

	if (held > keep)
		got = ballast_hold_less(b, min_t(u64, held - keep, STEP_PAGES));
	spin_lock_irq(&b->lock);
	b->status.relief_pages += got;
	spin_unlock_irq(&b->lock);
	if (got)
		return true;
	WRITE_ONCE(b->relief_due, false);
	return false;
}

static bool grow(struct ballast_balloon *b, u64 held, u64 target)
{
	bool reclaim = held < b->status.device_pages || READ_ONCE(b->cache);
	u64 failed = b->status.failed_pages;

	if (READ_ONCE(b->relieved)) {
		set_state(b, BALLAST_BALLOON_RELIEVED);
		return false;
	}
	if (ballast_hold_more(b, min_t(u64, target - held, STEP_PAGES), reclaim)) {
		set_state(b, BALLAST_BALLOON_GROWING);
		return true;
	}
	set_state(b, b->status.failed_pages != failed ? BALLAST_BALLOON_FAILED :
							BALLAST_BALLOON_FLOOR);
	ballast_balloon_queue(b, RETRY_MS);
	return false;
}

static bool shrink(struct ballast_balloon *b, u64 held, u64 target)
{
	set_state(b, BALLAST_BALLOON_LEAKING);
	if (ballast_hold_less(b, min_t(u64, held - target, STEP_PAGES)))
		return true;
	/* All that is left is just being moved. */
	ballast_balloon_queue(b, RETRY_MS);
	return false;
}

/* Return: there is more to do. */
static bool step(struct ballast_balloon *b)
{
	u64 held = ballast_hold_pages(b), target;

	read_device(b);
	target = max(b->status.device_pages, b->status.host_pages);
	if (READ_ONCE(b->relief_due) && let_go(b, held))
		return true;
	if (held < target)
		return grow(b, held, target);
	if (held > target)
		return shrink(b, held, target);
	set_state(b, BALLAST_BALLOON_REACHED);
	return false;
}

static void size_work(struct work_struct *work)
{
	struct ballast_balloon *b = container_of(to_delayed_work(work), struct ballast_balloon,
						 size_work);
	bool more = step(b);

	tell_device(b);
	/* What has to be let go comes before what was to be done next. */
	if (more || READ_ONCE(b->relief_due))
		ballast_balloon_queue(b, 0);
}

void ballast_size_init(struct ballast_balloon *b)
{
	INIT_DELAYED_WORK(&b->size_work, size_work);
}
