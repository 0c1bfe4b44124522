/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of a VM's activity for user space; see snapshot.c. */
#ifndef BALLAST_HOST_SNAPSHOT_H
#define BALLAST_HOST_SNAPSHOT_H

#include "vm.h"

int ballast_snapshot_copy(struct ballast_vm *vm, struct ballast_vm_activity *req);
u32 ballast_snapshot_slots(struct ballast_vm *vm, struct ballast_slot_entry *entries, u32 max);

#endif /* BALLAST_HOST_SNAPSHOT_H */
