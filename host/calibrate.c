// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU sets an accessed bit when it walks the page tables, not when it
 * finds the translation in its TLB. A page whose translation stays cached
 * looks idle. Flushing for every clear would be exact and ruinous, so this
 * measures how large the error is: a sample of hot units is cleared and looked
 * at again after a while, first as scanning does it, then with one flush of
 * the whole TLB after clearing. The share of accesses that only the second
 * look finds is published as tlb_blind_bp. Two looks, one flush, once in
 * calibrate_s seconds.
 *
 * What the looks clear is credited to the next pass.
 */

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "calibrate.h"
#include "visit.h"

#define SAMPLES		64
#define SAMPLES_MIN	8
#define LOOK_MS		20

/**
 * struct sample - a hot unit
 * @span:  its block
 * @first: first page
 * @last:  one past the last page
 */
struct sample {
	struct ballast_span span;
	unsigned int first;
	unsigned int last;
};

static bool hot_unit(const struct ballast_span *span, struct sample *sample)
{
	unsigned int page, n = span->last - span->first;
	unsigned int start = get_random_u32() % n;

	sample->span = *span;
	if (ballast_block_level(span->block) == BALLAST_MAP_2M) {
		sample->first = span->first;
		sample->last = span->last;
		return ballast_activity_level(ballast_block_state(span->block)) == BALLAST_HOT;
	}
	if (ballast_block_level(span->block) != BALLAST_MAP_4K)
		return false;
	for (page = 0; page < n; page++) {
		unsigned int p = span->first + (start + page) % n;

		if (ballast_activity_level(ballast_block_page(span->block, p)) != BALLAST_HOT)
			continue;
		sample->first = p;
		sample->last = p + 1;
		return true;
	}
	return false;
}

/* A unit from each of up to SAMPLES blocks, from a random one onwards. */
static unsigned int choose(const struct ballast_memmap *map, struct sample *samples)
{
	unsigned int i, found = 0, first_slot;
	unsigned long nr;

	if (!map->nr)
		return 0;
	first_slot = get_random_u32() % map->nr;
	rcu_read_lock();
	for (i = 0; i < map->nr && found < SAMPLES; i++) {
		const struct ballast_slot *slot = &map->slots[(first_slot + i) % map->nr];
		unsigned long start = get_random_u32() % slot->nr_blocks;

		for (nr = 0; nr < slot->nr_blocks && found < SAMPLES; nr++) {
			struct ballast_span span;

			ballast_slot_span(slot, (start + nr) % slot->nr_blocks, &span);
			found += hot_unit(&span, &samples[found]);
		}
	}
	rcu_read_unlock();
	return found;
}

static bool look(struct ballast_vm *vm, const struct sample *s)
{
	if (!ballast_age(vm, &s->span, s->first, s->last))
		return false;
	rcu_read_lock();
	if (s->last - s->first == 1)
		ballast_block_credit(s->span.block, s->first);
	else
		ballast_block_raise(s->span.block, BALLAST_EV_CREDIT);
	rcu_read_unlock();
	return true;
}

static unsigned int look_all(struct ballast_vm *vm, const struct sample *samples,
			     unsigned int nr)
{
	unsigned int i, young = 0;

	for (i = 0; i < nr; i++)
		young += look(vm, &samples[i]);
	return young;
}

/*
 * Flush through a hot page that has been left alone: it must be mapped, and on
 * some kernels young.
 */
static bool flush(struct ballast_vm *vm, const struct sample *s)
{
	unsigned long hva = s->span.hva + ((unsigned long)s->first << PAGE_SHIFT);

	if (vm->aging->level(vm, hva) <= BALLAST_MAP_NONE || !vm->aging->flush(vm, hva))
		return false;
	WRITE_ONCE(vm->counters.flushes, vm->counters.flushes + 1);
	return true;
}

static void measure(struct ballast_vm *vm, const struct sample *samples, unsigned int nr)
{
	const struct sample *spare = &samples[--nr];
	unsigned int without, with;

	look_all(vm, samples, nr);
	msleep(LOOK_MS);
	without = look_all(vm, samples, nr);
	if (!flush(vm, spare))
		return;
	msleep(LOOK_MS);
	with = look_all(vm, samples, nr);
	WRITE_ONCE(vm->counters.tlb_blind_bp,
		   with > without ? (with - without) * 10000 / with : 0);
	WRITE_ONCE(vm->counters.blind_samples, nr);
}

/**
 * ballast_calibrate() - measure the blind share, if it is time
 * @vm: under scan_lock, map in place
 */
void ballast_calibrate(struct ballast_vm *vm)
{
	struct ballast_memmap *map = ballast_vm_map(vm);
	u32 interval = READ_ONCE(vm->calibrate_s);
	struct sample *samples;
	unsigned int nr;

	if (!map || !interval || ballast_vm_dying(vm) ||
	    ktime_ms_delta(ktime_get(), vm->last_calibration) < (s64)interval * MSEC_PER_SEC)
		return;
	samples = kvcalloc(SAMPLES, sizeof(*samples), GFP_KERNEL);
	if (!samples)
		return;
	vm->last_calibration = ktime_get();
	nr = choose(map, samples);
	if (nr >= SAMPLES_MIN)
		measure(vm, samples, nr);
	kvfree(samples);
}
