/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults of guests, for who has had a mapping removed and waits for the next access.
 *
 * KVM's tracepoint kvm_page_fault tells of all faults of all VMs; it is on only while
 * somebody listens. Faults are told by the vCPU that has them.
 */
#ifndef BALLAST_HOST_TRAP_H
#define BALLAST_HOST_TRAP_H

#include <linux/types.h>

struct kvm;
struct seq_file;

/**
 * struct ballast_trap - a listener; stays as it is from start to stop
 * @node:     in the table of listeners
 * @kvm:      whose faults
 * @hit:      a guest frame has had a fault; a vCPU's context under RCU, no sleeping, any
 *            number at the same time. One access may be told twice
 * @shadowed: set when faults turn out not to tell guest frames
 */
struct ballast_trap {
	struct hlist_node node;
	const struct kvm *kvm;
	void (*hit)(struct ballast_trap *trap, u64 gfn);
	bool shadowed;
};

bool ballast_trap_possible(struct kvm *kvm);
int ballast_trap_start(struct ballast_trap *trap);
void ballast_trap_stop(struct ballast_trap *trap);
u32 ballast_trap_fault_ns(void);
void ballast_trap_show(struct seq_file *m);

#endif /* BALLAST_HOST_TRAP_H */
