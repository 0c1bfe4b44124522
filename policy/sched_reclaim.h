/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking memory from VMs, the cheapest means first; part of policy/sched.h. */
#ifndef BALLAST_POLICY_SCHED_RECLAIM_H
#define BALLAST_POLICY_SCHED_RECLAIM_H

#include "policy/sched_view.h"

/**
 * struct ballast_sched_reclaim - how much, and how far it may go
 * @early_pages: beyond what is needed, of guests with much free memory
 * @flush_pages: that free memory of guests may make up for
 * @take_pages:  that VMs above their due are to give, less what was flushed
 * @ready_pages: where nothing of that is needed: that VMs above their due are to give of what
 *               was idle for 2^@ready_age seconds and longer
 * @swap_room:   in the host's swap
 * @ready_age:   see there
 * @depth:       how deep at most
 * @balloons:    balloons may grow
 * @deep:        guests are to return small blocks of free memory as well
 */
struct ballast_sched_reclaim {
	u64 early_pages;
	u64 flush_pages;
	u64 take_pages;
	u64 ready_pages;
	u64 swap_room;
	u32 ready_age;
	u32 depth;
	bool balloons;
	bool deep;
};

/* What a VM has above its due, when its free memory has been returned. */
u64 ballast_sched_over(const struct ballast_sched_decision *d);

/**
 * ballast_sched_take() - from whom, and by which means
 * @how: see there
 * @d:   decisions, looked at and entitled; out: flush_pages, balloon_take_pages,
 *       swap_pages and swap_depth
 * @nr:  how many
 * @sum: out: flush_pages, balloon_pages, swap_pages, short_pages and depth
 *
 * The least deep depth that gives enough is used, and of it, each VM gives in
 * proportion to what it can.
 */
void ballast_sched_take(const struct ballast_sched_reclaim *how,
			struct ballast_sched_decision *d, u32 nr,
			struct ballast_sched_summary *sum);

#endif /* BALLAST_POLICY_SCHED_RECLAIM_H */
