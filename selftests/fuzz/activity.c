// SPDX-License-Identifier: GPL-2.0-only
/*
 * The activity FSM: a few pages that are scanned and merged, each held against
 * what policy/activity.h promises of its history.
 */

#include "fuzz.h"

#include "policy/activity.c"

#define PAGES		4
/* Scans of one input: enough for every promise, and quick. */
#define SCANS_MAX	128
/* Equal gaps between accesses after which a rhythm has settled. */
#define SETTLED		4
/* The longest rhythm for which all accesses fall into one level. */
#define RHYTHM_MAX	5

/**
 * struct page - a page and what is known of it
 * @history:  bit per scan, the last one lowest: accessed
 * @scans:    number of them
 * @idle:     scans since the last access
 * @gap:      scans between the last two accesses
 * @gaps:     how many gaps in a row were as long
 * @state:    under test
 * @reached:  level right after the last access
 * @steady:   level in which the rhythm has settled
 * @accessed: there was an access
 */
struct page {
	u64 history;
	unsigned int scans;
	unsigned int idle;
	unsigned int gap;
	unsigned int gaps;
	u8 state;
	u8 reached;
	u8 steady;
	bool accessed;
};

/* Scans without an access that a page of a level stays in it for. */
static const u8 outlives[BALLAST_NR_LEVELS] = {
	[BALLAST_HOT] = 2, [BALLAST_WARM] = 3, [BALLAST_COOL] = 4, [BALLAST_COLD] = 0,
};

static const u8 first_of_level[BALLAST_NR_LEVELS] = {
	[BALLAST_HOT] = BALLAST_S_HOT0, [BALLAST_WARM] = BALLAST_S_WARM0,
	[BALLAST_COOL] = BALLAST_S_COOL0, [BALLAST_COLD] = BALLAST_S_COLD0,
};

FUZZ_ORACLE static u8 level_of(const struct page *p)
{
	return ballast_states[p->state].level;
}

/* What holds for any state, whatever its history. */
FUZZ_ORACLE static void check_state(const struct page *p)
{
	u8 level;

	MUST(p->state < BALLAST_NR_STATES, "a state is one of the table: %u", p->state);
	level = level_of(p);
	MUST((p->state == BALLAST_S_UNSEEN) == !p->scans,
	     "unseen is a page that no scan has looked at, and no other: %u after %u scans",
	     p->state, p->scans);
	MUST((level == BALLAST_UNKNOWN) == (p->state == BALLAST_S_UNSEEN),
	     "the level is unknown of unseen pages, and of no other: %u", p->state);
	MUST(level < BALLAST_NR_LEVELS, "a level is one of the UAPI: %u", level);
	if (!p->scans)
		return;
	MUST(p->state >= first_of_level[level] &&
	     (level == BALLAST_COLD || p->state < first_of_level[level - 1]),
	     "states are numbered from the hottest level to the coldest: %u in %u",
	     p->state, level);
}

/* What one scan may do. */
FUZZ_ORACLE static void check_step(const struct page *before, const struct page *p)
{
	int from = level_of(before), to = level_of(p);

	if (!before->scans)
		return;
	if (p->history & 1) {
		MUST(to >= from && p->state <= before->state,
		     "an access never makes a page colder: %u to %u", before->state, p->state);
		MUST(before->idle < 2 || !before->accessed || to == from ||
		     (from == BALLAST_COLD && to == BALLAST_COOL),
		     "an access after two idle scans heats cold pages only: %u to %u",
		     before->state, p->state);
		MUST(to != BALLAST_HOT || from == BALLAST_HOT || p->history & 6,
		     "a page gets hot by two accesses close together: %u to %u",
		     before->state, p->state);
	} else {
		MUST(to <= from && p->state >= before->state,
		     "an idle scan never makes a page hotter: %u to %u", before->state, p->state);
	}
	MUST(to - from <= 1 && from - to <= 1,
	     "one scan moves a page by one level at most: %u to %u", before->state, p->state);
}

/* What a history means, wherever it began. */
FUZZ_ORACLE static void check_history(const struct page *p)
{
	u8 level = level_of(p);

	if (!p->scans)
		return;
	MUST(p->scans < 3 || (p->history & 7) != 7 || p->state == BALLAST_S_HOTTEST,
	     "accessed in three scans in a row is hottest: %u", p->state);
	MUST(p->scans < 8 || p->history & 0xff || level == BALLAST_COLD,
	     "idle for eight scans is cold: %u", p->state);
	MUST(p->scans < 10 || p->history & 0x3ff || p->state == BALLAST_S_COLDEST,
	     "idle for ten scans is coldest: %u", p->state);
	MUST(!ballast_states[p->state].likely_idle || !(p->history & 7),
	     "likely idle is nobody who was accessed in the last three scans: %u", p->state);
	MUST(level != BALLAST_COLD || ballast_states[p->state].likely_idle,
	     "a cold page is likely idle: %u", p->state);
	if (!p->accessed)
		return;
	MUST(p->idle > outlives[p->reached] || level == p->reached,
	     "a level outlives some idle scans: %u after %u of them, from level %u",
	     p->state, p->idle, p->reached);
	MUST(p->state - first_of_level[level] <= (int)p->idle,
	     "the age in a level is a lower bound of the idle scans: %u after %u",
	     p->state, p->idle);
	MUST(p->gaps <= SETTLED || p->gap > RHYTHM_MAX || p->idle >= p->gap || level == p->steady,
	     "a steady rhythm stays in one level: an access in %u scans, %u to %u",
	     p->gap, p->steady, level);
}

FUZZ_ORACLE static void note(struct page *p, bool accessed)
{
	p->history = p->history << 1 | accessed;
	p->scans++;
	if (!accessed) {
		p->idle++;
		return;
	}
	if (p->accessed && p->gap == p->idle + 1) {
		p->gaps++;
	} else {
		p->gap = p->accessed ? p->idle + 1 : 0;
		p->gaps = p->accessed;
	}
	if (p->gaps == SETTLED)
		p->steady = level_of(p);
	p->accessed = true;
	p->idle = 0;
	p->reached = level_of(p);
}

static void scan(struct page *p, bool accessed)
{
	const struct page before = *p;

	p->state = ballast_activity_step(p->state, accessed);
	MUST(p->state < BALLAST_NR_STATES, "a state is one of the table: %u", p->state);
	note(p, accessed);
	check_state(p);
	check_step(&before, p);
	check_history(p);
}

/* Two pages become one unit; a third one for the order of merging. */
static void merge(struct page *a, struct page *b, const struct page *c)
{
	u8 state = ballast_activity_merge(a->state, b->state);
	u8 hotter = max_t(u8, level_of(a), level_of(b));

	MUST(state == a->state || state == b->state,
	     "a unit is in the state of one of its parts: %u of %u, %u",
	     state, a->state, b->state);
	/* Unknown is the lowest of levels, and so yields to any other. */
	MUST(ballast_activity_level(state) == hotter,
	     "a unit is as hot as its hottest part: %u of %u, %u", state, a->state, b->state);
	MUST(state == ballast_activity_merge(b->state, a->state),
	     "it does not matter which of two is merged into the other: %u, %u",
	     a->state, b->state);
	MUST(ballast_activity_merge(state, c->state) ==
	     ballast_activity_merge(a->state, ballast_activity_merge(b->state, c->state)),
	     "it does not matter which two of three are merged first: %u, %u, %u",
	     a->state, b->state, c->state);
	*a = *b = state == a->state ? *a : *b;
	check_state(a);
	check_history(a);
}

/*
 * An operation is a byte: two bits for the page, two for the kind, four for how
 * much; scans by bits of the byte that follows.
 */
static void fuzz_one(struct fuzz_input *in)
{
	struct page pages[PAGES] = {};
	unsigned int scans = 0, i;

	while (fuzz_more(in) && scans < SCANS_MAX) {
		u8 op = fuzz_u8(in), much = op >> 4, bits;
		struct page *p = &pages[op & 3], *other = &pages[much & 3];

		switch (op >> 2 & 3) {
		case 0:			/* eight scans */
			for (bits = fuzz_u8(in), i = 0; i < 8; i++)
				scan(p, bits >> i & 1);
			scans += 8;
			break;
		case 1:			/* nobody touches it */
			for (i = 0; i <= much; i++)
				scan(p, false);
			scans += i;
			break;
		case 2:			/* a rhythm */
			for (i = 0; i < (SETTLED + 3) * (1 + (much & 7u)); i++)
				scan(p, i % (1 + (much & 7u)) == 0);
			scans += i;
			break;
		default:
			if (p == other)	/* unmapped, and new */
				*p = (struct page){};
			else
				merge(p, other, &pages[much >> 2]);
			scans++;
		}
	}
}
