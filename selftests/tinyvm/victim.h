/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that own a small VM and wait to be killed. */
#ifndef TINYVM_VICTIM_H
#define TINYVM_VICTIM_H

#include <stdbool.h>
#include <sys/types.h>

#include "tinyvm.h"

#define VICTIM_PAGES	(4 * 256)

/**
 * struct victim - a process that owns a VM
 * @pid:	it
 * @kvm_fd:	our copy of its VM's descriptor
 */
struct victim {
	pid_t pid;
	int kvm_fd;
};

/* Such a VM in this process: VICTIM_PAGES at WORLD_GFN, all touched. */
struct tinyvm *victim_vm(void);
/* The guest runs without an exit meanwhile if @busy. */
void victim_start(struct victim *v, bool busy);
void victim_kill(struct victim *v);

#endif /* TINYVM_VICTIM_H */
