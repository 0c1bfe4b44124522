// SPDX-License-Identifier: GPL-2.0-only
/* ballastd.conf: what is understood, and what is said of the rest. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "daemon_config.h"
#include "test.h"

static struct daemon_config config;
static char error[512], path[PATH_MAX];

static int load(const char *text)
{
	test_file("ballastd.conf", text, strlen(text));
	snprintf(path, sizeof(path), "%s/ballastd.conf", test_folder());
	return daemon_config_load(&config, path, error, sizeof(error));
}

/* What is said, without the file's name. */
static const char *wrong(const char *text)
{
	CHECK_EQ(load(text), -EINVAL);
	CHECK(!strncmp(error, path, strlen(path)));
	return error + (strlen(error) > strlen(path) ? strlen(path) : 0);
}

static struct config_limits limits_of(const char *name, uint64_t size_pages)
{
	const char *const names[] = { "", name };
	struct config_limits limits;

	daemon_config_limits(&config, names, 2, size_pages, &limits);
	return limits;
}

static void defaults(void)
{
	struct config_limits l;

	CHECK_EQ(load(""), 0);
	CHECK_EQ(config.budget_bytes, 0);
	CHECK_EQ(config.interval_ms, 2000);
	CHECK_EQ(config.hold_off_ms, 30000);
	CHECK_EQ(config.swap_bytes_s, 64 << 20);
	CHECK_EQ(config.tax_percent, 75);
	CHECK(!config.attach_all);
	CHECK(config.demand);
	l = limits_of("web", 1000);
	CHECK_EQ(l.min_pages, 250);
	CHECK_EQ(l.max_pages, 0);
	CHECK_EQ(l.shares, 1000);
	CHECK(l.balloon && l.swap && l.flush && l.classes);
	daemon_config_release(&config);
}

static void all_settings(void)
{
	struct config_limits l;

	CHECK_EQ(load("# a comment\n"
		      "[host]\nbudget = 28G\nreserve = 1.5G ; for others\nattach = all\ndemand = off\n"
		      "interval = 0.5\nhold_off = 60\nswap_rate = 32M\nidle_tax = 0%\n"
		      "[defaults]\nmin = 1G\nshares = 500\nswap = off\nflush = off\n"
		      "[vm web]\nmax = 50%\nshares=2000\n"
		      "[vm db]\nmin = 10%\nballoon = off\nswap = auto\nflush = auto\n"
		      "classes = off\n"), 0);
	CHECK_EQ(config.budget_bytes, 28ull << 30);
	CHECK_EQ(config.reserve_bytes, 3ull << 29);
	CHECK_EQ(config.interval_ms, 500);
	CHECK_EQ(config.hold_off_ms, 60000);
	CHECK_EQ(config.swap_bytes_s, 32 << 20);
	CHECK_EQ(config.tax_percent, 0);
	CHECK(config.attach_all);
	CHECK(!config.demand);
	l = limits_of("web", 1 << 20);
	CHECK_EQ(l.min_pages, 1 << 18);
	CHECK_EQ(l.max_pages, 1 << 19);
	CHECK_EQ(l.shares, 2000);
	CHECK(l.balloon && !l.swap && !l.flush && l.classes);
	l = limits_of("db", 1 << 20);
	CHECK_EQ(l.min_pages, (1 << 20) / 10);
	CHECK_EQ(l.shares, 500);
	CHECK(!l.balloon && l.swap && l.flush && !l.classes);
	/* A minimum that is more than a VM has. */
	l = limits_of("other", 1 << 16);
	CHECK_EQ(l.min_pages, 1 << 16);
	CHECK_EQ(l.shares, 500);
	daemon_config_release(&config);
}

static void errors(void)
{
	CHECK_STR(wrong("[host]\nbugdet = 4G\n"),
		  ":2: [host] has no 'bugdet': one of: budget, reserve, cgroup, attach, demand, interval, hold_off, swap_rate, idle_tax");
	CHECK_STR(wrong("\n[vm web]\n\nmine = 4G\n"),
		  ":4: [vm web] has no 'mine': one of: min, max, shares, balloon, swap, flush, classes");
	CHECK_STR(wrong("[guests]\nmin = 1G\n"),
		  ":2: no such section [guests]: one of: [host], [defaults], [vm NAME]");
	CHECK_STR(wrong("[vm ]\nmin = 1G\n"),
		  ":2: no such section [vm ]: one of: [host], [defaults], [vm NAME]");
	CHECK_STR(wrong("min = 1G\n"),
		  ":1: 'min' is in no section: put [host], [defaults] or [vm NAME] above it");
	CHECK_STR(wrong("[defaults]\nmin = 1X\n"),
		  ":2: min = 1X: wants a size like 512M or 2G, or a part of the VM's like 25%");
	CHECK_HAS(wrong("[defaults]\nmin = 101%\n"), ":2: min = 101%: wants a size");
	CHECK_HAS(wrong("[defaults]\nmin = -1\n"), ":2: min = -1: wants a size");
	CHECK_HAS(wrong("[defaults]\nmin =\n"), ":2: min = : wants a size");
	CHECK_STR(wrong("[host]\nbudget = 25%\n"), ":2: budget = 25%: wants a size like 512M or 28G");
	CHECK_STR(wrong("[vm a]\nshares = 0\n"), ":2: shares = 0: wants a number from 1 to 1048576");
	CHECK_STR(wrong("[vm a]\nballoon = no\n"), ":2: balloon = no: wants auto or off");
	CHECK_STR(wrong("[vm a]\nswap = on\n"), ":2: swap = on: wants auto or off");
	CHECK_STR(wrong("[host]\nidle_tax = 100%\n"), ":2: idle_tax = 100%: wants a part like 75%, 0% to 99%");
	CHECK_STR(wrong("[host]\nidle_tax = 1M\n"), ":2: idle_tax = 1M: wants a part like 75%, 0% to 99%");
	CHECK_STR(wrong("[host]\nattach = yes\n"), ":2: attach = yes: wants all or no");
	CHECK_STR(wrong("[host]\ninterval = 0.05\n"), ":2: interval = 0.05: wants seconds, 0.1 to 3600");
	CHECK_STR(wrong("[host]\ncgroup = vms\n"),
		  ":2: cgroup = vms: wants the folder of a cgroup, from / on");
	CHECK_STR(wrong("[host]\nbudget\n"),
		  ":2: neither [SECTION] nor KEY = VALUE: begin comments with # or ;");
}

static void twice(void)
{
	CHECK_HAS(wrong("[host]\nbudget = 1G\nbudget = 2G\n"), ":3: [host] has 'budget' already");
	/* For libinih, a line that begins with a blank goes on with the one above. */
	CHECK_HAS(wrong("[vm a]\nmin = 1G\n shares = 3\n"),
		  ":3: [vm a] has 'min' already: leave one of them (a line that begins with a blank");
	CHECK_HAS(wrong("[vm a]\nmin = 1G\n[vm b]\nmin = 1G\n[vm a]\nmin = 2G\n"),
		  ":6: [vm a] has 'min' already");
	CHECK_HAS(wrong("[vm a]\nmin = 1G\n[vm a ]\nmin = 2G\n"), ":4: [vm a ] has 'min' already");
}

/* 512 bytes of memory are 512M without the unit. */
static void units(void)
{
	CHECK_HAS(wrong("[vm a]\nmax = 512\n"), ":2:");
	CHECK_HAS(error, "a size like 512M or 2G");
	CHECK_HAS(wrong("[host]\nbudget = 28\n"), "a size like 512M or 28G");
	CHECK_EQ(load("[vm a]\nmin = 0\nmax = 1G\n"), 0);
	daemon_config_release(&config);
}

static void together(void)
{
	CHECK_STR(wrong("[host]\nbudget = 1G\nreserve = 1G\n"),
		  ":3: reserve is as much as budget: nothing is left for VMs");
	CHECK_HAS(wrong("[host]\nbudget = 1G\ncgroup = /sys/fs/cgroup/vms\n"),
		  ":3: budget and cgroup: give one of them");
	CHECK_STR(wrong("[vm a]\nmin = 2G\nmax = 1G\n[vm b]\nmin = 1G\n"),
		  ":3: vm a: min is more than max: lower one, or raise the other");
	CHECK_HAS(wrong("[defaults]\nmax = 1G\n[vm a]\nmin = 2G\n"), ":4: vm a: min is more");
	CHECK_HAS(wrong("[defaults]\nmin = 50%\nmax = 40%\n"), ":3: defaults: min is more");
}

static void long_lines(void)
{
	char text[1024];

	snprintf(text, sizeof(text), "[host]\nbudget = 1G\nreserve = %0*d\n", 400, 1);
	CHECK_HAS(wrong(text), ":3: a line of more than 198 characters: shorten it");
	snprintf(text, sizeof(text), "[vm %0*d]\nmin = 1G\n", 46, 1);
	CHECK_HAS(wrong(text), ":2: [vm 0000");
	CHECK_HAS(error, "a name of more than 45 characters");
	/* Also where libinih cuts it short. */
	snprintf(text, sizeof(text), "[vm      %0*d]\nmin = 1G\n", 45, 1);
	CHECK_HAS(wrong(text), ":2: [vm  ");
	CHECK_HAS(error, "a name of more than 45 characters");
	/* The last line need not end. */
	CHECK_EQ(load("[host]\nbudget = 1G"), 0);
	CHECK_EQ(config.budget_bytes, 1 << 30);
	daemon_config_release(&config);
}

/* A file that is asked for by name has to be there; an error changes nothing. */
static void files(void)
{
	struct daemon_config old = { .budget_bytes = 42 };

	CHECK_EQ(daemon_config_load(&old, "/nowhere/x.conf", error, sizeof(error)), -ENOENT);
	CHECK_STR(error, "/nowhere/x.conf: cannot read the configuration: No such file or directory");
	CHECK_EQ(old.budget_bytes, 42);
	CHECK_EQ(load("[vm a]\nmin = 1G\n[vm b]\nmin = x\n"), -EINVAL);
}

static const struct test_case cases[] = {
	{ "defaults", defaults },
	{ "all_settings", all_settings },
	{ "errors", errors },
	{ "twice", twice },
	{ "units", units },
	{ "together", together },
	{ "long_lines", long_lines },
	{ "files", files },
};

TEST_SUITE(config, cases);
