// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread does all of it, in slices: it receives, looks whether a
 * class has changed by enough to be told before its time, and can be stopped and
 * frozen. Documentation/protocol.rst has the order of things.
 */

#include <linux/freezer.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/vm_sockets.h>
#include <linux/vmstat.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "balloon/balloon.h"
#include "channel.h"
#include "classify.h"
#include "common/link.h"
#include "totals.h"

/* From the first byte to WELCOME. */
#define WELCOME_MS	10000
#define BIND_TRIES	16
#define RETRY_MIN_MS	1000
#define RETRY_MAX_MS	15000
#define REST_MAX_MS	1000
/* Since the last report, for another one before an answer. */
#define FRESH_BP	50
/* A host that has not been heard of for so long has no wishes any more. */
#define ORPHAN_MS	300000

unsigned int ballast_report_min_ms = 1000;
unsigned int ballast_cpu_max_bp = 50;

/**
 * struct channel - the thread's own, but for what @lock guards
 * @task:       the thread
 * @sock:       of the session, or NULL
 * @pages:      that the host's secrets are written to
 * @boot:       random, since the module was loaded
 * @link:       messages over @sock
 * @sent_ms:    when the last report was sent
 * @rest_until: no classes are told before, ns
 * @features:   that the host has as well
 * @news:       of the balloon that has been told
 * @flush:      the host's last wish to report all free memory
 * @heard_ms:   when the host was connected last
 * @lock:       of @status, which others read
 * @status:     what there is to see
 * @events:     room for the kernel's counters
 */
static struct channel {
	struct task_struct *task;
	struct socket *sock;
	struct page *pages[BALLAST_WIRE_PROOF_PAGES];
	u8 boot[BALLAST_WIRE_BOOT_BYTES];
	struct ballast_link link;
	u64 sent_ms;
	u64 rest_until;
	u64 features;
	u32 news;
	u32 flush;
	u64 heard_ms;
	spinlock_t lock;	/* of @status */
	struct ballast_channel_status status;
	unsigned long events[NR_VM_EVENT_ITEMS];
} *ch;

static u64 now_ms(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_MSEC);
}

static void set_state(enum ballast_channel_state state)
{
	spin_lock(&ch->lock);
	ch->status.state = state;
	spin_unlock(&ch->lock);
}

void ballast_channel_status(struct ballast_channel_status *status)
{
	spin_lock(&ch->lock);
	*status = ch->status;
	spin_unlock(&ch->lock);
}

/* Sleep in slices. Return: false when the thread shall end. */
static bool pause_ms(unsigned int ms)
{
	u64 until = now_ms() + ms, now = now_ms();

	while (!kthread_should_stop() && now < until) {
		u64 slice = min_t(u64, until - now, BALLAST_LINK_SLICE_MS);

		schedule_timeout_interruptible(msecs_to_jiffies(slice));
		try_to_freeze();
		now = now_ms();
	}
	return !kthread_should_stop();
}

/* Bytes of the link are the thread's own; others read them in the status. */
static void count_bytes(void)
{
	spin_lock(&ch->lock);
	ch->status.rx_bytes = ch->link.rx_bytes;
	ch->status.tx_bytes = ch->link.tx_bytes;
	spin_unlock(&ch->lock);
}

static struct ballast_wire_msg *new_out(u32 type)
{
	return ballast_link_new(&ch->link, type);
}

static int send_out(void)
{
	return ballast_link_send(&ch->link);
}

static int say_hello(void)
{
	struct ballast_wire_hello *hello = &new_out(BALLAST_WIRE_HELLO)->hello;

	hello->features = BALLAST_WIRE_FEATURES;
	memcpy(hello->boot, ch->boot, sizeof(hello->boot));
	strscpy(hello->version, BALLAST_VERSION, sizeof(hello->version));
	return send_out();
}

/* The pages are ours alone, and what is in them is no secret any more when read. */
static int answer_challenge(const struct ballast_wire_challenge *challenge)
{
	struct ballast_wire_proof *proof = &new_out(BALLAST_WIRE_PROOF)->proof;
	unsigned int i;

	proof->round = challenge->round;
	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++) {
		ballast_wire_stamp(challenge->secret, i, page_address(ch->pages[i]));
		proof->gfn[i] = page_to_pfn(ch->pages[i]);
	}
	return send_out();
}

static void forget_secret(void)
{
	unsigned int i;

	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
		memzero_explicit(page_address(ch->pages[i]), BALLAST_WIRE_SECRET_BYTES);
}

/* The host's wishes, within what the guest's operator allows. */
static void take_config(const struct ballast_wire_config *config)
{
	struct ballast_wire_config c = *config;

	/* After three periods without a word it would think that we are gone. */
	c.report_ms = clamp(READ_ONCE(ballast_report_min_ms), c.report_ms, 3 * c.report_ms);
	c.cpu_bp = min(c.cpu_bp, READ_ONCE(ballast_cpu_max_bp));
	spin_lock(&ch->lock);
	ch->status.config = c;
	spin_unlock(&ch->lock);
}

static int be_welcome(const struct ballast_wire_welcome *welcome)
{
	if (!(welcome->features & BALLAST_WIRE_F_CLASSES))
		return -EPROTO;
	ch->features = welcome->features;
	take_config(&welcome->config);
	spin_lock(&ch->lock);
	ch->status.state = BALLAST_CHANNEL_CONNECTED;
	ch->status.refused = 0;
	ch->status.connects++;
	/* The first report is due at once. */
	memset(&ch->status.last, 0, sizeof(ch->status.last));
	spin_unlock(&ch->lock);
	return 0;
}

/* CPU time for the host's questions is bounded: after some work comes some rest. */
static void rest(void)
{
	u64 now = ktime_get_ns();

	if (ch->rest_until > now)
		pause_ms(min_t(u64, div_u64(ch->rest_until - now, NSEC_PER_MSEC) + 1, REST_MAX_MS));
}

static void account(u64 start)
{
	u64 now = ktime_get_ns(), spent = now - start;

	ch->rest_until = now + div_u64(spent * BALLAST_WIRE_BP_MAX, ch->status.config.cpu_bp);
	spin_lock(&ch->lock);
	ch->status.cpu_ns += spent;
	spin_unlock(&ch->lock);
}

static int take_target(const struct ballast_wire_target *target)
{
	if (!(ch->features & BALLAST_WIRE_F_BALLOON))
		return -EPROTO;
	ballast_balloon_host_target(target->pages, target->cache);
	if (target->flush != ch->flush)
		ballast_balloon_flush(target->huge);
	ch->flush = target->flush;
	return 0;
}

/* The largest change of a class since the last report, of all memory. */
static u64 change_bp(const struct ballast_wire_report *now, const struct ballast_wire_report *last)
{
	u64 most = 0;
	unsigned int i;

	for (i = 0; i < BALLAST_NR_CLASSES; i++)
		most = max(most, now->pages[i] > last->pages[i] ? now->pages[i] - last->pages[i] :
			   last->pages[i] - now->pages[i]);
	return div64_u64(most * BALLAST_WIRE_BP_MAX, max_t(u64, now->total_pages, 1));
}

static int tell_balloon(void)
{
	struct ballast_wire_balloon *b = &new_out(BALLAST_WIRE_BALLOON)->balloon;
	struct ballast_balloon_status s;
	unsigned int i;

	/* What happens while we look is told next time. */
	ch->news = ballast_balloon_news();
	ballast_balloon_status(&s);
	*b = (struct ballast_wire_balloon){
		.state = s.state, .relief = s.relief, .host_pages = s.host_pages,
		.device_pages = s.device_pages, .held_pages = s.held_pages,
		.room_pages = s.room_pages, .margin_pages = s.margin_pages,
		.given_pages = s.given_pages, .failed_pages = s.failed_pages,
		.reported_pages = s.reported_pages, .flushes = s.flushes,
		.reliefs = s.reliefs, .relief_pages = s.relief_pages,
	};
	for (i = BALLAST_HUGE_ORDER; i < BALLAST_BALLOON_ORDERS; i++)
		b->huge_pages += s.blocks[i] << i;
	memcpy(b->taken_pages, s.taken_pages, sizeof(b->taken_pages));
	return send_out();
}

/* Of the balloon with every report, and at once when something has happened to it. */
static int tell_balloon_when_due(bool reported)
{
	if (!(ch->features & BALLAST_WIRE_F_BALLOON))
		return 0;
	return reported || ch->news != ballast_balloon_news() ? tell_balloon() : 0;
}

/*
 * A report when one is due, or when too much has changed to wait for that; @at_once: when
 * anything to speak of has changed.
 */
static int report(bool at_once)
{
	const struct ballast_channel_status *s = &ch->status;
	u64 now = now_ms(), since = now - ch->sent_ms, start = ktime_get_ns();
	bool first = !s->last.total_pages, due = first || since >= s->config.report_ms;
	struct ballast_wire_report *r;
	int ret = 0;

	if (!due && !at_once && since < s->config.early_ms)
		return tell_balloon_when_due(false);
	r = &new_out(BALLAST_WIRE_REPORT)->report;
	ballast_totals_read(r);
	r->early = !due;
	if (due || change_bp(r, &s->last) >= (at_once ? FRESH_BP : s->config.early_bp)) {
		ballast_totals_events(r, ch->events);
		ret = send_out();
		ch->sent_ms = now;
		spin_lock(&ch->lock);
		ch->status.last = *r;
		ch->status.reports++;
		ch->status.early += r->early;
		spin_unlock(&ch->lock);
		due = true;
	}
	ret = ret ?: tell_balloon_when_due(due);
	spin_lock(&ch->lock);
	ch->status.cpu_ns += ktime_get_ns() - start;
	spin_unlock(&ch->lock);
	return ret;
}

static int answer_classify(const struct ballast_wire_classify *classify)
{
	struct ballast_wire_classes *classes;
	u64 start;
	int ret;

	rest();
	/* The host holds the answer against the last report: it must be of the same time. */
	ret = report(true);
	if (ret)
		return ret;
	start = ktime_get_ns();
	classes = &new_out(BALLAST_WIRE_CLASSES)->classes;
	classes->id = classify->id;
	classes->nr = classify->nr;
	ballast_classify(classify->gfn, classify->nr, classes->cls);
	ret = send_out();
	account(start);
	spin_lock(&ch->lock);
	ch->status.pages += classify->nr;
	spin_unlock(&ch->lock);
	return ret;
}

/* Return: 0, or an error after which there is nothing more to say. */
static int handle(const struct ballast_wire_msg *msg)
{
	bool connected = ch->status.state == BALLAST_CHANNEL_CONNECTED;

	switch (msg->type) {
	case BALLAST_WIRE_CHALLENGE:
		return connected ? -EPROTO : answer_challenge(&msg->challenge);
	case BALLAST_WIRE_WELCOME:
		forget_secret();
		return connected ? -EPROTO : be_welcome(&msg->welcome);
	case BALLAST_WIRE_REFUSED:
		spin_lock(&ch->lock);
		ch->status.refused = msg->refused.reason;
		spin_unlock(&ch->lock);
		return -ECONNREFUSED;
	case BALLAST_WIRE_CONFIG:
		if (!connected)
			return -EPROTO;
		take_config(&msg->config);
		return 0;
	case BALLAST_WIRE_CLASSIFY:
		return connected ? answer_classify(&msg->classify) : -EPROTO;
	case BALLAST_WIRE_TARGET:
		return connected ? take_target(&msg->target) : -EPROTO;
	default:
		return -EPROTO;
	}
}

/* Receive for a slice, and do what is asked. */
static int receive(void)
{
	u32 wrong;
	int ret = ballast_link_receive(&ch->link, &wrong);

	if (ret > 0)
		ret = handle(&ch->link.in);
	count_bytes();
	return ret;
}

static int session(void)
{
	u64 until = now_ms() + WELCOME_MS;
	int ret;

	ballast_link_open(&ch->link, ch->sock);
	ch->rest_until = 0;
	ch->features = 0;
	set_state(BALLAST_CHANNEL_PROVING);
	ret = say_hello();
	while (!ret && !kthread_should_stop()) {
		try_to_freeze();
		ret = receive();
		if (!ret && ch->status.state == BALLAST_CHANNEL_CONNECTED)
			ret = report(false);
		else if (!ret && now_ms() > until)
			ret = -ETIMEDOUT;
	}
	return ret;
}

/* A port that no process without privileges has: the host listens to no other. */
static int bind_port(void)
{
	struct sockaddr_vm own = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	unsigned int tries;
	int ret;

	for (tries = 0; tries < BIND_TRIES; tries++) {
		own.svm_port = BALLAST_WIRE_PORT_MIN + get_random_u32() %
			       (BALLAST_WIRE_PORT_MAX - BALLAST_WIRE_PORT_MIN + 1);
		ret = kernel_bind(ch->sock, (void *)&own, sizeof(own));
		if (ret != -EADDRINUSE)
			break;
	}
	return ret;
}

static int connect_host(void)
{
	struct sockaddr_vm host = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = BALLAST_WIRE_PORT,
	};
	int ret;

	set_state(BALLAST_CHANNEL_CONNECTING);
	ret = sock_create_kern(&init_net, AF_VSOCK, SOCK_STREAM, 0, &ch->sock);
	if (ret) {
		ch->sock = NULL;
		return ret;
	}
	ret = bind_port();
	if (ret)
		return ret;
	/* Kernels differ about the type of an address of any family. */
	return kernel_connect(ch->sock, (void *)&host, sizeof(host), 0);
}

static void disconnect(void)
{
	forget_secret();
	if (ch->sock) {
		kernel_sock_shutdown(ch->sock, SHUT_RDWR);
		sock_release(ch->sock);
	}
	ch->sock = NULL;
	set_state(BALLAST_CHANNEL_WAITING);
}

/* Sooner by up to a quarter, so that guests do not all come at once. */
static unsigned int jittered(unsigned int ms)
{
	return ms - get_random_u32() % (ms / 4);
}

/* Nobody is there who could ask for it: the guest has its memory for itself. */
static void forget_host(void)
{
	if (now_ms() - ch->heard_ms > ORPHAN_MS)
		ballast_balloon_host_target(0, false);
}

static int channel_thread(void *arg)
{
	unsigned int retry_ms = RETRY_MIN_MS;

	set_freezable();
	do {
		u64 connects = ch->status.connects;

		if (!connect_host())
			session();
		disconnect();
		if (ch->status.connects != connects) {
			retry_ms = RETRY_MIN_MS;
			ch->heard_ms = now_ms();
		} else {
			retry_ms = min(2 * retry_ms, RETRY_MAX_MS);
			forget_host();
		}
	} while (pause_ms(jittered(retry_ms)));
	return 0;
}

static void free_pages_of_proof(void)
{
	unsigned int i;

	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
		if (ch->pages[i])
			__free_page(ch->pages[i]);
}

static int alloc_pages_of_proof(void)
{
	unsigned int i;

	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++) {
		ch->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!ch->pages[i])
			return -ENOMEM;
	}
	return 0;
}

int ballast_channel_init(void)
{
	ch = kvzalloc(sizeof(*ch), GFP_KERNEL);
	if (!ch)
		return -ENOMEM;
	spin_lock_init(&ch->lock);
	get_random_bytes(ch->boot, sizeof(ch->boot));
	if (alloc_pages_of_proof())
		goto err_pages;
	ch->task = kthread_run(channel_thread, NULL, "ballast_channel");
	if (IS_ERR(ch->task))
		goto err_pages;
	return 0;

err_pages:
	free_pages_of_proof();
	kvfree(ch);
	return -ENOMEM;
}

void ballast_channel_exit(void)
{
	kthread_stop(ch->task);
	free_pages_of_proof();
	kvfree(ch);
}
