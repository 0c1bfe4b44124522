// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VM's guest says, and what of it is true: folders guest/, classes/,
 * estimates/ and levels/ of a VM; and the listener's own, /sys/kernel/ballast/channel.
 * Files of the last three are named by class, and are made in a loop.
 */

#include <linux/slab.h>
#include <linux/sysfs.h>

#include "channel.h"
#include "guest.h"
#include "guest_sysfs.h"
#include "vm.h"

static const char *const state_names[BALLAST_NR_GUEST_STATES] = {
	[BALLAST_GUEST_SILENT] = "silent",
	[BALLAST_GUEST_CONNECTED] = "connected",
	[BALLAST_GUEST_LOST] = "lost",
};

/* All there is to say of the guest, for kfree(); NULL without memory. */
static struct ballast_class_matrix *matrix_of(struct kobject *kobj)
{
	struct ballast_class_matrix *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (m)
		ballast_guest_fill(ballast_vm_of(kobj), m);
	return m;
}

#define MATRIX_ATTR(_name, _fmt, _value)					\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_class_matrix *m = matrix_of(kobj);			\
	ssize_t ret = m ? sysfs_emit(buf, _fmt "\n", _value) : -ENOMEM;		\
										\
	kfree(m);								\
	return ret;								\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

/* Ages in ms; -1 when there is nothing that could be old. */
static s64 age_ms(u64 ns)
{
	return ns == U64_MAX ? -1 : (s64)div_u64(ns, NSEC_PER_MSEC);
}

MATRIX_ATTR(state, "%s", state_names[m->state]);
MATRIX_ATTR(cid, "%u", m->cid);
MATRIX_ATTR(version, "%.24s", *m->version ? m->version : "none");
MATRIX_ATTR(report_age_ms, "%lld", age_ms(m->report_age_ns));
MATRIX_ATTR(answer_age_ms, "%lld", age_ms(m->answer_age_ns));
MATRIX_ATTR(total_pages, "%llu", m->total_pages);
MATRIX_ATTR(slab_reclaimable_pages, "%llu", m->slab_reclaimable_pages);
MATRIX_ATTR(swapins, "%lld", (s64)m->swapins);
MATRIX_ATTR(major_faults, "%lld", (s64)m->major_faults);
MATRIX_ATTR(refaults, "%lld", (s64)m->refaults);
MATRIX_ATTR(disagree, "0x%x", m->disagree);
MATRIX_ATTR(connects, "%llu", m->connects);
MATRIX_ATTR(reports, "%llu", m->reports);
MATRIX_ATTR(early_reports, "%llu", m->early);
MATRIX_ATTR(wrong_reports, "%llu", m->wrong);
MATRIX_ATTR(rounds, "%llu", m->rounds);
MATRIX_ATTR(asked_pages, "%llu", m->asked);
MATRIX_ATTR(answered_pages, "%llu", m->answered);
MATRIX_ATTR(rx_bytes, "%llu", m->rx_bytes);
MATRIX_ATTR(tx_bytes, "%llu", m->tx_bytes);

/* Set one knob; nothing changes unless the whole is valid. */
static ssize_t set_knob(struct kobject *kobj, const char *buf, size_t count, size_t field)
{
	struct ballast_guest *g = &ballast_vm_of(kobj)->guest;
	struct ballast_guest_config config;
	u32 value;
	int ret;

	ret = kstrtou32(buf, 0, &value);
	if (ret)
		return ret;
	mutex_lock(&g->lock);
	config = g->config;
	*(u32 *)((char *)&config + field) = value;
	if (ballast_guest_config_valid(&config))
		WRITE_ONCE(*(u32 *)((char *)&g->config + field), value);
	else
		ret = -EINVAL;
	mutex_unlock(&g->lock);
	return ret ?: count;
}

#define KNOB_ATTR(_name)							\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_vm *vm = ballast_vm_of(kobj);	\
										\
	return sysfs_emit(buf, "%u\n", READ_ONCE(vm->guest.config._name));	\
}										\
static ssize_t _name##_store(struct kobject *kobj, struct kobj_attribute *attr,	\
			     const char *buf, size_t count)			\
{										\
	return set_knob(kobj, buf, count,					\
			offsetof(struct ballast_guest_config, _name));		\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RW(_name)

KNOB_ATTR(report_ms);
KNOB_ATTR(round_ms);
KNOB_ATTR(error_bp);

static struct attribute *guest_attrs[] = {
	&state_attr.attr, &cid_attr.attr, &version_attr.attr, &report_age_ms_attr.attr,
	&answer_age_ms_attr.attr, &total_pages_attr.attr, &slab_reclaimable_pages_attr.attr,
	&swapins_attr.attr, &major_faults_attr.attr, &refaults_attr.attr, &disagree_attr.attr,
	&connects_attr.attr, &reports_attr.attr, &early_reports_attr.attr,
	&wrong_reports_attr.attr, &rounds_attr.attr, &asked_pages_attr.attr,
	&answered_pages_attr.attr, &rx_bytes_attr.attr, &tx_bytes_attr.attr,
	&report_ms_attr.attr, &round_ms_attr.attr, &error_bp_attr.attr,
	NULL
};

/**
 * struct class_attr - a file about a class
 * @attr: the file
 * @cls:  the class
 */
struct class_attr {
	struct kobj_attribute attr;
	unsigned int cls;
};

typedef ssize_t (*class_show_fn)(const struct ballast_class_matrix *m, unsigned int cls,
				 char *buf);

static ssize_t show_class(struct kobject *kobj, struct kobj_attribute *attr, char *buf,
			  class_show_fn show)
{
	struct ballast_class_matrix *m = matrix_of(kobj);
	ssize_t ret = m ? show(m, container_of(attr, struct class_attr, attr)->cls, buf) :
			  -ENOMEM;

	kfree(m);
	return ret;
}

static ssize_t emit_reported(const struct ballast_class_matrix *m, unsigned int cls, char *buf)
{
	return sysfs_emit(buf, "%llu\n", m->reported_pages[cls]);
}

static ssize_t emit_estimate(const struct ballast_class_matrix *m, unsigned int cls, char *buf)
{
	const struct ballast_class_estimate *e = &m->total[cls];

	return sysfs_emit(buf, "%llu %llu %llu\n", e->low, e->pages, e->high);
}

static ssize_t emit_levels(const struct ballast_class_matrix *m, unsigned int cls, char *buf)
{
	unsigned int level;
	ssize_t n = 0;

	for (level = 0; level < BALLAST_NR_LEVELS; level++)
		n += sysfs_emit_at(buf, n, "%llu%c", m->cell[level][cls].pages,
				   level + 1 < BALLAST_NR_LEVELS ? ' ' : '\n');
	return n;
}

#define CLASS_GROUP(_name)							\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return show_class(kobj, attr, buf, emit_##_name);			\
}										\
static struct class_attr _name##_files[BALLAST_NR_CLASSES];			\
static struct attribute *_name##_attrs[BALLAST_NR_CLASSES + 1]

CLASS_GROUP(reported);
CLASS_GROUP(estimate);
CLASS_GROUP(levels);

static const struct attribute_group guest_group = { .name = "guest", .attrs = guest_attrs };
static const struct attribute_group reported_group = {
	.name = "classes", .attrs = reported_attrs,
};
static const struct attribute_group estimate_group = {
	.name = "estimates", .attrs = estimate_attrs,
};
static const struct attribute_group levels_group = { .name = "levels", .attrs = levels_attrs };
const struct attribute_group *ballast_guest_groups[] = {
	&guest_group, &reported_group, &estimate_group, &levels_group,
	&ballast_balloon_group, NULL
};

static void name_files(struct class_attr *files, struct attribute **attrs,
		       ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attr,
				       char *buf))
{
	unsigned int cls;

	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		sysfs_attr_init(&files[cls].attr.attr);
		files[cls].attr.attr.name = ballast_class_name(cls);
		files[cls].attr.attr.mode = 0444;
		files[cls].attr.show = show;
		files[cls].cls = cls;
		attrs[cls] = &files[cls].attr.attr;
	}
}

/* --- the listener ------------------------------------------------------------------- */

#define STATS_ATTR(_name, _field)						\
static ssize_t channel_##_name##_show(struct kobject *kobj,			\
				      struct kobj_attribute *attr, char *buf)	\
{										\
	return sysfs_emit(buf, "%lld\n",					\
			  (s64)atomic64_read(&ballast_channel_stats._field));	\
}										\
static struct kobj_attribute channel_##_name##_attr =				\
	__ATTR(_name, 0444, channel_##_name##_show, NULL)

STATS_ATTR(connections, connections);
STATS_ATTR(accepted, accepted);
STATS_ATTR(foreign, foreign);
STATS_ATTR(crowded, crowded);
STATS_ATTR(early, early);
STATS_ATTR(refused_version, refused[BALLAST_REFUSED_VERSION]);
STATS_ATTR(refused_identity, refused[BALLAST_REFUSED_IDENTITY]);
STATS_ATTR(refused_bound, refused[BALLAST_REFUSED_BOUND]);
STATS_ATTR(refused_busy, refused[BALLAST_REFUSED_BUSY]);
STATS_ATTR(refused_protocol, refused[BALLAST_REFUSED_PROTOCOL]);
STATS_ATTR(refused_silent, refused[BALLAST_REFUSED_SILENT]);
STATS_ATTR(refused_flood, refused[BALLAST_REFUSED_FLOOD]);
STATS_ATTR(refused_detached, refused[BALLAST_REFUSED_DETACHED]);

static ssize_t channel_state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", ballast_channel_state());
}
static struct kobj_attribute channel_state_attr = __ATTR(state, 0444, channel_state_show, NULL);

static ssize_t channel_port_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ballast_channel_port());
}
static struct kobj_attribute channel_port_attr = __ATTR(port, 0444, channel_port_show, NULL);

static struct attribute *channel_attrs[] = {
	&channel_state_attr.attr, &channel_port_attr.attr, &channel_connections_attr.attr,
	&channel_accepted_attr.attr, &channel_foreign_attr.attr, &channel_crowded_attr.attr,
	&channel_early_attr.attr, &channel_refused_version_attr.attr,
	&channel_refused_identity_attr.attr, &channel_refused_bound_attr.attr,
	&channel_refused_busy_attr.attr, &channel_refused_protocol_attr.attr,
	&channel_refused_silent_attr.attr, &channel_refused_flood_attr.attr,
	&channel_refused_detached_attr.attr,
	NULL
};

static const struct attribute_group channel_group = { .name = "channel", .attrs = channel_attrs };

/* @top is /sys/kernel/ballast; what is made in it goes with it. */
int ballast_guest_sysfs_init(struct kobject *top)
{
	name_files(reported_files, reported_attrs, reported_show);
	name_files(estimate_files, estimate_attrs, estimate_show);
	name_files(levels_files, levels_attrs, levels_show);
	return sysfs_create_group(top, &channel_group);
}
