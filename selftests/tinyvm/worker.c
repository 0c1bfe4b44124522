// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tiny guest that works until it is told to stop: writes its hot pages, looks
 * at others now and then, changes its mind about which are which, and gets and
 * loses a second memory slot. Other guests have the same contents, so KSM can
 * merge them. At the end (SIGTERM) every word must be what it was.
 *
 * usage: worker PAGES SEED [thp]
 *
 * Says "ready" when memory is filled, "verified N pages, N rounds" at the end.
 * Exit status: 0 verified, 1 not.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "ktap.h"
#include "tinyvm.h"

#define GFN		0x20000U
#define PAGES_MAX	(1U << 20)
#define WORDS		(TINYVM_PAGE / sizeof(uint64_t))
#define LIST_MAX	(PAGES_MAX / 8)
#define EXTRA_PAGES	700
/* In rounds: */
#define LOOK_EVERY	8
#define MOVE_EVERY	64
#define SLOT_EVERY	24
#define PAUSE_NS	(20 * 1000 * 1000)

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

/* What the guest writes is there already: the address, in a page's first word. */
static uint64_t word(uint64_t gfn, unsigned int i)
{
	return i ? gfn % 512 * 0x9e3779b97f4a7c15ULL + i : gfn * TINYVM_PAGE;
}

static void fill(const struct tinyvm_slot *slot)
{
	uint64_t *at = (uint64_t *)slot->hva;
	uint64_t page;
	unsigned int i;

	for (page = 0; page < slot->mem.pages; page++)
		for (i = 0; i < WORDS; i++)
			*at++ = word(slot->mem.gfn + page, i);
}

static bool verified(const struct tinyvm_slot *slot)
{
	const uint64_t *at = (const uint64_t *)slot->hva;
	uint64_t page;
	unsigned int i;

	for (page = 0; page < slot->mem.pages; page++) {
		for (i = 0; i < WORDS; i++, at++) {
			if (*at == word(slot->mem.gfn + page, i))
				continue;
			printf("page %llu, word %u: 0x%llx, not 0x%llx\n",
			       (unsigned long long)page, i, (unsigned long long)*at,
			       (unsigned long long)word(slot->mem.gfn + page, i));
			return false;
		}
	}
	return true;
}

/* An eighth of all pages, from @first on, round the end. */
static unsigned int part(const struct tinyvm_slot *slot, uint64_t first, uint32_t *gfns)
{
	unsigned int n, all = (unsigned int)slot->mem.pages;

	for (n = 0; n < all / 8; n++)
		gfns[n] = (uint32_t)(slot->mem.gfn + (first + n) % all);
	return n;
}

/* It comes, lies elsewhere, and goes. */
static void turn_extra(struct tinyvm *vm, struct tinyvm_slot **extra, uint64_t gfn)
{
	const struct tinyvm_mem mem = { .gfn = gfn, .pages = EXTRA_PAGES };

	if (!*extra) {
		*extra = tinyvm_slot_add(vm, &mem);
		if (*extra)
			tinyvm_populate(vm, *extra, TINYVM_BY_GUEST);
	} else if ((*extra)->mem.gfn == gfn) {
		tinyvm_slot_move(vm, *extra, gfn + 1024);
	} else {
		tinyvm_slot_del(vm, *extra);
		*extra = NULL;
	}
}

static uint64_t work(struct tinyvm *vm, const struct tinyvm_slot *slot, uint64_t rnd)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	static uint32_t hot[LIST_MAX], others[LIST_MAX];
	struct tinyvm_slot *extra = NULL;
	unsigned int n = part(slot, 0, hot);
	uint64_t round;

	for (round = 0; !stopped; round++) {
		tinyvm_touch(vm, hot, n, TINYVM_WRITE | TINYVM_FLUSH);
		if (round % LOOK_EVERY == 0) {
			part(slot, ktap_below(&rnd, (unsigned int)slot->mem.pages), others);
			tinyvm_touch(vm, others, n, TINYVM_READ | TINYVM_FLUSH);
		}
		if (round % MOVE_EVERY == MOVE_EVERY - 1)
			part(slot, ktap_below(&rnd, (unsigned int)slot->mem.pages), hot);
		if (round % SLOT_EVERY == SLOT_EVERY - 1)
			turn_extra(vm, &extra, GFN + PAGES_MAX);
		nanosleep(&pause, NULL);
	}
	return round;
}

int main(int argc, char **argv)
{
	struct tinyvm_mem mem = { .gfn = GFN, .backing = TINYVM_ANON };
	struct tinyvm_opts opts = { .list_max = LIST_MAX };
	struct sigaction term = { .sa_handler = on_term };
	struct tinyvm_slot *slot;
	struct tinyvm *vm;
	uint64_t rounds;

	if (argc < 3)
		errx(2, "usage: worker PAGES SEED [thp]");
	mem.pages = strtoull(argv[1], NULL, 10);
	if (mem.pages < 8 || mem.pages > PAGES_MAX)
		errx(2, "%s pages: 8 to %u", argv[1], PAGES_MAX);
	if (argc > 3 && !strcmp(argv[3], "thp"))
		mem.backing = TINYVM_ANON_THP;
	sigaction(SIGTERM, &term, NULL);
	vm = tinyvm_create(&opts);
	slot = tinyvm_slot_add(vm, &mem);
	if (!slot)
		err(1, "memory");
	madvise(slot->hva, mem.pages * TINYVM_PAGE, MADV_MERGEABLE);
	fill(slot);
	puts("ready");
	fflush(stdout);
	rounds = work(vm, slot, strtoull(argv[2], NULL, 10));
	if (!verified(slot))
		return 1;
	printf("verified %llu pages, %llu rounds\n", (unsigned long long)mem.pages,
	       (unsigned long long)rounds);
	tinyvm_destroy(vm);
	return 0;
}
