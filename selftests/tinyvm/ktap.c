// SPDX-License-Identifier: GPL-2.0-only
/* KTAP: run the cases, print the verdicts. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "ktap.h"

#define STATUS_OK	0
#define STATUS_FAIL	1
#define STATUS_SKIP	4
#define STATUS_EMPTY	5
#define TIMEOUT_S	120

unsigned int ktap_count;
uint64_t ktap_seed;

/* Of the case's process. */
static unsigned int checks, failures;
static int skip_fd = -1;

bool ktap_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	const char *slash = strrchr(file, '/');
	char text[512];
	va_list args;

	__atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
	if (ok)
		return true;
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("# %s:%d: %s\n", slash ? slash + 1 : file, line, text);
	fflush(stdout);
	return false;
}

void ktap_note(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("# %s\n", text);
	fflush(stdout);
}

void ktap_end(void)
{
	fflush(NULL);
	_exit(failures ? STATUS_FAIL : checks ? STATUS_OK : STATUS_EMPTY);
}

void ktap_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vdprintf(skip_fd, fmt, args);
	va_end(args);
	fflush(NULL);
	_exit(failures ? STATUS_FAIL : STATUS_SKIP);
}

/* xorshift64* */
uint64_t ktap_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* A debug kernel, which can inject faults, takes ten times as long. */
static unsigned int time_limit(const struct ktap_case *c)
{
	unsigned int seconds = c->timeout_s ? c->timeout_s : TIMEOUT_S;

	return access("/proc/self/fail-nth", F_OK) ? seconds : 10 * seconds;
}

static int run_case(const struct ktap_case *c, char *why, size_t size)
{
	int status, pipes[2];
	ssize_t n;
	pid_t pid;

	why[0] = 0;
	if (pipe(pipes))
		return STATUS_FAIL;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		snprintf(why, size, "fork: %s", strerror(errno));
		return STATUS_FAIL;
	}
	if (!pid) {
		close(pipes[0]);
		skip_fd = pipes[1];
		alarm(time_limit(c));
		c->fn();
		ktap_end();
	}
	close(pipes[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		snprintf(why, size, WTERMSIG(status) == SIGALRM ? "timed out" : "%s",
			 strsignal(WTERMSIG(status)));
		status = STATUS_FAIL;
	} else {
		status = WEXITSTATUS(status);
		if (status == STATUS_EMPTY)
			snprintf(why, size, "checked nothing");
	}
	if (status == STATUS_SKIP) {
		/* A grandchild may still hold the other end: no wait for its end. */
		n = read(pipes[0], why, size - 1);
		why[n > 0 ? n : 0] = 0;
	}
	close(pipes[0]);
	return status;
}

static bool wanted(const struct ktap_case *c, int argc, char **argv)
{
	int i;

	for (i = optind; i < argc; i++)
		if (!strcmp(argv[i], c->name))
			return true;
	return optind == argc;
}

static void options(int argc, char **argv, const struct ktap_case *cases, unsigned int n)
{
	struct timespec now;
	unsigned int i;
	int opt;

	clock_gettime(CLOCK_REALTIME, &now);
	ktap_seed = now.tv_sec * 1000003ULL + now.tv_nsec;
	while ((opt = getopt(argc, argv, "n:s:lh")) != -1) {
		switch (opt) {
		case 'n':
			ktap_count = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 's':
			ktap_seed = strtoull(optarg, NULL, 0);
			break;
		case 'l':
			for (i = 0; i < n; i++)
				puts(cases[i].name);
			exit(0);
		default:
			fprintf(opt == 'h' ? stdout : stderr,
				"usage: %s [-n COUNT] [-s SEED] [-l] [CASE...]\n", argv[0]);
			exit(opt == 'h' ? 0 : 2);
		}
	}
	if (!ktap_seed)
		ktap_seed = 1;
}

int ktap_main(int argc, char **argv, const struct ktap_case *cases, unsigned int n)
{
	unsigned int i, nr = 0, plan = 0, failed = 0;
	char why[256];

	options(argc, argv, cases, n);
	for (i = 0; i < n; i++)
		plan += wanted(&cases[i], argc, argv);
	if (!plan) {
		fprintf(stderr, "%s: no such case; -l lists them\n", argv[0]);
		return 2;
	}
	host_prepare();
	printf("KTAP version 1\n# seed %llu\n1..%u\n", (unsigned long long)ktap_seed, plan);
	for (i = 0; i < n; i++) {
		int status;

		if (!wanted(&cases[i], argc, argv))
			continue;
		status = run_case(&cases[i], why, sizeof(why));
		nr++;
		if (status == STATUS_SKIP)
			printf("ok %u %s # SKIP %s\n", nr, cases[i].name, why);
		else if (status == STATUS_OK)
			printf("ok %u %s\n", nr, cases[i].name);
		else
			printf("not ok %u %s%s%s\n", nr, cases[i].name, *why ? " # " : "", why);
		failed += status != STATUS_OK && status != STATUS_SKIP;
	}
	host_restore();
	return failed ? 1 : 0;
}
