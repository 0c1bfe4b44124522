// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that lies, floods or says nothing: speaks the protocol from user space,
 * with the same codec, and breaks it in one way. What became of it is the last line:
 * "welcome", "refused REASON", "closed", "unreachable" or "still there".
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "ballast/wire.h"

#define PAGE	4096UL

static const char usage[] =
	"usage: hostile HOW [SECONDS [N]]\n"
	"\n"
	"  honest     prove who we are, then report twice a second and answer\n"
	"  claim      write the secret, and name the frame N instead of ours\n"
	"  nothing    the secret is written nowhere\n"
	"  moving     another page in the second round\n"
	"  garbage    random bytes\n"
	"  oversized  a header that announces more than a message may have\n"
	"  half       the first half of a message, no more\n"
	"  dribble    a message byte by byte, ten in a second\n"
	"  mute       connect and say nothing\n"
	"  early      a report before the proof\n"
	"  flood      after WELCOME, reports as fast as they go\n"
	"  bytes      after WELCOME, random bytes as fast as they go\n"
	"  silent     after WELCOME, nothing\n"
	"  deaf       after WELCOME, reports, but no question is answered\n"
	"  lie        after WELCOME, all is free, and there is much of it\n"
	"  crowd      N connections that say nothing\n"
	"\n"
	"For so many seconds at most, default 20.\n";

static int sock = -1;
static u8 rx[BALLAST_WIRE_BYTES_MAX];
static size_t rx_len;
static u8 *page;
static double until;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noreturn))
static void say(const char *what)
{
	puts(what);
	exit(0);
}

static int connect_host(void)
{
	const struct sockaddr_vm host = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_HOST,
		.svm_port = BALLAST_WIRE_PORT,
	};
	int s = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		err(1, "no vsock");
	if (connect(s, (const struct sockaddr *)&host, sizeof(host))) {
		close(s);
		return -1;
	}
	return s;
}

/* What the host has said in the end, if it said something. */
__attribute__((noreturn))
static void ended(void)
{
	struct ballast_wire_msg msg;
	char text[64];
	ssize_t n;
	size_t used;

	while ((n = recv(sock, rx + rx_len, sizeof(rx) - rx_len, MSG_DONTWAIT)) > 0)
		rx_len += (size_t)n;
	while (!ballast_wire_decode(rx, rx_len, &msg, &used)) {
		if (msg.type == BALLAST_WIRE_REFUSED) {
			snprintf(text, sizeof(text), "refused %s",
				 ballast_wire_refusal_name(msg.refused.reason));
			say(text);
		}
		rx_len -= used;
		memmove(rx, rx + used, rx_len);
	}
	say("closed");
}

/* Ends the program when the host has closed. */
static void send_bytes(const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = send(sock, at, len, MSG_NOSIGNAL);

		if (n <= 0)
			ended();
		at += n;
		len -= (size_t)n;
	}
}

static void send_msg(const struct ballast_wire_msg *msg)
{
	u8 bytes[BALLAST_WIRE_BYTES_MAX];
	size_t len = ballast_wire_encode(msg, bytes);

	if (!len)
		errx(1, "a message of our own is not valid");
	send_bytes(bytes, len);
}

/* Return: whether a message has come by then. */
static bool receive(struct ballast_wire_msg *msg, double time)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = sock, .events = POLLIN };
		size_t used;
		ssize_t n;

		if (!ballast_wire_decode(rx, rx_len, msg, &used)) {
			rx_len -= used;
			memmove(rx, rx + used, rx_len);
			if (msg->type == BALLAST_WIRE_REFUSED) {
				printf("refused %s\n",
				       ballast_wire_refusal_name(msg->refused.reason));
				exit(0);
			}
			return true;
		}
		if (time <= now() || poll(&poll_fd, 1, (int)((time - now()) * 1000) + 1) <= 0)
			return false;
		n = recv(sock, rx + rx_len, sizeof(rx) - rx_len, 0);
		if (n <= 0)
			ended();
		rx_len += (size_t)n;
	}
}

static void expect(struct ballast_wire_msg *msg, u32 type)
{
	if (!receive(msg, until))
		say("still there");
	if (msg->type != type)
		errx(1, "%s came, not %s", ballast_wire_type_name(msg->type),
		     ballast_wire_type_name(type));
}

static u64 frame_of(const void *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	u64 entry;

	if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)address / PAGE * 8)) !=
		      (ssize_t)sizeof(entry))
		err(1, "/proc/self/pagemap");
	close(fd);
	return entry & ((1ull << 55) - 1);
}

static void hello(void)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_HELLO };

	msg.hello.features = BALLAST_WIRE_FEATURES;
	msg.hello.boot[0] = (u8)getpid();
	strcpy(msg.hello.version, "hostile");
	send_msg(&msg);
}

/* @how breaks it; 0: does not. */
static void prove(const char *how, u64 frame)
{
	struct ballast_wire_msg msg, proof = { .type = BALLAST_WIRE_PROOF };

	hello();
	for (u32 round = 0; round < 2; round++) {
		u8 *at = page;

		expect(&msg, BALLAST_WIRE_CHALLENGE);
		if (!strcmp(how, "moving") && round)
			at += PAGE;
		if (strcmp(how, "nothing"))
			memcpy(at, msg.challenge.secret, sizeof(msg.challenge.secret));
		proof.proof.round = round;
		proof.proof.gfn = strcmp(how, "claim") ? frame_of(at) : frame;
		send_msg(&proof);
	}
	expect(&msg, BALLAST_WIRE_WELCOME);
	printf("welcome\n");
	fflush(stdout);
}

static void send_report(u64 total, enum ballast_class cls)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_REPORT };

	msg.report.uptime_ns = (u64)(now() * 1e9);
	msg.report.total_pages = total;
	msg.report.pages[cls] = total;
	send_msg(&msg);
}

static void answer(const struct ballast_wire_classify *question, enum ballast_class cls)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_CLASSES };

	msg.classes.id = question->id;
	msg.classes.nr = question->nr;
	memset(msg.classes.cls, cls, question->nr);
	send_msg(&msg);
}

/* Keep to the protocol; say that all of memory is of one class. */
static void talk(u64 total, enum ballast_class cls, bool answers)
{
	struct ballast_wire_msg msg;

	while (now() < until) {
		send_report(total, cls);
		while (receive(&msg, now() + 0.5))
			if (msg.type == BALLAST_WIRE_CLASSIFY && answers)
				answer(&msg.classify, cls);
	}
	say("still there");
}

/* Wait for the end. */
static void wait_end(void)
{
	struct ballast_wire_msg msg;

	while (receive(&msg, until))
		;
	say("still there");
}

static void random_bytes(bool forever)
{
	u8 bytes[4096];

	do {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (u8)random();
		send_bytes(bytes, sizeof(bytes));
	} while (forever && now() < until);
}

static void crowd(unsigned long n)
{
	unsigned long open = 0;

	for (unsigned long i = 0; i < n; i++)
		open += connect_host() >= 0;
	printf("%lu of %lu connected\n", open, n);
	fflush(stdout);
	while (now() < until)
		sleep(1);
	say("still there");
}

static void first_words(const char *how, u64 frame)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_HELLO };
	const u8 oversized[] = { 'B', 'L', 'S', 'T', 1, 0, 1, 0, 1, 0x10, 0, 0 };
	u8 bytes[BALLAST_WIRE_BYTES_MAX];
	size_t len = ballast_wire_encode(&msg, bytes);

	if (!strcmp(how, "garbage")) {
		random_bytes(false);
	} else if (!strcmp(how, "oversized")) {
		send_bytes(oversized, sizeof(oversized));
	} else if (!strcmp(how, "half")) {
		send_bytes(bytes, len / 2);
	} else if (!strcmp(how, "early")) {
		send_report(1, BALLAST_CLASS_FREE);
	} else if (!strcmp(how, "dribble")) {
		for (size_t i = 0; i < len; i++) {
			send_bytes(bytes + i, 1);
			usleep(100000);
		}
	} else if (strcmp(how, "mute")) {
		prove(how, frame);
	}
}

static void after_welcome(const char *how)
{
	if (!strcmp(how, "flood"))
		while (now() < until)
			send_report(1000, BALLAST_CLASS_FREE);
	else if (!strcmp(how, "bytes"))
		random_bytes(true);
	else if (!strcmp(how, "honest"))
		talk((u64)sysconf(_SC_PHYS_PAGES), BALLAST_CLASS_KERNEL, true);
	else if (!strcmp(how, "deaf"))
		talk((u64)sysconf(_SC_PHYS_PAGES), BALLAST_CLASS_KERNEL, false);
	else if (!strcmp(how, "lie"))
		talk(1ull << 30, BALLAST_CLASS_FREE, true);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "--help";
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;

	if (!strcmp(how, "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	until = now() + (argc > 2 ? atof(argv[2]) : 20);
	srandom((unsigned int)getpid());
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (page == MAP_FAILED)
		err(1, "no memory");
	if (!strcmp(how, "crowd"))
		crowd(n);
	sock = connect_host();
	if (sock < 0)
		say("unreachable");
	first_words(how, n);
	after_welcome(how);
	wait_end();
}
