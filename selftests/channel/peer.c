// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "peer.h"

double peer_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define PORTS	(BALLAST_WIRE_PORT_MAX - BALLAST_WIRE_PORT_MIN + 1)

/* Another one each time: the host keeps a connection for a while after its end. */
static bool bind_port(int sock)
{
	struct sockaddr_vm own = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	static unsigned int next;

	if (!next)
		next = (unsigned int)getpid() * 37;
	for (unsigned int tries = 0; tries < PORTS; tries++) {
		own.svm_port = BALLAST_WIRE_PORT_MIN + next++ % PORTS;
		if (!bind(sock, (const struct sockaddr *)&own, sizeof(own)))
			return true;
	}
	return false;
}

bool peer_connect(struct peer *p, unsigned int cid, bool any_port)
{
	const struct sockaddr_vm host = {
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = BALLAST_WIRE_PORT,
	};

	memset(p, 0, sizeof(*p));
	p->sock = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->sock < 0)
		return false;
	if ((any_port || bind_port(p->sock)) &&
	    !connect(p->sock, (const struct sockaddr *)&host, sizeof(host)))
		return true;
	peer_close(p);
	return false;
}

void peer_close(struct peer *p)
{
	if (p->sock >= 0)
		close(p->sock);
	p->sock = -1;
}

bool peer_send_bytes(struct peer *p, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = send(p->sock, at, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool peer_send(struct peer *p, const struct ballast_wire_msg *msg)
{
	u8 bytes[BALLAST_WIRE_BYTES_MAX];
	size_t len = ballast_wire_encode(msg, bytes);

	return len && peer_send_bytes(p, bytes, len);
}

static bool decode(struct peer *p)
{
	size_t used;

	if (ballast_wire_decode(p->rx, p->rx_len, &p->msg, &used))
		return false;
	p->rx_len -= used;
	memmove(p->rx, p->rx + used, p->rx_len);
	return true;
}

int peer_receive(struct peer *p, double until)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = p->sock, .events = POLLIN };
		double left = until - peer_now();
		ssize_t n;

		if (decode(p)) {
			if (p->msg.type != BALLAST_WIRE_REFUSED)
				return 1;
			p->refused = p->msg.refused.reason;
			return PEER_CLOSED;
		}
		if (left <= 0 || poll(&poll_fd, 1, (int)(left * 1000) + 1) <= 0)
			return PEER_NOTHING;
		n = recv(p->sock, p->rx + p->rx_len, sizeof(p->rx) - p->rx_len, 0);
		if (n <= 0)
			return PEER_CLOSED;
		p->rx_len += (size_t)n;
	}
}

bool peer_hello(struct peer *p, u8 boot, const char *version)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_HELLO };

	msg.hello.features = BALLAST_WIRE_FEATURES;
	msg.hello.boot[0] = boot;
	snprintf(msg.hello.version, sizeof(msg.hello.version), "%s", version);
	return peer_send(p, &msg);
}

bool peer_report(struct peer *p, u64 total, enum ballast_class cls)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_REPORT };

	msg.report.uptime_ns = (u64)(peer_now() * 1e9);
	msg.report.total_pages = total;
	msg.report.pages[cls] = total;
	return peer_send(p, &msg);
}

void peer_stamp(const u8 *secret, u8 *pages)
{
	for (unsigned int i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
		ballast_wire_stamp(secret, i, pages + i * PEER_PAGE);
}

bool peer_prove(struct peer *p, const struct peer_place place[2], double until)
{
	struct ballast_wire_msg proof = { .type = BALLAST_WIRE_PROOF };

	for (u32 round = 0; round < 2; round++) {
		const struct ballast_wire_challenge *challenge = &p->msg.challenge;

		if (peer_receive(p, until) <= 0 || p->msg.type != BALLAST_WIRE_CHALLENGE)
			return false;
		if (place[round].pages)
			peer_stamp(challenge->secret, place[round].pages);
		proof.proof.round = round;
		memcpy(proof.proof.gfn, place[round].gfn, sizeof(proof.proof.gfn));
		if (!peer_send(p, &proof))
			return false;
	}
	return peer_receive(p, until) > 0 && p->msg.type == BALLAST_WIRE_WELCOME;
}
