/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ballastd has seen and decided last, in a file
 *
 * Written whole into another file that then takes the place of the first, so that a
 * reader never sees half of it. A daemon that is started again goes on from it, and
 * "ballast sched" and "ballast top" print it.
 */
#ifndef BALLAST_TOOLS_SCHED_STATE_H
#define BALLAST_TOOLS_SCHED_STATE_H

#include <linux/ballast.h>

#include "policy/sched.h"
#include "proc.h"

#define SCHED_STATE_FOLDER	"/run/ballast"
#define SCHED_STATE_FORMAT	1

/**
 * struct sched_state_vm - a VM
 * @name, @guest, @id, @pid: who
 * @in:        what was seen; without the guest's classes
 * @d:         what was decided, and why
 * @free_pages, @cold_pages: in the guest, by its word: free, and cold clean page cache
 * @hold_left_ms: its balloon is left alone for so long
 * @reliefs:   times that it has let go of its balloon
 * @set_pages: balloon target that the daemon has set, ~0: none
 * @paged_pages: of it swapped out by the daemon in this round
 */
struct sched_state_vm {
	char name[BALLAST_NAME_LEN];
	char guest[PROC_NAME_LEN];
	uint32_t id;
	uint32_t pid;
	struct ballast_sched_vm in;
	struct ballast_sched_decision d;
	uint64_t hold_left_ms;
	uint64_t reliefs;
	uint64_t set_pages;
	uint64_t paged_pages;
};

/**
 * struct sched_state - all of it
 * @time_ms:     when it was written, CLOCK_REALTIME
 * @interval_ms: of the daemon
 * @pid:         of the daemon
 * @dry_run:     it only decides
 * @total_pages: memory that is divided
 * @swap_pages, @swap_free_pages: of the host
 * @summary:     decided for the host
 * @error:       why it cannot look or decide, ""
 * @vms, @nr:    VMs; release with sched_state_release()
 */
struct sched_state {
	uint64_t time_ms;
	uint64_t interval_ms;
	uint32_t pid;
	bool dry_run;
	uint64_t total_pages;
	uint64_t swap_pages;
	uint64_t swap_free_pages;
	struct ballast_sched_summary summary;
	char error[512];
	struct sched_state_vm *vms;
	size_t nr;
};

/* Both: 0 or a negative errno, with @error for people. @folder has the files. */
int sched_state_save(const struct sched_state *state, const char *folder, char *error,
		     size_t size);
/* -EINVAL: it is not a whole state of this version. */
int sched_state_load(struct sched_state *state, const char *folder, char *error, size_t size);
void sched_state_release(struct sched_state *state);

/* As text, to be freed, and from text. */
char *sched_state_print(const struct sched_state *state);
int sched_state_parse(struct sched_state *state, const char *text);

uint64_t sched_state_clock_ms(void);

/*
 * The daemon's lock. Return: a file descriptor to be kept, or a negative errno: -EBUSY
 * somebody has it, whose pid is in @pid then (0: not known).
 */
int sched_state_lock(const char *folder, uint32_t *pid);
/* Whether a daemon holds it. */
bool sched_state_is_locked(const char *folder);

#endif
