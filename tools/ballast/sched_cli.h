/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory scheduler from outside: the daemon's state, or a round of one's own. */
#ifndef BALLAST_SCHED_CLI_H
#define BALLAST_SCHED_CLI_H

#include "sched_round.h"

/* The state of a daemon that runs. OUT_OK, or the exit code of a printed error. */
int sched_load(const char *folder, struct sched_state *state);

/**
 * sched_look() - a round of one's own, that nobody acts on
 * @config: of the daemon, so that it decides as that would
 * @folder: of its state: what it remembers of VMs is used
 *
 * @error:  for people
 *
 * False: nothing is to be released.
 */
bool sched_look(struct sched_round *round, struct daemon_config *config, const char *file,
		const char *folder, char *error, size_t size);

/**
 * sched_find() - the VM that the user means
 * @what:  in front of @text in a message
 * @index: out: of it among the observer's
 *
 * Return: OUT_OK, or the exit code of a printed error.
 */
int sched_find(const struct observer *o, const char *what, const char *text, size_t *index);

#endif
