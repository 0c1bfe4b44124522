// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc.h"
#include "test.h"

#define CMDLINE(text)	text, sizeof(text)

static void check_name(const char *cmdline, size_t len, const char *expected)
{
	/* Exactly as long, so that a byte too far is found. */
	char *copy = malloc(len ? len : 1), name[PROC_NAME_LEN];

	memcpy(copy, cmdline, len);
	CHECK_EQ(proc_cmdline_name(copy, len, name), *expected != '\0');
	CHECK_STR(name, expected);
	free(copy);
}

static void cmdline(void)
{
	check_name(CMDLINE("qemu\0-name\0web\0-m\0001G"), "web");
	check_name(CMDLINE("qemu\0--name\0web"), "web");
	check_name(CMDLINE("qemu\0-name\0guest=web,debug-threads=on\0-S"), "web");
	check_name(CMDLINE("qemu\0-name\0web,process=x"), "web");
	check_name(CMDLINE("qemu\0-name\0debug-threads=on,guest=web"), "web");
	check_name(CMDLINE("qemu\0-name\0debug-threads=on"), "");
	check_name(CMDLINE("qemu\0-name\0guest=a,,b,process=x"), "a,b");
	check_name(CMDLINE("qemu\0-name\0a,,b"), "a,b");
	check_name(CMDLINE("qemu\0-name\0guest=a=b"), "a=b");
	check_name(CMDLINE("qemu\0-name\0guest="), "");
	check_name(CMDLINE("qemu\0-name\0"), "");
	check_name(CMDLINE("qemu\0-m\0001G"), "");
	check_name(CMDLINE("qemu\0-names\0web"), "");
	check_name(CMDLINE("qemu\0-name\0a\033[2Jb"), "a?[2Jb");
	check_name("", 0, "");
	check_name("\0\0\0", 3, "");
}

static void cmdline_cut(void)
{
	/* Nothing after -name: the file was cut there. */
	check_name("qemu\0-name", 11, "");
}

static void cmdline_long(void)
{
	char cmdline[700] = "qemu\0-name\0guest=", name[PROC_NAME_LEN];

	memset(cmdline + 17, 'x', sizeof(cmdline) - 18);
	CHECK(proc_cmdline_name(cmdline, sizeof(cmdline), name));
	CHECK_EQ(strlen(name), PROC_NAME_LEN - 1);
}

static void add_process(int pid, const char *cmdline, size_t len, const char *const *links)
{
	char path[64], status[64];

	snprintf(path, sizeof(path), "%d/cmdline", pid);
	test_file(path, cmdline, len);
	snprintf(path, sizeof(path), "%d/comm", pid);
	test_file(path, "qemu-kvm\n", 9);
	snprintf(path, sizeof(path), "%d/status", pid);
	snprintf(status, sizeof(status), "Name:\tqemu\nTgid:\t%d\nPid:\t%d\n", pid, pid);
	test_file(path, status, strlen(status));
	for (int fd = 0; *links; fd++, links++) {
		snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
		test_link(path, *links);
	}
}

static const char *const vm_fds[] = { "/dev/null", "anon_inode:kvm-vcpu:0", "anon_inode:kvm-vm",
				      "anon_inode:kvm-vm-stats", "anon_inode:kvm-vm", NULL };
static const char *const other_fds[] = { "/dev/kvm", "anon_inode:[eventfd]", NULL };

static void processes(void)
{
	struct proc_kvm_list found;

	add_process(300, CMDLINE("qemu\0-name\0web"), vm_fds);
	add_process(20, CMDLINE("other"), vm_fds);
	add_process(30, CMDLINE("bash\0-name\0x"), other_fds);
	test_file("meminfo", "x", 1);
	CHECK_EQ(proc_kvm_find(test_folder(), &found), 0);
	if (CHECK(found.nr == 2)) {
		CHECK_EQ(found.list[0].pid, 20);
		CHECK_STR(found.list[0].name, "");
		CHECK_EQ(found.list[1].pid, 300);
		CHECK_STR(found.list[1].name, "web");
		CHECK_STR(found.list[1].comm, "qemu-kvm");
		CHECK_EQ(found.list[1].nr_fds, 2);
		CHECK_EQ(found.list[1].fds[0], 2);
		CHECK_EQ(found.list[1].fds[1], 4);
	}
	proc_kvm_free(&found);
	CHECK_EQ(proc_kvm_find("/nowhere", &found), -ENOENT);
}

static void one_process(void)
{
	struct proc_kvm kvm;

	add_process(30, CMDLINE("bash"), other_fds);
	CHECK_EQ(proc_kvm_read(test_folder(), 30, &kvm), 0);
	CHECK_EQ(kvm.nr_fds, 0);
	CHECK_EQ(proc_kvm_read(test_folder(), 31, &kvm), -ESRCH);
}

static void threads(void)
{
	static const char status[] = "Name:\tvmm\nTgid:\t40\nNgid:\t0\nPid:\t41\n";

	test_file("41/status", status, strlen(status));
	CHECK_EQ(proc_tgid(test_folder(), 41), 40);
	CHECK_EQ(proc_tgid(test_folder(), 42), 0);
}

static void ended(void)
{
	test_link("50/exe", "/usr/bin/qemu-system-x86_64");
	test_file("51/status", "", 0);
	CHECK_EQ(proc_ended(test_folder(), 50), false);
	CHECK_EQ(proc_ended(test_folder(), 51), true);
	CHECK_EQ(proc_ended(test_folder(), 52), true);
}

/* The kernel tells duplicates of one file from two files. */
static void duplicates(void)
{
	int pipes[2], copy, fds[4];
	struct proc_kvm kvm = { .pid = getpid(), .nr_fds = 4 };

	CHECK_EQ(pipe(pipes), 0);
	copy = dup(pipes[0]);
	fds[0] = pipes[0];
	fds[1] = pipes[1];
	fds[2] = copy;
	fds[3] = pipes[1];
	kvm.fds = fds;
	CHECK_EQ(proc_kvm_count(&kvm), 2);
	proc_kvm_unique(&kvm);
	CHECK_EQ(kvm.nr_fds, 2);
	CHECK_EQ(fds[0], pipes[0]);
	CHECK_EQ(fds[1], pipes[1]);
	close(pipes[0]);
	close(pipes[1]);
	close(copy);
}

static const struct test_case cases[] = {
	{ "cmdline", cmdline },
	{ "cmdline_cut", cmdline_cut },
	{ "cmdline_long", cmdline_long },
	{ "processes", processes },
	{ "one_process", one_process },
	{ "threads", threads },
	{ "ended", ended },
	{ "duplicates", duplicates },
};

TEST_SUITE(proc, cases);
