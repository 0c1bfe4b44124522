// SPDX-License-Identifier: GPL-2.0-only
/* What the scheduler is given, from a fake module and a fake /proc; and a whole round. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "fit_print.h"
#include "output.h"
#include "sched_round.h"
#include "test.h"

#define MIB	256ull
#define HVA	0x7f0000000000ull
#define VMS	3

/* --- a fake module ---------------------------------------------------------------------- */

static struct {
	unsigned int nr;
	struct ballast_vm_query query[VMS];
	struct ballast_class_matrix classes[VMS];
	struct ballast_balloon_query balloon[VMS];
	struct ballast_slot_entry slot[VMS];
	int errno_of[VMS];
} module;

static int answer_list(struct ballast_vm_list *list)
{
	struct ballast_vm_entry *entries = (void *)(uintptr_t)list->entries;

	for (unsigned int i = 0; i < module.nr && i < list->max; i++) {
		entries[i] = (struct ballast_vm_entry) { .id = i, .pid = 100 + (int)i };
		snprintf(entries[i].name, sizeof(entries[i].name), "%u", 100 + i);
	}
	list->count = module.nr;
	return 0;
}

static int answer_slots(struct ballast_vm_slots *slots)
{
	if (slots->max)
		*(struct ballast_slot_entry *)(uintptr_t)slots->buf = module.slot[slots->id];
	slots->count = 1;
	return 0;
}

static void put(__u64 buf, const void *from, size_t size)
{
	memcpy((void *)(uintptr_t)buf, from, size);
}

static int fake(unsigned long request, void *arg)
{
	__u32 id = *(__u32 *)arg;

	if (request == BALLAST_IOC_VERSION) {
		*(struct ballast_version *)arg = (struct ballast_version) {
			.abi = BALLAST_ABI_VERSION };
		return 0;
	}
	if (request == BALLAST_IOC_VM_LIST)
		return answer_list(arg);
	if (module.errno_of[id]) {
		errno = module.errno_of[id];
		return -1;
	}
	if (request == BALLAST_IOC_VM_QUERY)
		*(struct ballast_vm_query *)arg = module.query[id];
	else if (request == BALLAST_IOC_VM_CLASSES)
		put(((struct ballast_vm_classes *)arg)->buf, &module.classes[id],
		    sizeof(module.classes[id]));
	else if (request == BALLAST_IOC_VM_BALLOON)
		put(((struct ballast_vm_balloon *)arg)->buf, &module.balloon[id],
		    sizeof(module.balloon[id]));
	else if (request == BALLAST_IOC_VM_SLOTS)
		return answer_slots(arg);
	return 0;
}

/* --- a fake /proc ------------------------------------------------------------------------ */

static void write_file(const char *path, const char *text)
{
	test_file(path, text, strlen(text));
}

static void set_host(unsigned int total_mib, unsigned int available_mib, unsigned int swap_mib)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "MemTotal: %u kB\nMemFree: 1 kB\nMemAvailable: %u kB\n"
		 "SwapTotal: %u kB\nSwapFree: %u kB\n", total_mib * 1024, available_mib * 1024,
		 swap_mib * 1024, swap_mib * 1024);
	write_file("meminfo", text);
}

/* A mapping beside the guest's memory has memory as well, which is not the guest's. */
static void set_memory(unsigned int pid, unsigned int rss_mib, unsigned int swap_mib,
		       unsigned int faults)
{
	char path[64], text[640];

	snprintf(path, sizeof(path), "%u/smaps", pid);
	snprintf(text, sizeof(text),
		 "%llx-%llx rw-p 00000000 00:00 0\nSize: 9 kB\nRss: %u kB\nSwap: %u kB\nSwapPss: 7 kB\n"
		 "7fffff000000-7fffff100000 rw-p 00000000 00:00 0 [stack]\n"
		 "Rss: 40960 kB\nSwap: 4096 kB\n",
		 HVA, HVA + (1024ull << 20), rss_mib * 1024, swap_mib * 1024);
	write_file(path, text);
	snprintf(path, sizeof(path), "%u/stat", pid);
	snprintf(text, sizeof(text), "%u (qemu ) S x) S 1 2 3 4 5 6 7 8 %u 10 11\n", pid, faults);
	write_file(path, text);
	snprintf(path, sizeof(path), "%u/status", pid);
	snprintf(text, sizeof(text), "Name:\tq\nTgid:\t%u\n", pid);
	write_file(path, text);
	snprintf(path, sizeof(path), "%u/cmdline", pid);
	snprintf(text, sizeof(text), "qemu%c-name%cvm%u", 0, 0, pid);
	test_file(path, text, 11 + 6);
}

static void set_counts(unsigned int pid, unsigned int rss_mib, unsigned int shared_mib,
		       unsigned int swap_mib)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%u/status", pid);
	snprintf(text, sizeof(text),
		 "Name:\tq\nTgid:\t%u\nVmRSS:\t%u kB\nRssShmem:\t%u kB\nVmSwap:\t%u kB\n",
		 pid, rss_mib * 1024, shared_mib * 1024, swap_mib * 1024);
	write_file(path, text);
}

/* --- VMs ---------------------------------------------------------------------------------- */

static struct daemon_config config;
static struct sched_round a_round;
static char device[PATH_MAX];
static struct observer *const o = &a_round.observer;

/* A GiB: a quarter each busy, cold anon, cold cache, free. */
static void make_vm(unsigned int i)
{
	struct ballast_class_matrix *m = &module.classes[i];
	const struct {
		unsigned int level, cls;
	} parts[] = {
		{ BALLAST_HOT, BALLAST_CLASS_ANON_ACTIVE },
		{ BALLAST_COLD, BALLAST_CLASS_ANON_INACTIVE },
		{ BALLAST_COLD, BALLAST_CLASS_FILE_INACTIVE },
		{ BALLAST_COLD, BALLAST_CLASS_FREE },
	};

	*m = (struct ballast_class_matrix) {
		.state = BALLAST_GUEST_CONNECTED, .report_age_ns = 1500000000,
		.mem_pages = 1024 * MIB,
	};
	for (size_t j = 0; j < ARRAY_SIZE(parts); j++) {
		m->level_pages[parts[j].level] += 256 * MIB;
		m->cell[parts[j].level][parts[j].cls].pages = 256 * MIB;
		m->reported_pages[parts[j].cls] = 256 * MIB;
	}
	module.query[i] = (struct ballast_vm_query) {
		.mem_pages = 1024 * MIB, .working_set_pages = 256 * MIB };
	module.balloon[i] = (struct ballast_balloon_query) {
		.state = BALLAST_BALLOON_REACHED, .room_pages = 200 * MIB };
	module.slot[i] = (struct ballast_slot_entry) { .pages = 1024 * MIB, .hva = HVA };
	set_memory(100 + i, 1024, 0, 50);
}

static void start(const char *text, unsigned int nr)
{
	char path[PATH_MAX], error[256];

	memset(&module, 0, sizeof(module));
	module.nr = nr;
	write_file("ballast", "");
	write_file("x.conf", text);
	snprintf(path, sizeof(path), "%s/x.conf", test_folder());
	CHECK_EQ(daemon_config_load(&config, path, error, sizeof(error)), 0);
	sched_round_init(&a_round, &config);
	snprintf(device, sizeof(device), "%s/ballast", test_folder());
	a_round.client.device = device;
	a_round.client.proc = test_folder();
	o->cgroups = test_folder();
	test_ioctl = fake;
	set_host(8192, 4096, 1024);
	for (unsigned int i = 0; i < nr; i++)
		make_vm(i);
}

/* Not within the price of reading: as if the round before was long ago. */
static int run(uint64_t now_ms)
{
	for (size_t i = 0; i < o->nr; i++)
		o->vms[i].memory_cost_us = 0;
	return sched_round_run(&a_round, now_ms);
}

static void stop(void)
{
	sched_round_release(&a_round);
	daemon_config_release(&config);
}

/* --- what is seen ------------------------------------------------------------------------ */

static void a_vm(void)
{
	const struct ballast_sched_vm *in;

	start("[vm vm100]\nmin = 10%\nmax = 50%\nshares = 7\n", 1);
	set_memory(100, 700, 100, 50);
	CHECK_EQ(run(1000), 0);
	if (!CHECK(o->nr == 1))
		return;
	in = &o->vms[0].in;
	CHECK_STR(o->vms[0].vm.guest, "vm100");
	CHECK_EQ(in->size_pages, 1024 * MIB);
	CHECK_EQ(in->min_pages, 1024 * MIB / 10);
	CHECK_EQ(in->max_pages, 512 * MIB);
	CHECK_EQ(in->shares, 7);
	CHECK_EQ(in->resident_pages, 700 * MIB);
	CHECK_EQ(in->swapped_pages, 100 * MIB);
	CHECK(in->speaks && in->has_balloon && !in->let_go && !in->stalled && !in->no_swap);
	CHECK_EQ(in->data_age_ms, 1500);
	CHECK_EQ(in->working_set_pages, 256 * MIB);
	CHECK_EQ(in->level_pages[BALLAST_COLD], 768 * MIB);
	CHECK_EQ(in->cell_pages[BALLAST_COLD][BALLAST_CLASS_FREE], 256 * MIB);
	CHECK_EQ(in->class_pages[BALLAST_CLASS_FILE_INACTIVE], 256 * MIB);
	/* It can spare what it has room for, and page cache. */
	CHECK_EQ(in->floor_pages, (1024 - 200 - 256) * MIB);
	CHECK_EQ(in->refaults_per_s, 0);
	CHECK(a_round.out[0].view.trusted);
	CHECK_EQ(o->host.total_pages, 8192 * MIB);
	CHECK_EQ(o->host.free_pages, 4096 * MIB);
	stop();
}

static void silent_and_without_balloon(void)
{
	start("[vm vm101]\nballoon = off\nswap = off\n", 3);
	module.classes[0].state = BALLAST_GUEST_SILENT;
	module.classes[0].report_age_ns = UINT64_MAX;
	module.balloon[0].age_ns = UINT64_MAX;
	module.balloon[2].state = BALLAST_BALLOON_NONE;
	CHECK_EQ(run(1000), 0);
	CHECK(!o->vms[0].in.speaks && !o->vms[0].in.has_balloon);
	CHECK(!o->vms[1].in.has_balloon && o->vms[1].in.no_swap);
	CHECK(o->vms[2].in.speaks && !o->vms[2].in.has_balloon && !o->vms[2].in.no_swap);
	set_host(8192, 4096, 0);
	CHECK_EQ(run(3000), 0);
	CHECK(o->vms[2].in.no_swap);
	stop();
}

static void refaults(void)
{
	start("", 1);
	CHECK_EQ(run(1000), 0);
	set_memory(100, 1024, 0, 250);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->vms[0].in.refaults_per_s, 100);
	/* KVM's workers take no faults of the process: what has moved counts. */
	set_memory(100, 900, 100, 250);
	CHECK_EQ(run(5000), 0);
	CHECK_EQ(o->vms[0].in.refaults_per_s, 0);
	set_memory(100, 910, 90, 250);
	CHECK_EQ(run(7000), 0);
	CHECK_EQ(o->vms[0].in.refaults_per_s, 10 * MIB / 2);
	/* Swap that the guest has given up, is not. */
	set_memory(100, 910, 0, 250);
	CHECK_EQ(run(9000), 0);
	CHECK_EQ(o->vms[0].in.refaults_per_s, 0);
	stop();
}

/* A cgroup of its own knows better; one that two VMs share does not tell them apart. */
static void refaults_by_cgroup(void)
{
	start("", 2);
	write_file("100/cgroup", "0::/vms/a/emulator\n");
	write_file("101/cgroup", "0::/vms/b\n");
	write_file("vms/a/memory.stat", "anon 5\nworkingset_refault_anon 1000\n");
	write_file("vms/memory.stat", "anon 5\nworkingset_refault_anon 7000\n");
	CHECK_EQ(run(1000), 0);
	CHECK(o->vms[0].own_cgroup);
	CHECK_HAS(o->vms[0].cgroup, "/vms/a");
	CHECK_HAS(o->vms[1].cgroup, "/vms");
	write_file("vms/a/memory.stat", "anon 5\nworkingset_refault_anon 1600\n");
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->vms[0].in.refaults_per_s, 300);
	stop();

	start("", 2);
	write_file("101/cgroup", "0::/vms/a\n");
	CHECK_EQ(run(1000), 0);
	CHECK(!o->vms[0].own_cgroup && !o->vms[1].own_cgroup);
	stop();
}

/* The guest's count, which is its word, at @reported_ms. */
static void swaps(uint64_t now_ms, uint64_t reported_ms, uint64_t pages)
{
	module.classes[0].reports++;
	module.classes[0].report_age_ns = (now_ms - reported_ms) * 1000000;
	module.classes[0].swapins = pages;
	CHECK_EQ(run(now_ms), 0);
}

static void swapins_of_the_guest(void)
{
	const struct ballast_sched_vm *in;

	start("", 1);
	swaps(5000, 4000, 700);
	in = &o->vms[0].in;
	CHECK_EQ(in->guest_swapins_per_s, 0);
	swaps(7000, 6000, 900);
	CHECK_EQ(in->guest_swapins_per_s, 100);
	/* No report since. */
	module.classes[0].report_age_ns += 1000000000;
	CHECK_EQ(run(8000), 0);
	CHECK_EQ(in->guest_swapins_per_s, 100);
	/* Two in a millisecond, and what both have. */
	swaps(9000, 8000, 1000);
	CHECK_EQ(in->guest_swapins_per_s, 50);
	swaps(9500, 8000, 1500);
	CHECK_EQ(in->guest_swapins_per_s, 50);
	swaps(11000, 10000, 2000);
	CHECK_EQ(in->guest_swapins_per_s, 500);
	/* It counts from nothing again; or is another boot that has counted further. */
	swaps(13000, 12000, 10);
	CHECK_EQ(in->guest_swapins_per_s, 0);
	swaps(15000, 14000, 20);
	CHECK_EQ(in->guest_swapins_per_s, 5);
	module.classes[0].boot[3] = 1;
	swaps(17000, 16000, 5000);
	CHECK_EQ(in->guest_swapins_per_s, 0);
	/* More than it has: no more than that. */
	swaps(19000, 18000, UINT64_MAX - 1);
	CHECK_EQ(in->guest_swapins_per_s, 1024 * MIB / 2);
	/* A guest that does not tell. */
	swaps(21000, 20000, UINT64_MAX);
	CHECK_EQ(in->guest_swapins_per_s, 0);
	swaps(23000, 22000, 5000);
	CHECK_EQ(in->guest_swapins_per_s, 0);
	swaps(25000, 24000, 5200);
	CHECK_EQ(in->guest_swapins_per_s, 100);
	module.classes[0].state = BALLAST_GUEST_SILENT;
	CHECK_EQ(run(27000), 0);
	CHECK_EQ(in->guest_swapins_per_s, 0);
	stop();
}

static void lets_go(void)
{
	start("[host]\nhold_off = 10\n", 1);
	module.balloon[0].reliefs = 3;
	CHECK_EQ(run(1000), 0);
	CHECK(!o->vms[0].in.let_go);
	module.balloon[0].reliefs = 4;
	CHECK_EQ(run(3000), 0);
	CHECK(o->vms[0].in.let_go);
	CHECK_EQ(run(12000), 0);
	CHECK(o->vms[0].in.let_go);
	CHECK_EQ(run(13000), 0);
	CHECK(!o->vms[0].in.let_go);
	/* A guest that has booted. */
	module.balloon[0].reliefs = 0;
	CHECK_EQ(run(15000), 0);
	CHECK(!o->vms[0].in.let_go);
	stop();
	/* It has let go before anybody looked. */
	start("", 1);
	module.balloon[0].state = BALLAST_BALLOON_RELIEVED;
	CHECK_EQ(run(1000), 0);
	CHECK(o->vms[0].in.let_go);
	stop();
}

static void does_not_move(void)
{
	start("", 1);
	module.balloon[0].target_pages = 300 * MIB;
	for (unsigned int i = 0; i < 3; i++) {
		CHECK_EQ(run(1000 + i * 2000), 0);
		CHECK(!o->vms[0].in.stalled);
	}
	CHECK_EQ(run(9000), 0);
	CHECK(o->vms[0].in.stalled);
	module.balloon[0].held_pages = 10 * MIB;
	CHECK_EQ(run(11000), 0);
	CHECK(!o->vms[0].in.stalled);
	/* The VMM asks for more than we do, and has it. */
	module.balloon[0].held_pages = module.balloon[0].device_pages = 400 * MIB;
	for (unsigned int i = 0; i < 5; i++)
		CHECK_EQ(run(13000 + i * 2000), 0);
	CHECK(!o->vms[0].in.stalled);
	stop();
}

static void vms_come_and_go(void)
{
	start("", 2);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(o->nr, 2);
	o->vms[1].in.memory.backoff = 5;
	module.errno_of[0] = ENOENT;
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->nr, 1);
	CHECK_EQ(o->vms[0].vm.entry.id, 1);
	CHECK_EQ(o->vms[0].looks, 2);
	module.errno_of[0] = 0;
	CHECK_EQ(run(5000), 0);
	CHECK_EQ(o->nr, 2);
	module.errno_of[1] = EIO;
	CHECK_EQ(run(7000), -EIO);
	CHECK_HAS(o->error, "cannot query: Input/output error");
	module.errno_of[1] = 0;
	CHECK_EQ(run(9000), 0);
	module.nr = 0;
	CHECK_EQ(run(11000), 0);
	CHECK_EQ(o->nr, 0);
	a_round.client.device = "/nowhere/ballast";
	CHECK_EQ(run(13000), -ENOENT);
	CHECK_HAS(o->error, "is ballast_host loaded?");
	stop();
}

/* Reading a VM's memory has a price, which bounds how often it is done. */
static void price_of_reading(void)
{
	start("", 1);
	CHECK_EQ(sched_round_run(&a_round, 1000), 0);
	o->vms[0].memory_cost_us = 200000;
	set_memory(100, 10, 0, 50);
	CHECK_EQ(sched_round_run(&a_round, 4000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 1024 * MIB);
	CHECK_EQ(sched_round_run(&a_round, 5000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 10 * MIB);
	stop();
}

/* In between, the kernel's counts of the process tell, unless its memory is shared. */
static void counts_in_between(void)
{
	start("", 1);
	set_memory(100, 1024, 0, 50);
	set_counts(100, 1100, 20, 0);
	CHECK_EQ(sched_round_run(&a_round, 1000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 1024 * MIB);
	set_counts(100, 900, 20, 150);
	CHECK_EQ(sched_round_run(&a_round, 3000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 824 * MIB);
	CHECK_EQ(o->vms[0].in.swapped_pages, 150 * MIB);
	/* Never below nothing; looked up again after half a minute. */
	set_counts(100, 1, 0, 0);
	CHECK_EQ(sched_round_run(&a_round, 5000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 0);
	CHECK_EQ(sched_round_run(&a_round, 31000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 1024 * MIB);
	set_memory(100, 10, 0, 50);
	set_counts(100, 1100, 900, 0);
	CHECK_EQ(sched_round_run(&a_round, 33000), 0);
	CHECK_EQ(o->vms[0].in.resident_pages, 10 * MIB);
	stop();
}

/* --- the host ---------------------------------------------------------------------------- */

static void budgets(void)
{
	start("[host]\nbudget = 4G\nreserve = 1G\n", 2);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(o->host.total_pages, 3072 * MIB);
	CHECK_EQ(o->host.free_pages, 1024 * MIB);
	/* No more than there is. */
	set_host(8192, 1500, 0);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->host.free_pages, 476 * MIB);
	stop();
	start("[host]\nreserve = 8G\n", 0);
	CHECK_EQ(run(1000), -EINVAL);
	CHECK_STR(o->error, "reserve is as much as the host's memory of 8192 MiB: lower it in [host]");
	stop();
}

static void cgroups(void)
{
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "[host]\ncgroup = %s/vms\n", test_folder());
	start(text, 0);
	CHECK_EQ(run(1000), -ENOENT);
	CHECK_HAS(o->error, "/vms: no memory.max there: give the folder of a cgroup (version 2)");
	write_file("vms/memory.max", "max\n");
	write_file("vms/memory.current", "1073741824\n");
	CHECK_EQ(run(2000), -EINVAL);
	CHECK_HAS(o->error, "/vms/memory.max has no limit: set one, or leave cgroup out");
	write_file("vms/memory.max", "2147483648\n");
	write_file("vms/memory.stat", "anon 5\ninactive_file 268435456\n");
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->host.total_pages, 2048 * MIB);
	CHECK_EQ(o->host.free_pages, 1280 * MIB);
	stop();
}

/* --- decisions ------------------------------------------------------------------------------ */

/* A host that is short takes free memory first, and cold memory then. */
static void short_host(void)
{
	start("", 2);
	set_host(4096, 200, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(a_round.summary.state, BALLAST_HOST_CLEAR);
	CHECK(a_round.summary.flush_pages > 0);
	CHECK_EQ(a_round.summary.swap_pages, 0);
	for (unsigned int i = 0; i < 2; i++)
		module.classes[i].reported_pages[BALLAST_CLASS_ANON_ACTIVE] += 250 * MIB,
		module.classes[i].reported_pages[BALLAST_CLASS_FREE] -= 250 * MIB,
		module.classes[i].reported_pages[BALLAST_CLASS_FILE_INACTIVE] = 0;
	set_host(4096, 90, 1024);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(a_round.summary.state, BALLAST_HOST_SOFT);
	CHECK(a_round.summary.swap_pages > 0);
	stop();
}

/* A means that the operator has switched off is not used. */
static void switched_off(void)
{
	start("[host]\nidle_tax = 10%\n[defaults]\nflush = off\n[vm 101]\nclasses = off\n", 2);
	set_host(4096, 90, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(o->host.config->tax_bp, 1000);
	CHECK_EQ(a_round.summary.flush_pages, 0);
	CHECK(o->vms[0].in.speaks && !o->vms[1].in.speaks);
	CHECK(!a_round.out[0].ask_free && !a_round.out[1].ask_free);
	CHECK_EQ(a_round.out[1].balloon_take_pages, 0);
	stop();
}

/* Free memory that does not come when it is asked for is not counted on, for a while. */
static void stuck_memory(void)
{
	struct observed_vm *vm;

	start("", 1);
	set_host(4096, 200, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK(a_round.out[0].flush_pages > 0);
	vm = &o->vms[0];
	vm->flush_ms = 1000;
	vm->flushes = module.balloon[0].flushes++;
	/* Answered; what is known is older than the answer. */
	CHECK_EQ(run(2000), 0);
	CHECK_EQ(vm->in.stuck_pages, 0);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(vm->in.stuck_pages, 0);
	CHECK_EQ(run(4000), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB);
	CHECK_EQ(vm->in.stuck_deep, false);
	CHECK_EQ(vm->flush_ms, 0);
	CHECK_EQ(run(6000), 0);
	CHECK_EQ(a_round.out[0].flush_pages, 0);
	/* Less than a block has been freed since. */
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] += 100;
	CHECK_EQ(run(7000), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB + 100);
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] -= 100;
	CHECK_EQ(run(7500), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB);
	/* What was freed since is another thing. */
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] += 10 * MIB;
	module.classes[0].reported_pages[BALLAST_CLASS_ANON_ACTIVE] -= 10 * MIB;
	CHECK_EQ(run(8000), 0);
	CHECK_EQ(a_round.out[0].flush_pages, 10 * MIB);
	/* No answer. */
	vm->flush_ms = 8000;
	vm->flush_deep = true;
	vm->flushes = module.balloon[0].flushes;
	vm->answer_ms = 0;
	CHECK_EQ(run(17000), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB);
	CHECK_EQ(run(18000), 0);
	CHECK_EQ(vm->in.stuck_pages, 266 * MIB);
	CHECK_EQ(vm->in.stuck_deep, true);
	/* Another try. */
	CHECK_EQ(run(78000), 0);
	CHECK_EQ(run(78001), 0);
	CHECK_EQ(vm->in.stuck_deep, false);
	CHECK(a_round.out[0].flush_pages > 10 * MIB);
	stop();
}

/* What one daemon has left, the next one goes on with. */
static void resumes(void)
{
	struct sched_state state;
	char *text;

	start("", 1);
	set_host(4096, 90, 1024);
	module.balloon[0].reliefs = 3;
	CHECK_EQ(run(1000), 0);
	module.balloon[0].reliefs = 4;
	set_memory(100, 1024, 0, 100050);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(a_round.out[0].memory.backoff, 1);
	CHECK(a_round.out[0].memory.raise_pages > 0);
	o->vms[0].set_pages = 4711;
	CHECK_EQ(sched_round_state(&a_round, &state), 0);
	text = sched_state_print(&state);
	sched_state_release(&state);
	sched_round_release(&a_round);

	sched_round_init(&a_round, &config);
	a_round.client.device = device;
	a_round.client.proc = test_folder();
	CHECK_EQ(sched_state_parse(&state, text), 0);
	sched_round_resume(&a_round, &state, 100000);
	CHECK_EQ(o->host.state, BALLAST_HOST_SOFT);
	module.balloon[0].reliefs = 5;
	CHECK_EQ(run(101000), 0);
	CHECK_EQ(o->nr, 1);
	CHECK(o->vms[0].in.let_go);
	CHECK_EQ(o->vms[0].set_pages, 4711);
	/* No refaults are known yet, so this round was a calm one. */
	CHECK_EQ(o->vms[0].in.refaults_per_s, 0);
	CHECK_EQ(a_round.out[0].memory.backoff, 0);
	CHECK(a_round.out[0].memory.raise_pages > 0);
	/* Another VM behind the same name is another VM. */
	state.vms[0].id = 9;
	sched_round_release(&a_round);
	sched_round_init(&a_round, &config);
	a_round.client.device = device;
	a_round.client.proc = test_folder();
	sched_round_resume(&a_round, &state, 100000);
	CHECK_EQ(run(101000), 0);
	CHECK_EQ(o->nr, 1);
	CHECK_EQ(o->vms[0].set_pages, UINT64_MAX);
	sched_state_release(&state);
	free(text);
	stop();
}

static const char *fits(uint64_t size_mib, int like, enum out_mode mode,
			struct ballast_sched_fit *fit)
{
	struct ballast_sched_vm vm;

	ballast_sched_candidate(size_mib * MIB, size_mib * MIB, 1000, &vm);
	if (like >= 0)
		ballast_sched_like(&a_round.in[like], size_mib * MIB, &ballast_sched_defaults, &vm);
	ballast_sched_fit(&o->host, a_round.in, (u32)o->nr, &vm, a_round.out, fit);
	test_capture((int)mode);
	fit_print(&a_round, &vm, fit);
	return test_captured();
}

static void one_more(void)
{
	struct ballast_sched_fit fit;
	const char *text;

	start("", 2);
	set_host(4096, 2000, 4096);
	CHECK_EQ(run(1000), 0);
	text = fits(1024, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_FREE);
	CHECK_HAS(text, "yes: into what is free\n  new VM      1024.0 MiB, would use 1024.0 MiB");
	text = fits(2000, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_FLUSH);
	CHECK_HAS(text, "yes, if guests return what they do not use");
	/* One like these leaves half of its memory alone. */
	fits(2000, 0, OUT_TEXT, &fit);
	CHECK_EQ(fit.demand_pages, 1000 * MIB);
	CHECK_EQ(fit.verdict, BALLAST_FIT_FREE);
	text = fits(2220, -1, OUT_JSON, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_BALLOON);
	CHECK_HAS(text, "\"verdict\":\"balloon\"");
	CHECK_HAS(text, "\"vms\":[{\"vm\":\"100\",\"guest\":\"vm100\"");
	text = fits(6000, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_NO);
	CHECK_HAS(text, "no\n  new VM      6000.0 MiB");
	CHECK_HAS(text, "  missing     ");
	/* Of silent guests only cold memory may be taken. */
	for (unsigned int i = 0; i < 2; i++)
		module.classes[i].state = BALLAST_GUEST_SILENT;
	CHECK_EQ(run(3000), 0);
	text = fits(1900, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_SWAP);
	CHECK(fit.refault_pages > 0);
	CHECK_HAS(text, "yes, if cold memory is swapped");
	stop();
}

static const struct test_case cases[] = {
	{ "a_vm", a_vm },
	{ "silent_and_without_balloon", silent_and_without_balloon },
	{ "refaults", refaults },
	{ "refaults_by_cgroup", refaults_by_cgroup },
	{ "swapins_of_the_guest", swapins_of_the_guest },
	{ "counts_in_between", counts_in_between },
	{ "lets_go", lets_go },
	{ "does_not_move", does_not_move },
	{ "vms_come_and_go", vms_come_and_go },
	{ "price_of_reading", price_of_reading },
	{ "budgets", budgets },
	{ "cgroups", cgroups },
	{ "short_host", short_host },
	{ "switched_off", switched_off },
	{ "stuck_memory", stuck_memory },
	{ "resumes", resumes },
	{ "one_more", one_more },
};

TEST_SUITE(observe, cases);
