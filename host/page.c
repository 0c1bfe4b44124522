// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a buffer that a balloon's device has used proves nothing about: whether the host
 * has the memory back. The VMM's page table is asked; nothing is faulted in for that.
 */

#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "compat/mm.h"
#include "page.h"
#include "scan.h"
#include "vm.h"

static unsigned long look_up(struct ballast_vm *vm, u64 gfn)
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

/**
 * ballast_page_hva() - where in the VMM a guest frame lies
 * @vm:  whose
 * @gfn: anything
 *
 * The map is as new as the last pass, and memory may have been plugged since: it is
 * looked at again then, if no pass is on its way. Return: 0 when there is none.
 */
unsigned long ballast_page_hva(struct ballast_vm *vm, u64 gfn)
{
	unsigned long hva = look_up(vm, gfn);

	if (hva || !mutex_trylock(&vm->scan_lock))
		return hva;
	ballast_scan_sync_map(vm);
	mutex_unlock(&vm->scan_lock);
	return look_up(vm, gfn);
}

static u32 why_there(const struct vm_area_struct *vma, struct page *page)
{
	/* The shared page of zeroes costs nothing. */
	if (PageReserved(page))
		return BALLAST_KEPT_NONE;
	if (vma->vm_flags & VM_LOCKED)
		return BALLAST_KEPT_LOCKED;
	if (folio_maybe_dma_pinned(page_folio(page)))
		return BALLAST_KEPT_PINNED;
	return vma->vm_flags & VM_HUGETLB ? BALLAST_KEPT_HUGETLB : BALLAST_KEPT_OTHER;
}

/* enum ballast_kept; none as well when the VMM is busy changing its memory. */
static u32 why_kept(struct ballast_vm *vm, struct mm_struct *mm, u64 gfn)
{
	unsigned long hva = ballast_page_hva(vm, gfn);
	struct vm_area_struct *vma;
	u32 why = BALLAST_KEPT_NONE;
	struct page *page;

	if (!hva || !mmap_read_trylock(mm))
		return why;
	vma = find_vma(mm, hva);
	if (vma && vma->vm_start <= hva) {
		page = ballast_page_there(mm, hva);
		if (page) {
			why = why_there(vma, page);
			put_page(page);
		}
	}
	mmap_read_unlock(mm);
	return why;
}

/**
 * ballast_page_check() - are pages there that the guest says it has given?
 * @vm:      whose
 * @gfns:    that it was asked about
 * @classes: its answer
 * @out:     what was found; of nothing when the VMM is on its way out
 *
 * Sleeps.
 */
void ballast_page_check(struct ballast_vm *vm, const u64 *gfns,
			const struct ballast_wire_classes *classes, struct ballast_check *out)
{
	struct mm_struct *mm = ballast_vm_mm(vm);
	u32 i, why;

	*out = (struct ballast_check){};
	if (!mm)
		return;
	for (i = 0; i < classes->nr; i++) {
		if (classes->cls[i] != BALLAST_CLASS_BALLOON)
			continue;
		why = why_kept(vm, mm, gfns[i]);
		out->checked++;
		out->kept += !!why;
		out->why = why ?: out->why;
	}
	mmput(mm);
}
