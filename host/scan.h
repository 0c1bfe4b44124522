/* SPDX-License-Identifier: GPL-2.0-only */
/* The scanner of a VM; see scan.c. */
#ifndef BALLAST_HOST_SCAN_H
#define BALLAST_HOST_SCAN_H

#include <linux/types.h>

struct ballast_vm;

int ballast_scan_start(struct ballast_vm *vm);
void ballast_scan_stop(struct ballast_vm *vm);
int ballast_scan_passes(struct ballast_vm *vm, unsigned int passes, u64 *last);
int ballast_scan_sync_map(struct ballast_vm *vm);
void ballast_scan_drop_map(struct ballast_vm *vm);
void ballast_scan_rearm(struct ballast_vm *vm);

#endif /* BALLAST_HOST_SCAN_H */
