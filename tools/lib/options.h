/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of a verb as a table: parsing, messages and help come from it
 *
 * -j, -p and -h are every verb's and not in the tables.
 */
#ifndef BALLAST_TOOLS_OPTIONS_H
#define BALLAST_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_FLAG,		/* bool */
	OPTION_STRING,		/* const char * */
	OPTION_NUMBER,		/* uint64_t */
	OPTION_SECONDS,		/* uint64_t, in ms; a fraction is fine */
	OPTION_LIST,		/* struct option_list: may be repeated */
};

#define OPTION_LIST_MAX		8

struct option_list {
	const char *v[OPTION_LIST_MAX];
	size_t nr;
};

/**
 * struct option_def - an option
 * @letter: 0 if there is only the long name
 * @name:   long name
 * @type:   of *@value
 * @value:  where to put it; keeps what is there if the option is not given
 * @arg:    what its argument is called, NULL for a flag
 * @help:   in a few words
 */
struct option_def {
	char letter;
	const char *name;
	enum option_type type;
	void *value;
	const char *arg;
	const char *help;
};

/**
 * struct verb_def - what a verb takes
 * @command: "vm watch"; or a program that has no verbs, then @program is set
 * @args:    after the options, "VM [N]"
 * @help:    one sentence
 * @options, @nr: table
 * @min_args, @max_args: how many arguments
 * @program: "ballast" is not in front of @command
 */
struct verb_def {
	const char *command;
	const char *args;
	const char *help;
	const struct option_def *options;
	size_t nr;
	int min_args;
	int max_args;
	bool program;
};

/* To go on with the verb. */
#define OPTIONS_GO	(-1)

/**
 * options_parse() - options of a verb, anywhere among its arguments
 * @argc, @argv: in: with the verb in front; out: the arguments alone
 *
 * Return: OPTIONS_GO, or the exit code: help was asked for, or wrong usage.
 */
int options_parse(const struct verb_def *verb, int *argc, char ***argv);

#endif
