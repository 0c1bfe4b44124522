/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be had from a VM, by its figures; part of policy/sched.h. */
#ifndef BALLAST_POLICY_SCHED_VIEW_H
#define BALLAST_POLICY_SCHED_VIEW_H

#include "policy/sched.h"

/* Not below zero. */
static inline u64 ballast_less(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* @part of @whole's @pages, @part at most @whole and @whole not 0. */
static inline u64 ballast_scale(u64 pages, u64 part, u64 whole)
{
	return mul_u64_u64_div_u64(pages, part, whole);
}

static inline u64 ballast_part_bp(u64 pages, u32 bp)
{
	return mul_u64_u64_div_u64(pages, bp, 10000);
}

/* Why: up to three numbers; a reason given twice is the last one. */
void ballast_sched_note(struct ballast_sched_decision *d, enum ballast_sched_why why, u64 a,
			u64 b, u64 c);

/*
 * Fill @d->view, @d->memory and what @d->due is divided by, without what is in use; all else
 * is zero.
 */
void ballast_sched_look(const struct ballast_sched_config *config, u32 elapsed_ms,
			const struct ballast_sched_vm *vm, struct ballast_sched_decision *d);

/* Once all @nr are looked at, what each has in use: touched in the last 2^(what is returned) s. */
u32 ballast_sched_use(const struct ballast_sched_config *config,
		      const struct ballast_sched_vm *vms, struct ballast_sched_decision *d, u32 nr);

#endif /* BALLAST_POLICY_SCHED_VIEW_H */
