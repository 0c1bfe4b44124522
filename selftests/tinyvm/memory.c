// SPDX-License-Identifier: GPL-2.0-only
/* Tiny VM: its memory, and KVM's statistics. */
#include <errno.h>
#include <linux/kvm.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define SIZE_2M		(TINYVM_BLOCK * TINYVM_PAGE)
#define SIZE_1G		(TINYVM_GIANT * TINYVM_PAGE)
/* Pages by which a misaligned slot is off. */
#define OFF_PAGES	5

static uint64_t round_up_to(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static int backing_fd(enum tinyvm_backing backing, size_t bytes)
{
	unsigned int flags = MFD_CLOEXEC;
	int fd;

	if (backing == TINYVM_ANON || backing == TINYVM_ANON_THP)
		return -1;
	if (backing == TINYVM_HUGETLB_2M)
		flags |= MFD_HUGETLB | MFD_HUGE_2MB;
	else if (backing == TINYVM_HUGETLB_1G)
		flags |= MFD_HUGETLB | MFD_HUGE_1GB;
	fd = memfd_create("tinyvm", flags);
	if (fd >= 0 && ftruncate(fd, bytes)) {
		int error = errno;

		close(fd);
		errno = error;
		return -2;
	}
	return fd >= 0 ? fd : -2;
}

/*
 * Map the slot's memory so that its address has the guest frame's offset in
 * 2 MiB (or 1 GiB), or deliberately another one.
 */
static int map_memory(struct tinyvm_slot *slot)
{
	const struct tinyvm_mem *mem = &slot->mem;
	uint64_t unit = mem->backing == TINYVM_HUGETLB_1G ? SIZE_1G : SIZE_2M;
	uint64_t offset = mem->gfn * TINYVM_PAGE % unit +
			  (mem->misaligned ? OFF_PAGES * TINYVM_PAGE : 0);
	uint64_t bytes = round_up_to(offset + mem->pages * TINYVM_PAGE, unit);
	bool thp = mem->backing == TINYVM_ANON_THP || mem->backing == TINYVM_MEMFD_THP;
	int fd = backing_fd(mem->backing, bytes), flags = MAP_FIXED | MAP_NORESERVE;
	uint8_t *area, *start;
	void *p;

	if (fd == -2)
		return -1;
	area = mmap(NULL, bytes + unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (area == MAP_FAILED)
		tinyvm_die("address space");
	start = (uint8_t *)round_up_to((uintptr_t)area, unit);
	flags |= fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	if (mem->backing >= TINYVM_HUGETLB_2M)
		flags &= ~MAP_NORESERVE;	/* rather no mapping than SIGBUS */
	p = mmap(start, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED) {
		int error = errno;

		munmap(area, bytes + unit);
		errno = error;
		return -1;
	}
	if (mem->backing < TINYVM_HUGETLB_2M)
		madvise(start, bytes, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	slot->map = area;
	slot->map_bytes = bytes + unit;
	slot->hva = start + offset;
	return 0;
}

static void unmap_memory(struct tinyvm_slot *slot)
{
	munmap(slot->map, slot->map_bytes);
	slot->hva = NULL;
}

static void set_region(struct tinyvm *vm, const struct tinyvm_slot *slot, bool present)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot->id,
		.flags = slot->mem.rom ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = slot->mem.gfn * TINYVM_PAGE,
		.memory_size = present ? slot->mem.pages * TINYVM_PAGE : 0,
		.userspace_addr = (uintptr_t)slot->hva,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		tinyvm_die("KVM_SET_USER_MEMORY_REGION");
}

struct tinyvm_slot *tinyvm_slot_add(struct tinyvm *vm, const struct tinyvm_mem *mem)
{
	struct tinyvm_slot *slot;
	unsigned int id;

	for (id = 0; id < TINYVM_SLOTS_MAX && vm->slots[id].hva; id++)
		;
	if (id == TINYVM_SLOTS_MAX) {
		errno = ENOSPC;
		tinyvm_die("one more slot");
	}
	slot = &vm->slots[id];
	slot->mem = *mem;
	slot->id = id;
	if (map_memory(slot))
		return NULL;
	set_region(vm, slot, true);
	return slot;
}

void tinyvm_slot_move(struct tinyvm *vm, struct tinyvm_slot *slot, uint64_t gfn)
{
	slot->mem.gfn = gfn;
	set_region(vm, slot, true);
}

void tinyvm_slot_del(struct tinyvm *vm, struct tinyvm_slot *slot)
{
	set_region(vm, slot, false);
	unmap_memory(slot);
}

void tinyvm_unmap_all(struct tinyvm *vm)
{
	unsigned int i;

	for (i = 0; i < TINYVM_SLOTS_MAX; i++)
		if (vm->slots[i].hva)
			unmap_memory(&vm->slots[i]);
}

uint64_t tinyvm_pages(const struct tinyvm *vm)
{
	uint64_t pages = 0;
	unsigned int i;

	for (i = 0; i < TINYVM_SLOTS_MAX; i++)
		if (vm->slots[i].hva)
			pages += vm->slots[i].mem.pages;
	return pages;
}

static void populate_by_guest(struct tinyvm *vm, const struct tinyvm_slot *slot)
{
	uint32_t *gfns = malloc(vm->list_max * sizeof(*gfns));
	uint64_t page = 0;

	if (!gfns)
		tinyvm_die("memory");
	while (page < slot->mem.pages) {
		unsigned int n = 0;

		while (n < vm->list_max && page < slot->mem.pages)
			gfns[n++] = (uint32_t)(slot->mem.gfn + page++);
		tinyvm_touch(vm, gfns, n, TINYVM_WRITE);
	}
	free(gfns);
}

void tinyvm_populate(struct tinyvm *vm, struct tinyvm_slot *slot, enum tinyvm_who who)
{
	uint64_t page;

	if (who == TINYVM_BY_GUEST) {
		populate_by_guest(vm, slot);
		return;
	}
	for (page = 0; page < slot->mem.pages; page++)
		*(volatile uint64_t *)(slot->hva + page * TINYVM_PAGE) =
			(slot->mem.gfn + page) * TINYVM_PAGE;
}

static void read_at(int fd, void *to, size_t bytes, off_t offset)
{
	ssize_t n = pread(fd, to, bytes, offset);

	if (n == (ssize_t)bytes)
		return;
	if (n >= 0)
		errno = EIO;
	tinyvm_die("KVM's statistics");
}

uint64_t tinyvm_stat(const struct tinyvm *vm, const char *name)
{
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	uint64_t value = 0;
	bool found = false;
	size_t size;
	uint32_t i;
	int fd;

	fd = ioctl(vm->fd, KVM_GET_STATS_FD, NULL);
	if (fd < 0)
		tinyvm_die("KVM_GET_STATS_FD");
	read_at(fd, &header, sizeof(header), 0);
	size = sizeof(*desc) + header.name_size;
	desc = malloc(size);
	if (!desc)
		tinyvm_die("memory");
	for (i = 0; i < header.num_desc && !found; i++) {
		read_at(fd, desc, size, header.desc_offset + i * size);
		found = !strcmp(desc->name, name);
		if (found)
			read_at(fd, &value, sizeof(value), header.data_offset + desc->offset);
	}
	free(desc);
	close(fd);
	if (!found) {
		errno = ENOENT;
		tinyvm_die(name);
	}
	return value;
}
