/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs that look at a VM again and again: a screen on a terminal, else lines. */
#ifndef BALLAST_WATCH_H
#define BALLAST_WATCH_H

#include "cli.h"

/**
 * struct watch_def - what is watched
 * @command: "vm watch"
 * @help:    one sentence
 * @columns, @nr: of the table of lines
 * @data:    of the verb, for what it has read
 * @read:    look at the VM; 0, or a negative errno with the client's message
 * @print_line: a row of the table
 * @print_page: all of it
 */
struct watch_def {
	const char *command;
	const char *help;
	const struct out_column *columns;
	size_t nr;
	void *data;
	int (*read)(struct ballast_client *client, const struct vm *vm, void *data);
	void (*print_line)(const struct vm *vm, const void *data);
	void (*print_page)(const struct vm *vm, const void *data);
};

/* Return: the exit code. */
int watch_verb(int argc, char **argv, const struct watch_def *def);
/* The first cell of a line: the time of day. */
void watch_print_time(void);

#endif
