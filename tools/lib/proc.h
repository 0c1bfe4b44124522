/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes run KVM guests, and what are the guests called
 *
 * @proc is where procfs is mounted ("/proc"; tests have folders of their own).
 */
#ifndef BALLAST_TOOLS_PROC_H
#define BALLAST_TOOLS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROC_NAME_LEN	256

/**
 * struct proc_kvm - a process that holds KVM VMs
 * @pid:  of the process (not of one of its threads)
 * @name: of the guest: argument of -name, "" if there is none
 * @comm: of the process
 * @fds:  its file descriptors of VMs, several may be of the same VM
 * @nr_fds: their number
 */
struct proc_kvm {
	pid_t pid;
	char name[PROC_NAME_LEN];
	char comm[32];
	int *fds;
	size_t nr_fds;
};

/**
 * struct proc_kvm_list - all of them, by pid
 * @list:   release with proc_kvm_free()
 * @nr:     their number
 * @denied: processes that we may not look into
 */
struct proc_kvm_list {
	struct proc_kvm *list;
	size_t nr;
	size_t denied;
};

/* All return 0 or a negative errno. */
int proc_kvm_read(const char *proc, pid_t pid, struct proc_kvm *kvm);
void proc_kvm_release(struct proc_kvm *kvm);
int proc_kvm_find(const char *proc, struct proc_kvm_list *found);
void proc_kvm_free(struct proc_kvm_list *found);

/* How many different VMs are behind @kvm's file descriptors. */
size_t proc_kvm_count(const struct proc_kvm *kvm);
/* Forget file descriptors of @kvm that are another one's duplicate. */
void proc_kvm_unique(struct proc_kvm *kvm);

/* Process of the thread @tid (itself if it is the leader); 0: there is none. */
pid_t proc_tgid(const char *proc, pid_t tid);
/* Name of the guest of process @pid, "" if it tells none. */
void proc_guest_name(const char *proc, pid_t pid, char name[PROC_NAME_LEN]);
/* Whether it has given up its memory, the first thing that a process does when it ends. */
bool proc_ended(const char *proc, pid_t pid);
void proc_comm(const char *proc, pid_t pid, char *comm, size_t size);

/*
 * The name in a QEMU command line, @len bytes with a NUL after each argument:
 * -name NAME, -name guest=NAME, with ",," for a comma in it; further settings
 * (",process=x") are left out. False if there is none.
 */
bool proc_cmdline_name(const char *cmdline, size_t len, char name[PROC_NAME_LEN]);

#endif
