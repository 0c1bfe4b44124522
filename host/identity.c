// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look at the pages that a guest names in every attached VM. A page is read through the VMM's
 * address space, and only if it is there: the guest has just written it, and a
 * guess of somebody else's shall not populate or swap in anything.
 */

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ballast/wire.h"
#include "identity.h"
#include "page.h"
#include "scan.h"
#include "vm.h"

/* Does each page begin with its stamp? @mm is the VM's, and held. */
static bool holds(struct ballast_vm *vm, struct mm_struct *mm, const u64 *gfn, const u8 *secret)
{
	u8 there[BALLAST_WIRE_SECRET_BYTES], stamp[BALLAST_WIRE_SECRET_BYTES];
	bool same = true;
	unsigned int i;

	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES && same; i++) {
		unsigned long hva = ballast_page_hva(vm, gfn[i]);

		if (!hva)
			return false;
		ballast_wire_stamp(secret, i, stamp);
		kthread_use_mm(mm);
		same = !copy_from_user_nofault(there, (const void __user *)hva, sizeof(there)) &&
		       !memcmp(there, stamp, sizeof(there));
		kthread_unuse_mm(mm);
	}
	return same;
}

/**
 * ballast_identity_find() - the VM that has stamped its pages with a secret
 * @gfn:    BALLAST_WIRE_PROOF_PAGES guest frames
 * @secret: of the challenge
 *
 * Kernel thread only; may sleep. Return: with a reference; NULL when no VM has
 * it, or more than one.
 */
struct ballast_vm *ballast_identity_find(const u64 *gfn, const u8 *secret)
{
	struct ballast_vm *found = NULL, *vm;
	unsigned int matches = 0;
	struct mm_struct *mm;
	unsigned long id = 0;

	while ((vm = ballast_vm_next(&id, &mm))) {
		if (holds(vm, mm, gfn, secret)) {
			matches++;
			swap(found, vm);
		}
		mmput(mm);
		if (vm)
			ballast_vm_put(vm);
		cond_resched();
	}
	if (matches > 1) {
		ballast_vm_put(found);
		found = NULL;
	}
	return found;
}
