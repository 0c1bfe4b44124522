// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of a VM's activity for user space: a chunk at a time is filled under
 * rcu_read_lock() and copied out of it, so nothing is held while a page fault
 * of the reader is served, and scanning never waits for a reader.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "snapshot.h"

/* Bytes filled in one go; also the longest time under rcu_read_lock(). */
#define CHUNK_BYTES	(16 * 1024)

/**
 * struct chunk - records on their way to user space
 * @map:  in force, under rcu_read_lock()
 * @gfn:  first guest frame of the next record
 * @end:  end of guest memory
 * @now_s: boot clock, seconds modulo 2^16
 */
struct chunk {
	const struct ballast_memmap *map;
	u64 gfn;
	u64 end;
	u16 now_s;
};

static void block_at(const struct ballast_slot *slot, u64 gfn, struct ballast_span *span)
{
	ballast_slot_span(slot, (gfn >> BALLAST_BLOCK_SHIFT) -
			  (slot->gfn >> BALLAST_BLOCK_SHIFT), span);
}

static u8 page_byte(u8 state)
{
	return ballast_activity_level(state) | state << 3;
}

/* Pages [first, last) of a block that is, or was a moment ago, expanded. */
static void fill_expanded(const struct ballast_block *block, unsigned int first,
			  unsigned int last, u8 *out)
{
	u8 states[BALLAST_BLOCK_PAGES], bytes[BALLAST_NR_STATES], state;

	for (state = 0; state < BALLAST_NR_STATES; state++)
		bytes[state] = page_byte(state);
	ballast_block_load(block, states);
	while (first < last)
		*out++ = bytes[states[first++]];
}

/* Fill up to @max bytes with one byte per page; at most one block a turn. */
static unsigned int fill_pages(struct chunk *c, u8 *out, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && c->gfn < c->end) {
		const struct ballast_slot *slot = ballast_memmap_slot(c->map, c->gfn);
		u64 stop = min_t(u64, c->end, c->gfn + max - n);
		struct ballast_span span;

		if (!slot)
			break;
		if (slot->gfn > c->gfn) {
			stop = min(stop, slot->gfn);
			memset(out + n, BALLAST_PAGE_HOLE, stop - c->gfn);
			n += stop - c->gfn;
			c->gfn = stop;
			continue;
		}
		block_at(slot, c->gfn, &span);
		stop = min(stop, span.gfn + span.last);
		if (ballast_block_expanded(span.block))
			fill_expanded(span.block, c->gfn - span.gfn, stop - span.gfn, out + n);
		else
			memset(out + n, page_byte(ballast_block_state(span.block)), stop - c->gfn);
		n += stop - c->gfn;
		c->gfn = stop;
	}
	return n;
}

/* Slots that share a 2 MiB block of guest address space add up in its record. */
static void fill_block(struct chunk *c, struct ballast_block_activity *out)
{
	u64 gfn = c->gfn, block_end = c->gfn + BALLAST_BLOCK_PAGES;
	unsigned int level;

	memset(out, 0, sizeof(*out));
	out->idle_s = U16_MAX;
	while (gfn < block_end) {
		const struct ballast_slot *slot = ballast_memmap_slot(c->map, gfn);
		u16 pages[BALLAST_NR_LEVELS];
		struct ballast_span span;

		if (!slot || slot->gfn >= block_end)
			return;
		block_at(slot, max(gfn, slot->gfn), &span);
		ballast_span_count(&span, pages);
		for (level = 0; level < BALLAST_NR_LEVELS; level++)
			out->level_pages[level] += pages[level];
		out->nr_pages += span.last - span.first;
		out->map_level = max(out->map_level, ballast_block_level(span.block));
		if (ballast_block_state(span.block) != BALLAST_S_UNSEEN ||
		    ballast_block_expanded(span.block))
			out->idle_s = min_t(u16, out->idle_s,
					    c->now_s - ballast_block_seen(span.block));
		gfn = span.gfn + span.last;
	}
}

static unsigned int fill_blocks(struct chunk *c, u8 *out, unsigned int max)
{
	unsigned int n = 0;

	while (n + sizeof(struct ballast_block_activity) <= max && c->gfn < c->end) {
		fill_block(c, (struct ballast_block_activity *)(out + n));
		n += sizeof(struct ballast_block_activity);
		c->gfn += BALLAST_BLOCK_PAGES;
	}
	return n;
}

/* One chunk. Return: bytes, 0 at the end of memory, -ENODEV. */
static int fill_chunk(struct ballast_vm *vm, struct chunk *c, u32 grain, u8 *out,
		      unsigned int max)
{
	const struct ballast_slot *last;
	int n = -ENODEV;

	rcu_read_lock();
	c->map = rcu_dereference(vm->map);
	if (c->map) {
		last = c->map->nr ? &c->map->slots[c->map->nr - 1] : NULL;
		c->end = last ? last->gfn + last->pages : 0;
		n = grain == BALLAST_GRAIN_4K ? fill_pages(c, out, max) :
						fill_blocks(c, out, max);
	}
	rcu_read_unlock();
	return n;
}

/**
 * ballast_snapshot_copy() - BALLAST_IOC_VM_ACTIVITY
 * @vm:  attachment
 * @req: checked by the caller; count and pass are set
 *
 * Return: 0, -EFAULT, -EINTR, -ENODEV, -ENOMEM.
 */
int ballast_snapshot_copy(struct ballast_vm *vm, struct ballast_vm_activity *req)
{
	unsigned int size = req->grain == BALLAST_GRAIN_4K ? 1 :
			    sizeof(struct ballast_block_activity);
	u8 __user *to = u64_to_user_ptr(req->buf);
	struct chunk c = {
		.gfn = req->gfn,
		.now_s = ktime_get_boottime_seconds(),
	};
	u64 done = 0;
	int ret = 0;
	u8 *buf;

	buf = kmalloc(CHUNK_BYTES, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	req->pass = READ_ONCE(vm->counters.passes);
	while (done < req->count) {
		unsigned int max = min_t(u64, CHUNK_BYTES, (req->count - done) * size);
		int n = fill_chunk(vm, &c, req->grain, buf, max);

		if (n <= 0) {
			ret = n;
			break;
		}
		if (copy_to_user(to + done * size, buf, n)) {
			ret = -EFAULT;
			break;
		}
		done += n / size;
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		cond_resched();
	}
	req->count = done;
	kfree(buf);
	return ret;
}

/**
 * ballast_snapshot_slots() - where guest memory lies, as of the last pass
 * @vm:      whose
 * @entries: out, ascending by gfn
 * @max:     room in it
 *
 * Return: slots that there are, which may be more than were written.
 */
u32 ballast_snapshot_slots(struct ballast_vm *vm, struct ballast_slot_entry *entries, u32 max)
{
	const struct ballast_memmap *map;
	u32 nr = 0, i;

	rcu_read_lock();
	map = rcu_dereference(vm->map);
	if (map)
		nr = map->nr;
	for (i = 0; i < min(nr, max); i++) {
		entries[i].gfn = map->slots[i].gfn;
		entries[i].pages = map->slots[i].pages;
		entries[i].hva = map->slots[i].hva;
	}
	rcu_read_unlock();
	return nr;
}
