// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leave so many MiB of free memory in pieces: fill twice as much, in the order in which
 * the kernel has it, and give every other piece back. Holds the rest until it is killed.
 *
 * usage: fragment MIB PIECE_KIB
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t bytes, piece;
	char *mem;

	if (argc != 3)
		errx(2, "usage: fragment MIB PIECE_KIB");
	bytes = 2 * strtoul(argv[1], NULL, 10) << 20;
	piece = strtoul(argv[2], NULL, 10) << 10;
	if (!bytes || !piece)
		errx(2, "'%s' MiB in pieces of '%s' KiB: nothing to do", argv[1], argv[2]);
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "%zu bytes", bytes);
	/* A huge page would come back as one. */
	if (madvise(mem, bytes, MADV_NOHUGEPAGE))
		err(1, "MADV_NOHUGEPAGE");
	memset(mem, 1, bytes);
	for (size_t at = 0; at + piece <= bytes; at += 2 * piece)
		if (madvise(mem + at, piece, MADV_DONTNEED))
			err(1, "MADV_DONTNEED");
	puts("steady");
	fflush(stdout);
	pause();
	return 0;
}
