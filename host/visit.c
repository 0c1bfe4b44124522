// SPDX-License-Identifier: GPL-2.0-only
/*
 * One block's part of a scan pass: find out how it is mapped, age what the
 * plan asks for, step the states.
 *
 * The unit of a block mapped huge is the block: clearing one 4 KiB page of it
 * would clear the accessed bit of all. Whether a block is mapped huge is asked
 * of the host's page table, when the block is new, has been invalidated, or is
 * about to be aged in parts. The guest's mapping is never larger than the
 * host's, so the host's level is always a safe unit.
 */

#include <linux/delay.h>
#include <linux/sched.h>

#include "mrc.h"
#include "trace.h"
#include "visit.h"

/* Look up the mapping level anyway after that many passes. */
#define LEVEL_CHECK_PASSES	16
/* Times an aging call stands back from a contended mmu_lock. */
#define STAND_BACK_MAX		4
#define GIANT_PAGES		(1UL << 18)
#define GIANT_BLOCKS		(GIANT_PAGES / BALLAST_BLOCK_PAGES)

static unsigned int span_pages(const struct ballast_span *span)
{
	return span->last - span->first;
}

/**
 * ballast_stand_back() - let vCPUs go first where they wait for mmu_lock
 * @vm: whose
 *
 * Process context. Return: times that it was so; not for ever.
 */
unsigned int ballast_stand_back(struct ballast_vm *vm)
{
	unsigned int i;

	for (i = 0; i < STAND_BACK_MAX && vm->aging->contended(vm); i++)
		usleep_range(20, 60);
	return i;
}

/* Accessed bits are about to be cleared in some blocks: they count as owed. */
static void begin_clear(struct ballast_block *blocks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ballast_block_raise(&blocks[i], BALLAST_EV_INFLIGHT);
	smp_mb__after_atomic();		/* in flight before a bit is cleared */
}

/* If some were @young, the debt is pages [first, last) of each block. */
static void end_clear(struct ballast_vm *vm, struct ballast_block *blocks, unsigned int nr,
		      unsigned int first, unsigned int last, bool young)
{
	unsigned int i;

	for (i = 0; young && i < nr; i++)
		ballast_block_owe(&blocks[i], first, last, &vm->store_bytes);
	smp_mb__before_atomic();	/* the debt before it is no longer in flight */
	for (i = 0; i < nr; i++)
		ballast_block_take(&blocks[i], BALLAST_EV_INFLIGHT);
}

/**
 * ballast_age() - clear the accessed bits of pages of a block, and note the debt
 * @vm:    whose; scan_lock is held
 * @span:  block
 * @first: first page
 * @last:  one past the last page
 *
 * Return: true when a bit was set, or would be without ticks of the miss-rate curve.
 */
bool ballast_age(struct ballast_vm *vm, const struct ballast_span *span,
		 unsigned int first, unsigned int last)
{
	bool young;

	begin_clear(span->block, 1);
	young = ballast_mrc_clear(vm, span, first, last, vm->aging->clear);
	end_clear(vm, span->block, 1, first, last, young);
	if (ballast_mrc_sampled_in(span))
		young |= ballast_mrc_take_held(vm, span, first, last);
	return young;
}

/* The same as a part of a pass, counted. */
static bool age(struct ballast_visit *v, const struct ballast_span *span,
		unsigned int first, unsigned int last)
{
	bool young;

	v->contended += ballast_stand_back(v->vm);
	young = ballast_age(v->vm, span, first, last);
	if (young) {
		ballast_block_set_seen(span->block, v->now_s);
		v->hits++;
	}
	v->calls++;
	v->scanned_pages += last - first;
	return young;
}

static void move_pages_level(struct ballast_visit *v, u8 from, u8 to, unsigned int pages)
{
	u64 *level_pages = v->vm->level_pages;

	if (from == to)
		return;
	WRITE_ONCE(level_pages[from], level_pages[from] - pages);
	WRITE_ONCE(level_pages[to], level_pages[to] + pages);
	v->changed_pages += pages;
}

static void set_streak(struct ballast_block *block, bool quiet)
{
	u8 streak = ballast_block_streak(block);

	if (!quiet)
		ballast_block_set_streak(block, 0);
	else if (streak < BALLAST_STREAK_MAX)
		ballast_block_set_streak(block, streak + 1);
}

/* All pages of the block go to one state. */
static void make_uniform(struct ballast_visit *v, const struct ballast_span *span, u8 state)
{
	u16 before[BALLAST_NR_LEVELS];
	unsigned int level;

	ballast_span_count(span, before);
	for (level = 0; level < BALLAST_NR_LEVELS; level++)
		move_pages_level(v, level, ballast_activity_level(state), before[level]);
	ballast_block_collapse(span->block, state, &v->vm->store_bytes);
}

/*
 * What is owed lapses when a page has gone cold. The answer of a shared call
 * makes us owe all pages of the call, those nobody touched as well; reported
 * young, they would stand beside the hot ones when the host has to choose.
 * @states: of an expanded block, or NULL for all of a uniform one
 * @fresh:  bit per run that has just answered: whose it was is not known yet
 */
static void let_lapse(struct ballast_visit *v, const struct ballast_span *span,
		      const u8 *states, u8 fresh)
{
	struct ballast_block *block = span->block;
	unsigned int page;

	if (!ballast_block_owes_any(block))
		return;
	rcu_read_lock();
	if (!states)
		ballast_block_repay(block, 0, BALLAST_BLOCK_PAGES, &v->vm->store_bytes);
	for (page = span->first; states && page < span->last; page++)
		if (ballast_activity_level(states[page]) == BALLAST_COLD &&
		    !(fresh >> (page / BALLAST_RUN_PAGES) & 1))
			ballast_block_repay(block, page, page + 1, &v->vm->store_bytes);
	rcu_read_unlock();
}

static void step_uniform(struct ballast_visit *v, const struct ballast_span *span, bool young)
{
	u8 old = ballast_block_state(span->block);
	u8 state = ballast_activity_step(old, young);
	u8 from = ballast_activity_level(old), to = ballast_activity_level(state);

	ballast_block_set_state(span->block, state);
	move_pages_level(v, from, to, span_pages(span));
	if (from != to && to == BALLAST_COLD)
		let_lapse(v, span, NULL, 0);
	set_streak(span->block, from == to && !(old == BALLAST_S_HOTTEST && state != old));
}

static u8 merged_state(const struct ballast_span *span, u8 *states)
{
	u8 state = BALLAST_S_UNSEEN;
	unsigned int i;

	ballast_block_load(span->block, states);
	for (i = span->first; i < span->last; i++)
		state = ballast_activity_merge(state, states[i]);
	return state;
}

static void change_level(struct ballast_visit *v, const struct ballast_span *span, u8 level)
{
	struct ballast_block *block = span->block;
	u64 *map_pages = v->vm->map_pages;
	u8 old = ballast_block_level(block);

	if (old == level)
		return;
	v->remapped = true;
	WRITE_ONCE(map_pages[old], map_pages[old] - span_pages(span));
	WRITE_ONCE(map_pages[level], map_pages[level] + span_pages(span));
	if (level == BALLAST_MAP_NONE) {
		make_uniform(v, span, BALLAST_S_UNSEEN);
		ballast_block_take(block, BALLAST_EV_PRIMED);
		ballast_block_forgive(block, &v->vm->store_bytes);
	} else if (level >= BALLAST_MAP_2M && ballast_block_expanded(block)) {
		make_uniform(v, span, merged_state(span, v->states));
	}
	ballast_block_set_level(block, level);
	ballast_block_set_streak(block, 0);
}

static bool level_check_due(const struct ballast_visit *v, const struct ballast_span *span)
{
	return (v->pass + span->index) % LEVEL_CHECK_PASSES == 0;
}

/* Return: 0, or -ESRCH when the VM's memory has gone. */
static int check_level(struct ballast_visit *v, const struct ballast_span *span)
{
	unsigned long hva = span->hva + ((unsigned long)span->first << PAGE_SHIFT);
	u8 old = ballast_block_level(span->block);
	int level;

	if (!ballast_block_take(span->block, BALLAST_EV_INVALID) &&
	    old != BALLAST_MAP_NONE && !ballast_block_expanded(span->block) &&
	    !level_check_due(v, span))
		return 0;
	level = v->vm->aging->level(v->vm, hva);
	if (level == -EAGAIN) {		/* being changed: again in the next pass */
		ballast_block_raise(span->block, BALLAST_EV_INVALID);
		return 0;
	}
	if (level < 0)
		return level;
	/*
	 * A block at the edge of its slot, or aligned otherwise than in the
	 * host, is mapped small in the guest whatever the host does, and may
	 * lie in two host tables: it is small, mapped or not.
	 */
	if (!span->huge)
		level = BALLAST_MAP_4K;
	change_level(v, span, level);
	return 0;
}

/*
 * Nothing to do in this pass: every page is in a terminal state whose turn it
 * is not, nobody is suspect, and nobody has told us anything.
 */
static bool left_out(const struct ballast_visit *v, const struct ballast_span *span)
{
	const struct ballast_block *block = span->block;

	return !ballast_block_event(block, BALLAST_EV_CREDIT | BALLAST_EV_INVALID) &&
	       ballast_block_level(block) != BALLAST_MAP_NONE &&
	       ballast_block_level(block) != BALLAST_MAP_1G &&
	       !level_check_due(v, span) &&
	       !ballast_block_suspects(block).patience &&
	       ballast_plan_nobody(ballast_plan_turns(v->pass, span->index,
						      ballast_block_streak(block)),
				   ballast_block_states(block));
}

/*
 * A block of a 1 GiB page: the first one asks for all. A GiB that is not whole
 * in its slot, or aligned otherwise than in the host, is mapped by 2 MiB at
 * most.
 */
static bool age_giant(struct ballast_visit *v, const struct ballast_slot *slot,
		      const struct ballast_span *span)
{
	u64 start = round_down(span->gfn, GIANT_PAGES);
	unsigned long before = span->gfn - start;
	unsigned long hva = span->hva - (before << PAGE_SHIFT);
	struct ballast_block *blocks;

	if (span->gfn < v->giant_end)
		return v->giant_young;
	if (start < slot->gfn || start + GIANT_PAGES > slot->gfn + slot->pages ||
	    !IS_ALIGNED(hva, GIANT_PAGES << PAGE_SHIFT))
		return age(v, span, 0, BALLAST_BLOCK_PAGES);
	v->contended += ballast_stand_back(v->vm);
	blocks = span->block - (before >> BALLAST_BLOCK_SHIFT);
	begin_clear(blocks, GIANT_BLOCKS);
	v->giant_young = v->vm->aging->clear(v->vm, hva, hva + (GIANT_PAGES << PAGE_SHIFT));
	end_clear(v->vm, blocks, GIANT_BLOCKS, 0, BALLAST_BLOCK_PAGES, v->giant_young);
	v->giant_end = start + GIANT_PAGES;
	v->calls++;
	v->hits += v->giant_young;
	return v->giant_young;
}

static void visit_huge(struct ballast_visit *v, const struct ballast_slot *slot,
		       const struct ballast_span *span)
{
	struct ballast_block *block = span->block;
	bool giant = ballast_block_level(block) == BALLAST_MAP_1G;
	bool young;

	if (giant) {
		young = age_giant(v, slot, span);
		if (young)
			ballast_block_set_seen(block, v->now_s);
	} else {
		young = age(v, span, 0, BALLAST_BLOCK_PAGES);
	}
	young |= ballast_block_take(block, BALLAST_EV_CREDIT);
	if (!ballast_block_event(block, BALLAST_EV_PRIMED))
		ballast_block_raise(block, BALLAST_EV_PRIMED);
	else
		step_uniform(v, span, young);
}

/*
 * A small block with one state for all: one call if it is likely idle.
 * Return: true when the block is done, false when it must be looked at by page.
 */
static bool visit_uniform(struct ballast_visit *v, const struct ballast_span *span)
{
	static const struct ballast_suspects everybody = {
		.coarse = 0xff, .patience = BALLAST_SUSPECT_PASSES,
	};
	struct ballast_block *block = span->block;
	bool young;

	if (!ballast_activity_likely_idle(ballast_block_state(block)))
		return ballast_block_expand(block, &v->vm->store_bytes) != 0;

	young = age(v, span, span->first, span->last);
	young |= ballast_block_take(block, BALLAST_EV_CREDIT);
	if (!ballast_block_event(block, BALLAST_EV_PRIMED)) {
		ballast_block_raise(block, BALLAST_EV_PRIMED);
		return true;
	}
	if (!young) {
		step_uniform(v, span, false);
		return true;
	}
	/* Somebody in there: ask by run in the next pass, if memory allows. */
	set_streak(block, false);
	if (!ballast_block_expand(block, &v->vm->store_bytes))
		ballast_block_set_suspects(block, everybody);
	return true;
}

/* Step one page; return whether it counts as quiet. */
static bool step_page(struct ballast_visit *v, unsigned int page, bool young)
{
	u8 old = v->states[page];
	u8 state = ballast_activity_step(old, young);
	u8 from = ballast_activity_level(old), to = ballast_activity_level(state);

	if (state == old)
		return true;
	v->states[page] = state;
	v->stepped = true;
	move_pages_level(v, from, to, 1);
	v->gone_cold |= from != to && to == BALLAST_COLD;
	return from == to && !(old == BALLAST_S_HOTTEST && state != old);
}

static void visit_pages(struct ballast_visit *v, const struct ballast_span *span)
{
	struct ballast_block *block = span->block;
	bool credited = ballast_block_take(block, BALLAST_EV_CREDIT);
	unsigned int named = ballast_block_take_credit(block, v->credit);
	struct ballast_suspects old = ballast_block_suspects(block), found = {};
	struct ballast_turns turns = ballast_plan_turns(v->pass, span->index,
							ballast_block_streak(block));
	struct ballast_plan plan;
	unsigned int page;
	bool quiet = true;
	u8 fresh;

	ballast_block_load(block, v->states);
	ballast_plan_start(&plan, v->states, old, turns, span->first, span->last);
	if (credited && !named)
		found.coarse = 0xff;

	v->gone_cold = v->stepped = false;
	while (ballast_plan_next(&plan)) {
		bool young = age(v, span, plan.first, plan.last);

		if (young && ballast_plan_pages(&plan) > 1) {
			ballast_plan_suspect(&plan, &found);
			quiet = false;
			continue;
		}
		for (page = plan.first; page < plan.last; page++) {
			bool accessed = young || (named && __test_and_clear_bit(page, v->credit));

			quiet &= step_page(v, page, accessed);
		}
	}
	/* Credited, but left out of the plan or hidden in a shared answer. */
	if (named)
		for_each_set_bit(page, v->credit, BALLAST_BLOCK_PAGES)
			if (page >= span->first && page < span->last)
				quiet &= step_page(v, page, true);

	if (v->stepped)
		ballast_block_save(block, v->states, span->first, span->last);
	fresh = found.coarse | found.fine;
	found = ballast_suspects_next(&old, &found);
	ballast_block_set_suspects(block, found);
	set_streak(block, quiet);
	/* Whose answer the last pass heard is known by now, as far as it ever will be. */
	if (v->gone_cold || old.patience == BALLAST_SUSPECT_PASSES)
		let_lapse(v, span, v->states, fresh);
	if (!found.patience && is_power_of_2(ballast_block_states(block)))
		ballast_block_collapse(block, v->states[span->first], &v->vm->store_bytes);
}

/**
 * ballast_visit_block() - one block's part of a pass
 * @v:    pass
 * @slot: slot of the block
 * @span: the block
 *
 * Process context, under scan_lock. Return: 0, or -ESRCH when the VM's memory
 * has gone.
 */
int ballast_visit_block(struct ballast_visit *v, const struct ballast_slot *slot,
			const struct ballast_span *span)
{
	struct ballast_block *block = span->block;
	u64 calls = v->calls, changed = v->changed_pages;
	int ret;

	if (left_out(v, span))
		return 0;
	ret = check_level(v, span);
	if (ret || ballast_block_level(block) == BALLAST_MAP_NONE)
		return ret;
	if (ballast_block_level(block) >= BALLAST_MAP_2M)
		visit_huge(v, slot, span);
	else if (ballast_block_expanded(block) || !visit_uniform(v, span))
		visit_pages(v, span);
	if (calls != v->calls)
		trace_ballast_block(v->vm->id, span->gfn, ballast_block_level(block),
				    ballast_block_state(block), v->calls - calls,
				    v->changed_pages - changed);
	return 0;
}
