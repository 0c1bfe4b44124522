// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm: attached VMs. Verbs that take more than a page have own files. */
#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "text.h"

#define SCAN_PASSES_MAX	1024

/* --- list --------------------------------------------------------------------- */

static const struct out_column list_columns[] = {
	{ "vm", "VM", 6, false },
	{ "guest", "GUEST", 0, false },
	{ "process", "PROCESS", 0, false },
	{ "mem_pages", "MEMORY", 0, true },
	{ "working_set_pages", "WORKING SET", 0, true },
	{ "period_ms", "PERIOD", 0, true },
	{ "attached", "STATE", 0, false },
};

static void list_attached(struct ballast_client *client, const struct vm *vm)
{
	struct ballast_vm_query query;
	char comm[32];

	/* Gone since the list was made: then it is not attached. */
	if (ballast_client_query(client, vm->entry.id, vm->label, &query))
		return;
	proc_comm(client->proc, vm->pid, comm, sizeof(comm));
	out_row();
	out_str(NULL, vm->entry.name, "%s", vm->entry.name);
	out_str(NULL, vm->guest, "%s", *vm->guest ? vm->guest : "-");
	out_str(NULL, comm, "%s", comm);
	out_u64(NULL, query.mem_pages, "%s", text_mib(query.mem_pages).s);
	out_u64(NULL, query.working_set_pages, "%s", text_mib(query.working_set_pages).s);
	out_u64(NULL, query.period_ms, "%s",
		query.period_ms ? text_ms(query.period_ms).s : "manual");
	out_bool(NULL, true, "attached");
	out_u64("id", vm->entry.id, "");
	out_i64("pid", vm->pid, "");
	out_row_end();
}

/* A process is called by its pid, so the first word is what vm attach takes. */
static void list_unattached(const struct proc_kvm *kvm, size_t vms)
{
	out_row();
	out_null(NULL, "%d", kvm->pid);
	out_str(NULL, kvm->name, "%s", *kvm->name ? kvm->name : "-");
	out_str(NULL, kvm->comm, "%s", kvm->comm);
	out_null(NULL, "-");
	out_null(NULL, "-");
	out_null(NULL, "-");
	if (vms == 1)
		out_bool(NULL, false, "not attached");
	else
		out_bool(NULL, false, "%zu VMs not attached", vms);
	out_i64("pid", kvm->pid, "");
	out_u64("unattached_vms", vms, "");
	out_row_end();
}

static int list_others(struct ballast_client *client, const struct vm *vms, size_t nr)
{
	struct proc_kvm_list found;
	int ret;

	ret = proc_kvm_find(client->proc, &found);
	if (ret)
		return ret;
	for (size_t i = 0; i < found.nr; i++) {
		size_t left = proc_kvm_count(&found.list[i]);

		for (size_t j = 0; j < nr && left; j++)
			left -= vms[j].pid == found.list[i].pid;
		if (left)
			list_unattached(&found.list[i], left);
	}
	proc_kvm_free(&found);
	return 0;
}

static int vm_list_verb(int argc, char **argv)
{
	bool all = false;
	const struct option_def options[] = {
		{ 'a', "all", OPTION_FLAG, &all, NULL, "also KVM processes that are not attached" },
	};
	const struct verb_def verb = {
		.command = "vm list",
		.args = "",
		.help = "List the attached VMs.",
		.options = options,
		.nr = ARRAY_SIZE(options),
	};
	struct ballast_client client;
	struct vm *vms;
	size_t nr;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	status = cli_open(&client);
	if (status)
		return status;
	if (vm_list(&client, &vms, &nr)) {
		ballast_client_close(&client);
		return cli_fail(&client);
	}
	out_table(NULL, list_columns, ARRAY_SIZE(list_columns));
	for (size_t i = 0; i < nr; i++)
		list_attached(&client, &vms[i]);
	if (all && list_others(&client, vms, nr))
		status = out_error("%s: cannot read the processes", client.proc);
	else
		out_table_end(all ? "no KVM process on this host" :
			      "no VM is attached (ballast vm attach --all; ballast vm list --all)");
	free(vms);
	ballast_client_close(&client);
	return status;
}

/* --- detach ---------------------------------------------------------------------- */

static void print_detached(const struct vm *vm)
{
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s: detached\n", vm->label);
	out_u64("id", vm->entry.id, "");
	out_end();
}

static int detach_all(struct ballast_client *client)
{
	struct vm *vms;
	size_t nr, i;
	int ret;

	if (vm_list(client, &vms, &nr))
		return cli_fail(client);
	out_array(NULL);
	for (i = 0; i < nr; i++) {
		ret = ballast_client_detach(client, vms[i].entry.id, vms[i].label);
		if (!ret)
			print_detached(&vms[i]);
		else if (ret != -ENOENT)
			break;
	}
	free(vms);
	if (i < nr)
		return cli_fail(client);
	out_end();
	if (!nr)
		out_note("ballast: no VM is attached");
	return OUT_OK;
}

static int detach_one(struct ballast_client *client, const struct vm_ref *ref)
{
	struct vm vm;

	if (vm_find(client, ref, &vm) ||
	    ballast_client_detach(client, vm.entry.id, vm.label))
		return cli_fail(client);
	out_array(NULL);
	print_detached(&vm);
	out_end();
	return OUT_OK;
}

static int vm_detach(int argc, char **argv)
{
	struct cli_vm_args which = { 0 };
	bool all = false;
	const struct option_def options[] = {
		{ 'a', "all", OPTION_FLAG, &all, NULL, "every attached VM" },
		CLI_VM_OPTIONS(&which),
	};
	const struct verb_def verb = {
		.command = "vm detach",
		.args = "VM|--all",
		.help = "Detach a VM: it runs on, and what was known about it is forgotten.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct ballast_client client;
	struct vm_ref ref;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	if (all && (argc || which.pid || which.name))
		return out_usage("vm detach: one VM or --all, not both");
	if (!all) {
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
		if (status != OPTIONS_GO)
			return status;
	}
	if (argc)
		return out_usage("vm detach: --pid or --name or VM, one of them");
	status = cli_open(&client);
	if (status)
		return status;
	status = all ? detach_all(&client) : detach_one(&client, &ref);
	ballast_client_close(&client);
	return status;
}

/* --- scan -------------------------------------------------------------------------- */

static int scan_now(struct ballast_client *client, const struct vm *vm, uint32_t passes)
{
	struct ballast_vm_query before, after;
	uint64_t pass;

	if (ballast_client_query(client, vm->entry.id, vm->label, &before) ||
	    ballast_client_scan(client, vm->entry.id, vm->label, passes, &pass) ||
	    ballast_client_query(client, vm->entry.id, vm->label, &after))
		return cli_fail(client);
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s: ", vm->label);
	out_u64("passes", passes, passes == 1 ? "%u pass" : "%u passes", passes);
	out_u64("pass", pass, ", now at pass %llu", (unsigned long long)pass);
	out_u64("changed_pages", after.changed_pages, "; in the last one %s changed level",
		text_mib(after.changed_pages).s);
	out_u64("cpu_ns", after.scan_ns - before.scan_ns, "; %s of CPU\n",
		text_ns(after.scan_ns - before.scan_ns).s);
	out_end();
	return OUT_OK;
}

static int vm_scan(int argc, char **argv)
{
	struct cli_vm_args which = { 0 };
	const struct option_def options[] = { CLI_VM_OPTIONS(&which) };
	const struct verb_def verb = {
		.command = "vm scan",
		.args = "VM [N]",
		.help = "Scan the whole VM now, N times (default 1), whatever its period.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 2,
	};
	struct ballast_client client;
	uint64_t passes = 1;
	struct vm_ref ref;
	struct vm vm;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	if (argc > 1 || (argc && !text_parse_u64(argv[0], 1, SCAN_PASSES_MAX, &passes)))
		return out_usage("vm scan: '%s': how many passes? 1 to %u", argv[0],
				 SCAN_PASSES_MAX);
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	status = scan_now(&client, &vm, (uint32_t)passes);
	ballast_client_close(&client);
	return status;
}

static const struct cli_command cmds[] = {
	{ "list", vm_list_verb, "attached VMs; --all: every KVM process" },
	{ "attach", vm_attach, "start scanning a VM" },
	{ "detach", vm_detach, "stop, and forget what was seen" },
	{ "show", vm_show, "how hot its memory is, what scanning costs" },
	{ "watch", vm_watch, "the same, again and again" },
	{ "scan", vm_scan, "passes now" },
	{ "set", vm_set, "knobs: KEY=VALUE" },
	{ 0 },
};

const struct cli_object vm_object = {
	.name = "vm", .commands = cmds, .help = "attached VMs",
};
