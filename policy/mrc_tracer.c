// SPDX-License-Identifier: GPL-2.0-only
/* Bits or traps, and how many traps. The header explains it. */

#include "policy/mrc.h"
#include "policy/mrc_tracer.h"

#define ONE		1000000000ull	/* in a bucket; ns in a second, too */
#define DEPTH_MAX	(60 * ONE)

void ballast_tracer_init(struct ballast_tracer *tracer, u32 knob)
{
	*tracer = (struct ballast_tracer) {
		.now = knob == BALLAST_TRACER_BITS ? BALLAST_TRACER_BITS : BALLAST_TRACER_TRAPS,
		.why = knob == BALLAST_TRACER_AUTO ? BALLAST_TRACER_FIRST : BALLAST_TRACER_ASKED,
	};
}

void ballast_tracer_cannot(struct ballast_tracer *tracer)
{
	*tracer = (struct ballast_tracer) {
		.now = BALLAST_TRACER_BITS,
		.why = BALLAST_TRACER_CANNOT,
	};
}

/* More traps than are allowed would be needed, or are. */
static bool too_many(const struct ballast_tracer_input *in)
{
	return in->late || div64_u64(in->accesses * ONE, in->ns) > in->trap_rate;
}

static u64 bits_cost(const struct ballast_tracer_input *in)
{
	return ballast_mrc_mul_div(in->ns, (u64)in->entries * in->look_ns,
				   max_t(u64, in->tick_ns, 1));
}

/* Before an entry is trapped its bit is looked at. */
static u64 traps_cost(const struct ballast_tracer_input *in)
{
	return in->accesses * (in->trap_ns + in->look_ns);
}

static bool want_traps(const struct ballast_tracer *tracer,
		       const struct ballast_tracer_input *in)
{
	u64 bits = bits_cost(in), traps = traps_cost(in);

	if (!in->entries || too_many(in))
		return false;
	if (tracer->why == BALLAST_TRACER_FIRST)
		return traps < bits;
	return tracer->now == BALLAST_TRACER_TRAPS ? traps * 2 <= bits * 3 : traps * 3 < bits * 2;
}

void ballast_tracer_step(struct ballast_tracer *tracer, u32 knob,
			 const struct ballast_tracer_input *in)
{
	bool traps = tracer->now == BALLAST_TRACER_TRAPS;
	bool first = tracer->why == BALLAST_TRACER_FIRST;

	if (knob != BALLAST_TRACER_AUTO || tracer->why == BALLAST_TRACER_CANNOT || !in->ns)
		return;
	/* As long as there is nothing that could be trapped, nobody learns what traps cost. */
	if (!in->trap_ns) {
		if (first)
			tracer->now = in->entries ? BALLAST_TRACER_TRAPS : BALLAST_TRACER_BITS;
		return;
	}
	if (want_traps(tracer, in) == traps) {
		tracer->votes = 0;
		if (first)
			tracer->why = BALLAST_TRACER_CHEAPER;
		return;
	}
	if (++tracer->votes < BALLAST_TRACER_VOTES && !first)
		return;
	tracer->votes = 0;
	tracer->now = traps ? BALLAST_TRACER_BITS : BALLAST_TRACER_TRAPS;
	tracer->why = traps && too_many(in) ? BALLAST_TRACER_RATE : BALLAST_TRACER_CHEAPER;
}

void ballast_bucket_fill(struct ballast_bucket *bucket, u64 ns, u32 rate, u64 depth_ns)
{
	u64 most;

	depth_ns = min_t(u64, depth_ns, DEPTH_MAX);
	most = max_t(u64, depth_ns * rate, ONE);
	bucket->level = min_t(u64, bucket->level + min_t(u64, ns, DEPTH_MAX) * rate, most);
}

bool ballast_bucket_has(const struct ballast_bucket *bucket)
{
	return bucket->level >= ONE;
}

void ballast_bucket_take(struct ballast_bucket *bucket)
{
	bucket->level -= min_t(u64, bucket->level, ONE);
}
