/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How short of memory is the host?
 *
 * Five states. What a host should keep free, its *minfree*, is a part of its
 * memory that shrinks as memory grows: 6 % of the first 4 GiB, 4 % of what lies
 * between 4 and 12 GiB, 2 % between 12 and 28 GiB, 1 % above. Marks are parts of
 * minfree, and a state has the name of the mark that free memory fell below:
 *
 *	free memory        state   what the scheduler does
 *	above 400 %        HIGH    gives all back
 *	100 % to 400 %     HIGH    gives back what entitlements allow
 *	 64 % to 100 %     CLEAR   has guests return what they do not use
 *	 32 % to  64 %     SOFT    and balloons; swaps what is cold
 *	 16 % to  32 %     HARD    swaps; balloons grow no further, they are slow
 *	below 16 %         LOW     swaps without a limit
 *
 * The way down is immediate. On the way up a state is left when free memory is a
 * quarter above its mark, so that a host at a mark does not change its mind with
 * each page.
 *
 * Scale and marks are those of ESXi as its users have written them down: the scale
 * on blogs.virtualmaestro.in (2020/06/02) and running-system.com, the marks in
 * D. Epping's table for 6.x.
 */
#ifndef BALLAST_POLICY_HOST_STATE_H
#define BALLAST_POLICY_HOST_STATE_H

#include "ballast/policy_env.h"

/* In the order of shortage. */
enum ballast_host_state {
	BALLAST_HOST_HIGH,
	BALLAST_HOST_CLEAR,
	BALLAST_HOST_SOFT,
	BALLAST_HOST_HARD,
	BALLAST_HOST_LOW,
	BALLAST_NR_HOST_STATES,
};

/**
 * struct ballast_host_marks - free memory at which a host changes its state
 * @minfree_pages: what it should keep free
 * @mark_pages:    per enum ballast_host_state: below it is that state; of HIGH: below
 *                 it, memory is not given back beyond entitlements
 */
struct ballast_host_marks {
	u64 minfree_pages;
	u64 mark_pages[BALLAST_NR_HOST_STATES];
};

/* "high" to "low"; "?" for what is no state. */
const char *ballast_host_state_name(unsigned int state);

/* Free memory that a host with @total_pages of 4 KiB should have. */
u64 ballast_host_minfree(u64 total_pages);

/* All marks of such a host. */
void ballast_host_marks(u64 total_pages, struct ballast_host_marks *marks);

/**
 * ballast_host_state_next() - the state now
 * @marks:      of this host
 * @free_pages: what is free now
 * @state:      the state before
 *
 * The same again with its own answer as @state changes nothing. With more free
 * memory the state is never a worse one.
 */
enum ballast_host_state ballast_host_state_next(const struct ballast_host_marks *marks,
						u64 free_pages, enum ballast_host_state state);

/* What reclaim aims at: enough to leave all states but HIGH. */
u64 ballast_host_goal(const struct ballast_host_marks *marks);

#endif /* BALLAST_POLICY_HOST_STATE_H */
