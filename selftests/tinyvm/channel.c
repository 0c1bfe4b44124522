// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel to guests, without guests: processes of the host are taken as such where
 * the module was loaded with local=1, and a tiny VM's memory is ours to write secrets
 * into. Who is taken for whom, what ends a connection, and whether the matrix of classes
 * and levels holds what is known exactly of each page.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <linux/vm_sockets.h>

#include "host.h"
#include "ktap.h"
#include "selftests/channel/peer.h"
#include "world.h"

#define PAGES		4096
#define LOCAL		"/sys/module/ballast_host/parameters/local"
#define GUEST		"/sys/kernel/ballast/vm/%s/guest/%s"
#define COUNTERS	"/sys/kernel/ballast/channel"
#define COUNTER		COUNTERS "/%s"
/* No slot is there. */
#define NOWHERE		(1ULL << 39)
/* On a slow machine. */
#define PATIENCE_S	60
#define ROUNDS		8
#define RUNS		12
#define FUZZ_DEFAULT	300

static struct world w;

static void open_world(struct world *world)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };
	char text[8];

	if (host_read(text, sizeof(text), LOCAL) || *text != 'Y')
		ktap_skip("ballast_host was not loaded with local=1");
	world_open(world, NULL, &mem, 1);
	/* Written once, so that it is there. */
	tinyvm_populate(world->vm, world->slot, TINYVM_BY_VMM);
}

static const char *guest_file(const struct world *world, const char *file)
{
	static char text[64];

	REQUIRE(!host_read(text, sizeof(text), GUEST, blst_name(world->id), file),
		"cannot read guest/%s", file);
	return text;
}

static long long guest_number(const char *file)
{
	return strtoll(guest_file(&w, file), NULL, 0);
}

static void set_knob(const char *file, const char *value)
{
	REQUIRE(!host_write(value, GUEST, blst_name(w.id), file), "cannot set %s", file);
}

static long long counter(const char *file)
{
	char text[32];

	REQUIRE(!host_read(text, sizeof(text), COUNTER, file), "cannot read channel/%s", file);
	return atoll(text);
}

static bool state_becomes(const struct world *world, const char *state)
{
	double until = peer_now() + PATIENCE_S;
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };

	while (strcmp(guest_file(world, "state"), state)) {
		if (peer_now() > until)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

static struct peer_place place_of(const struct world *world, uint64_t page)
{
	struct peer_place place = { .pages = world->slot->hva + page * TINYVM_PAGE };
	unsigned int i;

	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
		place.gfn[i] = world->slot->mem.gfn + page + i;
	return place;
}

static void connect_peer(struct peer *p)
{
	REQUIRE(peer_connect(p, VMADDR_CID_LOCAL, false), "cannot connect: %m (vsock_loopback?)");
}

static void connect_proven(struct peer *p, const struct world *world, u8 boot)
{
	const struct peer_place place[2] = { place_of(world, 7), place_of(world, 7) };

	connect_peer(p);
	REQUIRE(peer_hello(p, boot, "1.2.3"), "closed before hello");
	REQUIRE(peer_prove(p, place, peer_now() + PATIENCE_S), "not welcome: %s",
		ballast_wire_refusal_name(p->refused));
}

static void expect_end(struct peer *p, const char *what)
{
	int ret;

	while ((ret = peer_receive(p, peer_now() + PATIENCE_S)) > 0)
		;
	CHECK(ret == PEER_CLOSED, "%s: the connection is still there", what);
}

/* Wait for the end of a connection, and hold its reason against what it must be. */
static void expect_refusal(struct peer *p, u32 reason, const char *what)
{
	expect_end(p, what);
	CHECK(p->refused == reason, "%s: refused: %s, not %s", what,
	      ballast_wire_refusal_name(p->refused), ballast_wire_refusal_name(reason));
	peer_close(p);
}

/* --- who is who ------------------------------------------------------------------------ */

static void proves(void)
{
	struct peer p;

	open_world(&w);
	CHECK(!strcmp(guest_file(&w, "state"), "silent"), "%s", guest_file(&w, "state"));
	CHECK(guest_number("report_age_ms") == -1, "a report without a guest");
	connect_proven(&p, &w, 1);
	CHECK(p.msg.welcome.config.report_ms == 2000, "%u", p.msg.welcome.config.report_ms);
	CHECK(!strcmp(guest_file(&w, "state"), "connected"), "%s", guest_file(&w, "state"));
	CHECK(!strcmp(guest_file(&w, "version"), "1.2.3"), "%s", guest_file(&w, "version"));
	REQUIRE(peer_report(&p, PAGES, BALLAST_CLASS_FREE), "closed");
	while (guest_number("reports") < 1)
		;
	CHECK(guest_number("total_pages") == PAGES, "%lld", guest_number("total_pages"));
	peer_close(&p);
	CHECK(state_becomes(&w, "lost"), "%s", guest_file(&w, "state"));
	CHECK(guest_number("total_pages") == PAGES, "what was said is gone");
	CHECK(guest_number("report_age_ms") >= 0, "it has no age");
	/* Another boot begins with nothing. */
	connect_proven(&p, &w, 2);
	CHECK(guest_number("total_pages") == 0, "of another boot");
	CHECK(guest_number("report_age_ms") == -1, "of another boot");
	peer_close(&p);
	world_close(&w);
}

static void lies(void)
{
	const struct {
		const char *what;
		struct peer_place place[2];
		u32 reason;
	} lies[] = {
		{ "pages that are not written",
		  { { NULL, { WORLD_GFN } }, { NULL, { WORLD_GFN } } },
		  BALLAST_REFUSED_IDENTITY },
		{ "pages that are no memory",
		  { { NULL, { NOWHERE } }, { NULL, { NOWHERE } } },
		  BALLAST_REFUSED_IDENTITY },
	};
	struct ballast_wire_msg proof = { .type = BALLAST_WIRE_PROOF };
	struct peer_place place[2];
	long long before;
	unsigned int i;
	struct peer p;

	open_world(&w);
	before = counter("refused_identity");
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		connect_peer(&p);
		CHECK(peer_hello(&p, 1, "1.2.3"), "closed before hello");
		CHECK(!peer_prove(&p, lies[i].place, peer_now() + PATIENCE_S), "%s: welcome",
		      lies[i].what);
		expect_refusal(&p, lies[i].reason, lies[i].what);
	}
	CHECK(counter("refused_identity") == before + 2, "not counted");
	/* The same in all pages: what a file full of it would be. */
	place[0] = place[1] = place_of(&w, 1);
	place[0].pages = NULL;
	connect_peer(&p);
	CHECK(peer_hello(&p, 1, "1.2.3"), "closed before hello");
	REQUIRE(peer_receive(&p, peer_now() + PATIENCE_S) > 0, "no challenge");
	for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
		memcpy(place[1].pages + i * PEER_PAGE, p.msg.challenge.secret,
		       sizeof(p.msg.challenge.secret));
	memcpy(proof.proof.gfn, place[1].gfn, sizeof(place[1].gfn));
	CHECK(peer_send(&p, &proof), "closed before the proof");
	expect_refusal(&p, BALLAST_REFUSED_IDENTITY, "the same secret everywhere");
	/* Right at first, and then in another page, or not at all. */
	place[0] = place_of(&w, 1);
	place[1] = place_of(&w, 20);
	connect_peer(&p);
	CHECK(peer_hello(&p, 1, "1.2.3"), "closed before hello");
	CHECK(!peer_prove(&p, place, peer_now() + PATIENCE_S), "moving: welcome");
	expect_refusal(&p, BALLAST_REFUSED_PROTOCOL, "another page in the second round");
	place[1] = place[0];
	place[1].pages = NULL;
	connect_peer(&p);
	CHECK(peer_hello(&p, 1, "1.2.3"), "closed before hello");
	CHECK(!peer_prove(&p, place, peer_now() + PATIENCE_S), "data: welcome");
	expect_refusal(&p, BALLAST_REFUSED_IDENTITY, "data that does not change in place");
	CHECK(!strcmp(guest_file(&w, "state"), "silent"), "%s", guest_file(&w, "state"));
	world_close(&w);
}

static void two_vms(void)
{
	struct ballast_wire_msg proof = { .type = BALLAST_WIRE_PROOF };
	static struct world other;
	struct peer_place place;
	struct peer p, q;

	open_world(&w);
	open_world(&other);
	connect_proven(&p, &w, 1);
	CHECK(!strcmp(guest_file(&other, "state"), "silent"), "taken for the other one");
	connect_proven(&q, &other, 1);
	CHECK(!strcmp(guest_file(&w, "state"), "connected"), "%s", guest_file(&w, "state"));
	CHECK(!strcmp(guest_file(&other, "state"), "connected"), "%s",
	      guest_file(&other, "state"));
	peer_close(&p);
	peer_close(&q);
	/* The same secret in both: nobody can say whose it is. */
	connect_peer(&p);
	CHECK(peer_hello(&p, 1, "1.2.3"), "closed before hello");
	REQUIRE(peer_receive(&p, peer_now() + PATIENCE_S) > 0, "no challenge");
	place = place_of(&w, 3);
	peer_stamp(p.msg.challenge.secret, place.pages);
	peer_stamp(p.msg.challenge.secret, place_of(&other, 3).pages);
	memcpy(proof.proof.gfn, place.gfn, sizeof(place.gfn));
	CHECK(peer_send(&p, &proof), "closed before the proof");
	expect_refusal(&p, BALLAST_REFUSED_IDENTITY, "a secret in two VMs");
	world_close(&other);
	world_close(&w);
}

/* --- what ends a connection ---------------------------------------------------------- */

static void ends(void)
{
	struct peer p, q;

	open_world(&w);
	connect_proven(&p, &w, 1);
	connect_proven(&q, &w, 1);
	expect_refusal(&p, BALLAST_REFUSED_BOUND, "another connection of the VM");
	CHECK(!strcmp(guest_file(&w, "state"), "connected"), "%s", guest_file(&w, "state"));
	while (peer_report(&q, PAGES, BALLAST_CLASS_FREE))
		;
	expect_refusal(&q, BALLAST_REFUSED_FLOOD, "reports without a pause");
	CHECK(state_becomes(&w, "lost"), "%s", guest_file(&w, "state"));

	set_knob("report_ms", "100");
	connect_proven(&p, &w, 1);
	connect_peer(&q);
	expect_refusal(&q, BALLAST_REFUSED_SILENT, "no hello");
	expect_refusal(&p, BALLAST_REFUSED_SILENT, "no report");

	connect_proven(&p, &w, 1);
	CHECK(!blst_detach(w.id), "detach");
	expect_refusal(&p, BALLAST_REFUSED_DETACHED, "detached");
	REQUIRE(!blst_attach(tinyvm_fd(w.vm), BALLAST_ATTACH_MANUAL, &w.id), "attach");
	world_close(&w);
}

static void bad_words(void)
{
	const u8 hello = BALLAST_WIRE_HELLO;
	const u8 other_version[] = { 'B', 'L', 'S', 'T', 2, 0, hello, 0, 0, 0, 0, 0 };
	const u8 oversized[] = { 'B', 'L', 'S', 'T', 1, 0, hello, 0, 1, 0x10, 0, 0 };
	const u8 no_such[] = { 'B', 'L', 'S', 'T', 1, 0, 77, 0, 0, 0, 0, 0 };
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_CLASSES };
	struct peer p;

	open_world(&w);
	connect_peer(&p);
	CHECK(peer_send_bytes(&p, other_version, sizeof(other_version)), "closed");
	expect_refusal(&p, BALLAST_REFUSED_VERSION, "another version");
	connect_peer(&p);
	CHECK(peer_send_bytes(&p, oversized, sizeof(oversized)), "closed");
	expect_refusal(&p, BALLAST_REFUSED_PROTOCOL, "more than a message may have");
	connect_peer(&p);
	CHECK(peer_send_bytes(&p, no_such, sizeof(no_such)), "closed");
	expect_refusal(&p, BALLAST_REFUSED_PROTOCOL, "no such message");
	connect_peer(&p);
	CHECK(peer_report(&p, PAGES, BALLAST_CLASS_FREE), "closed");
	expect_refusal(&p, BALLAST_REFUSED_PROTOCOL, "a report before hello");
	connect_proven(&p, &w, 1);
	CHECK(peer_hello(&p, 1, "1.2.3"), "closed");
	expect_refusal(&p, BALLAST_REFUSED_PROTOCOL, "hello after welcome");
	/* An answer that nobody asked for is one to a question that was given up. */
	connect_proven(&p, &w, 1);
	msg.classes.id = 12345;
	msg.classes.nr = 1;
	CHECK(peer_send(&p, &msg), "closed");
	CHECK(peer_report(&p, PAGES, BALLAST_CLASS_FREE), "closed by an old answer");
	/* One to the question at hand must be as long. */
	do {
		REQUIRE(peer_receive(&p, peer_now() + PATIENCE_S) > 0, "no question");
	} while (p.msg.type != BALLAST_WIRE_CLASSIFY);
	msg.classes.id = p.msg.classify.id;
	msg.classes.nr = p.msg.classify.nr - 1;
	CHECK(peer_send(&p, &msg), "closed");
	expect_refusal(&p, BALLAST_REFUSED_PROTOCOL, "an answer that is too short");
	world_close(&w);
}

/* --- the matrix ------------------------------------------------------------------------ */

/* Two halves and a few pages, across the parts that have a temperature of their own. */
static u8 class_of(uint64_t gfn)
{
	if (gfn < WORLD_GFN || gfn >= WORLD_GFN + PAGES)
		return BALLAST_CLASS_KERNEL;
	if ((gfn - WORLD_GFN) % 64 == 5)
		return BALLAST_CLASS_SLAB;
	return (gfn - WORLD_GFN) % 1024 < 600 ? BALLAST_CLASS_ANON_ACTIVE :
						BALLAST_CLASS_FILE_INACTIVE;
}

static void answer(struct peer *p)
{
	const struct ballast_wire_classify *question = &p->msg.classify;
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_CLASSES };
	u32 i;

	msg.classes.id = question->id;
	msg.classes.nr = question->nr;
	for (i = 0; i < question->nr; i++)
		msg.classes.cls[i] = class_of(question->gfn[i]);
	REQUIRE(peer_send(p, &msg), "closed");
}

static void send_truth(struct peer *p)
{
	struct ballast_wire_msg msg = { .type = BALLAST_WIRE_REPORT };
	uint64_t gfn;

	msg.report.total_pages = tinyvm_pages(w.vm);
	for (gfn = WORLD_GFN; gfn < WORLD_GFN + PAGES; gfn++)
		msg.report.pages[class_of(gfn)]++;
	msg.report.pages[BALLAST_CLASS_KERNEL] = msg.report.total_pages - PAGES;
	REQUIRE(peer_send(p, &msg), "closed");
}

/* Be a guest until all answers of the estimate are new. */
static void talk(struct peer *p)
{
	long long wanted = guest_number("rounds") + ROUNDS + 1;

	while (guest_number("rounds") < wanted) {
		double next = peer_now() + 0.4;

		send_truth(p);
		while (peer_receive(p, next) > 0)
			if (p->msg.type == BALLAST_WIRE_CLASSIFY)
				answer(p);
	}
}

static void read_matrix(struct ballast_class_matrix *m)
{
	struct ballast_vm_classes request = {
		.id = w.id, .size = sizeof(*m), .buf = (uintptr_t)m,
	};

	memset(m, 0, sizeof(*m));
	REQUIRE(!ioctl(blst_device(), BALLAST_IOC_VM_CLASSES, &request), "ioctl: %m");
	CHECK(request.size == sizeof(*m), "%u bytes", request.size);
}

/* What it must say, from the levels of all pages and what we know of each. */
static void true_cells(uint64_t cells[BALLAST_NR_LEVELS][BALLAST_NR_CLASSES])
{
	static uint8_t levels[WORLD_GFN + PAGES];
	int64_t n = blst_pages(w.id, 0, sizeof(levels), levels), gfn;

	REQUIRE(n > 0, "levels: %lld", (long long)n);
	memset(cells, 0, sizeof(uint64_t) * BALLAST_NR_LEVELS * BALLAST_NR_CLASSES);
	for (gfn = 0; gfn < n; gfn++)
		if (levels[gfn] != BALLAST_PAGE_HOLE)
			cells[BALLAST_PAGE_LEVEL(levels[gfn])][class_of((uint64_t)gfn)]++;
}

static bool inside(const struct ballast_class_estimate *e, uint64_t truth)
{
	return e->low <= truth && truth <= e->high;
}

static void matrix(void)
{
	uint64_t truth[BALLAST_NR_LEVELS][BALLAST_NR_CLASSES], sum;
	unsigned int run, level, cls, cells = 0, held = 0, totals = 0, totals_held = 0;
	static struct ballast_class_matrix m;
	struct peer p;

	open_world(&w);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_fill(&w, 300, 800, WORLD_HOT);
	world_settle(&w, "before it is asked about");
	true_cells(truth);
	set_knob("round_ms", "250");
	set_knob("error_bp", "500");
	connect_proven(&p, &w, 1);
	for (run = 0; run < RUNS; run++) {
		talk(&p);
		read_matrix(&m);
		for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
			for (sum = 0, level = 0; level < BALLAST_NR_LEVELS; level++) {
				sum += truth[level][cls];
				if (!truth[level][cls])
					continue;
				cells++;
				held += inside(&m.cell[level][cls], truth[level][cls]);
			}
			totals += !!sum;
			totals_held += sum && inside(&m.total[cls], sum);
			CHECK(sum || m.total[cls].pages == 0, "pages of class %u", cls);
			CHECK(m.reported_pages[cls] == sum, "class %u: %llu reported of %llu", cls,
			      (unsigned long long)m.reported_pages[cls],
			      (unsigned long long)sum);
		}
	}
	ktap_note("inside an interval of 95 %%: %u of %u cells, %u of %u classes", held, cells,
		  totals_held, totals);
	ktap_note("%lld answers, %lld of %lld reports disagree", guest_number("answered_pages"),
		  guest_number("wrong_reports"), guest_number("reports"));
	/* A correct one fails this less than once in ten thousand times. */
	CHECK(held * 100 >= cells * 85, "%u of %u cells", held, cells);
	CHECK(totals_held * 100 >= totals * 75, "%u of %u classes", totals_held, totals);
	peer_close(&p);
	world_close(&w);
}

/* --- garbage ----------------------------------------------------------------------------- */

/* A message that was valid, a few bytes of it changed, sent whole or in pieces. */
static void send_mutated(struct peer *p, uint64_t *rnd)
{
	struct ballast_wire_msg msg = { .type = 1 + ktap_below(rnd, BALLAST_WIRE_TYPES - 1) };
	u8 bytes[BALLAST_WIRE_BYTES_MAX];
	size_t len, at, n;

	if (msg.type == BALLAST_WIRE_CLASSIFY)
		msg.classify.nr = 1;
	if (msg.type == BALLAST_WIRE_CLASSES)
		msg.classes.nr = 1 + ktap_below(rnd, BALLAST_WIRE_GFNS_MAX);
	len = ballast_wire_encode(&msg, bytes);
	if (!len)
		len = 64 + ktap_below(rnd, 512);
	for (n = ktap_below(rnd, 4); n; n--)
		bytes[ktap_below(rnd, (unsigned int)len)] = (u8)ktap_random(rnd);
	for (at = 0; at < len; at += n) {
		n = 1 + ktap_below(rnd, (unsigned int)len);
		if (n > len - at)
			n = len - at;
		if (!peer_send_bytes(p, bytes + at, n))
			return;
	}
}

static void garbage(void)
{
	unsigned int i, n = ktap_count ? ktap_count : FUZZ_DEFAULT, words;
	uint64_t rnd = ktap_seed;
	struct peer p;

	open_world(&w);
	for (i = 0; i < n; i++) {
		if (ktap_below(&rnd, 2))
			connect_proven(&p, &w, (u8)ktap_random(&rnd));
		else
			connect_peer(&p);
		for (words = ktap_below(&rnd, 6); words; words--)
			send_mutated(&p, &rnd);
		if (ktap_below(&rnd, 4))
			peer_receive(&p, peer_now() + 0.01);
		peer_close(&p);
	}
	ktap_note("%u connections with garbage", n);
	connect_proven(&p, &w, 1);
	CHECK(peer_report(&p, PAGES, BALLAST_CLASS_FREE), "closed");
	peer_close(&p);
	world_close(&w);
}

/* What the listener counts and says of itself: a line in each file. */
static void files(void)
{
	char text[128];
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *dir;

	dir = opendir(COUNTERS);
	REQUIRE(dir, COUNTERS ": %m");
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		nr++;
		CHECK(!host_read(text, sizeof(text), COUNTERS "/%s", entry->d_name) && *text,
		      "%s: nothing in it", entry->d_name);
		if (strcmp(entry->d_name, "state"))
			CHECK(strspn(text, "0123456789") == strlen(text), "%s is '%s'",
			      entry->d_name, text);
		else
			CHECK(!strcmp(text, "listening"), "%s is '%s'", entry->d_name, text);
	}
	closedir(dir);
	CHECK(nr == 15, "%u files", nr);
	CHECK(counter("port") == BALLAST_WIRE_PORT, "port %lld", counter("port"));
}

/* Last of all: the module goes while guests are connected. */
static void unload(void)
{
	struct peer p, q;

	open_world(&w);
	connect_proven(&p, &w, 1);
	connect_peer(&q);
	blst_close();
	CHECK(!system("rmmod ballast_host"), "rmmod");
	expect_end(&p, "the module has gone");
	expect_end(&q, "the module has gone");
	peer_close(&p);
	peer_close(&q);
	tinyvm_destroy(w.vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "proves", proves },
		{ "lies", lies },
		{ "two_vms", two_vms },
		{ "ends", ends },
		{ "bad_words", bad_words },
		{ "matrix", matrix, 600 },
		{ "garbage", garbage, 1200 },
		{ "files", files },
		{ "unload", unload },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
