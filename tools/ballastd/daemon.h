/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ballastd: the memory scheduler of a host
 *
 * Each round it looks at the host and its VMs (tools/lib/observe.h), has policy/sched.c
 * decide, does what was decided (act.h), and writes down all of it
 * (tools/lib/sched_state.h). It keeps nothing else, so a daemon that dies takes nothing
 * with it: balloon targets are the module's, and stay as they are until the next one is
 * set.
 */
#ifndef BALLASTD_DAEMON_H
#define BALLASTD_DAEMON_H

#include "log.h"
#include "sched_round.h"

/**
 * struct daemon_options - of the command line
 * @config:  file, or NULL: the usual one
 * @folder:  of state and lock
 * @dry_run: decide, log, write the state, and nothing else
 * @once:    one round
 * @release: set all targets to 0, nothing else
 * @text:    the log is text
 * @check:   read the configuration, nothing else
 */
struct daemon_options {
	const char *config;
	const char *folder;
	bool dry_run;
	bool once;
	bool release;
	bool text;
	bool check;
};

/**
 * struct daemon - while it runs
 * @options: of the command line
 * @config:  in force
 * @round:   the last one
 * @state:   what was written last, also when a later round has failed
 * @lock:    file descriptor of the lock
 * @trouble: why it cannot look
 * @writing: why it cannot write
 * @paging:  why it cannot swap
 * @attaching: why it cannot attach
 * @round_ms: when the last round was
 * @since_ms: how long it was after the one before, at most an interval
 * @attach_ms: when it last looked for VMs to attach
 */
struct daemon {
	const struct daemon_options *options;
	struct daemon_config config;
	struct sched_round round;
	struct sched_state state;
	int lock;
	struct log_once trouble;
	struct log_once writing;
	struct log_once paging;
	struct log_once attaching;
	uint64_t round_ms;
	uint64_t since_ms;
	uint64_t attach_ms;
};

/* Return: the exit code. */
int daemon_run(const struct daemon_options *options);

#endif
