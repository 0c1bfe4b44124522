/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels in KVM. */
#ifndef BALLAST_COMPAT_KVM_H
#define BALLAST_COMPAT_KVM_H

#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/magic.h>
#include <linux/string.h>

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
