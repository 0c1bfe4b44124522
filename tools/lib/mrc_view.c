// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mrc_query.h"
#include "mrc_view.h"
#include "observe.h"
#include "text.h"

static int read_memory(struct ballast_client *client, const struct vm *vm, struct mrc_view *view)
{
	struct ballast_slot_entry *slots;
	uint64_t now = observer_clock_ms();
	size_t nr;
	int ret;

	if (view->memory_ms && now - view->memory_ms < view->memory_cost_ms * VMM_MEMORY_COST)
		return 0;
	ret = ballast_client_slots(client, vm->entry.id, vm->label, &slots, &nr);
	if (ret)
		return ret;
	view->has_memory = !vmm_memory_read(client->proc, vm->pid, slots, nr, &view->memory);
	free(slots);
	view->memory_ms = now;
	view->memory_cost_ms = observer_clock_ms() - now;
	return 0;
}

int mrc_view_read(struct ballast_client *client, const struct vm *vm, struct mrc_view *view)
{
	char mode[BALLAST_KNOB_LEN];
	int ret;

	ret = ballast_client_mrc(client, vm->entry.id, vm->label, &view->query);
	if (!ret)
		ret = read_memory(client, vm, view);
	if (ret)
		return ret;
	mrc_view_curve(view);
	view->manual = !ballast_client_get(client, vm->entry.name, "mode", mode) &&
		       !strcmp(mode, "manual");
	return 0;
}

void mrc_view_curve(struct mrc_view *view)
{
	mrc_query_curve(&view->query, &view->curve);
}

bool mrc_view_missing(const struct mrc_view *view, const char *folder, char *text, size_t size)
{
	const struct ballast_mrc_query *q = &view->query;
	uint32_t tick_ms = max_t(u32, q->tick_ms, 1);
	/* The first look counts nothing. */
	uint32_t looks = (MRC_VIEW_FIRST_MS + tick_ms - 1) / tick_ms + 1;
	uint64_t traced_ms = q->ticks ? (q->ticks - 1) * q->interval_ms : 0;

	if (q->state == BALLAST_MRC_OFF)
		snprintf(text, size, "no curve is made of it: ballast mrc set %s enabled=1",
			 folder);
	else if (!q->entries)
		snprintf(text, size,
			 "nothing of it can be sampled: it is mapped by 1 GiB, or not at all");
	else if (!view->curve.nr_points && view->manual)
		snprintf(text, size,
			 "no curve yet, after %llu of %u looks, one a pass: ballast vm scan %s %u",
			 (unsigned long long)q->ticks, looks, folder, looks);
	else if (!view->curve.nr_points)
		snprintf(text, size, "no curve yet, after %s of tracing: the first comes after %s",
			 text_ms(traced_ms).s, text_ms(MRC_VIEW_FIRST_MS).s);
	else
		return false;
	return true;
}

bool mrc_view_knows(const struct mrc_view *view, uint64_t pages)
{
	return view->curve.nr_points && pages >= view->curve.valid_from_pages &&
	       pages <= view->curve.valid_to_pages;
}
