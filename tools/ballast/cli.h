/* SPDX-License-Identifier: GPL-2.0-only */
/* ballast OBJECT VERB: what the objects share. */
#ifndef BALLAST_CLI_H
#define BALLAST_CLI_H

#include <stddef.h>

#include "ballast_client.h"
#include "options.h"
#include "output.h"
#include "vm_find.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * struct cli_command - a verb
 * @name: as typed; NULL ends a table
 * @run:  gets its own name as argv[0]; returns the exit code
 * @help: in a few words
 */
struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

/**
 * struct cli_object - an object
 * @name:     as typed
 * @commands: its verbs, or NULL
 * @run:      of an object that has no verbs; gets its own name as argv[0]
 * @help:     in a few words
 */
struct cli_object {
	const char *name;
	const struct cli_command *commands;
	int (*run)(int argc, char **argv);
	const char *help;
};

extern const struct cli_object vm_object, heat_object, class_object, balloon_object, mrc_object;
extern const struct cli_object host_object, sim_object, sched_object, fit_object, top_object;

/* The verbs of "vm" that have a file of their own. */
int vm_attach(int argc, char **argv);
int vm_show(int argc, char **argv);
int vm_watch(int argc, char **argv);
int vm_set(int argc, char **argv);
/* And that of "class". */
int class_record(int argc, char **argv);

/**
 * struct cli_vm_args - how the user may say which VM
 * @pid:  --pid PID
 * @name: --name NAME or --libvirt NAME; without either the first argument tells
 */
struct cli_vm_args {
	const char *pid;
	const char *name;
};

#define CLI_VM_OPTIONS(args)								\
	{ 0, "pid", OPTION_STRING, &(args)->pid, "PID", "the VM of this process" },	\
	{ 0, "name", OPTION_STRING, &(args)->name, "NAME", "the VM with this guest" },	\
	{ 0, "libvirt", OPTION_STRING, &(args)->name, "NAME",				\
	  "the same: libvirt's names are QEMU's" }

/* Take the VM off the arguments. OPTIONS_GO, or the exit code of an error. */
int cli_vm_ref(const struct verb_def *verb, const struct cli_vm_args *args, int *argc,
	       char ***argv, struct vm_ref *ref);
/* Print the client's error; the exit code. */
int cli_fail(const struct ballast_client *client);
/* The last words of a verb that watches. */
void cli_print_gone(const struct ballast_client *client, const struct vm *vm);
/* Connect; OUT_OK, or the exit code of a printed error. */
int cli_open(struct ballast_client *client);
/* All of a verb that takes a VM and options, up to its own work: OPTIONS_GO, or the exit code. */
int cli_begin(const struct verb_def *verb, const struct cli_vm_args *args, int *argc,
	      char ***argv, struct ballast_client *client, struct vm *vm);
/* All of a verb that takes a VM and nothing else; @work returns the exit code. */
int cli_vm_verb(int argc, char **argv, const char *command, const char *help,
		int (*work)(struct ballast_client *client, const struct vm *vm));
/* Connect and find an attached VM; on an error nothing is left open. */
int cli_open_vm(struct ballast_client *client, const struct vm_ref *ref, struct vm *vm);

#endif
