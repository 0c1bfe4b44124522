/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VM does the user mean
 *
 * A VM is called by the name of its folder in sysfs, the pid of its VMM, or the
 * name its guest has in the VMM's command line. The folder's name goes first:
 * it is the only one that tells two VMs of one process apart.
 */
#ifndef BALLAST_TOOLS_VM_FIND_H
#define BALLAST_TOOLS_VM_FIND_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/ballast.h>

#include "ballast_client.h"
#include "proc.h"

enum vm_by {
	VM_BY_ANY,
	VM_BY_PID,
	VM_BY_NAME,
};

/**
 * struct vm_ref - what the user wrote
 * @text: a folder's name, a pid or a guest's name
 * @by:   to be taken as which of them
 */
struct vm_ref {
	const char *text;
	enum vm_by by;
};

/**
 * struct vm - an attached VM
 * @entry: from the module; its pid may be a thread's
 * @pid:   of the process
 * @guest: name of the guest, "" if it has none
 * @label: what to call it in messages: "1234 (web)"
 */
struct vm {
	struct ballast_vm_entry entry;
	pid_t pid;
	char guest[PROC_NAME_LEN];
	char label[BALLAST_NAME_LEN + PROC_NAME_LEN + 4];
};

/* Both: 0 or a negative errno, the message is the client's @error. */
int vm_list(struct ballast_client *client, struct vm **vms, size_t *nr);
int vm_find(struct ballast_client *client, const struct vm_ref *ref, struct vm *vm);

/* How many of @vms are meant by @ref; @first is the index of the first. */
size_t vm_match(const struct vm *vms, size_t nr, const struct vm_ref *ref, size_t *first);
void vm_label(struct vm *vm);

/**
 * vm_find_process() - the KVM process that the user means
 * @client: for its @proc, and for the message; need not be open
 * @ref:    what the user wrote
 * @kvm:    out, release with proc_kvm_release()
 *
 * Return: -ESRCH there is no such process, -ENOENT it has no VM (maybe not
 * yet), -ENOTUNIQ several are called so, -EACCES may not look.
 */
int vm_find_process(struct ballast_client *client, const struct vm_ref *ref,
		    struct proc_kvm *kvm);

#endif
