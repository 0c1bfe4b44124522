/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only header that policy code includes besides its own: the same source
 * is compiled into the kernel modules, the tools, the tests and the fuzzers.
 */
#ifndef BALLAST_POLICY_ENV_H
#define BALLAST_POLICY_ENV_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

typedef unsigned int u128 __attribute__((mode(TI)));

static inline u64 mul_u64_u32_shr(u64 a, u32 b, unsigned int shift)
{
	return (u64)(((u128)a * b) >> shift);
}

/* The quotient must fit in 64 bits: the kernel's faults otherwise. */
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 divisor)
{
	return (u64)((u128)a * b / divisor);
}

/* Rounded down. */
static inline u32 int_sqrt64(u64 x)
{
	u64 root = 0, bit = 1ull << 62;

	for (; bit; bit >>= 2) {
		u64 sum = root + bit;

		root >>= 1;
		if (x >= sum) {
			x -= sum;
			root += bit;
		}
	}
	return (u32)root;
}

#endif

#endif /* BALLAST_POLICY_ENV_H */
