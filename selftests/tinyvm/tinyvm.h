/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tiny VM: a KVM guest without an operating system that touches exactly the
 * pages it is told to.
 *
 * The guest is a loop of two dozen instructions in long mode under identity
 * mapping. A round reads a list of guest frames from the control slot, touches
 * each of them once, and ends in an exit; or it goes on without one until it is
 * told to stop. Page tables, lists and code lie in small slots of their own
 * below TINYVM_GFN_FREE, so that what the guest does for itself is never seen
 * in the memory that a test measures.
 *
 * Every vCPU has a thread of its own. A call that starts or stops a vCPU must
 * come from one thread at a time.
 *
 * What cannot fail on a machine that runs KVM at all ends the process with a
 * message. Memory that the machine may not have (huge pages) is reported by
 * errno.
 */
#ifndef TINYVM_H
#define TINYVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TINYVM_PAGE	4096UL
#define TINYVM_BLOCK	512UL			/* pages of 2 MiB */
#define TINYVM_GIANT	(512UL * 512)		/* pages of 1 GiB */
/* Slots of a test lie from here on (256 MiB). */
#define TINYVM_GFN_FREE	0x10000UL

struct tinyvm;

/**
 * enum tinyvm_backing - what a slot's memory is made of
 * @TINYVM_ANON:	anonymous, 4 KiB pages (MADV_NOHUGEPAGE)
 * @TINYVM_ANON_THP:	anonymous, MADV_HUGEPAGE
 * @TINYVM_MEMFD:	shared memfd, 4 KiB pages
 * @TINYVM_MEMFD_THP:	shared memfd, MADV_HUGEPAGE (shmem_enabled permitting)
 * @TINYVM_HUGETLB_2M:	hugetlb
 * @TINYVM_HUGETLB_1G:	hugetlb
 */
enum tinyvm_backing {
	TINYVM_ANON,
	TINYVM_ANON_THP,
	TINYVM_MEMFD,
	TINYVM_MEMFD_THP,
	TINYVM_HUGETLB_2M,
	TINYVM_HUGETLB_1G,
};

/**
 * struct tinyvm_mem - a slot to add
 * @gfn:	first guest frame, TINYVM_GFN_FREE or above
 * @pages:	its size
 * @backing:	enum tinyvm_backing
 * @misaligned:	@gfn and the host address differ modulo 2 MiB, which forbids
 *		KVM to map it huge
 * @rom:	read-only for the guest
 */
struct tinyvm_mem {
	uint64_t gfn;
	uint64_t pages;
	enum tinyvm_backing backing;
	bool misaligned;
	bool rom;
};

/**
 * struct tinyvm_slot - a slot in place; do not write
 * @mem:	as asked for, @mem.gfn follows tinyvm_slot_move()
 * @id:		KVM's number
 * @hva:	where the VMM has it, NULL: this entry is free
 * @map:	the whole mapping
 * @map_bytes:	its size
 */
struct tinyvm_slot {
	struct tinyvm_mem mem;
	uint32_t id;
	uint8_t *hva;
	void *map;
	size_t map_bytes;
};

/**
 * struct tinyvm_opts - what kind of VM; zero means the default
 * @vcpus:	1
 * @guest_4k:	guest page tables with 4 KiB leaves instead of 2 MiB
 * @gpa_gib:	guest addresses that the guest maps, 8 GiB
 * @list_max:	pages in one round, 1 Mi
 */
struct tinyvm_opts {
	unsigned int vcpus;
	bool guest_4k;
	unsigned int gpa_gib;
	unsigned int list_max;
};

/* How a round touches its pages. */
#define TINYVM_READ	0x0
#define TINYVM_WRITE	0x1	/* stores the page's address in its first word */
#define TINYVM_FLUSH	0x2	/* reload CR3 first: no translation stays cached */

struct tinyvm *tinyvm_create(const struct tinyvm_opts *opts);
void tinyvm_destroy(struct tinyvm *vm);

/* The VM's file descriptor, and a vCPU's. */
int tinyvm_fd(const struct tinyvm *vm);
int tinyvm_vcpu_fd(const struct tinyvm *vm, unsigned int cpu);

/* End the vCPUs and close KVM's descriptors; the memory stays mapped. */
void tinyvm_close(struct tinyvm *vm);

/* NULL with errno set when there is no such memory. */
struct tinyvm_slot *tinyvm_slot_add(struct tinyvm *vm, const struct tinyvm_mem *mem);
void tinyvm_slot_move(struct tinyvm *vm, struct tinyvm_slot *slot, uint64_t gfn);
void tinyvm_slot_del(struct tinyvm *vm, struct tinyvm_slot *slot);

/* First touch of every page of a slot by a plain store. */
enum tinyvm_who { TINYVM_BY_VMM, TINYVM_BY_GUEST };
void tinyvm_populate(struct tinyvm *vm, struct tinyvm_slot *slot, enum tinyvm_who who);

/* One round of vCPU 0 (or @cpu); back when the vCPU has left guest mode. */
void tinyvm_touch(struct tinyvm *vm, const uint32_t *gfns, unsigned int n, int how);
void tinyvm_touch_on(struct tinyvm *vm, unsigned int cpu, const uint32_t *gfns,
		     unsigned int n, int how);

/*
 * Round after round without an exit until stopped. The first one is complete
 * when tinyvm_run_async() returns. tinyvm_stop() returns the number of rounds.
 */
void tinyvm_run_async(struct tinyvm *vm, unsigned int cpu, const uint32_t *gfns,
		      unsigned int n, int how);
uint64_t tinyvm_rounds(const struct tinyvm *vm, unsigned int cpu);
uint64_t tinyvm_stop(struct tinyvm *vm, unsigned int cpu);

/* Accesses that found no memory, or wrote to a ROM, of all vCPUs. */
uint64_t tinyvm_mmio(const struct tinyvm *vm);

/* Memory in all slots, its own included. */
uint64_t tinyvm_pages(const struct tinyvm *vm);

/* A value of KVM's statistics of the VM, such as "pages_2m". */
uint64_t tinyvm_stat(const struct tinyvm *vm, const char *name);

#endif /* TINYVM_H */
