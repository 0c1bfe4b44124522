// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scan-rate machine: passes, knobs and restarts, held against a model of
 * what policy/scan_rate.h promises, in numbers that cannot overflow.
 */

#include "fuzz.h"

#include "policy/scan_rate.c"

#define STEPS_MAX	256
/* As many steps of a factor of two lie between the limits of a period. */
#define OCTAVES		20
/* No guest has more: its addresses have 52 bits at most. */
#define PAGES_MAX	(1ull << 40)
/* A pass is not taken to be longer. */
#define PASS_NS_MAX	(1ull << 50)

/**
 * struct model - what the machine should be doing
 * @rate:      the machine
 * @config:    in force
 * @wish_ms:   period that the state asks for, without the budget
 * @passes:    since the start
 * @quiet:     quiet passes in a row, since the period last doubled
 * @calm:      quiet passes in a row
 * @busy:      passes in a row in which much has changed
 * @state:     enum ballast_period_reason
 * @low_ns:    cheapest pass
 * @high_ns:   dearest pass
 * @spent:     CPU time of all passes, in 1/10000 ns
 * @allowed:   what the budget gives for all periods, likewise
 */
struct model {
	struct ballast_rate rate;
	struct ballast_rate_config config;
	u64 wish_ms;
	u64 passes;
	u64 quiet;
	u64 calm;
	u64 busy;
	u8 state;
	u64 low_ns;
	u64 high_ns;
	u128 spent;
	u128 allowed;
};

/* In the order of the header's table of causes. */
enum finding { LEARNS, PRESSURE, BURST, BUSY, SOME, QUIET };

FUZZ_ORACLE static u64 within(const struct ballast_rate_config *c, u64 ms)
{
	return ms < c->min_ms ? c->min_ms : ms > c->max_ms ? c->max_ms : ms;
}

/* In whole 1/10000, as thresholds are. */
FUZZ_ORACLE static u64 bp(u64 part, u64 whole)
{
	if (!whole)
		return 0;
	return part >= whole ? 10000 : (u64)((u128)part * 10000 / whole);
}

/* What the budget gives for a period, in 1/10000 ns. */
FUZZ_ORACLE static u128 allowance(const struct ballast_rate_config *c, u64 ms)
{
	return (u128)ms * 1000000 * c->budget_bp;
}

FUZZ_ORACLE static enum finding finding(const struct model *m, const struct ballast_rate_input *in)
{
	const struct ballast_rate_config *c = &m->config;
	u64 change = bp(in->changed_pages, in->pages);

	if (m->passes <= c->learn_passes)
		return LEARNS;
	if (in->pressure)
		return PRESSURE;
	if (bp(in->invalidated, in->blocks) >= c->burst_bp)
		return BURST;
	if (change >= c->change_hi_bp)
		return BUSY;
	return change > c->change_lo_bp ? SOME : QUIET;
}

/* One step of the drawing in the header. */
FUZZ_ORACLE static void model_step(struct model *m, enum finding what)
{
	const u64 base = m->config.base_ms;
	bool enough;

	m->calm = what == QUIET ? m->calm + 1 : 0;
	m->busy = what == BUSY ? m->busy + 1 : 0;
	m->quiet = what == QUIET ? m->quiet + 1 : 0;
	enough = what == QUIET && m->quiet >= m->config.quiet_passes;
	switch (what) {
	case LEARNS:
		m->state = BALLAST_PERIOD_LEARNING;
		m->wish_ms = base;
		break;
	case PRESSURE:
	case BURST:
		m->state = what == BURST ? BALLAST_PERIOD_CHANGE : BALLAST_PERIOD_PRESSURE;
		m->wish_ms = min_t(u64, m->wish_ms, base);
		break;
	case BUSY:
		m->state = BALLAST_PERIOD_TRACKING;
		m->wish_ms = min_t(u64, m->wish_ms / 2, base);
		break;
	case SOME:
		m->state = BALLAST_PERIOD_TRACKING;
		break;
	case QUIET:
		if (enough || m->state == BALLAST_PERIOD_STABLE)
			m->state = BALLAST_PERIOD_STABLE;
		else
			m->state = BALLAST_PERIOD_TRACKING;
		if (enough) {
			m->wish_ms *= 2;
			m->quiet = 0;
		}
	}
	m->wish_ms = within(&m->config, m->wish_ms);
}

/* What must hold at any time. */
FUZZ_ORACLE static void check(const struct model *m)
{
	const struct ballast_rate_config *c = &m->config;
	const struct ballast_rate *r = &m->rate;
	u128 cost = (u128)r->cost_ns * 10000;
	u64 limit = max_t(u64, c->max_ms, BALLAST_RATE_MS_MAX);

	MUST(r->state < BALLAST_NR_PERIOD_REASONS && r->state != BALLAST_PERIOD_BUDGET &&
	     r->state != BALLAST_PERIOD_MANUAL, "a state is one of five: %u", r->state);
	MUST(r->reason == r->state || r->reason == BALLAST_PERIOD_BUDGET,
	     "the reason is the state or the budget: %u in %u", r->reason, r->state);
	MUST(r->period_ms >= c->min_ms, "no period is shorter than the shortest: %u of %u ms",
	     r->period_ms, c->min_ms);
	MUST(r->period_ms <= c->max_ms || r->reason == BALLAST_PERIOD_BUDGET,
	     "only the budget makes a period longer than the longest: %u of %u ms",
	     r->period_ms, c->max_ms);
	MUST(r->period_ms <= limit, "nobody waits for more than an hour: %u ms", r->period_ms);
	MUST(cost <= allowance(c, r->period_ms) || r->period_ms == limit,
	     "a pass costs no more than the budget: %llu ns in %u ms at %u bp",
	     (unsigned long long)r->cost_ns, r->period_ms, c->budget_bp);
	MUST(r->reason != BALLAST_PERIOD_BUDGET || cost > allowance(c, r->period_ms - 1),
	     "the budget makes no period longer than it has to: %llu ns in %u ms at %u bp",
	     (unsigned long long)r->cost_ns, r->period_ms, c->budget_bp);
	MUST(r->period_ms >= ballast_rate_floor_ms(r, c),
	     "no period is shorter than the floor that is reported: %u ms", r->period_ms);
}

/* What the machine has come to, against the model. */
FUZZ_ORACLE static void check_model(const struct model *m)
{
	const struct ballast_rate *r = &m->rate;
	bool budget = (u128)r->cost_ns * 10000 > allowance(&m->config, m->wish_ms) &&
		      m->wish_ms < BALLAST_RATE_MS_MAX;

	MUST(r->state == m->state, "the state is that of the drawing: %u, not %u",
	     r->state, m->state);
	MUST((r->reason == BALLAST_PERIOD_BUDGET) == budget,
	     "the budget is the reason when it decides, and not else: %u, %u ms for %llu ms",
	     r->reason, r->period_ms, (unsigned long long)m->wish_ms);
	MUST(budget || r->period_ms == m->wish_ms,
	     "the period is what the state asks for: %u ms for %llu ms",
	     r->period_ms, (unsigned long long)m->wish_ms);
	MUST(m->calm < (u64)OCTAVES * max_t(u32, m->config.quiet_passes, 1) ||
	     r->period_ms >= m->config.max_ms,
	     "a VM that stays quiet comes to the longest period: %u ms", r->period_ms);
	MUST(m->busy < OCTAVES || budget || r->period_ms == m->config.min_ms,
	     "a VM that keeps changing comes to the shortest period: %u ms", r->period_ms);
}

/*
 * The cost is smoothed by quarters, so that a VM that gets dearer is ahead of
 * its budget by three passes at most, however long it runs, and by what
 * rounding down loses.
 */
FUZZ_ORACLE static void check_cost(struct model *m, u64 before, u64 ns)
{
	const struct ballast_rate *r = &m->rate;

	m->low_ns = m->passes == 1 ? ns : min_t(u64, m->low_ns, ns);
	m->high_ns = max_t(u64, m->high_ns, ns);
	m->spent += (u128)ns * 10000;
	m->allowed += allowance(&m->config, r->period_ms);
	if (r->period_ms == BALLAST_RATE_MS_MAX)	/* and not a budget that is kept */
		m->allowed += (u128)m->high_ns * 10000;
	MUST(r->cost_ns >= m->low_ns && r->cost_ns <= m->high_ns,
	     "the smoothed cost lies among those of the passes: %llu ns",
	     (unsigned long long)r->cost_ns);
	MUST(m->passes == 1 || (ns >= before ? r->cost_ns >= before : r->cost_ns < before),
	     "the smoothed cost moves towards that of the pass: %llu, %llu ns",
	     (unsigned long long)r->cost_ns, (unsigned long long)ns);
	MUST(m->spent <= m->allowed + ((u128)3 * m->high_ns + 4 * m->passes) * 10000,
	     "all passes together keep within the budget: %llu ns in the last",
	     (unsigned long long)ns);
}

static void start(struct model *m)
{
	struct ballast_rate_config config = m->config;

	*m = (struct model){ .config = config };
	/* Not zero: nothing of what was there may matter. */
	memset(&m->rate, 0xa5, sizeof(m->rate));
	ballast_rate_init(&m->rate, &m->config);
	m->state = BALLAST_PERIOD_LEARNING;
	m->wish_ms = within(&m->config, m->config.base_ms);
	check(m);
	check_model(m);
}

static void pass(struct model *m, const struct ballast_rate_input *in)
{
	u64 before = m->rate.cost_ns;

	ballast_rate_step(&m->rate, &m->config, in);
	m->passes++;
	model_step(m, finding(m, in));
	check(m);
	check_cost(m, before, min_t(u64, in->pass_ns, PASS_NS_MAX));
	check_model(m);
}

static u32 some_ms(struct fuzz_input *in)
{
	u8 b = fuzz_u8(in);

	if (b < 0xf0)
		return (10u + (b & 15)) << (b >> 4);
	return b < 0xff ? fuzz_u16(in) : (u32)fuzz_sized(in);
}

/*
 * Knobs, which have limits and may change under a machine that runs, and
 * thresholds, which are ours and do not.
 */
static void configure(struct model *m, struct fuzz_input *in, bool running)
{
	struct ballast_rate_config c = running ? m->config : ballast_rate_defaults;
	u8 what = fuzz_u8(in) & (running ? 7 : 255);

	if (what & 1)
		c.min_ms = some_ms(in);
	if (what & 2)
		c.max_ms = some_ms(in);
	if (what & 4)
		c.budget_bp = 1u << (fuzz_u8(in) & 15);
	if (what & 8)
		c.base_ms = some_ms(in);
	if (what & 16)
		c.learn_passes = fuzz_u8(in) & 7;
	if (what & 32)
		c.quiet_passes = fuzz_u8(in) & 7;
	if (what & 64) {
		c.change_hi_bp = fuzz_u16(in);
		c.change_lo_bp = fuzz_u8(in);
	}
	if (what & 128)
		c.burst_bp = fuzz_u16(in);
	if (!ballast_rate_config_valid(&c)) {
		MUST(c.min_ms < 10 || c.min_ms > c.max_ms || c.max_ms > 3600000 ||
		     c.budget_bp < 1 || c.budget_bp > 10000,
		     "all knobs within their limits are valid: %u, %u, %u",
		     c.min_ms, c.max_ms, c.budget_bp);
		return;
	}
	MUST(c.min_ms >= 10 && c.min_ms <= c.max_ms && c.max_ms <= 3600000 &&
	     c.budget_bp >= 1 && c.budget_bp <= 10000,
	     "no knob out of its limits is valid: %u, %u, %u",
	     c.min_ms, c.max_ms, c.budget_bp);
	m->config = c;
	m->calm = m->busy = 0;
}

/*
 * An operation is a byte: three bits for the kind, two for how often, a bit each
 * for another cost, for pressure and for a burst.
 */
static void operate(struct model *m, struct fuzz_input *in, struct ballast_rate_input *pass_in,
		    unsigned int *steps)
{
	static const u16 shares[] = { 0, 20, 21, 199, 200, 10000 };
	u8 op = fuzz_u8(in), kind = op & 7;
	unsigned int i;

	if (kind == 6) {
		bool running = op & 16;	/* a pass on request comes first */

		if (op & 8)
			configure(m, in, running);
		if (!running)
			start(m);
		++*steps;
		return;
	}
	if (op & 32)
		pass_in->pass_ns = fuzz_sized(in);
	pass_in->pages = 262144;
	pass_in->blocks = 512;
	pass_in->invalidated = op & 128 ? 512 : 0;
	pass_in->pressure = op & 64;
	if (kind == 7) {
		pass_in->pages = fuzz_sized(in) % (PAGES_MAX + 1);
		pass_in->blocks = fuzz_sized(in) % (PAGES_MAX + 1);
		pass_in->changed_pages = fuzz_sized(in);
		pass_in->invalidated = fuzz_sized(in);
	} else {
		pass_in->changed_pages = (pass_in->pages * shares[kind] + 9999) / 10000;
	}
	for (i = 0; i < 1u << (op >> 3 & 3); i++, ++*steps)
		pass(m, pass_in);
}

static void fuzz_one(struct fuzz_input *in)
{
	struct ballast_rate_input pass_in = { .pass_ns = 1000000 };
	struct model m = { .config = ballast_rate_defaults };
	unsigned int steps = 0;

	configure(&m, in, false);
	start(&m);
	while (fuzz_more(in) && steps < STEPS_MAX)
		operate(&m, in, &pass_in, &steps);
}
