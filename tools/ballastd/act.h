/* SPDX-License-Identifier: GPL-2.0-only */
/* What was decided, done: balloon targets, free memory asked for, memory swapped out. */
#ifndef BALLASTD_ACT_H
#define BALLASTD_ACT_H

#include "daemon.h"

/* All of a round; in a dry run it is said, and not done. */
void act_on_round(struct daemon *d);
/* Attach every KVM process that is not. */
void act_attach_all(struct daemon *d);
/* Set all balloon targets to 0. Return: 0, or a negative errno with the client's @error. */
int act_release(struct daemon *d);

#endif
