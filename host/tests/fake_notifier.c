// SPDX-License-Identifier: GPL-2.0-only
/* The notifier under test has no address space: its callbacks are called by hand. */

#include <linux/mmu_notifier.h>

#include "fake.h"

#define mmu_notifier_register(mn, mm)	0
#define mmu_notifier_unregister(mn, mm)	do { } while (0)

#include "host/notifier.c"

void ballast_vm_detach_later(struct ballast_vm *vm)
{
	container_of(vm, struct fake_guest, vm)->detached++;
}

void fake_notifier_attach(struct fake_guest *g)
{
	KUNIT_ASSERT_EQ(g->test, ballast_notifier_register(&g->vm), 0);
}
