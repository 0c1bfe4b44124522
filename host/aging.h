/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accessed bits of a VM's second-level page tables.
 *
 * KVM answers for them through its own mmu notifier operations, which every
 * struct kvm carries; aging_kvm calls those and nothing else. Tests put
 * their own operations in place.
 */
#ifndef BALLAST_HOST_AGING_H
#define BALLAST_HOST_AGING_H

#include <linux/types.h>

struct ballast_vm;

/**
 * struct ballast_aging_ops - how accessed bits are reached
 * @clear:     clear all accessed bits of host range [start, end), at most
 *             2 MiB of it unless mapped by 1 GiB; true when one was set. Any
 *             context, no sleeping. No TLB is flushed.
 * @clear_flush: the same, with the TLB flush that the kernel's own callers of
 *             clear_flush_young() get
 * @contended: would clear() make vCPUs wait right now?
 * @level:     enum ballast_map_level of the host mapping at an address, or
 *             -EAGAIN while it is changing, -ESRCH when the memory is gone.
 *             Process context.
 * @flush:     flush the TLB of the whole VM; @hva must be mapped and, where
 *             flushing needs that, have its accessed bit set. False when
 *             nothing was flushed. Process context.
 * @zap:       remove the guest's mapping of host range [start, end), a page or a
 *             block: the next access faults into KVM, which maps it again as the host
 *             does. What is removed is flushed, and accessed bits are lost: look
 *             first. False when vCPUs wait for the lock that this needs, or KVM would
 *             not; process context.
 *
 * The guest may be mapped smaller than the host's level says (dirty logging),
 * never larger: a unit of that size is always safe to clear as a whole.
 */
struct ballast_aging_ops {
	bool (*clear)(struct ballast_vm *vm, unsigned long start, unsigned long end);
	bool (*clear_flush)(struct ballast_vm *vm, unsigned long start, unsigned long end);
	bool (*contended)(struct ballast_vm *vm);
	int (*level)(struct ballast_vm *vm, unsigned long hva);
	bool (*flush)(struct ballast_vm *vm, unsigned long hva);
	bool (*zap)(struct ballast_vm *vm, unsigned long start, unsigned long end);
};

extern const struct ballast_aging_ops ballast_aging_kvm;

struct kvm;
bool ballast_aging_usable(struct kvm *kvm);

#endif /* BALLAST_HOST_AGING_H */
