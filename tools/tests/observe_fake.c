// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "observe_fake.h"
#include "test.h"

/* --- a fake module ---------------------------------------------------------------------- */

struct fake_module module;

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

/* All that is cold, in blocks that were idle for as long. */
static void answer_activity(struct ballast_vm_activity *activity)
{
	struct ballast_block_activity *blocks = (void *)(uintptr_t)activity->buf;
	uint64_t left = module.classes[activity->id].level_pages[BALLAST_COLD];
	uint64_t before = activity->gfn - module.slot[activity->id].gfn, max = activity->count;

	left -= before < left ? before : left;
	for (activity->count = 0; left && activity->count < max; activity->count++) {
		uint64_t pages = left < 512 ? left : 512;

		blocks[activity->count] = (struct ballast_block_activity) {
			.level_pages[BALLAST_COLD] = (__u16)pages,
			.nr_pages = module.mixed[activity->id] ? 513 : (__u16)pages,
			.map_level = module.unmapped[activity->id] ? BALLAST_MAP_NONE :
								     BALLAST_MAP_2M,
			.idle_s = module.idle_s[activity->id],
		};
		left -= pages;
	}
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
	else if (request == BALLAST_IOC_VM_MRC)
		put(((struct ballast_vm_mrc *)arg)->buf, &module.mrc[id], sizeof(module.mrc[id]));
	else if (request == BALLAST_IOC_VM_ACTIVITY)
		answer_activity(arg);
	else if (request == BALLAST_IOC_VM_SLOTS)
		return answer_slots(arg);
	return 0;
}

/* --- a fake /proc ------------------------------------------------------------------------ */

void write_file(const char *path, const char *text)
{
	test_file(path, text, strlen(text));
}

void set_host(unsigned int total_mib, unsigned int available_mib, unsigned int swap_mib)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "MemTotal: %u kB\nMemFree: 1 kB\nMemAvailable: %u kB\n"
		 "SwapCached: 0 kB\nSwapTotal: %u kB\nSwapFree: %u kB\nWriteback: 0 kB\n",
		 total_mib * 1024, available_mib * 1024, swap_mib * 1024, swap_mib * 1024);
	write_file("meminfo", text);
}

void set_swap(unsigned int cached_mib, unsigned int used_mib, unsigned int writeback_mib)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "MemTotal: 8388608 kB\nMemAvailable: 1048576 kB\nSwapCached: %u kB\n"
		 "SwapTotal: 4194304 kB\nSwapFree: %u kB\nWriteback: %u kB\n", cached_mib * 1024,
		 (4096 - used_mib) * 1024, writeback_mib * 1024);
	write_file("meminfo", text);
}

/* A mapping beside the guest's memory has memory as well, which is not the guest's. */
void set_memory(unsigned int pid, unsigned int rss_mib, unsigned int swap_mib,
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

void set_counts(unsigned int pid, unsigned int rss_mib, unsigned int shared_mib,
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
struct sched_round a_round;
static char device[PATH_MAX];
struct observer *const o = &a_round.observer;

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
	module.idle_s[i] = 600;
	set_memory(100 + i, 1024, 0, 50);
}

static void begin(void)
{
	sched_round_init(&a_round, &config);
	a_round.client.device = device;
	a_round.client.proc = test_folder();
	o->cgroups = test_folder();
}

void start(const char *text, unsigned int nr)
{
	char path[PATH_MAX], error[256];

	memset(&module, 0, sizeof(module));
	module.nr = nr;
	write_file("ballast", "");
	write_file("x.conf", text);
	snprintf(path, sizeof(path), "%s/x.conf", test_folder());
	CHECK_EQ(daemon_config_load(&config, path, error, sizeof(error)), 0);
	snprintf(device, sizeof(device), "%s/ballast", test_folder());
	begin();
	test_ioctl = fake;
	set_host(8192, 4096, 1024);
	for (unsigned int i = 0; i < nr; i++)
		make_vm(i);
}

void start_again(void)
{
	sched_round_release(&a_round);
	begin();
}

/* Not within the price of reading: as if the round before was long ago. */
int run(uint64_t now_ms)
{
	for (size_t i = 0; i < o->nr; i++)
		o->vms[i].memory_cost_us = 0;
	return sched_round_run(&a_round, now_ms);
}

void stop(void)
{
	sched_round_release(&a_round);
	daemon_config_release(&config);
}
