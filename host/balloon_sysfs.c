// SPDX-License-Identifier: GPL-2.0-only
/* Folder balloon/ of a VM: one value per file, no logic. */

#include <linux/sysfs.h>

#include "balloon.h"
#include "vm.h"

static void fill(struct kobject *kobj, struct ballast_balloon_query *b)
{
	memset(b, 0, sizeof(*b));
	ballast_balloon_fill(ballast_vm_of(kobj), b);
}

#define BALLOON_SHOW(_name, _fmt, ...)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_balloon_query b;						\
										\
	fill(kobj, &b);								\
	return sysfs_emit(buf, _fmt "\n", __VA_ARGS__);				\
}

#define BALLOON_ATTR(_name, _fmt, ...)						\
BALLOON_SHOW(_name, _fmt, __VA_ARGS__)						\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

BALLOON_ATTR(state, "%s", ballast_balloon_state_name(b.state));
BALLOON_ATTR(relief, "%s", ballast_relief_name(b.relief));
BALLOON_ATTR(age_ms, "%lld", b.age_ns == U64_MAX ? -1ll : (s64)div_u64(b.age_ns, NSEC_PER_MSEC));
BALLOON_ATTR(host_pages, "%llu", b.host_pages);
BALLOON_ATTR(device_pages, "%llu", b.device_pages);
BALLOON_ATTR(held_pages, "%llu", b.held_pages);
BALLOON_ATTR(huge_pages, "%llu", b.huge_pages);
BALLOON_ATTR(room_pages, "%llu", b.room_pages);
BALLOON_ATTR(margin_pages, "%llu", b.margin_pages);
BALLOON_ATTR(given_pages, "%llu", b.given_pages);
BALLOON_ATTR(failed_pages, "%llu", b.failed_pages);
BALLOON_ATTR(reported_pages, "%llu", b.reported_pages);
BALLOON_ATTR(flushes, "%llu", b.flushes);
BALLOON_ATTR(reliefs, "%llu", b.reliefs);
BALLOON_ATTR(relief_pages, "%llu", b.relief_pages);
BALLOON_ATTR(taken_free_pages, "%llu", b.taken_pages[BALLAST_TAKE_FREE]);
BALLOON_ATTR(taken_cache_pages, "%llu", b.taken_pages[BALLAST_TAKE_CACHE]);
BALLOON_ATTR(taken_other_pages, "%llu", b.taken_pages[BALLAST_TAKE_OTHER]);
BALLOON_ATTR(checked_pages, "%u", b.checked);
BALLOON_ATTR(kept_pages, "%llu %llu %llu", b.kept_pages.low, b.kept_pages.pages, b.kept_pages.high);
BALLOON_ATTR(kept_why, "%s", ballast_kept_name(b.kept_why));

static ssize_t set(struct kobject *kobj, u64 pages, u32 flags, size_t count)
{
	return ballast_balloon_set_target(ballast_vm_of(kobj), pages,
					  flags) ?: count;
}

BALLOON_SHOW(target_pages, "%llu", b.target_pages)
static ssize_t target_pages_store(struct kobject *kobj, struct kobj_attribute *attr,
				  const char *buf, size_t count)
{
	struct ballast_balloon_query b;
	u64 pages;
	int ret = kstrtou64(buf, 0, &pages);

	if (ret)
		return ret;
	fill(kobj, &b);
	return set(kobj, pages, b.cache ? BALLAST_TARGET_CACHE : 0, count);
}
static struct kobj_attribute target_pages_attr = __ATTR_RW(target_pages);

BALLOON_SHOW(cache, "%u", b.cache)
static ssize_t cache_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	struct ballast_balloon_query b;
	bool cache;
	int ret = kstrtobool(buf, &cache);

	if (ret)
		return ret;
	fill(kobj, &b);
	return set(kobj, b.target_pages, cache ? BALLAST_TARGET_CACHE : 0, count);
}
static struct kobj_attribute cache_attr = __ATTR_RW(cache);

BALLOON_SHOW(flush, "%u", b.flush)
static ssize_t flush_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	bool huge = sysfs_streq(buf, "huge");

	if (!huge && !sysfs_streq(buf, "1"))
		return -EINVAL;
	return set(kobj, 0, BALLAST_TARGET_KEEP | BALLAST_TARGET_FLUSH |
		   (huge ? BALLAST_TARGET_HUGE : 0), count);
}
static struct kobj_attribute flush_attr = __ATTR_RW(flush);

static struct attribute *attrs[] = {
	&state_attr.attr, &relief_attr.attr, &age_ms_attr.attr, &target_pages_attr.attr,
	&cache_attr.attr, &flush_attr.attr, &host_pages_attr.attr, &device_pages_attr.attr,
	&held_pages_attr.attr, &huge_pages_attr.attr, &room_pages_attr.attr,
	&margin_pages_attr.attr, &given_pages_attr.attr, &failed_pages_attr.attr,
	&reported_pages_attr.attr, &flushes_attr.attr, &reliefs_attr.attr,
	&relief_pages_attr.attr, &taken_free_pages_attr.attr, &taken_cache_pages_attr.attr,
	&taken_other_pages_attr.attr, &checked_pages_attr.attr, &kept_pages_attr.attr,
	&kept_why_attr.attr,
	NULL
};

const struct attribute_group ballast_balloon_group = { .name = "balloon", .attrs = attrs };
