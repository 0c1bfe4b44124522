// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm attach */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cli.h"

/* Between two looks for a file descriptor that is not there yet. */
#define RETRY_MS	10

/**
 * struct attach - one call of the verb
 * @client: open
 * @manual: scan on request only
 * @new:    VMs attached by us
 * @old:    VMs that were attached before
 * @failed: VMs that could not be attached
 */
struct attach {
	struct ballast_client client;
	bool manual;
	size_t new;
	size_t old;
	size_t failed;
};

static void print_vm(const struct proc_kvm *kvm, const struct ballast_vm_attach *vm, bool old)
{
	out_object(NULL);
	out_str("vm", vm->name, "vm %s", vm->name);
	out_u64("id", vm->id, "");
	out_i64("pid", kvm->pid, "");
	out_str("guest", kvm->name, *kvm->name ? " (%s)" : "%s", kvm->name);
	out_bool("already", old, ": %s\n", old ? "already attached" : "attached");
	out_end();
}

static void print_failure(const struct attach *a, const struct proc_kvm *kvm)
{
	out_object(NULL);
	out_i64("pid", kvm->pid, "");
	out_str("guest", kvm->name, "");
	out_str("error", a->client.error, "");
	out_end();
	if (!out_is_json())
		out_error("%s", a->client.error);
}

/*
 * All VMs of one process. @quiet_old: those attached before are no news (a
 * repeated try). A VM that has gone meanwhile is nobody's failure.
 */
static void attach_process(struct attach *a, struct proc_kvm *kvm, bool quiet_old)
{
	struct ballast_vm_attach vm;

	proc_kvm_unique(kvm);
	for (size_t i = 0; i < kvm->nr_fds; i++) {
		switch (ballast_client_attach(&a->client, kvm->pid, kvm->fds[i], a->manual, &vm)) {
		case 0:
			a->new++;
			print_vm(kvm, &vm, false);
			break;
		case -EEXIST:
			a->old++;
			if (!quiet_old)
				print_vm(kvm, &vm, true);
			break;
		case -ESRCH:
			break;
		default:
			a->failed++;
			print_failure(a, kvm);
		}
	}
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/*
 * KVM announces a VM before its file descriptor is in the process, and a process
 * may have one VM attached already when its second is announced. So with a time
 * to wait, only a new attachment ends the waiting.
 */
static int attach_one(struct attach *a, const struct vm_ref *ref, uint64_t wait_ms)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };
	const uint64_t until = now_ms() + wait_ms;
	struct proc_kvm kvm;
	bool last;
	int ret;

	out_array(NULL);
	do {
		last = now_ms() >= until;
		a->old = 0;
		ret = vm_find_process(&a->client, ref, &kvm);
		if (!ret) {
			attach_process(a, &kvm, !last);
			proc_kvm_release(&kvm);
		} else if (ret != -ENOENT) {
			break;
		}
		if (a->new || a->failed || last)
			break;
		nanosleep(&pause, NULL);
	} while (true);
	if (ret)
		return cli_fail(&a->client);
	if (!a->new && !a->old && !a->failed)
		return out_error("vm %s: the VM has just gone", ref->text);
	out_end();
	return a->failed ? OUT_ERROR : OUT_OK;
}

static int attach_all(struct attach *a)
{
	struct proc_kvm_list found;
	int ret;

	ret = proc_kvm_find(a->client.proc, &found);
	if (ret)
		return out_error("%s: cannot read: %s", a->client.proc, strerror(-ret));
	out_array(NULL);
	for (size_t i = 0; i < found.nr; i++)
		attach_process(a, &found.list[i], false);
	out_end();
	if (!a->new && !a->old && !a->failed)
		out_note("ballast: no KVM process found");
	proc_kvm_free(&found);
	return a->failed ? OUT_ERROR : OUT_OK;
}

int vm_attach(int argc, char **argv)
{
	struct cli_vm_args which = { 0 };
	struct attach a = { 0 };
	uint64_t wait_ms = 0;
	bool all = false;
	const struct option_def options[] = {
		{ 'a', "all", OPTION_FLAG, &all, NULL, "every KVM process of this host" },
		CLI_VM_OPTIONS(&which),
		{ 'm', "manual", OPTION_FLAG, &a.manual, NULL,
		  "do not scan by itself, only for vm scan" },
		{ 'w', "wait", OPTION_NUMBER, &wait_ms, "MS",
		  "wait so long for the process to create a VM" },
	};
	const struct verb_def verb = {
		.command = "vm attach",
		.args = "VM|--all",
		.help = "Attach a VM: from now on its memory is scanned.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct vm_ref ref;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	if (all && (argc || which.pid || which.name))
		return out_usage("vm attach: one VM or --all, not both");
	if (!all) {
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
		if (status != OPTIONS_GO)
			return status;
	}
	if (argc)
		return out_usage("vm attach: --pid or --name or VM, one of them");
	status = cli_open(&a.client);
	if (status)
		return status;
	status = all ? attach_all(&a) : attach_one(&a, &ref, wait_ms);
	ballast_client_close(&a.client);
	return status;
}
