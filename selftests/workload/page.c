// SPDX-License-Identifier: GPL-2.0-only
/* What a page holds: a pattern of its index and of how often it was written. */
#include <err.h>

#include "workload.h"

uint64_t page_mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

uint64_t random_below(uint64_t *seed, uint64_t limit)
{
	*seed = page_mix(*seed);
	return *seed % limit;
}

static uint64_t sum(uint64_t index, uint64_t version)
{
	return page_mix(index << 20 ^ version);
}

static uint64_t word(uint64_t index, size_t nr)
{
	return page_mix(index * PAGE + nr);
}

#define BODY_WORDS	(sizeof(((struct page *)0)->body) / sizeof(uint64_t))

void page_fill(struct page *page, uint64_t index)
{
	page->index = index;
	page->version = 0;
	page->sum = sum(index, 0);
	for (size_t i = 0; i < BODY_WORDS; i++)
		page->body[i] = word(index, i);
}

static void check_word(const struct page *page, uint64_t index, size_t nr, const char *set)
{
	if (page->body[nr] != word(index, nr))
		errx(1, "MISMATCH: %s page %lu, word %zu: holds %#lx, wrote %#lx", set, index,
		     nr, page->body[nr], word(index, nr));
}

void page_check(const struct page *page, uint64_t index, uint64_t version, const char *set)
{
	if (page->index != index || page->version != version || page->sum != sum(index, version))
		errx(1, "MISMATCH: %s page %lu, version %lu: holds page %lu, version %lu, sum %#lx",
		     set, index, version, page->index, page->version, page->sum);
	check_word(page, index, page->version % BODY_WORDS, set);
}

void page_touch(struct page *page, uint64_t index, uint64_t *version, const char *set)
{
	page_check(page, index, *version, set);
	page->version = ++*version;
	page->sum = sum(index, page->version);
}

void page_check_all(const struct page *page, uint64_t index, uint64_t version, const char *set)
{
	page_check(page, index, version, set);
	for (size_t i = 0; i < BODY_WORDS; i++)
		check_word(page, index, i, set);
}
