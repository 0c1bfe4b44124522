// SPDX-License-Identifier: GPL-2.0-only
/* What the scheduler is given. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "observe_fake.h"
#include "test.h"

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
	/* Some of its swap, some of its page cache. */
	module.classes[0].refaults = pages == UINT64_MAX ? pages : pages / 4;
	module.classes[0].swapins = pages == UINT64_MAX ? pages : pages - pages / 4;
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
	/* Who creeps does not get there either. */
	module.balloon[0].held_pages = 1;
	CHECK_EQ(run(10000), 0);
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

/* However often it is looked at; and one that its guest cannot fill can be made smaller. */
static void fails(void)
{
	start("", 1);
	module.balloon[0].target_pages = 300 * MIB;
	for (unsigned int i = 0; i < 50; i++) {
		CHECK_EQ(run(1000 + i * 100), 0);
		CHECK(!o->vms[0].in.stalled);
	}
	module.balloon[0].state = BALLAST_BALLOON_FAILED;
	CHECK_EQ(run(6100), 0);
	CHECK(o->vms[0].in.stalled && o->vms[0].in.has_balloon);
	CHECK_EQ(o->vms[0].in.balloon_target_pages, 300 * MIB);
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

/* A guest has freed a sixteenth of its memory, on a host that could use it. */
static void freed(void)
{
	start("", 2);
	CHECK(!observer_freed(o));
	set_host(8192, 1000, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK(!observer_freed(o));
	module.classes[1].reported_pages[BALLAST_CLASS_FREE] += 63 * MIB;
	CHECK(!observer_freed(o));
	module.classes[1].reported_pages[BALLAST_CLASS_FREE] += MIB;
	CHECK(observer_freed(o));
	CHECK_EQ(run(1500), 0);
	CHECK(!observer_freed(o));
	set_host(8192, 6000, 1024);
	CHECK_EQ(run(3000), 0);
	module.classes[1].reported_pages[BALLAST_CLASS_FREE] += 64 * MIB;
	CHECK(!observer_freed(o));
	stop();
}

/* It uses what it had free: so from one report to the next, until they are the same. */
static void filling(void)
{
	struct ballast_class_matrix *m = &module.classes[0];

	start("", 1);
	m->reports = 1;
	CHECK_EQ(run(11000), 0);
	CHECK(!o->vms[0].in.filling);
	m->reported_pages[BALLAST_CLASS_FREE] -= 17 * MIB;
	m->reports = 2;
	CHECK_EQ(run(13000), 0);
	CHECK(o->vms[0].in.filling);
	CHECK_EQ(run(15000), 0);
	CHECK(o->vms[0].in.filling);
	m->reports = 3;
	CHECK_EQ(run(17000), 0);
	CHECK(!o->vms[0].in.filling);
	m->reported_pages[BALLAST_CLASS_FREE] -= 15 * MIB;
	m->reports = 4;
	CHECK_EQ(run(19000), 0);
	CHECK(!o->vms[0].in.filling);
	stop();
}

/* Cold memory by the time that it was idle; what is mapped nowhere is not there. */
static void ages(void)
{
	start("", 2);
	module.idle_s[0] = 63;
	module.idle_s[1] = 65535;
	/* Not enough to read them seldom. */
	set_host(8192, 200, 1024);
	CHECK_EQ(sched_round_run(&a_round, 1000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[5], 768 * MIB);
	CHECK_EQ(o->vms[0].in.age_pages[6], 0);
	CHECK_EQ(o->vms[1].in.age_pages[15], 768 * MIB);
	module.idle_s[0] = 64;
	o->vms[0].ages_cost_us = 200000;
	CHECK_EQ(sched_round_run(&a_round, 4000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[5], 768 * MIB);
	CHECK_EQ(sched_round_run(&a_round, 5000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[6], 768 * MIB);
	module.idle_s[0] = 0;
	module.unmapped[1] = true;
	CHECK_EQ(sched_round_run(&a_round, 60000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[0], 768 * MIB);
	CHECK_EQ(o->vms[1].in.age_pages[15], 0);
	/* Other pages of the block are why it was idle for no longer. */
	module.mixed[0] = true;
	module.query[0].period_ms = 30000;
	CHECK_EQ(sched_round_run(&a_round, 61000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[7], 768 * MIB);
	module.query[0].period_ms = 100;
	CHECK_EQ(sched_round_run(&a_round, 61500), 0);
	CHECK_EQ(o->vms[0].in.age_pages[0], 768 * MIB);
	/* With plenty, each half minute. */
	set_host(8192, 6000, 1024);
	CHECK_EQ(sched_round_run(&a_round, 62000), 0);
	module.idle_s[0] = 64;
	CHECK_EQ(sched_round_run(&a_round, 80000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[6], 0);
	CHECK_EQ(sched_round_run(&a_round, 120000), 0);
	CHECK_EQ(o->vms[0].in.age_pages[6], 768 * MIB);
	stop();
}

/* Between two rounds: what the host has left, of its memory and of a budget. */
static void worse_off(void)
{
	start("[host]\nbudget = 2G\n", 1);
	CHECK(!observer_worse(o));
	set_memory(100, 1024, 0, 50);
	set_counts(100, 1100, 0, 0);
	CHECK_EQ(sched_round_run(&a_round, 1000), 0);
	CHECK_EQ(o->host.state, BALLAST_HOST_HIGH);
	CHECK(!observer_worse(o));
	set_counts(100, 2100, 0, 0);
	/* Not looked at, as the host has lost nothing. */
	CHECK(!observer_worse(o));
	set_host(8192, 3096, 1024);
	CHECK(observer_worse(o));
	/* Known by now. */
	CHECK_EQ(sched_round_run(&a_round, 1500), 0);
	CHECK(o->host.state > BALLAST_HOST_HIGH);
	CHECK(!observer_worse(o));
	set_counts(100, 1100, 0, 0);
	CHECK(!observer_worse(o));
	CHECK_EQ(sched_round_run(&a_round, 3000), 0);
	set_host(8192, 5, 1024);
	CHECK(observer_worse(o));
	stop();
}

/* Half of what it has touched is worth having: 1 GiB with a step at 128 MiB. */
static void curves(void)
{
	struct ballast_mrc_query *q = &module.mrc[0];

	start("", 1);
	*q = (struct ballast_mrc_query) {
		.state = BALLAST_MRC_TRACING, .pages = 1024 * MIB, .valid_from_pages = 8 * MIB,
		.valid_to_pages = 1024 * MIB, .data_ms = 60000, .nr_points = 4,
		.points = {
			{ 0, 900000, 890000, 910000 },
			{ 127 * MIB, 900000, 890000, 910000 },
			{ 128 * MIB, 5000, 4900, 5100 },
			{ 1024 * MIB, 0, 0, 100 },
		},
	};
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(o->vms[0].in.curve_pages, 128 * MIB);
	CHECK_EQ(o->vms[0].in.curve_misses_per_s, 5);
	CHECK_EQ(a_round.out[0].due.active_pages, 128 * MIB);
	/* Too little is known. */
	q->data_ms = 1000;
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->vms[0].in.curve_pages, 0);
	CHECK_EQ(a_round.out[0].due.active_pages, 256 * MIB);
	q->data_ms = 60000;
	q->state = BALLAST_MRC_OFF;
	CHECK_EQ(run(5000), 0);
	CHECK_EQ(o->vms[0].in.curve_pages, 0);
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

/* What the host's free memory has fallen by, twice, is wanted again. */
static void demand(void)
{
	start("", 0);
	set_host(8192, 3000, 0);
	CHECK_EQ(run(1000), 0);
	set_host(8192, 2000, 0);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->host.demand_pages, 0);
	set_host(8192, 2800, 0);
	CHECK_EQ(run(60000), 0);
	set_host(8192, 2200, 0);
	CHECK_EQ(run(62000), 0);
	CHECK_EQ(o->host.demand_pages, 600 * MIB);
	stop();
	start("[host]\ndemand = off\n", 0);
	for (uint64_t t = 0; t < 5; t++) {
		set_host(8192, t % 2 ? 2000 : 3000, 0);
		CHECK_EQ(run(1000 + t * 30000), 0);
		CHECK_EQ(o->host.demand_pages, 0);
	}
	stop();
}

/* Pages that were swapped out and are still there are as good as free; mapped ones are not. */
static void swap_cache(void)
{
	start("", 2);
	set_memory(100, 512, 300, 0);
	set_memory(101, 512, 200, 0);
	set_swap(400, 500, 0);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(o->host.free_pages, 1424 * MIB);
	set_swap(400, 500, 50);
	CHECK_EQ(run(2000), 0);
	CHECK_EQ(o->host.free_pages, 1374 * MIB);
	/* 150 MiB in swap are missing in no VM: they are somebody's memory as well. */
	set_swap(400, 650, 0);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(o->host.free_pages, 1274 * MIB);
	set_swap(100, 650, 0);
	CHECK_EQ(run(4000), 0);
	CHECK_EQ(o->host.free_pages, 1024 * MIB);
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
	write_file("vms/memory.stat", "anon 5\ninactive_file 268435456\nswapcached 134217728\n");
	write_file("vms/memory.swap.current", "67108864\n");
	CHECK_EQ(run(4000), 0);
	CHECK_EQ(o->host.free_pages, 1344 * MIB);
	stop();
}

/* --- decisions ------------------------------------------------------------------------------ */

static const struct test_case cases[] = {
	{ "a_vm", a_vm },
	{ "silent_and_without_balloon", silent_and_without_balloon },
	{ "refaults", refaults },
	{ "refaults_by_cgroup", refaults_by_cgroup },
	{ "swapins_of_the_guest", swapins_of_the_guest },
	{ "lets_go", lets_go },
	{ "does_not_move", does_not_move },
	{ "fails", fails },
	{ "vms_come_and_go", vms_come_and_go },
	{ "price_of_reading", price_of_reading },
	{ "counts_in_between", counts_in_between },
	{ "ages", ages },
	{ "freed", freed },
	{ "filling", filling },
	{ "worse_off", worse_off },
	{ "curves", curves },
	{ "budgets", budgets },
	{ "demand", demand },
	{ "swap_cache", swap_cache },
	{ "cgroups", cgroups },
};

TEST_SUITE(observe, cases);
