/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the memory scheduler looks at, from where it is: the module, /proc and cgroups
 *
 * Changes in time (refaults, a balloon that does not move or has let go) are seen by
 * comparing with the look before, so a struct observer lives as long as its program.
 * The first look has no refaults.
 */
#ifndef BALLAST_TOOLS_OBSERVE_H
#define BALLAST_TOOLS_OBSERVE_H

#include "ballast_client.h"
#include "daemon_config.h"
#include "policy/demand.h"
#include "policy/sched.h"
#include "vm_find.h"
#include "vmm_memory.h"

/* A balloon that has not moved for so long does not move. */
#define OBSERVE_STALLED_MS	6000
/* Free memory goes back in blocks: less than one is not asked for. */
#define OBSERVE_FLUSH_PAGES	512
/* One that is asked without knowing how much is free, is not asked again for so long. */
#define OBSERVE_ASK_MS	10000

/**
 * struct observed_vm - a VM
 * @vm:          who
 * @limits:      of the configuration
 * @balloon:     what the module says of its balloon
 * @in:          what the scheduler is given
 * @slots, @nr_slots: where its memory lies in the VMM
 * @cgroup:      that counts its memory, "" if none does
 * @own_cgroup:  no other VM is in it
 * @seen:        in this look
 * @looks:       so far
 * @look_ms:     when the last was
 * @memory_ms:   when its host memory was read; that has a cost, which is bounded
 * @memory_cost_us: that
 * @memory:      what was read
 * @counts:      the kernel's counts of the VMM then, which tell what has changed since
 * @counted:     there were some, and its memory is not shared
 * @age_pages:   its cold memory by how long it was idle, as read last
 * @ages_ms, @ages_cost_us: when that was, and what it cost
 * @swapped_before, @resident_before: at the last look
 * @faults:      major faults of its process, at the last look
 * @refaults:    pages its cgroup has swapped in, at the last look
 * @counts_refaults: they are known
 * @counts_faults: @faults are
 * @boot, @reports: of its guest, at the last look
 * @free_pages:  by its last report that was looked at
 * @filling:     there was much more in the one before
 * @reported_ms: when the last report came
 * @swapins:     pages its guest had read again by then, from its swap and page cache
 * @swapins_per_s: between the last two reports
 * @moved_ms:    its balloon was where it should be then, or on its way
 * @held_pages:  what it held at that time
 * @reliefs:     of its balloon, at the last look
 * @reliefs_known: there was one, maybe by a program before this
 * @hold_ms:     its balloon has let go and is left alone until then
 * @set_pages:   balloon target that was set by us, ~0: none
 * @paged_pages: swapped out in this round, by whoever acts on it
 * @swap_refused: the kernel does not swap its memory
 * @futile:      rounds in a row in which nothing left that was to be swapped
 * @futile_ms:   so it is not swapped until then
 * @said_pages, @said_swap_ms: last decisions of a dry run in the log
 * @said_flush_ms: likewise
 * @flush_ms:    when it was asked for its free memory, 0: never, or that is settled
 * @flush_deep:  then, for small blocks as well
 * @flush_free_pages: then, what it had free
 * @asked_ms:    when it was asked last, settled or not
 * @flushes:     how often it had returned it by then
 * @answer_ms:   when it had returned it
 * @stuck_ms:    since when it is known what it cannot return
 */
struct observed_vm {
	struct vm vm;
	struct config_limits limits;
	struct ballast_balloon_query balloon;
	struct ballast_sched_vm in;
	struct ballast_slot_entry *slots;
	size_t nr_slots;
	char cgroup[PATH_MAX];
	bool own_cgroup;
	bool seen;
	uint64_t looks;
	uint64_t look_ms;
	uint64_t memory_ms;
	uint64_t memory_cost_us;
	struct vmm_memory memory;
	struct vmm_counts counts;
	bool counted;
	uint64_t age_pages[BALLAST_NR_AGES];
	uint64_t ages_ms;
	uint64_t ages_cost_us;
	uint64_t swapped_before;
	uint64_t resident_before;
	uint64_t faults;
	uint64_t refaults;
	bool counts_refaults;
	bool counts_faults;
	uint8_t boot[16];
	uint64_t reports;
	uint64_t free_pages;
	bool filling;
	uint64_t reported_ms;
	uint64_t swapins;
	uint64_t swapins_per_s;
	uint64_t held_pages;
	uint64_t moved_ms;
	uint64_t reliefs;
	bool reliefs_known;
	uint64_t hold_ms;
	uint64_t set_pages;
	uint64_t paged_pages;
	bool swap_refused;
	unsigned int futile;
	uint64_t futile_ms;
	uint64_t said_pages;
	uint64_t said_swap_ms;
	uint64_t said_flush_ms;
	uint64_t flush_ms;
	bool flush_deep;
	uint64_t flush_free_pages;
	uint64_t asked_ms;
	uint64_t flushes;
	uint64_t answer_ms;
	uint64_t stuck_ms;
};

/**
 * struct observer - all of them
 * @client:  of the module; its @proc is used, too
 * @cgroups: where the cgroup file system is
 * @config:  limits and what is the host's memory
 * @now_ms:  of this look, CLOCK_MONOTONIC
 * @memory:  of the host, /proc/meminfo
 * @thresholds: of the scheduler
 * @host:    what the scheduler is given; its state is kept
 * @demand:  what its free memory fell by
 * @vms, @nr: in the order of the module's list
 * @error:   of the last look that failed
 */
struct observer {
	struct ballast_client *client;
	const char *cgroups;
	const struct daemon_config *config;
	uint64_t now_ms;
	struct host_memory memory;
	struct ballast_sched_config thresholds;
	struct ballast_sched_host host;
	struct ballast_demand demand;
	struct observed_vm *vms;
	size_t nr;
	char error[512];
};

void observer_init(struct observer *o, struct ballast_client *client,
		   const struct daemon_config *config);
void observer_release(struct observer *o);

/*
 * Look at all attached VMs, by an open client. Return: 0 or a negative errno, with
 * @error. A VM that goes meanwhile is left out.
 */
int observer_look(struct observer *o, uint64_t now_ms);

/* What was decided tells what free memory is left where guests were asked to return it. */
void observer_learn(struct observer *o, const struct ballast_sched_decision *out);

/* What was remembered of a VM by a program before this one; @vms may be empty still. */
struct observed_vm *observer_expect(struct observer *o, uint32_t id, const char *name, pid_t pid);

uint64_t observer_clock_ms(void);
uint64_t observer_clock_us(void);

/* Has the host's state become worse since the last look? May be asked often. */
bool observer_worse(struct observer *o);

/* Has a guest freed much since the last look, while the host has not plenty? The same. */
bool observer_freed(struct observer *o);

#endif
