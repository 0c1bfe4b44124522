// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and places that a caller of the kernel should not use. */
#include <sys/mman.h>

#include "garbage.h"
#include "ktap.h"
#include "world.h"

void garbage_init(struct garbage *g, unsigned int nr)
{
	g->rnd = ktap_seed * 31 + nr + 1;
	g->zone = mmap(NULL, GARBAGE_ZONE + TINYVM_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	g->rodata = mmap(NULL, TINYVM_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(g->zone != MAP_FAILED && g->rodata != MAP_FAILED, "mmap: %m");
	mprotect(g->zone + GARBAGE_ZONE, TINYVM_PAGE, PROT_NONE);
}

uint64_t odd_number(struct garbage *g)
{
	static const uint64_t odd[] = {
		0, 1, 2, 511, 512, 513, 4095, 4096, WORLD_GFN, WORLD_GFN + 1023,
		WORLD_GFN + 1024, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32, 1ULL << 40,
		(1ULL << 52) - 1, 1ULL << 52, 1ULL << 63, ~0ULL, ~0ULL - 511,
	};

	return ktap_below(&g->rnd, 4) ? odd[ktap_below(&g->rnd, sizeof(odd) / sizeof(odd[0]))] :
		ktap_random(&g->rnd);
}

uint32_t odd_u32(struct garbage *g)
{
	return (uint32_t)odd_number(g);
}

bool rarely(struct garbage *g)
{
	return !ktap_below(&g->rnd, 8);
}

struct place some_place(struct garbage *g, size_t bytes)
{
	uint8_t *end = g->zone + GARBAGE_ZONE;

	switch (ktap_below(&g->rnd, 12)) {
	case 0:
		return (struct place){ NULL };
	case 1:
		return (struct place){ end };
	case 2:		/* the last byte is missing */
		return (struct place){ end - bytes + 1, .room = bytes - 1 };
	case 3:
		return (struct place){ (void *)0xffff888000000000UL };
	case 4:
		return (struct place){ (void *)(~0UL - 8) };
	case 5:
		return (struct place){ (void *)(odd_number(g) | 1UL << 63) };
	case 6:
		return (struct place){ g->rodata, .readable = true };
	case 7:		/* unaligned */
		return (struct place){ g->zone + 1 + ktap_below(&g->rnd, 63), true, true };
	case 8:		/* right up to the end */
		return (struct place){ end - bytes, true, true };
	default:
		return (struct place){ g->zone, true, true };
	}
}
