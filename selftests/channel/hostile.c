// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that lies, floods or says nothing: speaks the protocol from user space and
 * breaks it in one way. What became of it is the last line: "refused REASON",
 * "closed", "unreachable" or "still there".
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "peer.h"

#define PROOF_BYTES	(BALLAST_WIRE_PROOF_PAGES * PEER_PAGE)

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
	"  empty      after WELCOME, all of N pages is free, and the balloon may have it all\n"
	"  greedy     after WELCOME, all of N pages is in use, half of it is in the balloon,\n"
	"             and it swaps like mad\n"
	"  process    from a port that any process may have\n"
	"  crowd      N connections that say nothing\n"
	"\n"
	"For so many seconds at most, default 20.\n";

static struct peer peer;
static u8 *pages;
static double until;

__attribute__((noreturn))
static void say(const char *what)
{
	puts(what);
	exit(0);
}

/* The host has closed: did it say why? */
__attribute__((noreturn))
static void ended(void)
{
	char text[64];

	while (!peer.refused && peer_receive(&peer, peer_now() + 1) > 0)
		;
	if (!peer.refused)
		say("closed");
	snprintf(text, sizeof(text), "refused %s", ballast_wire_refusal_name(peer.refused));
	say(text);
}

static void need(bool sent)
{
	if (!sent)
		ended();
}

static u64 frame_of(const void *address)
{
	off_t at = (off_t)((uintptr_t)address / PEER_PAGE * sizeof(u64));
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	u64 entry;

	if (fd < 0 || pread(fd, &entry, sizeof(entry), at) != (ssize_t)sizeof(entry))
		err(1, "/proc/self/pagemap");
	close(fd);
	return entry & ((1ull << 55) - 1);
}

static void prove(const char *how, u64 frame)
{
	struct peer_place place[2];

	for (int round = 0; round < 2; round++) {
		bool moved = round && !strcmp(how, "moving");

		place[round].pages = pages + (moved ? PROOF_BYTES : 0);
		for (u64 i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
			place[round].gfn[i] = strcmp(how, "claim") ?
				frame_of(place[round].pages + i * PEER_PAGE) : frame + i;
		if (!strcmp(how, "nothing"))
			place[round].pages = NULL;
	}
	need(peer_hello(&peer, (u8)getpid(), "hostile"));
	need(peer_prove(&peer, place, until));
	puts("welcome");
	fflush(stdout);
}

/**
 * struct story - what a guest says
 * @total:   pages of its memory
 * @cls:     all of them are of this class
 * @held:    but for these, that its balloon holds
 * @balloon: it has one
 * @swapins: a second
 * @mute:    no question is answered
 */
struct story {
	u64 total;
	enum ballast_class cls;
	u64 held;
	bool balloon;
	double swapins;
	bool mute;
};

/* A balloon without a floor. */
static void tell(const struct story *story)
{
	struct ballast_wire_msg report = { .type = BALLAST_WIRE_REPORT };
	struct ballast_wire_msg balloon = { .type = BALLAST_WIRE_BALLOON };

	report.report.uptime_ns = (u64)(peer_now() * 1e9);
	report.report.total_pages = story->total;
	report.report.pages[story->cls] = story->total - story->held;
	report.report.pages[BALLAST_CLASS_BALLOON] = story->held;
	report.report.swapins = (u64)(peer_now() * story->swapins);
	need(peer_send(&peer, &report));
	if (!story->balloon)
		return;
	balloon.balloon = (struct ballast_wire_balloon){
		.state = BALLAST_BALLOON_REACHED, .held_pages = story->held,
		.room_pages = story->total - story->held,
	};
	need(peer_send(&peer, &balloon));
}

/* Keep to the protocol, and to the story. */
static void talk(const struct story *story)
{
	const struct ballast_wire_classify *question = &peer.msg.classify;
	int ret;

	while (peer_now() < until) {
		double next = peer_now() + 0.5;

		tell(story);
		while ((ret = peer_receive(&peer, next)) > 0) {
			struct ballast_wire_msg msg = { .type = BALLAST_WIRE_CLASSES };

			if (peer.msg.type != BALLAST_WIRE_CLASSIFY || story->mute)
				continue;
			msg.classes.id = question->id;
			msg.classes.nr = question->nr;
			memset(msg.classes.cls, story->cls, question->nr);
			need(peer_send(&peer, &msg));
		}
		need(ret == PEER_NOTHING);
	}
	say("still there");
}

static void wait_end(void)
{
	int ret;

	while ((ret = peer_receive(&peer, until)) > 0)
		;
	need(ret == PEER_NOTHING);
	say("still there");
}

static void random_bytes(bool forever)
{
	u8 bytes[4096];

	do {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (u8)random();
		need(peer_send_bytes(&peer, bytes, sizeof(bytes)));
	} while (forever && peer_now() < until);
}

static void crowd(unsigned long n)
{
	unsigned long open = 0;

	for (unsigned long i = 0; i < n; i++)
		open += peer_connect(&peer, VMADDR_CID_HOST, false);
	printf("%lu of %lu connected\n", open, n);
	fflush(stdout);
	while (peer_now() < until)
		sleep(1);
	say("still there");
}

static void dribble(const u8 *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		need(peer_send_bytes(&peer, bytes + i, 1));
		usleep(100000);
	}
}

static void first_words(const char *how, u64 frame)
{
	const u8 oversized[] = { 'B', 'L', 'S', 'T', 1, 0, 1, 0, 1, 0x10, 0, 0 };
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_HELLO };
	u8 bytes[BALLAST_WIRE_BYTES_MAX];
	size_t len = ballast_wire_encode(&msg, bytes);

	if (!strcmp(how, "garbage"))
		random_bytes(false);
	else if (!strcmp(how, "oversized"))
		need(peer_send_bytes(&peer, oversized, sizeof(oversized)));
	else if (!strcmp(how, "half"))
		need(peer_send_bytes(&peer, bytes, len / 2));
	else if (!strcmp(how, "early"))
		need(peer_report(&peer, 1, BALLAST_CLASS_FREE));
	else if (!strcmp(how, "dribble"))
		dribble(bytes, len);
	else if (strcmp(how, "mute") && strcmp(how, "process"))
		prove(how, frame);
}

static void after_welcome(const char *how, u64 n)
{
	const u64 own = (u64)sysconf(_SC_PHYS_PAGES);
	const struct {
		const char *how;
		struct story story;
	} stories[] = {
		{ "honest", { .total = own, .cls = BALLAST_CLASS_KERNEL } },
		{ "deaf", { .total = own, .cls = BALLAST_CLASS_KERNEL, .mute = true } },
		{ "lie", { .total = 1ull << 30, .cls = BALLAST_CLASS_FREE } },
		{ "empty", { .total = n, .cls = BALLAST_CLASS_FREE, .balloon = true } },
		{ "greedy", { .total = n, .cls = BALLAST_CLASS_ANON_ACTIVE, .held = n / 2,
			      .balloon = true, .swapins = 1e5 } },
	};

	if (!strcmp(how, "flood"))
		while (peer_now() < until)
			need(peer_report(&peer, 1000, BALLAST_CLASS_FREE));
	else if (!strcmp(how, "bytes"))
		random_bytes(true);
	for (size_t i = 0; i < ARRAY_SIZE(stories); i++)
		if (!strcmp(how, stories[i].how))
			talk(&stories[i].story);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "--help";
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;

	if (!strcmp(how, "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	until = peer_now() + (argc > 2 ? atof(argv[2]) : 20);
	srandom((unsigned int)getpid());
	pages = mmap(NULL, 2 * PROOF_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (pages == MAP_FAILED)
		err(1, "no memory");
	if (!strcmp(how, "crowd"))
		crowd(n);
	if (!peer_connect(&peer, VMADDR_CID_HOST, !strcmp(how, "process")))
		say("unreachable");
	first_words(how, n);
	after_welcome(how, n);
	wait_end();
}
