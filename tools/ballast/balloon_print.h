/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's balloon, for people and as JSON. */
#ifndef BALLAST_BALLOON_PRINT_H
#define BALLAST_BALLOON_PRINT_H

#include "cli.h"

void balloon_print(const struct ballast_balloon_query *b);

#endif
