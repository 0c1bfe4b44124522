// SPDX-License-Identifier: GPL-2.0-only
/* Packed state of guest memory; the header explains who may touch what. */

#include <linux/slab.h>

#include "store.h"

#define WORD_PAGES	8	/* states packed in a word */

struct ballast_table {
	u32 states[BALLAST_BLOCK_PAGES / WORD_PAGES];	/* four bits a page, lowest first */
	DECLARE_BITMAP(credit, BALLAST_BLOCK_PAGES);
	struct ballast_suspects suspects;
	u16 present;			/* bit per state that a page is in */
	struct rcu_head rcu;
};

struct ballast_owed {
	DECLARE_BITMAP(pages, BALLAST_BLOCK_PAGES);
	struct rcu_head rcu;
};

static struct kmem_cache *table_cache;

#define STATE_MASK	0xfu
#define LEVEL_SHIFT	4
#define LEVEL_MASK	0x3u
#define STREAK_SHIFT	6
#define STREAK_MASK	0xfu
#define SEEN_SHIFT	16

int ballast_store_init(void)
{
	BUILD_BUG_ON(BALLAST_NR_STATES > 16);
	BUILD_BUG_ON(BALLAST_STREAK_MAX > STREAK_MASK);
	BUILD_BUG_ON(sizeof(struct ballast_table) + sizeof(struct ballast_owed) +
		     sizeof(struct ballast_block) > BALLAST_BLOCK_PAGES);
	table_cache = KMEM_CACHE(ballast_table, SLAB_ACCOUNT);
	return table_cache ? 0 : -ENOMEM;
}

void ballast_store_exit(void)
{
	rcu_barrier();	/* tables still on their way through RCU */
	kmem_cache_destroy(table_cache);
}

static u32 field(const struct ballast_block *block, int shift, u32 mask)
{
	return READ_ONCE(block->packed) >> shift & mask;
}

static void set_field(struct ballast_block *block, int shift, u32 mask, u32 value)
{
	WRITE_ONCE(block->packed,
		   (block->packed & ~(mask << shift)) | (value & mask) << shift);
}

u8 ballast_block_state(const struct ballast_block *block)
{
	return field(block, 0, STATE_MASK);
}

void ballast_block_set_state(struct ballast_block *block, u8 state)
{
	set_field(block, 0, STATE_MASK, state);
}

u8 ballast_block_level(const struct ballast_block *block)
{
	return field(block, LEVEL_SHIFT, LEVEL_MASK);
}

void ballast_block_set_level(struct ballast_block *block, u8 level)
{
	set_field(block, LEVEL_SHIFT, LEVEL_MASK, level);
}

u8 ballast_block_streak(const struct ballast_block *block)
{
	return field(block, STREAK_SHIFT, STREAK_MASK);
}

void ballast_block_set_streak(struct ballast_block *block, u8 streak)
{
	set_field(block, STREAK_SHIFT, STREAK_MASK, streak);
}

u16 ballast_block_seen(const struct ballast_block *block)
{
	return field(block, SEEN_SHIFT, U16_MAX);
}

void ballast_block_set_seen(struct ballast_block *block, u16 seconds)
{
	set_field(block, SEEN_SHIFT, U16_MAX, seconds);
}

/* The scanner's own view: nobody else replaces the table. */
static struct ballast_table *own_table(const struct ballast_block *block)
{
	return rcu_dereference_protected(block->table, true);
}

bool ballast_block_expanded(const struct ballast_block *block)
{
	return rcu_access_pointer(block->table);
}

/**
 * ballast_block_expand() - give each page a state of its own
 * @block: uniform or expanded block
 * @bytes: account
 *
 * Every page starts with the block's state. May sleep. Return: 0 or -ENOMEM.
 */
int ballast_block_expand(struct ballast_block *block, atomic_long_t *bytes)
{
	struct ballast_table *table;
	u8 state = ballast_block_state(block);

	if (own_table(block))
		return 0;
	table = kmem_cache_zalloc(table_cache, GFP_KERNEL | __GFP_NOWARN);
	if (!table)
		return -ENOMEM;
	memset(table->states, state | state << 4, sizeof(table->states));
	table->present = BIT(state);
	atomic_long_add(sizeof(*table), bytes);
	rcu_assign_pointer(block->table, table);
	return 0;
}

static void free_table_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(table_cache, container_of(rcu, struct ballast_table, rcu));
}

/**
 * ballast_block_collapse() - one state for all pages
 * @block: uniform or expanded block
 * @state: the state
 * @bytes: account
 *
 * A credit given in this very moment may be lost with the table; an access
 * missed once is found by the next.
 */
void ballast_block_collapse(struct ballast_block *block, u8 state,
			    atomic_long_t *bytes)
{
	struct ballast_table *table = own_table(block);

	ballast_block_set_state(block, state);
	if (!table)
		return;
	RCU_INIT_POINTER(block->table, NULL);
	atomic_long_sub(sizeof(*table), bytes);
	call_rcu(&table->rcu, free_table_rcu);
}

/**
 * ballast_block_forgive() - nothing is owed any more, and no bits are needed
 * @block: block
 * @bytes: account
 *
 * Scanner only; callbacks may still write to bits on their way through RCU.
 */
void ballast_block_forgive(struct ballast_block *block, atomic_long_t *bytes)
{
	struct ballast_owed *owed = rcu_dereference_protected(block->owed, true);

	ballast_block_take(block, BALLAST_EV_OWED_ALL);
	if (!owed)
		return;
	RCU_INIT_POINTER(block->owed, NULL);
	atomic_long_sub(sizeof(*owed), bytes);
	kfree_rcu(owed, rcu);
}

/* Forget all about a block; its memory is gone, or the VM is. */
void ballast_block_clear(struct ballast_block *block, atomic_long_t *bytes)
{
	ballast_block_collapse(block, BALLAST_S_UNSEEN, bytes);
	ballast_block_forgive(block, bytes);
	atomic_set(&block->events, 0);
	WRITE_ONCE(block->packed, 0);
}

/* Eight states, the first in the lowest byte. */
static void put_word(u8 *states, u64 value)
{
	__le64 word = cpu_to_le64(value);

	memcpy(states, &word, sizeof(word));
}

static u64 get_word(const u8 *states)
{
	__le64 word;

	memcpy(&word, states, sizeof(word));
	return le64_to_cpu(word);
}

/* Eight packed states to a byte each. */
static u64 spread(u32 packed)
{
	u64 x = packed;

	x = (x | x << 16) & 0x0000ffff0000ffffULL;
	x = (x | x << 8) & 0x00ff00ff00ff00ffULL;
	return (x | x << 4) & 0x0f0f0f0f0f0f0f0fULL;
}

static u32 squeeze(u64 x)
{
	x = (x | x >> 4) & 0x00ff00ff00ff00ffULL;
	x = (x | x >> 8) & 0x0000ffff0000ffffULL;
	return (u32)(x | x >> 16);
}

/**
 * ballast_block_load() - unpack the states of all pages
 * @block:  block
 * @states: array of BALLAST_BLOCK_PAGES
 *
 * Called by the scanner, or under rcu_read_lock().
 */
void ballast_block_load(const struct ballast_block *block, u8 *states)
{
	const struct ballast_table *table = rcu_dereference_check(block->table, true);
	unsigned int i;

	if (!table) {
		memset(states, ballast_block_state(block), BALLAST_BLOCK_PAGES);
		return;
	}
	for (i = 0; i < BALLAST_BLOCK_PAGES; i += WORD_PAGES)
		put_word(states + i, spread(READ_ONCE(table->states[i / WORD_PAGES])));
}

/**
 * ballast_block_save() - pack the states of all pages of an expanded block
 * @block:  block
 * @states: array of BALLAST_BLOCK_PAGES
 * @first:  first page that is memory
 * @last:   one past the last
 */
void ballast_block_save(struct ballast_block *block, const u8 *states,
			unsigned int first, unsigned int last)
{
	struct ballast_table *table = own_table(block);
	u32 present = 0;
	unsigned int i;

	for (i = 0; i < BALLAST_BLOCK_PAGES; i += WORD_PAGES)
		WRITE_ONCE(table->states[i / WORD_PAGES], squeeze(get_word(states + i)));
	for (i = first; i < last; i++)
		present |= BIT(states[i]);
	table->present = present;
}

/* Bit per state that a page of the block is in. Scanner only. */
u32 ballast_block_states(const struct ballast_block *block)
{
	const struct ballast_table *table = own_table(block);

	return table ? table->present : BIT(ballast_block_state(block));
}

/* State of one page; called under rcu_read_lock(). */
u8 ballast_block_page(const struct ballast_block *block, unsigned int page)
{
	const struct ballast_table *table = rcu_dereference(block->table);

	if (!table)
		return ballast_block_state(block);
	return READ_ONCE(table->states[page / WORD_PAGES]) >> (page % WORD_PAGES * 4) & 0xf;
}

struct ballast_suspects ballast_block_suspects(const struct ballast_block *block)
{
	const struct ballast_table *table = own_table(block);

	return table ? table->suspects : (struct ballast_suspects){};
}

/* Of an expanded block. */
void ballast_block_set_suspects(struct ballast_block *block,
				struct ballast_suspects suspects)
{
	own_table(block)->suspects = suspects;
}

/* A foreign ager found @page accessed. Any context, under rcu_read_lock(). */
void ballast_block_credit(struct ballast_block *block, unsigned int page)
{
	struct ballast_table *table = rcu_dereference(block->table);

	if (table)
		set_bit(page, table->credit);
	smp_mb__after_atomic();	/* the bit before the flag that tells of it */
	ballast_block_raise(block, BALLAST_EV_CREDIT);
}

/**
 * ballast_block_take_credit() - collect what others saw
 * @block: block
 * @bits:  bitmap of BALLAST_BLOCK_PAGES, cleared when nothing is known by page
 *
 * Return: pages credited by name; with none, and BALLAST_EV_CREDIT raised
 * before, somebody in the block was accessed. The caller takes the event.
 */
unsigned int ballast_block_take_credit(struct ballast_block *block, unsigned long *bits)
{
	struct ballast_table *table = own_table(block);
	unsigned int i;

	bitmap_zero(bits, BALLAST_BLOCK_PAGES);
	if (!table)
		return 0;
	for (i = 0; i < BITS_TO_LONGS(BALLAST_BLOCK_PAGES); i++)
		if (READ_ONCE(table->credit[i]))
			bits[i] = xchg(&table->credit[i], 0);
	return bitmap_weight(bits, BALLAST_BLOCK_PAGES);
}

static struct ballast_owed *alloc_owed(bool all, gfp_t gfp)
{
	struct ballast_owed *owed = kzalloc(sizeof(*owed), gfp | __GFP_NOWARN);

	if (owed && all)
		bitmap_fill(owed->pages, BALLAST_BLOCK_PAGES);
	return owed;
}

/* Publish @owed unless somebody was faster; return what is published. */
static struct ballast_owed *install_owed(struct ballast_block *block,
					 struct ballast_owed *owed,
					 atomic_long_t *bytes)
{
	struct ballast_owed *old;

	old = unrcu_pointer(cmpxchg(&block->owed, NULL, RCU_INITIALIZER(owed)));
	if (old) {
		kfree(owed);
		return old;
	}
	atomic_long_add(sizeof(*owed), bytes);
	return owed;
}

/**
 * ballast_block_owe() - we cleared accessed bits that others have not seen
 * @block: block
 * @first: first page
 * @last:  one past the last page
 * @bytes: account
 *
 * Scanner only. Without memory for the bits the whole block is owed: others
 * then keep more pages than they need to, never fewer.
 */
void ballast_block_owe(struct ballast_block *block, unsigned int first,
		       unsigned int last, atomic_long_t *bytes)
{
	struct ballast_owed *owed = rcu_dereference_protected(block->owed, true);
	unsigned int page;

	if (ballast_block_event(block, BALLAST_EV_OWED_ALL))
		return;
	if (!owed && last - first < BALLAST_BLOCK_PAGES &&
	    ballast_block_level(block) < BALLAST_MAP_2M) {
		owed = alloc_owed(false, GFP_KERNEL);
		if (owed)
			owed = install_owed(block, owed, bytes);
	}
	if (!owed || last - first == BALLAST_BLOCK_PAGES) {
		ballast_block_raise(block, BALLAST_EV_OWED_ALL);
		return;
	}
	for (page = first; page < last; page++)
		set_bit(page, owed->pages);
}

/* Is an accessed bit of @page owed? Any context, under rcu_read_lock(). */
bool ballast_block_owes(const struct ballast_block *block, unsigned int page)
{
	const struct ballast_owed *owed;

	if (ballast_block_event(block, BALLAST_EV_OWED_ALL))
		return true;
	owed = rcu_dereference(block->owed);
	return owed && test_bit(page, owed->pages);
}

/* Is anything owed in the block? Any context. */
bool ballast_block_owes_any(const struct ballast_block *block)
{
	const struct ballast_owed *owed;
	bool any = ballast_block_event(block, BALLAST_EV_OWED_ALL);

	rcu_read_lock();
	owed = rcu_dereference(block->owed);
	if (owed && !any)
		any = !bitmap_empty(owed->pages, BALLAST_BLOCK_PAGES);
	rcu_read_unlock();
	return any;
}

/**
 * ballast_block_repay() - tell others of accessed bits, or forget them
 * @block: block
 * @first: first page
 * @last:  one past the last page
 * @bytes: account
 *
 * Any context, under rcu_read_lock(). Return: whether one was owed.
 */
bool ballast_block_repay(struct ballast_block *block, unsigned int first,
			 unsigned int last, atomic_long_t *bytes)
{
	struct ballast_owed *owed;
	bool was = false;
	unsigned int page;

	owed = rcu_dereference(block->owed);
	if (ballast_block_event(block, BALLAST_EV_OWED_ALL)) {
		if (ballast_block_level(block) >= BALLAST_MAP_2M) {
			first = 0;
			last = BALLAST_BLOCK_PAGES;
		}
		if (last - first == BALLAST_BLOCK_PAGES) {
			was = true;
		} else if (owed) {
			bitmap_fill(owed->pages, BALLAST_BLOCK_PAGES);
		} else {
			owed = alloc_owed(true, GFP_NOWAIT);
			if (!owed)
				return true;	/* stays owed */
			owed = install_owed(block, owed, bytes);
		}
		was &= ballast_block_take(block, BALLAST_EV_OWED_ALL);
	}
	if (!owed)
		return was;
	for (page = first; page < last; page++)
		if (test_bit(page, owed->pages) &&
		    test_and_clear_bit(page, owed->pages))
			was = true;
	return was;
}
