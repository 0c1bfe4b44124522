/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels in finding a device's queues. */
#ifndef BALLAST_COMPAT_VIRTIO_H
#define BALLAST_COMPAT_VIRTIO_H

#include <linux/virtio.h>
#include <linux/virtio_config.h>

/* A queue that the device has. */
struct ballast_queue {
	const char *name;
	vq_callback_t *callback;
};

#define BALLAST_QUEUES_MAX	5

/* All of the device's queues in their order, and none that it has not. */
static inline int ballast_find_queues(struct virtio_device *vdev, unsigned int nr,
				      const struct ballast_queue *queues, struct virtqueue **vqs)
{
#ifdef BALLAST_HAVE_VIRTQUEUE_INFO
	struct virtqueue_info info[BALLAST_QUEUES_MAX] = {};
	unsigned int i;

	for (i = 0; i < nr; i++)
		info[i] = (struct virtqueue_info){ .name = queues[i].name,
						   .callback = queues[i].callback };
	return virtio_find_vqs(vdev, nr, vqs, info, NULL);
#else
	vq_callback_t *callbacks[BALLAST_QUEUES_MAX];
	const char *names[BALLAST_QUEUES_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		callbacks[i] = queues[i].callback;
		names[i] = queues[i].name;
	}
	return virtio_find_vqs(vdev, nr, vqs, callbacks, names, NULL);
#endif
}

/*
 * Since 6.11 a driver that leaves out a queue before one that it asks for oopses when it
 * lets go of a PCI device: vp_del_vqs() looks for a queue by its number in an array that
 * is by the driver's order (drivers/virtio/virtio_pci_common.c; 6.12.95 and 7.2.12 have
 * it).
 */
static inline bool ballast_queue_holes_oops(void)
{
#ifdef BALLAST_HAVE_VIRTQUEUE_INFO
	return true;
#else
	return false;
#endif
}

#endif /* BALLAST_COMPAT_VIRTIO_H */
