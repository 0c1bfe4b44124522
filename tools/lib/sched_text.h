/* SPDX-License-Identifier: GPL-2.0-only */
/* What the memory scheduler decided, in sentences. */
#ifndef BALLAST_TOOLS_SCHED_TEXT_H
#define BALLAST_TOOLS_SCHED_TEXT_H

#include <stddef.h>

#include "policy/sched.h"

/* A reason with its numbers, one sentence; @size 256 is enough for any. */
void sched_text_reason(const struct ballast_sched_reason *reason, char *text, size_t size);

/* The reason that says most about what is done with a VM; NULL: there is none. */
const struct ballast_sched_reason *sched_text_main(const struct ballast_sched_decision *d);

#endif
