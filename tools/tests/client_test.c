// SPDX-License-Identifier: GPL-2.0-only
/* The client against a fake device: what errors say, and lists that grow. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ballast_client.h"
#include "test.h"

static struct ballast_client client;
static char device[PATH_MAX];

/* --- the fake ------------------------------------------------------------------ */

static int fake_errno;
static unsigned int fake_abi = BALLAST_ABI_VERSION;
static unsigned int fake_vms;
static unsigned int list_calls;

static int answer_list(struct ballast_vm_list *list)
{
	struct ballast_vm_entry *entries = (void *)(uintptr_t)list->entries;

	/* VMs come in faster than they are asked for, twice. */
	if (++list_calls <= 2)
		fake_vms += 100;
	for (unsigned int i = 0; i < fake_vms && i < list->max; i++)
		entries[i] = (struct ballast_vm_entry) { .id = i + 1, .pid = (int)i + 1000 };
	list->count = fake_vms;
	return 0;
}

static int fake(unsigned long request, void *arg)
{
	struct ballast_version *version = arg;

	if (request == BALLAST_IOC_VERSION) {
		version->abi = fake_abi;
		strcpy(version->version, "1.2.3");
		return 0;
	}
	if (fake_errno) {
		errno = fake_errno;
		return -1;
	}
	if (request == BALLAST_IOC_VM_LIST)
		return answer_list(arg);
	return 0;
}

static int open_fake(void)
{
	test_file("ballast", "", 0);
	snprintf(device, sizeof(device), "%s/ballast", test_folder());
	ballast_client_init(&client);
	client.device = device;
	client.sysfs = test_folder();
	test_ioctl = fake;
	fake_errno = 0;
	return ballast_client_open(&client);
}

/* --- cases ----------------------------------------------------------------------- */

static void open_errors(void)
{
	ballast_client_init(&client);
	client.device = "/nowhere/ballast";
	CHECK_EQ(ballast_client_open(&client), -ENOENT);
	CHECK_STR(client.error,
		  "/nowhere/ballast: no such device: is ballast_host loaded? (modprobe ballast_host)");
	client.device = "/dev/null";
	CHECK_EQ(ballast_client_open(&client), -ENOTTY);
	CHECK_STR(client.error, "/dev/null: not the device of ballast_host");
	CHECK_EQ(client.fd, -1);
}

static void version(void)
{
	CHECK_EQ(open_fake(), 0);
	CHECK_STR(client.version.version, "1.2.3");
	ballast_client_close(&client);
	fake_abi = 99;
	CHECK_EQ(open_fake(), -EPROTO);
	CHECK_HAS(client.error, "the module speaks ABI 99, this program 1");
	CHECK_EQ(client.fd, -1);
	fake_abi = BALLAST_ABI_VERSION;
}

static void list(void)
{
	struct ballast_vm_entry *entries;
	size_t nr;

	CHECK_EQ(open_fake(), 0);
	fake_vms = 5;
	list_calls = 0;
	CHECK_EQ(ballast_client_list(&client, &entries, &nr), 0);
	CHECK_EQ(nr, 205);
	CHECK_EQ(entries[204].pid, 1204);
	CHECK_EQ(list_calls, 3);
	free(entries);
	fake_errno = EIO;
	CHECK_EQ(ballast_client_list(&client, &entries, &nr), -EIO);
	ballast_client_close(&client);
}

static void vm_errors(void)
{
	struct ballast_vm_query query;
	uint64_t pass;

	CHECK_EQ(open_fake(), 0);
	fake_errno = ENOENT;
	CHECK_EQ(ballast_client_query(&client, 1, "12 (web)", &query), -ENOENT);
	CHECK_STR(client.error, "vm 12 (web): the VM has gone, or was detached");
	CHECK_EQ(ballast_client_detach(&client, 1, "12"), -ENOENT);
	fake_errno = EINTR;
	CHECK_EQ(ballast_client_scan(&client, 1, "12", 1, &pass), -EINTR);
	CHECK_STR(client.error, "vm 12: scan: interrupted");
	ballast_client_close(&client);
}

/* Our own process stands in for a VMM, a pipe of it for a VM. */
static void attach_errors(void)
{
	static const struct {
		int err;
		const char *says;
	} errors[] = {
		{ EEXIST, "already attached" },
		{ EINVAL, "is not a KVM VM" },
		{ ESRCH, "on its way out" },
		{ ENOSPC, "ballast vm detach" },
		{ EOPNOTSUPP, "cannot be aged" },
		{ ENOMEM, "Cannot allocate memory" },
	};
	struct ballast_vm_attach out;
	int pipes[2];

	CHECK_EQ(open_fake(), 0);
	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(ballast_client_attach(&client, getpid(), pipes[0], true, &out), 0);
	CHECK_EQ(out.flags, BALLAST_ATTACH_MANUAL);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		fake_errno = errors[i].err;
		CHECK_EQ(ballast_client_attach(&client, getpid(), pipes[0], false, &out),
			 -errors[i].err);
		CHECK_HAS(client.error, errors[i].says);
	}
	close(pipes[0]);
	close(pipes[1]);
	CHECK_EQ(ballast_client_attach(&client, getpid(), 999, false, &out), -ESRCH);
	CHECK_HAS(client.error, "has just gone");
	CHECK_EQ(ballast_client_attach(&client, INT_MAX, 0, false, &out), -ESRCH);
	CHECK_STR(client.error, "vm 2147483647: no such process");
	ballast_client_close(&client);
}

static void knobs(void)
{
	char value[BALLAST_KNOB_LEN], path[2 * PATH_MAX], *content;

	CHECK_EQ(open_fake(), 0);
	test_file("vm/12/period_min_ms", "200\n", 4);
	CHECK_EQ(ballast_client_get(&client, "12", "period_min_ms", value), 0);
	CHECK_STR(value, "200");
	CHECK_EQ(ballast_client_set(&client, "12", "period_min_ms", "300"), 0);
	snprintf(path, sizeof(path), "%s/vm/12/period_min_ms", test_folder());
	content = test_read(path);
	CHECK_HAS(content, "300");
	free(content);
	CHECK_EQ(ballast_client_get(&client, "12", "nix", value), -ENOENT);
	CHECK_HAS(client.error, "vm/12/nix: cannot open");
	CHECK_EQ(ballast_client_set(&client, "13", "mode", "auto"), -ENOENT);
	ballast_client_close(&client);
}

static const struct test_case cases[] = {
	{ "open_errors", open_errors },
	{ "version", version },
	{ "list", list },
	{ "vm_errors", vm_errors },
	{ "attach_errors", attach_errors },
	{ "knobs", knobs },
};

TEST_SUITE(client, cases);
