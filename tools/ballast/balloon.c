// SPDX-License-Identifier: GPL-2.0-only
/* ballast balloon: how much of a guest's memory is held back, and what came of it. */
#include <string.h>

#include "balloon_print.h"
#include "text.h"

static void print(const struct vm *vm, const struct ballast_balloon_query *b)
{
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s\n", vm->label);
	out_i64("pid", vm->pid, "");
	out_str("guest", vm->guest, "");
	out_u64("mem_pages", vm->entry.mem_pages, "");
	balloon_print(b);
	out_end();
}

static int read_and_print(struct ballast_client *client, const struct vm *vm)
{
	struct ballast_balloon_query b;

	if (ballast_client_balloon(client, vm->entry.id, vm->label, &b))
		return cli_fail(client);
	print(vm, &b);
	return OUT_OK;
}

static int show(int argc, char **argv)
{
	return cli_vm_verb(argc, argv, "balloon show",
			   "Print what was asked of a guest's balloon, what it has given, and what of\n"
			   "that the host has really got back.", read_and_print);
}

static int set_target(struct ballast_client *client, const struct vm *vm, uint64_t bytes,
		      bool cache)
{
	uint64_t pages = bytes / 4096;

	if (pages > vm->entry.mem_pages)
		return out_error("vm %s: %s is more than the %s that it has", vm->label,
				 text_size(bytes).s, text_size(vm->entry.mem_pages * 4096).s);
	if (ballast_client_target(client, vm->entry.id, vm->label, pages,
				  cache ? BALLAST_TARGET_CACHE : 0))
		return cli_fail(client);
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s: ", vm->label);
	out_u64("target_pages", pages, "%s are to be held back", text_mib(pages).s);
	out_bool("cache", cache, "%s\n", cache ? ", also from page cache" : "");
	out_end();
	return OUT_OK;
}

static int set(int argc, char **argv)
{
	struct cli_vm_args which = { 0 };
	bool cache = false;
	const struct option_def options[] = {
		{ 'c', "cache", OPTION_FLAG, &cache, NULL, "drop clean page cache for it, too" },
		CLI_VM_OPTIONS(&which)
	};
	const struct verb_def verb = {
		.command = "balloon set",
		.args = "VM SIZE",
		.help = "Have SIZE of a guest's memory held back (512M, 2G; 0: nothing). A wish: the\n"
			"guest stops where it has nothing to spare, and lets go when it needs memory.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 2,
	};
	struct ballast_client client;
	struct vm_ref ref;
	uint64_t bytes;
	struct vm vm;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	if (argc != 1)
		return out_usage("balloon set: how much? like 512M, 2G, or 0 for nothing");
	if (!text_parse_size(argv[0], &bytes))
		return out_usage("balloon set: '%s': wants a size like 512M or 2G", argv[0]);
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	status = set_target(&client, &vm, bytes, cache);
	ballast_client_close(&client);
	return status;
}

static int ask_for_free(struct ballast_client *client, const struct vm *vm, bool huge)
{
	if (ballast_client_target(client, vm->entry.id, vm->label, 0,
				  BALLAST_TARGET_KEEP | BALLAST_TARGET_FLUSH |
				  (huge ? BALLAST_TARGET_HUGE : 0)))
		return cli_fail(client);
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s: its free memory is asked for\n", vm->label);
	out_end();
	return OUT_OK;
}

static int flush(int argc, char **argv)
{
	struct cli_vm_args which = { 0 };
	bool huge = false;
	const struct option_def options[] = {
		{ 'H', "huge", OPTION_FLAG, &huge, NULL, "only blocks of 2 MiB and more" },
		CLI_VM_OPTIONS(&which)
	};
	const struct verb_def verb = {
		.command = "balloon flush",
		.args = "VM",
		.help = "Have a guest's free memory given to the host now, where it lies. The guest\n"
			"keeps all of it; needs free page reporting of the VMM.",
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
	status = ask_for_free(&client, &vm, huge);
	ballast_client_close(&client);
	return status;
}

static const struct cli_command commands[] = {
	{ "show", show, "what a balloon was asked for, has given, and has really freed" },
	{ "set", set, "have a part of a guest's memory held back" },
	{ "flush", flush, "have a guest's free memory given to the host now" },
	{ 0 }
};

const struct cli_object balloon_object = {
	.name = "balloon",
	.commands = commands,
	.help = "memory that guests give back",
};
