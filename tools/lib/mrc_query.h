/* SPDX-License-Identifier: GPL-2.0-only */
/* A curve as the module tells it. */
#ifndef BALLAST_TOOLS_MRC_QUERY_H
#define BALLAST_TOOLS_MRC_QUERY_H

#include "policy/mrc.h"
#include "uapi/linux/ballast.h"

/* As policy/ has it; without points if there is none yet. */
void mrc_query_curve(const struct ballast_mrc_query *query, struct ballast_mrc_curve *out);

#endif
