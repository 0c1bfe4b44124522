// SPDX-License-Identifier: GPL-2.0-only
/*
 * To the device and back. Blocks of any size go through the reporting queue, one entry
 * each; single pages through the inflate queue, by number.
 *
 * That a buffer was used proves nothing: a VMM that has locked the guest's memory, or
 * gave it to a device, or is slow, frees nothing. The host's module looks.
 */

#include <linux/mm.h>
#include <linux/virtio_config.h>

#include "device.h"

/* Look so often whether a device that does not answer is still there. */
#define BROKEN_MS	1000

/* A device that wants to be reset says so, and uses nothing any more. */
static bool is_gone(struct ballast_balloon *b, struct virtqueue *vq)
{
	if (b->vdev->config->get_status(b->vdev) & VIRTIO_CONFIG_S_NEEDS_RESET)
		virtio_break_device(b->vdev);
	return virtqueue_is_broken(vq);
}

/*
 * Until the device has used @nr buffers. Nothing is lost when it takes its time; a
 * device that has gone uses nothing any more.
 */
static int wait_used(struct ballast_balloon *b, struct virtqueue *vq, unsigned int nr)
{
	unsigned int len;

	while (nr) {
		if (wait_event_timeout(b->acked, virtqueue_get_buf(vq, &len),
				       msecs_to_jiffies(BROKEN_MS)))
			nr--;
		else if (is_gone(b, vq))
			return -EIO;
	}
	return 0;
}

/**
 * ballast_give_blocks() - memory that the device may discard
 * @b:  whose
 * @sg: blocks, of any size; nobody uses them meanwhile
 * @nr: of them, at most BALLAST_GIVE_BLOCKS
 *
 * Sleeps. Return: 0 when the device has seen them, or an error: it has not.
 */
int ballast_give_blocks(struct ballast_balloon *b, struct scatterlist *sg, unsigned int nr)
{
	int ret = -ENODEV;

	mutex_lock(&b->report_lock);
	if (b->report_vq)
		ret = virtqueue_add_inbuf(b->report_vq, sg, nr, b, GFP_NOWAIT | __GFP_NOWARN);
	if (!ret) {
		virtqueue_kick(b->report_vq);
		ret = wait_used(b, b->report_vq, 1);
	}
	mutex_unlock(&b->report_lock);
	return ret;
}

/**
 * struct letter - buffers of page numbers on their way
 * @b:      whose
 * @vq:     where to
 * @buffer: that is being filled
 * @n:      numbers in it
 */
struct letter {
	struct ballast_balloon *b;
	struct virtqueue *vq;
	unsigned int buffer;
	unsigned int n;
};

static __virtio32 *buffer_of(const struct letter *l)
{
	return l->b->pfns + l->buffer * BALLAST_GIVE_PFNS;
}

static int post(struct letter *l)
{
	struct scatterlist sg;
	int ret;

	sg_init_one(&sg, buffer_of(l), l->n * sizeof(__virtio32));
	ret = virtqueue_add_outbuf(l->vq, &sg, 1, l->b, GFP_NOWAIT | __GFP_NOWARN);
	if (!ret) {
		l->buffer++;
		l->n = 0;
	}
	return ret;
}

static int send(struct letter *l)
{
	unsigned int nr;
	int ret = l->n ? post(l) : 0;

	nr = l->buffer;
	l->buffer = 0;
	if (nr) {
		virtqueue_kick(l->vq);
		ret = wait_used(l->b, l->vq, nr) ?: ret;
	}
	return ret;
}

static unsigned int buffers_max(const struct letter *l)
{
	return min_t(unsigned int, BALLAST_GIVE_BUFFERS, virtqueue_get_vring_size(l->vq));
}

static int write_pages(struct letter *l, struct page *page, unsigned int nr)
{
	u64 pfn = (u64)page_to_pfn(page) << (PAGE_SHIFT - VIRTIO_BALLOON_PFN_SHIFT);
	int ret = 0;

	for (nr <<= PAGE_SHIFT - VIRTIO_BALLOON_PFN_SHIFT; nr && !ret; nr--) {
		buffer_of(l)[l->n++] = cpu_to_virtio32(l->b->vdev, pfn++);
		if (l->n == BALLAST_GIVE_PFNS)
			ret = post(l);
		if (!ret && l->buffer == buffers_max(l))
			ret = send(l);
	}
	return ret;
}

/**
 * ballast_give_pages() - tell the device page numbers
 * @b:     whose
 * @vq:    its inflate or deflate queue
 * @pages: by lru
 * @order: of each of them
 *
 * Sleeps. Return: 0 when the device has read them all, or an error: it may have read some.
 */
int ballast_give_pages(struct ballast_balloon *b, struct virtqueue *vq, struct list_head *pages,
		       unsigned int order)
{
	struct letter l = { .b = b, .vq = vq };
	struct page *page;
	int ret = 0, last;

	mutex_lock(&b->pfn_lock);
	list_for_each_entry(page, pages, lru) {
		ret = write_pages(&l, page, 1u << order);
		if (ret)
			break;
	}
	last = send(&l);
	mutex_unlock(&b->pfn_lock);
	return ret ?: last;
}

/* A page has moved; the kernel comes again later when we have no time for it. */
int ballast_give_moved(struct ballast_balloon *b, struct page *new, struct page *old)
{
	struct letter l = { .b = b, .vq = b->inflate_vq };

	if (!mutex_trylock(&b->pfn_lock))
		return -EAGAIN;
	ballast_balloon_move(&b->singles, new, old, b->unmanaged);
	write_pages(&l, new, 1);
	send(&l);
	l = (struct letter){ .b = b, .vq = b->deflate_vq };
	write_pages(&l, old, 1);
	send(&l);
	mutex_unlock(&b->pfn_lock);
	return ballast_balloon_moved(old);
}
