// SPDX-License-Identifier: GPL-2.0-only
/* Estimator of classes: stratified sampling, in integers. */

#include "policy/classes.h"

/* 1.959964 squared and its parts, in 1/65536. */
#define Z		128448
#define Z2		251754
/* Of all memory: what a class may be off for other reasons than chance. */
#define MARGIN		64
/* Shares are in 1/2^24. */
#define SHARE_BITS	24
#define SHARE_ONE	(1u << SHARE_BITS)
/* Weights of rounds in 1/2^27, what comes of them in 1/2^47; answers in 1/2^8. */
#define PART_BITS	27
#define FINE_BITS	20
#define ANSWER_BITS	8
#define ANSWER_ONE	(1u << ANSWER_BITS)

const char *ballast_class_name(unsigned int cls)
{
	static const char *const names[BALLAST_NR_CLASSES] = {
		[BALLAST_CLASS_UNKNOWN] = "unknown",
		[BALLAST_CLASS_FREE] = "free",
		[BALLAST_CLASS_ANON_ACTIVE] = "anon_active",
		[BALLAST_CLASS_ANON_INACTIVE] = "anon_inactive",
		[BALLAST_CLASS_FILE_ACTIVE] = "file_active",
		[BALLAST_CLASS_FILE_INACTIVE] = "file_inactive",
		[BALLAST_CLASS_FILE_DIRTY] = "file_dirty",
		[BALLAST_CLASS_SHMEM] = "shmem",
		[BALLAST_CLASS_MLOCKED] = "mlocked",
		[BALLAST_CLASS_HUGETLB] = "hugetlb",
		[BALLAST_CLASS_SLAB] = "slab",
		[BALLAST_CLASS_PAGE_TABLE] = "page_table",
		[BALLAST_CLASS_BALLOON] = "balloon",
		[BALLAST_CLASS_KERNEL] = "kernel",
	};

	return cls < BALLAST_NR_CLASSES ? names[cls] : "?";
}

void ballast_classes_init(struct ballast_classes *c)
{
	memset(c, 0, sizeof(*c));
}

void ballast_classes_add(struct ballast_classes *c, unsigned int level, unsigned int cls)
{
	u16 *count;

	if (level >= BALLAST_NR_LEVELS || cls >= BALLAST_NR_CLASSES)
		return;
	count = &c->rounds[c->round].counts[level][cls];
	if (*count < BALLAST_CLASSES_MAX)
		(*count)++;
}

/* The mean of two means; their product may be more than 64 bits. */
static void blend(u64 *mean, u64 weight, u64 other, u64 more)
{
	if (!more)
		return;
	*mean -= mul_u64_u64_div_u64(*mean, more, weight + more);
	*mean += mul_u64_u64_div_u64(other, more, weight + more);
}

/* What was claimed when the open answers came, if it went straight to what is @now. */
static void settle(struct ballast_classes *c, const u64 *now, u64 now_ns)
{
	struct ballast_class_round *r = &c->rounds[c->round];
	u64 since = c->open_ns - c->claims_ns, until = now_ns - c->open_ns, claim;
	unsigned int i;

	for (i = 0; i < BALLAST_NR_CLASSES && c->open; i++) {
		claim = c->claims[i];
		blend(&claim, until, now[i], since);
		blend(&r->claims[i], r->nr - c->open, claim, c->open);
	}
	c->open = 0;
}

void ballast_classes_report(struct ballast_classes *c, const u64 *claims, u64 now_ns)
{
	if (c->claims_ns)
		settle(c, claims, now_ns);
	else
		ballast_classes_init(c);
	memcpy(c->claims, claims, sizeof(c->claims));
	c->claims_ns = now_ns;
}

void ballast_classes_note(struct ballast_classes *c, u32 nr, const u64 *level_pages, u64 now_ns)
{
	struct ballast_class_round *r = &c->rounds[c->round];
	unsigned int i;

	nr = min_t(u32, nr, BALLAST_NR_LEVELS * BALLAST_CLASSES_MAX - r->nr);
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		blend(&r->levels[i], r->nr, level_pages[i], nr);
	blend(&c->open_ns, c->open, now_ns, nr);
	c->open += nr;
	r->nr += nr;
}

u64 ballast_classes_mean(const struct ballast_classes *c, u64 *level_pages, u64 *claims)
{
	unsigned int round, i;
	u64 nr = 0;

	memset(level_pages, 0, BALLAST_NR_LEVELS * sizeof(*level_pages));
	memset(claims, 0, BALLAST_NR_CLASSES * sizeof(*claims));
	for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++) {
		const struct ballast_class_round *r = &c->rounds[round];

		for (i = 0; i < BALLAST_NR_LEVELS; i++)
			blend(&level_pages[i], nr, r->levels[i], r->nr);
		for (i = 0; i < BALLAST_NR_CLASSES; i++)
			blend(&claims[i], nr, r->claims[i], r->nr);
		nr += r->nr;
	}
	return nr;
}

void ballast_classes_turn(struct ballast_classes *c)
{
	settle(c, c->claims, c->open_ns);
	c->round = (u8)((c->round + 1) % BALLAST_CLASSES_ROUNDS);
	memset(&c->rounds[c->round], 0, sizeof(c->rounds[c->round]));
}

u32 ballast_classes_draw(const u64 *level_pages, u32 wanted, u32 *draw)
{
	u32 least = max_t(u32, wanted / 20, 1), sum = 0, left = wanted;
	u64 total = 0;
	unsigned int i;

	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		total += level_pages[i];
	for (i = 0; i < BALLAST_NR_LEVELS; i++) {
		draw[i] = (u32)min_t(u64, min_t(u32, least, left), level_pages[i]);
		left -= draw[i];
	}
	for (i = 0; i < BALLAST_NR_LEVELS; i++) {
		u64 more = total ? div64_u64(level_pages[i] * left, total) : 0;

		draw[i] += (u32)min_t(u64, more, level_pages[i] - draw[i]);
		sum += draw[i];
	}
	return sum;
}

u32 ballast_classes_wanted(u32 error_bp)
{
	u64 e = max_t(u32, error_bp, 1);

	/* z^2 / (4 e^2), the worst case of a share of one half. */
	return (u32)div64_u64((u64)Z2 * 25000000 + 65536 * e * e - 1, 65536 * e * e);
}

/**
 * struct interval - Wilson's, in 1/2^24
 * @low:  lower limit
 * @high: upper limit
 */
struct interval {
	u32 low;
	u32 high;
};

/* z times the root of a number in 1/65536, likewise. */
static u64 z_root(u64 x)
{
	return (Z * (u64)int_sqrt64(x << 16)) >> 16;
}

/*
 * Of c in n answers, both in 1/256, at least one and less than 2^20 of them.
 * With Newcombe's correction for continuity: without it the interval of a rare
 * class holds the truth in 92 of 100 cases only. Less than one answer for or
 * against sets no limit.
 */
static struct interval wilson(u32 c, u32 n)
{
	/* 2 (n + z^2), in 1/65536. */
	u64 divisor = 2 * (((u64)n << (16 - ANSWER_BITS)) + Z2), product, middle, half;
	struct interval out = { .high = SHARE_ONE };

	middle = ((u64)c << (17 - ANSWER_BITS)) + Z2;
	if (c >= ANSWER_ONE) {
		product = 4 * (u64)c * (n - c + ANSWER_ONE) - ANSWER_ONE * ANSWER_ONE;
		half = z_root(Z2 - 2 * 65536 +
			      div64_u64(product << (16 - ANSWER_BITS), n)) + 65536;
		if (middle > half)
			out.low = (u32)div64_u64((middle - half) << SHARE_BITS, divisor);
	}
	if (c + ANSWER_ONE <= n) {
		product = 4 * (u64)c * (n - c - ANSWER_ONE);
		half = z_root(Z2 + 2 * 65536 +
			      div64_u64(product << (16 - ANSWER_BITS), n)) + 65536;
		out.high = (u32)min_t(u64, SHARE_ONE,
				      div64_u64((middle + half) << SHARE_BITS, divisor));
	}
	return out;
}

static u64 part_of(u64 pages, u32 share)
{
	return mul_u64_u32_shr(pages, share, SHARE_BITS);
}

/* Rounding must not put the share outside. */
static void fill_estimate(u32 share, struct interval i, u64 pages,
			  struct ballast_class_estimate *out)
{
	out->pages = part_of(pages, share);
	out->low = part_of(pages, min_t(u32, i.low, share));
	out->high = part_of(pages, max_t(u32, i.high, share));
}

void ballast_classes_share(u32 c, u32 n, u64 pages, struct ballast_class_estimate *out)
{
	struct interval i = { .high = SHARE_ONE };
	u32 share = 0;

	if (n) {
		share = (u32)div64_u64((u64)c << SHARE_BITS, n);
		i = wilson(c << ANSWER_BITS, n << ANSWER_BITS);
	}
	fill_estimate(share, i, pages, out);
}

/**
 * struct weights - of the rounds of a level
 * @n:     answers of each
 * @part:  weight of each, in 1/2^27; 0 without answers
 * @whole: sum of @part, nearly 1
 * @total: answers
 * @worth: answers that all these are worth, in 1/256
 */
struct weights {
	u32 n[BALLAST_CLASSES_ROUNDS];
	u32 part[BALLAST_CLASSES_ROUNDS];
	u32 whole;
	u32 total;
	u32 worth;
};

static void count_level(const struct ballast_classes *c, unsigned int level, struct weights *w)
{
	unsigned int round, cls;

	memset(w, 0, sizeof(*w));
	for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++) {
		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
			w->n[round] += c->rounds[round].counts[level][cls];
		w->total += w->n[round];
	}
}

/* So many bits less, and pages times answers, summed over rounds, fit in 64 bits. */
static unsigned int weight_shift(const struct ballast_classes *c, unsigned int level)
{
	unsigned int round, shift = 0;

	for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++)
		while (c->rounds[round].levels[level] >> shift >> 32)
			shift++;
	return shift;
}

static void weigh_level(const struct ballast_classes *c, unsigned int level, struct weights *w)
{
	unsigned int round, shift = weight_shift(c, level);
	u64 weight[BALLAST_CLASSES_ROUNDS], sum = 0, squares = 0;

	for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++) {
		const struct ballast_class_round *r = &c->rounds[round];

		weight[round] = max_t(u64, r->levels[level] >> shift, 1) * max_t(u32, r->nr, 1);
		if (!w->n[round])
			weight[round] = 0;
		sum += weight[round];
	}
	for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++) {
		u64 part = mul_u64_u64_div_u64(weight[round], 1u << PART_BITS, sum);

		w->part[round] = (u32)part;
		w->whole += (u32)part;
		squares += div64_u64(part * part, max_t(u32, w->n[round], 1));
	}
	w->worth = (u32)mul_u64_u64_div_u64((u64)w->whole * w->whole, ANSWER_ONE, squares);
}

/*
 * Terms are rounded up, and by so little that the sum is what it would be without if
 * weights are equal, and shares of all classes are no more than one.
 */
static void estimate_cell(const struct ballast_classes *c, unsigned int level, unsigned int cls,
			  const struct weights *w, u64 pages, struct ballast_class_estimate *e)
{
	u64 sum = 0, whole = (u64)w->whole << FINE_BITS, count;
	unsigned int round;

	for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++) {
		count = c->rounds[round].counts[level][cls];
		if (count && w->part[round])
			sum += div64_u64(((u64)w->part[round] << FINE_BITS) * count,
					 w->n[round]) + 1;
	}
	sum = min_t(u64, sum, whole);
	count = (mul_u64_u64_div_u64(sum, 2 * (u64)w->worth, whole) + 1) / 2;
	fill_estimate((u32)mul_u64_u64_div_u64(sum, SHARE_ONE, whole),
		      wilson((u32)count, w->worth), pages, e);
}

static void estimate_level(const struct ballast_classes *c, unsigned int level, u64 pages,
			   struct ballast_matrix *m)
{
	struct weights w;
	unsigned int cls;

	count_level(c, level, &w);
	m->samples[level] = w.total;
	if (w.total)
		weigh_level(c, level, &w);
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		struct ballast_class_estimate *e = &m->cell[level][cls];

		if (w.total) {
			estimate_cell(c, level, cls, &w, pages, e);
			continue;
		}
		e->high = pages;
		if (cls == BALLAST_CLASS_UNKNOWN)
			e->pages = pages;
	}
}

/* So many bits less, and five squares of pages fit in 64 bits. */
static unsigned int square_shift(u64 pages)
{
	unsigned int shift = 0;

	while (pages >> shift >= 1u << 30)
		shift++;
	return shift;
}

static void estimate_total(struct ballast_matrix *m, unsigned int cls, u64 all)
{
	unsigned int level, shift = square_shift(all);
	struct ballast_class_estimate *t = &m->total[cls];
	u64 below = 0, above = 0;

	for (level = 0; level < BALLAST_NR_LEVELS; level++) {
		const struct ballast_class_estimate *e = &m->cell[level][cls];
		u64 down = (e->pages - e->low) >> shift, up = (e->high - e->pages) >> shift;

		t->pages += e->pages;
		below += down * down;
		above += up * up;
	}
	/* A root is rounded down, so is the shift: one more on either side. */
	below = ((u64)int_sqrt64(below) + 1) << shift;
	above = ((u64)int_sqrt64(above) + 1) << shift;
	t->low = t->pages > below ? t->pages - below : 0;
	t->high = min_t(u64, t->pages + above, all);
}

void ballast_classes_estimate(const struct ballast_classes *c, const u64 *level_pages,
			      struct ballast_matrix *m)
{
	unsigned int level, cls;
	u64 all = 0;

	memset(m, 0, sizeof(*m));
	for (level = 0; level < BALLAST_NR_LEVELS; level++) {
		estimate_level(c, level, level_pages[level], m);
		all += level_pages[level];
	}
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		estimate_total(m, cls, all);
}

static bool outside(u64 pages, const struct ballast_class_estimate *e, u64 margin)
{
	return pages + 2 * (e->pages - e->low) + margin < e->pages ||
	       pages > e->pages + 2 * (e->high - e->pages) + margin;
}

u32 ballast_classes_disagree(const struct ballast_matrix *m, const u64 *pages)
{
	const struct ballast_class_estimate *slab = &m->total[BALLAST_CLASS_SLAB];
	const struct ballast_class_estimate *kernel = &m->total[BALLAST_CLASS_KERNEL];
	const struct ballast_class_estimate both = {
		.pages = slab->pages + kernel->pages,
		.low = slab->low + kernel->low,
		.high = slab->high + kernel->high,
	};
	unsigned int cls;
	u32 bits = 0;
	u64 margin = 0;

	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		margin += m->total[cls].pages;
	margin /= MARGIN;
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		if (outside(pages[cls], &m->total[cls], margin))
			bits |= 1u << cls;
	if (!outside(pages[BALLAST_CLASS_SLAB] + pages[BALLAST_CLASS_KERNEL], &both, margin))
		bits &= ~(1u << BALLAST_CLASS_SLAB | 1u << BALLAST_CLASS_KERNEL);
	return bits;
}
