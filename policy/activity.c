// SPDX-License-Identifier: GPL-2.0-only
/* The activity FSM as data; the header explains it. */

#include "policy/activity.h"

#define ROW(state, idle, accessed, lvl, likely) \
	[BALLAST_S_##state] = { \
		.next = { BALLAST_S_##idle, BALLAST_S_##accessed }, \
		.level = BALLAST_##lvl, \
		.likely_idle = (likely), \
		.name = #state, \
	}

const struct ballast_state_info ballast_states[BALLAST_NR_STATES] = {
	ROW(UNSEEN, COOL3, WARM0, UNKNOWN, 1),
	ROW(HOT0,   HOT1,  HOT0,  HOT,     0),
	ROW(HOT1,   HOT2,  HOT0,  HOT,     0),
	ROW(HOT2,   WARM2, HOT0,  HOT,     0),
	ROW(WARM0,  WARM1, HOT0,  WARM,    0),
	ROW(WARM1,  WARM2, HOT0,  WARM,    0),
	ROW(WARM2,  WARM3, WARM0, WARM,    0),
	ROW(WARM3,  COOL2, WARM0, WARM,    0),
	ROW(COOL0,  COOL1, WARM0, COOL,    0),
	ROW(COOL1,  COOL2, WARM0, COOL,    0),
	ROW(COOL2,  COOL3, COOL0, COOL,    0),
	ROW(COOL3,  COOL4, COOL0, COOL,    1),
	ROW(COOL4,  COLD0, COOL0, COOL,    1),
	ROW(COLD0,  COLD1, COOL0, COLD,    1),
	ROW(COLD1,  COLD2, COOL0, COLD,    1),
	ROW(COLD2,  COLD2, COOL0, COLD,    1),
};

/**
 * ballast_activity_merge() - state of two pages that become one unit
 * @a: enum ballast_state
 * @b: enum ballast_state
 *
 * When small pages are collapsed into a huge one, the unit is as hot as its
 * hottest part. States are numbered from hottest to coldest, apart from
 * UNSEEN, which knows nothing and yields to any other.
 */
u8 ballast_activity_merge(u8 a, u8 b)
{
	if (a == BALLAST_S_UNSEEN)
		return b;
	if (b == BALLAST_S_UNSEEN)
		return a;
	return min_t(u8, a, b);
}
