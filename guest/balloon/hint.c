// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free page hinting: while a migration begins the device asks, by an id in its
 * configuration, which memory need not be copied. Free blocks are allocated and lent to
 * it until it says that it is done, or until the guest needs them.
 */

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/virtio_config.h>

#include "device.h"

#define HINT_GFP	(__GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)

/*
 * The request that is in force at the device. To be read once after each change: QEMU shows
 * 0 in its place, which is "stop", from when it has seen our answer.
 */
static u32 wanted_id(struct ballast_balloon *b)
{
	if (xchg(&b->hint_changed, false))
		virtio_cread_le(b->vdev, struct virtio_balloon_config, free_page_hint_cmd_id,
				&b->hint_wanted);
	return b->hint_wanted;
}

static void reap(struct ballast_balloon *b)
{
	unsigned int len;

	while (virtqueue_get_buf(b->hint_vq, &len))
		;
}

static int send_id(struct ballast_balloon *b, __virtio32 *id)
{
	struct scatterlist sg;
	int ret;

	reap(b);
	sg_init_one(&sg, id, sizeof(*id));
	ret = virtqueue_add_outbuf(b->hint_vq, &sg, 1, id, GFP_KERNEL);
	if (!ret)
		virtqueue_kick(b->hint_vq);
	return ret;
}

/* One place in the queue is left for the id that ends it. */
static bool lend_block(struct ballast_balloon *b)
{
	struct scatterlist sg;
	struct page *page;

	reap(b);
	if (b->hint_vq->num_free < 2)
		return true;
	page = alloc_pages(HINT_GFP, BALLAST_ORDER_MAX);
	if (!page)
		return false;
	sg_init_table(&sg, 1);
	sg_set_page(&sg, page, PAGE_SIZE << BALLAST_ORDER_MAX, 0);
	if (virtqueue_add_inbuf(b->hint_vq, &sg, 1, page, GFP_NOWAIT | __GFP_NOWARN)) {
		__free_pages(page, BALLAST_ORDER_MAX);
		return false;
	}
	virtqueue_kick(b->hint_vq);
	spin_lock_irq(&b->lock);
	list_add(&page->lru, &b->hinted);
	b->nr_hinted++;
	spin_unlock_irq(&b->lock);
	return true;
}

static void lend(struct ballast_balloon *b, u32 id)
{
	b->hint_id = cpu_to_virtio32(b->vdev, id);
	if (send_id(b, &b->hint_id))
		return;
	while (wanted_id(b) == id && !READ_ONCE(b->stop) && lend_block(b))
		cond_resched();
	send_id(b, &b->hint_stop);
}

/* Give @blocks of what is lent back to the guest. Return: pages. */
u64 ballast_hint_return(struct ballast_balloon *b, u64 blocks)
{
	unsigned long flags;
	struct page *page;
	u64 nr;

	for (nr = 0; nr < blocks; nr++) {
		spin_lock_irqsave(&b->lock, flags);
		page = list_first_entry_or_null(&b->hinted, struct page, lru);
		if (page) {
			list_del(&page->lru);
			b->nr_hinted--;
		}
		spin_unlock_irqrestore(&b->lock, flags);
		if (!page)
			break;
		__free_pages(page, BALLAST_ORDER_MAX);
	}
	return nr << BALLAST_ORDER_MAX;
}

static void hint_work(struct work_struct *work)
{
	struct ballast_balloon *b = container_of(work, struct ballast_balloon, hint_work);
	u32 id = wanted_id(b);

	if (id == VIRTIO_BALLOON_CMD_ID_DONE)
		ballast_hint_return(b, U64_MAX);
	else if (id != VIRTIO_BALLOON_CMD_ID_STOP && id != virtio32_to_cpu(b->vdev, b->hint_id))
		lend(b, id);
}

void ballast_hint_changed(struct ballast_balloon *b)
{
	unsigned long flags;

	if (!b->hint_vq)
		return;
	WRITE_ONCE(b->hint_changed, true);
	spin_lock_irqsave(&b->lock, flags);
	if (!b->stop)
		queue_work(system_freezable_wq, &b->hint_work);
	spin_unlock_irqrestore(&b->lock, flags);
}

void ballast_hint_init(struct ballast_balloon *b)
{
	INIT_WORK(&b->hint_work, hint_work);
	INIT_LIST_HEAD(&b->hinted);
	b->hint_id = cpu_to_virtio32(b->vdev, VIRTIO_BALLOON_CMD_ID_STOP);
	b->hint_stop = b->hint_id;
}
