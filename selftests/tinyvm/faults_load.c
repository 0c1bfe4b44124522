// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of loading a module fails once: it is not loaded and nothing of it is
 * left, or it is loaded, without what failed. Of the guest's module that is with a balloon
 * device to drive, if this machine has one (selftests/nested/run gives it one).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blst.h"
#include "host.h"
#include "inject.h"
#include "ktap.h"

/*
 * The last chances of a load to fail are the module's own: every fourth of them is tried,
 * by the seed which. Before that, in the kernel's loader, one in a while.
 */
#define OWN		400
#define STEP		80
#define OWN_STEP	4

/**
 * struct module - what is loaded
 * @name:   of it
 * @folder: below MODULES_DIR
 * @left:   files that must be gone with it
 */
struct module {
	const char *name;
	const char *folder;
	const char *left[2];
};

static const struct module host = {
	"ballast_host", "host", { "/dev/ballast", "/sys/kernel/ballast" }
};

static const struct module guest = {
	"ballast_guest", "guest",
	{ "/sys/bus/virtio/drivers/ballast_balloon", "/sys/kernel/ballast_guest" }
};

static const struct module *module;
static int module_fd;

static int load(void)
{
	return syscall(SYS_finit_module, module_fd, "", 0) ? -errno : 0;
}

static void unload(void)
{
	REQUIRE(!syscall(SYS_delete_module, module->name, O_NONBLOCK), "unload: %m");
}

static void is_gone(void)
{
	for (unsigned int i = 0; i < 2; i++)
		REQUIRE(!host_has(module->left[i]), "%s is left", module->left[i]);
}

static void try_load(const struct module *which)
{
	static const struct inject_attempt attempt = {
		"load", load, unload, is_gone,
		{ -ENOMEM, -EFAULT, -EINTR, -ENOEXEC, -EINVAL, -ENFILE },
	};
	unsigned int all, nth, tries = 0, failed = 0;
	const char *dir = getenv("MODULES_DIR");
	char path[512];

	module = which;
	inject_prepare();
	if (!dir)
		ktap_skip("MODULES_DIR does not say where %s.ko is", module->name);
	snprintf(path, sizeof(path), "%s/%s/%s.ko", dir, module->folder, module->name);
	module_fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(module_fd >= 0, "%s: %m", path);
	all = inject_chances(load);
	unload();
	for (nth = 1; nth + OWN < all; nth += STEP, tries++)
		inject_fail_at(&attempt, nth, &failed);
	/* Others of them with another seed. */
	nth += ktap_seed % OWN_STEP;
	for (; nth < INJECT_MAX && inject_fail_at(&attempt, nth, &failed); nth += OWN_STEP, tries++)
		;
	CHECK(nth < INJECT_MAX, "load: more than %u chances to fail", INJECT_MAX);
	CHECK(failed, "no load failed");
	ktap_note("load: %u chances to fail, %u tried, %u made it fail", all, tries, failed);
}

static void load_host(void)
{
	int ret;

	module = &host;
	blst_close();
	unload();
	try_load(&host);
	/* As it was. */
	ret = load();
	CHECK(!ret, "load: %s", strerror(-ret));
}

static void load_guest(void)
{
	try_load(&guest);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "load_host", load_host, 600 },
		{ "load_guest", load_guest, 600 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
