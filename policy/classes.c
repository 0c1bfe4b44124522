// SPDX-License-Identifier: GPL-2.0-only
/* Estimator of classes: stratified sampling, in integers. */

#include "policy/classes.h"

/* 1.959964 squared and its parts, in 1/65536. */
#define Z		128448
#define Z2		251754
/* Shares are in 1/2^24. */
#define SHARE_BITS	24
#define SHARE_ONE	(1u << SHARE_BITS)

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
	count = &c->counts[c->round][level][cls];
	if (*count < BALLAST_CLASSES_MAX)
		(*count)++;
}

void ballast_classes_turn(struct ballast_classes *c)
{
	c->round = (u8)((c->round + 1) % BALLAST_CLASSES_ROUNDS);
	memset(c->counts[c->round], 0, sizeof(c->counts[c->round]));
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
 * struct interval - a share with Wilson's interval, in 1/2^24
 * @share: c / n
 * @low:   lower limit
 * @high:  upper limit
 */
struct interval {
	u32 share;
	u32 low;
	u32 high;
};

/* z times the root of a number in 1/65536, likewise. */
static u64 z_root(u64 x)
{
	return (Z * (u64)int_sqrt64(x << 16)) >> 16;
}

/*
 * With Newcombe's correction for continuity: without it the interval of a rare
 * class holds the truth in 92 of 100 cases only.
 */
static struct interval wilson(u32 c, u32 n)
{
	/* 2 (n + z^2), in 1/65536. */
	u64 divisor = 2 * (((u64)n << 16) + Z2), product, middle, half;
	struct interval out = { .high = SHARE_ONE };

	out.share = (u32)div64_u64((u64)c << SHARE_BITS, n);
	middle = ((u64)c << 17) + Z2;
	if (c) {
		product = 4 * (u64)c * (n - c + 1) - 1;
		half = z_root(Z2 - 2 * 65536 + div64_u64(product << 16, n)) + 65536;
		if (middle > half)
			out.low = (u32)div64_u64((middle - half) << SHARE_BITS, divisor);
	}
	if (c < n) {
		product = 4 * (u64)c * (n - c - 1);
		half = z_root(Z2 + 2 * 65536 + div64_u64(product << 16, n)) + 65536;
		out.high = (u32)min_t(u64, SHARE_ONE,
				      div64_u64((middle + half) << SHARE_BITS, divisor));
	}
	/* Rounding must not put the share outside. */
	out.low = min_t(u32, out.low, out.share);
	out.high = max_t(u32, out.high, out.share);
	return out;
}

static u64 part_of(u64 pages, u32 share)
{
	return mul_u64_u32_shr(pages, share, SHARE_BITS);
}

void ballast_classes_share(u32 c, u32 n, u64 pages, struct ballast_class_estimate *out)
{
	struct interval i = { .high = SHARE_ONE };

	if (n)
		i = wilson(c, n);
	out->pages = part_of(pages, i.share);
	out->low = part_of(pages, i.low);
	out->high = part_of(pages, i.high);
}

static void count_level(const struct ballast_classes *c, unsigned int level, u32 *counts, u32 *n)
{
	unsigned int round, cls;

	*n = 0;
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		counts[cls] = 0;
		for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++)
			counts[cls] += c->counts[round][level][cls];
		*n += counts[cls];
	}
}

static void estimate_level(const struct ballast_classes *c, unsigned int level, u64 pages,
			   struct ballast_matrix *m)
{
	u32 counts[BALLAST_NR_CLASSES], n;
	unsigned int cls;

	count_level(c, level, counts, &n);
	m->samples[level] = n;
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		struct ballast_class_estimate *e = &m->cell[level][cls];

		ballast_classes_share(counts[cls], n, pages, e);
		if (!n && cls == BALLAST_CLASS_UNKNOWN)
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

static bool outside(u64 pages, const struct ballast_class_estimate *e)
{
	return pages + (e->pages - e->low) / 2 < e->low ||
	       pages > e->high + (e->high - e->pages) / 2;
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

	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		if (outside(pages[cls], &m->total[cls]))
			bits |= 1u << cls;
	if (!outside(pages[BALLAST_CLASS_SLAB] + pages[BALLAST_CLASS_KERNEL], &both))
		bits &= ~(1u << BALLAST_CLASS_SLAB | 1u << BALLAST_CLASS_KERNEL);
	return bits;
}
