// SPDX-License-Identifier: GPL-2.0-only
/* Folder mrc/ of a VM: knobs and counters of its miss-rate curve. */

#include <linux/slab.h>
#include <linux/sysfs.h>

#include "mrc.h"
#include "sysfs.h"

static const char *const state_names[BALLAST_NR_MRC_STATES] = {
	[BALLAST_MRC_OFF] = "off",
	[BALLAST_MRC_TRACING] = "tracing",
	[BALLAST_MRC_PAUSED] = "paused",
};

static const char *const tracer_names[BALLAST_NR_TRACERS] = {
	[BALLAST_TRACER_AUTO] = "auto",
	[BALLAST_TRACER_BITS] = "bits",
	[BALLAST_TRACER_TRAPS] = "traps",
};

static const char *const reason_names[BALLAST_NR_TRACER_REASONS] = {
	[BALLAST_TRACER_ASKED] = "asked",
	[BALLAST_TRACER_FIRST] = "first",
	[BALLAST_TRACER_CHEAPER] = "cheaper",
	[BALLAST_TRACER_RATE] = "rate",
	[BALLAST_TRACER_CANNOT] = "cannot",
};

/* All there is to say, for kfree(); NULL without memory. */
static struct ballast_mrc_query *query_of(struct kobject *kobj)
{
	struct ballast_mrc_query *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (q)
		ballast_mrc_fill(ballast_vm_of(kobj), q);
	return q;
}

#define MRC_ATTR(_name, _fmt, _value)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct ballast_mrc_query *q = query_of(kobj);				\
	ssize_t ret = q ? sysfs_emit(buf, _fmt "\n", _value) : -ENOMEM;		\
										\
	kfree(q);								\
	return ret;								\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

MRC_ATTR(state, "%s", state_names[q->state]);
MRC_ATTR(cpu_bp, "%u", q->cpu_bp);
MRC_ATTR(interval_ms, "%u", q->interval_ms);
MRC_ATTR(entries, "%u", q->entries);
MRC_ATTR(left_out, "%u", q->left_out);
MRC_ATTR(ticks, "%llu", q->ticks);
MRC_ATTR(accesses, "%llu", q->accesses);
MRC_ATTR(tick_ns, "%llu", q->tick_ns);
MRC_ATTR(pauses, "%llu", q->pauses);
MRC_ATTR(data_ms, "%llu", q->data_ms);
MRC_ATTR(tracing_by, "%s", q->tracing_by ? tracer_names[q->tracing_by] : "none");
MRC_ATTR(tracer_reason, "%s", q->tracing_by ? reason_names[q->tracer_reason] : "none");
MRC_ATTR(window_now_ms, "%u", q->window_now_ms);
MRC_ATTR(traps_per_s, "%u", q->traps_per_s);
MRC_ATTR(traps, "%llu", q->traps);
MRC_ATTR(zaps, "%llu", q->zaps);
MRC_ATTR(untrapped, "%llu", q->untrapped);
MRC_ATTR(trap_ns, "%llu", q->trap_ns);
MRC_ATTR(look_cost_ns, "%u", q->look_cost_ns);
MRC_ATTR(trap_cost_ns, "%u", q->trap_cost_ns);

/* Set one knob; nothing changes unless the whole is valid. */
static ssize_t set_knob(struct kobject *kobj, u32 value, size_t count, size_t field)
{
	struct ballast_vm *vm = ballast_vm_of(kobj);
	struct ballast_mrc_knobs knobs;
	int ret;

	/* A pass may take long. */
	if (mutex_lock_interruptible(&vm->scan_lock))
		return -EINTR;
	knobs = vm->mrc_knobs;
	*(u32 *)((char *)&knobs + field) = value;
	ret = ballast_mrc_set(vm, &knobs);
	mutex_unlock(&vm->scan_lock);
	return ret ?: count;
}

#define KNOB_ATTR(_name)							\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return sysfs_emit(buf, "%u\n", READ_ONCE(ballast_vm_of(kobj)->mrc_knobs._name));	\
}										\
static ssize_t _name##_store(struct kobject *kobj, struct kobj_attribute *attr,	\
			     const char *buf, size_t count)			\
{										\
	u32 value;								\
	int ret = kstrtou32(buf, 0, &value);					\
										\
	return ret ?: set_knob(kobj, value, count,				\
			       offsetof(struct ballast_mrc_knobs, _name));	\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RW(_name)

KNOB_ATTR(enabled);
KNOB_ATTR(samples);
KNOB_ATTR(tick_ms);
KNOB_ATTR(budget_bp);
KNOB_ATTR(window_ms);
KNOB_ATTR(trap_rate);
KNOB_ATTR(trap_huge);

static ssize_t tracer_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	u32 tracer = READ_ONCE(ballast_vm_of(kobj)->mrc_knobs.tracer);

	return sysfs_emit(buf, "%s\n", tracer_names[tracer]);
}

static ssize_t tracer_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	int tracer = sysfs_match_string(tracer_names, buf);

	return tracer < 0 ? tracer :
	       set_knob(kobj, tracer, count, offsetof(struct ballast_mrc_knobs, tracer));
}

static struct kobj_attribute tracer_attr = __ATTR_RW(tracer);

static struct attribute *attrs[] = {
	&enabled_attr.attr, &samples_attr.attr, &tick_ms_attr.attr, &budget_bp_attr.attr,
	&state_attr.attr, &cpu_bp_attr.attr, &interval_ms_attr.attr, &entries_attr.attr,
	&left_out_attr.attr, &ticks_attr.attr, &accesses_attr.attr, &tick_ns_attr.attr,
	&pauses_attr.attr, &data_ms_attr.attr, &tracer_attr.attr, &window_ms_attr.attr,
	&trap_rate_attr.attr, &trap_huge_attr.attr, &tracing_by_attr.attr,
	&tracer_reason_attr.attr, &window_now_ms_attr.attr, &traps_per_s_attr.attr,
	&traps_attr.attr, &zaps_attr.attr, &untrapped_attr.attr, &trap_ns_attr.attr,
	&look_cost_ns_attr.attr, &trap_cost_ns_attr.attr,
	NULL
};

const struct attribute_group ballast_mrc_group = { .name = "mrc", .attrs = attrs };
