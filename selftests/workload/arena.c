// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of the arena
 *
 * A page's index is its place in the arena. Sets are lists of indices: @order holds
 * all of them, hot ones first, then warm, then cold.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "workload.h"

static struct page *pages;
static size_t nr_pages;
static size_t *order;
static uint8_t *set_of;
static uint64_t *versions;	/* what pages say themselves is what somebody put there */
static size_t begin[NR_SETS], size[NR_SETS];

/* In steps of a page or, with huge pages, of a block. */
static void shuffle(uint64_t seed, size_t step)
{
	size_t nr = nr_pages / step;

	for (size_t i = nr - 1; i > 0; i--) {
		size_t j = random_below(&seed, i + 1);

		for (size_t k = 0; k < step; k++) {
			size_t index = order[i * step + k];

			order[i * step + k] = order[j * step + k];
			order[j * step + k] = index;
		}
	}
}

static void note_sets(void)
{
	for (enum set set = HOT; set <= COLD; set++)
		for (size_t i = 0; i < size[set]; i++)
			set_of[order[begin[set] + i]] = (uint8_t)set;
}

/* Aligned to a block, so that huge pages fit; the kernel gives what it likes. */
static void *map(size_t bytes, bool huge)
{
	char *at = mmap(NULL, bytes + BLOCK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		err(1, "no %zu MiB of memory", bytes >> 20);
	at += -(uintptr_t)at % BLOCK;
	if (madvise(at, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && huge)
		err(1, "no huge pages in this kernel");
	return at;
}

void arena_create(const struct options *options)
{
	size_t page = options->huge ? BLOCK / PAGE : 1;

	for (enum set set = HOT; set <= COLD; set++) {
		begin[set] = nr_pages;
		size[set] = options->pages[set];
		nr_pages += size[set];
	}
	pages = map(nr_pages * PAGE, options->huge);
	order = calloc(nr_pages, sizeof(*order));
	set_of = calloc(nr_pages, sizeof(*set_of));
	versions = calloc(nr_pages, sizeof(*versions));
	if (!order || !set_of || !versions)
		err(1, "no memory for %zu pages", nr_pages);
	for (size_t i = 0; i < nr_pages; i++)
		order[i] = i;
	if (options->shuffle)
		shuffle(options->seed, page);
	note_sets();
	for (size_t i = 0; i < nr_pages; i++)
		page_fill(&pages[i], i);
	if (!options->unlocked && mlock(pages, nr_pages * PAGE))
		warn("cannot lock the memory; it may move");
}

void arena_touch(enum set set)
{
	for (size_t i = 0; i < size[set]; i++) {
		size_t index = order[begin[set] + i];

		page_touch(&pages[index], index, &versions[index], set_names[set]);
	}
}

void arena_swap(void)
{
	size_t nr = size[HOT] < size[COLD] ? size[HOT] : size[COLD];

	for (size_t i = 0; i < nr; i++) {
		size_t index = order[begin[HOT] + i];

		order[begin[HOT] + i] = order[begin[COLD] + i];
		order[begin[COLD] + i] = index;
	}
	note_sets();
}

void arena_verify(void)
{
	for (size_t i = 0; i < nr_pages; i++)
		page_check_all(&pages[i], i, versions[i], set_names[set_of[i]]);
}

const struct page *arena_pages(size_t *nr)
{
	*nr = nr_pages;
	return pages;
}

enum set arena_set_of(size_t index)
{
	return (enum set)set_of[index];
}
