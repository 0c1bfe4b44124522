/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The balloon: a complete driver for the standard virtio-balloon device, in place of
 * virtio_balloon. Documentation/balloon.rst tells what it does, and why so.
 *
 * What it holds back is the larger of what the device asks for (QMP, libvirt) and of
 * what Ballast's host asks for, as long as the guest can spare it.
 */
#ifndef BALLAST_GUEST_BALLOON_H
#define BALLAST_GUEST_BALLOON_H

#include <linux/types.h>

#include "uapi/linux/ballast.h"

/* Orders of blocks, from single pages on. */
#define BALLAST_BALLOON_ORDERS	11
/* 2 MiB and more. */
#define BALLAST_HUGE_ORDER	9

/**
 * struct ballast_balloon_status - what there is to see of it
 * @state:         enum ballast_balloon_state
 * @relief:        enum ballast_relief: why it has let go last
 * @host_pages:    to hold back, as Ballast's host wants
 * @device_pages:  to hold back, as the device wants
 * @held_pages:    held back
 * @blocks:        held, per order
 * @given_pages:   handed to the device, ever; single pages that were moved as well
 * @failed_pages:  that the device did not take, ever
 * @reported_pages: free memory that the device was told of, ever; the same page again
 *                 when it was used in between
 * @flushes:       times that all free memory was reported at once
 * @taken_pages:   per enum ballast_take, ever
 * @reliefs:       times that it has let go
 * @relief_pages:  let go by that, ever
 * @room_pages:    that it could take more without a reclaim
 * @margin_pages:  knob: it leaves at least so much free
 */
struct ballast_balloon_status {
	u32 state;
	u32 relief;
	u64 host_pages;
	u64 device_pages;
	u64 held_pages;
	u64 blocks[BALLAST_BALLOON_ORDERS];
	u64 given_pages;
	u64 failed_pages;
	u64 reported_pages;
	u64 flushes;
	u64 taken_pages[BALLAST_NR_TAKES];
	u64 reliefs;
	u64 relief_pages;
	u64 room_pages;
	u64 margin_pages;
};

int ballast_balloon_init(void);
void ballast_balloon_exit(void);

void ballast_balloon_status(struct ballast_balloon_status *status);

/* Pages that are held back now, for those who count memory. */
u64 ballast_balloon_held(void);

/**
 * ballast_balloon_host_target() - what Ballast's host wants
 * @pages: to be held back
 * @cache: clean page cache may be taken for that, not only free memory
 *
 * Begins at once, and takes its time.
 */
void ballast_balloon_host_target(u64 pages, bool cache);

/* Tell the device of all free memory, soon; or, @huge, of blocks of 2 MiB and more. */
void ballast_balloon_flush(bool huge);

/* Knob: a flush reports blocks of this order and above. */
extern unsigned int ballast_flush_order;

/* Counts whatever the host would like to know at once. */
u32 ballast_balloon_news(void);

/* Its files, for the folder of the module. */
extern const struct attribute_group ballast_balloon_group;

/* The knob. Return: 0, or -EINVAL when it is more than half of memory. */
int ballast_balloon_set_margin(u64 pages);

#endif /* BALLAST_GUEST_BALLOON_H */
