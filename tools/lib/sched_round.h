/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One round of the memory scheduler: look, decide
 *
 * The daemon acts on it, "ballast fit" and "ballast top" only look.
 */
#ifndef BALLAST_TOOLS_SCHED_ROUND_H
#define BALLAST_TOOLS_SCHED_ROUND_H

#include "observe.h"
#include "sched_state.h"

/**
 * struct sched_round - the last round
 * @client:   of the module; open during a look only, so that the module can be unloaded
 * @observer: what was seen
 * @in:       the same, as the scheduler takes it
 * @out:      what was decided, in the observer's order; one more than VMs
 * @summary:  for the host
 * @decided_ms: when that was, CLOCK_MONOTONIC; 0: never
 */
struct sched_round {
	struct ballast_client client;
	struct observer observer;
	struct ballast_sched_vm *in;
	struct ballast_sched_decision *out;
	struct ballast_sched_summary summary;
	uint64_t decided_ms;
};

void sched_round_init(struct sched_round *r, const struct daemon_config *config);
void sched_round_release(struct sched_round *r);

/* Look and decide. 0 or a negative errno, with the observer's @error. */
int sched_round_run(struct sched_round *r, uint64_t now_ms);

/* What is to be told of it; the caller sets who tells. 0 or -ENOMEM. */
int sched_round_state(const struct sched_round *r, struct sched_state *state);
/* Go on where another program has ended, before the first round. */
void sched_round_resume(struct sched_round *r, const struct sched_state *state, uint64_t now_ms);

#endif
