/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages over a socket, for either end. One thread uses a link; nothing is
 * locked. A receive waits a slice at most, so that its thread can look at other
 * things meanwhile; a send waits two seconds at most for a peer that does not
 * read.
 */
#ifndef BALLAST_COMMON_LINK_H
#define BALLAST_COMMON_LINK_H

#include <linux/net.h>

#include "ballast/wire.h"

#define BALLAST_LINK_SLICE_MS	250
#define BALLAST_LINK_SEND_MS	2000

/**
 * struct ballast_link - a connection
 * @sock:     connected
 * @rx_at:    first byte of @rx that has not been decoded
 * @rx_len:   end of the bytes in @rx
 * @rx_bytes: received so far
 * @tx_bytes: sent so far
 * @in:       last message received
 * @out:      message being sent
 * @rx:       bytes received
 * @tx:       bytes of @out
 */
struct ballast_link {
	struct socket *sock;
	size_t rx_at;
	size_t rx_len;
	u64 rx_bytes;
	u64 tx_bytes;
	struct ballast_wire_msg in;
	struct ballast_wire_msg out;
	u8 rx[BALLAST_WIRE_BYTES_MAX];
	u8 tx[BALLAST_WIRE_BYTES_MAX];
};

/* What the other side may have sent before it is read, in bytes. */
void ballast_link_buffer(struct socket *sock, u32 bytes);

/* Begin with a new socket: its waiting is bounded, nothing has come yet. */
void ballast_link_open(struct ballast_link *link, struct socket *sock);

/* @out as an empty message of a type. */
struct ballast_wire_msg *ballast_link_new(struct ballast_link *link, u32 type);

/* Send @out. Return: 0, or an error after which the stream is out of step. */
int ballast_link_send(struct ballast_link *link);

/**
 * ballast_link_receive() - wait for a message, or a part of one, for a slice
 * @link:  connection
 * @wrong: out: enum ballast_wire_error when the bytes are no message, else 0
 *
 * Receives at most once: a peer that sends byte by byte keeps nobody in here.
 * Return: 1 with a message in @in; 0 when there is none yet; -EPROTO with
 * @wrong set; -ECONNRESET when the peer has ended it; another error.
 */
int ballast_link_receive(struct ballast_link *link, u32 *wrong);

#endif /* BALLAST_COMMON_LINK_H */
