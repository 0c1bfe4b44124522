/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of each class, from the kernel's own counters. Documentation/classes.rst
 * says which counter is which class, and what is not exact.
 */
#ifndef BALLAST_GUEST_TOTALS_H
#define BALLAST_GUEST_TOTALS_H

#include "ballast/wire.h"

/* Fills all of @report but @early. May sleep; some microseconds as a rule. */
void ballast_totals_read(struct ballast_wire_report *report);

#endif /* BALLAST_GUEST_TOTALS_H */
