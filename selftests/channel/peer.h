/* SPDX-License-Identifier: GPL-2.0-only */
/* A peer of the host's channel in user space, with the codec that both modules have. */
#ifndef SELFTESTS_CHANNEL_PEER_H
#define SELFTESTS_CHANNEL_PEER_H

#include "ballast/wire.h"

/* What peer_receive() answers besides 1, a message. */
#define PEER_NOTHING	0
#define PEER_CLOSED	(-1)

/**
 * struct peer - a connection
 * @sock:   or -1
 * @rx:     bytes that are no message yet
 * @rx_len: of them
 * @msg:    the last message received
 * @refused: reason the host gave, or 0
 */
struct peer {
	int sock;
	u8 rx[BALLAST_WIRE_BYTES_MAX];
	size_t rx_len;
	struct ballast_wire_msg msg;
	u32 refused;
};

/* Seconds of the monotonic clock. */
double peer_now(void);

/*
 * @cid of the host: VMADDR_CID_HOST in a guest, VMADDR_CID_LOCAL on itself. From a port
 * that needs root; with @any_port from one that does not.
 */
bool peer_connect(struct peer *p, unsigned int cid, bool any_port);
void peer_close(struct peer *p);

/* False when the host has closed. */
bool peer_send_bytes(struct peer *p, const void *bytes, size_t len);
bool peer_send(struct peer *p, const struct ballast_wire_msg *msg);

/* Wait for a message until a time of peer_now(). A refusal counts as closed. */
int peer_receive(struct peer *p, double until);

bool peer_hello(struct peer *p, u8 boot, const char *version);
/* All of memory is of one class. */
bool peer_report(struct peer *p, u64 total, enum ballast_class cls);

#define PEER_PAGE	4096UL

/**
 * struct peer_place - where the secret of a round goes
 * @pages: address of as many pages as a proof has, or NULL: nowhere
 * @gfn:   to be named, of each
 */
struct peer_place {
	u8 *pages;
	u64 gfn[BALLAST_WIRE_PROOF_PAGES];
};

/* Write a secret into these pages. */
void peer_stamp(const u8 *secret, u8 *pages);

/* Answer both challenges. Return: whether WELCOME has come; it is in @msg then. */
bool peer_prove(struct peer *p, const struct peer_place place[2], double until);

#endif
