// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "knobs.h"
#include "text.h"

/**
 * struct setting - KEY=VALUE of the command line
 * @knob:  KEY
 * @value: VALUE; a number without leading zeros, which would make it octal
 * @old:   what it was
 * @done:  it is set
 */
struct setting {
	const struct knob *knob;
	char value[BALLAST_KNOB_LEN];
	char old[BALLAST_KNOB_LEN];
	bool done;
};

#define SETTINGS_MAX	16

/* One of those that are parted by a bar. */
static bool is_one_of(const char *words, const char *text)
{
	size_t len = strlen(text);

	if (strchr(text, '|'))
		return false;
	for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (len && !strncmp(at, text, len) && (at[len] == '|' || !at[len]))
			return true;
	return false;
}

/* False if it is none of the knob's. */
static bool parse_value(const char *text, struct setting *setting)
{
	const struct knob *knob = setting->knob;
	uint64_t number;

	if (knob->words) {
		snprintf(setting->value, sizeof(setting->value), "%s", text);
		return is_one_of(knob->words, text);
	}
	if (!text_parse_u64(text, knob->min, knob->max, &number))
		return false;
	snprintf(setting->value, sizeof(setting->value), "%llu", (unsigned long long)number);
	return true;
}

static const struct knob *find_knob(const struct knobs_def *def, const char *name, size_t len)
{
	for (size_t i = 0; i < def->nr; i++)
		if (strlen(def->knobs[i].name) == len && !strncmp(def->knobs[i].name, name, len))
			return &def->knobs[i];
	return NULL;
}

static int parse(const struct knobs_def *def, const char *arg, struct setting *setting)
{
	size_t len = strcspn(arg, "=");
	char names[128] = "";

	if (!arg[len])
		return out_usage("%s: '%s': wants KEY=VALUE", def->command, arg);
	setting->knob = find_knob(def, arg, len);
	if (!setting->knob) {
		for (size_t i = 0, n = 0; i < def->nr; i++, n = strlen(names))
			snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "",
				 def->knobs[i].name);
		return out_usage("%s: no knob '%.*s': one of: %s", def->command, (int)len, arg,
				 names);
	}
	if (!parse_value(arg + len + 1, setting))
		return out_usage("%s: %s: out of range: %s", def->command, arg,
				 setting->knob->range);
	return OPTIONS_GO;
}

/*
 * One value may be valid only after another is set (a new minimum above the old
 * maximum), in either order: try those left until none is taken any more.
 */
static int apply(struct ballast_client *client, const char *folder, struct setting *settings,
		 size_t nr)
{
	bool progress;
	int ret;

	do {
		progress = false;
		ret = 0;
		for (size_t i = 0; i < nr; i++) {
			int one;

			if (settings[i].done)
				continue;
			one = ballast_client_set(client, folder, settings[i].knob->file,
						 settings[i].value);
			if (one && one != -EINVAL)
				return one;
			if (one)
				ret = one;
			else
				progress = settings[i].done = true;
		}
	} while (ret && progress);
	return ret;
}

static void roll_back(struct ballast_client *client, const char *folder,
		      const struct setting *settings, size_t nr)
{
	struct setting back[SETTINGS_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		if (!settings[i].done)
			continue;
		back[n].knob = settings[i].knob;
		memcpy(back[n++].value, settings[i].old, sizeof(settings[i].old));
	}
	apply(client, folder, back, n);
}

static void print_setting(const struct vm *vm, const struct setting *s)
{
	const char *name = s->knob->name;

	if (s->knob->words)
		out_str(name, s->value, "");
	else
		out_u64(name, strtoull(s->value, NULL, 10), "");
	out_text("vm %s: %s: %s -> %s\n", vm->label, name, s->old, s->value);
}

static int set(struct ballast_client *client, const struct vm *vm, struct setting *settings,
	       size_t nr)
{
	const char *folder = vm->entry.name;
	char error[sizeof(client->error)];

	for (size_t i = 0; i < nr; i++)
		if (ballast_client_get(client, folder, settings[i].knob->file, settings[i].old))
			return cli_fail(client);
	if (apply(client, folder, settings, nr)) {
		memcpy(error, client->error, sizeof(error));
		roll_back(client, folder, settings, nr);
		for (size_t i = 0; i < nr; i++)
			if (!settings[i].done)
				return out_error("%s (%s); nothing was changed", error,
						 settings[i].knob->range);
	}
	out_object(NULL);
	out_str("vm", folder, "");
	for (size_t i = 0; i < nr; i++)
		print_setting(vm, &settings[i]);
	out_end();
	return OUT_OK;
}

int knobs_verb(int argc, char **argv, const struct knobs_def *def)
{
	struct cli_vm_args which = { 0 };
	const struct option_def options[] = { CLI_VM_OPTIONS(&which) };
	const struct verb_def verb = {
		.command = def->command,
		.args = "VM KEY=VALUE...",
		.help = def->help,
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1 + SETTINGS_MAX,
	};
	struct setting settings[SETTINGS_MAX] = { 0 };
	struct ballast_client client;
	struct vm_ref ref;
	struct vm vm;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	if (argc < 1 || argc > SETTINGS_MAX)
		return out_usage("%s: wants KEY=VALUE, 1 to %d of them", def->command,
				 SETTINGS_MAX);
	for (int i = 0; i < argc; i++) {
		status = parse(def, argv[i], &settings[i]);
		if (status != OPTIONS_GO)
			return status;
	}
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	status = set(&client, &vm, settings, (size_t)argc);
	ballast_client_close(&client);
	return status;
}
