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
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"
#include "ktap.h"
#include "victim.h"
#include "world.h"

#define MODULE		"ballast_host"
#define FOLDERS		"/sys/kernel/ballast/vm"
#define PAGES		(8 * 256)
#define SPARE_SLOT	30
#define SPARE_GFN	(WORLD_GFN + 4 * PAGES)
#define SPARE_PAGES	512
#define ROUNDS		200
/* A call with more chances to fail than that never comes to its end. */
#define CHANCES_MAX	20000
/*
 * Of loading the module, the last ones are its own: every fourth of them is tried, by
 * the seed which. Before that, in the kernel's loader, one in a while.
 */
#define LOAD_OWN	400
#define LOAD_STEP	80
#define LOAD_OWN_STEP	4

/**
 * struct attempt - what is tried with every fault
 * @name:	of the call
 * @call:	it: 0 or -errno
 * @undo:	after a success; may be NULL
 * @check:	after either: all as it was; may be NULL
 * @allowed:	errors that a fault may lead to, up to 0
 */
struct attempt {
	const char *name;
	int (*call)(void);
	void (*undo)(void);
	void (*check)(void);
	int allowed[8];
};

static struct tinyvm *vm;
static struct world world;
static uint32_t id;
static int before;

/* Fail what can wait for memory as well, and leave the log to who finds faults. */
static void prepare(void)
{
	static const char *const capabilities[] = {
		"failslab", "fail_page_alloc", "fail_usercopy",
	};
	unsigned int i;

	if (!host_has("/proc/thread-self/fail-nth"))
		ktap_skip("this kernel injects no faults: KVER=6.12-debug does");
	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		host_write("0", "/sys/kernel/debug/%s/verbose", capabilities[i]);
	REQUIRE(!host_write("N", "/sys/kernel/debug/failslab/ignore-gfp-wait"), "failslab: %m");
	REQUIRE(!host_write("N", "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait") &&
		!host_write("N", "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem") &&
		!host_write("0", "/sys/kernel/debug/fail_page_alloc/min-order"),
		"fail_page_alloc: %m");
}

static int nth_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	REQUIRE(fd >= 0, "fail-nth: %m");
	return fd;
}

/* Reading and writing this file are chances to fail as well: the last ones. */
static void arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth), fd = nth_fd();

	if (pwrite(fd, text, n, 0) != n)
		REQUIRE(errno == EFAULT && pwrite(fd, text, n, 0) == n, "fail-nth: %m");
}

/* Disarm. Return: whether the fault has happened. */
static bool was_hit(void)
{
	char text[16] = "";
	bool hit;

	if (pread(nth_fd(), text, sizeof(text) - 1, 0) < 0) {
		REQUIRE(errno == EFAULT, "fail-nth: %m");
		return false;
	}
	hit = !atoi(text);
	if (!hit)
		arm(0);
	return hit;
}

static bool is_allowed(const struct attempt *a, int ret)
{
	unsigned int i;

	for (i = 0; a->allowed[i]; i++)
		if (ret == a->allowed[i])
			return true;
	return false;
}

/* Return: whether the call has so many chances; *@failed is counted up. */
static bool fail_at(const struct attempt *a, unsigned int nth, unsigned int *failed)
{
	bool hit;
	int ret;

	arm(nth);
	ret = a->call();
	hit = was_hit();
	if (!hit)
		REQUIRE(!ret, "%s without a fault: %s", a->name, strerror(-ret));
	else if (ret)
		REQUIRE(is_allowed(a, ret), "%s with fault %u: %s", a->name, nth, strerror(-ret));
	*failed += ret != 0;
	if (!ret && a->undo)
		a->undo();
	if (a->check)
		a->check();
	return hit;
}

static void fail_everywhere(const struct attempt *a)
{
	unsigned int nth, failed = 0;

	for (nth = 1; nth < CHANCES_MAX && fail_at(a, nth, &failed); nth++)
		;
	CHECK(nth < CHANCES_MAX, "%s: still failing after %u faults", a->name, nth);
	CHECK(nth > 1, "%s: nothing in it can fail", a->name);
	ktap_note("%s: %u chances to fail, %u made it fail", a->name, nth - 1, failed);
}

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
	static const struct attempt attempt = {
		"attach", do_attach, undo_attach, same_count, { -ENOMEM, -EFAULT, -EINTR },
	};

	prepare();
	vm = victim_vm();
	before = blst_count();
	fail_everywhere(&attempt);
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
	static const struct attempt attempt = {
		"detach", do_detach, attach_again, same_count, { -EFAULT },
	};

	prepare();
	vm = victim_vm();
	attach_again();
	before = blst_count();
	fail_everywhere(&attempt);
	undo_attach();
	tinyvm_destroy(vm);
}

static void open_world(void)
{
	static const struct tinyvm_mem mem = { WORLD_GFN, PAGES };

	prepare();
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

static int do_knob(void)
{
	return host_write("1234", "%s", knob);
}

/* Passes that fail in the middle, and questions: the picture is exact at the end. */
static void calls(void)
{
	static const struct attempt attempts[] = {
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
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		fail_everywhere(&attempts[i]);
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

	prepare();
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
	static const struct attempt changed = {
		"pass after a change of slots", do_pass, NULL, turn_spare, { -ENOMEM, -EFAULT },
	};
	/* KVM's own errors, with our notifiers in place. */
	static const struct attempt change = {
		"change of slots", do_slot, NULL, scan_after_slot, { -ENOMEM, -EFAULT, -EINTR },
	};
	int ret;

	open_world();
	spare = mmap(NULL, SPARE_PAGES * TINYVM_PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	REQUIRE(spare != MAP_FAILED, "mmap: %m");
	turn_spare();
	fail_everywhere(&changed);
	fail_everywhere(&change);
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
		arm(1 + ktap_below(&world.rnd, 8));
		ret = do_pass();
		was_hit();
		failed += ret != 0;
		REQUIRE(!ret || ret == -ENOMEM || ret == -EFAULT, "pass: %s", strerror(-ret));
	}
	ktap_note("%u of %u passes failed", failed, rounds);
	CHECK(failed, "no pass failed");
	world_settle(&world, "after the faults");
	world_close(&world);
}

static int unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

static int module_fd;

static int do_load(void)
{
	return syscall(SYS_finit_module, module_fd, "", 0) ? -errno : 0;
}

static void undo_load(void)
{
	int ret = unload();

	REQUIRE(!ret, "unload: %s", strerror(-ret));
}

static void is_gone(void)
{
	REQUIRE(!host_has("/dev/ballast") && !host_has("/sys/kernel/ballast"),
		"something of the module is left");
}

/* Chances to fail in a load: it is undone. */
static unsigned int load_chances(void)
{
	char text[16] = "";
	int ret;

	arm(CHANCES_MAX);
	ret = do_load();
	REQUIRE(!ret && pread(nth_fd(), text, sizeof(text) - 1, 0) > 0, "load: %s", strerror(-ret));
	arm(0);
	undo_load();
	return CHANCES_MAX - (unsigned int)atoi(text);
}

/* Most chances are the kernel's module loader's; ours are among the last ones. */
static void module_load(void)
{
	static const struct attempt attempt = {
		"load", do_load, undo_load, is_gone,
		{ -ENOMEM, -EFAULT, -EINTR, -ENOEXEC, -EINVAL, -ENFILE },
	};
	unsigned int all, nth, tries = 0, failed = 0;
	const char *dir = getenv("MODULES_DIR");
	char path[512];
	int ret;

	prepare();
	if (!dir)
		ktap_skip("MODULES_DIR does not say where " MODULE ".ko is");
	snprintf(path, sizeof(path), "%s/host/" MODULE ".ko", dir);
	module_fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(module_fd >= 0, "%s: %m", path);
	blst_close();
	undo_load();
	all = load_chances();
	for (nth = 1; nth + LOAD_OWN < all; nth += LOAD_STEP, tries++)
		fail_at(&attempt, nth, &failed);
	/* Others of them with another seed. */
	nth += ktap_seed % LOAD_OWN_STEP;
	for (; nth < CHANCES_MAX && fail_at(&attempt, nth, &failed); nth += LOAD_OWN_STEP, tries++)
		;
	CHECK(nth < CHANCES_MAX, "load: more than %u chances to fail", CHANCES_MAX);
	CHECK(failed, "no load failed");
	ktap_note("load: %u chances to fail, %u tried, %u made it fail", all, tries, failed);
	ret = do_load();
	CHECK(!ret, "load: %s", strerror(-ret));
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "attach", attach },
		{ "detach", detach },
		{ "functions", functions },
		{ "calls", calls },
		{ "slots", slots },
		{ "at_random", at_random },
		{ "module_load", module_load, 600 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
