/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Miss-rate curve of a VM that runs: how many misses per second would it have with
 * less memory, or with more?
 *
 * Some of its memory is a sample: of small pages each by itself, of memory that is
 * mapped huge whole 2 MiB blocks, as tracing a page of a huge mapping would split it.
 * Such a page or block is an *entry*. Accesses to entries are reported one by one
 * (trapped), or once per tick (accessed bits). Entries are kept in the order of their
 * last access: what lies before an entry was accessed since, and a memory as large as
 * that, or smaller, would have missed. The list is cut into groups by position; each
 * entry knows its group's number, and each group counts the accesses that find their
 * entry in it. An access moves its entry to the head, and one entry or none over each
 * boundary before its old place: the cost is the number of groups, not of entries
 * (Waldspurger et al., US 9,223,722, claim 1). Hash sampling of a fixed number of
 * entries is that of SHARDS (Waldspurger et al., FAST '15).
 *
 * Entries have weights: those of blocks and of small pages may be drawn at different
 * rates, and an entry's weight is the pages that it stands for, in parts of what a
 * unit of weight stands for in the VM. Positions and sizes of groups are in weight.
 *
 * What comes out is misses per second of traced time, not a share of accesses: an
 * entry is not traced for some time after an access, which hides accesses that hit in
 * all but the smallest memories, and so makes the share worthless and the number of
 * misses not. For the same reason a curve begins at the memory that is touched while an
 * entry is not traced, or in a tick.
 *
 * Error: pages are the clusters of the sample. Accesses are counted in replicates,
 * each of a sixteenth of the entries, and their spread gives the error of the number
 * of misses; the number of sampled pages in a set of pages has an error as well, which
 * moves the curve to the left or right. The band has both.
 *
 * Pure: no locks, no memory of its own, integers only.
 */
#ifndef BALLAST_POLICY_MRC_H
#define BALLAST_POLICY_MRC_H

#include "ballast/policy_env.h"

#define BALLAST_MRC_ENTRIES	1024
#define BALLAST_MRC_ENTRIES_MAX	16384
#define BALLAST_MRC_GROUPS	128
#define BALLAST_MRC_REPLICATES	16
#define BALLAST_MRC_POINTS	(BALLAST_MRC_GROUPS + 1)
#define BALLAST_MRC_BLOCK_PAGES	512
#define BALLAST_MRC_NONE	(~0u)

/* Rates of sampling are in 1/2^24; this one takes all. */
#define BALLAST_MRC_ALL		(1u << 24)
/* A VM's page numbers are below this: four petabytes. */
#define BALLAST_MRC_PAGES_MAX	(1ull << 40)

/**
 * struct ballast_mrc_plan - how to draw the sample
 * @seed:         any number, of the VM; or a guest could know what is sampled
 * @page_rate:    of small pages
 * @block_rate:   of blocks that are mapped huge
 * @page_weight:  in the list; at least 1, like the other one
 * @block_weight: likewise; to @page_weight as 512 @page_rate is to @block_rate
 *
 * With both rates alike, @page_weight 1 and @block_weight 512 it is plain; but then a
 * VM that is mapped huge has a sample of a few blocks. ballast_mrc_plan() draws blocks
 * up to 512 times as often, so that the sample has the size that is wanted however the
 * VM's memory is mapped, and however that changes.
 */
struct ballast_mrc_plan {
	u32 seed;
	u32 page_rate;
	u32 block_rate;
	u16 page_weight;
	u16 block_weight;
};

/**
 * struct ballast_mrc_config - thresholds
 * @half_life_ms: of data, in traced time; 0: nothing is forgotten
 * @settle_ms:    traced time before a curve is stable or tight
 * @quiet:        intervals in a row that a stable curve must be like
 * @pause_min_ms: first pause of tracing
 * @pause_max_ms: longest one; each is twice as long as the one before
 * @touched_bp:   smallest valid size, of the memory that is accessed in a window
 * @tight_bp:     half of a tight band, at most, of the misses there
 * @tight_misses: or so many misses per second, in 1/1000
 */
struct ballast_mrc_config {
	u32 half_life_ms;
	u32 settle_ms;
	u32 quiet;
	u32 pause_min_ms;
	u32 pause_max_ms;
	u32 touched_bp;
	u32 tight_bp;
	u32 tight_misses;
};

extern const struct ballast_mrc_config ballast_mrc_defaults;

/**
 * struct ballast_mrc_entry - an entry, in an array of the caller; for policy/ only
 * @prev:   accessed next after it; BALLAST_MRC_NONE: none
 * @next:   accessed last before it
 * @window: in which it was accessed last
 * @weight: in the list; 0: not of the sample
 * @group:  its number
 * @listed: it has been accessed
 * @huge:   it is a block
 */
struct ballast_mrc_entry {
	u32 prev;
	u32 next;
	u32 window;
	u16 weight;
	u8 group;
	u8 listed : 1;
	u8 huge : 1;
};

/**
 * struct ballast_mrc_group - entries at consecutive positions
 * @end:    position before which entries of the group begin
 * @tail:   the last of them; BALLAST_MRC_NONE: there is none
 * @weight: of all of them
 */
struct ballast_mrc_group {
	u32 end;
	u32 tail;
	u32 weight;
};

/* Replicates of the sample, and what is not sampled but all of its kind. */
#define BALLAST_MRC_CERTAIN	BALLAST_MRC_REPLICATES
#define BALLAST_MRC_ROWS	(BALLAST_MRC_REPLICATES + 1)
/* Groups, and accesses to entries that are not in the list. */
#define BALLAST_MRC_COLD	BALLAST_MRC_GROUPS
#define BALLAST_MRC_COLUMNS	(BALLAST_MRC_GROUPS + 1)

/**
 * struct ballast_mrc - of one VM; fields are for policy/ only
 * @entries:     the caller's
 * @nr_entries:  size of that array
 * @nr_groups:   that are in use
 * @head:        entry that was accessed last
 * @plan:        see there
 * @config:      see there
 * @pages:       of the VM
 * @used:        of them, accessed since sampling began; 0: not known
 * @sampled:     entries of the sample, small pages and blocks
 * @weight:      of the sample
 * @listed:      of that, in the list
 * @window:      number of the current one
 * @window_weight: accessed in the current window
 * @touched:     weight accessed in a window, smoothed, in 1/16
 * @quiet:       intervals in a row that the curve was like
 * @pause_ms:    last one
 * @interval_ns: last interval that had any time
 * @data_ns:     time that counts stand for, decayed
 * @hidden:      accesses of the interval that were not seen, less those too many
 * @old_hidden:  likewise, decayed
 * @groups:      see there
 * @now:         accesses in the interval: a block's counts as many as it weighs, as its
 *               weight is for 512 pages; a small page's 512 times what it weighs
 * @last:        of the interval before, in 1/256 of that
 * @old:         of all intervals, decayed, likewise
 */
struct ballast_mrc {
	struct ballast_mrc_entry *entries;
	u32 nr_entries;
	u32 nr_groups;
	u32 head;
	struct ballast_mrc_plan plan;
	struct ballast_mrc_config config;
	u64 pages;
	u64 used;
	u32 sampled[2];
	u32 weight;
	u32 listed;
	u32 window;
	u32 window_weight;
	u32 touched;
	u32 quiet;
	u32 pause_ms;
	u64 interval_ns;
	u64 data_ns;
	s64 hidden;
	s64 old_hidden;
	struct ballast_mrc_group groups[BALLAST_MRC_GROUPS];
	u64 now[BALLAST_MRC_ROWS][BALLAST_MRC_COLUMNS];
	u64 last[BALLAST_MRC_COLUMNS];
	u64 old[BALLAST_MRC_ROWS][BALLAST_MRC_COLUMNS];
};

static_assert(sizeof(struct ballast_mrc) <= 65536, "memory of a VM");
static_assert(sizeof(struct ballast_mrc_entry) <= 64, "memory of an entry");

/* Decayed counts are in 1/256. */
#define BALLAST_MRC_OLD_SHIFT	8

/* a * b / c; the kernel's own faults when that does not fit. */
static inline u64 ballast_mrc_mul_div(u64 a, u64 b, u64 c)
{
	if (!b)
		return 0;
	if (!c || div64_u64(a, c) >= div64_u64(~0ull, b))
		return ~0ull;
	return mul_u64_u64_div_u64(a, b, c);
}

static inline u32 ballast_mrc_hash(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return (u32)(x >> 32);
}

/* The one point of a stratum, 2^24 long, that draws whose part of it this is. */
static inline u64 ballast_mrc_drawn(u64 stratum, u32 seed)
{
	return (stratum << 24) + (ballast_mrc_hash(stratum + ((u64)seed << 32)) >> 8);
}

/**
 * ballast_mrc_sampled() - is it one of the sample?
 * @number: gfn of a small page, below BALLAST_MRC_PAGES_MAX, or of a block: gfn / 512
 * @rate:   in 1/2^24
 * @seed:   see struct ballast_mrc_plan
 *
 * By hash, so that nobody need remember; but where plain hashing leaves the number to
 * chance, here each 2^24 / @rate consecutive numbers have one that is sampled. Memory
 * that is used together is often together, and then its share of the sample is exact.
 */
static inline bool ballast_mrc_sampled(u64 number, u32 rate, u32 seed)
{
	u64 from = number * rate, to = from + rate;
	u64 first = from >> 24, point = ballast_mrc_drawn(first, seed);

	if (rate >= BALLAST_MRC_ALL || (point >= from && point < to))
		return true;
	return to >> 24 != first && ballast_mrc_drawn(first + 1, seed) < to;
}

/**
 * ballast_mrc_plan() - rates and weights
 * @pages:  of the VM
 * @wanted: entries, at most BALLAST_MRC_ENTRIES_MAX; about as many there will be
 * @seed:   see struct ballast_mrc_plan
 * @plan:   out
 */
void ballast_mrc_plan(u64 pages, u32 wanted, u32 seed, struct ballast_mrc_plan *plan);

bool ballast_mrc_config_valid(const struct ballast_mrc_config *config);

/**
 * ballast_mrc_init() - begin with an empty sample
 * @mrc:        to fill
 * @entries:    memory for entries, the caller's as long as @mrc is used
 * @nr_entries: of them, at most BALLAST_MRC_ENTRIES_MAX
 * @plan:       copied
 * @pages:      of the VM
 * @config:     valid, copied
 */
void ballast_mrc_init(struct ballast_mrc *mrc, struct ballast_mrc_entry *entries, u32 nr_entries,
		      const struct ballast_mrc_plan *plan, u64 pages,
		      const struct ballast_mrc_config *config);

/* --- entries: what is no entry, or no longer one, is ignored everywhere ------------------- */

/* A page or block is of the sample, and has not been accessed yet. */
void ballast_mrc_add(struct ballast_mrc *mrc, u32 index, bool huge);

/**
 * ballast_mrc_add_beside() - likewise, but accessed when another one was
 * @mrc:   of the VM
 * @index: of the new entry
 * @huge:  it is a block
 * @other: entry; if that has not been accessed, nor has the new one
 *
 * For a block whose mapping is split: pages of the sample that lie in it are added
 * beside it, and then it goes; for small pages that become a block likewise.
 */
void ballast_mrc_add_beside(struct ballast_mrc *mrc, u32 index, bool huge, u32 other);

/* The same memory, mapped otherwise. */
void ballast_mrc_change(struct ballast_mrc *mrc, u32 index, bool huge);

/* Its memory is gone, or it is not of the sample any more. What it counted stays. */
void ballast_mrc_remove(struct ballast_mrc *mrc, u32 index);

/* Weight of an entry in the list; 0: it is not of the sample. */
static inline u32 ballast_mrc_weight(const struct ballast_mrc *mrc, u32 index)
{
	return index < mrc->nr_entries ? mrc->entries[index].weight : 0;
}

/* Weight of all entries that have been accessed. */
static inline u32 ballast_mrc_listed(const struct ballast_mrc *mrc)
{
	return mrc->listed;
}

/* Has @index been accessed later than @other, as far as groups tell? */
static inline bool ballast_mrc_later(const struct ballast_mrc *mrc, u32 index, u32 other)
{
	if (!ballast_mrc_weight(mrc, index) || !mrc->entries[index].listed)
		return false;
	return !ballast_mrc_weight(mrc, other) || !mrc->entries[other].listed ||
	       mrc->entries[index].group < mrc->entries[other].group;
}

/* The VM has more or less memory now; its plan stays. */
void ballast_mrc_resize(struct ballast_mrc *mrc, u64 pages);

/**
 * ballast_mrc_used() - how much of the VM's memory is in use
 * @mrc:   of the VM
 * @pages: that have been accessed since sampling began; 0: not known
 *
 * A sample has a bit more or less of them than its share, which moves the curve in both
 * directions at once. Whoever scans all accessed bits knows better: with the number, a
 * sample is of what is in use. To be kept up to date.
 */
void ballast_mrc_used(struct ballast_mrc *mrc, u64 pages);

/* --- accesses ------------------------------------------------------------------------------ */

/* It was accessed: once since the last tick or more often, or just now. */
void ballast_mrc_access(struct ballast_mrc *mrc, u32 index);

/* It was accessed at a time that does not count, while tracing paused. */
void ballast_mrc_touch(struct ballast_mrc *mrc, u32 index);

/*
 * A tick ends, or a time as long as entries are left untraced after an access. Never
 * called when each access is traced.
 */
void ballast_mrc_window(struct ballast_mrc *mrc);

/**
 * ballast_mrc_fold() - an interval ends
 * @mrc:        of the VM
 * @elapsed_ns: traced time of the interval; 0 puts its accesses to the next one
 *
 * Some seconds each: what is compared to see change is an interval.
 */
void ballast_mrc_fold(struct ballast_mrc *mrc, u64 elapsed_ns);

/**
 * ballast_mrc_total() - for who knows how many accesses there were (SHARDS-adj)
 * @mrc:      of the VM
 * @accesses: of all memory in this interval, sampled or not
 *
 * Call before the interval ends. What the sample has too few or too many goes to the
 * smallest memory: size 0 then misses just as many. Misses elsewhere need no such thing.
 */
void ballast_mrc_total(struct ballast_mrc *mrc, u64 accesses);

/* --- the curve ----------------------------------------------------------------------------- */

/**
 * struct ballast_mrc_point - misses at a size, with a 95 % band, per second, in 1/1000
 * @pages:  of memory
 * @misses: per second
 * @low:    at least
 * @high:   at most
 */
struct ballast_mrc_point {
	u64 pages;
	u64 misses;
	u64 low;
	u64 high;
};

/**
 * struct ballast_mrc_curve - misses per second for each size of memory
 * @pages:            of the VM
 * @seen_pages:       of them that have been accessed while traced
 * @valid_from_pages: smallest size that the curve says anything of
 * @valid_to_pages:   largest one
 * @data_ms:          traced time that it stands for, decayed
 * @entries:          of the sample
 * @nr_points:        1 at least: size 0
 * @cold:             first accesses: these miss at any size or, if the memory was in
 *                    use before tracing began, up to a size that is not known; not in
 *                    @points. Its @pages is not used
 * @points:           by size
 */
struct ballast_mrc_curve {
	u64 pages;
	u64 seen_pages;
	u64 valid_from_pages;
	u64 valid_to_pages;
	u64 data_ms;
	u32 entries;
	u32 nr_points;
	struct ballast_mrc_point cold;
	struct ballast_mrc_point points[BALLAST_MRC_POINTS];
};

/**
 * struct ballast_mrc_gain - misses per second avoided, in 1/1000; negative: more of them
 * @misses: estimate
 * @low:    at least
 * @high:   at most
 */
struct ballast_mrc_gain {
	s64 misses;
	s64 low;
	s64 high;
};

/* Of all intervals that have ended. */
void ballast_mrc_curve(const struct ballast_mrc *mrc, struct ballast_mrc_curve *curve);

/* At any size: between points on a line, beyond the last one as there. */
struct ballast_mrc_point ballast_mrc_at(const struct ballast_mrc_curve *curve, u64 pages);

/**
 * ballast_mrc_gain() - what a change of size is worth
 * @curve: of the VM
 * @from:  pages now
 * @to:    pages then, more or less
 *
 * The band holds whatever the errors at both sizes have to do with each other: as a rule
 * they go together, and the truth is nearer than it says.
 */
struct ballast_mrc_gain ballast_mrc_gain(const struct ballast_mrc_curve *curve, u64 from, u64 to);

/**
 * ballast_mrc_worth() - the memory that is worth having
 * @curve: of the VM
 * @worth: misses per second that a MiB must avoid, in 1/1000
 *
 * Return: the least size at which no larger one avoids that much for each MiB that it is
 * larger; within the range that the curve says anything of. All memory, if it says nothing.
 */
u64 ballast_mrc_worth(const struct ballast_mrc_curve *curve, u64 worth);

/* Is the curve good enough to act on at this size? */
bool ballast_mrc_tight(const struct ballast_mrc_curve *curve,
		       const struct ballast_mrc_config *config, u64 pages);

/**
 * ballast_mrc_complete() - has tracing seen what is in use?
 * @curve:  of the VM
 * @config: its thresholds
 * @pages:  that an access is of: BALLAST_MRC_BLOCK_PAGES for a block, or 1
 *
 * Memory that is accessed for the first time is at no point of the curve: where there is
 * much of it, as when tracing has just begun and the guest goes through its memory once in
 * minutes, a curve says "no misses" of all that has not come round yet.
 *
 * Return: while a curve settles not a 64th of what was seen is seen for the first time.
 */
bool ballast_mrc_complete(const struct ballast_mrc_curve *curve,
			  const struct ballast_mrc_config *config, u32 pages);

/**
 * ballast_mrc_stable() - was the last interval like the curve?
 * @mrc:   of the VM
 * @curve: its curve, made after the interval ended
 */
bool ballast_mrc_stable(const struct ballast_mrc *mrc, const struct ballast_mrc_curve *curve);

/**
 * ballast_mrc_pause_ms() - may tracing pause, and how long?
 * @mrc:   of the VM
 * @curve: its curve
 *
 * Call once after each interval. Return: 0: go on.
 */
u32 ballast_mrc_pause_ms(struct ballast_mrc *mrc, const struct ballast_mrc_curve *curve);

/* Something has changed: pauses begin from the shortest one, when the curve is stable. */
void ballast_mrc_rearm(struct ballast_mrc *mrc);

#endif /* BALLAST_POLICY_MRC_H */
