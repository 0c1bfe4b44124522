// SPDX-License-Identifier: GPL-2.0-only
/*
 * Since 5.17, commit a54d806688fe ("KVM: Keep memslots in tree-based
 * structures instead of array-based ones"): slots are walked by their id hash,
 * and KVM's own notifier and its rwlock lie in struct kvm.
 */
#include <linux/kvm_host.h>

unsigned long probe(struct kvm *kvm);
unsigned long probe(struct kvm *kvm)
{
	struct kvm_memory_slot *slot;
	rwlock_t *lock = &kvm->mmu_lock;
	unsigned long pages = 0;
	int bkt;

	kvm_for_each_memslot(slot, bkt, __kvm_memslots(kvm, 0))
		pages += slot->npages + slot->base_gfn + slot->userspace_addr;
	if (!kvm->mmu_notifier.ops->clear_young || !kvm->mm || !rwlock_is_contended(lock))
		return 0;
	return pages;
}
