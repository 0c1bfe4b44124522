/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM, its attachment, and the truth about its memory: which part of it the
 * guest touches in every round, now and then, once, or never. A round is one
 * turn of the guest, an exit, and one pass of the module.
 */
#ifndef TINYVM_WORLD_H
#define TINYVM_WORLD_H

#include "blst.h"
#include "tinyvm.h"

/* Where a test puts its memory: 512 MiB. */
#define WORLD_GFN		0x20000U
/* The machine of states is through with any change after as many rounds. */
#define WORLD_SETTLE_ROUNDS	64
/* As many more rounds must stay exact: hot pages are looked at every 16th. */
#define WORLD_STAY_ROUNDS	34
/* A warm page is touched in every third round. */
#define WORLD_WARM_EVERY	3

enum world_part { WORLD_NEVER, WORLD_COLD, WORLD_WARM, WORLD_HOT };

/**
 * struct world - a VM and the truth about it
 * @vm:		it
 * @slot:	the memory that is measured
 * @id:		attachment, manual
 * @unit:	pages that have one state: 1, or those of a huge page. Of a hot
 *		unit only one page, any, is touched in a round.
 * @part:	enum world_part of each page
 * @levels:	what the module says, a byte per page
 * @list:	of a round
 * @round:	rounds done
 * @rnd:	random state
 * @between:	NULL, or called between the guest's turn and the pass
 * @arg:	for @between
 */
struct world {
	struct tinyvm *vm;
	struct tinyvm_slot *slot;
	uint32_t id;
	unsigned int unit;
	uint8_t *part;
	uint8_t *levels;
	uint32_t *list;
	unsigned int round;
	uint64_t rnd;
	void (*between)(struct world *w);
	void *arg;
};

/* Memory that the machine has not got skips the test. */
void world_open(struct world *w, const struct tinyvm_opts *opts, const struct tinyvm_mem *mem,
		unsigned int unit);
void world_close(struct world *w);

/* Tell the truth, in pages from the start of the slot. */
void world_fill(struct world *w, uint64_t first, uint64_t n, enum world_part part);
/* One page in @one_in, at random. */
void world_scatter(struct world *w, uint64_t first, uint64_t n, unsigned int one_in,
		   enum world_part part);
/* Runs of random length up to 100, about half of the pages. */
void world_runs(struct world *w, uint64_t first, uint64_t n, enum world_part part);
void world_swap_hot_cold(struct world *w);

/* The guest's turn alone; the first one touches what is cold as well. */
void world_touch(struct world *w);
/* One round. */
void world_round(struct world *w);
/* Pages whose level is not what they are; one of them is told. */
unsigned int world_wrong(struct world *w, uint64_t *which);
void world_load(struct world *w);
void world_explain(const struct world *w, uint64_t page);

/* Rounds until the picture is exact, and some more in which it must stay so. */
void world_settle(struct world *w, const char *what);
/* The module's sums must be what its own picture adds up to. */
void world_check_sums(struct world *w);

#endif /* TINYVM_WORLD_H */
