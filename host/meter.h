/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU time of a thread's work, measured over batches of it: what takes long because
 * the thread has lost the CPU is charged like a batch that had not.
 */
#ifndef BALLAST_HOST_METER_H
#define BALLAST_HOST_METER_H

#include <linux/sched.h>
#include <linux/timekeeping.h>

/**
 * struct ballast_meter - a batch that is being measured
 * @begin_ns: when it began
 * @switches: times that the thread had lost the CPU by then
 */
struct ballast_meter {
	u64 begin_ns;
	unsigned long switches;
};

static inline unsigned long ballast_meter_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

static inline void ballast_meter_begin(struct ballast_meter *meter)
{
	meter->switches = ballast_meter_switches();
	meter->begin_ns = ktime_get_ns();
}

/**
 * ballast_meter_end() - the batch is over
 * @meter:    its meter, which can begin anew
 * @batch_ns: in: what one like it has cost, 0 when none has been seen; out: what this one
 *            has, unless the CPU was lost meanwhile and it took longer
 *
 * Return: what it is charged, in ns.
 */
static inline u64 ballast_meter_end(const struct ballast_meter *meter, u64 *batch_ns)
{
	u64 ns = ktime_get_ns() - meter->begin_ns;

	if (ballast_meter_switches() == meter->switches || !*batch_ns || ns < *batch_ns)
		*batch_ns = ns;
	return *batch_ns;
}

#endif /* BALLAST_HOST_METER_H */
