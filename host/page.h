/* SPDX-License-Identifier: GPL-2.0-only */
/* Is a page of a guest in the host's memory? */
#ifndef BALLAST_HOST_PAGE_H
#define BALLAST_HOST_PAGE_H

#include <linux/types.h>

#include "balloon.h"

struct ballast_vm;

unsigned long ballast_page_hva(struct ballast_vm *vm, u64 gfn);
void ballast_page_check(struct ballast_vm *vm, const u64 *gfns,
			const struct ballast_wire_classes *classes, struct ballast_check *out);

#endif /* BALLAST_HOST_PAGE_H */
