// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm show */
#include "vm_print.h"

static int read_and_print(struct ballast_client *client, const struct vm *vm)
{
	struct ballast_class_matrix classes;
	struct ballast_vm_query query;
	struct vm_knobs knobs;

	if (ballast_client_query(client, vm->entry.id, vm->label, &query) ||
	    ballast_client_classes(client, vm->entry.id, vm->label, &classes))
		return cli_fail(client);
	vm_read_knobs(client, vm->entry.name, &knobs);
	vm_print(vm, &query, &knobs, &classes);
	return OUT_OK;
}

int vm_show(int argc, char **argv)
{
	return cli_vm_verb(argc, argv, "vm show",
			   "Print how hot the memory of a VM is, and what finding out costs.",
			   read_and_print);
}
