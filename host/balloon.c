// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of a guest's balloon, what it says, and what there is of that. */

#include <linux/ktime.h>

#include "balloon.h"
#include "vm.h"

const char *ballast_kept_name(u32 why)
{
	static const char *const names[BALLAST_NR_KEPTS] = {
		[BALLAST_KEPT_NONE] = "none", [BALLAST_KEPT_LOCKED] = "locked",
		[BALLAST_KEPT_PINNED] = "pinned", [BALLAST_KEPT_HUGETLB] = "hugetlb",
		[BALLAST_KEPT_OTHER] = "other",
	};

	return why < ARRAY_SIZE(names) ? names[why] : "?";
}

/**
 * ballast_balloon_set_target() - what the operator, or a daemon, wants
 * @vm:    whose
 * @pages: to be held back
 * @flags: BALLAST_TARGET_*
 *
 * The guest's connection sees it within a slice. Return: 0 or -EINVAL.
 */
int ballast_balloon_set_target(struct ballast_vm *vm, u64 pages, u32 flags)
{
	struct ballast_wire_target *target = &vm->guest.balloon.target;

	if (flags & ~BALLAST_TARGET_FLAGS || pages > ballast_vm_mem_pages(vm))
		return -EINVAL;
	if (flags & BALLAST_TARGET_KEEP && (pages || flags & BALLAST_TARGET_CACHE))
		return -EINVAL;
	if (flags & BALLAST_TARGET_HUGE && !(flags & BALLAST_TARGET_FLUSH))
		return -EINVAL;
	mutex_lock(&vm->guest.lock);
	if (!(flags & BALLAST_TARGET_KEEP)) {
		target->pages = pages;
		target->cache = flags & BALLAST_TARGET_CACHE;
	}
	if (flags & BALLAST_TARGET_FLUSH) {
		target->huge = flags & BALLAST_TARGET_HUGE;
		/* 0 is no wish. */
		if (!++target->flush)
			target->flush++;
	}
	mutex_unlock(&vm->guest.lock);
	return 0;
}

void ballast_balloon_read_target(struct ballast_vm *vm, struct ballast_wire_target *target)
{
	mutex_lock(&vm->guest.lock);
	*target = vm->guest.balloon.target;
	mutex_unlock(&vm->guest.lock);
}

void ballast_balloon_forget(struct ballast_guest_balloon *b)
{
	memset(&b->said, 0, sizeof(b->said));
	b->said_ns = 0;
	memset(b->checks, 0, sizeof(b->checks));
	/* Its wishes are of another boot: this one has heard none. */
	b->target.flush = 0;
}

/* A new round of questions: the oldest one is forgotten. */
void ballast_balloon_turn(struct ballast_guest_balloon *b)
{
	b->round = (b->round + 1) % BALLAST_CLASSES_ROUNDS;
	b->checks[b->round] = (struct ballast_check){};
}

void ballast_balloon_said(struct ballast_vm *vm, u32 turn,
			  const struct ballast_wire_balloon *said)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	if (g->turn == turn) {
		g->balloon.said = *said;
		g->balloon.said_ns = ktime_get_ns();
	}
	mutex_unlock(&g->lock);
}

/* Pages that the guest says it has given have been looked for. */
void ballast_balloon_checked(struct ballast_vm *vm, u32 turn, const struct ballast_check *check)
{
	struct ballast_guest_balloon *b = &vm->guest.balloon;
	struct ballast_check *sum;

	mutex_lock(&vm->guest.lock);
	if (vm->guest.turn == turn) {
		sum = &b->checks[b->round];
		sum->checked += check->checked;
		sum->kept += check->kept;
		sum->why = check->why ?: sum->why;
	}
	mutex_unlock(&vm->guest.lock);
}

/* The last reason that was found, from the newest round back. */
static void fill_kept(const struct ballast_guest_balloon *b, struct ballast_balloon_query *out)
{
	const struct ballast_check *check;
	unsigned int i;

	for (i = BALLAST_CLASSES_ROUNDS; i > 0; i--) {
		check = &b->checks[(b->round + i) % BALLAST_CLASSES_ROUNDS];
		out->checked += check->checked;
		out->kept += check->kept;
		out->kept_why = out->kept_why ?: check->why;
	}
	ballast_classes_share(out->kept, out->checked, out->held_pages, &out->kept_pages);
}

/**
 * ballast_balloon_fill() - everything there is to say
 * @vm:  whose
 * @out: the caller has zeroed it
 */
void ballast_balloon_fill(struct ballast_vm *vm, struct ballast_balloon_query *out)
{
	const struct ballast_guest_balloon *b = &vm->guest.balloon;
	const struct ballast_wire_balloon *said = &b->said;
	unsigned int i;

	out->id = vm->id;
	mutex_lock(&vm->guest.lock);
	out->state = said->state;
	out->relief = said->relief;
	out->age_ns = b->said_ns ? ktime_get_ns() - b->said_ns : U64_MAX;
	out->target_pages = b->target.pages;
	out->cache = b->target.cache;
	out->flush = b->target.flush;
	out->host_pages = said->host_pages;
	out->device_pages = said->device_pages;
	out->held_pages = said->held_pages;
	out->huge_pages = said->huge_pages;
	out->room_pages = said->room_pages;
	out->margin_pages = said->margin_pages;
	out->given_pages = said->given_pages;
	out->failed_pages = said->failed_pages;
	out->reported_pages = said->reported_pages;
	out->flushes = said->flushes;
	out->reliefs = said->reliefs;
	out->relief_pages = said->relief_pages;
	for (i = 0; i < BALLAST_NR_TAKES; i++)
		out->taken_pages[i] = said->taken_pages[i];
	fill_kept(b, out);
	mutex_unlock(&vm->guest.lock);
}
