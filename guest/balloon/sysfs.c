// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/ballast_guest/balloon: one value per file, no logic. */

#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "ballast/wire.h"
#include "device.h"

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ballast_balloon_status s;

	ballast_balloon_status(&s);
	return sysfs_emit(buf, "%s\n", ballast_balloon_state_name(s.state));
}
static struct kobj_attribute state_attr = __ATTR_RO(state);

static ssize_t relief_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ballast_balloon_status s;

	ballast_balloon_status(&s);
	return sysfs_emit(buf, "%s\n", ballast_relief_name(s.relief));
}
static struct kobj_attribute relief_attr = __ATTR_RO(relief);

/* Blocks that are held, per order from single pages on. */
static ssize_t blocks_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ballast_balloon_status s;
	unsigned int i;
	int len = 0;

	ballast_balloon_status(&s);
	for (i = 0; i < BALLAST_BALLOON_ORDERS; i++)
		len += sysfs_emit_at(buf, len, "%llu%c", s.blocks[i],
				     i + 1 < BALLAST_BALLOON_ORDERS ? ' ' : '\n');
	return len;
}
static struct kobj_attribute blocks_attr = __ATTR_RO(blocks);

#define STATUS_ATTR(_name, _field)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_balloon_status s;					\
										\
	ballast_balloon_status(&s);						\
	return sysfs_emit(buf, "%llu\n", s._field);				\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

STATUS_ATTR(host_pages, host_pages);
STATUS_ATTR(device_pages, device_pages);
STATUS_ATTR(held_pages, held_pages);
STATUS_ATTR(given_pages, given_pages);
STATUS_ATTR(failed_pages, failed_pages);
STATUS_ATTR(reported_pages, reported_pages);
STATUS_ATTR(flushes, flushes);
STATUS_ATTR(taken_free_pages, taken_pages[BALLAST_TAKE_FREE]);
STATUS_ATTR(taken_cache_pages, taken_pages[BALLAST_TAKE_CACHE]);
STATUS_ATTR(taken_other_pages, taken_pages[BALLAST_TAKE_OTHER]);
STATUS_ATTR(reliefs, reliefs);
STATUS_ATTR(relief_pages, relief_pages);
STATUS_ATTR(room_pages, room_pages);

static ssize_t margin_pages_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", ballast_pressure_margin());
}

static ssize_t margin_pages_store(struct kobject *kobj, struct kobj_attribute *attr,
				  const char *buf, size_t count)
{
	u64 pages;
	int ret = kstrtou64(buf, 0, &pages);

	return ret ?: ballast_balloon_set_margin(pages) ?: count;
}
static struct kobj_attribute margin_pages_attr = __ATTR_RW(margin_pages);

static ssize_t flush_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	bool huge = sysfs_streq(buf, "huge");

	if (!huge && !sysfs_streq(buf, "1"))
		return -EINVAL;
	ballast_balloon_flush(huge);
	return count;
}
static struct kobj_attribute flush_attr = __ATTR_WO(flush);

static ssize_t flush_order_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(ballast_flush_order));
}

static ssize_t flush_order_store(struct kobject *kobj, struct kobj_attribute *attr,
				 const char *buf, size_t count)
{
	u32 order;
	int ret = kstrtou32(buf, 0, &order);

	if (ret)
		return ret;
	if (order > BALLAST_ORDER_MAX)
		return -EINVAL;
	WRITE_ONCE(ballast_flush_order, order);
	return count;
}
static struct kobj_attribute flush_order_attr = __ATTR_RW(flush_order);

static struct attribute *attrs[] = {
	&state_attr.attr, &relief_attr.attr, &blocks_attr.attr, &host_pages_attr.attr,
	&device_pages_attr.attr, &held_pages_attr.attr, &given_pages_attr.attr,
	&failed_pages_attr.attr, &reported_pages_attr.attr, &flushes_attr.attr,
	&taken_free_pages_attr.attr, &taken_cache_pages_attr.attr, &taken_other_pages_attr.attr,
	&reliefs_attr.attr, &relief_pages_attr.attr, &room_pages_attr.attr,
	&margin_pages_attr.attr, &flush_attr.attr, &flush_order_attr.attr,
	NULL
};

const struct attribute_group ballast_balloon_group = { .name = "balloon", .attrs = attrs };
