/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels in KVM. */
#ifndef BALLAST_COMPAT_KVM_H
#define BALLAST_COMPAT_KVM_H

#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/magic.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

/*
 * Since 6.15 (KVM x86/mmu: "fast" aging of SPTEs) aging takes no lock; before
 * that every call holds mmu_lock for write.
 */
static inline bool ballast_kvm_aging_locks(void)
{
	return !IS_ENABLED(CONFIG_KVM_MMU_LOCKLESS_AGING);
}

/* Would an aging call make vCPUs wait that want the lock now? */
static inline bool ballast_kvm_lock_contended(struct kvm *kvm)
{
	return ballast_kvm_aging_locks() &&
	       rwlock_is_contended(&kvm->mmu_lock);
}

/*
 * KVM's tracepoint of guest page faults. Its declaration is in KVM's own folder, out of a
 * probe's reach; what it passes was compared in the sources of 6.1, 6.12 and 7.2 and is the
 * same, but for an exit qualification instead of the error code on VMX, and neither is
 * looked at. A fault that has to be retried is told again.
 */
typedef void (*ballast_fault_fn)(void *data, struct kvm_vcpu *vcpu, u64 address, u64 error);

#ifdef BALLAST_EXPORTS___TRACEPOINT_KVM_PAGE_FAULT
DECLARE_TRACEPOINT(kvm_page_fault);

static inline bool ballast_kvm_faults_told(void)
{
	return true;
}

static inline int ballast_kvm_fault_register(ballast_fault_fn fn)
{
	return tracepoint_probe_register(&__tracepoint_kvm_page_fault, (void *)fn, NULL);
}

static inline void ballast_kvm_fault_unregister(ballast_fault_fn fn)
{
	tracepoint_probe_unregister(&__tracepoint_kvm_page_fault, (void *)fn, NULL);
}

/* Is anybody registered, we or others? */
static inline bool ballast_kvm_fault_traced(void)
{
	return static_key_enabled(&__tracepoint_kvm_page_fault.key);
}
#else
static inline bool ballast_kvm_faults_told(void)
{
	return false;
}

static inline int ballast_kvm_fault_register(ballast_fault_fn fn)
{
	return -EOPNOTSUPP;
}

static inline void ballast_kvm_fault_unregister(ballast_fault_fn fn)
{
}

static inline bool ballast_kvm_fault_traced(void)
{
	return false;
}
#endif

/*
 * Are addresses of this vCPU's faults those of its VM? Without nested paging (EPT, NPT)
 * they are the guest's virtual ones, and a guest in the guest has addresses of its own.
 */
static inline bool ballast_kvm_fault_is_gpa(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.mmu->root_role.direct;
}

/* Does KVM shadow this vCPU's page tables? While a guest has not turned on paging: no. */
static inline bool ballast_kvm_shadows(const struct kvm_vcpu *vcpu)
{
	union kvm_mmu_page_role role = vcpu->arch.root_mmu.root_role;

	return role.word && !role.direct;
}

/*
 * Since 6.13 (CONFIG_KVM_ELIDE_TLB_FLUSH_IF_YOUNG) clear_flush_young() leaves
 * the TLB alone on x86; what flushes is an invalidation of a mapped page.
 */
static inline bool ballast_kvm_young_flushes(void)
{
	return !IS_ENABLED(CONFIG_KVM_ELIDE_TLB_FLUSH_IF_YOUNG);
}

/*
 * Is @file a VM? file_is_kvm() is not for modules any more on 7.x. The name of
 * the anonymous inode holds on all; the owner of the file operations as well,
 * except on kernels where KVM leaves it NULL (6.1).
 */
static inline bool ballast_file_is_kvm(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	const struct module *owner = file->f_op->owner;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(dentry->d_name.name, "kvm-vm") &&
	       (!owner || !strncmp(owner->name, "kvm", 3));
}

#endif /* BALLAST_COMPAT_KVM_H */
