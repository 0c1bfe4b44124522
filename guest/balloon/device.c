// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device: its features, its queues, its life. There is one in a VM; a second one is
 * refused.
 */

#include <linux/err.h>
#include <linux/module.h>
#include <linux/page_reporting.h>
#include <linux/slab.h>

#include "device.h"

static bool takeover;
module_param(takeover, bool, 0444);
MODULE_PARM_DESC(takeover, "take a balloon device from the kernel's virtio_balloon, which gives back all that it holds");

/**
 * struct ballast_balloons - what there is without a device, too
 * @lock:   mutex, of @device, @host_pages and @cache; taken before any lock of a device
 * @device: or NULL
 * @host_pages: target of Ballast's host
 * @cache:  and whether that may take cache
 * @news:   see ballast_balloon_news()
 */
static struct ballast_balloons {
	struct mutex lock;	/* of @device, @host_pages, @cache */
	struct ballast_balloon *device;
	u64 host_pages;
	bool cache;
	atomic_t news;
} balloons = { .lock = __MUTEX_INITIALIZER(balloons.lock) };

u32 ballast_balloon_news(void)
{
	return atomic_read(&balloons.news);
}

/* Something that the host wants to know has happened. */
void ballast_balloon_changed_news(void)
{
	atomic_inc(&balloons.news);
}

/* Look at the size, in so many ms; sooner, if that is to be done sooner already. */
void ballast_balloon_queue(struct ballast_balloon *b, unsigned int ms)
{
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	if (!b->stop && ms)
		queue_delayed_work(system_freezable_wq, &b->size_work, msecs_to_jiffies(ms));
	else if (!b->stop)
		mod_delayed_work(system_freezable_wq, &b->size_work, 0);
	spin_unlock_irqrestore(&b->lock, flags);
}

/* From the device, in any context. */
static void queue_used(struct virtqueue *vq)
{
	struct ballast_balloon *b = vq->vdev->priv;

	wake_up(&b->acked);
}

static void config_changed(struct virtio_device *vdev)
{
	struct ballast_balloon *b = vdev->priv;

	ballast_hint_changed(b);
	ballast_balloon_queue(b, 0);
}

static int find_queues(struct ballast_balloon *b)
{
	struct ballast_queue queues[BALLAST_QUEUES_MAX] = {
		{ "inflate", queue_used }, { "deflate", queue_used },
	};
	struct virtqueue **places[BALLAST_QUEUES_MAX] = { &b->inflate_vq, &b->deflate_vq };
	struct virtqueue *vqs[BALLAST_QUEUES_MAX];
	unsigned int nr = 2, i;
	int ret;

	if (virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_STATS_VQ)) {
		places[nr] = &b->stats_vq;
		queues[nr++] = (struct ballast_queue){ "stats", ballast_stats_request };
	}
	if (virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_FREE_PAGE_HINT)) {
		places[nr] = &b->hint_vq;
		queues[nr++] = (struct ballast_queue){ "free_page_vq", NULL };
	}
	if (virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_REPORTING)) {
		places[nr] = &b->report_vq;
		queues[nr++] = (struct ballast_queue){ "reporting_vq", queue_used };
	}
	ret = ballast_find_queues(b->vdev, nr, queues, vqs);
	if (ret)
		return ret;
	for (i = 0; i < nr; i++)
		*places[i] = vqs[i];
	return 0;
}

/* What a page has in it when the guest gets it back, as far as the guest cares. */
static void tell_poison(struct ballast_balloon *b)
{
	__u32 poison = 0;

	if (!virtio_has_feature(b->vdev, VIRTIO_BALLOON_F_PAGE_POISON))
		return;
	if (!want_init_on_free())
		memset(&poison, PAGE_POISON, sizeof(poison));
	virtio_cwrite_le(b->vdev, struct virtio_balloon_config, poison_val, &poison);
}

static void start(struct ballast_balloon *b)
{
	virtio_device_ready(b->vdev);
	ballast_stats_start(b);
	ballast_balloon_queue(b, 0);
}

static struct ballast_balloon *new_balloon(struct virtio_device *vdev)
{
	struct ballast_balloon *b = kvzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->pfns = kcalloc(BALLAST_GIVE_BUFFERS * BALLAST_GIVE_PFNS, sizeof(*b->pfns), GFP_KERNEL);
	if (!b->pfns) {
		kvfree(b);
		return NULL;
	}
	b->vdev = vdev;
	b->unmanaged = !virtio_has_feature(vdev, VIRTIO_BALLOON_F_DEFLATE_ON_OOM);
	init_waitqueue_head(&b->acked);
	mutex_init(&b->pfn_lock);
	mutex_init(&b->report_lock);
	spin_lock_init(&b->lock);
	b->told_pages = U64_MAX;
	ballast_hold_init(b);
	ballast_size_init(b);
	ballast_stats_init(b);
	ballast_hint_init(b);
	return b;
}

static void free_balloon(struct ballast_balloon *b)
{
	kfree(b->pfns);
	kvfree(b);
}

static int balloon_probe(struct virtio_device *vdev)
{
	struct ballast_balloon *b;
	int ret;

	if (!vdev->config->get) {
		dev_err(&vdev->dev, "ballast_guest: a balloon without a configuration\n");
		return -EINVAL;
	}
	mutex_lock(&balloons.lock);
	ret = -EBUSY;
	if (balloons.device) {
		dev_err(&vdev->dev, "ballast_guest: a second balloon; one is enough\n");
		goto err_busy;
	}
	ret = -ENOMEM;
	b = new_balloon(vdev);
	if (!b)
		goto err_busy;
	vdev->priv = b;
	ret = find_queues(b);
	if (ret)
		goto err_queues;
	ret = ballast_pressure_start(b);
	if (ret)
		goto err_pressure;
	tell_poison(b);
	balloons.device = b;
	ballast_size_target(b, balloons.host_pages, balloons.cache);
	start(b);
	ballast_reporting_start(b);
	mutex_unlock(&balloons.lock);
	return 0;

err_pressure:
	vdev->config->del_vqs(vdev);
err_queues:
	vdev->priv = NULL;
	free_balloon(b);
err_busy:
	mutex_unlock(&balloons.lock);
	return ret;
}

/* No work of ours after this; what runs comes to its end while the device still lives. */
static void quiesce(struct ballast_balloon *b)
{
	spin_lock_irq(&b->lock);
	b->stop = true;
	spin_unlock_irq(&b->lock);
	cancel_work_sync(&b->flush_work);
	cancel_delayed_work_sync(&b->size_work);
	cancel_work_sync(&b->stats_work);
	cancel_work_sync(&b->hint_work);
}

/* The guest gets everything back, and the device forgets us. */
static void take_down(struct ballast_balloon *b)
{
	u32 none = 0;

	ballast_hint_return(b, U64_MAX);
	/* The kernel reports free memory whenever it likes, while devices sleep as well. */
	mutex_lock(&b->report_lock);
	b->report_vq = NULL;
	mutex_unlock(&b->report_lock);
	/* Pages that are just being moved cannot be taken back yet. */
	while (ballast_hold_pages(b))
		if (!ballast_hold_less(b, U64_MAX))
			schedule_timeout_uninterruptible(1);
	virtio_cwrite_le(b->vdev, struct virtio_balloon_config, actual, &none);
	virtio_reset_device(b->vdev);
	b->vdev->config->del_vqs(b->vdev);
}

static void balloon_remove(struct virtio_device *vdev)
{
	struct ballast_balloon *b = vdev->priv;

	mutex_lock(&balloons.lock);
	balloons.device = NULL;
	mutex_unlock(&balloons.lock);
	/* A flush starts the kernel's reporting, so that ends after it. */
	quiesce(b);
	ballast_reporting_stop(b);
	ballast_pressure_stop(b);
	take_down(b);
	free_balloon(b);
	ballast_balloon_changed_news();
}

#ifdef CONFIG_PM_SLEEP
/* The work queue that all of our work is on has been frozen before. */
static int balloon_freeze(struct virtio_device *vdev)
{
	take_down(vdev->priv);
	return 0;
}

static int balloon_restore(struct virtio_device *vdev)
{
	struct ballast_balloon *b = vdev->priv;
	int ret;

	/* Nothing is reported to a device that is not ready yet. */
	mutex_lock(&b->report_lock);
	ret = find_queues(b);
	if (!ret) {
		tell_poison(b);
		b->told_pages = U64_MAX;
		start(b);
	}
	mutex_unlock(&b->report_lock);
	/* What is left of the device can be removed, and nothing else. */
	if (ret)
		quiesce(b);
	return ret;
}
#endif

/* Before the features are agreed on: those that cannot be kept are not taken. */
static int balloon_validate(struct virtio_device *vdev)
{
	/* Poison that nobody checks need not be in the pages that come back. */
	if (!want_init_on_free() && (IS_ENABLED(CONFIG_PAGE_POISONING_NO_SANITY) ||
				     !page_poisoning_enabled_static()))
		__virtio_clear_bit(vdev, VIRTIO_BALLOON_F_PAGE_POISON);
	else if (!virtio_has_feature(vdev, VIRTIO_BALLOON_F_PAGE_POISON))
		__virtio_clear_bit(vdev, VIRTIO_BALLOON_F_REPORTING);
	/* The balloon's addresses are guest frames, also behind an IOMMU. */
	__virtio_clear_bit(vdev, VIRTIO_F_ACCESS_PLATFORM);
	return 0;
}

static const unsigned int features[] = {
	VIRTIO_BALLOON_F_MUST_TELL_HOST,
	VIRTIO_BALLOON_F_STATS_VQ,
	VIRTIO_BALLOON_F_DEFLATE_ON_OOM,
	VIRTIO_BALLOON_F_FREE_PAGE_HINT,
	VIRTIO_BALLOON_F_PAGE_POISON,
	VIRTIO_BALLOON_F_REPORTING,
};

static const struct virtio_device_id ids[] = {
	{ VIRTIO_ID_BALLOON, VIRTIO_DEV_ANY_ID },
	{}
};
MODULE_DEVICE_TABLE(virtio, ids);

struct virtio_driver ballast_balloon_driver = {
	.driver.name = "ballast_balloon",
	.driver.owner = THIS_MODULE,
	.id_table = ids,
	.feature_table = features,
	.feature_table_size = ARRAY_SIZE(features),
	.validate = balloon_validate,
	.probe = balloon_probe,
	.remove = balloon_remove,
	.config_changed = config_changed,
#ifdef CONFIG_PM_SLEEP
	.freeze = balloon_freeze,
	.restore = balloon_restore,
#endif
};

int ballast_balloon_init(void)
{
	int ret = register_virtio_driver(&ballast_balloon_driver);

	if (!ret)
		ballast_balloon_look_around(takeover);
	return ret;
}

void ballast_balloon_exit(void)
{
	unregister_virtio_driver(&ballast_balloon_driver);
}

void ballast_balloon_status(struct ballast_balloon_status *status)
{
	struct ballast_balloon *b;

	mutex_lock(&balloons.lock);
	b = balloons.device;
	if (b) {
		spin_lock_irq(&b->lock);
		*status = b->status;
		status->held_pages = b->held.pages;
		memcpy(status->blocks, b->held.nr, sizeof(status->blocks));
		spin_unlock_irq(&b->lock);
	} else {
		memset(status, 0, sizeof(*status));
	}
	status->host_pages = balloons.host_pages;
	mutex_unlock(&balloons.lock);
	status->margin_pages = ballast_pressure_margin();
	status->room_pages = ballast_pressure_room(false);
}

u64 ballast_balloon_held(void)
{
	u64 pages = 0;

	mutex_lock(&balloons.lock);
	if (balloons.device)
		pages = ballast_hold_pages(balloons.device);
	mutex_unlock(&balloons.lock);
	return pages;
}

void ballast_balloon_host_target(u64 pages, bool cache)
{
	mutex_lock(&balloons.lock);
	balloons.host_pages = pages;
	balloons.cache = cache;
	if (balloons.device) {
		ballast_size_target(balloons.device, pages, cache);
		ballast_balloon_queue(balloons.device, 0);
	}
	mutex_unlock(&balloons.lock);
}

void ballast_balloon_flush(bool huge)
{
	mutex_lock(&balloons.lock);
	if (balloons.device && balloons.device->registered) {
		if (!huge)
			WRITE_ONCE(balloons.device->flush_all, true);
		queue_work(system_freezable_wq, &balloons.device->flush_work);
	}
	mutex_unlock(&balloons.lock);
}
