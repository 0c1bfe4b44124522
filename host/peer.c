// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection: who is it, and then its reports and our questions, in the order
 * that Documentation/protocol.rst gives. A thread does it, in slices, and looks in
 * each of them whether it is to end: because the module goes, the VM is detached,
 * another connection of the guest has come, or nothing was heard for too long.
 *
 * What the peer says costs credit: a point for each piece received and one for
 * each 256 bytes, and something for each time that it wakes us. Credit comes back
 * with time; who has none left is refused.
 */

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/sock.h>

#include "channel.h"
#include "guest.h"
#include "identity.h"
#include "page.h"
#include "peer.h"
#include "vm.h"

#define WELCOME_MS	5000
#define ROUNDS		2
/* Nothing heard for so many periods, and a bit. */
#define SILENT_PERIODS	3
#define SILENT_MS	5000
/* An answer that has not come by then is not waited for any more. */
#define ANSWER_MS	10000
#define CREDIT_MAX	256
#define CREDIT_PER_S	64
#define CREDIT_BYTES	256
#define CREDIT_MAX_NS	(10 * NSEC_PER_SEC)
/* Each packet of the peer wakes us, also one that carries nothing. */
#define CREDIT_WAKEUPS	8
/* An answer to a question of ours costs it nothing. */
#define CREDIT_ANSWER	3
/* Questions without an answer, in a row: a guest that does not read. */
#define UNANSWERED_MAX	6
/* Bytes for it that nobody has taken; not counted before 6.2. */
#define UNREAD_MAX	(64 * 1024)
/* What may lie unread before and after we know who it is. */
#define BUFFER_BYTES	(16 * 1024)

static u64 ms_since(u64 then)
{
	return div_u64(ktime_get_ns() - then, NSEC_PER_MSEC);
}

/* End it, for this reason. */
static int refuse(struct ballast_peer *p, u32 reason)
{
	p->refused = reason;
	return -ECONNREFUSED;
}

static bool pay(struct ballast_peer *p, u64 points_of)
{
	u64 now = ktime_get_ns();
	u64 points = div_u64(min_t(u64, now - p->credit_ns, CREDIT_MAX_NS) * CREDIT_PER_S,
			     NSEC_PER_SEC);

	p->credit = min_t(s64, p->credit + points, CREDIT_MAX);
	/* A fraction of a point is not lost. */
	p->credit_ns = max(p->credit_ns + div_u64(points * NSEC_PER_SEC, CREDIT_PER_S),
			   now - min_t(u64, now, CREDIT_MAX_NS));
	p->credit -= points_of;
	return p->credit >= 0;
}

/* Listen for a slice. Return: 1 with a message, 0, or an error. */
static int hear(struct ballast_peer *p)
{
	unsigned long switches = current->nvcsw;
	u64 before = p->link.rx_bytes, points;
	u32 wrong;
	int ret = ballast_link_receive(&p->link, &wrong);

	if (kthread_should_stop())
		return -EINTR;
	if (wrong) {
		atomic64_inc(&ballast_channel_stats.malformed[wrong]);
		return refuse(p, wrong == BALLAST_WIRE_OTHER ? BALLAST_REFUSED_VERSION :
							       BALLAST_REFUSED_PROTOCOL);
	}
	points = (current->nvcsw - switches) / CREDIT_WAKEUPS;
	if (ret > 0 || p->link.rx_bytes != before)
		points += 1 + div_u64(p->link.rx_bytes - before, CREDIT_BYTES);
	return pay(p, points) ? ret : refuse(p, BALLAST_REFUSED_FLOOD);
}

/* Wait for the one message that has to come now. */
static int expect(struct ballast_peer *p, u32 type, u64 since, unsigned int ms)
{
	int ret;

	do {
		ret = hear(p);
		if (ret > 0)
			return p->link.in.type == type ? 0 : refuse(p, BALLAST_REFUSED_PROTOCOL);
	} while (!ret && ms_since(since) < ms);
	return ret ?: refuse(p, BALLAST_REFUSED_SILENT);
}

/* One round: a secret goes out, and is found in the pages of one VM. */
static int prove(struct ballast_peer *p, u32 round, u64 start, u64 *gfn)
{
	const struct ballast_wire_proof *proof = &p->link.in.proof;
	struct ballast_wire_challenge *challenge;
	u8 secret[BALLAST_WIRE_SECRET_BYTES];
	struct ballast_vm *vm;
	bool same;
	int ret;

	get_random_bytes(secret, sizeof(secret));
	challenge = &ballast_link_new(&p->link, BALLAST_WIRE_CHALLENGE)->challenge;
	challenge->round = round;
	memcpy(challenge->secret, secret, sizeof(secret));
	ret = ballast_link_send(&p->link) ?: expect(p, BALLAST_WIRE_PROOF, start, WELCOME_MS);
	if (ret)
		return ret;
	if (proof->round != round || (round && memcmp(gfn, proof->gfn, sizeof(proof->gfn))))
		return refuse(p, BALLAST_REFUSED_PROTOCOL);
	memcpy(gfn, proof->gfn, sizeof(proof->gfn));
	vm = ballast_identity_find(gfn, secret);
	if (!vm)
		return refuse(p, BALLAST_REFUSED_IDENTITY);
	if (!round) {
		p->vm = vm;
		return 0;
	}
	same = vm == p->vm;
	ballast_vm_put(vm);
	return same ? 0 : refuse(p, BALLAST_REFUSED_IDENTITY);
}

static void read_config(struct ballast_peer *p, struct ballast_wire_config *config)
{
	u32 report_ms = READ_ONCE(p->vm->guest.config.report_ms);

	*config = (struct ballast_wire_config){
		.report_ms = report_ms,
		.early_ms = min_t(u32, report_ms, BALLAST_EARLY_MS),
		.early_bp = BALLAST_EARLY_BP,
		.cpu_bp = BALLAST_GUEST_CPU_BP,
	};
}

static int welcome(struct ballast_peer *p, const struct ballast_wire_hello *hello)
{
	struct ballast_wire_welcome *welcome;
	int ret;

	ret = ballast_guest_bind(p->vm, p->cid, hello, &p->turn);
	if (ret == -EBUSY)
		return refuse(p, BALLAST_REFUSED_BOUND);
	if (ret == -ENODEV)
		return refuse(p, BALLAST_REFUSED_DETACHED);
	if (ret)
		return refuse(p, BALLAST_REFUSED_BUSY);
	WRITE_ONCE(p->proven, true);
	ballast_link_buffer(p->link.sock, BUFFER_BYTES);
	read_config(p, &p->config);
	welcome = &ballast_link_new(&p->link, BALLAST_WIRE_WELCOME)->welcome;
	p->features = hello->features & BALLAST_WIRE_FEATURES;
	welcome->features = p->features;
	welcome->config = p->config;
	return ballast_link_send(&p->link);
}

/* From the first byte to WELCOME. */
static int begin(struct ballast_peer *p)
{
	struct ballast_wire_hello hello;
	u64 start = ktime_get_ns(), gfn[BALLAST_WIRE_PROOF_PAGES];
	u32 round;
	int ret;

	ret = expect(p, BALLAST_WIRE_HELLO, start, WELCOME_MS);
	if (ret)
		return ret;
	hello = p->link.in.hello;
	if (!(hello.features & BALLAST_WIRE_F_CLASSES))
		return refuse(p, BALLAST_REFUSED_VERSION);
	for (round = 0; round < ROUNDS && !ret; round++)
		ret = prove(p, round, start, gfn);
	return ret ?: welcome(p, &hello);
}

/* Knobs have changed. */
static int tell_config(struct ballast_peer *p)
{
	struct ballast_wire_config now;

	read_config(p, &now);
	if (!memcmp(&now, &p->config, sizeof(now)))
		return 0;
	p->config = now;
	/* The new period begins now. */
	p->heard_ns = ktime_get_ns();
	ballast_link_new(&p->link, BALLAST_WIRE_CONFIG)->config = now;
	return ballast_link_send(&p->link);
}

/* What its balloon shall do has changed, or has not been told yet. */
static int tell_target(struct ballast_peer *p)
{
	struct ballast_wire_target now;

	if (!(p->features & BALLAST_WIRE_F_BALLOON))
		return 0;
	ballast_balloon_read_target(p->vm, &now);
	if (p->target_told && now.pages == p->target.pages && now.cache == p->target.cache &&
	    now.flush == p->target.flush)
		return 0;
	p->target = now;
	p->target_told = true;
	ballast_link_new(&p->link, BALLAST_WIRE_TARGET)->target = now;
	return ballast_link_send(&p->link);
}

static int ask(struct ballast_peer *p)
{
	struct ballast_wire_classify *classify;
	u32 nr;

	classify = &ballast_link_new(&p->link, BALLAST_WIRE_CLASSIFY)->classify;
	nr = ballast_sample_draw(p->vm, &p->sample, classify->gfn, p->levels,
				 ARRAY_SIZE(classify->gfn));
	if (!nr)
		return 0;
	/* Not to be guessed: who has not read it cannot answer. */
	p->id = get_random_u32();
	classify->id = p->id;
	classify->nr = nr;
	memcpy(p->gfns, classify->gfn, nr * sizeof(*p->gfns));
	p->nr = nr;
	p->unanswered++;
	p->credit += CREDIT_ANSWER;
	p->asked_ns = ktime_get_ns();
	ballast_guest_asked(p->vm, p->turn, nr);
	return ballast_link_send(&p->link);
}

/* A question, when it is time for one and the last one has been answered. */
static int ask_when_due(struct ballast_peer *p)
{
	const struct ballast_guest_config *config = &p->vm->guest.config;
	u32 round_ms = READ_ONCE(config->round_ms);

	if (p->asked_ns && ms_since(p->asked_ns) < ANSWER_MS)
		return 0;
	p->asked_ns = 0;
	if (round_ms && (!p->round_ns || ms_since(p->round_ns) >= round_ms)) {
		p->round_ns = ktime_get_ns();
		ballast_guest_round(p->vm, p->turn);
		ballast_sample_start(p->vm, &p->sample, READ_ONCE(config->error_bp));
	}
	return ask(p);
}

static int take_answer(struct ballast_peer *p, const struct ballast_wire_classes *classes)
{
	struct ballast_check check;

	/* To a question that was given up. */
	if (!p->asked_ns || classes->id != p->id)
		return 0;
	if (classes->nr != p->nr)
		return refuse(p, BALLAST_REFUSED_PROTOCOL);
	p->asked_ns = 0;
	p->unanswered = 0;
	ballast_guest_answer(p->vm, p->turn, p->levels, classes);
	ballast_page_check(p->vm, p->gfns, classes, &check);
	ballast_balloon_checked(p->vm, p->turn, &check);
	return 0;
}

static int handle(struct ballast_peer *p)
{
	p->heard_ns = ktime_get_ns();
	switch (p->link.in.type) {
	case BALLAST_WIRE_REPORT:
		ballast_guest_report(p->vm, p->turn, &p->link.in.report);
		return 0;
	case BALLAST_WIRE_CLASSES:
		return take_answer(p, &p->link.in.classes);
	case BALLAST_WIRE_BALLOON:
		if (!(p->features & BALLAST_WIRE_F_BALLOON))
			return refuse(p, BALLAST_REFUSED_PROTOCOL);
		ballast_balloon_said(p->vm, p->turn, &p->link.in.balloon);
		return 0;
	default:
		return refuse(p, BALLAST_REFUSED_PROTOCOL);
	}
}

/* Is there a reason to end it that has nothing to do with what is said? */
static int look_around(struct ballast_peer *p)
{
	if (ballast_vm_dying(p->vm))
		return refuse(p, BALLAST_REFUSED_DETACHED);
	if (!ballast_guest_in_charge(p->vm, p->turn))
		return refuse(p, BALLAST_REFUSED_BOUND);
	if (ms_since(p->heard_ns) > (u64)SILENT_PERIODS * p->config.report_ms + SILENT_MS)
		return refuse(p, BALLAST_REFUSED_SILENT);
	if (p->unanswered > UNANSWERED_MAX)
		return refuse(p, BALLAST_REFUSED_SILENT);
	if (sk_wmem_alloc_get(p->link.sock->sk) > UNREAD_MAX)
		return refuse(p, BALLAST_REFUSED_FLOOD);
	return 0;
}

static void charge(struct ballast_peer *p)
{
	ballast_guest_bytes(p->vm, p->link.rx_bytes - p->rx_told, p->link.tx_bytes - p->tx_told);
	p->rx_told = p->link.rx_bytes;
	p->tx_told = p->link.tx_bytes;
}

static int session(struct ballast_peer *p)
{
	int ret;

	p->heard_ns = ktime_get_ns();
	do {
		ret = look_around(p) ?: tell_config(p) ?: tell_target(p);
		ret = ret ?: ask_when_due(p) ?: hear(p);
		if (ret > 0)
			ret = handle(p);
		charge(p);
	} while (!ret);
	return ret;
}

static int peer_thread(void *arg)
{
	struct ballast_peer *p = arg;
	int ret;

	p->credit = CREDIT_MAX;
	p->credit_ns = ktime_get_ns();
	ret = begin(p) ?: session(p);
	if (p->proven)
		ballast_guest_unbind(p->vm, p->turn);
	if (p->vm)
		ballast_vm_put(p->vm);
	if (ret == -ECONNREFUSED && p->refused) {
		atomic64_inc(&ballast_channel_stats.refused[p->refused]);
		ballast_link_new(&p->link, BALLAST_WIRE_REFUSED)->refused.reason = p->refused;
		ballast_link_send(&p->link);
	}
	kernel_sock_shutdown(p->link.sock, SHUT_RDWR);
	/* The listener frees it then. */
	smp_store_release(&p->done, true);
	return 0;
}

/**
 * ballast_peer_start() - a thread for a connection
 * @sock: connected; belongs to the peer on success
 * @cid:  the peer's address
 *
 * Return: for ballast_peer_free(), or NULL.
 */
struct ballast_peer *ballast_peer_start(struct socket *sock, u32 cid)
{
	struct ballast_peer *p = kvzalloc(sizeof(*p), GFP_KERNEL);
	struct task_struct *task;

	if (!p)
		return NULL;
	p->cid = cid;
	ballast_link_open(&p->link, sock);
	task = kthread_create(peer_thread, p, "ballast_peer/%u", cid);
	if (IS_ERR(task)) {
		kvfree(p);
		return NULL;
	}
	/* It may end before it is stopped. */
	p->task = get_task_struct(task);
	wake_up_process(task);
	return p;
}

/* The thread will come to its end soon. */
void ballast_peer_hang_up(struct ballast_peer *peer)
{
	kernel_sock_shutdown(peer->link.sock, SHUT_RDWR);
}

/* Waits for the thread; at most as long as sending and receiving may take. */
void ballast_peer_free(struct ballast_peer *peer)
{
	kthread_stop(peer->task);
	put_task_struct(peer->task);
	sock_release(peer->link.sock);
	kvfree(peer);
}
