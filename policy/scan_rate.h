/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often to scan a VM.
 *
 * A small state machine, stepped after every pass. It starts at a base
 * period, halves it while pages change level, doubles it when nothing has
 * changed for some passes (a stable VM costs next to nothing), and returns to
 * the base at once when something outside says that the picture is no longer
 * true: memory pressure on the host, a burst of invalidations. Never so fast
 * that scanning costs more than its CPU budget, whatever the reason; but once
 * in BALLAST_RATE_MS_MAX, whatever it costs.
 *
 *	          learned              quiet for N passes
 *	LEARNING --------> TRACKING -----------------------> STABLE
 *	                      ^  ^          change              |
 *	                      |  +------------------------------+
 *	      pass over       |       pressure, burst: from any state
 *	PRESSURE, CHANGE -----+
 *
 * BUDGET is reported in place of the state when the CPU budget, not the state,
 * decided the period.
 */
#ifndef BALLAST_POLICY_SCAN_RATE_H
#define BALLAST_POLICY_SCAN_RATE_H

#include "ballast/policy_env.h"
#include "uapi/linux/ballast.h"

/**
 * struct ballast_rate_config - thresholds, all of them data
 * @base_ms:         period while learning and after a re-arm
 * @min_ms:          shortest period
 * @max_ms:          longest period
 * @budget_bp:       CPU budget, 1/10000 of one core, at least 1
 * @learn_passes:    passes at @base_ms after attach
 * @change_hi_bp:    share of pages changing level in a pass that halves the
 *                   period
 * @change_lo_bp:    share up to which a pass counts as quiet
 * @quiet_passes:    quiet passes in a row before the period doubles
 * @burst_bp:        share of blocks invalidated in a pass that re-arms
 */
struct ballast_rate_config {
	u32 base_ms;
	u32 min_ms;
	u32 max_ms;
	u32 budget_bp;
	u32 learn_passes;
	u32 change_hi_bp;
	u32 change_lo_bp;
	u32 quiet_passes;
	u32 burst_bp;
};

extern const struct ballast_rate_config ballast_rate_defaults;

/* Limits of what an operator may set. */
#define BALLAST_RATE_MS_MIN	10u
#define BALLAST_RATE_MS_MAX	3600000u
#define BALLAST_RATE_BUDGET_MAX	10000u

/**
 * struct ballast_rate - state of the machine for one VM
 * @period_ms: period in force
 * @wish_ms:   period the state asks for; the budget may make it longer
 * @cost_ns:   CPU time of a pass, smoothed
 * @passes:    passes seen since (re)start, saturating
 * @quiet:     quiet passes in a row
 * @state:     enum ballast_period_reason without BUDGET and MANUAL
 * @reason:    what to report
 */
struct ballast_rate {
	u32 period_ms;
	u32 wish_ms;
	u64 cost_ns;
	u32 passes;
	u32 quiet;
	u8 state;
	u8 reason;
};

/**
 * struct ballast_rate_input - what one pass found
 * @pass_ns:       CPU time it took
 * @pages:         pages of the VM
 * @changed_pages: pages that changed level
 * @blocks:        blocks of the VM
 * @invalidated:   blocks invalidated since the pass before
 * @pressure:      the host is short of memory
 */
struct ballast_rate_input {
	u64 pass_ns;
	u64 pages;
	u64 changed_pages;
	u64 blocks;
	u64 invalidated;
	bool pressure;
};

void ballast_rate_init(struct ballast_rate *rate,
		       const struct ballast_rate_config *config);
void ballast_rate_step(struct ballast_rate *rate,
		       const struct ballast_rate_config *config,
		       const struct ballast_rate_input *in);
u32 ballast_rate_floor_ms(const struct ballast_rate *rate,
			  const struct ballast_rate_config *config);
bool ballast_rate_config_valid(const struct ballast_rate_config *config);

#endif /* BALLAST_POLICY_SCAN_RATE_H */
