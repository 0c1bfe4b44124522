// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that the kernel's own virtio_balloon has already. Whoever comes first has it;
 * it is left alone, or, with takeover=1, taken: the stock driver gives everything that
 * it holds back to the guest, and goes. Where that would make the kernel oops it is not
 * done.
 */

#include <linux/device.h>
#include <linux/virtio_config.h>

#include "device.h"

/* Does its driver leave a queue out that comes before one it uses? Stock does. */
static bool has_hole(struct virtio_device *vdev)
{
	bool stats = virtio_has_feature(vdev, VIRTIO_BALLOON_F_STATS_VQ);
	bool hints = virtio_has_feature(vdev, VIRTIO_BALLOON_F_FREE_PAGE_HINT);
	bool reports = virtio_has_feature(vdev, VIRTIO_BALLOON_F_REPORTING);

	return (!stats && (hints || reports)) || (!hints && reports);
}

static int look_at(struct device *dev, void *take)
{
	struct virtio_device *vdev = dev_to_virtio(dev);
	struct device_driver *other = READ_ONCE(dev->driver);

	if (vdev->id.device != VIRTIO_ID_BALLOON || !other ||
	    other == &ballast_balloon_driver.driver)
		return 0;
	if (!take) {
		dev_warn(dev, "ballast_guest: %s has this balloon, so it is not ours: keep it from loading (blacklist), or load us with takeover=1\n",
			 other->name);
	} else if (ballast_queue_holes_oops() && has_hole(vdev)) {
		dev_err(dev, "ballast_guest: not taken from %s: this kernel oopses when that lets go of a balloon with free page reporting and without free page hinting (vp_del_vqs); keep it from loading instead (modprobe.blacklist=virtio_balloon)\n",
			other->name);
	} else {
		dev_info(dev, "ballast_guest: taken from %s\n", other->name);
		device_release_driver(dev);
		*(bool *)take = true;
	}
	return 0;
}

/* @take: whether to take what another driver has. */
void ballast_balloon_look_around(bool take)
{
	struct device_driver *ours = &ballast_balloon_driver.driver;
	bool taken = false;

	bus_for_each_dev(ours->bus, NULL, take ? &taken : NULL, look_at);
	if (taken && driver_attach(ours))
		pr_err("ballast_guest: the balloon was taken, and cannot be driven\n");
}
