/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of a VM's memory is of which class, and how hot is that?
 *
 * The host knows how many pages are of each level (temperature). It draws some
 * pages of each level at random, asks the guest for their classes, and puts
 * the answers in here. Levels are the strata of the estimate: of a level with
 * N pages, of which n were asked and c are of a class, N * c / n are of that
 * class. The 95 % interval of a cell is Wilson's score interval with
 * Newcombe's correction for continuity; that of a class over all levels
 * combines the cells' by adding the squares of their distances from the
 * estimate (Zou and Donner's "MOVER").
 *
 * Answers grow old: they are kept in rounds, and the oldest round goes when a
 * new one begins. A level that nobody asked about is of unknown class, and any
 * class may have all of it.
 *
 * A level's share c / n is the mean of its rounds'. A round weighs as much as
 * the level had pages in it, times all answers of the round: what 80 answers
 * said of a small level does not outweigh 80 that were spread over ten times
 * its pages. The mean has the error of (sum w)^2 / sum (w^2 / n) answers (Kish),
 * as many as there are if the level was asked in proportion to its pages.
 *
 * Totals that the guest reports are exact, if it does not lie. They are held
 * against the estimate, not mixed into it: what disagrees is to be seen. Levels
 * and reports of the same rounds are kept, with the same weights: the sum over
 * levels of mean pages times mean share is the mean over rounds of what the
 * estimate of each would be, whatever has changed between them. When answers
 * came, memory was between the report before and the one after, in proportion
 * to time: a guest that fills its memory is always ahead of its last report.
 */
#ifndef BALLAST_POLICY_CLASSES_H
#define BALLAST_POLICY_CLASSES_H

#include "ballast/policy_env.h"
#include "uapi/linux/ballast.h"

#define BALLAST_CLASSES_ROUNDS	8
/* Answers of one level in one round; more are not counted. */
#define BALLAST_CLASSES_MAX	4096

/**
 * struct ballast_class_round - answers of one round
 * @counts: of each level and class
 * @nr:     answers that were noted
 * @levels: pages per level as the host saw them, mean over these answers
 * @claims: pages per class as the guest reported, likewise
 */
struct ballast_class_round {
	u16 counts[BALLAST_NR_LEVELS][BALLAST_NR_CLASSES];
	u32 nr;
	u64 levels[BALLAST_NR_LEVELS];
	u64 claims[BALLAST_NR_CLASSES];
};

/**
 * struct ballast_classes - answers of one VM
 * @rounds:    the last ones
 * @round:     that is being filled
 * @open:      answers of it since the last report
 * @open_ns:   mean of the times when they came
 * @claims:    pages per class, of the last report
 * @claims_ns: when it came; 0 before the first
 */
struct ballast_classes {
	struct ballast_class_round rounds[BALLAST_CLASSES_ROUNDS];
	u8 round;
	u32 open;
	u64 open_ns;
	u64 claims[BALLAST_NR_CLASSES];
	u64 claims_ns;
};

/**
 * struct ballast_matrix - the estimate
 * @cell:    of each level and class
 * @total:   of each class
 * @samples: answers that a level's cells rest on
 */
struct ballast_matrix {
	struct ballast_class_estimate cell[BALLAST_NR_LEVELS][BALLAST_NR_CLASSES];
	struct ballast_class_estimate total[BALLAST_NR_CLASSES];
	u32 samples[BALLAST_NR_LEVELS];
};

/**
 * ballast_classes_share() - pages of a part, from a sample of the whole
 * @c:     of the sample in the part
 * @n:     size of the sample, drawn at random
 * @pages: of the whole
 * @out:   estimate with a 95 % interval (Wilson, corrected for continuity)
 */
void ballast_classes_share(u32 c, u32 n, u64 pages, struct ballast_class_estimate *out);

/* As it is called in files and by tools; "?" for what is no class. */
const char *ballast_class_name(unsigned int cls);

/* Forget all answers. */
void ballast_classes_init(struct ballast_classes *c);

/**
 * ballast_classes_add() - an answer
 * @c:     of the VM
 * @level: of the page when it was drawn
 * @cls:   as the guest says; what is no class is ignored
 */
void ballast_classes_add(struct ballast_classes *c, unsigned int level, unsigned int cls);

/**
 * ballast_classes_note() - what was so when answers came
 * @c:           of the VM
 * @nr:          answers
 * @level_pages: pages of each level
 * @now_ns:      not before the last report's
 *
 * In a round without a note all levels count as of one size.
 */
void ballast_classes_note(struct ballast_classes *c, u32 nr, const u64 *level_pages, u64 now_ns);

/**
 * ballast_classes_report() - a report came
 * @c:      of the VM
 * @claims: pages of each class
 * @now_ns: not 0, nor before the last note's
 *
 * Answers from before the first report are forgotten: there is nothing to hold them
 * against.
 */
void ballast_classes_report(struct ballast_classes *c, const u64 *claims, u64 now_ns);

/**
 * ballast_classes_mean() - what was so while answers came, after a report
 * @c:           of the VM
 * @level_pages: out, per level
 * @claims:      out, per class
 *
 * Return: answers that were noted.
 */
u64 ballast_classes_mean(const struct ballast_classes *c, u64 *level_pages, u64 *claims);

/* A new round begins, the oldest one is forgotten. */
void ballast_classes_turn(struct ballast_classes *c);

/**
 * ballast_classes_draw() - how many pages of each level to ask for in a round
 * @level_pages: pages of each level
 * @wanted:      pages in all
 * @draw:        out, per level
 *
 * In proportion to their pages, but no level that has pages gets less than a
 * twentieth, up to the pages that it has. Return: pages in all, at most @wanted.
 */
u32 ballast_classes_draw(const u64 *level_pages, u32 wanted, u32 *draw);

/* Answers for an error of at most @error_bp of memory (at least 1), 95 times in 100. */
u32 ballast_classes_wanted(u32 error_bp);

/**
 * ballast_classes_estimate() - what the answers say of all memory
 * @c:           answers
 * @level_pages: pages of each level, now
 * @m:           out
 */
void ballast_classes_estimate(const struct ballast_classes *c, const u64 *level_pages,
			      struct ballast_matrix *m);

/**
 * ballast_classes_disagree() - which totals of the guest are not credible
 * @m:     estimate
 * @pages: of each class, as the guest says
 *
 * A total is not credible if it is more than twice as far from the estimate as the
 * interval's limit, and 1/64 of memory on top. Many classes are looked at together: one
 * is outside of one and a half times its interval in 0.8 % of an honest guest's reports,
 * and stays there as long as the same rounds are kept; outside of twice in 0.03 %. The
 * 1/64 is for what is no chance: memory that changes at once after a report or an answer.
 * In tests/classes_change_kunit.c (2408 answers) honest guests are outside in at most
 * 0.13 % of reports, and in 0.4 % if more than half of memory changes at once. Who says
 * from now on that a tenth of memory is free, and has it active, is seen after 3.4 rounds
 * in the mean, after seven at most in 1000 trials. The smallest lie that is seen in the
 * end is 2 % of memory of a class that hardly exists, and 5.6 % of one with half of it.
 *
 * Slab and kernel count as one: a guest counts a large kmalloc as slab, and on
 * most kernels its pages do not tell. Return: a bit for each class whose total is
 * outside.
 */
u32 ballast_classes_disagree(const struct ballast_matrix *m, const u64 *pages);

#endif /* BALLAST_POLICY_CLASSES_H */
