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
 * Totals that the guest reports are exact, if it does not lie. They are held
 * against the estimate, not mixed into it: what disagrees is to be seen.
 */
#ifndef BALLAST_POLICY_CLASSES_H
#define BALLAST_POLICY_CLASSES_H

#include "ballast/policy_env.h"
#include "uapi/linux/ballast.h"

#define BALLAST_CLASSES_ROUNDS	8
/* Answers of one level in one round; more are not counted. */
#define BALLAST_CLASSES_MAX	4096

/**
 * struct ballast_classes - answers of one VM
 * @counts: of each round, level and class
 * @round:  that is being filled
 */
struct ballast_classes {
	u16 counts[BALLAST_CLASSES_ROUNDS][BALLAST_NR_LEVELS][BALLAST_NR_CLASSES];
	u8 round;
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
 * So many classes are looked at together that limits are half as far again: an
 * honest guest has none outside of them in nineteen of twenty reports.
 * Slab and kernel count as one: a guest counts a large kmalloc as slab, and on
 * most kernels its pages do not tell. Return: a bit for each class whose total is
 * outside.
 */
u32 ballast_classes_disagree(const struct ballast_matrix *m, const u64 *pages);

#endif /* BALLAST_POLICY_CLASSES_H */
