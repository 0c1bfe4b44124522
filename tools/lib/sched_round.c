// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched_round.h"

void sched_round_init(struct sched_round *r, const struct daemon_config *config)
{
	memset(r, 0, sizeof(*r));
	ballast_client_init(&r->client);
	observer_init(&r->observer, &r->client, config);
}

void sched_round_release(struct sched_round *r)
{
	ballast_client_close(&r->client);
	observer_release(&r->observer);
	free(r->in);
	free(r->out);
	r->in = NULL;
	r->out = NULL;
}

static int make_room(struct sched_round *r)
{
	size_t nr = r->observer.nr + 1;
	void *in = realloc(r->in, nr * sizeof(*r->in)), *out;

	if (in)
		r->in = in;
	out = realloc(r->out, nr * sizeof(*r->out));
	if (out)
		r->out = out;
	if (in && out)
		return 0;
	snprintf(r->observer.error, sizeof(r->observer.error), "out of memory");
	return -ENOMEM;
}

static uint32_t elapsed_ms(uint64_t from_ms, uint64_t to_ms)
{
	uint64_t ms = to_ms > from_ms ? to_ms - from_ms : 0;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

int sched_round_run(struct sched_round *r, uint64_t now_ms)
{
	struct observer *o = &r->observer;
	int ret;

	ret = ballast_client_open(&r->client);
	if (ret) {
		memcpy(o->error, r->client.error, sizeof(o->error));
		return ret;
	}
	ret = observer_look(o, now_ms);
	if (!ret)
		ret = make_room(r);
	ballast_client_close(&r->client);
	if (ret)
		return ret;
	for (size_t i = 0; i < o->nr; i++)
		r->in[i] = o->vms[i].in;
	o->host.elapsed_ms = r->decided_ms ? elapsed_ms(r->decided_ms, now_ms) : 0;
	r->decided_ms = now_ms;
	ballast_sched_decide(&o->host, r->in, (u32)o->nr, r->out, &r->summary);
	o->host.state = r->summary.state;
	for (size_t i = 0; i < o->nr; i++)
		o->vms[i].in.memory = r->out[i].memory;
	observer_learn(o, r->out);
	return 0;
}

int sched_round_state(const struct sched_round *r, struct sched_state *state)
{
	const struct observer *o = &r->observer;

	*state = (struct sched_state) {
		.time_ms = sched_state_clock_ms(),
		.total_pages = o->host.total_pages,
		.swap_pages = o->memory.swap_pages,
		.swap_free_pages = o->memory.swap_free_pages,
		.summary = r->summary,
		.nr = o->nr,
	};
	state->vms = calloc(o->nr + 1, sizeof(*state->vms));
	if (!state->vms)
		return -ENOMEM;
	for (size_t i = 0; i < o->nr; i++) {
		const struct observed_vm *from = &o->vms[i];
		struct sched_state_vm *to = &state->vms[i];

		snprintf(to->name, sizeof(to->name), "%s", from->vm.entry.name);
		snprintf(to->guest, sizeof(to->guest), "%s", from->vm.guest);
		to->id = from->vm.entry.id;
		to->pid = (uint32_t)from->vm.pid;
		to->in = from->in;
		to->d = r->out[i];
		to->hold_left_ms = from->hold_ms > o->now_ms ? from->hold_ms - o->now_ms : 0;
		to->reliefs = from->reliefs;
		to->set_pages = from->set_pages;
		to->paged_pages = from->paged_pages;
	}
	return 0;
}

void sched_round_resume(struct sched_round *r, const struct sched_state *state, uint64_t now_ms)
{
	/* An older program, or the reader of a damaged file, may have any number there. */
	if (state->summary.state < BALLAST_NR_HOST_STATES)
		r->observer.host.state = state->summary.state;
	for (size_t i = 0; i < state->nr; i++) {
		const struct sched_state_vm *from = &state->vms[i];
		struct observed_vm *to = observer_expect(&r->observer, from->id, from->name,
							 (pid_t)from->pid);

		if (!to)
			return;
		to->in.memory = from->d.memory;
		to->in.stuck_pages = from->in.stuck_pages;
		to->in.stuck_deep = from->in.stuck_deep;
		to->stuck_ms = now_ms;
		to->reliefs = from->reliefs;
		to->reliefs_known = true;
		to->hold_ms = from->hold_left_ms ? now_ms + from->hold_left_ms : 0;
		to->set_pages = from->set_pages;
	}
}
