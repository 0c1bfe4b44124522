// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which guest frames the sets lie in
 *
 * What /proc/self/pagemap calls a page frame is, in a guest, the guest frame number
 * that the host sees. Pages may move (compaction), so it is looked up again and again.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "workload.h"

#define PAGEMAP_FRAME	((1ULL << 55) - 1)
#define PAGEMAP_PRESENT	(1ULL << 63)
#define LOOKUPS		512	/* pages in a read of pagemap */

struct place {
	uint64_t frame;
	uint64_t set;
};

static int pagemap = -1;
static struct place *places;
static uint64_t *frames;	/* in the order of pages: arena, then file */
static size_t moved;

static void look_up(const struct page *pages, size_t nr, uint64_t *found)
{
	for (size_t i = 0; i < nr; i += LOOKUPS) {
		size_t part = nr - i < LOOKUPS ? nr - i : LOOKUPS;
		off_t at = (off_t)((uintptr_t)&pages[i] / PAGE * sizeof(*found));
		ssize_t bytes = (ssize_t)(part * sizeof(*found));

		if (pread(pagemap, &found[i], (size_t)bytes, at) != bytes)
			err(1, "/proc/self/pagemap");
	}
	for (size_t i = 0; i < nr; i++) {
		uint64_t entry = found[i];

		found[i] = entry & PAGEMAP_FRAME;
		if (!(entry & PAGEMAP_PRESENT))
			errx(1, "page %zu is not in memory: is the guest too small?", i);
		if (!found[i])
			errx(1, "/proc/self/pagemap hides frames: --truth needs root");
	}
}

/* How many pages lie elsewhere than last time. */
static size_t look_up_all(size_t nr_arena, const struct page *arena, size_t nr_cache,
			  const struct page *cache)
{
	size_t nr = nr_arena + nr_cache, changed = 0;
	uint64_t *now = calloc(nr, sizeof(*now));

	if (!now)
		err(1, "no memory for the truth");
	look_up(arena, nr_arena, now);
	look_up(cache, nr_cache, now + nr_arena);
	for (size_t i = 0; frames && i < nr; i++)
		changed += now[i] != frames[i];
	free(frames);
	frames = now;
	return changed;
}

static int by_frame(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->frame > y->frame) - (x->frame < y->frame);
}

static void print_ranges(FILE *to, size_t nr)
{
	size_t first = 0;

	for (size_t i = 1; i <= nr; i++) {
		const struct place *start = &places[first];

		if (i < nr && places[i].set == start->set &&
		    places[i].frame == start->frame + (i - first))
			continue;
		fprintf(to, "%s %lu %zu\n", set_names[start->set], start->frame, i - first);
		first = i;
	}
}

static void print(const struct options *options, size_t nr, unsigned int phase)
{
	char path[4096];
	FILE *to;

	if (snprintf(path, sizeof(path), "%s.new", options->truth) >= (int)sizeof(path))
		errx(2, "--truth: the name is too long");
	to = fopen(path, "w");
	if (!to)
		err(1, "%s", path);
	fprintf(to, "phase %u\n", phase);
	fprintf(to, "moved %zu\n", moved);
	for (enum set set = 0; set < NR_SETS; set++)
		fprintf(to, "period_ms %s %lu\n", set_names[set], options->period_ms[set]);
	print_ranges(to, nr);
	if (fclose(to))
		err(1, "%s", path);
	/* Whoever reads the file finds the old or the new one, never a part. */
	if (rename(path, options->truth))
		err(1, "%s", options->truth);
}

void truth_write(const struct options *options, unsigned int phase)
{
	static unsigned int written;
	size_t nr_arena, nr_cache, nr, changed;
	const struct page *arena = arena_pages(&nr_arena), *cache = cache_pages(&nr_cache);

	if (!options->truth)
		return;
	nr = nr_arena + nr_cache;
	if (pagemap < 0) {
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		places = calloc(nr, sizeof(*places));
		if (pagemap < 0 || !places)
			err(1, "cannot look up the truth");
	}
	changed = look_up_all(nr_arena, arena, nr_cache, cache);
	moved += changed;
	if (written == phase + 1 && !changed)
		return;
	for (size_t i = 0; i < nr; i++) {
		places[i].frame = frames[i];
		places[i].set = i < nr_arena ? arena_set_of(i) : CACHE;
	}
	qsort(places, nr, sizeof(*places), by_frame);
	print(options, nr, phase);
	written = phase + 1;
}

size_t truth_moved(void)
{
	return moved;
}
