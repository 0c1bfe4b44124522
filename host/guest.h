/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM's guest says of its memory, and what we make of it: its last report,
 * answers about single pages, the estimate from both, a history.
 *
 * A connection binds itself to the VM when the guest has proved which one it is.
 * A later connection of the same guest takes its place: a guest that was reset
 * does not wait until its old connection is noticed to be dead. Everything is of
 * one boot of the guest; another boot begins with nothing.
 *
 * What has been said stays to be seen when the connection is gone, with its age.
 */
#ifndef BALLAST_HOST_GUEST_H
#define BALLAST_HOST_GUEST_H

#include <linux/mutex.h>

#include "balloon.h"
#include "ballast/wire.h"
#include "policy/classes.h"

struct ballast_vm;

/* Report period and share of change that calls for a report before that. */
#define BALLAST_REPORT_MS	2000
#define BALLAST_EARLY_MS	500
#define BALLAST_EARLY_BP	400
#define BALLAST_GUEST_CPU_BP	50
/* A round of questions so often, for an error of so much of memory. */
#define BALLAST_ROUND_MS	5000
#define BALLAST_ERROR_BP	200
/* Entries of the history, at most one for each report. */
#define BALLAST_HISTORY		128

/**
 * struct ballast_guest_config - knobs
 * @report_ms: the guest reports at least so often
 * @round_ms:  a round of questions begins so often, 0: none
 * @error_bp:  wanted half width of the 95 % interval of a class, of memory
 */
struct ballast_guest_config {
	u32 report_ms;
	u32 round_ms;
	u32 error_bp;
};

/**
 * struct ballast_guest - a VM's guest; but for @lock and @config all of it is
 *                        protected by @lock
 * @lock:      mutex, under nothing of ours; rcu_read_lock() may be taken in it
 * @config:    each knob is one word, read without @lock
 * @turn:      number of the connection in charge, 0 before the first
 * @bound:     it lives
 * @cid:       its address
 * @hello:     what the guest said of itself
 * @report:    its last report; total_pages is 0 before the first
 * @report_ns: when that came, ktime; 0 before the first
 * @answers:   classes of pages by level, with levels and reports of the same time
 * @answer_ns: when the last answer came
 * @rounds:    rounds of questions begun
 * @wrong:     reports with a class that is not what we have found
 * @disagree:  a bit for each such class in the last report
 * @connects:  connections that were bound
 * @reports:   received
 * @early:     of them before their time
 * @asked:     pages
 * @answered:  pages
 * @rx_bytes:  of connections that were bound
 * @tx_bytes:  likewise
 * @balloon:   what is asked of its balloon, and what it says of that
 * @matrix:    room for an estimate
 * @history:   ring of the last reports, allocated with the first connection
 * @history_n: reports put into it
 */
struct ballast_guest {
	struct mutex lock;	/* of all but @config */
	struct ballast_guest_config config;
	u32 turn;
	bool bound;
	u32 cid;
	struct ballast_wire_hello hello;
	struct ballast_wire_report report;
	u64 report_ns;
	struct ballast_classes answers;
	u64 answer_ns;
	u64 rounds;
	u64 wrong;
	u32 disagree;
	u64 connects;
	u64 reports;
	u64 early;
	u64 asked;
	u64 answered;
	u64 rx_bytes;
	u64 tx_bytes;
	struct ballast_guest_balloon balloon;
	struct ballast_matrix matrix;
	struct ballast_class_record *history;
	u64 history_n;
};

void ballast_guest_init(struct ballast_guest *g);
void ballast_guest_free(struct ballast_guest *g);

int ballast_guest_bind(struct ballast_vm *vm, u32 cid, const struct ballast_wire_hello *hello,
		       u32 *turn);
void ballast_guest_unbind(struct ballast_vm *vm, u32 turn);
bool ballast_guest_in_charge(struct ballast_vm *vm, u32 turn);

/* From the connection in charge; what any other says is ignored. */
void ballast_guest_report(struct ballast_vm *vm, u32 turn,
			  const struct ballast_wire_report *report);
void ballast_guest_round(struct ballast_vm *vm, u32 turn);
void ballast_guest_asked(struct ballast_vm *vm, u32 turn, u32 pages);
void ballast_guest_answer(struct ballast_vm *vm, u32 turn, const u8 *levels,
			  const struct ballast_wire_classes *classes);
void ballast_guest_bytes(struct ballast_vm *vm, u64 rx, u64 tx);

void ballast_guest_fill(struct ballast_vm *vm, struct ballast_class_matrix *out);
u32 ballast_guest_history(struct ballast_vm *vm, struct ballast_class_record *out, u32 max);
bool ballast_guest_config_valid(const struct ballast_guest_config *config);

#endif /* BALLAST_HOST_GUEST_H */
