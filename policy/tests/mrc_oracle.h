/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exact LRU stack distances, for tests: a mark for the last access of each unit of
 * memory, in the order of time, and a Fenwick tree that sums their weights (Bennett and
 * Kruskal, 1975; Olken, 1981). The caller gives memory.
 */
#ifndef BALLAST_POLICY_TESTS_MRC_ORACLE_H
#define BALLAST_POLICY_TESTS_MRC_ORACLE_H

#include "ballast/policy_env.h"

#define MRC_ORACLE_FIRST	(~0u)

/**
 * struct mrc_oracle - of one trace
 * @last:   of each unit, the slot of its last access; 0: none yet
 * @unit:   of each slot, who was accessed then; slots begin with 1
 * @weight: of each slot, of who has its mark there; 0: nobody
 * @tree:   of weights, by slot
 * @slots:  number of slots, more than there are units
 * @now:    last slot in use
 * @all:    sum of weights
 */
struct mrc_oracle {
	u32 *last;
	u32 *unit;
	u32 *weight;
	u32 *tree;
	u32 slots;
	u32 now;
	u32 all;
};

static inline void mrc_oracle_add(struct mrc_oracle *o, u32 slot, u32 weight)
{
	for (; slot <= o->slots; slot += slot & -slot)
		o->tree[slot] += weight;
}

static inline u32 mrc_oracle_sum(const struct mrc_oracle *o, u32 slot)
{
	u32 sum = 0;

	for (; slot; slot &= slot - 1)
		sum += o->tree[slot];
	return sum;
}

/* Slots have run out: marks move together. Of arrays for slots, all have one more. */
static inline void mrc_oracle_compact(struct mrc_oracle *o)
{
	u32 slot, to = 0;

	for (slot = 1; slot <= o->slots; slot++) {
		if (!o->weight[slot])
			continue;
		to++;
		o->unit[to] = o->unit[slot];
		o->weight[to] = o->weight[slot];
		o->last[o->unit[to]] = to;
	}
	o->now = to;
	memset(o->weight + to + 1, 0, sizeof(*o->weight) * (o->slots - to));
	memcpy(o->tree, o->weight, sizeof(*o->tree) * (o->slots + 1));
	for (slot = 1; slot <= o->slots; slot++)
		if (slot + (slot & -slot) <= o->slots)
			o->tree[slot + (slot & -slot)] += o->tree[slot];
}

/* Weight of what was accessed since @unit was; MRC_ORACLE_FIRST: it never was. */
static inline u32 mrc_oracle_access(struct mrc_oracle *o, u32 unit, u32 weight)
{
	u32 slot = o->last[unit], distance = MRC_ORACLE_FIRST;

	if (slot) {
		distance = o->all - mrc_oracle_sum(o, slot);
		mrc_oracle_add(o, slot, -o->weight[slot]);
		o->all -= o->weight[slot];
		o->weight[slot] = 0;
	}
	if (o->now == o->slots)
		mrc_oracle_compact(o);
	o->now++;
	o->last[unit] = o->now;
	o->unit[o->now] = unit;
	o->weight[o->now] = weight;
	mrc_oracle_add(o, o->now, weight);
	o->all += weight;
	return distance;
}

#endif /* BALLAST_POLICY_TESTS_MRC_ORACLE_H */
