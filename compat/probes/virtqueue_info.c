// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.11 (virtio: introduce virtio_queue_info struct and find_vqs_info() config op). */
#include <linux/virtio_config.h>

int probe(struct virtio_device *vdev, struct virtqueue **vqs, struct virtqueue_info *info);
int probe(struct virtio_device *vdev, struct virtqueue **vqs, struct virtqueue_info *info)
{
	return virtio_find_vqs(vdev, 1, vqs, info, NULL);
}
