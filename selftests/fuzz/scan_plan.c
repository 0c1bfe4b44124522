// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scan plan, in two ways: plans of any block, and a block that lives: pages
 * are touched, passes ask as the plan says and step the pages as the host module
 * does. Plans are held against an oracle that says of each page by itself
 * whether it is due and with whom; lives against the bounds within which a page
 * must have been looked at, stepped, found.
 */

#include "fuzz.h"

#include "policy/activity.c"
#include "policy/scan_plan.c"

#define PLANS_MAX	2
/* Pages times passes of one input. */
#define WORK_MAX	640
#define RHYTHMS		4

/* Passes between two looks at a page. */
#define WAIT_HOTTEST	16
#define WAIT_COLDEST	4
/* Looks in a row after which nobody steps: at the block, at a run. */
#define UNSTEPPED_MAX	2
/* Its turn, the block, the run, then three accesses of its own. */
#define PASSES_TO_HOT	8
/* Its turn, and three touches that are three passes apart. */
#define PASSES_TO_FIND	12
/*
 * A hottest page may wait twice, the first look finding an old access; then
 * eight idle steps, with some looks between that step nobody.
 */
#define PASSES_TO_COLD	44

/* --- a plan ----------------------------------------------------------------- */

/* With whom a page shares a call: a run, anybody, nobody. */
enum { ALONE = -1, ANYBODY = BALLAST_BLOCK_RUNS, NOT_DUE };

/**
 * struct block - what a plan is made from
 * @state:    of each page
 * @first:    first page that is memory
 * @end:      one past the last
 * @suspects: as they are
 * @turns:    likewise
 */
struct block {
	u8 state[BALLAST_BLOCK_PAGES];
	unsigned int first;
	unsigned int end;
	struct ballast_suspects suspects;
	struct ballast_turns turns;
};

FUZZ_ORACLE static int company(const struct block *b, unsigned int page)
{
	unsigned int run = page / BALLAST_RUN_PAGES;
	bool coarse = b->suspects.coarse >> run & 1, fine = b->suspects.fine >> run & 1;
	u8 state = b->state[page];

	if (state == BALLAST_S_HOTTEST && !b->turns.hot)
		return NOT_DUE;
	if (state == BALLAST_S_COLDEST && !b->turns.cold && !coarse && !fine)
		return NOT_DUE;
	if (fine || !ballast_states[state].likely_idle)
		return ALONE;
	return coarse ? (int)run : ANYBODY;
}

/* The plan stands at a range: is it the next one, and all of it? */
FUZZ_ORACLE static void check_range(const struct block *b, const struct ballast_plan *plan,
				    unsigned int at)
{
	unsigned int first = plan->first, last = plan->last, page;
	int with;

	MUST(first >= b->first && last <= b->end, "no range leaves the memory: %u to %u of %u to %u",
	     first, last, b->first, b->end);
	MUST(first < last, "no range is empty: %u to %u", first, last);
	MUST(first >= at, "no page is asked twice: %u after %u", first, at);
	for (page = at; page < first; page++)
		MUST(company(b, page) == NOT_DUE, "nobody who is due is left out: %u in state %u",
		     page, b->state[page]);
	with = company(b, first);
	MUST(with != NOT_DUE, "nobody is asked who is not due: %u in state %u",
	     first, b->state[first]);
	MUST(with != ALONE || last == first + 1,
	     "who is likely accessed or suspected is asked alone: %u to %u", first, last);
	for (page = first + 1; page < last; page++)
		MUST(company(b, page) == with, "only like pages share a call: %u and %u in %u to %u",
		     first, page, first, last);
	MUST(with == ALONE || last == b->end || company(b, last) != with,
	     "like neighbours share a call: %u to %u, and %u", first, last, last);
}

FUZZ_ORACLE static void check_rest(const struct block *b, unsigned int at)
{
	unsigned int page;

	for (page = at; page < b->end; page++)
		MUST(company(b, page) == NOT_DUE, "nobody who is due is left out: %u in state %u",
		     page, b->state[page]);
}

FUZZ_ORACLE static void check_nobody(const struct block *b, bool nobody)
{
	unsigned int page;
	u32 states = 0;

	for (page = b->first; page < b->end; page++)
		states |= 1u << b->state[page];
	MUST(nobody == ballast_plan_nobody(b->turns, states),
	     "that nobody is due is known from the states: %x", states);
}

/* What a shared answer says, and what suspicion comes to. */
FUZZ_ORACLE static void check_suspects(const struct ballast_suspects *old,
				       const struct ballast_suspects *found,
				       const struct ballast_suspects *next)
{
	u8 was = old->coarse | old->fine, now = next->coarse | next->fine;
	bool answer = found->coarse | found->fine;

	MUST(!(next->coarse & next->fine), "a run is asked in one way: %x, %x",
	     next->coarse, next->fine);
	MUST(!now == !next->patience, "there is patience as long as there are suspects: %x, %u",
	     now, next->patience);
	MUST(!answer || next->patience == BALLAST_SUSPECT_PASSES,
	     "an answer renews patience: %u", next->patience);
	MUST(answer || next->patience == (old->patience ? old->patience - 1 : 0),
	     "a pass without an answer takes from patience: %u of %u",
	     next->patience, old->patience);
	MUST(!(next->fine & ~(old->fine | found->fine)) &&
	     !(now & ~(was | found->coarse | found->fine)),
	     "nobody is suspected who did not answer: %x, %x", next->coarse, next->fine);
	MUST(!next->patience || !((was | found->coarse | found->fine) & ~now),
	     "nobody who answered is forgotten while patience lasts: %x, %x",
	     next->coarse, next->fine);
	MUST(!next->patience || !((old->fine | found->fine) & ~next->fine),
	     "who was asked page by page is not asked by run again: %x, %x",
	     next->coarse, next->fine);
}

FUZZ_ORACLE static void check_answer(const struct ballast_plan *plan,
				     const struct ballast_suspects *before,
				     const struct ballast_suspects *found)
{
	unsigned int run;
	bool fine = plan->last - plan->first <= BALLAST_RUN_PAGES;

	for (run = 0; run < BALLAST_BLOCK_RUNS; run++) {
		bool in = run * BALLAST_RUN_PAGES < plan->last &&
			  (run + 1) * BALLAST_RUN_PAGES > plan->first;

		MUST((found->fine >> run & 1) == ((before->fine >> run & 1) | (in && fine)) &&
		     (found->coarse >> run & 1) == ((before->coarse >> run & 1) | (in && !fine)),
		     "suspected are the runs that answered, and no other: %u by %u to %u",
		     run, plan->first, plan->last);
	}
}

/* --- plans of any block ----------------------------------------------------- */

/* The next range of a plan, checked. */
static bool next_checked(const struct block *b, struct ballast_plan *plan, unsigned int *at)
{
	if (!ballast_plan_next(plan)) {
		check_rest(b, *at);
		return false;
	}
	check_range(b, plan, *at);
	*at = plan->last;
	return true;
}

/* @told: somebody else has seen an access in the block, and does not know whose */
static void any_plan(struct block *b, bool told)
{
	struct ballast_suspects found = { .coarse = told ? 0xff : 0 }, next;
	struct ballast_plan plan;
	unsigned int at = b->first, calls = 0;

	ballast_plan_start(&plan, b->state, b->suspects, b->turns, b->first, b->end);
	for (; next_checked(b, &plan, &at); calls++) {
		if (ballast_plan_pages(&plan) > 1 && calls % 3 == 0) {	/* an access */
			struct ballast_suspects before = found;

			ballast_plan_suspect(&plan, &found);
			check_answer(&plan, &before, &found);
		}
	}
	if (!(b->suspects.coarse | b->suspects.fine))
		check_nobody(b, !calls);
	next = ballast_suspects_next(&b->suspects, &found);
	check_suspects(&b->suspects, &found, &next);
}

/* Bits and pieces of an input: edges of the memory, suspects, turns, states. */
static void plans(struct fuzz_input *in)
{
	struct block b;
	unsigned int n, page;

	memset(b.state, BALLAST_S_COLDEST, sizeof(b.state));
	for (n = 0; n < PLANS_MAX && (!n || fuzz_more(in)); n++) {
		u8 how = fuzz_u8(in), pieces = how >> 5, patience = 0;

		b.turns.hot = how & 1;
		b.turns.cold = how & 2;
		b.first = how & 4 ? fuzz_u16(in) % BALLAST_BLOCK_PAGES : 0;
		b.end = how & 8 ? b.first + 1 + fuzz_u16(in) % (BALLAST_BLOCK_PAGES - b.first) :
			BALLAST_BLOCK_PAGES;
		b.suspects = (struct ballast_suspects){};
		if (how & 16) {
			b.suspects.coarse = fuzz_u8(in);
			b.suspects.fine = fuzz_u8(in) & ~b.suspects.coarse;
			patience = fuzz_u8(in);
			if (b.suspects.coarse | b.suspects.fine)
				b.suspects.patience = 1 + patience % BALLAST_SUSPECT_PASSES;
		}
		for (page = b.first; pieces; pieces--) {
			u8 piece = fuzz_u8(in);
			unsigned int pages = 1u << (piece & 7), state = piece >> 4;

			for (; pages && page < b.end; pages--, page++)
				b.state[page] = (state + (piece & 8 ? page : 0)) %
						BALLAST_NR_STATES;
		}
		any_plan(&b, patience & 128);
	}
}

/* --- a block that lives ----------------------------------------------------- */

/**
 * struct past - of a page
 * @waited:    passes since it was last looked at
 * @unstepped: looks in a row after which it did not step
 * @idle:      passes since it was touched
 * @each:      passes in a row in which it was touched
 * @often:     passes in a row of which it was touched in one of three
 * @touched:   since it was last asked
 */
struct past {
	u8 waited;
	u8 unstepped;
	u8 idle;
	u8 each;
	u8 often;
	bool touched;
};

/**
 * struct rhythm - touches to come
 * @page:  which
 * @every: in one of that many passes, or 0: never
 */
struct rhythm {
	u16 page;
	u8 every;
};

/**
 * struct life - a block through passes
 * @b:       the block
 * @past:    of each page
 * @rhythms: of some pages
 * @pass:    number of the pass
 * @number:  of the block
 * @streak:  visits since a page last changed level
 */
struct life {
	struct block b;
	struct past past[BALLAST_BLOCK_PAGES];
	struct rhythm rhythms[RHYTHMS];
	u64 pass;
	u64 number;
	u8 streak;
};

/* Old enough for any bound. */
FUZZ_ORACLE static u8 one_more(u8 count)
{
	return count < 255 ? count + 1 : count;
}

FUZZ_ORACLE static bool ask(struct life *l, const struct ballast_plan *plan)
{
	bool young = false;
	unsigned int page;

	for (page = plan->first; page < plan->last; page++) {
		young |= l->past[page].touched;
		l->past[page].touched = false;
		l->past[page].waited = 0;
		l->past[page].unstepped++;
	}
	return young;
}

static bool step(struct life *l, unsigned int page, bool young)
{
	u8 old = l->b.state[page], state = ballast_activity_step(old, young);

	l->b.state[page] = state;
	l->past[page].unstepped = 0;
	return ballast_activity_level(old) == ballast_activity_level(state) &&
	       !(old == BALLAST_S_HOTTEST && state != old);
}

FUZZ_ORACLE static void check_page(const struct life *l, unsigned int page)
{
	const struct past *p = &l->past[page];
	u8 state = l->b.state[page], level = ballast_states[state].level;
	u8 wait = state == BALLAST_S_HOTTEST ? WAIT_HOTTEST :
		  state == BALLAST_S_COLDEST ? WAIT_COLDEST : 1;

	MUST(p->waited < wait, "nobody waits too long: %u for %u passes, in state %u",
	     page, p->waited, state);
	MUST(p->unstepped <= UNSTEPPED_MAX, "nobody is asked and asked without a step: %u, %u looks",
	     page, p->unstepped);
	MUST(p->each < PASSES_TO_HOT || level == BALLAST_HOT,
	     "who is touched in every pass is hot: %u for %u passes, in state %u",
	     page, p->each, state);
	MUST(p->often < PASSES_TO_FIND || level >= BALLAST_COOL,
	     "who is touched in one of three passes is found: %u for %u passes, in state %u",
	     page, p->often, state);
	MUST(p->idle < PASSES_TO_COLD || level == BALLAST_COLD,
	     "who is not touched goes cold: %u for %u passes, in state %u", page, p->idle, state);
}

FUZZ_ORACLE static void check_turns(const struct life *l)
{
	MUST(l->streak || (l->b.turns.hot && l->b.turns.cold),
	     "while pages change level it is everybody's turn");
	MUST(!(l->b.turns.hot && !l->b.turns.cold),
	     "hot pages are left alone longest");
}

FUZZ_ORACLE static void age_all(struct life *l)
{
	unsigned int page;

	for (page = l->b.first; page < l->b.end; page++) {
		struct past *p = &l->past[page];

		p->each = p->idle ? 0 : one_more(p->each);
		p->often = p->idle < 3 ? one_more(p->often) : 0;
		p->waited = one_more(p->waited);
	}
}

FUZZ_ORACLE static void end_of_pass(struct life *l)
{
	unsigned int page;

	for (page = l->b.first; page < l->b.end; page++) {
		check_page(l, page);
		l->past[page].idle = one_more(l->past[page].idle);
	}
}

/* One pass, as the host module runs it. @told: see any_plan() */
static void pass(struct life *l, bool told)
{
	struct block *b = &l->b;
	struct ballast_suspects found = { .coarse = told ? 0xff : 0 }, next;
	unsigned int at = b->first, page;
	struct ballast_plan plan;
	bool quiet = true;

	b->turns = ballast_plan_turns(l->pass, l->number, l->streak);
	check_turns(l);
	age_all(l);
	ballast_plan_start(&plan, b->state, b->suspects, b->turns, b->first, b->end);
	while (next_checked(b, &plan, &at)) {
		bool young = ask(l, &plan);

		if (young && ballast_plan_pages(&plan) > 1) {
			ballast_plan_suspect(&plan, &found);
			quiet = false;
			continue;
		}
		for (page = plan.first; page < plan.last; page++)
			quiet &= step(l, page, young);
	}
	next = ballast_suspects_next(&b->suspects, &found);
	check_suspects(&b->suspects, &found, &next);
	b->suspects = next;
	l->streak = quiet ? min_t(u8, l->streak + 1, BALLAST_STREAK_MAX) : 0;
	end_of_pass(l);
	l->pass++;
}

static void touch(struct life *l, unsigned int page)
{
	page = l->b.first + page % (l->b.end - l->b.first);
	l->past[page].touched = true;
	l->past[page].idle = 0;
}

static void keep_rhythms(struct life *l)
{
	unsigned int i;

	for (i = 0; i < RHYTHMS; i++)
		if (l->rhythms[i].every && l->pass % l->rhythms[i].every == 0)
			touch(l, l->rhythms[i].page);
}

/* Few pages, over the edge of two runs, or more than a run; in any state. */
static void be_born(struct life *l, struct fuzz_input *in)
{
	static const struct { u16 first, end; } memory[] = {
		{ 62, 67 }, { 126, 130 }, { 0, 2 }, { 61, 128 },
	};
	u8 how = fuzz_u8(in), state = how >> 2 & 15;
	unsigned int page;

	memset(l, 0, sizeof(*l));
	l->b.first = memory[how & 3].first;
	l->b.end = memory[how & 3].end;
	for (page = l->b.first; page < l->b.end; page++) {
		l->b.state[page] = state;
		l->past[page].idle = 1;
	}
	if (how & 64) {			/* any time, any block, after any quiet */
		l->pass = (u64)-32 + fuzz_u8(in);
		l->number = fuzz_u8(in);
		l->streak = fuzz_u8(in) & BALLAST_STREAK_MAX;
	}
}

/*
 * An operation is a byte: two bits for the kind, six for the page or how often;
 * passes, a touch, a touch of several, a rhythm or the word of an access.
 */
static void live(struct fuzz_input *in)
{
	static struct life l;
	unsigned int work = 0, i;
	bool told = false;

	be_born(&l, in);
	while (fuzz_more(in) && work < WORK_MAX) {
		u8 op = fuzz_u8(in), much = op >> 2;

		switch (op & 3) {
		case 0:
			for (i = 0; i <= much && work < WORK_MAX; i++) {
				keep_rhythms(&l);
				pass(&l, told);
				told = false;
				work += l.b.end - l.b.first;
			}
			break;
		case 1:
			touch(&l, much * 8u);
			break;
		case 2:
			for (i = 0; i <= much; i++)
				touch(&l, fuzz_more(in) ? *in->at + i : i);
			break;
		default:
			told = much & 32;
			l.rhythms[much % RHYTHMS].every = much / RHYTHMS % 8;
			l.rhythms[much % RHYTHMS].page = fuzz_u16(in);
		}
	}
}

static void fuzz_one(struct fuzz_input *in)
{
	if (fuzz_u8(in) & 1)
		plans(in);
	else
		live(in);
}
