// SPDX-License-Identifier: GPL-2.0-only
/* Until 6.11: callbacks and names of queues are two arrays. */
#include <linux/virtio_config.h>

int probe(struct virtio_device *vdev, struct virtqueue **vqs, vq_callback_t **callbacks,
	  const char * const *names);
int probe(struct virtio_device *vdev, struct virtqueue **vqs, vq_callback_t **callbacks,
	  const char * const *names)
{
	return virtio_find_vqs(vdev, 1, vqs, callbacks, names, NULL);
}
