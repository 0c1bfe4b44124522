// SPDX-License-Identifier: GPL-2.0-only
/* Scan period of a VM; the header explains the machine. */

#include "policy/scan_rate.h"

/*
 * One second is short enough to tell a working set from a stray access and
 * long enough that hot pages fall out of the TLB between passes; half a
 * minute is the age at which far-memory systems begin to call a page cold.
 */
const struct ballast_rate_config ballast_rate_defaults = {
	.base_ms = 1000,
	.min_ms = 200,
	.max_ms = 30000,
	.budget_bp = 100,
	.learn_passes = 8,
	.change_hi_bp = 200,
	.change_lo_bp = 20,
	.quiet_passes = 4,
	.burst_bp = 500,
};

/* The smoothed cost moves by 1/4 of the difference per pass. */
#define COST_SHIFT	2

/* Thirteen days: no pass takes that long, and products cannot overflow. */
#define RATE_NS_MAX	(1ull << 50)

/**
 * ballast_rate_config_valid() - can the machine run with this?
 * @config: as set by the operator
 */
bool ballast_rate_config_valid(const struct ballast_rate_config *config)
{
	return config->min_ms >= BALLAST_RATE_MS_MIN &&
	       config->min_ms <= config->max_ms &&
	       config->max_ms <= BALLAST_RATE_MS_MAX &&
	       config->budget_bp >= 1 &&
	       config->budget_bp <= BALLAST_RATE_BUDGET_MAX;
}

/**
 * ballast_rate_floor_ms() - shortest period the CPU budget allows
 * @rate:   state
 * @config: thresholds
 *
 * Rounded up, or the budget would be exceeded; an hour at most.
 */
u32 ballast_rate_floor_ms(const struct ballast_rate *rate,
			  const struct ballast_rate_config *config)
{
	u64 cost = min_t(u64, rate->cost_ns, RATE_NS_MAX);
	u64 ns_per_ms = config->budget_bp * 100ull;
	u64 ms = div64_u64(cost + ns_per_ms - 1, ns_per_ms);

	return (u32)min_t(u64, ms, BALLAST_RATE_MS_MAX);
}

/*
 * The CPU budget is obeyed before the operator's longest period: a VM that
 * cannot be scanned that often within its budget is scanned less often.
 */
static void set_period(struct ballast_rate *rate,
		       const struct ballast_rate_config *config, u32 ms)
{
	u32 floor = ballast_rate_floor_ms(rate, config);

	ms = clamp_t(u32, ms, config->min_ms, config->max_ms);
	rate->wish_ms = ms;
	rate->reason = rate->state;
	if (ms < floor) {
		ms = floor;
		rate->reason = BALLAST_PERIOD_BUDGET;
	}
	rate->period_ms = ms;
}

/**
 * ballast_rate_init() - start learning
 * @rate:   state to fill
 * @config: thresholds
 */
void ballast_rate_init(struct ballast_rate *rate,
		       const struct ballast_rate_config *config)
{
	memset(rate, 0, sizeof(*rate));
	rate->state = BALLAST_PERIOD_LEARNING;
	set_period(rate, config, config->base_ms);
}

static u64 share_bp(u64 part, u64 whole)
{
	return whole ? div64_u64(min_t(u64, part, whole) * 10000, whole) : 0;
}

/* Period wanted by the state machine itself, before limits. */
static u32 next_period(struct ballast_rate *rate,
		       const struct ballast_rate_config *config,
		       const struct ballast_rate_input *in)
{
	u64 change = share_bp(in->changed_pages, in->pages);
	u32 ms = rate->wish_ms;

	if (rate->passes <= config->learn_passes) {
		rate->state = BALLAST_PERIOD_LEARNING;
		return config->base_ms;
	}
	if (in->pressure) {
		rate->state = BALLAST_PERIOD_PRESSURE;
		rate->quiet = 0;
		return min_t(u32, ms, config->base_ms);
	}
	if (share_bp(in->invalidated, in->blocks) >= config->burst_bp) {
		rate->state = BALLAST_PERIOD_CHANGE;
		rate->quiet = 0;
		return min_t(u32, ms, config->base_ms);
	}
	if (change >= config->change_hi_bp) {
		rate->state = BALLAST_PERIOD_TRACKING;
		rate->quiet = 0;
		return min_t(u32, ms / 2, config->base_ms);
	}
	if (change > config->change_lo_bp) {
		rate->state = BALLAST_PERIOD_TRACKING;
		rate->quiet = 0;
		return ms;
	}
	if (++rate->quiet < config->quiet_passes) {
		/* What was learned, or has passed over, is no reason any more. */
		if (rate->state != BALLAST_PERIOD_STABLE)
			rate->state = BALLAST_PERIOD_TRACKING;
		return ms;
	}
	rate->quiet = 0;
	rate->state = BALLAST_PERIOD_STABLE;
	return ms * 2;
}

/**
 * ballast_rate_step() - choose the next period
 * @rate:   state
 * @config: thresholds, valid
 * @in:     what the pass found
 */
void ballast_rate_step(struct ballast_rate *rate,
		       const struct ballast_rate_config *config,
		       const struct ballast_rate_input *in)
{
	u64 ns = min_t(u64, in->pass_ns, RATE_NS_MAX);

	if (rate->passes == 0)
		rate->cost_ns = ns;
	else
		rate->cost_ns += (u64)((s64)(ns - rate->cost_ns) >> COST_SHIFT);
	if (rate->passes < ~0u)
		rate->passes++;
	set_period(rate, config, next_period(rate, config, in));
}
