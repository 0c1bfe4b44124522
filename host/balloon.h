/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's balloon, seen from the host: what is asked of it, what the guest says that it
 * has given, and how much of that is still there.
 *
 * What the guest says is of one boot of its module; another boot begins with nothing, and
 * is told the target anew.
 */
#ifndef BALLAST_HOST_BALLOON_H
#define BALLAST_HOST_BALLOON_H

#include "ballast/wire.h"
#include "policy/classes.h"

struct ballast_vm;

/**
 * struct ballast_check - pages that a guest says it has given, looked for in the host
 * @checked: pages
 * @kept:    of them still there
 * @why:     enum ballast_kept of the last one of them
 */
struct ballast_check {
	u32 checked;
	u32 kept;
	u32 why;
};

/**
 * struct ballast_guest_balloon - all of it is protected by the guest's lock
 * @target:   knob
 * @said:     last message of the guest
 * @said_ns:  when that came, ktime; 0: it said nothing since its boot
 * @round:    of @checks that is being filled
 * @checks:   per round of questions
 */
struct ballast_guest_balloon {
	struct ballast_wire_target target;
	struct ballast_wire_balloon said;
	u64 said_ns;
	u32 round;
	struct ballast_check checks[BALLAST_CLASSES_ROUNDS];
};

const char *ballast_kept_name(u32 why);

int ballast_balloon_set_target(struct ballast_vm *vm, u64 pages, u32 flags);
void ballast_balloon_read_target(struct ballast_vm *vm, struct ballast_wire_target *target);
void ballast_balloon_fill(struct ballast_vm *vm, struct ballast_balloon_query *out);

/* From the connection in charge; what any other says is ignored. */
void ballast_balloon_said(struct ballast_vm *vm, u32 turn,
			  const struct ballast_wire_balloon *said);
void ballast_balloon_checked(struct ballast_vm *vm, u32 turn, const struct ballast_check *check);

/* Under the guest's lock. */
void ballast_balloon_forget(struct ballast_guest_balloon *b);
void ballast_balloon_turn(struct ballast_guest_balloon *b);

extern const struct attribute_group ballast_balloon_group;

#endif /* BALLAST_HOST_BALLOON_H */
