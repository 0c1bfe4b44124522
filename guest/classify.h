/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is a page of ours used for? Read from its flags without a lock or a
 * reference: an answer may be as old as the question took to come, never more,
 * and a page that changes hands at that moment is any of what it was.
 */
#ifndef BALLAST_GUEST_CLASSIFY_H
#define BALLAST_GUEST_CLASSIFY_H

#include <linux/types.h>

int ballast_classify_init(void);
void ballast_classify_exit(void);

/**
 * ballast_classify() - classes of pages
 * @gfn: frames, anything
 * @nr:  of them
 * @cls: out, enum ballast_class of each; unknown where there is no memory
 *
 * May sleep while memory is being taken offline.
 */
void ballast_classify(const u64 *gfn, unsigned int nr, u8 *cls);

#endif /* BALLAST_GUEST_CLASSIFY_H */
