/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BALLAST_HOST_IOCTL_H
#define BALLAST_HOST_IOCTL_H

int ballast_ioctl_init(void);
void ballast_ioctl_exit(void);

#endif /* BALLAST_HOST_IOCTL_H */
