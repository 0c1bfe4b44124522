// SPDX-License-Identifier: GPL-2.0-only
/* Statistics: the device gives a buffer back when it wants it filled anew. */

#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/virtio_config.h>
#include <linux/vmstat.h>

#include "compat/vmstat.h"
#include "device.h"

/* Those of the standard (virtio 1.3, 5.5.6.4) that not every kernel's header has. */
enum more_stats {
	STAT_OOM_KILL = 10,
	STAT_ALLOC_STALL,
	STAT_ASYNC_SCAN,
	STAT_DIRECT_SCAN,
	STAT_ASYNC_RECLAIM,
	STAT_DIRECT_RECLAIM,
};

struct sheet {
	struct ballast_balloon *b;
	unsigned int nr;
};

static void put(struct sheet *s, u16 tag, u64 value)
{
	struct virtio_balloon_stat *stat = &s->b->stats[s->nr++];

	stat->tag = cpu_to_virtio16(s->b->vdev, tag);
	stat->val = cpu_to_virtio64(s->b->vdev, value);
}

static void put_pages(struct sheet *s, u16 tag, u64 pages)
{
	put(s, tag, pages << PAGE_SHIFT);
}

static void put_events(struct sheet *s)
{
#ifdef CONFIG_VM_EVENT_COUNTERS
	unsigned long *events = s->b->events, stalls = 0;
	unsigned int i;

	all_vm_events(events);
	for (i = 0; i < MAX_NR_ZONES; i++)
		stalls += events[ALLOCSTALL_NORMAL - ZONE_NORMAL + i];
	put_pages(s, VIRTIO_BALLOON_S_SWAP_IN, events[PSWPIN]);
	put_pages(s, VIRTIO_BALLOON_S_SWAP_OUT, events[PSWPOUT]);
	put(s, VIRTIO_BALLOON_S_MAJFLT, events[PGMAJFAULT]);
	put(s, VIRTIO_BALLOON_S_MINFLT, events[PGFAULT]);
	put(s, STAT_OOM_KILL, events[OOM_KILL]);
	put(s, STAT_ALLOC_STALL, stalls);
	put_pages(s, STAT_ASYNC_SCAN, ballast_reclaimed(BALLAST_SCAN_KSWAPD, events));
	put_pages(s, STAT_DIRECT_SCAN, ballast_reclaimed(BALLAST_SCAN_DIRECT, events));
	put_pages(s, STAT_ASYNC_RECLAIM, ballast_reclaimed(BALLAST_STEAL_KSWAPD, events));
	put_pages(s, STAT_DIRECT_RECLAIM, ballast_reclaimed(BALLAST_STEAL_DIRECT, events));
#ifdef CONFIG_HUGETLB_PAGE
	put(s, VIRTIO_BALLOON_S_HTLB_PGALLOC, events[HTLB_BUDDY_PGALLOC]);
	put(s, VIRTIO_BALLOON_S_HTLB_PGFAIL, events[HTLB_BUDDY_PGALLOC_FAIL]);
#endif
#endif
}

static void put_memory(struct sheet *s)
{
	struct sysinfo i;

	si_meminfo(&i);
	put_pages(s, VIRTIO_BALLOON_S_MEMFREE, i.freeram);
	put_pages(s, VIRTIO_BALLOON_S_MEMTOT, i.totalram);
	put_pages(s, VIRTIO_BALLOON_S_AVAIL, max(si_mem_available(), 0l));
	put_pages(s, VIRTIO_BALLOON_S_CACHES, global_node_page_state(NR_FILE_PAGES));
}

static void send(struct ballast_balloon *b)
{
	struct sheet s = { .b = b };
	struct scatterlist sg;

	put_events(&s);
	put_memory(&s);
	sg_init_one(&sg, b->stats, s.nr * sizeof(b->stats[0]));
	if (!virtqueue_add_outbuf(b->stats_vq, &sg, 1, b, GFP_NOWAIT | __GFP_NOWARN))
		virtqueue_kick(b->stats_vq);
}

static void stats_work(struct work_struct *work)
{
	struct ballast_balloon *b = container_of(work, struct ballast_balloon, stats_work);
	unsigned int len;

	if (virtqueue_get_buf(b->stats_vq, &len))
		send(b);
}

/* The device has used the buffer: it wants another; in any context. */
void ballast_stats_request(struct virtqueue *vq)
{
	struct ballast_balloon *b = vq->vdev->priv;
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	if (!b->stop)
		queue_work(system_freezable_wq, &b->stats_work);
	spin_unlock_irqrestore(&b->lock, flags);
}

void ballast_stats_init(struct ballast_balloon *b)
{
	INIT_WORK(&b->stats_work, stats_work);
}

/* The first buffer, which the device keeps until somebody asks it for statistics. */
void ballast_stats_start(struct ballast_balloon *b)
{
	if (b->stats_vq)
		send(b);
}
