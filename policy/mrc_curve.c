// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve: from counts to misses per second, with a band. */

#include "policy/mrc.h"

/* 97.5 % of Student's t with 15 degrees of freedom, by the root of 16/15; in 1/1024. */
#define T_SPREAD	2254
/* 97.5 % of the normal distribution, in 1/256. */
#define Z		502
/* Z * Z / 2, of Wilson's interval of a count: 0 seen is up to 3.84 to be seen. In 1/256. */
#define Z2_HALF		492

/* Counts that the band of a point is made from. */
struct sums {
	u64 rows[BALLAST_MRC_ROWS];
	u64 all;
};

static u64 less(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* Root of the sum of two squares; rather more. */
static u64 hypotenuse(u64 a, u64 b)
{
	unsigned int shift = 0;

	while (max_t(u64, a, b) >> shift >= 1u << 31)
		shift++;
	a >>= shift;
	b >>= shift;
	return a || b ? ((u64)int_sqrt64(a * a + b * b) + 1) << shift : 0;
}

/* An access of the kind that stands for most. */
static u64 one_access(const struct ballast_mrc *mrc)
{
	u64 one = mrc->sampled[0] ? (u64)mrc->plan.page_weight * BALLAST_MRC_BLOCK_PAGES :
				    mrc->plan.block_weight;

	return one << BALLAST_MRC_OLD_SHIFT;
}

/* What the sample is of: all memory, or what of it is known to be in use. */
static u64 whole_pages(const struct ballast_mrc *mrc)
{
	return mrc->used && mrc->listed ? mrc->used : mrc->pages;
}

static u64 whole_weight(const struct ballast_mrc *mrc)
{
	return mrc->used && mrc->listed ? mrc->listed : mrc->weight;
}

static u64 weight_to_pages(const struct ballast_mrc *mrc, u64 weight)
{
	return ballast_mrc_mul_div(weight, whole_pages(mrc), whole_weight(mrc));
}

/* Counts to accesses of all memory per second, in 1/1000. */
static u64 to_rate(const struct ballast_mrc *mrc, u64 count, u64 ns)
{
	/* Counts are in 1/256/512, times are in ns: 1e12 / 2^17, of which 2^5 are left. */
	return ballast_mrc_mul_div(weight_to_pages(mrc, count), 244140625, ns) >> 5;
}

/* --- the number of misses ------------------------------------------------------------------- */

/*
 * Of pages that were not drawn: what the replicates' spread says. A sample of all there
 * is has no such error.
 */
static u64 spread(const struct ballast_mrc *mrc, const struct sums *sums)
{
	u32 rate = mrc->sampled[0] ? mrc->plan.page_rate : mrc->plan.block_rate, r;
	u64 mean = 0, squares = 0, most = 0, root;
	unsigned int shift = 0;

	for (r = 0; r < BALLAST_MRC_REPLICATES; r++)
		mean += sums->rows[r] / BALLAST_MRC_REPLICATES;
	for (r = 0; r < BALLAST_MRC_REPLICATES; r++)
		most = max_t(u64, most, distance(sums->rows[r], mean));
	while (most >> shift >= 1u << 29)
		shift++;
	for (r = 0; r < BALLAST_MRC_REPLICATES; r++) {
		u64 d = distance(sums->rows[r], mean) >> shift;

		squares += d * d;
	}
	root = (u64)int_sqrt64(squares) << shift;
	root = ballast_mrc_mul_div(root, T_SPREAD, 1024);
	rate = BALLAST_MRC_ALL - min_t(u32, rate, BALLAST_MRC_ALL);
	return ballast_mrc_mul_div(root, int_sqrt64(rate), 4096);
}

/* Of accesses that come as they like: Poisson's. */
static u64 chance(u64 count, u64 one)
{
	u64 root = int_sqrt64(ballast_mrc_mul_div(count, 1u << 16, one));

	return ballast_mrc_mul_div(root * Z, one, 1u << 16);
}

/* Band of a count, by the larger of two errors; pages that come in clusters have both. */
static void band(const struct ballast_mrc *mrc, const struct sums *sums,
		 struct ballast_mrc_point *out)
{
	u64 one = one_access(mrc), shift = one / 256 * Z2_HALF, half;

	half = max_t(u64, spread(mrc, sums), chance(sums->all, one));
	half = hypotenuse(half, shift);
	out->misses = sums->all;
	out->low = min_t(u64, less(sums->all + shift, half), sums->all);
	out->high = sums->all + shift + half;
}

static void add_column(const struct ballast_mrc *mrc, u32 column, struct sums *sums)
{
	u32 r;

	for (r = 0; r < BALLAST_MRC_ROWS; r++) {
		sums->rows[r] += mrc->old[r][column];
		sums->all += mrc->old[r][column];
	}
}

/* --- the sizes ------------------------------------------------------------------------------ */

/* Where group @point begins; the last point is the end of the sample. */
static u64 position(const struct ballast_mrc *mrc, u32 point)
{
	u64 end = mrc->nr_groups > 1 ? mrc->groups[mrc->nr_groups - 2].end : 0;

	if (!point)
		return 0;
	if (point < mrc->nr_groups)
		return mrc->groups[point - 1].end;
	return max_t(u64, mrc->weight, end + 1);
}

/*
 * 95 times in 100 the sampled ones of pages that fill @weight weigh so much more or less
 * at most. Drawn without putting back; nothing where all of a kind are drawn.
 */
static u64 position_error(const struct ballast_mrc *mrc, u64 weight)
{
	const struct ballast_mrc_plan *plan = &mrc->plan;
	u64 all = whole_weight(mrc), squares;

	if (weight >= all)
		return 0;
	squares = (u64)mrc->sampled[0] * plan->page_weight * plan->page_weight;
	squares = ballast_mrc_mul_div(squares, BALLAST_MRC_ALL - plan->page_rate, BALLAST_MRC_ALL);
	squares += ballast_mrc_mul_div((u64)mrc->sampled[1] * plan->block_weight *
				       plan->block_weight,
				       BALLAST_MRC_ALL - plan->block_rate, BALLAST_MRC_ALL);
	squares = ballast_mrc_mul_div(squares, all, mrc->weight);
	squares = ballast_mrc_mul_div(squares, weight, all);
	squares = ballast_mrc_mul_div(squares, all - weight, all);
	return ((u64)int_sqrt64(squares) * Z >> 8) + 1;
}

/*
 * How many misses if the size was a bit smaller or larger? Looked up outwards, to the
 * next points: within a group nobody knows.
 */
static void widen(const struct ballast_mrc *mrc, struct ballast_mrc_curve *curve, u32 point)
{
	struct ballast_mrc_point *p = &curve->points[point];
	u64 at = position(mrc, point), error = position_error(mrc, at);
	u32 left = point, right = point;

	while (left && position(mrc, left) + error >= at)
		left--;
	while (right + 1 < curve->nr_points && position(mrc, right) <= at + error)
		right++;
	p->high = p->misses + hypotenuse(p->high - p->misses,
					 less(curve->points[left].misses, p->misses));
	p->low = less(p->misses, hypotenuse(p->misses - p->low,
					    less(p->misses, curve->points[right].misses)));
}

/* --- the curve ------------------------------------------------------------------------------ */

static void to_rates(const struct ballast_mrc *mrc, struct ballast_mrc_point *p)
{
	p->misses = to_rate(mrc, p->misses, mrc->data_ns);
	p->low = to_rate(mrc, p->low, mrc->data_ns);
	p->high = to_rate(mrc, p->high, mrc->data_ns);
}

/* With no memory at all each access misses, those that nobody saw too. */
static void add_hidden(const struct ballast_mrc *mrc, struct ballast_mrc_curve *curve)
{
	struct ballast_mrc_point *p = &curve->points[0];
	u64 hidden = (u64)(mrc->old_hidden < 0 ? -mrc->old_hidden : mrc->old_hidden);

	p->misses = mrc->old_hidden < 0 ? less(p->misses, hidden) : p->misses + hidden;
	p->misses = max_t(u64, p->misses, curve->points[1].misses);
	p->low = min_t(u64, p->low, p->misses);
	p->high = max_t(u64, p->high, p->misses);
}

static void find_range(const struct ballast_mrc *mrc, struct ballast_mrc_curve *curve)
{
	u64 touched;

	curve->seen_pages = weight_to_pages(mrc, mrc->listed);
	touched = weight_to_pages(mrc, mrc->touched / 16 + 1);
	touched = ballast_mrc_mul_div(touched, mrc->config.touched_bp, 10000);
	curve->valid_from_pages = max_t(u64, touched, curve->points[1].pages);
	curve->valid_to_pages = mrc->pages;
}

void ballast_mrc_curve(const struct ballast_mrc *mrc, struct ballast_mrc_curve *curve)
{
	struct sums sums = {}, cold = {};
	u32 i;

	memset(curve, 0, sizeof(*curve));
	curve->pages = mrc->pages;
	curve->entries = mrc->sampled[0] + mrc->sampled[1];
	curve->data_ms = div64_u64(mrc->data_ns, 1000000);
	curve->nr_points = 1;
	if (!mrc->weight || !mrc->data_ns)
		return;
	curve->nr_points = mrc->nr_groups + 1;
	for (i = mrc->nr_groups + 1; i--;) {
		if (i < mrc->nr_groups)
			add_column(mrc, i, &sums);
		band(mrc, &sums, &curve->points[i]);
		curve->points[i].pages = weight_to_pages(mrc, position(mrc, i));
	}
	for (i = 1; i < curve->nr_points; i++)
		widen(mrc, curve, i);
	add_hidden(mrc, curve);
	for (i = 0; i < curve->nr_points; i++)
		to_rates(mrc, &curve->points[i]);
	add_column(mrc, BALLAST_MRC_COLD, &cold);
	band(mrc, &cold, &curve->cold);
	to_rates(mrc, &curve->cold);
	find_range(mrc, curve);
}

static u64 between(u64 a, u64 b, u64 part, u64 whole)
{
	return a < b ? a + ballast_mrc_mul_div(b - a, part, whole) :
		       a - ballast_mrc_mul_div(a - b, part, whole);
}

struct ballast_mrc_point ballast_mrc_at(const struct ballast_mrc_curve *curve, u64 pages)
{
	const struct ballast_mrc_point *p = curve->points, *next;
	u32 n = min_t(u32, max_t(u32, curve->nr_points, 1), BALLAST_MRC_POINTS), i;
	struct ballast_mrc_point out;
	u64 part, whole;

	for (i = 1; i < n && curve->points[i].pages <= pages; i++)
		p = &curve->points[i];
	out = *p;
	out.pages = pages;
	if (i >= n)
		return out;
	next = &curve->points[i];
	whole = next->pages - p->pages;
	part = less(pages, p->pages);
	out.misses = between(p->misses, next->misses, part, whole);
	out.low = between(p->low, next->low, part, whole);
	out.high = between(p->high, next->high, part, whole);
	return out;
}

static s64 as_signed(u64 x)
{
	return (s64)min_t(u64, x, ~0ull >> 1);
}

struct ballast_mrc_gain ballast_mrc_gain(const struct ballast_mrc_curve *curve, u64 from, u64 to)
{
	struct ballast_mrc_point small = ballast_mrc_at(curve, min_t(u64, from, to));
	struct ballast_mrc_point large = ballast_mrc_at(curve, max_t(u64, from, to));
	struct ballast_mrc_gain out, back;
	u64 gain = less(small.misses, large.misses);

	out.misses = as_signed(gain);
	out.low = as_signed(less(gain, hypotenuse(small.misses - small.low,
						  large.high - large.misses)));
	out.high = as_signed(gain + hypotenuse(small.high - small.misses,
					       large.misses - large.low));
	/* At most all misses of the smaller size can go. */
	out.high = min_t(s64, out.high, as_signed(small.high));
	out.high = max_t(s64, out.high, out.misses);
	if (from <= to)
		return out;
	back.misses = -out.misses;
	back.low = -out.high;
	back.high = -out.low;
	return back;
}

#define PAGES_PER_MIB	256

/* Does any larger size avoid so much for each MiB? */
static bool more_is_worth(const struct ballast_mrc_curve *curve, u32 n, u32 from, u64 worth)
{
	const struct ballast_mrc_point *p = &curve->points[from], *to;

	for (to = p + 1; to < &curve->points[n]; to++) {
		u64 pages = less(to->pages, p->pages), avoided = less(p->misses, to->misses);

		if (pages && ballast_mrc_mul_div(avoided, PAGES_PER_MIB, pages) >= worth)
			return true;
	}
	return false;
}

u64 ballast_mrc_worth(const struct ballast_mrc_curve *curve, u64 worth)
{
	u32 n = min_t(u32, curve->nr_points, BALLAST_MRC_POINTS), i;

	if (curve->valid_from_pages >= curve->valid_to_pages)
		return curve->pages;
	worth = max_t(u64, worth, 1);
	for (i = 0; i < n; i++) {
		u64 pages = curve->points[i].pages;

		if (pages < curve->valid_from_pages || pages > curve->valid_to_pages)
			continue;
		if (!more_is_worth(curve, n, i, worth))
			return pages;
	}
	return curve->valid_to_pages;
}

bool ballast_mrc_tight(const struct ballast_mrc_curve *curve,
		       const struct ballast_mrc_config *config, u64 pages)
{
	struct ballast_mrc_point p = ballast_mrc_at(curve, pages);
	u64 half = (p.high - p.low) / 2;

	return curve->data_ms >= config->settle_ms && curve->data_ms &&
	       pages >= curve->valid_from_pages && pages <= curve->valid_to_pages &&
	       half <= max_t(u64, config->tight_misses,
			     ballast_mrc_mul_div(p.misses, config->tight_bp, 10000));
}

bool ballast_mrc_complete(const struct ballast_mrc_curve *curve,
			  const struct ballast_mrc_config *config, u32 pages)
{
	u64 first = ballast_mrc_mul_div(curve->cold.misses * pages, config->settle_ms, 1000000);

	return first <= curve->seen_pages / 64;
}

/* --- change --------------------------------------------------------------------------------- */

/* Is the interval's number, with the error of its own accesses, outside of the band? */
static bool outside(const struct ballast_mrc *mrc, const struct ballast_mrc_point *p, u64 count)
{
	u64 one = one_access(mrc), noise = chance(count, one) + 2 * one;

	return to_rate(mrc, count + noise, mrc->interval_ns) < p->low ||
	       to_rate(mrc, less(count, noise), mrc->interval_ns) > p->high;
}

bool ballast_mrc_stable(const struct ballast_mrc *mrc, const struct ballast_mrc_curve *curve)
{
	u32 i, points = 0, wrong = 0;
	u64 count = 0;

	if (curve->nr_points != mrc->nr_groups + 1 || !mrc->interval_ns || !mrc->weight ||
	    curve->data_ms < mrc->config.settle_ms)
		return false;
	/* Fewer first accesses than before are the rule. */
	if (outside(mrc, &curve->cold, mrc->last[BALLAST_MRC_COLD]) &&
	    to_rate(mrc, mrc->last[BALLAST_MRC_COLD], mrc->interval_ns) > curve->cold.misses)
		return false;
	for (i = mrc->nr_groups; i--;) {
		count += mrc->last[i];
		if (curve->points[i].pages < curve->valid_from_pages)
			continue;
		points++;
		wrong += outside(mrc, &curve->points[i], count);
	}
	return wrong * 10 <= points;
}
