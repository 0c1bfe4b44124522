// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "act.h"
#include "pageout.h"
#include "text.h"

/* A dry run decides the same again and again. */
#define REPEAT_MS	10000
/* So much was asked for in each of these rounds, and not a part of it left memory. */
#define FUTILE_PAGES	1024
#define FUTILE_PART	16
#define FUTILE_ROUNDS	3
#define FUTILE_MS	(5 * 60 * 1000)

/* A VM that goes between the look and the deed is no news. */
static void log_failure(const struct daemon *d, const struct observed_vm *vm, int ret)
{
	if (ret != -ENOENT && ret != -ENODEV)
		log_text("error", vm, "%s", d->round.client.error);
}

/* What a deed has come to is looked at in the next round; where that costs, too. */
static void look_again(struct observed_vm *vm)
{
	vm->memory_cost_us = 0;
}

/* --- balloons --------------------------------------------------------------------------- */

static void log_target(const struct daemon *d, const struct observed_vm *vm, uint64_t pages,
		       bool cache, const struct ballast_sched_decision *decision)
{
	log_begin("target", vm, d->options->dry_run);
	out_u64("from_pages", vm->balloon.target_pages, "balloon target %s",
		text_mib(vm->balloon.target_pages).s);
	out_u64("to_pages", pages, " -> %s", text_mib(pages).s);
	out_u64("held_pages", vm->balloon.held_pages, ", it holds %s",
		text_mib(vm->balloon.held_pages).s);
	out_bool("cache", cache, "%s", cache ? ", also from page cache" : "");
	log_end(decision);
}

static void set_target(struct daemon *d, struct observed_vm *vm, uint64_t pages, bool cache,
		       const struct ballast_sched_decision *decision)
{
	int ret;

	if (d->options->dry_run) {
		if (pages != vm->said_pages)
			log_target(d, vm, pages, cache, decision);
		vm->said_pages = pages;
		return;
	}
	ret = ballast_client_target(&d->round.client, vm->vm.entry.id, vm->vm.label, pages,
				    cache ? BALLAST_TARGET_CACHE : 0);
	if (ret) {
		log_failure(d, vm, ret);
		return;
	}
	vm->set_pages = pages;
	look_again(vm);
	log_target(d, vm, pages, cache, decision);
}

static void act_on_balloon(struct daemon *d, struct observed_vm *vm,
			   const struct ballast_sched_decision *decision)
{
	uint64_t target = decision->balloon_target_pages;
	bool cache = decision->balloon_cache;

	if (!vm->limits.balloon) {
		/* The operator has taken it out of our hands: what we had set goes. */
		if (vm->set_pages && vm->set_pages == vm->balloon.target_pages)
			set_target(d, vm, 0, false, NULL);
		return;
	}
	/* The same target, but page cache is to be dropped for it as well, is another one. */
	if (!vm->in.has_balloon ||
	    (target == vm->balloon.target_pages && (!cache || vm->balloon.cache)))
		return;
	set_target(d, vm, target, cache, decision);
}

/*
 * One that is not trusted does not tell when it has nothing more. What is not needed yet can
 * wait, the longer the less it is.
 */
static uint64_t flush_wait_ms(const struct daemon *d, const struct ballast_sched_decision *decision)
{
	uint64_t pages = ballast_sched_returnable(decision);

	if (decision->ask_free)
		return OBSERVE_ASK_MS;
	if (d->round.summary.state != BALLAST_HOST_HIGH || !pages)
		return 0;
	return OBSERVE_ASK_MS * ballast_sched_early(decision->view.size) / pages;
}

static bool is_to_flush(const struct daemon *d, const struct observed_vm *vm,
			const struct ballast_sched_decision *decision)
{
	uint64_t now_ms = d->round.observer.now_ms;

	if (vm->flush_ms)
		return false;
	if (vm->asked_ms && now_ms - vm->asked_ms < flush_wait_ms(d, decision))
		return false;
	if (decision->ask_free)
		return true;
	return decision->flush_pages && ballast_sched_returnable(decision) >= OBSERVE_FLUSH_PAGES;
}

static void act_on_free(struct daemon *d, struct observed_vm *vm,
			const struct ballast_sched_decision *decision)
{
	uint64_t now_ms = d->round.observer.now_ms;
	int ret;

	if (!is_to_flush(d, vm, decision))
		return;
	if (d->options->dry_run) {
		if (vm->said_flush_ms && now_ms - vm->said_flush_ms < REPEAT_MS)
			return;
		vm->said_flush_ms = now_ms;
	} else {
		ret = ballast_client_target(&d->round.client, vm->vm.entry.id, vm->vm.label, 0,
					    BALLAST_TARGET_KEEP | BALLAST_TARGET_FLUSH |
					    (decision->flush_deep ? 0 : BALLAST_TARGET_HUGE));
		if (ret) {
			log_failure(d, vm, ret);
			return;
		}
		vm->flush_ms = vm->asked_ms = now_ms;
		vm->flush_deep = decision->flush_deep;
		vm->flush_free_pages = decision->view.backed_free;
		vm->flushes = vm->balloon.flushes;
		vm->answer_ms = 0;
		look_again(vm);
	}
	log_begin("flush", vm, d->options->dry_run);
	out_u64("flush_pages", decision->flush_pages, "its free memory is asked for, %s",
		decision->ask_free ? "whatever that is" : text_mib(decision->flush_pages).s);
	out_bool("deep", decision->flush_deep, "%s", decision->flush_deep ?
		 ", in small blocks as well" : "");
	log_end(decision);
}

/* --- swap ------------------------------------------------------------------------------- */

static uint64_t swap_limit(const struct daemon *d, const struct ballast_sched_decision *decision)
{
	uint64_t pages = decision->swap_pages, rate = decision->swap_pages_per_s;

	if (rate != UINT32_MAX && pages > rate * d->since_ms / 1000)
		pages = rate * d->since_ms / 1000;
	return pages;
}

static void log_swap(const struct daemon *d, const struct observed_vm *vm, uint64_t pages,
		     const struct ballast_sched_decision *decision)
{
	const char *depth = ballast_sched_depth_name(decision->swap_depth);

	log_begin("swap", vm, d->options->dry_run);
	out_u64("paged_pages", pages, "%s swapped out", text_mib(pages).s);
	out_u64("wanted_pages", decision->swap_pages, " of %s",
		text_mib(decision->swap_pages).s);
	out_str("depth", depth, ", down to what is %s", depth);
	out_u64("swapped_pages", vm->in.swapped_pages, ", %s were before",
		text_mib(vm->in.swapped_pages).s);
	log_end(decision);
}

/*
 * Nothing can be swapped where memory is pinned for a device, mapped by others (vhost-user)
 * or of a file that we may not write; the kernel says so by doing nothing. Others are to be
 * swapped then.
 */
static void look_at_yield(struct daemon *d, struct observed_vm *vm, const struct pageout *request)
{
	if (request->pages < FUTILE_PAGES ||
	    (request->asked && request->asked < FUTILE_PAGES))
		return;
	if (request->done > request->asked / FUTILE_PART) {
		vm->futile = 0;
		return;
	}
	if (++vm->futile < FUTILE_ROUNDS)
		return;
	vm->futile = 0;
	vm->futile_ms = d->round.observer.now_ms + FUTILE_MS;
	log_text("error", vm,
		 "vm %s: its memory stays where it is when it is swapped out (pinned for a device, shared with another process, or a file that ballastd may not write): it is left alone for 5 minutes; 'swap = off' says so for good",
		 vm->vm.label);
}

static void act_on_swap(struct daemon *d, struct observed_vm *vm,
			const struct ballast_sched_decision *decision, uint64_t slice_ms,
			uint64_t *paged)
{
	struct pageout request = {
		.client = &d->round.client,
		.vm = vm,
		.pages = swap_limit(d, decision),
		.depth = decision->swap_depth,
		.slice_ms = slice_ms,
	};
	uint64_t now_ms = d->round.observer.now_ms;
	int ret;

	*paged = 0;
	if (!decision->swap_pages)
		return;
	if (d->options->dry_run) {
		if (!vm->said_swap_ms || now_ms - vm->said_swap_ms >= REPEAT_MS) {
			log_swap(d, vm, request.pages, decision);
			vm->said_swap_ms = now_ms;
		}
		return;
	}
	ret = pageout_vm(&request);
	*paged = request.done;
	if (ret == -EINVAL) {
		vm->swap_refused = true;
		log_text("error", vm, "%s", request.error);
	} else if (ret != -ESRCH) {
		log_once(&d->paging, request.error);
	}
	if (!ret)
		look_at_yield(d, vm, &request);
	if (!request.done)
		return;
	look_again(vm);
	log_swap(d, vm, request.done, decision);
}

/* --- a round ---------------------------------------------------------------------------- */

static void log_state(const struct daemon *d)
{
	const struct ballast_sched_summary *sum = &d->round.summary;
	const char *name = ballast_host_state_name(sum->state);

	log_begin("state", NULL, false);
	out_str("state", name, "the host is in state %s", name);
	out_u64("free_pages", sum->free_pages, ": %s are free", text_mib(sum->free_pages).s);
	out_u64("goal_pages", sum->goal_pages, ", %s should be", text_mib(sum->goal_pages).s);
	out_u64("need_pages", sum->need_pages, "; to be taken: %s", text_mib(sum->need_pages).s);
	out_u64("short_pages", sum->short_pages, ", that nobody can give: %s",
		text_mib(sum->short_pages).s);
	log_end(NULL);
}

void act_on_round(struct daemon *d)
{
	struct observer *o = &d->round.observer;
	unsigned int swapped = 0;

	if (d->round.summary.state != d->state.summary.state || !d->state.time_ms)
		log_state(d);
	if (ballast_client_open(&d->round.client))
		return;
	for (size_t i = 0; i < o->nr; i++) {
		struct observed_vm *vm = &o->vms[i];

		act_on_balloon(d, vm, &d->round.out[i]);
		act_on_free(d, vm, &d->round.out[i]);
		swapped += d->round.out[i].swap_pages > 0;
	}
	/* Takes longest. */
	for (size_t i = 0; i < o->nr; i++)
		act_on_swap(d, &o->vms[i], &d->round.out[i],
			    d->config.interval_ms / (swapped ? swapped : 1),
			    &o->vms[i].paged_pages);
	ballast_client_close(&d->round.client);
}

/* --- others ------------------------------------------------------------------------------- */

static void attach_process(struct daemon *d, struct proc_kvm *kvm)
{
	struct ballast_client *client = &d->round.client;
	struct ballast_vm_attach vm;
	int ret;

	proc_kvm_unique(kvm);
	for (size_t i = 0; i < kvm->nr_fds; i++) {
		ret = ballast_client_attach(client, kvm->pid, kvm->fds[i], false, &vm);
		if (!ret) {
			log_begin("attach", NULL, false);
			out_str("vm", vm.name, "vm %s", vm.name);
			out_str("guest", kvm->name, *kvm->name ? " (%s): attached" : ": attached",
				kvm->name);
			log_end(NULL);
		} else if (ret != -EEXIST && ret != -ESRCH) {
			log_once(&d->attaching, client->error);
		}
	}
}

void act_attach_all(struct daemon *d)
{
	struct ballast_client *client = &d->round.client;
	struct proc_kvm_list found;

	/* The round tells what is wrong. */
	if (ballast_client_open(client))
		return;
	if (!proc_kvm_find(client->proc, &found)) {
		for (size_t i = 0; i < found.nr; i++)
			attach_process(d, &found.list[i]);
		proc_kvm_free(&found);
	}
	ballast_client_close(client);
}

int act_release(struct daemon *d)
{
	struct ballast_client *client = &d->round.client;
	struct observer *o = &d->round.observer;
	int ret;

	ret = ballast_client_open(client);
	if (ret)
		return ret;
	ret = observer_look(o, observer_clock_ms());
	if (ret)
		memcpy(client->error, o->error, sizeof(client->error));
	for (size_t i = 0; i < o->nr && !ret; i++)
		if (o->vms[i].balloon.target_pages)
			set_target(d, &o->vms[i], 0, false, NULL);
	ballast_client_close(client);
	return ret;
}
