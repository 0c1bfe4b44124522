/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: bytes of the input as operations, invariants
 * that name themselves, libFuzzer's entry.
 *
 * A target includes this and the policy source that it drives, as the unit
 * tests do, and defines fuzz_one(). An input that has run out reads as zeros.
 */
#ifndef BALLAST_FUZZ_H
#define BALLAST_FUZZ_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ballast/policy_env.h"

/* An oracle is not under test: its branches are nothing to explore. */
#define FUZZ_ORACLE	__attribute__((no_sanitize("coverage", "address", "undefined")))

/**
 * struct fuzz_input - what is left of an input
 * @at:  next byte
 * @end: one past the last
 */
struct fuzz_input {
	const u8 *at;
	const u8 *end;
};

static inline bool fuzz_more(const struct fuzz_input *in)
{
	return in->at < in->end;
}

static inline u8 fuzz_u8(struct fuzz_input *in)
{
	return fuzz_more(in) ? *in->at++ : 0;
}

static inline u16 fuzz_u16(struct fuzz_input *in)
{
	u8 low = fuzz_u8(in);

	return (u16)(low | fuzz_u8(in) << 8);
}

/* Every size of number is as likely as any other. */
static inline u64 fuzz_sized(struct fuzz_input *in)
{
	return (u64)fuzz_u16(in) << (fuzz_u8(in) & 63);
}

__attribute__((noreturn, cold, format(printf, 3, 4)))
static void fuzz_broken(const char *file, int line, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	fprintf(stderr, "%s:%d: invariant broken: ", file, line);
	vfprintf(stderr, text, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

/* MUST(cond, "what must hold, as a sentence"...): or the input is a finding. */
#define MUST(cond, ...) do {						\
	if (!(cond))							\
		fuzz_broken(__FILE__, __LINE__, __VA_ARGS__);		\
} while (0)

static void fuzz_one(struct fuzz_input *in);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { .at = data, .end = data + size };

	fuzz_one(&in);
	return 0;
}

#endif /* BALLAST_FUZZ_H */
