// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/ballast_guest: one value per file, no logic. */

#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "balloon/balloon.h"
#include "channel.h"
#include "sysfs.h"
#include "totals.h"

static struct kobject *guest_kobj;

static const char *const state_names[BALLAST_NR_CHANNEL_STATES] = {
	[BALLAST_CHANNEL_WAITING] = "waiting",
	[BALLAST_CHANNEL_CONNECTING] = "connecting",
	[BALLAST_CHANNEL_PROVING] = "proving",
	[BALLAST_CHANNEL_CONNECTED] = "connected",
};

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ballast_channel_status s;

	ballast_channel_status(&s);
	return sysfs_emit(buf, "%s\n", state_names[s.state]);
}
static struct kobj_attribute state_attr = __ATTR_RO(state);

static ssize_t refused_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ballast_channel_status s;

	ballast_channel_status(&s);
	return sysfs_emit(buf, "%s\n", s.refused ? ballast_wire_refusal_name(s.refused) : "no");
}
static struct kobj_attribute refused_attr = __ATTR_RO(refused);

#define STATUS_ATTR(_name, _field, _fmt)					\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_channel_status s;					\
										\
	ballast_channel_status(&s);						\
	return sysfs_emit(buf, _fmt "\n", s._field);				\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

STATUS_ATTR(report_ms, config.report_ms, "%u");
STATUS_ATTR(early_ms, config.early_ms, "%u");
STATUS_ATTR(early_bp, config.early_bp, "%u");
STATUS_ATTR(cpu_bp, config.cpu_bp, "%u");
STATUS_ATTR(connects, connects, "%llu");
STATUS_ATTR(reports, reports, "%llu");
STATUS_ATTR(early_reports, early, "%llu");
STATUS_ATTR(classified_pages, pages, "%llu");
STATUS_ATTR(rx_bytes, rx_bytes, "%llu");
STATUS_ATTR(tx_bytes, tx_bytes, "%llu");
STATUS_ATTR(cpu_ns, cpu_ns, "%llu");

/* A knob of the guest's operator; it holds for what the host asks for next. */
#define KNOB_ATTR(_name, _variable, _min, _max)					\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return sysfs_emit(buf, "%u\n", READ_ONCE(_variable));			\
}										\
static ssize_t _name##_store(struct kobject *kobj, struct kobj_attribute *attr,	\
			     const char *buf, size_t count)			\
{										\
	u32 value;								\
	int ret = kstrtou32(buf, 0, &value);					\
										\
	if (ret)								\
		return ret;							\
	if (value < (_min) || value > (_max))					\
		return -EINVAL;							\
	WRITE_ONCE(_variable, value);						\
	return count;								\
}										\
static struct kobj_attribute _name##_attr = __ATTR(_name, 0644, _name##_show, _name##_store)

KNOB_ATTR(report_min_ms, ballast_report_min_ms, BALLAST_WIRE_MS_MIN, BALLAST_WIRE_MS_MAX);
KNOB_ATTR(cpu_max_bp, ballast_cpu_max_bp, 1, BALLAST_WIRE_BP_MAX);

static struct attribute *guest_attrs[] = {
	&state_attr.attr, &refused_attr.attr, &report_ms_attr.attr, &early_ms_attr.attr,
	&early_bp_attr.attr, &cpu_bp_attr.attr, &report_min_ms_attr.attr, &cpu_max_bp_attr.attr,
	&connects_attr.attr, &reports_attr.attr, &early_reports_attr.attr,
	&classified_pages_attr.attr, &rx_bytes_attr.attr, &tx_bytes_attr.attr, &cpu_ns_attr.attr,
	NULL
};

/* The guest's own view, counted at the moment of reading. */
static u64 class_pages(unsigned int cls)
{
	struct ballast_wire_report now;

	ballast_totals_read(&now);
	return now.pages[cls];
}

#define CLASS_ATTR(_name, _class)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return sysfs_emit(buf, "%llu\n", class_pages(_class));			\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

CLASS_ATTR(free_pages, BALLAST_CLASS_FREE);
CLASS_ATTR(anon_active_pages, BALLAST_CLASS_ANON_ACTIVE);
CLASS_ATTR(anon_inactive_pages, BALLAST_CLASS_ANON_INACTIVE);
CLASS_ATTR(file_active_pages, BALLAST_CLASS_FILE_ACTIVE);
CLASS_ATTR(file_inactive_pages, BALLAST_CLASS_FILE_INACTIVE);
CLASS_ATTR(file_dirty_pages, BALLAST_CLASS_FILE_DIRTY);
CLASS_ATTR(shmem_pages, BALLAST_CLASS_SHMEM);
CLASS_ATTR(mlocked_pages, BALLAST_CLASS_MLOCKED);
CLASS_ATTR(hugetlb_pages, BALLAST_CLASS_HUGETLB);
CLASS_ATTR(slab_pages, BALLAST_CLASS_SLAB);
CLASS_ATTR(page_table_pages, BALLAST_CLASS_PAGE_TABLE);
CLASS_ATTR(balloon_pages, BALLAST_CLASS_BALLOON);
CLASS_ATTR(kernel_pages, BALLAST_CLASS_KERNEL);

static struct attribute *class_attrs[] = {
	&free_pages_attr.attr, &anon_active_pages_attr.attr, &anon_inactive_pages_attr.attr,
	&file_active_pages_attr.attr, &file_inactive_pages_attr.attr, &file_dirty_pages_attr.attr,
	&shmem_pages_attr.attr, &mlocked_pages_attr.attr, &hugetlb_pages_attr.attr,
	&slab_pages_attr.attr, &page_table_pages_attr.attr, &balloon_pages_attr.attr,
	&kernel_pages_attr.attr,
	NULL
};

static const struct attribute_group guest_group = { .attrs = guest_attrs };
static const struct attribute_group class_group = { .name = "classes", .attrs = class_attrs };
static const struct attribute_group *guest_groups[] = {
	&guest_group, &class_group, &ballast_balloon_group, NULL
};

int ballast_guest_sysfs_init(void)
{
	int ret;

	guest_kobj = kobject_create_and_add("ballast_guest", kernel_kobj);
	if (!guest_kobj)
		return -ENOMEM;
	ret = sysfs_create_groups(guest_kobj, guest_groups);
	if (ret)
		kobject_put(guest_kobj);
	return ret;
}

void ballast_guest_sysfs_exit(void)
{
	sysfs_remove_groups(guest_kobj, guest_groups);
	/* Gone at once, though its last reference may go later. */
	kobject_del(guest_kobj);
	kobject_put(guest_kobj);
}
