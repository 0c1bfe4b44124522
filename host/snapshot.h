/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of a VM's activity for user space; see snapshot.c. */
#ifndef BALLAST_HOST_SNAPSHOT_H
#define BALLAST_HOST_SNAPSHOT_H

#include "vm.h"

int ballast_snapshot_copy(struct ballast_vm *vm, struct ballast_vm_activity *req);

#endif /* BALLAST_HOST_SNAPSHOT_H */
