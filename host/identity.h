/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VM is the peer of a connection? The one that has a secret of ours in its
 * memory, and is the only one. Documentation/protocol.rst has the reasons.
 */
#ifndef BALLAST_HOST_IDENTITY_H
#define BALLAST_HOST_IDENTITY_H

#include <linux/types.h>

struct ballast_vm;

struct ballast_vm *ballast_identity_find(const u64 *gfn, const u8 *secret);

#endif /* BALLAST_HOST_IDENTITY_H */
