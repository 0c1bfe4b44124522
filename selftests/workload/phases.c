// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work that comes in phases, and how long it takes
 *
 * A timetable: every so many seconds a phase begins, in which memory is allocated and
 * filled, or a file is read, and worked on in so many batches; then the memory is given
 * back, and only what is always hot is touched until the next phase. A phase that takes
 * longer makes the next one late, none is left out.
 *
 * After each batch it sleeps: that is the work which needs no memory. All guests of the
 * bench share one emulated CPU, so that work must not be done there.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define CHUNK		(128ul << 10)
#define FILE_READ	"/dev/vda"	/* reads as zeroes, as far as it goes */

static const char usage[] =
	"usage: phases [OPTIONS]\n"
	"\n"
	"Says \"ready\", waits for SIGUSR1, does its phases with a line for each, looks at all\n"
	"of its memory, says \"verified\", and stays until it is killed.\n"
	"\n"
	"  --cold MIB     written at the start, and looked at in the end\n"
	"  --hot MIB      touched in each batch, and between phases\n"
	"  --burst MIB    allocated in each phase, and given back after it\n"
	"  --file MIB     read from " FILE_READ " in each phase\n"
	"  --cycles N     phases; default 4\n"
	"  --period S     from the beginning of one to that of the next; default 60\n"
	"  --shift S      the first one begins so late\n"
	"  --batches N    in a phase; default 200\n"
	"  --touches N    pages in a batch; default 200\n"
	"  --think MS     after each batch; default 50\n"
	"  --idle MS      after each batch between phases; default 250\n";

enum {
	COLD_MIB,
	HOT_MIB,
	BURST_MIB,
	FILE_MIB,
	CYCLES,
	PERIOD,
	SHIFT,
	BATCHES,
	TOUCHES,
	THINK,
	IDLE,
	NR_OPTIONS,
};

static const struct option long_options[] = {
	{ "cold", required_argument, NULL, COLD_MIB },
	{ "hot", required_argument, NULL, HOT_MIB },
	{ "burst", required_argument, NULL, BURST_MIB },
	{ "file", required_argument, NULL, FILE_MIB },
	{ "cycles", required_argument, NULL, CYCLES },
	{ "period", required_argument, NULL, PERIOD },
	{ "shift", required_argument, NULL, SHIFT },
	{ "batches", required_argument, NULL, BATCHES },
	{ "touches", required_argument, NULL, TOUCHES },
	{ "think", required_argument, NULL, THINK },
	{ "idle", required_argument, NULL, IDLE },
	{ 0 },
};

static uint64_t option[NR_OPTIONS] = {
	[CYCLES] = 4, [PERIOD] = 60, [BATCHES] = 200, [TOUCHES] = 200, [THINK] = 50, [IDLE] = 250,
};

static uint64_t seed = 1;
static int file = -1;
static volatile sig_atomic_t go;

/*
 * Pages with content; their indices begin at @first. How often each was written is known
 * beside them.
 */
struct memory {
	const char *name;
	struct page *pages;
	uint64_t *versions;
	uint64_t nr;
	uint64_t first;
};

static void on_signal(int signal)
{
	(void)signal;
	go = 1;
}

static void sleep_ms(uint64_t ms)
{
	const struct timespec t = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000 * NS_PER_MS),
	};

	nanosleep(&t, NULL);
}

static void fill(struct memory *m, const char *name, uint64_t mib, uint64_t first)
{
	*m = (struct memory) { .name = name, .nr = mib * PAGES_PER_MIB, .first = first };
	if (!m->nr)
		return;
	m->pages = mmap(NULL, m->nr * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m->versions = calloc(m->nr, sizeof(*m->versions));
	if (m->pages == MAP_FAILED || !m->versions)
		err(1, "%s: %lu MiB", name, mib);
	for (uint64_t i = 0; i < m->nr; i++)
		page_fill(&m->pages[i], first + i);
}

static void give_back(struct memory *m)
{
	if (m->nr)
		munmap(m->pages, m->nr * PAGE);
	free(m->versions);
	m->nr = 0;
}

static void touch(const struct memory *m, uint64_t nr)
{
	for (uint64_t i = 0; m->nr && i < nr; i++) {
		uint64_t at = random_below(&seed, m->nr);

		page_touch(&m->pages[at], m->first + at, &m->versions[at], m->name);
	}
}

/* Chunk by chunk: what a miss costs lies in the request, where guests are nested. */
static void read_file(uint64_t nr)
{
	static const char zeroes[CHUNK];
	static char buffer[CHUNK];

	for (uint64_t i = 0; i < nr; i += CHUNK / PAGE) {
		uint64_t at = random_below(&seed, (option[FILE_MIB] << 20) / CHUNK) * CHUNK;

		if (pread(file, buffer, CHUNK, (off_t)at) != (ssize_t)CHUNK)
			err(1, "%s: %lu KiB at %lu", FILE_READ, CHUNK >> 10, at);
		if (memcmp(buffer, zeroes, CHUNK))
			errx(1, "MISMATCH: %s: not zero in %lu KiB at %lu", FILE_READ,
			     CHUNK >> 10, at);
	}
}

static void look_at_all(const struct memory *m)
{
	for (uint64_t i = 0; i < m->nr; i++)
		page_check_all(&m->pages[i], m->first + i, m->versions[i], m->name);
}

static void phase(uint64_t nr, uint64_t due, const struct memory *hot)
{
	uint64_t start = now_ns(), filled, burst_first = (nr + 2) << 32;
	struct memory burst;

	fill(&burst, "burst", option[BURST_MIB], burst_first);
	filled = now_ns();
	for (uint64_t i = 0; i < option[BATCHES]; i++) {
		touch(&burst, option[TOUCHES]);
		if (file >= 0)
			read_file(option[TOUCHES]);
		touch(hot, option[TOUCHES]);
		sleep_ms(option[THINK]);
	}
	look_at_all(&burst);
	give_back(&burst);
	printf("phase %lu ms %lu fill_ms %lu late_ms %lu\n", nr, (now_ns() - start) / NS_PER_MS,
	       (filled - start) / NS_PER_MS, (start - due) / NS_PER_MS);
}

static void run(const struct memory *hot)
{
	uint64_t due = now_ns() + option[SHIFT] * NS_PER_S;

	for (uint64_t nr = 0; nr < option[CYCLES]; nr++, due += option[PERIOD] * NS_PER_S) {
		while (now_ns() < due) {
			touch(hot, option[TOUCHES]);
			sleep_ms(option[IDLE]);
		}
		phase(nr, due, hot);
	}
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		char *end;

		if (c < 0 || c >= NR_OPTIONS) {
			fputs(usage, stderr);
			exit(2);
		}
		errno = 0;
		option[c] = strtoul(optarg, &end, 10);
		if (errno || end == optarg || *end || *optarg == '-' || option[c] > 1000000)
			errx(2, "--%s %s: not a number up to a million",
			     long_options[c].name, optarg);
	}
	if (optind < argc)
		errx(2, "'%s': only options", argv[optind]);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct memory cold, hot;
	sigset_t usr1, before;

	parse(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	if (option[FILE_MIB]) {
		file = open(FILE_READ, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			err(1, "%s", FILE_READ);
		/* What is asked for, and no more. */
		posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
	}
	fill(&cold, "cold", option[COLD_MIB], 0);
	fill(&hot, "hot", option[HOT_MIB], 1ul << 32);
	puts("ready");
	while (!go)
		sigsuspend(&before);
	run(&hot);
	look_at_all(&hot);
	look_at_all(&cold);
	puts("verified");
	pause();
	return 0;
}
