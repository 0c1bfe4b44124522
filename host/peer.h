/* SPDX-License-Identifier: GPL-2.0-only */
/* One connection of a guest; see peer.c. */
#ifndef BALLAST_HOST_PEER_H
#define BALLAST_HOST_PEER_H

#include <linux/list.h>

#include "common/link.h"
#include "sample.h"

/**
 * struct ballast_peer - a connection
 * @list:     of all, the listener's
 * @task:     its thread, with a reference
 * @cid:      address of the peer, constant
 * @proven:   its VM is known; written by the thread, read by the listener
 * @done:     its thread has nothing more to do; likewise
 * @refused:  why it was ended by us, enum ballast_wire_refusal, or 0; valid
 *            with @done
 *
 * All else is the thread's own:
 * @link:     messages
 * @vm:       that it belongs to, with a reference, or NULL
 * @turn:     our number with the VM
 * @credit:   what the peer may still say, see peer.c
 * @credit_ns: when that was
 * @heard_ns: when something was heard last
 * @features: agreed on
 * @config:   last told
 * @target:   last told
 * @target_told: there; the guest may remember another host's
 * @rx_told:  received bytes that the VM has been charged with
 * @tx_told:  sent ones
 * @round_ns: when the last round of questions began
 * @sample:   pages of the round that are to be asked about
 * @asked_ns: when the question that has no answer yet was asked, or 0
 * @id:       of that question
 * @nr:       of its pages
 * @unanswered: questions since the last answer
 * @gfns:     its pages
 * @levels:   of its pages
 */
struct ballast_peer {
	struct list_head list;
	struct task_struct *task;
	u32 cid;
	bool proven;
	bool done;
	u32 refused;
	struct ballast_link link;
	struct ballast_vm *vm;
	u32 turn;
	s64 credit;
	u64 credit_ns;
	u64 heard_ns;
	u64 features;
	struct ballast_wire_config config;
	struct ballast_wire_target target;
	bool target_told;
	u64 rx_told;
	u64 tx_told;
	u64 round_ns;
	struct ballast_sample sample;
	u64 asked_ns;
	u32 id;
	u32 nr;
	u32 unanswered;
	u64 gfns[BALLAST_WIRE_GFNS_MAX];
	u8 levels[BALLAST_WIRE_GFNS_MAX];
};

struct ballast_peer *ballast_peer_start(struct socket *sock, u32 cid);
void ballast_peer_hang_up(struct ballast_peer *peer);
void ballast_peer_free(struct ballast_peer *peer);

#endif /* BALLAST_HOST_PEER_H */
