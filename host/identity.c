// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look at one guest page in every attached VM. The page is read through the VMM's
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
#include "vm.h"

/* Host address of a guest page; 0 when it is no memory. */
static unsigned long gfn_to_hva_now(struct ballast_vm *vm, u64 gfn)
{
	const struct ballast_memmap *map;
	const struct ballast_slot *slot = NULL;
	unsigned long hva = 0;

	rcu_read_lock();
	map = rcu_dereference(vm->map);
	if (map)
		slot = ballast_memmap_slot(map, gfn);
	if (slot && slot->gfn <= gfn)
		hva = slot->hva + ((gfn - slot->gfn) << PAGE_SHIFT);
	rcu_read_unlock();
	return hva;
}

/* Does the page begin with the secret? @mm is the VM's, and held. */
static bool holds(struct mm_struct *mm, unsigned long hva, const u8 *secret, size_t bytes)
{
	u8 there[BALLAST_WIRE_SECRET_BYTES];
	bool same;

	kthread_use_mm(mm);
	same = !copy_from_user_nofault(there, (const void __user *)hva, bytes) &&
	       !memcmp(there, secret, bytes);
	kthread_unuse_mm(mm);
	return same;
}

/**
 * ballast_identity_find() - the VM with a secret in a page
 * @gfn:    guest frame
 * @secret: first bytes of the page
 * @bytes:  of @secret, at most BALLAST_WIRE_SECRET_BYTES
 *
 * Kernel thread only; may sleep. Return: with a reference; NULL when no VM has
 * it, or more than one.
 */
struct ballast_vm *ballast_identity_find(u64 gfn, const u8 *secret, size_t bytes)
{
	struct ballast_vm *found = NULL, *vm;
	unsigned int matches = 0;
	struct mm_struct *mm;
	unsigned long id = 0;

	if (WARN_ON_ONCE(bytes > BALLAST_WIRE_SECRET_BYTES))
		return NULL;
	while ((vm = ballast_vm_next(&id, &mm))) {
		unsigned long hva = gfn_to_hva_now(vm, gfn);

		if (hva && holds(mm, hva, secret, bytes)) {
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
