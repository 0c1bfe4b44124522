/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of guest memory: one record per 2 MiB block, a table per expanded one.
 *
 * A block whose pages all have the same state, and a block mapped huge, is
 * *uniform*: its state lies in the record (24 bytes). Any other is *expanded*:
 * four bits a page, and a bit a page for accesses credited by the notifier.
 * Owed bits (we cleared an accessed bit that others have not been told about)
 * are a bit a page as well, allocated when a single page is owed; while the
 * whole block is owed a flag says so. Ceiling, all of it together: 0.88 byte
 * per 4 KiB page.
 *
 * Only this pair of files knows the packing.
 *
 * Who writes what: states, level, streak and suspects are written by the one
 * who scans (under vm->scan_lock) and read by anybody. Events, credit and owed
 * bits are atomic and shared with the notifier's callbacks. Tables are freed
 * through RCU; a callback or reader holds rcu_read_lock().
 */
#ifndef BALLAST_HOST_STORE_H
#define BALLAST_HOST_STORE_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "policy/scan_plan.h"

#define BALLAST_BLOCK_SHIFT	9	/* pages per block, log2 */
#define BALLAST_BLOCK_BYTES	((unsigned long)BALLAST_BLOCK_PAGES << PAGE_SHIFT)

struct ballast_table;
struct ballast_owed;

/**
 * struct ballast_block - one 2 MiB block of guest memory
 * @table:  states of an expanded block, NULL when uniform
 * @owed:   owed bits per page, NULL when none or all are owed
 * @events: BALLAST_EV_*, atomic
 * @packed: state, level, streak, idle-since; written by the scanner alone
 */
struct ballast_block {
	struct ballast_table __rcu *table;
	struct ballast_owed __rcu *owed;
	atomic_t events;
	u32 packed;
};

/* A foreign ager cleared accessed bits somewhere in the block; we saw them. */
#define BALLAST_EV_CREDIT	0x1
/* Mappings changed: look up the mapping level again. */
#define BALLAST_EV_INVALID	0x2
/* The scanner is between clearing bits here and noting whom it owes them. */
#define BALLAST_EV_INFLIGHT	0x4
/* Every page of the block is owed. */
#define BALLAST_EV_OWED_ALL	0x8
/* The block has been cleared once, the next answer means something. */
#define BALLAST_EV_PRIMED	0x10
/* The sample of the miss-rate curve has a part of the block; see mrc.h. */
#define BALLAST_EV_SAMPLED	0x20

int ballast_store_init(void);
void ballast_store_exit(void);

u8 ballast_block_state(const struct ballast_block *block);
void ballast_block_set_state(struct ballast_block *block, u8 state);
u8 ballast_block_level(const struct ballast_block *block);
void ballast_block_set_level(struct ballast_block *block, u8 level);
u8 ballast_block_streak(const struct ballast_block *block);
void ballast_block_set_streak(struct ballast_block *block, u8 streak);
/* Seconds of the boot clock, modulo 2^16, at which an access was last seen. */
u16 ballast_block_seen(const struct ballast_block *block);
void ballast_block_set_seen(struct ballast_block *block, u16 seconds);

bool ballast_block_expanded(const struct ballast_block *block);
int ballast_block_expand(struct ballast_block *block, atomic_long_t *bytes);
void ballast_block_collapse(struct ballast_block *block, u8 state,
			    atomic_long_t *bytes);
void ballast_block_clear(struct ballast_block *block, atomic_long_t *bytes);

void ballast_block_load(const struct ballast_block *block, u8 *states);
void ballast_block_save(struct ballast_block *block, const u8 *states,
			unsigned int first, unsigned int last);
u32 ballast_block_states(const struct ballast_block *block);
u8 ballast_block_page(const struct ballast_block *block, unsigned int page);
struct ballast_suspects ballast_block_suspects(const struct ballast_block *block);
void ballast_block_set_suspects(struct ballast_block *block,
				struct ballast_suspects suspects);

void ballast_block_credit(struct ballast_block *block, unsigned int page);
unsigned int ballast_block_take_credit(struct ballast_block *block, unsigned long *bits);

void ballast_block_owe(struct ballast_block *block, unsigned int first,
		       unsigned int last, atomic_long_t *bytes);
bool ballast_block_owes(const struct ballast_block *block, unsigned int page);
bool ballast_block_owes_any(const struct ballast_block *block);
void ballast_block_forgive(struct ballast_block *block, atomic_long_t *bytes);
bool ballast_block_repay(struct ballast_block *block, unsigned int first,
			 unsigned int last, atomic_long_t *bytes);

static inline bool ballast_block_event(const struct ballast_block *block, int ev)
{
	return atomic_read(&block->events) & ev;
}

static inline void ballast_block_raise(struct ballast_block *block, int ev)
{
	if (!ballast_block_event(block, ev))
		atomic_or(ev, &block->events);
}

static inline bool ballast_block_take(struct ballast_block *block, int ev)
{
	return ballast_block_event(block, ev) &&
	       (atomic_fetch_andnot(ev, &block->events) & ev);
}

#endif /* BALLAST_HOST_STORE_H */
