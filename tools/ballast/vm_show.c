// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm show */
#include "vm_print.h"

int vm_show(int argc, char **argv)
{
	struct cli_vm_args which = { 0 };
	const struct option_def options[] = { CLI_VM_OPTIONS(&which) };
	const struct verb_def verb = {
		.command = "vm show",
		.args = "VM",
		.help = "Print how hot the memory of a VM is, and what finding out costs.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct ballast_client client;
	struct ballast_vm_query query;
	struct vm_knobs knobs;
	struct vm_ref ref;
	struct vm vm;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	if (ballast_client_query(&client, vm.entry.id, vm.label, &query)) {
		status = cli_fail(&client);
	} else {
		vm_read_knobs(&client, vm.entry.name, &knobs);
		vm_print(&vm, &query, &knobs);
	}
	ballast_client_close(&client);
	return status;
}
