// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "inject.h"
#include "ktap.h"

/* Fail what can wait for memory as well, and leave the log to who finds faults. */
void inject_prepare(void)
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
void inject_arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth), fd = nth_fd();

	if (pwrite(fd, text, n, 0) != n)
		REQUIRE(errno == EFAULT && pwrite(fd, text, n, 0) == n, "fail-nth: %m");
}

bool inject_was_hit(void)
{
	char text[16] = "";
	bool hit;

	if (pread(nth_fd(), text, sizeof(text) - 1, 0) < 0) {
		REQUIRE(errno == EFAULT, "fail-nth: %m");
		return false;
	}
	hit = !atoi(text);
	if (!hit)
		inject_arm(0);
	return hit;
}

static bool is_allowed(const struct inject_attempt *a, int ret)
{
	unsigned int i;

	for (i = 0; a->allowed[i]; i++)
		if (ret == a->allowed[i])
			return true;
	return false;
}

unsigned int inject_chances(int (*call)(void))
{
	char text[16] = "";
	int ret;

	inject_arm(INJECT_MAX);
	ret = call();
	REQUIRE(!ret && pread(nth_fd(), text, sizeof(text) - 1, 0) > 0, "without a fault: %s",
		strerror(-ret));
	inject_arm(0);
	return INJECT_MAX - (unsigned int)atoi(text);
}

bool inject_fail_at(const struct inject_attempt *a, unsigned int nth, unsigned int *failed)
{
	bool hit;
	int ret;

	inject_arm(nth);
	ret = a->call();
	hit = inject_was_hit();
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

void inject_fail_everywhere(const struct inject_attempt *a)
{
	unsigned int nth, failed = 0;

	for (nth = 1; nth < INJECT_MAX && inject_fail_at(a, nth, &failed); nth++)
		;
	CHECK(nth < INJECT_MAX, "%s: still failing after %u faults", a->name, nth);
	CHECK(nth > 1, "%s: nothing in it can fail", a->name);
	ktap_note("%s: %u chances to fail, %u made it fail", a->name, nth - 1, failed);
}
