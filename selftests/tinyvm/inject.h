/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Let the nth allocation or copy of a system call fail: fail-nth of a kernel with fault
 * injection (selftests/debug/kernel).
 */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>

/* A call with more chances to fail than that never comes to its end. */
#define INJECT_MAX	20000

/**
 * struct inject_attempt - what is tried with every fault
 * @name:	of the call
 * @call:	it: 0 or -errno
 * @undo:	after a success; may be NULL
 * @check:	after either: all as it was; may be NULL
 * @allowed:	errors that a fault may lead to, up to 0
 */
struct inject_attempt {
	const char *name;
	int (*call)(void);
	void (*undo)(void);
	void (*check)(void);
	int allowed[8];
};

/* First of all; skips the case where the kernel injects no faults. */
void inject_prepare(void);
/* The nth chance to fail in this thread's next system call will be taken. */
void inject_arm(unsigned int nth);
/* Disarm. Return: whether the fault has happened. */
bool inject_was_hit(void);
/* Chances to fail in a call that succeeds. */
unsigned int inject_chances(int (*call)(void));
/* Return: whether the call has so many chances; *@failed is counted up. */
bool inject_fail_at(const struct inject_attempt *a, unsigned int nth, unsigned int *failed);
/* Each chance that the call has, one after the other. */
void inject_fail_everywhere(const struct inject_attempt *a);

#endif
