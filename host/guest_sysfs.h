/* SPDX-License-Identifier: GPL-2.0-only */
/* Files about what guests say; see guest_sysfs.c. */
#ifndef BALLAST_HOST_GUEST_SYSFS_H
#define BALLAST_HOST_GUEST_SYSFS_H

#include <linux/sysfs.h>

struct kobject;

/* Folders of a VM; valid after ballast_guest_sysfs_init(). */
extern const struct attribute_group *ballast_guest_groups[];

int ballast_guest_sysfs_init(struct kobject *top);

#endif /* BALLAST_HOST_GUEST_SYSFS_H */
