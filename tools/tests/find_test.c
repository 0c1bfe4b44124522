// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "test.h"
#include "vm_find.h"

static struct vm make(const char *folder, pid_t pid, const char *guest)
{
	struct vm vm = { .pid = pid };

	snprintf(vm.entry.name, sizeof(vm.entry.name), "%s", folder);
	snprintf(vm.guest, sizeof(vm.guest), "%s", guest);
	vm_label(&vm);
	return vm;
}

static size_t match(const struct vm *vms, size_t nr, const char *text, enum vm_by by,
		    size_t *first)
{
	const struct vm_ref ref = { text, by };

	return vm_match(vms, nr, &ref, first);
}

static void labels(void)
{
	CHECK_STR(make("12", 12, "web").label, "12 (web)");
	CHECK_STR(make("12-3", 12, "").label, "12-3");
}

static void matches(void)
{
	/* Two VMs of process 12, a guest called like a pid, two guests of one name. */
	const struct vm vms[] = {
		make("12", 12, "web"), make("12-3", 12, "web"), make("40", 40, "db"),
		make("50", 50, "40"), make("60", 60, "twin"), make("70", 70, "twin"),
		make("81", 80, ""),
	};
	const size_t nr = ARRAY_SIZE(vms);
	size_t first = 99;

	/* The folder's name goes first, and is unique. */
	CHECK_EQ(match(vms, nr, "12", VM_BY_ANY, &first), 1);
	CHECK_EQ(first, 0);
	CHECK_EQ(match(vms, nr, "12-3", VM_BY_ANY, &first), 1);
	CHECK_EQ(first, 1);
	CHECK_EQ(match(vms, nr, "40", VM_BY_ANY, &first), 1);
	CHECK_EQ(first, 2);
	CHECK_EQ(match(vms, nr, "40", VM_BY_NAME, &first), 1);
	CHECK_EQ(first, 3);
	/* By process, where a thread gave the folder its name. */
	CHECK_EQ(match(vms, nr, "80", VM_BY_ANY, &first), 1);
	CHECK_EQ(first, 6);
	CHECK_EQ(match(vms, nr, "12", VM_BY_PID, &first), 2);
	CHECK_EQ(match(vms, nr, "db", VM_BY_ANY, &first), 1);
	CHECK_EQ(first, 2);
	CHECK_EQ(match(vms, nr, "twin", VM_BY_ANY, &first), 2);
	CHECK_EQ(match(vms, nr, "twin", VM_BY_PID, &first), 0);
	CHECK_EQ(match(vms, nr, "", VM_BY_ANY, &first), 0);
	CHECK_EQ(match(vms, nr, "", VM_BY_NAME, &first), 0);
	CHECK_EQ(match(vms, nr, "nix", VM_BY_ANY, &first), 0);
	CHECK_EQ(match(vms, 0, "web", VM_BY_ANY, &first), 0);
}

static void add_process(int pid, const char *guest, bool vm)
{
	char path[64], text[128];
	int len;

	len = snprintf(text, sizeof(text), "qemu%c-name%c%s", 0, 0, guest);
	snprintf(path, sizeof(path), "%d/cmdline", pid);
	test_file(path, text, (size_t)len + 1);
	snprintf(path, sizeof(path), "%d/status", pid);
	len = snprintf(text, sizeof(text), "Name:\tqemu\nTgid:\t%d\n", pid);
	test_file(path, text, (size_t)len);
	snprintf(path, sizeof(path), "%d/fd/9", pid);
	test_link(path, vm ? "anon_inode:kvm-vm" : "/dev/null");
}

static struct ballast_client client;
static struct proc_kvm kvm;

static int find(const char *text, enum vm_by by)
{
	const struct vm_ref ref = { text, by };
	int ret;

	client.proc = test_folder();
	*client.error = '\0';
	ret = vm_find_process(&client, &ref, &kvm);
	if (!ret)
		proc_kvm_release(&kvm);
	return ret;
}

static void processes(void)
{
	static const char thread[] = "Name:\tvmm\nTgid:\t10\nPid:\t11\n";

	add_process(10, "web", true);
	add_process(20, "twin", true);
	add_process(30, "twin", true);
	add_process(40, "10", true);
	add_process(50, "none", false);
	add_process(60, "70", true);
	test_file("11/status", thread, strlen(thread));

	CHECK_EQ(find("10", VM_BY_ANY), 0);
	CHECK_EQ(kvm.pid, 10);
	CHECK_EQ(find("11", VM_BY_PID), 0);
	CHECK_EQ(kvm.pid, 10);
	CHECK_EQ(find("web", VM_BY_ANY), 0);
	CHECK_EQ(kvm.pid, 10);
	CHECK_EQ(find("10", VM_BY_NAME), 0);
	CHECK_EQ(kvm.pid, 40);
	/* No such pid, but a guest of that name. */
	CHECK_EQ(find("70", VM_BY_ANY), 0);
	CHECK_EQ(kvm.pid, 60);
	CHECK_EQ(find("70", VM_BY_PID), -ESRCH);
	CHECK_STR(client.error, "vm 70: no such process");
}

static void messages(void)
{
	add_process(10, "web", true);
	add_process(20, "twin", true);
	add_process(30, "twin", true);
	add_process(50, "none", false);

	CHECK_EQ(find("50", VM_BY_ANY), -ENOENT);
	CHECK_STR(client.error, "vm 50: not a KVM process (no kvm-vm fd)");
	CHECK_EQ(find("51", VM_BY_ANY), -ESRCH);
	CHECK_STR(client.error, "vm 51: no such process");
	CHECK_EQ(find("twin", VM_BY_ANY), -ENOTUNIQ);
	CHECK_HAS(client.error, "20, 30: give the pid");
	CHECK_EQ(find("nix", VM_BY_ANY), -ENOENT);
	CHECK_HAS(client.error, "there are: 10 (web), 20 (twin), 30 (twin)");
	CHECK_EQ(find("nix", VM_BY_PID), -ESRCH);
	CHECK_STR(client.error, "vm nix: not a pid");
}

/* A long list ends in "...", and stays within the message. */
static void many(void)
{
	for (int i = 0; i < 60; i++)
		add_process(1000 + i, "a-guest-with-quite-a-name", true);
	CHECK_EQ(find("nix", VM_BY_ANY), -ENOENT);
	CHECK_HAS(client.error, "1000 (a-guest-with-quite-a-name), ");
	CHECK_HAS(client.error, " ...");
}

static const struct test_case cases[] = {
	{ "labels", labels },
	{ "matches", matches },
	{ "processes", processes },
	{ "messages", messages },
	{ "many", many },
};

TEST_SUITE(find, cases);
