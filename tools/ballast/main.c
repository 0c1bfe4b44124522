// SPDX-License-Identifier: GPL-2.0-only
/* ballast [OPTIONS] OBJECT VERB [ARGUMENTS]: finds the verb, nothing else. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct cli_object *const objects[] = {
	&vm_object,
	&heat_object,
	&class_object,
	&balloon_object,
	&mrc_object,
	&host_object,
	&sched_object,
	&fit_object,
	&top_object,
	&sim_object,
};

static void print_verbs(const struct cli_object *object)
{
	if (object->run)
		printf("  ballast %-*s %s\n", (int)strlen(object->name) + 9, object->name,
		       object->help);
	for (const struct cli_command *c = object->commands; c && c->name; c++)
		printf("  ballast %s %-8s %s\n", object->name, c->name, c->help);
}

static void print_help(void)
{
	printf("usage: ballast [OPTIONS] OBJECT VERB [ARGUMENTS]\n\n"
	       "What the memory of KVM guests is doing, as ballast_host sees it.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		print_verbs(objects[i]);
	printf("\n  -j, --json     print JSON\n"
	       "  -p, --pretty   print JSON, indented\n"
	       "  -V, --version  print the version of this program\n"
	       "  -h, --help     print this; after a verb: its options\n\n"
	       "A VM is a pid, the name of a guest (QEMU -name, libvirt's domain) or the\n"
	       "name of a folder in /sys/kernel/ballast/vm.\n");
}

static int print_version(void)
{
	out_object(NULL);
	out_str("version", BALLAST_VERSION, "ballast %s\n", BALLAST_VERSION);
	out_end();
	return OUT_OK;
}

static int run_verb(const struct cli_object *object, int argc, char **argv)
{
	char verbs[128] = "";

	if (object->run)
		return object->run(argc + 1, argv - 1);
	if (argc && (!strcmp(argv[0], "help") || !strcmp(argv[0], "-h") ||
		     !strcmp(argv[0], "--help"))) {
		print_verbs(object);
		return OUT_OK;
	}
	for (const struct cli_command *c = object->commands; c->name; c++) {
		size_t len = strlen(verbs);

		if (argc && !strcmp(argv[0], c->name))
			return c->run(argc, argv);
		snprintf(verbs + len, sizeof(verbs) - len, "%s%s", len ? ", " : "", c->name);
	}
	if (!argc)
		return out_usage("%s: do what? one of: %s", object->name, verbs);
	return out_usage("%s: unknown verb '%s': one of: %s", object->name, argv[0], verbs);
}

static int run_object(int argc, char **argv)
{
	char names[96] = "";

	if (argc && !strcmp(argv[0], "help")) {
		print_help();
		return OUT_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		size_t len = strlen(names);

		if (argc && !strcmp(argv[0], objects[i]->name))
			return run_verb(objects[i], argc - 1, argv + 1);
		snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
			 objects[i]->name);
	}
	if (!argc)
		return out_usage("no object: one of: %s; ballast --help tells more", names);
	return out_usage("unknown object '%s': one of: %s", argv[0], names);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool version = false;
	int c;

	/* Not LC_NUMERIC: numbers look the same everywhere. */
	setlocale(LC_CTYPE, "");
	out_init(OUT_TEXT, stdout);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+jpVh", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			out_set_mode(OUT_JSON);
			break;
		case 'p':
			out_set_mode(OUT_JSON_PRETTY);
			break;
		case 'V':
			version = true;
			break;
		case 'h':
			print_help();
			return OUT_OK;
		default:
			return out_usage("unknown option %s: see ballast --help",
					 argv[optind - 1]);
		}
	}
	if (version)
		return print_version();
	c = run_object(argc - optind, argv + optind);
	if (fflush(stdout) || ferror(stdout))
		return out_error("standard output: cannot write: %m");
	return c;
}
