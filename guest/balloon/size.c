// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much is held back: one work item goes towards the target in steps, looks at the
 * target anew before each, and says where it has come to.
 */

#include <linux/virtio_config.h>

#include "device.h"

/* When it has stopped short of the target. */
#define RETRY_MS	1000
/* When all that is left is just being moved. */
#define MOVED_MS	20
#define NEVER		(-1)
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
static int let_go(struct ballast_balloon *b, u64 pages)
{
	u64 got = ballast_hold_less(b, min_t(u64, pages, STEP_PAGES));

	spin_lock_irq(&b->lock);
	b->status.relief_pages += got;
	spin_unlock_irq(&b->lock);
	return got ? 0 : MOVED_MS;
}

static int grow(struct ballast_balloon *b, u64 held, u64 target)
{
	bool device = held < b->status.device_pages, cache = READ_ONCE(b->cache);
	bool relieved = READ_ONCE(b->relieved);
	u64 failed = b->status.failed_pages;

	/* The device's share was not to be let go, but some of it may have been on the way. */
	if (relieved && !(device && b->unmanaged)) {
		set_state(b, BALLAST_BALLOON_RELIEVED);
		return NEVER;
	}
	/* Only the device's share may cost page cache, unless more is allowed. */
	if (device && (relieved || !cache))
		target = b->status.device_pages;
	if (ballast_hold_more(b, min_t(u64, target - held, STEP_PAGES), device || cache)) {
		set_state(b, BALLAST_BALLOON_GROWING);
		return 0;
	}
	set_state(b, b->status.failed_pages != failed ? BALLAST_BALLOON_FAILED :
							BALLAST_BALLOON_FLOOR);
	return RETRY_MS;
}

static int shrink(struct ballast_balloon *b, u64 held, u64 target)
{
	set_state(b, BALLAST_BALLOON_LEAKING);
	return ballast_hold_less(b, min_t(u64, held - target, STEP_PAGES)) ? 0 : MOVED_MS;
}

/* Return: ms until the next one. */
static int step(struct ballast_balloon *b)
{
	u64 held = ballast_hold_pages(b), spare, target;

	read_device(b);
	target = max(b->status.device_pages, b->status.host_pages);
	if (READ_ONCE(b->relief_due)) {
		spare = ballast_pressure_spare(b);
		if (spare)
			return let_go(b, spare);
		WRITE_ONCE(b->relief_due, false);
	}
	if (held < target)
		return grow(b, held, target);
	if (held > target)
		return shrink(b, held, target);
	set_state(b, BALLAST_BALLOON_REACHED);
	return NEVER;
}

static void size_work(struct work_struct *work)
{
	struct ballast_balloon *b = container_of(to_delayed_work(work), struct ballast_balloon,
						 size_work);
	int ms = step(b);

	tell_device(b);
	if (ms != NEVER)
		ballast_balloon_queue(b, ms);
}

void ballast_size_init(struct ballast_balloon *b)
{
	INIT_DELAYED_WORK(&b->size_work, size_work);
}
