// SPDX-License-Identifier: GPL-2.0-only
/* Tiny VM: its life and its vCPUs. Memory is in memory.c, the guest in guest.c. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

/* The VM's own slots, by guest frame. */
#define CTL_GFN		0x100UL		/* 1 MiB: a page per vCPU, then the code */
#define TABLES_GFN	0x1000UL	/* 16 MiB */
#define LISTS_GFN	0x8000UL	/* 128 MiB */

#define PTE_LEAF	0x67UL		/* present, writable, user, accessed, dirty */
#define PTE_TABLE	0x27UL
#define PTE_HUGE	0x80UL

void tinyvm_die(const char *what)
{
	fprintf(stderr, "tinyvm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct tinyvm_slot *own_slot(struct tinyvm *vm, uint64_t gfn, uint64_t pages)
{
	struct tinyvm_mem mem = { .gfn = gfn, .pages = pages, .backing = TINYVM_ANON };
	struct tinyvm_slot *slot = tinyvm_slot_add(vm, &mem);

	if (!slot)
		tinyvm_die("memory of its own");
	return slot;
}

/* Identity mapping of the first @gib GiB. Return: address of the top level. */
static uint64_t build_tables(struct tinyvm *vm, unsigned int gib, bool small)
{
	uint64_t pages = 2 + gib + (small ? gib * 512UL : 0);
	struct tinyvm_slot *slot;
	uint64_t *table, i, gpa;

	if (TABLES_GFN + pages > LISTS_GFN || gib > 512) {
		errno = E2BIG;
		tinyvm_die("guest page tables (4 KiB leaves reach 8 GiB)");
	}
	slot = own_slot(vm, TABLES_GFN, pages);
	table = (uint64_t *)slot->hva;
	gpa = TABLES_GFN * TINYVM_PAGE;
	table[0] = (gpa + TINYVM_PAGE) | PTE_TABLE;
	for (i = 0; i < gib; i++)
		table[512 + i] = (gpa + (2 + i) * TINYVM_PAGE) | PTE_TABLE;
	for (i = 0; i < gib * 512UL; i++)
		table[1024 + i] = small ?
			(gpa + (2 + gib + i) * TINYVM_PAGE) | PTE_TABLE :
			i << 21 | PTE_LEAF | PTE_HUGE;
	for (i = 0; small && i < gib * 512UL * 512; i++)
		table[1024 + gib * 512UL + i] = i << 12 | PTE_LEAF;
	return gpa;
}

static void set_cpuid(struct tinyvm *vm, int fd)
{
	struct kvm_cpuid2 *cpuid;
	unsigned int n = 256;

	cpuid = calloc(1, sizeof(*cpuid) + n * sizeof(cpuid->entries[0]));
	if (!cpuid)
		tinyvm_die("memory");
	cpuid->nent = n;
	if (ioctl(vm->kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid))
		tinyvm_die("KVM_GET_SUPPORTED_CPUID");
	if (ioctl(fd, KVM_SET_CPUID2, cpuid))
		tinyvm_die("KVM_SET_CPUID2");
	free(cpuid);
}

static void set_registers(int fd, uint64_t cr3, uint64_t code, uint64_t ctl)
{
	struct kvm_segment data = {
		.limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1,
		.db = 1, .s = 1, .g = 1,
	};
	struct kvm_segment text = data;
	struct kvm_regs regs = { .rip = code, .rbx = ctl, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(fd, KVM_GET_SREGS, &sregs))
		tinyvm_die("KVM_GET_SREGS");
	text.selector = 8;
	text.type = 11;
	text.db = 0;
	text.l = 1;
	sregs.cs = text;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = 0x80010033;		/* PG WP NE ET MP PE */
	sregs.cr3 = cr3;
	sregs.cr4 = 0x20;		/* PAE */
	sregs.efer = 0x500;		/* LMA LME */
	if (ioctl(fd, KVM_SET_SREGS, &sregs))
		tinyvm_die("KVM_SET_SREGS: long mode");
	if (ioctl(fd, KVM_SET_REGS, &regs))
		tinyvm_die("KVM_SET_REGS");
}

static void bad_exit(const struct tinyvm_vcpu *vcpu)
{
	struct kvm_regs regs = {};

	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	fprintf(stderr, "tinyvm: vCPU left with exit reason %u at rip 0x%llx, rax 0x%llx\n",
		vcpu->run->exit_reason, regs.rip, regs.rax);
	exit(1);
}

/* Run until the program says that it is done. */
static void run_guest(struct tinyvm_vcpu *vcpu)
{
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0)) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			tinyvm_die("KVM_RUN");
		}
		switch (vcpu->run->exit_reason) {
		case KVM_EXIT_IO:
			if (vcpu->run->io.port != GUEST_PORT)
				bad_exit(vcpu);
			return;
		case KVM_EXIT_MMIO:
			__atomic_fetch_add(&vcpu->vm->mmio, 1, __ATOMIC_RELAXED);
			memset(vcpu->run->mmio.data, 0, sizeof(vcpu->run->mmio.data));
			break;
		case KVM_EXIT_INTR:
			break;
		default:
			bad_exit(vcpu);
		}
	}
}

static void *vcpu_thread(void *arg)
{
	struct tinyvm_vcpu *vcpu = arg;

	for (;;) {
		while (sem_wait(&vcpu->go))
			;
		if (vcpu->quit)
			return NULL;
		run_guest(vcpu);
		sem_post(&vcpu->done);
	}
}

static void create_vcpu(struct tinyvm *vm, unsigned int cpu, uint64_t cr3, uint64_t code)
{
	struct tinyvm_vcpu *vcpu = &vm->vcpus[cpu];

	vcpu->vm = vm;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, cpu);
	if (vcpu->fd < 0)
		tinyvm_die("KVM_CREATE_VCPU");
	fcntl(vcpu->fd, F_SETFD, FD_CLOEXEC);
	vcpu->run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		tinyvm_die("mmap of a vCPU");
	set_cpuid(vm, vcpu->fd);
	set_registers(vcpu->fd, cr3, code, (CTL_GFN + cpu) * TINYVM_PAGE);
	vcpu->ctl = (struct guest_ctl *)(vm->ctl->hva + cpu * TINYVM_PAGE);
	vcpu->list = (uint32_t *)vm->lists->hva + (size_t)cpu * vm->list_max;
	vcpu->ctl->list = LISTS_GFN * TINYVM_PAGE + (uint64_t)cpu * vm->list_max * sizeof(uint32_t);
	sem_init(&vcpu->go, 0, 0);
	sem_init(&vcpu->done, 0, 0);
	errno = pthread_create(&vcpu->thread, NULL, vcpu_thread, vcpu);
	if (errno)
		tinyvm_die("thread of a vCPU");
}

struct tinyvm *tinyvm_create(const struct tinyvm_opts *opts)
{
	unsigned int gib = opts->gpa_gib ? opts->gpa_gib : 8;
	struct tinyvm *vm = calloc(1, sizeof(*vm));
	uint64_t cr3, list_pages;
	unsigned int i;

	if (!vm)
		tinyvm_die("memory");
	vm->nr_vcpus = opts->vcpus ? opts->vcpus : 1;
	vm->list_max = opts->list_max ? opts->list_max : 1 << 20;
	if (vm->nr_vcpus > TINYVM_VCPUS_MAX) {
		errno = E2BIG;
		tinyvm_die("number of vCPUs");
	}
	vm->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm_fd < 0)
		tinyvm_die("/dev/kvm");
	vm->fd = ioctl(vm->kvm_fd, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		tinyvm_die("KVM_CREATE_VM");
	fcntl(vm->fd, F_SETFD, FD_CLOEXEC);
	vm->run_bytes = ioctl(vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);

	list_pages = (vm->list_max * sizeof(uint32_t) * vm->nr_vcpus + TINYVM_PAGE - 1) /
		     TINYVM_PAGE;
	if (LISTS_GFN + list_pages > TINYVM_GFN_FREE) {
		errno = E2BIG;
		tinyvm_die("list_max times vcpus");
	}
	vm->ctl = own_slot(vm, CTL_GFN, vm->nr_vcpus + 1);
	vm->lists = own_slot(vm, LISTS_GFN, list_pages);
	cr3 = build_tables(vm, gib, opts->guest_4k);
	memcpy(vm->ctl->hva + vm->nr_vcpus * TINYVM_PAGE, tinyvm_guest,
	       /* cppcheck-suppress comparePointers; labels of guest.c's assembly */
	       tinyvm_guest_end - tinyvm_guest);
	for (i = 0; i < vm->nr_vcpus; i++)
		create_vcpu(vm, i, cr3, (CTL_GFN + vm->nr_vcpus) * TINYVM_PAGE);
	return vm;
}

void tinyvm_close(struct tinyvm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct tinyvm_vcpu *vcpu = &vm->vcpus[i];

		if (vcpu->fd < 0)
			continue;
		if (vcpu->running)
			tinyvm_stop(vm, i);
		vcpu->quit = true;
		sem_post(&vcpu->go);
		pthread_join(vcpu->thread, NULL);
		munmap(vcpu->run, vm->run_bytes);
		close(vcpu->fd);
		vcpu->fd = -1;
	}
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm_fd >= 0)
		close(vm->kvm_fd);
	vm->fd = vm->kvm_fd = -1;
}

void tinyvm_destroy(struct tinyvm *vm)
{
	tinyvm_close(vm);
	tinyvm_unmap_all(vm);
	free(vm);
}

int tinyvm_fd(const struct tinyvm *vm)
{
	return vm->fd;
}

int tinyvm_vcpu_fd(const struct tinyvm *vm, unsigned int cpu)
{
	return vm->vcpus[cpu].fd;
}

static void start(struct tinyvm_vcpu *vcpu, const uint32_t *gfns, unsigned int n, int how,
		  uint64_t rounds)
{
	struct guest_ctl *ctl = vcpu->ctl;

	if (vcpu->running || vcpu->fd < 0 || n > vcpu->vm->list_max) {
		errno = vcpu->running ? EBUSY : vcpu->fd < 0 ? EBADF : E2BIG;
		tinyvm_die("start of a vCPU");
	}
	memcpy(vcpu->list, gfns, n * sizeof(*gfns));
	ctl->count = n;
	ctl->flags = how;
	ctl->left = rounds;
	ctl->stop = 0;
	__atomic_store_n(&ctl->rounds, 0, __ATOMIC_RELEASE);
	vcpu->running = true;
	sem_post(&vcpu->go);
}

static void wait_done(struct tinyvm_vcpu *vcpu)
{
	while (sem_wait(&vcpu->done))
		;
	vcpu->running = false;
}

void tinyvm_touch_on(struct tinyvm *vm, unsigned int cpu, const uint32_t *gfns,
		     unsigned int n, int how)
{
	start(&vm->vcpus[cpu], gfns, n, how, 1);
	wait_done(&vm->vcpus[cpu]);
}

void tinyvm_touch(struct tinyvm *vm, const uint32_t *gfns, unsigned int n, int how)
{
	tinyvm_touch_on(vm, 0, gfns, n, how);
}

uint64_t tinyvm_rounds(const struct tinyvm *vm, unsigned int cpu)
{
	return __atomic_load_n(&vm->vcpus[cpu].ctl->rounds, __ATOMIC_ACQUIRE);
}

void tinyvm_run_async(struct tinyvm *vm, unsigned int cpu, const uint32_t *gfns,
		      unsigned int n, int how)
{
	start(&vm->vcpus[cpu], gfns, n, how, UINT64_MAX);
	while (!tinyvm_rounds(vm, cpu))
		usleep(100);
}

uint64_t tinyvm_stop(struct tinyvm *vm, unsigned int cpu)
{
	struct tinyvm_vcpu *vcpu = &vm->vcpus[cpu];

	__atomic_store_n(&vcpu->ctl->stop, 1, __ATOMIC_RELEASE);
	wait_done(vcpu);
	return vcpu->ctl->rounds;
}

uint64_t tinyvm_mmio(const struct tinyvm *vm)
{
	return __atomic_load_n(&vm->mmio, __ATOMIC_RELAXED);
}
