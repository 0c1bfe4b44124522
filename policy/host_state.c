// SPDX-License-Identifier: GPL-2.0-only
/* State of a host's memory; the header explains scale and marks. */

#include "policy/host_state.h"

#define GIB_PAGES	(1ull << 18)

/* No host has more: 4 PiB. */
#define TOTAL_MAX	(1ull << 40)

/**
 * struct band - a part of memory, and how much of it is to be free
 * @end_pages: where it ends
 * @percent:   of the pages in it
 */
struct band {
	u64 end_pages;
	u32 percent;
};

static const struct band scale[] = {
	{ 4 * GIB_PAGES, 6 },
	{ 12 * GIB_PAGES, 4 },
	{ 28 * GIB_PAGES, 2 },
	{ TOTAL_MAX, 1 },
};

/* Of minfree, in per cent. */
static const u32 mark_percent[BALLAST_NR_HOST_STATES] = {
	[BALLAST_HOST_HIGH] = 400,
	[BALLAST_HOST_CLEAR] = 100,
	[BALLAST_HOST_SOFT] = 64,
	[BALLAST_HOST_HARD] = 32,
	[BALLAST_HOST_LOW] = 16,
};

const char *ballast_host_state_name(unsigned int state)
{
	static const char *const names[BALLAST_NR_HOST_STATES] = {
		[BALLAST_HOST_HIGH] = "high",
		[BALLAST_HOST_CLEAR] = "clear",
		[BALLAST_HOST_SOFT] = "soft",
		[BALLAST_HOST_HARD] = "hard",
		[BALLAST_HOST_LOW] = "low",
	};

	return state < BALLAST_NR_HOST_STATES ? names[state] : "?";
}

u64 ballast_host_minfree(u64 total_pages)
{
	u64 total = min_t(u64, total_pages, TOTAL_MAX), begin = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scale) && begin < total; i++) {
		u64 end = min_t(u64, total, scale[i].end_pages);

		sum += (end - begin) * scale[i].percent;
		begin = end;
	}
	return div64_u64(sum, 100);
}

void ballast_host_marks(u64 total_pages, struct ballast_host_marks *marks)
{
	unsigned int state;

	marks->minfree_pages = ballast_host_minfree(total_pages);
	for (state = 0; state < BALLAST_NR_HOST_STATES; state++)
		marks->mark_pages[state] =
			div64_u64(marks->minfree_pages * mark_percent[state], 100);
}

/* Free memory at which a state is left for the next better one. */
static u64 leave_pages(const struct ballast_host_marks *marks, unsigned int state)
{
	return marks->mark_pages[state] + marks->mark_pages[state] / 4;
}

enum ballast_host_state ballast_host_state_next(const struct ballast_host_marks *marks,
						u64 free_pages, enum ballast_host_state state)
{
	unsigned int next = min_t(unsigned int, state, BALLAST_HOST_LOW);

	while (next > BALLAST_HOST_HIGH && free_pages >= leave_pages(marks, next))
		next--;
	while (next < BALLAST_HOST_LOW && free_pages < marks->mark_pages[next + 1])
		next++;
	return (enum ballast_host_state)next;
}

u64 ballast_host_goal(const struct ballast_host_marks *marks)
{
	return leave_pages(marks, BALLAST_HOST_CLEAR);
}
