/* SPDX-License-Identifier: GPL-2.0-only */
/* debugfs ballast/; Documentation/ABI/testing/debugfs-ballast. */
#ifndef BALLAST_HOST_DEBUGFS_H
#define BALLAST_HOST_DEBUGFS_H

struct ballast_vm;

void ballast_debugfs_init(void);
void ballast_debugfs_exit(void);
void ballast_debugfs_vm_add(struct ballast_vm *vm);
void ballast_debugfs_vm_del(struct ballast_vm *vm);

#endif /* BALLAST_HOST_DEBUGFS_H */
