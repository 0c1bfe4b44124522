// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "output.h"
#include "text.h"

#define NR_MAX		16
#define COMMON		3
/* What getopt returns for the option with index 0; beyond any letter. */
#define FIRST		256

static const struct option_def common[COMMON] = {
	{ 'j', "json", OPTION_FLAG, NULL, NULL, "print JSON" },
	{ 'p', "pretty", OPTION_FLAG, NULL, NULL, "print JSON, indented" },
	{ 'h', "help", OPTION_FLAG, NULL, NULL, "print this" },
};

static void print_option(const struct option_def *def)
{
	char left[48];

	snprintf(left, sizeof(left), "%c%c%s--%s %s", def->letter ? '-' : ' ',
		 def->letter ? def->letter : ' ', def->letter ? ", " : "  ", def->name,
		 def->arg ? def->arg : "");
	printf("  %-26s %s\n", left, def->help);
}

static const char *prefix(const struct verb_def *verb)
{
	return verb->program ? "" : "ballast ";
}

static void print_help(const struct verb_def *verb)
{
	printf("usage: %s%s %s%s\n\n%s\n\n", prefix(verb), verb->command,
	       verb->nr ? "[OPTIONS] " : "", verb->args, verb->help);
	for (size_t i = 0; i < verb->nr; i++)
		print_option(&verb->options[i]);
	for (size_t i = 0; i < COMMON; i++)
		print_option(&common[i]);
}

/* Letters and long names in the form that getopt_long() wants. */
static void tables(const struct verb_def *verb, char *letters, struct option *longs)
{
	/* Errors are ours to print; "+" is not wanted: options may come last. */
	*letters++ = ':';
	for (size_t i = 0; i < verb->nr + COMMON; i++) {
		const struct option_def *def = i < verb->nr ? &verb->options[i] :
							      &common[i - verb->nr];

		*longs++ = (struct option) {
			.name = def->name,
			.has_arg = def->arg ? required_argument : no_argument,
			.val = FIRST + (int)i,
		};
		if (!def->letter)
			continue;
		*letters++ = def->letter;
		if (def->arg)
			*letters++ = ':';
	}
	*letters = '\0';
	memset(longs, 0, sizeof(*longs));
}

static const struct option_def *find(const struct verb_def *verb, int c)
{
	size_t i;

	if (c >= FIRST) {
		i = (size_t)(c - FIRST);
		return i < verb->nr ? &verb->options[i] : &common[i - verb->nr];
	}
	for (i = 0; i < verb->nr; i++)
		if (verb->options[i].letter == c)
			return &verb->options[i];
	for (i = 0; i < COMMON; i++)
		if (common[i].letter == c)
			return &common[i];
	return NULL;
}

static int set(const struct verb_def *verb, const struct option_def *def)
{
	struct option_list *list = def->value;

	switch (def->type) {
	case OPTION_FLAG:
		*(bool *)def->value = true;
		break;
	case OPTION_STRING:
		*(const char **)def->value = optarg;
		break;
	case OPTION_NUMBER:
		if (!text_parse_u64(optarg, 0, UINT32_MAX, def->value))
			return out_usage("%s: --%s %s: not a number", verb->command, def->name,
					 optarg);
		break;
	case OPTION_SECONDS:
		if (!text_parse_seconds(optarg, def->value))
			return out_usage("%s: --%s %s: not a number of seconds (0.001 to 86400)",
					 verb->command, def->name, optarg);
		break;
	case OPTION_LIST:
		if (list->nr == OPTION_LIST_MAX)
			return out_usage("%s: --%s: no more than %d of them", verb->command,
					 def->name, OPTION_LIST_MAX);
		list->v[list->nr++] = optarg;
		break;
	}
	return OPTIONS_GO;
}

static int take(const struct verb_def *verb, const struct option_def *def)
{
	if (def == &common[0] || def == &common[1]) {
		out_set_mode(def == &common[0] ? OUT_JSON : OUT_JSON_PRETTY);
		return OPTIONS_GO;
	}
	if (def == &common[2]) {
		print_help(verb);
		return OUT_OK;
	}
	return set(verb, def);
}

static int bad_option(const struct verb_def *verb, int c, char **argv)
{
	const struct option_def *def = optopt ? find(verb, optopt) : NULL;

	if (c == ':' && def && optopt < FIRST)
		return out_usage("%s: -%c wants %s", verb->command, optopt, def->arg);
	if (c == ':' && def)
		return out_usage("%s: --%s wants %s", verb->command, def->name, def->arg);
	if (optopt && optopt < FIRST && isprint(optopt))
		return out_usage("%s: unknown option -%c: see %s%s --help", verb->command,
				 optopt, prefix(verb), verb->command);
	if (def && optopt >= FIRST)
		return out_usage("%s: --%s takes no value", verb->command, def->name);
	return out_usage("%s: unknown option %s: see %s%s --help", verb->command,
			 argv[optind - 1], prefix(verb), verb->command);
}

int options_parse(const struct verb_def *verb, int *argc, char ***argv)
{
	char letters[2 * (NR_MAX + COMMON) + 2];
	struct option longs[NR_MAX + COMMON + 1];
	int c, ret;

	tables(verb, letters, longs);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(*argc, *argv, letters, longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(verb, c, *argv);
		ret = take(verb, find(verb, c));
		if (ret != OPTIONS_GO)
			return ret;
	}
	*argc -= optind;
	*argv += optind;
	if (*argc < verb->min_args)
		return out_usage("%s: wants %s: see %s%s --help", verb->command, verb->args,
				 prefix(verb), verb->command);
	if (*argc > verb->max_args)
		return out_usage("%s: too many arguments at '%s': see %s%s --help",
				 verb->command, (*argv)[verb->max_args], prefix(verb),
				 verb->command);
	return OPTIONS_GO;
}
