/* SPDX-License-Identifier: GPL-2.0-only */
/* /sys/kernel/ballast_guest: Documentation/ABI/testing/sysfs-kernel-ballast-guest. */
#ifndef BALLAST_GUEST_SYSFS_H
#define BALLAST_GUEST_SYSFS_H

int ballast_guest_sysfs_init(void);
void ballast_guest_sysfs_exit(void);

#endif /* BALLAST_GUEST_SYSFS_H */
