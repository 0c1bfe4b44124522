/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the tiny-VM library. */
#ifndef TINYVM_INTERNAL_H
#define TINYVM_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>

#include "guest.h"
#include "tinyvm.h"

#define TINYVM_VCPUS_MAX	8
#define TINYVM_SLOTS_MAX	64

/**
 * struct tinyvm_vcpu - a vCPU and its thread
 * @vm:		owner
 * @fd:		-1 once closed
 * @run:	KVM's page
 * @ctl:	shared with the guest
 * @list:	shared with the guest
 * @thread:	runs the vCPU between @go and @done
 * @go:		posted by the caller
 * @done:	posted by the thread
 * @running:	between the two; the caller's
 * @quit:	set before the last @go
 */
struct tinyvm_vcpu {
	struct tinyvm *vm;
	int fd;
	struct kvm_run *run;
	struct guest_ctl *ctl;
	uint32_t *list;
	pthread_t thread;
	sem_t go;
	sem_t done;
	bool running;
	bool quit;
};

struct tinyvm {
	int kvm_fd;
	int fd;
	int run_bytes;
	unsigned int nr_vcpus;
	unsigned int list_max;
	struct tinyvm_vcpu vcpus[TINYVM_VCPUS_MAX];
	struct tinyvm_slot slots[TINYVM_SLOTS_MAX];
	struct tinyvm_slot *ctl;
	struct tinyvm_slot *lists;
	uint64_t mmio;
};

void tinyvm_die(const char *what) __attribute__((noreturn));
void tinyvm_unmap_all(struct tinyvm *vm);

#endif /* TINYVM_INTERNAL_H */
