// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/ballast/vm/NAME: one value per file, no logic. */

#include <linux/error-injection.h>
#include <linux/sysfs.h>

#include "guest_sysfs.h"
#include "scan.h"
#include "sysfs.h"
#include "vm.h"

static struct kobject *ballast_kobj;	/* /sys/kernel/ballast */
static struct kset *vm_kset;		/* /sys/kernel/ballast/vm */

static const char *const reason_names[BALLAST_NR_PERIOD_REASONS] = {
	[BALLAST_PERIOD_LEARNING] = "learning",
	[BALLAST_PERIOD_TRACKING] = "tracking",
	[BALLAST_PERIOD_STABLE] = "stable",
	[BALLAST_PERIOD_BUDGET] = "budget",
	[BALLAST_PERIOD_PRESSURE] = "pressure",
	[BALLAST_PERIOD_CHANGE] = "change",
	[BALLAST_PERIOD_MANUAL] = "manual",
};

/* Read-only numbers come out of the query, so both always say the same. */
#define QUERY_ATTR(_name, _field, _fmt)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_vm_query query = {};					\
										\
	ballast_vm_fill_query(ballast_vm_of(kobj), &query);				\
	return sysfs_emit(buf, _fmt "\n", query._field);			\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

QUERY_ATTR(id, id, "%u");
QUERY_ATTR(pid, pid, "%d");
QUERY_ATTR(mem_pages, mem_pages, "%llu");
QUERY_ATTR(unknown_pages, level_pages[BALLAST_UNKNOWN], "%llu");
QUERY_ATTR(cold_pages, level_pages[BALLAST_COLD], "%llu");
QUERY_ATTR(cool_pages, level_pages[BALLAST_COOL], "%llu");
QUERY_ATTR(warm_pages, level_pages[BALLAST_WARM], "%llu");
QUERY_ATTR(hot_pages, level_pages[BALLAST_HOT], "%llu");
QUERY_ATTR(working_set_pages, working_set_pages, "%llu");
QUERY_ATTR(map_none_pages, map_pages[BALLAST_MAP_NONE], "%llu");
QUERY_ATTR(map_4k_pages, map_pages[BALLAST_MAP_4K], "%llu");
QUERY_ATTR(map_2m_pages, map_pages[BALLAST_MAP_2M], "%llu");
QUERY_ATTR(map_1g_pages, map_pages[BALLAST_MAP_1G], "%llu");
QUERY_ATTR(period_ms, period_ms, "%u");
QUERY_ATTR(passes, passes, "%llu");
QUERY_ATTR(pass_ns, pass_ns, "%llu");
QUERY_ATTR(cpu_bp, cpu_bp, "%u");
QUERY_ATTR(scan_ns, scan_ns, "%llu");
QUERY_ATTR(scanned_pages, scanned_pages, "%llu");
QUERY_ATTR(calls, calls, "%llu");
QUERY_ATTR(hits, hits, "%llu");
QUERY_ATTR(contended, contended, "%llu");
QUERY_ATTR(credited, credited, "%llu");
QUERY_ATTR(given_back, given_back, "%llu");
QUERY_ATTR(missed_deadlines, missed_deadlines, "%llu");
QUERY_ATTR(invalidations, invalidations, "%llu");
QUERY_ATTR(flushes, flushes, "%llu");
QUERY_ATTR(blind_samples, blind_samples, "%llu");
QUERY_ATTR(tlb_blind_bp, tlb_blind_bp, "%u");
QUERY_ATTR(store_bytes, store_bytes, "%llu");

static ssize_t period_reason_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ballast_vm_query query = {};

	ballast_vm_fill_query(ballast_vm_of(kobj), &query);
	return sysfs_emit(buf, "%s\n", reason_names[query.period_reason]);
}
static struct kobj_attribute period_reason_attr = __ATTR_RO(period_reason);

/* Set one threshold; nothing changes unless the whole is valid. */
static ssize_t set_config(struct kobject *kobj, const char *buf, size_t count, size_t field)
{
	struct ballast_vm *vm = ballast_vm_of(kobj);
	struct ballast_rate_config config;
	u32 value;
	int ret;

	ret = kstrtou32(buf, 0, &value);
	if (ret)
		return ret;
	spin_lock(&vm->config_lock);
	config = vm->config;
	*(u32 *)((char *)&config + field) = value;
	if (ballast_rate_config_valid(&config)) {
		vm->config = config;
		ballast_scan_rearm(vm);
	} else {
		ret = -EINVAL;
	}
	spin_unlock(&vm->config_lock);
	return ret ?: count;
}

#define CONFIG_ATTR(_name, _field)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return sysfs_emit(buf, "%u\n", READ_ONCE(ballast_vm_of(kobj)->config._field));	\
}										\
static ssize_t _name##_store(struct kobject *kobj, struct kobj_attribute *attr,	\
			     const char *buf, size_t count)			\
{										\
	return set_config(kobj, buf, count,					\
			  offsetof(struct ballast_rate_config, _field));		\
}										\
static struct kobj_attribute _name##_attr = __ATTR(_name, 0644, _name##_show, _name##_store)

CONFIG_ATTR(period_min_ms, min_ms);
CONFIG_ATTR(period_max_ms, max_ms);
CONFIG_ATTR(budget_bp, budget_bp);

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(ballast_vm_of(kobj)->manual) ? "manual" : "auto");
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	struct ballast_vm *vm = ballast_vm_of(kobj);
	bool manual;

	if (sysfs_streq(buf, "manual"))
		manual = true;
	else if (sysfs_streq(buf, "auto"))
		manual = false;
	else
		return -EINVAL;
	spin_lock(&vm->config_lock);
	WRITE_ONCE(vm->manual, manual);
	ballast_scan_rearm(vm);
	spin_unlock(&vm->config_lock);
	return count;
}
static struct kobj_attribute mode_attr = __ATTR_RW(mode);

static ssize_t calibrate_s_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(ballast_vm_of(kobj)->calibrate_s));
}

static ssize_t calibrate_s_store(struct kobject *kobj, struct kobj_attribute *attr,
				 const char *buf, size_t count)
{
	u32 value;
	int ret = kstrtou32(buf, 0, &value);

	if (ret)
		return ret;
	WRITE_ONCE(ballast_vm_of(kobj)->calibrate_s, value);
	return count;
}
static struct kobj_attribute calibrate_s_attr = __ATTR_RW(calibrate_s);

static struct attribute *vm_attrs[] = {
	&id_attr.attr, &pid_attr.attr, &mem_pages_attr.attr,
	&unknown_pages_attr.attr, &cold_pages_attr.attr, &cool_pages_attr.attr,
	&warm_pages_attr.attr, &hot_pages_attr.attr, &working_set_pages_attr.attr,
	&map_none_pages_attr.attr, &map_4k_pages_attr.attr,
	&map_2m_pages_attr.attr, &map_1g_pages_attr.attr,
	&period_ms_attr.attr, &period_reason_attr.attr,
	&period_min_ms_attr.attr, &period_max_ms_attr.attr, &budget_bp_attr.attr,
	&mode_attr.attr, &calibrate_s_attr.attr,
	&passes_attr.attr, &pass_ns_attr.attr, &cpu_bp_attr.attr,
	NULL
};

static struct attribute *stat_attrs[] = {
	&scan_ns_attr.attr, &scanned_pages_attr.attr, &calls_attr.attr,
	&hits_attr.attr, &contended_attr.attr, &credited_attr.attr,
	&given_back_attr.attr, &missed_deadlines_attr.attr,
	&invalidations_attr.attr, &flushes_attr.attr,
	&blind_samples_attr.attr, &tlb_blind_bp_attr.attr, &store_bytes_attr.attr,
	NULL
};

static const struct attribute_group vm_group = { .attrs = vm_attrs };
static const struct attribute_group stat_group = { .name = "stats", .attrs = stat_attrs };
static const struct attribute_group *vm_groups[] = {
	&vm_group, &stat_group, &ballast_mrc_group, NULL
};

static struct kobj_type vm_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = vm_groups,
};

/* The VM's reference count is its kobject's, from here on. */
void ballast_sysfs_vm_init(struct ballast_vm *vm, void (*release)(struct kobject *kobj))
{
	vm_ktype.release = release;
	vm->kobj.kset = vm_kset;
	kobject_init(&vm->kobj, &vm_ktype);
}

int ballast_sysfs_vm_add(struct ballast_vm *vm)
{
	int ret = kobject_add(&vm->kobj, NULL, "%s", vm->name);

	if (ret)
		return ret;
	ret = sysfs_create_groups(&vm->kobj, ballast_guest_groups);
	if (ret)
		kobject_del(&vm->kobj);
	return ret;
}
ALLOW_ERROR_INJECTION(ballast_sysfs_vm_add, ERRNO);

/* Waits for readers and writers of the files. */
void ballast_sysfs_vm_del(struct ballast_vm *vm)
{
	sysfs_remove_groups(&vm->kobj, ballast_guest_groups);
	kobject_del(&vm->kobj);
}

/* Gone at once, though its last reference may go later, so that we can come back. */
static void drop_folder(void)
{
	kobject_del(ballast_kobj);
	kobject_put(ballast_kobj);
}

int ballast_sysfs_init(void)
{
	int ret;

	ballast_kobj = kobject_create_and_add("ballast", kernel_kobj);
	if (!ballast_kobj)
		return -ENOMEM;
	ret = ballast_guest_sysfs_init(ballast_kobj);
	if (ret) {
		drop_folder();
		return ret;
	}
	vm_kset = kset_create_and_add("vm", NULL, ballast_kobj);
	if (!vm_kset) {
		drop_folder();
		return -ENOMEM;
	}
	return 0;
}

void ballast_sysfs_exit(void)
{
	kset_unregister(vm_kset);
	drop_folder();
}
