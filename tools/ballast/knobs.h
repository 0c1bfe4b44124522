/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs that set knobs in sysfs, as KEY=VALUE: all of a call are set, or none. */
#ifndef BALLAST_KNOBS_H
#define BALLAST_KNOBS_H

#include "cli.h"

/**
 * struct knob - a file in the folder of a VM
 * @name:  KEY
 * @file:  in the VM's folder
 * @range: for a message
 * @min, @max: of a number
 * @words: instead of a number one of these, as "auto|manual"; NULL: a number
 */
struct knob {
	const char *name;
	const char *file;
	const char *range;
	uint64_t min, max;
	const char *words;
};

/**
 * struct knobs_def - what a verb sets
 * @command: "vm set"
 * @help:    one or two sentences
 * @knobs, @nr: table
 */
struct knobs_def {
	const char *command;
	const char *help;
	const struct knob *knobs;
	size_t nr;
};

/* Return: the exit code. */
int knobs_verb(int argc, char **argv, const struct knobs_def *def);

#endif
