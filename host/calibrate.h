/* SPDX-License-Identifier: GPL-2.0-only */
/* How many accesses do cached translations hide? See calibrate.c. */
#ifndef BALLAST_HOST_CALIBRATE_H
#define BALLAST_HOST_CALIBRATE_H

struct ballast_vm;

/* Default of calibrate_s: rare enough that its two TLB flushes do not show. */
#define BALLAST_CALIBRATE_S	300

void ballast_calibrate(struct ballast_vm *vm);

#endif /* BALLAST_HOST_CALIBRATE_H */
