/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the balloon. Who does what:
 *
 *	device.c	finds the device and its queues, takes them down
 *	takeover.c	gets a device that the kernel's own driver has
 *	give.c		hands pages to the device, and takes them back
 *	hold.c		pages that are held back: where from, where they are kept
 *	size.c		how many, and when: the one work item that inflates
 *	pressure.c	when the guest needs them itself
 *	reporting.c	free memory, which is reported in place
 *	stats.c		statistics for the device
 *	hint.c		free memory, for a migration
 *	sysfs.c		/sys/kernel/ballast_guest/balloon
 *
 * Memory is allocated by the two work items that inflate and hint, and under no lock of
 * ours: an allocation may need the memory that we hold, and then comes here to get it. Only
 * the queues of a device that wakes up are allocated under @report_lock, which nobody takes
 * to free memory.
 *
 * Locks: @pfn_lock and @report_lock are held while the device reads a buffer, and are
 * never held together; @lock is a leaf.
 */
#ifndef BALLAST_GUEST_BALLOON_DEVICE_H
#define BALLAST_GUEST_BALLOON_DEVICE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/virtio_balloon.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "balloon.h"
#include "compat/balloon.h"
#include "compat/virtio.h"

/* Entries of one buffer of the reporting queue. */
#define BALLAST_GIVE_BLOCKS	32
/* Every VMM takes so many PFNs in a buffer; Firecracker takes no more. */
#define BALLAST_GIVE_PFNS	256
/* Buffers that are handed over at once. */
#define BALLAST_GIVE_BUFFERS	32

/**
 * struct ballast_held - pages that are held back; protected by @ballast_balloon.lock
 * @blocks: heads of blocks, by lru, per order; none of order 0
 * @nr:     of them, and of single pages for order 0
 * @pages:  of all orders
 */
struct ballast_held {
	struct list_head blocks[BALLAST_BALLOON_ORDERS];
	u64 nr[BALLAST_BALLOON_ORDERS];
	u64 pages;
};

/**
 * struct ballast_balloon - a device
 * @vdev:        it
 * @inflate_vq:  and its queues; those it does not have are NULL
 * @deflate_vq:  likewise
 * @stats_vq:    likewise
 * @hint_vq:     likewise
 * @report_vq:   likewise
 * @acked:       woken when the device has used a buffer
 * @unmanaged:   what is held back is no part of the kernel's memory: the device may not
 *               ask to deflate on OOM
 * @pfn_lock:    mutex, of @inflate_vq, @deflate_vq and @pfns
 * @pfns:        BALLAST_GIVE_BUFFERS, of BALLAST_GIVE_PFNS each
 * @report_lock: mutex, of @report_vq, which is NULL while the device sleeps
 * @lock:        spinlock, of @held and @status
 * @held:        blocks
 * @singles:     single pages, which the kernel may move; has a lock of its own
 * @status:      what is shown; held_pages and blocks are filled in when asked for
 * @size_work:   inflates and deflates; the only one that does but for a relief
 * @stop:        no more work is to be queued; written under @lock
 * @told_pages:  "actual" of the device; of @size_work
 * @relieved:    let go by force: stays so until another target is given
 * @relief_due:  let go before anything else; set under no lock
 * @cache:       Ballast's host allows clean cache to be taken
 * @oom:         notifier
 * @shrinker:    of what is held and of @hinted
 * @reporting:   with the kernel's page reporting
 * @registered:  there
 * @flush_work:  reports all free memory now
 * @flush_all:   the next one goes on to blocks below 2 MiB; set and taken anywhere
 * @stats:       buffer of @stats_vq
 * @stats_work:  fills it
 * @hint_work:   allocates and hands over free blocks
 * @hint_changed: @hint_wanted is to be read again; set and taken anywhere
 * @hint_wanted: the request of the device; of @hint_work
 * @hint_id:     of the request in force, in the device's byte order
 * @hint_stop:   the id that ends it
 * @hinted:      blocks that are lent to a migration, by lru; under @lock
 * @nr_hinted:   of them, under @lock
 * @events:      room for counters, of @stats_work
 */
struct ballast_balloon {
	struct virtio_device *vdev;
	struct virtqueue *inflate_vq;
	struct virtqueue *deflate_vq;
	struct virtqueue *stats_vq;
	struct virtqueue *hint_vq;
	struct virtqueue *report_vq;
	wait_queue_head_t acked;
	bool unmanaged;
	struct mutex pfn_lock;		/* of @inflate_vq, @deflate_vq, @pfns */
	__virtio32 *pfns;
	struct mutex report_lock;	/* of @report_vq */
	spinlock_t lock;		/* of @held, @status, @hinted, @stop */
	struct ballast_held held;
	struct balloon_dev_info singles;
	struct ballast_balloon_status status;
	struct delayed_work size_work;
	bool stop;
	u64 told_pages;
	bool relieved;
	bool relief_due;
	bool cache;
	struct notifier_block oom;
	struct shrinker *shrinker;
	struct page_reporting_dev_info reporting;
	bool registered;
	struct work_struct flush_work;
	bool flush_all;
	struct virtio_balloon_stat stats[24];
	struct work_struct stats_work;
	struct work_struct hint_work;
	bool hint_changed;
	u32 hint_wanted;
	__virtio32 hint_id;
	__virtio32 hint_stop;
	struct list_head hinted;
	u64 nr_hinted;
	unsigned long events[NR_VM_EVENT_ITEMS];
};

/* device.c */
extern struct virtio_driver ballast_balloon_driver;
void ballast_balloon_changed_news(void);
void ballast_balloon_queue(struct ballast_balloon *b, unsigned int ms);

/* takeover.c */
void ballast_balloon_look_around(bool take);

/* give.c */
int ballast_give_blocks(struct ballast_balloon *b, struct scatterlist *sg, unsigned int nr);
int ballast_give_pages(struct ballast_balloon *b, struct virtqueue *vq, struct list_head *pages,
		       unsigned int order);
int ballast_give_moved(struct ballast_balloon *b, struct page *new, struct page *old);

/* hold.c */
void ballast_hold_init(struct ballast_balloon *b);
u64 ballast_hold_more(struct ballast_balloon *b, u64 pages, bool reclaim);
u64 ballast_hold_less(struct ballast_balloon *b, u64 pages);
u64 ballast_hold_pages(struct ballast_balloon *b);

/* size.c */
void ballast_size_init(struct ballast_balloon *b);
void ballast_size_target(struct ballast_balloon *b, u64 host_pages, bool cache);

/* pressure.c */
int ballast_pressure_start(struct ballast_balloon *b);
void ballast_pressure_stop(struct ballast_balloon *b);
u64 ballast_pressure_room(bool reclaim);
u64 ballast_pressure_spare(const struct ballast_balloon *b);
u64 ballast_pressure_margin(void);

/* reporting.c */
void ballast_reporting_start(struct ballast_balloon *b);
void ballast_reporting_stop(struct ballast_balloon *b);

/* stats.c */
void ballast_stats_init(struct ballast_balloon *b);
void ballast_stats_start(struct ballast_balloon *b);
void ballast_stats_request(struct virtqueue *vq);

/* hint.c */
void ballast_hint_init(struct ballast_balloon *b);
void ballast_hint_changed(struct ballast_balloon *b);
u64 ballast_hint_return(struct ballast_balloon *b, u64 blocks);

#endif /* BALLAST_GUEST_BALLOON_DEVICE_H */
