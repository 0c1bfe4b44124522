/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP for the tests: a table of cases, each run in a process of its own, so
 * that whatever a case leaves behind goes with it, and a crash or a hang is
 * one "not ok".
 */
#ifndef TINYVM_KTAP_H
#define TINYVM_KTAP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct ktap_case - one test
 * @name:	for people and for the command line
 * @fn:		returns; the verdict is what CHECK and REQUIRE saw. A case that
 *		checked nothing has failed.
 * @timeout_s:	0: 120; ten times as much on a debug kernel
 */
struct ktap_case {
	const char *name;
	void (*fn)(void);
	unsigned int timeout_s;
};

/* Options of the command line: -n COUNT, -s SEED. */
extern unsigned int ktap_count;		/* 0: the test's own default */
extern uint64_t ktap_seed;

/* Run them all, or those named on the command line. Return: exit status. */
int ktap_main(int argc, char **argv, const struct ktap_case *cases, unsigned int n);

bool ktap_check(bool ok, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void ktap_end(void) __attribute__((noreturn));
void ktap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The case cannot run here; says why and ends it. */
void ktap_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A failed CHECK goes on, a failed REQUIRE ends the case. */
#define CHECK(cond, ...) ktap_check(cond, __FILE__, __LINE__, __VA_ARGS__)
#define REQUIRE(cond, ...) \
	do { \
		if (!ktap_check(cond, __FILE__, __LINE__, __VA_ARGS__)) \
			ktap_end(); \
	} while (0)

/* Random numbers from the seed; one state per thread. */
uint64_t ktap_random(uint64_t *state);
static inline unsigned int ktap_below(uint64_t *state, unsigned int n)
{
	return (unsigned int)((ktap_random(state) >> 16) % n);
}

#endif /* TINYVM_KTAP_H */
