// SPDX-License-Identifier: GPL-2.0-only
/* ballast host: the module itself. */
#include <stdlib.h>

#include "cli.h"

static int host_show(int argc, char **argv)
{
	static const struct verb_def verb = {
		.command = "host show",
		.args = "",
		.help = "Print the version of the module and the number of VMs.",
	};
	struct ballast_vm_entry *entries;
	struct ballast_client client;
	size_t nr;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	status = cli_open(&client);
	if (status)
		return status;
	if (ballast_client_list(&client, &entries, &nr)) {
		ballast_client_close(&client);
		return cli_fail(&client);
	}
	free(entries);
	out_object(NULL);
	out_str("version", client.version.version, "ballast_host %s",
		client.version.version);
	out_u64("abi", client.version.abi, ", ABI %u\n", client.version.abi);
	out_str("tool_version", BALLAST_VERSION, "ballast      %s\n", BALLAST_VERSION);
	out_u64("vms", nr, "VMs attached %zu\n", nr);
	out_end();
	ballast_client_close(&client);
	return OUT_OK;
}

static const struct cli_command cmds[] = {
	{ "show", host_show, "version of the module, number of VMs" },
	{ 0 },
};

const struct cli_object host_object = {
	.name = "host", .commands = cmds, .help = "the module",
};
