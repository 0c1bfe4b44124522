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
	struct ballast_class_matrix classes;
	struct ballast_vm_query query;
	struct vm_knobs knobs;
	struct vm vm;
	int status;

	status = cli_begin(&verb, &which, &argc, &argv, &client, &vm);
	if (status != OPTIONS_GO)
		return status;
	status = OUT_OK;
	if (ballast_client_query(&client, vm.entry.id, vm.label, &query) ||
	    ballast_client_classes(&client, vm.entry.id, vm.label, &classes)) {
		status = cli_fail(&client);
	} else {
		vm_read_knobs(&client, vm.entry.name, &knobs);
		vm_print(&vm, &query, &knobs, &classes);
	}
	ballast_client_close(&client);
	return status;
}
