// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every copy to or from user space that a call makes fails
 * once, one after the other: the call must succeed all the same, or fail with an
 * error that the UAPI knows and leave all as it was. Needs a kernel with fault
 * injection (selftests/debug/kernel): its fail-nth lets the nth chance to fail
 * in this thread's next system call be taken, its fail_function lets functions of
 * ours fail that need no memory to do so. What is left behind shows in the
 * counts here, and as a leak or a use after free in that kernel's log.
 *
 * -n COUNT: rounds of the case that fails at random.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "inject.h"
#include "ktap.h"
#include "victim.h"
#include "world.h"

#define FOLDERS		"/sys/kernel/ballast/vm"
#define PAGES		(8 * 256)
#define SPARE_SLOT	30
#define SPARE_GFN	(WORLD_GFN + 4 * PAGES)
#define SPARE_PAGES	512
#define ROUNDS		200

static struct tinyvm *vm;
static struct world world;
static uint32_t id;
static int before;

static void same_count(void)
{
	int count = blst_count();

	REQUIRE(count == before, "%d VMs are attached, not %d", count, before);
}

static int do_attach(void)
{
	return blst_attach(tinyvm_fd(vm), 0, &id);
}

static void undo_attach(void)
{
	int ret = blst_detach(id);

	REQUIRE(!ret, "detach: %s", strerror(-ret));
}

static void attach(void)
{
	static const struct inject_attempt attempt = {
		"attach", do_attach, undo_attach, same_count, { -ENOMEM, -EFAULT, -EINTR },
	};

	inject_prepare();
	vm = victim_vm();
	before = blst_count();
	inject_fail_everywhere(&attempt);
	tinyvm_destroy(vm);
}

static int do_detach(void)
{
	return blst_detach(id);
}

static void attach_again(void)
{
	int ret = do_attach();

	REQUIRE(!ret, "attach: %s", strerror(-ret));
}

static void detach(void)
{
	static const struct inject_attempt attempt = {
		"detach", do_detach, attach_again, same_count, { -EFAULT },
	};

	inject_prepare();
	vm = victim_vm();
	attach_again();
	before = blst_count();
	inject_fail_everywhere(&attempt);
	undo_attach();
	tinyvm_destroy(vm);
}

static void open_world(void)
{
	static const struct tinyvm_mem mem = { WORLD_GFN, PAGES };

	inject_prepare();
	world_open(&world, NULL, &mem, 1);
	world_fill(&world, 0, PAGES, WORLD_COLD);
	world_scatter(&world, 0, PAGES, 16, WORLD_HOT);
	before = blst_count();
}

static int do_pass(void)
{
	return blst_scan(world.id, 1);
}

static void touch(void)
{
	world_touch(&world);
}

static int do_query(void)
{
	struct ballast_vm_query query;

	return blst_query(world.id, &query);
}

static int do_count(void)
{
	int count = blst_count();

	return count < 0 ? count : 0;
}

static int do_pages(void)
{
	int64_t got = blst_pages(world.id, WORLD_GFN, PAGES, world.levels);

	return got < 0 ? (int)got : 0;
}

static int do_blocks(void)
{
	struct ballast_block_activity blocks[PAGES / 512];
	int64_t got = blst_blocks(world.id, WORLD_GFN, PAGES / 512, blocks);

	return got < 0 ? (int)got : 0;
}

static char knob[128];
static const char *knob_value;

static int do_knob(void)
{
	return host_write(knob_value, "%s", knob);
}

/* Passes that fail in the middle, and questions: the picture is exact at the end. */
static void calls(void)
{
	static const struct inject_attempt attempts[] = {
		{ "pass", do_pass, NULL, touch, { -ENOMEM, -EFAULT } },
		{ "query", do_query, NULL, same_count, { -ENOMEM, -EFAULT } },
		{ "list", do_count, NULL, NULL, { -ENOMEM, -EFAULT } },
		{ "pages", do_pages, NULL, NULL, { -ENOMEM, -EFAULT } },
		{ "blocks", do_blocks, NULL, NULL, { -ENOMEM, -EFAULT } },
		{ "knob", do_knob, NULL, NULL, { -ENOMEM, -EFAULT } },
	};
	unsigned int i;

	open_world();
	snprintf(knob, sizeof(knob), FOLDERS "/%s/period_max_ms", blst_name(world.id));
	knob_value = "1234";
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		inject_fail_everywhere(&attempts[i]);
	world_settle(&world, "after the faults");
	world_close(&world);
}

#define FAIL_FUNCTION	"/sys/kernel/debug/fail_function"

/* One of ours fails with an error that no allocation has. */
static void fail_function(const char *name)
{
	REQUIRE(!host_write("100", FAIL_FUNCTION "/probability") &&
		!host_write("1", FAIL_FUNCTION "/times") &&
		!host_write("0", FAIL_FUNCTION "/verbose"), "fail_function: %m");
	REQUIRE(!host_write(name, FAIL_FUNCTION "/inject"), "%s cannot be made to fail", name);
	REQUIRE(!host_write("0xfffffffffffffffb", FAIL_FUNCTION "/%s/retval", name),
		"%s: its error", name);
}

static void no_function_fails(void)
{
	REQUIRE(!host_write("\n", FAIL_FUNCTION "/inject"), "fail_function: %m");
}

/* The steps of attaching, each of which fails for whatever reason. */
static void functions(void)
{
	static const char *const steps[] = {
		"ballast_memmap_build", "ballast_notifier_register", "ballast_sysfs_vm_add",
		"ballast_scan_start",
	};
	unsigned int i;
	int ret;

	inject_prepare();
	vm = victim_vm();
	before = blst_count();
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		fail_function(steps[i]);
		ret = do_attach();
		no_function_fails();
		CHECK(ret == -EIO, "attach while %s fails: %d", steps[i], ret);
		same_count();
	}
	ret = do_attach();
	CHECK(!ret, "attach after the faults: %s", strerror(-ret));
	undo_attach();
	tinyvm_destroy(vm);
}

static void *spare;

static int set_spare(uint64_t pages)
{
	struct kvm_userspace_memory_region region = {
		.slot = SPARE_SLOT,
		.guest_phys_addr = SPARE_GFN * TINYVM_PAGE,
		.memory_size = pages * TINYVM_PAGE,
		.userspace_addr = (uintptr_t)spare,
	};

	return ioctl(tinyvm_fd(world.vm), KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static bool has_spare;

/* The slot comes and goes with each try, so that each pass meets a new map. */
static void turn_spare(void)
{
	int ret;

	has_spare = !has_spare;
	ret = set_spare(has_spare ? SPARE_PAGES : 0);
	REQUIRE(!ret, "memory slot: %s", strerror(-ret));
}

static int do_slot(void)
{
	int ret = set_spare(has_spare ? 0 : SPARE_PAGES);

	if (!ret)
		has_spare = !has_spare;
	return ret;
}

static void scan_after_slot(void)
{
	int ret = do_pass();

	REQUIRE(!ret, "pass: %s", strerror(-ret));
}

static void slots(void)
{
	static const struct inject_attempt changed = {
		"pass after a change of slots", do_pass, NULL, turn_spare, { -ENOMEM, -EFAULT },
	};
	/* KVM's own errors, with our notifiers in place. */
	static const struct inject_attempt change = {
		"change of slots", do_slot, NULL, scan_after_slot, { -ENOMEM, -EFAULT, -EINTR },
	};
	int ret;

	open_world();
	spare = mmap(NULL, SPARE_PAGES * TINYVM_PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	REQUIRE(spare != MAP_FAILED, "mmap: %m");
	turn_spare();
	inject_fail_everywhere(&changed);
	inject_fail_everywhere(&change);
	turn_spare();
	fail_function("ballast_memmap_build");
	ret = do_pass();
	no_function_fails();
	CHECK(ret == -EIO, "pass while the new map fails: %d", ret);
	if (has_spare)
		turn_spare();
	world_settle(&world, "after the faults");
	world_close(&world);
}

/* --- miss-rate curves ----------------------------------------------------------------------- */

/* So few that no array has a page, or one fault would not do to be without memory for it. */
#define SAMPLES		"64"
#define MORE_SAMPLES	"100"

static struct ballast_mrc_query curve_before;
static uint64_t bytes_before;
static bool made_late;

static void get_curve(struct ballast_mrc_query *q)
{
	int ret = blst_curve(world.id, q);

	REQUIRE(!ret, "curve: %s", strerror(-ret));
}

static void set_curve(const char *name, const char *value)
{
	int ret = blst_curve_set(world.id, name, value);

	REQUIRE(!ret, "%s: %s", name, strerror(-ret));
}

static uint64_t store_bytes(void)
{
	struct ballast_vm_query query;
	int ret = blst_query(world.id, &query);

	REQUIRE(!ret, "query: %s", strerror(-ret));
	return query.store_bytes;
}

/* Who is traced by traps waits for faults, and nobody else does. */
static void check_listeners(bool traps)
{
	unsigned int got[2] = { ~0u, ~0u };
	char text[32];

	REQUIRE(!host_read(text, sizeof(text), "/sys/kernel/debug/ballast/traps"), "traps");
	REQUIRE(sscanf(text, "%u %u", &got[0], &got[1]) == 2, "traps: %s", text);
	REQUIRE(got[0] == traps && got[1] == traps,
		"%u VMs wait for faults, and these are told: %u", got[0], got[1]);
}

/* Knobs, whether there is a curve, its sample, who traces, and memory. */
static void same_curve(void)
{
	uint64_t bytes = store_bytes();
	struct ballast_mrc_query q;

	get_curve(&q);
	REQUIRE(q.state == curve_before.state && q.samples == curve_before.samples &&
		q.tracer == curve_before.tracer && q.trap_huge == curve_before.trap_huge,
		"state %u, %u samples, tracer %u, blocks trapped: %u", q.state, q.samples,
		q.tracer, q.trap_huge);
	REQUIRE(q.entries == curve_before.entries && q.ticks == curve_before.ticks,
		"%u entries, there were %u; %llu ticks, there were %llu", q.entries,
		curve_before.entries, (unsigned long long)q.ticks,
		(unsigned long long)curve_before.ticks);
	REQUIRE(q.tracing_by == curve_before.tracing_by &&
		q.tracer_reason == curve_before.tracer_reason, "traced by %u because of %u",
		q.tracing_by, q.tracer_reason);
	REQUIRE(bytes == bytes_before, "%llu bytes, there were %llu", (unsigned long long)bytes,
		(unsigned long long)bytes_before);
	check_listeners(q.tracing_by == BALLAST_TRACER_TRAPS);
}

/* Without memory for the index it was done all the same, and the next pass makes up for it. */
static void curve_is_made(void)
{
	struct ballast_mrc_query q;

	get_curve(&q);
	if (!q.entries) {
		scan_after_slot();
		made_late = true;
	}
	get_curve(&q);
	REQUIRE(q.state == BALLAST_MRC_TRACING && q.entries >= q.samples / 2,
		"state %u, %u entries", q.state, q.entries);
	REQUIRE(q.tracing_by && (!q.tracer || q.tracing_by == q.tracer),
		"traced by %u, which should be %u", q.tracing_by, q.tracer);
	check_listeners(q.tracing_by == BALLAST_TRACER_TRAPS);
}

/* A pass may have changed the rest of the memory. */
static void forget_late(void)
{
	if (made_late)
		bytes_before = store_bytes();
	made_late = false;
}

static void curve_off(void)
{
	curve_is_made();
	set_curve("enabled", "0");
	forget_late();
}

static void tracer_back(void)
{
	curve_is_made();
	set_curve("tracer", "bits");
	forget_late();
}

/* By traps either way, and other ones. */
static void trap_huge_back(void)
{
	curve_is_made();
	set_curve("trap_huge", "0");
	forget_late();
}

/* Another sample of the same size. */
static void samples_back(void)
{
	curve_is_made();
	set_curve("samples", SAMPLES);
	curve_is_made();
	forget_late();
	get_curve(&curve_before);
}

static void fail_curve_knob(const char *name, const char *value, const char *what,
			    void (*undo)(void))
{
	const struct inject_attempt attempt = {
		what, do_knob, undo, same_curve, { -ENOMEM, -EFAULT },
	};

	snprintf(knob, sizeof(knob), FOLDERS "/%s/mrc/%s", blst_name(world.id), name);
	knob_value = value;
	get_curve(&curve_before);
	bytes_before = store_bytes();
	inject_fail_everywhere(&attempt);
}

static int do_curve(void)
{
	struct ballast_mrc_query q;

	return blst_curve(world.id, &q);
}

/* On and off, and on with another tracer or sample: a curve that is being made goes on. */
static void curves(void)
{
	static const struct inject_attempt query = {
		"query of a curve", do_curve, NULL, same_curve, { -ENOMEM, -EFAULT },
	};

	open_world();
	world_round(&world);
	set_curve("samples", SAMPLES);
	set_curve("tracer", "bits");
	fail_curve_knob("enabled", "1", "curve by bits", curve_off);
	set_curve("tracer", "traps");
	fail_curve_knob("enabled", "1", "curve by traps", curve_off);
	set_curve("tracer", "auto");
	fail_curve_knob("enabled", "1", "curve by either", curve_off);
	set_curve("tracer", "bits");
	set_curve("enabled", "1");
	scan_after_slot();
	fail_curve_knob("tracer", "traps", "traps instead of bits", tracer_back);
	fail_curve_knob("samples", MORE_SAMPLES, "samples by bits", samples_back);
	set_curve("tracer", "traps");
	scan_after_slot();
	fail_curve_knob("samples", MORE_SAMPLES, "samples by traps", samples_back);
	fail_curve_knob("trap_huge", "1", "blocks trapped", trap_huge_back);
	inject_fail_everywhere(&query);
	world_settle(&world, "after the faults");
	set_curve("enabled", "0");
	check_listeners(false);
	world_close(&world);
}

/* Each chance in a fifth of the calls of this thread, for many rounds. */
static void at_random(void)
{
	unsigned int i, failed = 0, rounds = ktap_count ? ktap_count : ROUNDS;

	open_world();
	for (i = 0; i < rounds; i++) {
		int ret;

		world_touch(&world);
		if (!(i % 8))
			world_swap_hot_cold(&world);
		inject_arm(1 + ktap_below(&world.rnd, 8));
		ret = do_pass();
		inject_was_hit();
		failed += ret != 0;
		REQUIRE(!ret || ret == -ENOMEM || ret == -EFAULT, "pass: %s", strerror(-ret));
	}
	ktap_note("%u of %u passes failed", failed, rounds);
	CHECK(failed, "no pass failed");
	world_settle(&world, "after the faults");
	world_close(&world);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "attach", attach },
		{ "detach", detach },
		{ "functions", functions },
		{ "calls", calls },
		{ "slots", slots },
		{ "curves", curves, 300 },
		{ "at_random", at_random },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
