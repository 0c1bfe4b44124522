// SPDX-License-Identifier: GPL-2.0-only
/* The estimator of classes, against populations whose truth is known. */

#include <kunit/test.h>

#include "policy/classes.c"

#define TRIALS	400

/* Pages of each class in each level, in 1/1000 of the level. */
static const u16 mix[BALLAST_NR_LEVELS][BALLAST_NR_CLASSES] = {
	[BALLAST_UNKNOWN] = { [BALLAST_CLASS_FREE] = 950, [BALLAST_CLASS_KERNEL] = 50 },
	[BALLAST_COLD] = {
		[BALLAST_CLASS_ANON_INACTIVE] = 400, [BALLAST_CLASS_FILE_INACTIVE] = 300,
		[BALLAST_CLASS_FREE] = 200, [BALLAST_CLASS_SLAB] = 95,
		[BALLAST_CLASS_PAGE_TABLE] = 5,
	},
	[BALLAST_COOL] = { [BALLAST_CLASS_FILE_ACTIVE] = 500, [BALLAST_CLASS_ANON_ACTIVE] = 500 },
	[BALLAST_WARM] = { [BALLAST_CLASS_ANON_ACTIVE] = 1000 },
	[BALLAST_HOT] = {
		[BALLAST_CLASS_ANON_ACTIVE] = 700, [BALLAST_CLASS_KERNEL] = 250,
		[BALLAST_CLASS_SHMEM] = 50,
	},
};

static const u64 level_pages[BALLAST_NR_LEVELS] = {
	[BALLAST_UNKNOWN] = 100000, [BALLAST_COLD] = 600000, [BALLAST_COOL] = 40000,
	[BALLAST_WARM] = 2000, [BALLAST_HOT] = 258000,
};

static struct ballast_classes answers;
static struct ballast_matrix matrix;
static u64 seed;

static u32 below(u32 n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(((seed >> 33) * n) >> 31);
}

static unsigned int draw_class(unsigned int level)
{
	u32 at = below(1000);
	unsigned int cls;

	for (cls = 0; cls < BALLAST_NR_CLASSES - 1; cls++) {
		if (at < mix[level][cls])
			break;
		at -= mix[level][cls];
	}
	return cls;
}

static u64 truth(unsigned int level, unsigned int cls)
{
	return level_pages[level] * mix[level][cls] / 1000;
}

static u64 truth_of(unsigned int cls)
{
	unsigned int level;
	u64 sum = 0;

	for (level = 0; level < BALLAST_NR_LEVELS; level++)
		sum += truth(level, cls);
	return sum;
}

static void survey(u32 wanted)
{
	u32 draw[BALLAST_NR_LEVELS];
	unsigned int level;

	ballast_classes_init(&answers);
	ballast_classes_draw(level_pages, wanted, draw);
	for (level = 0; level < BALLAST_NR_LEVELS; level++)
		while (draw[level]--)
			ballast_classes_add(&answers, level, draw_class(level));
	ballast_classes_estimate(&answers, level_pages, &matrix);
}

static bool holds(const struct ballast_class_estimate *e, u64 pages)
{
	return e->low <= pages && pages <= e->high;
}

/* A 95 % interval holds the truth 95 times in 100, of cells and of totals. */
static void intervals_hold_the_truth(struct kunit *test)
{
	unsigned int level, cls, i, cells = 0, totals = 0, cells_held = 0, totals_held = 0;

	seed = 1;
	for (i = 0; i < TRIALS; i++) {
		survey(400);
		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
			totals++;
			totals_held += holds(&matrix.total[cls], truth_of(cls));
			for (level = 0; level < BALLAST_NR_LEVELS; level++) {
				cells++;
				cells_held += holds(&matrix.cell[level][cls], truth(level, cls));
			}
		}
	}
	KUNIT_EXPECT_GE(test, cells_held * 100, cells * 95);
	KUNIT_EXPECT_GE(test, totals_held * 100, totals * 95);
}

/* And of each class by itself, not only of all together. */
static void each_interval_holds(struct kunit *test)
{
	unsigned int cls, i, held[BALLAST_NR_CLASSES] = {};

	seed = 2;
	for (i = 0; i < TRIALS; i++) {
		survey(400);
		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
			held[cls] += holds(&matrix.total[cls], truth_of(cls));
	}
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		KUNIT_EXPECT_GE(test, held[cls] * 100, TRIALS * 95u);
}

/* With 100 answers no class is further off than a tenth of memory, as a rule. */
static void a_hundred_answers(struct kunit *test)
{
	unsigned int cls, i, near = 0;
	u64 all = 1000000;

	seed = 3;
	for (i = 0; i < TRIALS; i++) {
		bool good = true;

		survey(100);
		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
			u64 t = truth_of(cls), e = matrix.total[cls].pages;

			good &= (t > e ? t - e : e - t) * 10 <= all;
		}
		near += good;
	}
	KUNIT_EXPECT_GE(test, near * 100, TRIALS * 95u);
	KUNIT_EXPECT_LE(test, ballast_classes_wanted(1000), 100u);
}

static void estimates_add_up(struct kunit *test)
{
	unsigned int level, cls;

	seed = 4;
	survey(300);
	for (level = 0; level < BALLAST_NR_LEVELS; level++) {
		u64 sum = 0;

		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
			sum += matrix.cell[level][cls].pages;
		/* Each is rounded down. */
		KUNIT_EXPECT_LE(test, sum, level_pages[level]);
		KUNIT_EXPECT_GE(test, sum + BALLAST_NR_CLASSES, level_pages[level]);
	}
}

static void nobody_asked(struct kunit *test)
{
	const struct ballast_class_estimate *e;

	ballast_classes_init(&answers);
	ballast_classes_estimate(&answers, level_pages, &matrix);
	e = &matrix.total[BALLAST_CLASS_UNKNOWN];
	KUNIT_EXPECT_EQ(test, e->pages, 1000000ull);
	e = &matrix.total[BALLAST_CLASS_FREE];
	KUNIT_EXPECT_EQ(test, e->pages, 0ull);
	KUNIT_EXPECT_EQ(test, e->low, 0ull);
	/* Anything may be free, as far as is known. */
	e = &matrix.cell[BALLAST_COLD][BALLAST_CLASS_FREE];
	KUNIT_EXPECT_EQ(test, e->high, level_pages[BALLAST_COLD]);
}

static void draws(struct kunit *test)
{
	static const u64 few[BALLAST_NR_LEVELS] = { 3, 0, 1, 0, 2 };
	static const u64 none[BALLAST_NR_LEVELS];
	u32 draw[BALLAST_NR_LEVELS];
	unsigned int i;
	u32 sum;

	sum = ballast_classes_draw(level_pages, 400, draw);
	KUNIT_EXPECT_LE(test, sum, 400u);
	KUNIT_EXPECT_GE(test, sum, 390u);
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		KUNIT_EXPECT_GE(test, draw[i], 20u);
	KUNIT_EXPECT_GT(test, draw[BALLAST_COLD], 150u);
	/* No more than there are. */
	sum = ballast_classes_draw(few, 400, draw);
	KUNIT_EXPECT_EQ(test, sum, 6u);
	KUNIT_EXPECT_EQ(test, draw[0], 3u);
	KUNIT_EXPECT_EQ(test, draw[1], 0u);
	KUNIT_EXPECT_EQ(test, ballast_classes_draw(none, 400, draw), 0u);
	KUNIT_EXPECT_EQ(test, ballast_classes_draw(level_pages, 0, draw), 0u);
	KUNIT_EXPECT_LE(test, ballast_classes_draw(level_pages, 3, draw), 3u);
}

/* 1.96 squared, by four, over the error squared. */
static void sizes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ballast_classes_wanted(1000), 97u);
	KUNIT_EXPECT_EQ(test, ballast_classes_wanted(500), 385u);
	KUNIT_EXPECT_EQ(test, ballast_classes_wanted(100), 9604u);
	KUNIT_EXPECT_EQ(test, ballast_classes_wanted(10000), 1u);
	KUNIT_EXPECT_EQ(test, ballast_classes_wanted(0), ballast_classes_wanted(1));
}

/* What was said rounds ago is forgotten. */
static void rounds_pass(struct kunit *test)
{
	u64 pages[BALLAST_NR_LEVELS] = { [BALLAST_HOT] = 1000 };
	unsigned int i;

	ballast_classes_init(&answers);
	for (i = 0; i < 100; i++)
		ballast_classes_add(&answers, BALLAST_HOT, BALLAST_CLASS_SLAB);
	for (i = 0; i < BALLAST_CLASSES_ROUNDS - 1; i++)
		ballast_classes_turn(&answers);
	ballast_classes_estimate(&answers, pages, &matrix);
	KUNIT_EXPECT_EQ(test, matrix.samples[BALLAST_HOT], 100u);
	KUNIT_EXPECT_EQ(test, matrix.total[BALLAST_CLASS_SLAB].pages, 1000ull);
	ballast_classes_turn(&answers);
	ballast_classes_estimate(&answers, pages, &matrix);
	KUNIT_EXPECT_EQ(test, matrix.samples[BALLAST_HOT], 0u);
	KUNIT_EXPECT_EQ(test, matrix.total[BALLAST_CLASS_UNKNOWN].pages, 1000ull);
}

/* The largest numbers there are, and what is none. */
static void extremes(struct kunit *test)
{
	u64 pages[BALLAST_NR_LEVELS] = {
		1ull << 40, 1ull << 40, 1ull << 40, 1ull << 40, 1ull << 40,
	};
	unsigned int i, level, cls;

	ballast_classes_init(&answers);
	ballast_classes_add(&answers, BALLAST_NR_LEVELS, 0);
	ballast_classes_add(&answers, 0, BALLAST_NR_CLASSES);
	for (level = 0; level < BALLAST_NR_LEVELS; level++)
		for (i = 0; i < 70000; i++)
			ballast_classes_add(&answers, level, i % BALLAST_NR_CLASSES);
	for (i = 0; i < BALLAST_CLASSES_ROUNDS - 1; i++)
		ballast_classes_turn(&answers);
	ballast_classes_estimate(&answers, pages, &matrix);
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		const struct ballast_class_estimate *e = &matrix.total[cls];

		KUNIT_EXPECT_LE(test, e->low, e->pages);
		KUNIT_EXPECT_LE(test, e->pages, e->high);
		KUNIT_EXPECT_LE(test, e->high, 5ull << 40);
		KUNIT_EXPECT_GT(test, e->low, (5ull << 40) / (BALLAST_NR_CLASSES + 2));
	}
}

static void lies_are_seen(struct kunit *test)
{
	u64 pages[BALLAST_NR_CLASSES];
	unsigned int cls;

	seed = 7;
	survey(400);
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		pages[cls] = matrix.total[cls].pages;
	KUNIT_EXPECT_EQ(test, ballast_classes_disagree(&matrix, pages), 0u);
	pages[BALLAST_CLASS_FREE] += 300000;
	pages[BALLAST_CLASS_ANON_ACTIVE] -= 150000;
	KUNIT_EXPECT_EQ(test, ballast_classes_disagree(&matrix, pages),
			1u << BALLAST_CLASS_FREE | 1u << BALLAST_CLASS_ANON_ACTIVE);
	pages[BALLAST_CLASS_FREE] -= 300000;
	pages[BALLAST_CLASS_ANON_ACTIVE] += 150000;
	/* What is slab for the one may be kernel for the other. */
	pages[BALLAST_CLASS_KERNEL] += pages[BALLAST_CLASS_SLAB];
	pages[BALLAST_CLASS_SLAB] = 0;
	KUNIT_EXPECT_EQ(test, ballast_classes_disagree(&matrix, pages), 0u);
	pages[BALLAST_CLASS_KERNEL] += 300000;
	KUNIT_EXPECT_TRUE(test, ballast_classes_disagree(&matrix, pages) &
				1u << BALLAST_CLASS_KERNEL);
}

/* Answers of pages that were hot, and how many pages were. */
static void note(u32 nr, unsigned int cls, u64 pages)
{
	const u64 sizes[BALLAST_NR_LEVELS] = { [BALLAST_HOT] = pages };

	ballast_classes_note(&answers, nr, sizes, 1);
	while (nr--)
		ballast_classes_add(&answers, BALLAST_HOT, cls);
}

/* With levels of one size, and as many answers in each round, rounds do not matter. */
static void equal_rounds_are_one(struct kunit *test)
{
	static const u64 sizes[] = { 0, 1, 3, 1000003, 1ull << 52 };
	u64 pages[BALLAST_NR_LEVELS] = { [BALLAST_HOT] = 123456789 };
	struct ballast_class_estimate one;
	const struct ballast_class_estimate *e = &matrix.cell[BALLAST_HOT][BALLAST_CLASS_FREE];
	unsigned int trial, rounds, i, n, c, sum;

	seed = 5;
	for (trial = 0; trial < 2 * TRIALS; trial++) {
		u64 size = sizes[trial % ARRAY_SIZE(sizes)];

		ballast_classes_init(&answers);
		rounds = 1 + below(BALLAST_CLASSES_ROUNDS);
		n = 1 + below(trial % 50 ? 400 : BALLAST_CLASSES_MAX);
		for (i = 0, sum = 0; i < rounds; i++) {
			c = below(n + 1);
			sum += c;
			ballast_classes_turn(&answers);
			note(c, BALLAST_CLASS_FREE, size);
			note(n - c, BALLAST_CLASS_SLAB, size);
		}
		ballast_classes_estimate(&answers, pages, &matrix);
		ballast_classes_share(sum, n * rounds, pages[BALLAST_HOT], &one);
		KUNIT_EXPECT_EQ(test, matrix.samples[BALLAST_HOT], n * rounds);
		KUNIT_EXPECT_EQ(test, e->pages, one.pages);
		KUNIT_EXPECT_EQ(test, e->low, one.low);
		KUNIT_EXPECT_EQ(test, e->high, one.high);
	}
}

/* 80 answers for 1000 pages, then as many for 9000. */
static void rounds_weigh_what_they_hold(struct kunit *test)
{
	u64 pages[BALLAST_NR_LEVELS], claims[BALLAST_NR_CLASSES];
	const struct ballast_class_estimate *e = &matrix.cell[BALLAST_HOT][BALLAST_CLASS_FREE];
	struct ballast_class_estimate few, many;

	ballast_classes_init(&answers);
	note(80, BALLAST_CLASS_SLAB, 1000);
	ballast_classes_turn(&answers);
	note(80, BALLAST_CLASS_FREE, 9000);
	KUNIT_EXPECT_EQ(test, ballast_classes_mean(&answers, pages, claims), 160ull);
	KUNIT_EXPECT_EQ(test, pages[BALLAST_HOT], 5000ull);
	ballast_classes_estimate(&answers, pages, &matrix);
	KUNIT_EXPECT_LE(test, e->pages, 4500ull);
	KUNIT_EXPECT_GE(test, e->pages, 4499ull);
	/* (1 + 9)^2 / (1 / 80 + 81 / 80) = 97.6, with 87.8 of the class. */
	ballast_classes_share(87, 97, 5000, &few);
	ballast_classes_share(89, 98, 5000, &many);
	KUNIT_EXPECT_GE(test, e->low, few.low);
	KUNIT_EXPECT_LE(test, e->low, many.low);
	KUNIT_EXPECT_GE(test, e->high, few.high);
	KUNIT_EXPECT_LE(test, e->high, many.high);
}

/* Whatever the sizes are, cells of a level add up to it, and intervals are in order. */
static void any_sizes(struct kunit *test)
{
	unsigned int trial, round, i, cls;
	u64 pages[BALLAST_NR_LEVELS] = {};

	seed = 6;
	for (trial = 0; trial < TRIALS; trial++) {
		u64 sum = 0;

		ballast_classes_init(&answers);
		pages[BALLAST_HOT] = 1ull << below(53);
		for (round = 0; round < BALLAST_CLASSES_ROUNDS; round++) {
			ballast_classes_turn(&answers);
			for (i = below(8); i; i--)
				note(below(trial % 20 ? 20 : BALLAST_CLASSES_MAX),
				     below(BALLAST_NR_CLASSES), 1ull << below(53));
		}
		ballast_classes_estimate(&answers, pages, &matrix);
		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
			const struct ballast_class_estimate *e = &matrix.cell[BALLAST_HOT][cls];

			KUNIT_EXPECT_LE(test, e->low, e->pages);
			KUNIT_EXPECT_LE(test, e->pages, e->high);
			KUNIT_EXPECT_LE(test, e->high, pages[BALLAST_HOT]);
			sum += e->pages;
		}
		KUNIT_EXPECT_LE(test, sum, pages[BALLAST_HOT]);
		/* Each is rounded down, and its share in 1/2^24 before that. */
		KUNIT_EXPECT_GE(test, sum + BALLAST_NR_CLASSES +
				(pages[BALLAST_HOT] >> 20), pages[BALLAST_HOT]);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(intervals_hold_the_truth),
	KUNIT_CASE(each_interval_holds),
	KUNIT_CASE(a_hundred_answers),
	KUNIT_CASE(estimates_add_up),
	KUNIT_CASE(nobody_asked),
	KUNIT_CASE(draws),
	KUNIT_CASE(sizes),
	KUNIT_CASE(rounds_pass),
	KUNIT_CASE(extremes),
	KUNIT_CASE(lies_are_seen),
	KUNIT_CASE(equal_rounds_are_one),
	KUNIT_CASE(rounds_weigh_what_they_hold),
	KUNIT_CASE(any_sizes),
	{}
};

static struct kunit_suite suite = { .name = "ballast_classes", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the estimator of classes");
MODULE_LICENSE("GPL");
