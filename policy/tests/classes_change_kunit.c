// SPDX-License-Identifier: GPL-2.0-only
/*
 * The estimator of classes while a guest's memory changes: guests whose truth is known
 * report and are asked as by default, for minutes of a clock of our own, and each report
 * is held against answers.
 */

#include <kunit/test.h>

#include "policy/classes.c"

#define GUEST	131072
/* An error of 2 % in eight rounds; a message, tries for one. */
#define WANTED	301
#define MESSAGE	256
#define TRIES	4096
#define ROUNDS	BALLAST_CLASSES_ROUNDS
#define ROUND_MS	5000
#define REPORT_MS	2000
#define EARLY_MS	500
#define STEP_MS		50
#define EXTENTS	14
/* Free memory of a guest that reads; what it has read is next. */
#define FREE	3
#define TRIALS	100

/**
 * struct extent - memory of one class and level
 * @pages: the guest's are GUEST in all
 * @level: enum ballast_level
 * @cls:   enum ballast_class
 */
struct extent {
	u32 pages;
	u8 level;
	u8 cls;
};

/**
 * struct score - how it went
 * @reports:   looked at
 * @flagged:   of them, with a class that disagrees
 * @intervals: of classes, one for each class that the guest ever has
 * @held:      of them with the truth in them
 */
struct score {
	u32 reports;
	u32 flagged;
	u32 intervals[BALLAST_NR_CLASSES];
	u32 held[BALLAST_NR_CLASSES];
};

static struct extent guest[EXTENTS];
static struct ballast_classes answers;
static struct ballast_matrix matrix;
/* Answers of each round, and the sum over them of what was true then. */
static u64 nr_of[ROUNDS], truth_of[ROUNDS][BALLAST_NR_CLASSES];
static u64 said[BALLAST_NR_CLASSES];
static u64 now_ms, said_ms;
/* From a change, which comes between two rounds, until the next questions. */
static u32 phase_ms;
/* What the guest says to have free and has active; what it reads in a step. */
static u32 lie, reads;
static u64 seed;

static u32 below(u32 n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(((seed >> 33) * n) >> 31);
}

static const struct extent *draw_page(void)
{
	u32 at = below(GUEST);
	unsigned int i;

	for (i = 0; i < EXTENTS - 1 && at >= guest[i].pages; i++)
		at -= guest[i].pages;
	return &guest[i];
}

static void look(u64 *level_pages, u64 *class_pages)
{
	unsigned int i;

	memset(level_pages, 0, BALLAST_NR_LEVELS * sizeof(*level_pages));
	memset(class_pages, 0, BALLAST_NR_CLASSES * sizeof(*class_pages));
	for (i = 0; i < EXTENTS; i++) {
		level_pages[guest[i].level] += guest[i].pages;
		class_pages[guest[i].cls] += guest[i].pages;
	}
}

/* A message of questions and its answer; false when the round is over. */
static bool ask(u32 *left)
{
	u64 level_pages[BALLAST_NR_LEVELS], class_pages[BALLAST_NR_CLASSES];
	unsigned int tries, i;
	u32 n = 0;

	look(level_pages, class_pages);
	for (tries = 0; tries < TRIES && n < MESSAGE; tries++) {
		const struct extent *e = draw_page();

		if (!left[e->level])
			continue;
		left[e->level]--;
		n++;
		ballast_classes_add(&answers, e->level, e->cls);
	}
	nr_of[answers.round] += n;
	for (i = 0; i < BALLAST_NR_CLASSES; i++)
		truth_of[answers.round][i] += n * class_pages[i];
	ballast_classes_note(&answers, n, level_pages, now_ms * 1000000);
	return n == MESSAGE;
}

static u64 mean_truth(unsigned int cls)
{
	u64 sum = 0, nr = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		sum += truth_of[i][cls];
		nr += nr_of[i];
	}
	return div64_u64(sum, nr);
}

/* Each report is held against the answers, once there are any. */
static u32 compare(struct score *s)
{
	u64 level_pages[BALLAST_NR_LEVELS], claims[BALLAST_NR_CLASSES];
	unsigned int cls;
	u32 bits;

	if (ballast_classes_mean(&answers, level_pages, claims) < 100)
		return 0;
	ballast_classes_estimate(&answers, level_pages, &matrix);
	bits = ballast_classes_disagree(&matrix, claims);
	s->reports++;
	s->flagged += !!bits;
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		const struct ballast_class_estimate *e = &matrix.total[cls];
		u64 truth = mean_truth(cls);

		if (!truth)
			continue;
		s->intervals[cls]++;
		s->held[cls] += e->low <= truth && truth <= e->high;
	}
	return bits;
}

/* At its time, or when a class has changed by 4 % of memory. */
static bool report_due(const u64 *class_pages)
{
	u64 since = now_ms - said_ms;
	bool due = since >= REPORT_MS;
	unsigned int i;

	for (i = 0; i < BALLAST_NR_CLASSES; i++)
		due |= since >= EARLY_MS &&
		       max_t(u64, class_pages[i], said[i]) - min_t(u64, class_pages[i], said[i]) >=
		       GUEST / 25;
	return due;
}

static u32 report(struct score *s)
{
	u64 level_pages[BALLAST_NR_LEVELS], class_pages[BALLAST_NR_CLASSES];

	look(level_pages, class_pages);
	class_pages[BALLAST_CLASS_FREE] += lie;
	class_pages[BALLAST_CLASS_ANON_ACTIVE] -= lie;
	if (!report_due(class_pages))
		return 0;
	memcpy(said, class_pages, sizeof(said));
	said_ms = now_ms;
	ballast_classes_report(&answers, class_pages, now_ms * 1000000);
	return compare(s);
}

/* Return: what disagrees in any report meanwhile. */
static u32 pass(u32 ms, struct score *s)
{
	u32 bits = 0;

	for (; ms >= STEP_MS; ms -= STEP_MS) {
		now_ms += STEP_MS;
		guest[FREE].pages -= reads;
		guest[FREE + 1].pages += reads;
		bits |= report(s);
	}
	return bits;
}

static u32 ask_round(struct score *s)
{
	u64 level_pages[BALLAST_NR_LEVELS], class_pages[BALLAST_NR_CLASSES];
	u32 left[BALLAST_NR_LEVELS], bits = pass(phase_ms, s), ms = phase_ms;

	ballast_classes_turn(&answers);
	nr_of[answers.round] = 0;
	memset(truth_of[answers.round], 0, sizeof(truth_of[0]));
	look(level_pages, class_pages);
	ballast_classes_draw(level_pages, WANTED, left);
	for (; ask(left); ms += 2 * STEP_MS)
		bits |= pass(2 * STEP_MS, s);
	return bits | pass(ROUND_MS - ms, s);
}

static void begin(const struct extent *extents, unsigned int nr)
{
	memset(guest, 0, sizeof(guest));
	memcpy(guest, extents, nr * sizeof(*extents));
	memset(nr_of, 0, sizeof(nr_of));
	memset(truth_of, 0, sizeof(truth_of));
	ballast_classes_init(&answers);
	/* Two messages of questions follow, 100 ms apart. */
	phase_ms = below(ROUND_MS / STEP_MS - 10) * STEP_MS;
	lie = 0;
	reads = 0;
	/* The first report is due, and nothing to hold against it. */
	now_ms = REPORT_MS;
	said_ms = 0;
	report(NULL);
	pass(below(REPORT_MS / STEP_MS) * STEP_MS, NULL);
}

static void ask_rounds(unsigned int nr, struct score *s)
{
	while (nr--)
		ask_round(s);
}

/* The last one is what changes. */
static const struct extent reader[] = {
	{ 45000, BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE },
	{ 12000, BALLAST_COLD, BALLAST_CLASS_SLAB },
	{ 6000, BALLAST_COLD, BALLAST_CLASS_FILE_ACTIVE },
	{ 1000, BALLAST_COLD, BALLAST_CLASS_PAGE_TABLE },
	{ 12000, BALLAST_COOL, BALLAST_CLASS_ANON_ACTIVE },
	{ 3072, BALLAST_COOL, BALLAST_CLASS_FREE },
	{ 2000, BALLAST_WARM, BALLAST_CLASS_ANON_ACTIVE },
	{ 7500, BALLAST_HOT, BALLAST_CLASS_KERNEL },
	{ 3000, BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE },
	{ 10000, BALLAST_UNKNOWN, BALLAST_CLASS_FREE },
	{ 29500, BALLAST_UNKNOWN, BALLAST_CLASS_FREE },
};

#define LAST	(ARRAY_SIZE(reader) - 1)

/* Free memory becomes page cache at once, is hot for some rounds, and cools down. */
static void read_file(unsigned int hot, struct score *s)
{
	begin(reader, ARRAY_SIZE(reader));
	ask_rounds(ROUNDS + 2, s);
	guest[LAST].level = BALLAST_HOT;
	guest[LAST].cls = BALLAST_CLASS_FILE_INACTIVE;
	ask_rounds(hot, s);
	guest[LAST].level = BALLAST_COOL;
	ask_rounds(2, s);
	guest[LAST].level = BALLAST_COLD;
	ask_rounds(ROUNDS, s);
}

/*
 * A process that has used a quarter of memory ends, or one that has used more than half:
 * what was hot is free, and cold soon.
 */
static void end_process(bool more, struct score *s)
{
	struct extent user[ARRAY_SIZE(reader)];

	memcpy(user, reader, sizeof(reader));
	user[LAST].level = BALLAST_HOT;
	user[LAST].cls = BALLAST_CLASS_ANON_ACTIVE;
	user[0].level = BALLAST_WARM;
	begin(user, ARRAY_SIZE(user));
	ask_rounds(ROUNDS + 2, s);
	guest[LAST].cls = BALLAST_CLASS_FREE;
	if (more)
		guest[0].cls = BALLAST_CLASS_FREE;
	ask_rounds(1, s);
	guest[LAST].level = BALLAST_COLD;
	guest[0].level = BALLAST_COLD;
	ask_rounds(ROUNDS, s);
}

/* Of each extent class and level change every fourth round, to any. */
static void change_all(struct score *s)
{
	struct extent any[EXTENTS];
	unsigned int i, round;
	u32 left = GUEST;

	for (i = 0; i < EXTENTS; i++) {
		u32 pages = i < EXTENTS - 1 ? below(left / 4) : left;

		any[i] = (struct extent){ pages, (u8)below(BALLAST_NR_LEVELS),
					  (u8)below(BALLAST_NR_CLASSES) };
		left -= pages;
	}
	begin(any, EXTENTS);
	for (round = 0; round < 3 * ROUNDS; round++) {
		for (i = 0; i < EXTENTS; i++) {
			if (!below(4))
				guest[i].level = (u8)below(BALLAST_NR_LEVELS);
			if (!below(4))
				guest[i].cls = (u8)below(BALLAST_NR_CLASSES);
		}
		ask_round(s);
	}
}

static const struct extent filler[] = {
	{ 10000, BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE },
	{ 4000, BALLAST_COLD, BALLAST_CLASS_SLAB },
	{ 4000, BALLAST_HOT, BALLAST_CLASS_KERNEL },
	[FREE] = { 113072, BALLAST_UNKNOWN, BALLAST_CLASS_FREE },
	{ 0, BALLAST_HOT, BALLAST_CLASS_FILE_INACTIVE },
	{ 0, BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE },
};

/* Of free memory page cache is made for long, 2 % of memory each second. */
static void fill_up(struct score *s)
{
	unsigned int round;

	begin(filler, ARRAY_SIZE(filler));
	ask_rounds(ROUNDS, s);
	reads = GUEST / 50 * STEP_MS / 1000;
	for (round = 0; round < ROUNDS; round++) {
		guest[FREE + 2].pages += guest[FREE + 1].pages;
		guest[FREE + 1].pages = 0;
		ask_round(s);
	}
	reads = 0;
	ask_rounds(ROUNDS, s);
}

/* Intervals hold the truth 95 times in 100; one honest report in 100 is flagged at most. */
static void check(struct kunit *test, const struct score *s)
{
	unsigned int cls;

	KUNIT_EXPECT_GT(test, s->reports, 0u);
	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		KUNIT_EXPECT_GE(test, s->held[cls] * 100, s->intervals[cls] * 95);
	KUNIT_EXPECT_LE(test, s->flagged * 100, s->reports);
}

static void nothing_changes(struct kunit *test)
{
	struct score s = {};
	unsigned int i;

	seed = 1;
	for (i = 0; i < TRIALS; i++) {
		begin(reader, ARRAY_SIZE(reader));
		ask_rounds(3 * ROUNDS, &s);
	}
	check(test, &s);
}

static void a_file_is_read(struct kunit *test)
{
	struct score s = {};
	unsigned int i;

	seed = 2;
	for (i = 0; i < TRIALS; i++)
		read_file(1 + i % 3, &s);
	check(test, &s);
}

static void a_process_ends(struct kunit *test)
{
	struct score s = {};
	unsigned int i;

	seed = 3;
	for (i = 0; i < TRIALS; i++)
		end_process(false, &s);
	check(test, &s);
}

/* Questions that are under way when half of memory changes tell of the one side only. */
static void a_large_process_ends(struct kunit *test)
{
	struct score s = {};
	unsigned int i;

	seed = 7;
	for (i = 0; i < TRIALS; i++)
		end_process(true, &s);
	check(test, &s);
}

static void everything_changes(struct kunit *test)
{
	struct score s = {};
	unsigned int i;

	seed = 4;
	for (i = 0; i < TRIALS; i++)
		change_all(&s);
	check(test, &s);
}

static void memory_is_filled(struct kunit *test)
{
	struct score s = {};
	unsigned int i;

	seed = 6;
	for (i = 0; i < TRIALS; i++)
		fill_up(&s);
	check(test, &s);
}

/* Rounds until a lie from now on is seen, or one more than there are. */
static unsigned int rounds_to_see(u32 pages)
{
	struct score s = {};
	unsigned int round;

	lie = pages;
	for (round = 1; round <= ROUNDS; round++)
		if (ask_round(&s) & 1u << BALLAST_CLASS_FREE)
			break;
	return round;
}

static void a_liar_is_seen(struct kunit *test)
{
	unsigned int i, last = 0, sum = 0;
	struct score s = {};

	seed = 8;
	for (i = 0; i < TRIALS; i++) {
		struct extent liar[ARRAY_SIZE(reader)];
		unsigned int rounds;

		memcpy(liar, reader, sizeof(reader));
		/* Half of memory free or active is what intervals are widest for. */
		if (i % 3 == 1)
			liar[0].cls = BALLAST_CLASS_FREE;
		if (i % 3 == 2)
			liar[0].cls = BALLAST_CLASS_ANON_ACTIVE;
		begin(liar, ARRAY_SIZE(liar));
		ask_rounds(ROUNDS, &s);
		rounds = rounds_to_see(GUEST / 10);
		last = max_t(unsigned int, last, rounds);
		sum += rounds;
	}
	KUNIT_EXPECT_LE(test, last, (unsigned int)ROUNDS);
	/* Of those before the lie nothing is seen. */
	KUNIT_EXPECT_LE(test, s.flagged * 100, s.reports);
	KUNIT_EXPECT_LE(test, sum, 4u * TRIALS);
}

/* Held against the report before and the one after, as near as they were. */
static void between_two_reports(struct kunit *test)
{
	u64 pages[BALLAST_NR_LEVELS] = {}, claims[BALLAST_NR_CLASSES] = {};
	const unsigned int cls = BALLAST_CLASS_FREE;

	ballast_classes_init(&answers);
	/* Before the first report: forgotten. */
	ballast_classes_note(&answers, 50, pages, 500);
	claims[cls] = 1000;
	ballast_classes_report(&answers, claims, 1000);
	KUNIT_EXPECT_EQ(test, ballast_classes_mean(&answers, pages, claims), 0ull);
	ballast_classes_note(&answers, 60, pages, 1200);
	ballast_classes_note(&answers, 20, pages, 1600);
	claims[cls] = 3000;
	ballast_classes_report(&answers, claims, 2000);
	KUNIT_EXPECT_EQ(test, ballast_classes_mean(&answers, pages, claims), 80ull);
	KUNIT_EXPECT_EQ(test, claims[cls], 1600ull);
	/* A round that ends before the next report is held against the last one. */
	ballast_classes_note(&answers, 80, pages, 2500);
	ballast_classes_turn(&answers);
	ballast_classes_note(&answers, 160, pages, 2500);
	claims[cls] = 5000;
	ballast_classes_report(&answers, claims, 3000);
	KUNIT_EXPECT_EQ(test, ballast_classes_mean(&answers, pages, claims), 320ull);
	KUNIT_EXPECT_EQ(test, claims[cls], (80 * 1600 + 80 * 3000 + 160 * 4000) / 320ull);
	/* All of it in no time. */
	ballast_classes_note(&answers, 1, pages, 3000);
	ballast_classes_report(&answers, claims, 3000);
	KUNIT_EXPECT_EQ(test, ballast_classes_mean(&answers, pages, claims), 321ull);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_changes),
	KUNIT_CASE(a_file_is_read),
	KUNIT_CASE(a_process_ends),
	KUNIT_CASE(a_large_process_ends),
	KUNIT_CASE(everything_changes),
	KUNIT_CASE(memory_is_filled),
	KUNIT_CASE(a_liar_is_seen),
	KUNIT_CASE(between_two_reports),
	{}
};

static struct kunit_suite suite = { .name = "ballast_classes_change", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the estimator of classes while memory changes");
MODULE_LICENSE("GPL");
