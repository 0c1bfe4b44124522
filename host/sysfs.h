/* SPDX-License-Identifier: GPL-2.0-only */
/* /sys/kernel/ballast; Documentation/ABI/testing/sysfs-kernel-ballast. */
#ifndef BALLAST_HOST_SYSFS_H
#define BALLAST_HOST_SYSFS_H

#include <linux/kobject.h>

struct ballast_vm;

extern const struct attribute_group ballast_mrc_group;	/* mrc_sysfs.c */

int ballast_sysfs_init(void);
void ballast_sysfs_exit(void);
void ballast_sysfs_vm_init(struct ballast_vm *vm, void (*release)(struct kobject *kobj));
int ballast_sysfs_vm_add(struct ballast_vm *vm);
void ballast_sysfs_vm_del(struct ballast_vm *vm);

#endif /* BALLAST_HOST_SYSFS_H */
