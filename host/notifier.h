/* SPDX-License-Identifier: GPL-2.0-only */
/* Our own mmu notifier on a VM's address space; see notifier.c. */
#ifndef BALLAST_HOST_NOTIFIER_H
#define BALLAST_HOST_NOTIFIER_H

struct ballast_vm;

int ballast_notifier_register(struct ballast_vm *vm);
void ballast_notifier_unregister(struct ballast_vm *vm);

#endif /* BALLAST_HOST_NOTIFIER_H */
