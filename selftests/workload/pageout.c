// SPDX-License-Identifier: GPL-2.0-only
/*
 * On the host: swap random parts of a guest's memory out, whatever is in them. The
 * guest's memory is the largest mapping of its VMM.
 *
 * usage: pageout PID RANGES SEED
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "workload.h"

/* A range has 1 to 2^10 pages, as often few as many: within a huge page, and over some. */
#define ORDERS		11

struct mapping {
	uint64_t start;
	uint64_t pages;
};

static struct mapping largest_mapping(const char *pid)
{
	struct mapping largest = { 0 };
	uint64_t start, end;
	char path[64], line[512], access[8];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, access) == 3 &&
		    access[1] == 'w' && (end - start) / PAGE > largest.pages)
			largest = (struct mapping){ start, (end - start) / PAGE };
	fclose(maps);
	if (!largest.pages)
		errx(1, "%s: nothing that can be written to", path);
	return largest;
}

static struct iovec random_range(const struct mapping *mapping, uint64_t *seed)
{
	uint64_t order = random_below(seed, ORDERS);
	uint64_t pages = 1 + random_below(seed, 1ul << order);
	uint64_t first = random_below(seed, mapping->pages);

	if (pages > mapping->pages - first)
		pages = mapping->pages - first;
	return (struct iovec){
		.iov_base = (void *)(uintptr_t)(mapping->start + first * PAGE),
		.iov_len = pages * PAGE,
	};
}

int main(int argc, char **argv)
{
	uint64_t asked = 0, ranges, seed;
	struct mapping mapping;
	int process;

	if (argc != 4)
		errx(2, "usage: pageout PID RANGES SEED");
	mapping = largest_mapping(argv[1]);
	ranges = strtoull(argv[2], NULL, 10);
	seed = strtoull(argv[3], NULL, 10);
	process = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	if (process < 0)
		err(1, "process %s", argv[1]);
	for (; ranges; ranges--) {
		struct iovec range = random_range(&mapping, &seed);

		if (syscall(SYS_process_madvise, process, &range, 1, MADV_PAGEOUT, 0) < 0 &&
		    errno != EINTR && errno != EAGAIN)
			err(1, "%zu bytes at %p", range.iov_len, range.iov_base);
		asked += range.iov_len / PAGE;
	}
	printf("%lu\n", asked);
	return 0;
}
