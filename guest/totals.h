/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of each class, from the kernel's own counters. Documentation/classes.rst
 * says which counter is which class, and what is not exact.
 */
#ifndef BALLAST_GUEST_TOTALS_H
#define BALLAST_GUEST_TOTALS_H

#include "ballast/wire.h"

/* Fills all of @report but @early and the counts below. May sleep; some microseconds. */
void ballast_totals_read(struct ballast_wire_report *report);

/*
 * Fills @swapins, @major_faults and @refaults. May sleep. The kernel has them per CPU and adds all
 * of its counters up, in @room for NR_VM_EVENT_ITEMS: for a report that is sent.
 */
void ballast_totals_events(struct ballast_wire_report *report, unsigned long *room);

#endif /* BALLAST_GUEST_TOTALS_H */
