/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Activity of a page: a finite state machine stepped once per scan.
 *
 * Input is one fact, "was it accessed since the scan before". A state is a
 * level (hot, warm, cool, cold) and the number of scans without an access
 * inside that level, so it doubles as a coarse age. The levels overlap in
 * age: one idle scan does not take a page out of its level, and one access
 * does not bring it into the next. That is the hysteresis.
 *
 *	state  idle    accessed   level    meaning
 *	UNSEEN COOL3   WARM0      unknown  no scan has looked at it yet
 *	HOT0   HOT1    HOT0       hot      accessed in the last scan
 *	HOT1   HOT2    HOT0       hot
 *	HOT2   WARM2   HOT0       hot
 *	WARM0  WARM1   HOT0       warm     accessed, and shortly before as well
 *	WARM1  WARM2   HOT0       warm
 *	WARM2  WARM3   WARM0      warm
 *	WARM3  COOL2   WARM0      warm
 *	COOL0  COOL1   WARM0      cool     accessed once after a long time
 *	COOL1  COOL2   WARM0      cool
 *	COOL2  COOL3   COOL0      cool
 *	COOL3  COOL4   COOL0      cool
 *	COOL4  COLD0   COOL0      cool
 *	COLD0  COLD1   COOL0      cold
 *	COLD1  COLD2   COOL0      cold
 *	COLD2  COLD2   COOL0      cold     idle for as long as we count
 *
 * So a page touched in every scan is hot after three accesses from cold, a
 * hot page is cold after eight idle scans, a page touched every third scan
 * stays hot once hot and warm once warm.
 *
 * The idea of a per-page FSM over accessed-bit scans is known from the
 * literature on hypervisor memory management; states and table are our own.
 */
#ifndef BALLAST_POLICY_ACTIVITY_H
#define BALLAST_POLICY_ACTIVITY_H

#include "ballast/policy_env.h"
#include "uapi/linux/ballast.h"

enum ballast_state {
	BALLAST_S_UNSEEN,
	BALLAST_S_HOT0,
	BALLAST_S_HOT1,
	BALLAST_S_HOT2,
	BALLAST_S_WARM0,
	BALLAST_S_WARM1,
	BALLAST_S_WARM2,
	BALLAST_S_WARM3,
	BALLAST_S_COOL0,
	BALLAST_S_COOL1,
	BALLAST_S_COOL2,
	BALLAST_S_COOL3,
	BALLAST_S_COOL4,
	BALLAST_S_COLD0,
	BALLAST_S_COLD1,
	BALLAST_S_COLD2,
	BALLAST_NR_STATES,	/* must fit four bits */
};

/* Terminal states: scanning such a page again and again changes nothing. */
#define BALLAST_S_HOTTEST	BALLAST_S_HOT0
#define BALLAST_S_COLDEST	BALLAST_S_COLD2

/**
 * struct ballast_state_info - one row of the table
 * @next:      state after an idle scan [0], after an accessed one [1]
 * @level:     enum ballast_level
 * @likely_idle: the next scan will probably find it idle, so its range may be
 *             scanned together with its neighbours
 * @name:      for people
 */
struct ballast_state_info {
	u8 next[2];
	u8 level;
	u8 likely_idle;
	char name[8];
};

extern const struct ballast_state_info ballast_states[BALLAST_NR_STATES];

/**
 * ballast_activity_step() - state after one more scan
 * @state:    enum ballast_state
 * @accessed: accessed since the scan before
 */
static inline u8 ballast_activity_step(u8 state, bool accessed)
{
	return ballast_states[state].next[accessed];
}

static inline u8 ballast_activity_level(u8 state)
{
	return ballast_states[state].level;
}

static inline bool ballast_activity_likely_idle(u8 state)
{
	return ballast_states[state].likely_idle;
}

u8 ballast_activity_merge(u8 a, u8 b);

#endif /* BALLAST_POLICY_ACTIVITY_H */
