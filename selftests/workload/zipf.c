// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that touches pages by Zipf's law, at a rate; where the popular ones lie is random.
 *
 * usage: zipf MIB EXPONENT RATE
 *
 * Says "ready" when its memory is filled, and each five seconds "touches N", since then.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "workload.h"

#define BATCH_NS	(20 * NS_PER_MS)
#define SAY_NS		(5 * NS_PER_S)
#define FRACTION	9007199254740992.0	/* 2^53 */

static struct page *pages;
static uint64_t nr, *versions, *place;
static double *share;	/* of touches that go to this rank or a lower one */
static uint64_t seed = 1;

static void *allocate(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "%zu bytes", size);
	return memory;
}

static void make_shares(double exponent)
{
	double sum = 0;

	for (uint64_t i = 0; i < nr; i++)
		share[i] = sum += pow((double)(i + 1), -exponent);
	for (uint64_t i = 0; i < nr; i++)
		share[i] /= sum;
}

static void fill(void)
{
	for (uint64_t i = 0; i < nr; i++) {
		uint64_t j = random_below(&seed, i + 1);

		place[i] = place[j];
		place[j] = i;
		page_fill(&pages[i], i);
	}
}

static uint64_t any_rank(void)
{
	double at = (double)random_below(&seed, 1ull << 53) / FRACTION;
	uint64_t low = 0, high = nr - 1;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (share[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void touch(uint64_t n)
{
	while (n--) {
		uint64_t at = place[any_rank()];

		page_touch(&pages[at], at, &versions[at], "zipf");
	}
}

int main(int argc, char **argv)
{
	const struct timespec rest = { .tv_nsec = (long)BATCH_NS };
	uint64_t rate, said, done = 0;

	if (argc != 4)
		errx(2, "usage: zipf MIB EXPONENT RATE");
	nr = strtoull(argv[1], NULL, 10) * PAGES_PER_MIB;
	rate = strtoull(argv[3], NULL, 10);
	if (!nr || !rate)
		errx(2, "usage: zipf MIB EXPONENT RATE");
	pages = allocate(nr * PAGE);
	versions = allocate(nr * sizeof(*versions));
	place = allocate(nr * sizeof(*place));
	share = allocate(nr * sizeof(*share));
	make_shares(atof(argv[2]));
	fill();
	puts("ready");
	fflush(stdout);
	/* What it is late with, because it had to wait, it does not make up for. */
	for (said = now_ns();; nanosleep(&rest, NULL)) {
		touch(rate * BATCH_NS / NS_PER_S);
		done += rate * BATCH_NS / NS_PER_S;
		if (now_ns() - said < SAY_NS)
			continue;
		said = now_ns();
		printf("touches %lu\n", done);
		fflush(stdout);
	}
}
