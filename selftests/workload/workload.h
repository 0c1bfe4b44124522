/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's memory with known heat
 *
 * Sets of pages are touched with a period each: hot, warm and cold ones of an
 * anonymous arena, and a file in the page cache that is read. Every page holds a
 * pattern made of its index and of how often it was written; whoever loses or
 * mixes up a page of the guest, or brings back what was in it before, is found out.
 *
 *	workload.c  when which set is touched, reports
 *	options.c   the command line
 *	arena.c     pages of the arena: which set they belong to
 *	page.c      what is in them
 *	cache.c     the file that is read
 *	truth.c     which guest frames the sets lie in
 *
 * phases.c is a program of its own, that counts how long its work takes.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PAGE		4096UL
#define BLOCK		(2UL << 20)
#define PAGES_PER_MIB	((1UL << 20) / PAGE)
#define NS_PER_MS	1000000UL
#define NS_PER_S	1000000000UL

enum set {
	HOT,
	WARM,
	COLD,
	CACHE,
	NR_SETS,
};

extern const char *const set_names[NR_SETS];

/**
 * struct options - the command line
 * @pages:      size of each set
 * @period_ms:  how often each is touched, 0: never again after the start
 * @seconds:    how long, 0: until a signal
 * @phase_s:    hot and cold pages change places every so often, 0: on SIGUSR1 only
 * @report_s:   a report every so often, 0: at the end only
 * @verify_s:   all of memory is verified every so often, 0: at the end only
 * @shuffle:    scatter the sets over the arena
 * @huge:       ask for huge pages; else they are kept away
 * @unlocked:   pages are ordinary ones, that the kernel may move and age
 * @seed:       of the shuffle
 * @truth:      file to write the truth to, or NULL
 * @cache_file: the file that is read
 */
struct options {
	size_t pages[NR_SETS];
	uint64_t period_ms[NR_SETS];
	uint64_t seconds;
	uint64_t phase_s;
	uint64_t report_s;
	uint64_t verify_s;
	bool shuffle;
	bool huge;
	bool unlocked;
	uint64_t seed;
	const char *truth;
	const char *cache_file;
};

void options_parse(struct options *options, int argc, char **argv);

/* On the clock that stands still for nobody. */
static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* What every page holds, written so often. Exits with a sentence when it does not. */
struct page {
	uint64_t index;
	uint64_t version;
	uint64_t sum;
	uint64_t body[PAGE / sizeof(uint64_t) - 3];
};

uint64_t page_mix(uint64_t value);
/* The next of a sequence that *@seed begins; the same one each time. */
uint64_t random_below(uint64_t *seed, uint64_t limit);
void page_fill(struct page *page, uint64_t index);
/* @version: what it must have, as somebody else has counted it. */
void page_check(const struct page *page, uint64_t index, uint64_t version, const char *set);
/* Check and change. */
void page_touch(struct page *page, uint64_t index, uint64_t *version, const char *set);
void page_check_all(const struct page *page, uint64_t index, uint64_t version, const char *set);

void arena_create(const struct options *options);
/* Every page of a set once: look whether it is what it was, and change it. */
void arena_touch(enum set set);
/* Hot pages become cold, and as many cold ones hot. */
void arena_swap(void);
/* Every word of every page. */
void arena_verify(void);
const struct page *arena_pages(size_t *nr);
enum set arena_set_of(size_t index);

void cache_create(const struct options *options);
void cache_read(void);
/* Every word of every page. */
void cache_verify(void);
/* A mapping of the file; it is read by other means. */
const struct page *cache_pages(size_t *nr);

/* Write the truth, if it is asked for, when it is not what was written last. */
void truth_write(const struct options *options, unsigned int phase);
/* Pages found in another frame than before, in all. */
size_t truth_moved(void);

#endif /* WORKLOAD_H */
