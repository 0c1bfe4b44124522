/* SPDX-License-Identifier: GPL-2.0-only */
/* Balloon targets; part of policy/sched.h. */
#ifndef BALLAST_POLICY_SCHED_BALLOON_H
#define BALLAST_POLICY_SCHED_BALLOON_H

#include "policy/sched_view.h"

/* From what is taken and given, within all limits: sets balloon_target_pages. */
void ballast_sched_target(const struct ballast_sched_config *config,
			  const struct ballast_sched_summary *sum,
			  const struct ballast_sched_vm *vm, struct ballast_sched_decision *d);

/* In HIGH: what balloons need not hold back any more. Lowers balloon_target_pages. */
void ballast_sched_give_back(const struct ballast_sched_config *config,
			     const struct ballast_sched_summary *sum,
			     struct ballast_sched_decision *d, u32 nr);

#endif /* BALLAST_POLICY_SCHED_BALLOON_H */
