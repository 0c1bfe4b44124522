// SPDX-License-Identifier: GPL-2.0-only
#include "cli.h"

int cli_vm_ref(const struct verb_def *verb, const struct cli_vm_args *args, int *argc,
	       char ***argv, struct vm_ref *ref)
{
	if (args->pid && args->name)
		return out_usage("%s: --pid or --name, not both", verb->command);
	if (args->pid) {
		*ref = (struct vm_ref) { args->pid, VM_BY_PID };
		return OPTIONS_GO;
	}
	if (args->name) {
		*ref = (struct vm_ref) { args->name, VM_BY_NAME };
		return OPTIONS_GO;
	}
	if (!*argc)
		return out_usage("%s: which VM? see ballast vm list --all", verb->command);
	*ref = (struct vm_ref) { (*argv)[0], VM_BY_ANY };
	(*argc)--;
	(*argv)++;
	return OPTIONS_GO;
}

int cli_fail(const struct ballast_client *client)
{
	return out_error("%s", client->error);
}

void cli_print_gone(const struct ballast_client *client, const struct vm *vm)
{
	bool process = proc_ended(client->proc, vm->pid);

	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s: ", vm->label);
	out_str("event", process ? "process-ended" : "gone", process ?
		"the VM has gone: its process has ended\n" :
		"the VM has gone, or was detached\n");
	out_end();
}

int cli_open(struct ballast_client *client)
{
	ballast_client_init(client);
	if (ballast_client_open(client))
		return cli_fail(client);
	return OUT_OK;
}

int cli_open_vm(struct ballast_client *client, const struct vm_ref *ref, struct vm *vm)
{
	int status = cli_open(client);

	if (status)
		return status;
	if (vm_find(client, ref, vm)) {
		ballast_client_close(client);
		return cli_fail(client);
	}
	return OUT_OK;
}

int cli_begin(const struct verb_def *verb, const struct cli_vm_args *args, int *argc,
	      char ***argv, struct ballast_client *client, struct vm *vm)
{
	struct vm_ref ref;
	int status;

	status = options_parse(verb, argc, argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(verb, args, argc, argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	if (*argc)
		return out_usage("%s: --pid or --name or VM, one of them", verb->command);
	status = cli_open_vm(client, &ref, vm);
	return status ? status : OPTIONS_GO;
}

int cli_vm_verb(int argc, char **argv, const char *command, const char *help,
		int (*work)(struct ballast_client *client, const struct vm *vm))
{
	struct cli_vm_args which = { 0 };
	const struct option_def options[] = { CLI_VM_OPTIONS(&which) };
	const struct verb_def verb = {
		.command = command,
		.args = "VM",
		.help = help,
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct ballast_client client;
	struct vm vm;
	int status;

	status = cli_begin(&verb, &which, &argc, &argv, &client, &vm);
	if (status != OPTIONS_GO)
		return status;
	status = work(&client, &vm);
	ballast_client_close(&client);
	return status;
}
