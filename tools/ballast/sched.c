// SPDX-License-Identifier: GPL-2.0-only
/* ballast sched: what ballastd has decided, and why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sched_cli.h"
#include "sched_print.h"
#include "text.h"

int sched_load(const char *folder, struct sched_state *state)
{
	char error[768];
	uint64_t now;
	int ret;

	ret = sched_state_load(state, folder, error, sizeof(error));
	if (ret == -ENOENT)
		return out_error("ballastd does not run: systemctl start ballastd (no state in %s)",
				 folder);
	if (ret == -EACCES)
		return out_error("%s/state.json: permission denied: run as root", folder);
	if (ret)
		return out_error("%s", error);
	if (sched_state_is_locked(folder))
		return OUT_OK;
	now = sched_state_clock_ms();
	ret = out_error("ballastd does not run: systemctl start ballastd (its last state is %s old)",
			text_ms(now > state->time_ms ? now - state->time_ms : 0).s);
	sched_state_release(state);
	return ret;
}

bool sched_look(struct sched_round *round, struct daemon_config *config, const char *file,
		const char *folder, char *error, size_t size)
{
	struct sched_state state;

	if (daemon_config_load(config, file, error, size))
		return false;
	sched_round_init(round, config);
	if (!sched_state_load(&state, folder, error, size)) {
		sched_round_resume(round, &state, observer_clock_ms());
		sched_state_release(&state);
	}
	if (!sched_round_run(round, observer_clock_ms()))
		return true;
	snprintf(error, size, "%s", round->observer.error);
	sched_round_release(round);
	daemon_config_release(config);
	return false;
}

int sched_find(const struct observer *o, const char *what, const char *text, size_t *index)
{
	const struct vm_ref ref = { text, VM_BY_ANY };
	struct vm *vms = calloc(o->nr + 1, sizeof(*vms));
	size_t matches;

	if (!vms)
		return out_error("out of memory");
	for (size_t i = 0; i < o->nr; i++)
		vms[i] = o->vms[i].vm;
	matches = vm_match(vms, o->nr, &ref, index);
	free(vms);
	if (matches == 1)
		return OUT_OK;
	return out_error("%s %s: %s", what, text, matches ?
			 "several VMs are called so: give a pid" :
			 "no such VM is attached: ballast vm list has them");
}

static int status(int argc, char **argv)
{
	const char *folder = SCHED_STATE_FOLDER;
	const struct option_def options[] = {
		{ 'd', "folder", OPTION_STRING, &folder, "DIR",
		  "of ballastd's state, default " SCHED_STATE_FOLDER },
	};
	const struct verb_def verb = {
		.command = "sched status",
		.args = "",
		.help = "Print how short of memory the host is, and what ballastd has decided for each VM.",
		.options = options,
		.nr = ARRAY_SIZE(options),
	};
	struct sched_state state;
	int ret;

	ret = options_parse(&verb, &argc, &argv);
	if (ret != OPTIONS_GO)
		return ret;
	ret = sched_load(folder, &state);
	if (ret)
		return ret;
	sched_print(&state, true);
	sched_state_release(&state);
	return OUT_OK;
}

/* By the names that attached VMs go by everywhere. */
static const struct sched_state_vm *find(const struct sched_state *state, const struct vm_ref *ref,
					 size_t *matches)
{
	struct vm *vms = calloc(state->nr + 1, sizeof(*vms));
	size_t first = 0;

	*matches = 0;
	if (!vms)
		return NULL;
	for (size_t i = 0; i < state->nr; i++) {
		memcpy(vms[i].entry.name, state->vms[i].name, sizeof(vms[i].entry.name));
		memcpy(vms[i].guest, state->vms[i].guest, sizeof(vms[i].guest));
		vms[i].pid = (pid_t)state->vms[i].pid;
	}
	*matches = vm_match(vms, state->nr, ref, &first);
	free(vms);
	return *matches == 1 ? &state->vms[first] : NULL;
}

static int explain_one(const struct sched_state *state, const struct vm_ref *ref)
{
	const struct sched_state_vm *vm;
	char names[256] = "";
	size_t matches;

	vm = find(state, ref, &matches);
	if (vm) {
		sched_print_vm(state, vm);
		return OUT_OK;
	}
	if (matches)
		return out_error("vm %s: several VMs are called so: give a pid or a folder's name",
				 ref->text);
	for (size_t i = 0; i < state->nr; i++) {
		size_t len = strlen(names), room = sizeof(names) - len;

		if (snprintf(names + len, room, "%s%s", len ? ", " : "", *state->vms[i].guest ?
			     state->vms[i].guest : state->vms[i].name) >= (int)room)
			break;
	}
	return out_error("vm %s: ballastd knows no such VM; it knows: %s", ref->text,
			 state->nr ? names : "none (ballast vm attach --all)");
}

static int explain(int argc, char **argv)
{
	const char *folder = SCHED_STATE_FOLDER;
	struct cli_vm_args which = { 0 };
	const struct option_def options[] = {
		{ 'd', "folder", OPTION_STRING, &folder, "DIR",
		  "of ballastd's state, default " SCHED_STATE_FOLDER },
		CLI_VM_OPTIONS(&which),
	};
	const struct verb_def verb = {
		.command = "sched explain",
		.args = "VM",
		.help = "Print why a VM's memory is what it is: one sentence per reason, with the numbers\n"
			"it rests on.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct sched_state state;
	struct vm_ref ref;
	int ret;

	ret = options_parse(&verb, &argc, &argv);
	if (ret == OPTIONS_GO)
		ret = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (ret != OPTIONS_GO)
		return ret;
	if (argc)
		return out_usage("sched explain: --pid or --name or VM, one of them");
	ret = sched_load(folder, &state);
	if (ret)
		return ret;
	ret = explain_one(&state, &ref);
	sched_state_release(&state);
	return ret;
}

static const struct cli_command commands[] = {
	{ "status", status, "how short of memory the host is, and what is done about it" },
	{ "explain", explain, "why a VM has as much memory as it has" },
	{ 0 }
};

const struct cli_object sched_object = {
	.name = "sched", .commands = commands, .help = "the memory scheduler",
};
