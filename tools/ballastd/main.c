// SPDX-License-Identifier: GPL-2.0-only
/* ballastd [OPTIONS]: options, nothing else. */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon.h"
#include "options.h"

int main(int argc, char **argv)
{
	struct daemon_options o = { .folder = SCHED_STATE_FOLDER };
	bool version = false;
	const struct option_def options[] = {
		{ 'c', "config", OPTION_STRING, &o.config, "FILE",
		  "configuration, default " DAEMON_CONFIG_FILE },
		{ 'n', "dry-run", OPTION_FLAG, &o.dry_run, NULL,
		  "decide, log and write the state; do nothing" },
		{ '1', "once", OPTION_FLAG, &o.once, NULL, "one round" },
		{ 'r', "release", OPTION_FLAG, &o.release, NULL,
		  "set all balloon targets to 0, nothing else" },
		{ 't', "text", OPTION_FLAG, &o.text, NULL, "log text instead of JSON" },
		{ 0, "check", OPTION_FLAG, &o.check, NULL, "read the configuration, nothing else" },
		{ 'd', "folder", OPTION_STRING, &o.folder, "DIR",
		  "of state and lock, default " SCHED_STATE_FOLDER },
		{ 'V', "version", OPTION_FLAG, &version, NULL, "print the version" },
	};
	const struct verb_def verb = {
		.command = "ballastd",
		.args = "",
		.help = "Divide the host's memory among its VMs: balloons, free memory, swap. The log\n"
			"goes to standard error. SIGHUP reads the configuration again.",
		.options = options,
		.nr = sizeof(options) / sizeof(options[0]),
		.program = true,
	};
	int status;

	setlocale(LC_CTYPE, "");
	out_set_name("ballastd");
	out_init(OUT_TEXT, stdout);
	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	if (version) {
		printf("ballastd " BALLAST_VERSION "\n");
		return OUT_OK;
	}
	if (o.release && (o.once || o.dry_run))
		return out_usage("--release alone: it is no round");
	/* For people, errors are sentences. */
	o.text |= o.check || isatty(STDERR_FILENO);
	log_open(o.text && !out_is_json());
	return daemon_run(&o);
}
