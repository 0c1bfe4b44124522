// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hot set that moves through memory, for pictures of heat
 *
 * usage: moving MIB WINDOW_MIB SECONDS
 *
 * Touches every page of a window of so many MiB again and again, and after so many
 * seconds moves the window on by half of its size; from the end it starts again at
 * the beginning.
 * Runs until it is killed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE	4096UL
#define MIB	(1UL << 20)

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!value || *end)
		errx(2, "moving: '%s': not a number above zero", text);
	return value;
}

static void touch(volatile char *memory, unsigned long size)
{
	for (unsigned long at = 0; at < size; at += PAGE)
		memory[at]++;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

int main(int argc, char **argv)
{
	/* Leaves the CPU to others: under emulation there is little of it. */
	const struct timespec rest = { .tv_nsec = 100000000 };
	unsigned long size, window, seconds;
	char *memory;

	if (argc != 4)
		errx(2, "usage: moving MIB WINDOW_MIB SECONDS");
	size = number(argv[1]) * MIB;
	window = number(argv[2]) * MIB;
	seconds = number(argv[3]);
	if (window > size)
		errx(2, "moving: the window is larger than the memory");
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "moving: no %lu MiB", size / MIB);
	memset(memory, 1, size);
	puts("moving");
	fflush(stdout);
	for (unsigned long at = 0;; at = at + window / 2 + window > size ? 0 : at + window / 2) {
		time_t until = now() + (time_t)seconds;

		do {
			touch(memory + at, window);
			nanosleep(&rest, NULL);
		} while (now() < until);
	}
}
