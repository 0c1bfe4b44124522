// SPDX-License-Identifier: GPL-2.0-only
/* Messages over a socket; link.h tells how. */

#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <linux/vm_sockets.h>
#include <net/sock.h>

#include "common/link.h"

void ballast_link_buffer(struct socket *sock, u32 bytes)
{
	u64 size = bytes;

	/* A smaller or a larger one does as well: there is nothing to do about an error. */
	sock->ops->setsockopt(sock, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, KERNEL_SOCKPTR(&size),
			      sizeof(size));
}

void ballast_link_open(struct ballast_link *link, struct socket *sock)
{
	link->sock = sock;
	link->rx_at = 0;
	link->rx_len = 0;
	sock->sk->sk_rcvtimeo = msecs_to_jiffies(BALLAST_LINK_SLICE_MS);
	sock->sk->sk_sndtimeo = msecs_to_jiffies(BALLAST_LINK_SEND_MS);
}

struct ballast_wire_msg *ballast_link_new(struct ballast_link *link, u32 type)
{
	memset(&link->out, 0, sizeof(link->out));
	link->out.type = type;
	return &link->out;
}

int ballast_link_send(struct ballast_link *link)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	size_t len = ballast_wire_encode(&link->out, link->tx);
	struct kvec vec = { .iov_base = link->tx, .iov_len = len };
	int ret;

	if (WARN_ON_ONCE(!len))
		return -EINVAL;
	/* All of it, or what went within the time: the kernel goes on by itself. */
	ret = kernel_sendmsg(link->sock, &msg, &vec, 1, len);
	if (ret < 0)
		return ret;
	link->tx_bytes += ret;
	return ret == len ? 0 : -EAGAIN;
}

/* More bytes. Return: how many, 0 when none came in time, or an error. */
static int receive_bytes(struct ballast_link *link)
{
	struct kvec vec = {};
	struct msghdr msg = {};
	int ret;

	/* Less than a message is left: there is room behind it. */
	memmove(link->rx, link->rx + link->rx_at, link->rx_len - link->rx_at);
	link->rx_len -= link->rx_at;
	link->rx_at = 0;
	vec.iov_base = link->rx + link->rx_len;
	vec.iov_len = sizeof(link->rx) - link->rx_len;
	ret = kernel_recvmsg(link->sock, &msg, &vec, 1, vec.iov_len, 0);
	if (ret == -EAGAIN || ret == -EINTR || ret == -ERESTARTSYS)
		return 0;
	if (ret <= 0)
		return ret ?: -ECONNRESET;
	link->rx_len += ret;
	link->rx_bytes += ret;
	return ret;
}

/* Return: 1 with a message in @in, 0 when it is not all there, -EPROTO. */
static int decode(struct ballast_link *link, u32 *wrong)
{
	size_t used;

	*wrong = ballast_wire_decode(link->rx + link->rx_at, link->rx_len - link->rx_at,
				     &link->in, &used);
	if (*wrong == BALLAST_WIRE_SHORT) {
		*wrong = 0;
		return 0;
	}
	if (*wrong)
		return -EPROTO;
	link->rx_at += used;
	return 1;
}

int ballast_link_receive(struct ballast_link *link, u32 *wrong)
{
	int ret = decode(link, wrong);

	if (ret)
		return ret;
	ret = receive_bytes(link);
	return ret > 0 ? decode(link, wrong) : ret;
}
