// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curve: list, groups and counts. The header explains them. */

#include "policy/mrc.h"

const struct ballast_mrc_config ballast_mrc_defaults = {
	.half_life_ms = 45000,
	.settle_ms = 30000,
	.quiet = 3,
	.pause_min_ms = 30000,
	.pause_max_ms = 600000,
	.touched_bp = 15000,
	.tight_bp = 2500,
	.tight_misses = 20000,
};

/* Weights of a small page: finer than 1 only where blocks' would be rounded badly. */
#define FINE_WEIGHT	16
/* A year: data of more time is as good as no limit. */
#define DATA_NS_MAX	(31536000ull * 1000000000)
/* Of a row and column, per interval and decayed: so sums and their roots fit. */
#define NOW_MAX		(1ull << 43)
#define OLD_MAX		(1ull << 52)

/* --- plan ---------------------------------------------------------------------------------- */

/*
 * Memory that is mapped huge has as many entries as if it were mapped small, as long as
 * there are that many blocks. When all blocks are entries the rest must be drawn at a
 * rate that whole weights can tell.
 */
void ballast_mrc_plan(u64 pages, u32 wanted, u32 seed, struct ballast_mrc_plan *plan)
{
	u64 rate;

	pages = clamp_t(u64, pages, 1, BALLAST_MRC_PAGES_MAX);
	wanted = clamp_t(u32, wanted, 1, BALLAST_MRC_ENTRIES_MAX);
	rate = div64_u64((u64)wanted * BALLAST_MRC_ALL, pages);
	rate = clamp_t(u64, rate, 1, BALLAST_MRC_ALL);
	*plan = (struct ballast_mrc_plan) {
		.seed = seed,
		.page_rate = (u32)rate,
		.block_rate = (u32)rate * BALLAST_MRC_BLOCK_PAGES,
		.page_weight = 1,
		.block_weight = 1,
	};
	if (rate * BALLAST_MRC_BLOCK_PAGES <= BALLAST_MRC_ALL)
		return;
	plan->page_weight = FINE_WEIGHT;
	plan->block_weight = (u16)(rate * FINE_WEIGHT * BALLAST_MRC_BLOCK_PAGES / BALLAST_MRC_ALL);
	plan->block_rate = BALLAST_MRC_ALL;
	plan->page_rate = plan->block_weight *
			  (BALLAST_MRC_ALL / (FINE_WEIGHT * BALLAST_MRC_BLOCK_PAGES));
}

bool ballast_mrc_config_valid(const struct ballast_mrc_config *config)
{
	return config->quiet >= 1 && config->pause_min_ms <= config->pause_max_ms &&
	       config->tight_bp <= 10000;
}

/*
 * The error of a position in the sample is largest in the middle and none at either end,
 * as the root of f (1 - f) is; widths of groups go with it. 3 f^2 - 2 f^3 is nearly that,
 * in integers. None is narrower than an entry.
 */
static void cut(struct ballast_mrc *mrc, u64 weight)
{
	const u64 n = BALLAST_MRC_GROUPS;
	u32 least = mrc->plan.page_weight, end = 0;
	u64 g;

	for (g = 1; g < n; g++) {
		u64 wish = div64_u64(weight * g * g * (3 * n - 2 * g), n * n * n);

		end = (u32)max_t(u64, wish, (u64)end + least);
		if (end >= weight)
			break;
		mrc->groups[g - 1].end = end;
	}
	mrc->groups[g - 1].end = ~0u;
	mrc->nr_groups = (u32)g;
}

void ballast_mrc_init(struct ballast_mrc *mrc, struct ballast_mrc_entry *entries, u32 nr_entries,
		      const struct ballast_mrc_plan *plan, u64 pages,
		      const struct ballast_mrc_config *config)
{
	u64 weight;
	u32 g;

	memset(mrc, 0, sizeof(*mrc));
	mrc->entries = entries;
	mrc->nr_entries = min_t(u32, nr_entries, BALLAST_MRC_ENTRIES_MAX);
	memset(entries, 0, sizeof(*entries) * mrc->nr_entries);
	mrc->plan = *plan;
	mrc->plan.page_rate = min_t(u32, plan->page_rate, BALLAST_MRC_ALL);
	mrc->plan.block_rate = min_t(u32, plan->block_rate, BALLAST_MRC_ALL);
	mrc->config = *config;
	mrc->head = BALLAST_MRC_NONE;
	mrc->window = 1;
	ballast_mrc_resize(mrc, pages);
	for (g = 0; g < BALLAST_MRC_GROUPS; g++)
		mrc->groups[g].tail = BALLAST_MRC_NONE;
	weight = ballast_mrc_mul_div(mrc->pages, mrc->plan.page_rate, BALLAST_MRC_ALL);
	/* No more than there is room for, whatever the plan. */
	cut(mrc, min_t(u64, min_t(u64, weight, BALLAST_MRC_ENTRIES_MAX) * plan->page_weight,
		       1u << 30));
}

void ballast_mrc_resize(struct ballast_mrc *mrc, u64 pages)
{
	mrc->pages = clamp_t(u64, pages, 1, BALLAST_MRC_PAGES_MAX);
}

void ballast_mrc_used(struct ballast_mrc *mrc, u64 pages)
{
	mrc->used = min_t(u64, pages, mrc->pages);
}

/* --- list ---------------------------------------------------------------------------------- */

/* Between @prev and what follows it; at the head if that is none. */
static void chain(struct ballast_mrc *mrc, u32 index, u32 prev)
{
	struct ballast_mrc_entry *e = &mrc->entries[index];

	e->prev = prev;
	e->next = prev == BALLAST_MRC_NONE ? mrc->head : mrc->entries[prev].next;
	if (e->next != BALLAST_MRC_NONE)
		mrc->entries[e->next].prev = index;
	if (prev == BALLAST_MRC_NONE)
		mrc->head = index;
	else
		mrc->entries[prev].next = index;
}

static void unchain(struct ballast_mrc *mrc, u32 index)
{
	struct ballast_mrc_entry *e = &mrc->entries[index];

	if (e->next != BALLAST_MRC_NONE)
		mrc->entries[e->next].prev = e->prev;
	if (e->prev == BALLAST_MRC_NONE)
		mrc->head = e->next;
	else
		mrc->entries[e->prev].next = e->next;
}

/* Its neighbour is the tail then, if that is of the group. */
static void leave_tail(struct ballast_mrc *mrc, struct ballast_mrc_group *group, u32 index)
{
	const struct ballast_mrc_entry *e = &mrc->entries[index];

	if (group->tail != index)
		return;
	group->tail = e->prev;
	if (e->prev != BALLAST_MRC_NONE && mrc->entries[e->prev].group != e->group)
		group->tail = BALLAST_MRC_NONE;
}

/* Out of its group and the list; what follows has wrong groups until pulled or pushed. */
static void take(struct ballast_mrc *mrc, u32 index)
{
	struct ballast_mrc_entry *e = &mrc->entries[index];
	struct ballast_mrc_group *group = &mrc->groups[e->group];

	leave_tail(mrc, group, index);
	group->weight -= e->weight;
	mrc->listed -= e->weight;
	unchain(mrc, index);
}

/* Behind @prev, in its group; or first of all. */
static void put(struct ballast_mrc *mrc, u32 index, u32 prev)
{
	struct ballast_mrc_entry *e = &mrc->entries[index];
	struct ballast_mrc_group *group;

	e->group = prev == BALLAST_MRC_NONE ? 0 : mrc->entries[prev].group;
	group = &mrc->groups[e->group];
	chain(mrc, index, prev);
	group->weight += e->weight;
	mrc->listed += e->weight;
	if (group->tail == prev || group->tail == BALLAST_MRC_NONE)
		group->tail = index;
}

static u32 weight_before(const struct ballast_mrc *mrc, u32 group)
{
	u32 g, sum = 0;

	for (g = 0; g < group; g++)
		sum += mrc->groups[g].weight;
	return sum;
}

/* To the next group, of which it is the first one then. */
static void push_tail(struct ballast_mrc *mrc, struct ballast_mrc_group *group)
{
	struct ballast_mrc_group *behind = group + 1;
	u32 index = group->tail;
	struct ballast_mrc_entry *e = &mrc->entries[index];

	leave_tail(mrc, group, index);
	if (behind->tail == BALLAST_MRC_NONE)
		behind->tail = index;
	e->group++;
	group->weight -= e->weight;
	behind->weight += e->weight;
}

/*
 * Entries have moved back by some weight, from group @from to the end of @to: tails that
 * begin behind their group's end go to the next one. One or none of each group, if all
 * weigh the same. Light ones can be pushed far behind where a heavy one was.
 */
static void push(struct ballast_mrc *mrc, u32 from, u32 to)
{
	u32 sum = weight_before(mrc, from), g;
	bool pushed = false;

	for (g = from; g + 1 < mrc->nr_groups && (g <= to || pushed); g++) {
		struct ballast_mrc_group *group = &mrc->groups[g];

		sum += group->weight;
		pushed = false;
		while (group->tail != BALLAST_MRC_NONE) {
			u32 weight = mrc->entries[group->tail].weight;

			if (sum - weight < group->end)
				break;
			push_tail(mrc, group);
			sum -= weight;
			pushed = true;
		}
	}
}

/* Entries of group @from and behind have moved to the front by some weight. */
static void pull(struct ballast_mrc *mrc, u32 from)
{
	u32 sum = weight_before(mrc, from), index = mrc->head, g;

	for (g = 0; g < from; g++)
		if (mrc->groups[g].tail != BALLAST_MRC_NONE)
			index = mrc->entries[mrc->groups[g].tail].next;
	for (g = from; g < mrc->nr_groups; g++) {
		struct ballast_mrc_group *group = &mrc->groups[g];

		if (group->tail != BALLAST_MRC_NONE)
			index = mrc->entries[group->tail].next;
		sum += group->weight;
		while (index != BALLAST_MRC_NONE && sum < group->end) {
			struct ballast_mrc_entry *e = &mrc->entries[index];
			struct ballast_mrc_group *old = &mrc->groups[e->group];

			/* It is the first of its group: the last as well, or that stays. */
			if (old->tail == index)
				old->tail = BALLAST_MRC_NONE;
			old->weight -= e->weight;
			e->group = (u8)g;
			group->tail = index;
			group->weight += e->weight;
			sum += e->weight;
			index = e->next;
		}
	}
}

static void to_head(struct ballast_mrc *mrc, u32 index)
{
	struct ballast_mrc_entry *e = &mrc->entries[index];
	u32 to = mrc->nr_groups - 1;

	if (e->listed) {
		to = e->group;
		take(mrc, index);
	}
	e->listed = 1;
	put(mrc, index, BALLAST_MRC_NONE);
	push(mrc, 0, to);
}

/* --- entries ------------------------------------------------------------------------------- */

static bool is_entry(const struct ballast_mrc *mrc, u32 index)
{
	return index < mrc->nr_entries && mrc->entries[index].weight;
}

static void set_kind(struct ballast_mrc *mrc, struct ballast_mrc_entry *e, bool huge)
{
	u16 weight = huge ? mrc->plan.block_weight : mrc->plan.page_weight;

	if (e->weight)
		mrc->sampled[e->huge]--;
	mrc->sampled[huge]++;
	mrc->weight += weight - e->weight;
	e->weight = weight;
	e->huge = huge;
}

void ballast_mrc_add(struct ballast_mrc *mrc, u32 index, bool huge)
{
	if (index >= mrc->nr_entries || mrc->entries[index].weight)
		return;
	mrc->entries[index] = (struct ballast_mrc_entry) { .window = mrc->window - 1 };
	set_kind(mrc, &mrc->entries[index], huge);
}

void ballast_mrc_add_beside(struct ballast_mrc *mrc, u32 index, bool huge, u32 other)
{
	if (is_entry(mrc, index))
		return;
	ballast_mrc_add(mrc, index, huge);
	if (!is_entry(mrc, index) || !is_entry(mrc, other) || !mrc->entries[other].listed)
		return;
	mrc->entries[index].window = mrc->entries[other].window;
	mrc->entries[index].listed = 1;
	put(mrc, index, other);
	push(mrc, mrc->entries[other].group, mrc->nr_groups - 1);
}

void ballast_mrc_change(struct ballast_mrc *mrc, u32 index, bool huge)
{
	struct ballast_mrc_entry *e;
	u16 before;

	if (!is_entry(mrc, index) || mrc->entries[index].huge == huge)
		return;
	e = &mrc->entries[index];
	before = e->weight;
	set_kind(mrc, e, huge);
	if (!e->listed)
		return;
	mrc->groups[e->group].weight += e->weight - before;
	mrc->listed += e->weight - before;
	if (e->weight > before)
		push(mrc, e->group, mrc->nr_groups - 1);
	else
		pull(mrc, e->group);
}

void ballast_mrc_remove(struct ballast_mrc *mrc, u32 index)
{
	struct ballast_mrc_entry *e;

	if (!is_entry(mrc, index))
		return;
	e = &mrc->entries[index];
	if (e->listed) {
		take(mrc, index);
		pull(mrc, e->group);
	}
	mrc->sampled[e->huge]--;
	mrc->weight -= e->weight;
	e->weight = 0;
}

/* --- accesses ------------------------------------------------------------------------------ */

/*
 * Replicates are of one size, and an entry's is by its index: neighbours are not in one.
 * Each row of the array is turned by a hash, or a pattern in memory could meet them.
 */
static u32 row_of(const struct ballast_mrc *mrc, u32 index)
{
	u32 turn = ballast_mrc_hash(index / BALLAST_MRC_REPLICATES + ((u64)mrc->plan.seed << 32));
	const struct ballast_mrc_entry *e = &mrc->entries[index];

	if ((e->huge ? mrc->plan.block_rate : mrc->plan.page_rate) >= BALLAST_MRC_ALL)
		return BALLAST_MRC_CERTAIN;
	return (index + turn) % BALLAST_MRC_REPLICATES;
}

void ballast_mrc_access(struct ballast_mrc *mrc, u32 index)
{
	struct ballast_mrc_entry *e;
	u64 *count;

	if (!is_entry(mrc, index))
		return;
	e = &mrc->entries[index];
	count = &mrc->now[row_of(mrc, index)][e->listed ? e->group : BALLAST_MRC_COLD];
	/* The more rarely a kind is drawn, the more accesses one of it stands for. */
	*count += e->huge ? mrc->plan.block_weight :
			    (u64)mrc->plan.page_weight * BALLAST_MRC_BLOCK_PAGES;
	*count = min_t(u64, *count, NOW_MAX);
	if (e->window != mrc->window)
		mrc->window_weight += e->weight;
	e->window = mrc->window;
	to_head(mrc, index);
}

void ballast_mrc_touch(struct ballast_mrc *mrc, u32 index)
{
	if (is_entry(mrc, index))
		to_head(mrc, index);
}

void ballast_mrc_window(struct ballast_mrc *mrc)
{
	u32 now = min_t(u32, mrc->window_weight, 1u << 27) * 16;

	/* A quarter of what is more, an eighth of what is less: rather too much. */
	if (!mrc->touched)
		mrc->touched = now;
	else if (now > mrc->touched)
		mrc->touched += (now - mrc->touched) / 4;
	else
		mrc->touched -= (mrc->touched - now) / 8;
	mrc->window++;
	mrc->window_weight = 0;
}

void ballast_mrc_total(struct ballast_mrc *mrc, u64 accesses)
{
	u64 seen = 0;
	u32 r, c;

	/* To what the sample should have counted. */
	accesses = min_t(u64, accesses, 1ull << 50) * BALLAST_MRC_BLOCK_PAGES;
	accesses = min_t(u64, ballast_mrc_mul_div(accesses, mrc->weight, mrc->pages), 1ull << 50);
	for (r = 0; r < BALLAST_MRC_ROWS; r++)
		for (c = 0; c < BALLAST_MRC_COLUMNS; c++)
			seen += mrc->now[r][c];
	mrc->hidden = (s64)accesses - (s64)seen;
}

/* --- time ---------------------------------------------------------------------------------- */

/* 2 to the power of -(1/2, 1/4 ... 1/65536), in 1/2^32. */
static const u32 roots[16] = {
	3037000500u, 3611622603u, 3938502376u, 4112874773u, 4202935003u, 4248701965u,
	4271771996u, 4283353945u, 4289156690u, 4292061010u, 4293513907u, 4294240540u,
	4294603903u, 4294785595u, 4294876445u, 4294921870u,
};

/* What is left after some time of what there was, in 1/2^32; all of it is one less. */
static u32 left_after(u64 ns, u32 half_life_ms)
{
	u64 halves, left = ~0u;
	u32 i;

	if (!half_life_ms)
		return ~0u;
	ns = min_t(u64, ns, 1ull << 46);
	halves = div64_u64(ns << 16, (u64)half_life_ms * 1000000);
	if (halves >> 16 >= 32)
		return 0;
	for (i = 0; i < 16; i++)
		if (halves & (1u << (15 - i)))
			left = left * roots[i] >> 32;
	return (u32)(left >> (halves >> 16));
}

static u64 decay(u64 x, u32 left)
{
	return left == ~0u ? x : mul_u64_u32_shr(x, left, 32);
}

static void fold_hidden(struct ballast_mrc *mrc, u32 left)
{
	u64 size = (u64)(mrc->old_hidden < 0 ? -mrc->old_hidden : mrc->old_hidden);
	s64 old = (s64)decay(size, left);

	old = mrc->old_hidden < 0 ? -old : old;
	old += mrc->hidden * (1 << BALLAST_MRC_OLD_SHIFT);
	mrc->old_hidden = clamp_t(s64, old, -(1ll << 60), 1ll << 60);
	mrc->hidden = 0;
}

void ballast_mrc_fold(struct ballast_mrc *mrc, u64 elapsed_ns)
{
	u32 left = left_after(elapsed_ns, mrc->config.half_life_ms), r, c;

	if (!elapsed_ns)
		return;
	elapsed_ns = min_t(u64, elapsed_ns, DATA_NS_MAX);
	for (c = 0; c < BALLAST_MRC_COLUMNS; c++) {
		mrc->last[c] = 0;
		for (r = 0; r < BALLAST_MRC_ROWS; r++) {
			u64 now = mrc->now[r][c] << BALLAST_MRC_OLD_SHIFT;
			u64 old = decay(mrc->old[r][c], left);

			mrc->old[r][c] = min_t(u64, old + now, OLD_MAX);
			mrc->last[c] += now;
			mrc->now[r][c] = 0;
		}
	}
	fold_hidden(mrc, left);
	mrc->interval_ns = elapsed_ns;
	mrc->data_ns = min_t(u64, decay(mrc->data_ns, left) + elapsed_ns, DATA_NS_MAX);
}

/* --- pauses -------------------------------------------------------------------------------- */

u32 ballast_mrc_pause_ms(struct ballast_mrc *mrc, const struct ballast_mrc_curve *curve)
{
	const struct ballast_mrc_config *config = &mrc->config;

	if (!ballast_mrc_stable(mrc, curve)) {
		ballast_mrc_rearm(mrc);
		return 0;
	}
	mrc->quiet = min_t(u32, mrc->quiet, config->quiet) + 1;
	if (mrc->quiet < config->quiet)
		return 0;
	/* After a pause as many intervals are looked at again. */
	mrc->quiet = 0;
	mrc->pause_ms = (u32)min_t(u64, (u64)mrc->pause_ms * 2, config->pause_max_ms);
	mrc->pause_ms = max_t(u32, mrc->pause_ms, config->pause_min_ms);
	return mrc->pause_ms;
}

void ballast_mrc_rearm(struct ballast_mrc *mrc)
{
	mrc->quiet = 0;
	mrc->pause_ms = 0;
}
