/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and places that a caller of the kernel should not use. */
#ifndef TINYVM_GARBAGE_H
#define TINYVM_GARBAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that can be written at garbage.zone. */
#define GARBAGE_ZONE	16384

/**
 * struct garbage - one caller
 * @rnd:	random state
 * @zone:	two writable pages, then one without access
 * @rodata:	a page that can be read only
 */
struct garbage {
	uint64_t rnd;
	uint8_t *zone;
	uint8_t *rodata;
};

/**
 * struct place - where the kernel shall read from or write to
 * @at:		address
 * @readable:	all that was wanted can be read
 * @writable:	all that was wanted can be written
 * @room:	bytes that can be written where not all can
 */
struct place {
	void *at;
	bool readable;
	bool writable;
	size_t room;
};

/* Callers with different numbers do different things; the seed repeats them. */
void garbage_init(struct garbage *g, unsigned int nr);
/* Limits of all that the UAPI counts, or any number. */
uint64_t odd_number(struct garbage *g);
/* For fields of 32 bits. */
uint32_t odd_u32(struct garbage *g);
/* One time in eight. */
bool rarely(struct garbage *g);
/* For @bytes, at most GARBAGE_ZONE / 2; as often good as not. */
struct place some_place(struct garbage *g, size_t bytes);

#endif /* TINYVM_GARBAGE_H */
