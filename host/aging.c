// SPDX-License-Identifier: GPL-2.0-only
/* The only callers of KVM's mmu notifier operations. */

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>

#include "aging.h"
#include "compat/kvm.h"
#include "compat/mmu_notifier.h"
#include "vm.h"

static struct mmu_notifier *kvm_mn(struct ballast_vm *vm)
{
	return &vm->kvm->mmu_notifier;
}

/* Does this kernel's KVM age memory through its notifier at all? */
bool ballast_aging_usable(struct kvm *kvm)
{
	const struct mmu_notifier_ops *ops = kvm->mmu_notifier.ops;

	return ops && ops->clear_young && ops->clear_flush_young &&
	       ops->invalidate_range_start && ops->invalidate_range_end;
}

static bool kvm_clear(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	return kvm_mn(vm)->ops->clear_young(kvm_mn(vm), vm->mm, start, end);
}

static bool kvm_clear_flush(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	return kvm_mn(vm)->ops->clear_flush_young(kvm_mn(vm), vm->mm, start, end);
}

static bool kvm_contended(struct ballast_vm *vm)
{
	return ballast_kvm_lock_contended(vm->kvm);
}

/*
 * Read the host's page table without a lock, as get_user_pages_fast() does:
 * with interrupts off, tables that are being freed stay until we are through.
 */
static int walk_level(struct mm_struct *mm, unsigned long hva)
{
	pgd_t *pgdp, pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;

	pgdp = pgd_offset(mm, hva);
	pgd = READ_ONCE(*pgdp);
	if (pgd_none(pgd))
		return BALLAST_MAP_NONE;
	p4dp = p4d_offset(pgdp, hva);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d) || !p4d_present(p4d))
		return BALLAST_MAP_NONE;
	pudp = pud_offset(p4dp, hva);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud))
		return BALLAST_MAP_NONE;
	if (!pud_present(pud))
		return -EAGAIN;
	if (pud_leaf(pud))
		return BALLAST_MAP_1G;
	pmdp = pmd_offset(pudp, hva);
	pmd = READ_ONCE(*pmdp);
	if (pmd_none(pmd))
		return BALLAST_MAP_NONE;
	if (!pmd_present(pmd))
		return -EAGAIN;
	return pmd_leaf(pmd) ? BALLAST_MAP_2M : BALLAST_MAP_4K;
}

static int kvm_level(struct ballast_vm *vm, unsigned long hva)
{
	unsigned long flags;
	int level;

	if (!mmget_not_zero(vm->mm))
		return -ESRCH;
	local_irq_save(flags);
	level = walk_level(vm->mm, hva);
	local_irq_restore(flags);
	mmput(vm->mm);
	return level;
}

/*
 * KVM drops its mapping of the range, and flushes the whole VM if there was one; it maps
 * the memory again at the guest's next access. The host's own mapping stays. No sleeping
 * between start and end: a vCPU that touches the memory spins meanwhile.
 */
static bool invalidate(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	const struct mmu_notifier_ops *ops = kvm_mn(vm)->ops;
	struct mmu_notifier_range range;
	bool done;

	ballast_range_init(&range, vm->mm, start, end);
	preempt_disable();
	range.flags &= ~MMU_NOTIFIER_RANGE_BLOCKABLE;
	done = ops->invalidate_range_start(kvm_mn(vm), &range) == 0;
	ops->invalidate_range_end(kvm_mn(vm), &range);
	preempt_enable();
	return done;
}

static bool kvm_flush(struct ballast_vm *vm, unsigned long hva)
{
	if (ballast_kvm_young_flushes())
		return kvm_clear_flush(vm, hva, hva + PAGE_SIZE);
	return invalidate(vm, hva, hva + PAGE_SIZE);
}

/* Takes mmu_lock for write on all kernels. */
static bool kvm_zap(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	return !rwlock_is_contended(&vm->kvm->mmu_lock) && invalidate(vm, start, end);
}

const struct ballast_aging_ops ballast_aging_kvm = {
	.clear = kvm_clear,
	.clear_flush = kvm_clear_flush,
	.contended = kvm_contended,
	.level = kvm_level,
	.flush = kvm_flush,
	.zap = kvm_zap,
};
