// SPDX-License-Identifier: GPL-2.0-only
/*
 * The listener. It alone owns the list of connections, so that nothing about it
 * needs a lock: it takes them, frees those that are done, and ends them all when
 * the module goes. It never waits for a peer.
 */

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/timekeeping.h>
#include <linux/vm_sockets.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "channel.h"
#include "peer.h"
#include "vm.h"

/* Connections whose VM is not known yet; of one address, with those that are. */
#define UNPROVEN_MAX	64
#define CID_MAX		2
/* No guest has a smaller address. */
#define CID_FIRST	3
#define BACKLOG		128
/* What a peer may have sent before it is read, and we know who it is. */
#define BUFFER_BYTES	2048
/* Of one that is closed at once. */
#define BUFFER_MIN	128
/* Who was refused waits; longer who did not keep to the protocol. */
#define PENALTIES	64
#define PENALTY_MS	1000
/* Who closes by itself; an honest guest takes longer to come again. */
#define PENALTY_LEFT_MS	400
#define PENALTY_BAD_MS	10000
/* A pause after an address that comes too early, when nobody else waits. */
#define EARLY_SLEEP_MS	1

static unsigned int port = BALLAST_WIRE_PORT;
module_param(port, uint, 0444);
MODULE_PARM_DESC(port, "vsock port that guests connect to; 0: none (default 0xba11)");

static bool local;
module_param(local, bool, 0444);
MODULE_PARM_DESC(local, "take connections of processes on the host as well: for tests");

struct ballast_channel_stats ballast_channel_stats;

/**
 * struct penalty - an address that is not taken for a while
 * @cid:   address
 * @until: ktime, ns
 */
struct penalty {
	u32 cid;
	u64 until;
};

/* All but @state the listener's own, once it runs. */
static struct {
	struct task_struct *task;
	struct socket *sock;
	const char *state;
	struct list_head peers;
	struct penalty penalties[PENALTIES];
	unsigned int next_penalty;
} channel = {
	.state = "off: not started",
	.peers = LIST_HEAD_INIT(channel.peers),
};

const char *ballast_channel_state(void)
{
	return READ_ONCE(channel.state);
}

unsigned int ballast_channel_port(void)
{
	return port;
}

static void punish(u32 cid, unsigned int ms)
{
	struct penalty *p = &channel.penalties[channel.next_penalty++ % PENALTIES];

	p->cid = cid;
	p->until = ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;
}

static bool punished(u32 cid)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	/* All processes of the host have the same one. */
	if (cid < CID_FIRST)
		return false;
	for (i = 0; i < PENALTIES; i++)
		if (channel.penalties[i].cid == cid && channel.penalties[i].until > now)
			return true;
	return false;
}

static void free_peer(struct ballast_peer *peer)
{
	list_del(&peer->list);
	switch (peer->refused) {
	case 0:
		punish(peer->cid, PENALTY_LEFT_MS);
		break;
	case BALLAST_REFUSED_DETACHED:
		break;
	case BALLAST_REFUSED_FLOOD:
	case BALLAST_REFUSED_PROTOCOL:
		punish(peer->cid, PENALTY_BAD_MS);
		break;
	default:
		punish(peer->cid, PENALTY_MS);
	}
	ballast_peer_free(peer);
	atomic64_dec(&ballast_channel_stats.connections);
}

/* Those that have come to their end. */
static void reap(void)
{
	struct ballast_peer *peer, *next;

	list_for_each_entry_safe(peer, next, &channel.peers, list) {
		/* Pairs with the end of peer_thread(). */
		if (smp_load_acquire(&peer->done))
			free_peer(peer);
	}
}

static void end_all(void)
{
	struct ballast_peer *peer, *next;

	list_for_each_entry(peer, &channel.peers, list)
		ballast_peer_hang_up(peer);
	list_for_each_entry_safe(peer, next, &channel.peers, list)
		free_peer(peer);
}

static bool too_many(u32 cid)
{
	unsigned int unproven = 0, same = 0;
	struct ballast_peer *peer;

	list_for_each_entry(peer, &channel.peers, list) {
		unproven += !READ_ONCE(peer->proven);
		same += peer->cid == cid;
	}
	return unproven >= UNPROVEN_MAX || (same >= CID_MAX && cid >= CID_FIRST);
}

/*
 * The address of a peer; 0 when it has gone already, or its port says that it may be
 * any process of a guest and not its kernel.
 */
static u32 peer_cid(struct socket *sock)
{
	struct sockaddr_vm address = {};

	/* Kernels differ about the type of an address of any family. */
	if (kernel_getpeername(sock, (void *)&address) < 0)
		return 0;
	return address.svm_port <= BALLAST_WIRE_PORT_MAX ? address.svm_cid : 0;
}

/* What it has sent would stay in memory until it has closed as well. */
static void turn_away(struct socket *sock)
{
	u8 bytes[64];
	unsigned int i;

	ballast_link_buffer(sock, BUFFER_MIN);
	for (i = 0; i < BUFFER_BYTES / sizeof(bytes); i++) {
		struct kvec vec = { .iov_base = bytes, .iov_len = sizeof(bytes) };
		struct msghdr msg = {};

		if (kernel_recvmsg(sock, &msg, &vec, 1, sizeof(bytes), MSG_DONTWAIT) <= 0)
			break;
	}
	sock_release(sock);
}

/* Return: the peer that a new connection has become, or NULL. */
static struct ballast_peer *take(struct socket *sock)
{
	struct ballast_channel_stats *stats = &ballast_channel_stats;
	struct ballast_peer *peer;
	u32 cid = peer_cid(sock);

	if (cid < CID_FIRST && !local) {
		atomic64_inc(&stats->foreign);
		return NULL;
	}
	if (punished(cid)) {
		atomic64_inc(&stats->early);
		/* With others in the queue this would keep them out. */
		if (!READ_ONCE(channel.sock->sk->sk_ack_backlog))
			schedule_timeout_interruptible(msecs_to_jiffies(EARLY_SLEEP_MS));
		return NULL;
	}
	peer = too_many(cid) ? NULL : ballast_peer_start(sock, cid);
	if (!peer)
		atomic64_inc(&stats->crowded);
	return peer;
}

static void accept_one(void)
{
	struct ballast_peer *peer;
	struct socket *sock;
	int ret;

	ret = kernel_accept(channel.sock, &sock, 0);
	/* Before the new one, so that it is judged by all that has been. */
	reap();
	if (ret) {
		/* Nobody came in time; anything else, no memory for instance, may pass. */
		if (ret != -EAGAIN)
			schedule_timeout_interruptible(msecs_to_jiffies(BALLAST_LINK_SLICE_MS));
		return;
	}
	atomic64_inc(&ballast_channel_stats.accepted);
	peer = take(sock);
	if (!peer) {
		turn_away(sock);
		return;
	}
	list_add_tail(&peer->list, &channel.peers);
	atomic64_inc(&ballast_channel_stats.connections);
}

static int listener(void *unused)
{
	while (!kthread_should_stop())
		accept_one();
	end_all();
	return 0;
}

/* The module does without a channel where there can be none, and says so. */
static int without_socket(int ret)
{
	switch (ret) {
	case -EAFNOSUPPORT:
	case -EPROTONOSUPPORT:
	case -ESOCKTNOSUPPORT:
		WRITE_ONCE(channel.state, "off: no vsock in this kernel");
		break;
	case -EADDRINUSE:
		WRITE_ONCE(channel.state, "off: the port is taken, port= chooses another");
		break;
	default:
		return ret;
	}
	pr_warn("ballast_host: guests cannot connect: %s\n", channel.state);
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_vm address = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port,
	};
	int ret;

	ret = sock_create_kern(&init_net, AF_VSOCK, SOCK_STREAM, 0, &channel.sock);
	if (ret) {
		channel.sock = NULL;
		return ret;
	}
	/* Connections inherit it. */
	ballast_link_buffer(channel.sock, BUFFER_BYTES);
	ret = kernel_bind(channel.sock, (void *)&address, sizeof(address));
	if (!ret)
		ret = kernel_listen(channel.sock, BACKLOG);
	channel.sock->sk->sk_rcvtimeo = msecs_to_jiffies(BALLAST_LINK_SLICE_MS);
	return ret;
}

static void close_socket(void)
{
	if (channel.sock)
		sock_release(channel.sock);
	channel.sock = NULL;
}

/**
 * ballast_channel_init() - begin to listen
 *
 * A host without vsock, or with another user of the port, is no reason to do
 * without the rest. Return: 0, or what is wrong besides.
 */
int ballast_channel_init(void)
{
	struct task_struct *task;
	int ret;

	if (!port) {
		WRITE_ONCE(channel.state, "off: port=0");
		return 0;
	}
	ret = open_socket();
	if (ret) {
		close_socket();
		return without_socket(ret);
	}
	task = kthread_run(listener, NULL, "ballast_listen");
	if (IS_ERR(task)) {
		close_socket();
		return PTR_ERR(task);
	}
	channel.task = task;
	WRITE_ONCE(channel.state, "listening");
	return 0;
}

/* All connections end here, with all threads. */
void ballast_channel_exit(void)
{
	if (channel.task)
		kthread_stop(channel.task);
	channel.task = NULL;
	close_socket();
}
