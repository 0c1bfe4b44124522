// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mrc_view.h"
#include "observe.h"
#include "observe_ages.h"
#include "observe_memory.h"

#define PAGE_BYTES	4096
/* A guest that was asked for its free memory has so long to answer. */
#define FLUSH_MS	10000
/* What it could not return then, it may after a while: its kernel puts free blocks together. */
#define STUCK_MS	60000
/* Of a VM: so much less is free than in the report before. */
#define FILLING_PART	64

__attribute__((format(printf, 3, 4)))
static int fail(struct observer *o, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(o->error, sizeof(o->error), fmt, args);
	va_end(args);
	return err;
}

uint64_t observer_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t observer_clock_ms(void)
{
	return observer_clock_us() / 1000;
}

void observer_init(struct observer *o, struct ballast_client *client,
		   const struct daemon_config *config)
{
	*o = (struct observer) {
		.client = client,
		.cgroups = "/sys/fs/cgroup",
		.config = config,
	};
}

static void forget(struct observed_vm *vm)
{
	free(vm->slots);
	vm->slots = NULL;
	vm->nr_slots = 0;
}

void observer_release(struct observer *o)
{
	for (size_t i = 0; i < o->nr; i++)
		forget(&o->vms[i]);
	free(o->vms);
	o->vms = NULL;
	o->nr = 0;
}

/* --- the host ------------------------------------------------------------------------- */

/* Memory that a cgroup may have, and what of that is free or as good as free. */
static int look_at_cgroup(struct observer *o, uint64_t swapped, uint64_t *total, uint64_t *free)
{
	const char *folder = o->config->cgroup;
	uint64_t max, current, cache = 0, cached, used;

	if (!cgroup_value(folder, "memory.max", &max) ||
	    !cgroup_value(folder, "memory.current", &current))
		return fail(o, -ENOENT,
			    "%s: no memory.max there: give the folder of a cgroup (version 2) with the memory controller as cgroup in [host]",
			    folder);
	if (max == UINT64_MAX)
		return fail(o, -EINVAL,
			    "%s/memory.max has no limit: set one, or leave cgroup out of [host]",
			    folder);
	cgroup_stat(folder, "inactive_file", &cache);
	if (cgroup_stat(folder, "swapcached", &cached) &&
	    cgroup_value(folder, "memory.swap.current", &used)) {
		const struct swap_cache swap = {
			.pages = cached / PAGE_BYTES, .used_pages = used / PAGE_BYTES,
		};

		cache += swap_cache_unmapped(&swap, swapped) * PAGE_BYTES;
	}
	max = least(max, o->memory.total_pages * PAGE_BYTES);
	*total = max / PAGE_BYTES;
	*free = less(max, less(current, cache)) / PAGE_BYTES;
	return 0;
}

static void set_thresholds(struct observer *o)
{
	const struct daemon_config *c = o->config;

	o->thresholds = ballast_sched_defaults;
	o->thresholds.swap_pages_per_s = (uint32_t)least(c->swap_bytes_s / PAGE_BYTES, UINT32_MAX);
	o->thresholds.tax_bp = c->tax_percent * 100;
	o->host.config = &o->thresholds;
}

/*
 * A budget is what VMs may have together. What the host has available is less at times,
 * and is all there is then.
 */
static int look_at_host(struct observer *o)
{
	const struct daemon_config *c = o->config;
	uint64_t total = o->memory.total_pages, available, free, used = 0, swapped = 0;
	uint64_t reserve = c->reserve_bytes / PAGE_BYTES;
	int ret;

	for (size_t i = 0; i < o->nr; i++) {
		used += o->vms[i].in.resident_pages;
		swapped += o->vms[i].in.swapped_pages;
	}
	available = o->memory.available_pages + swap_cache_unmapped(&o->memory.swap_cache, swapped);
	free = available;
	if (*c->cgroup) {
		ret = look_at_cgroup(o, swapped, &total, &free);
		if (ret)
			return ret;
		free = least(free, available);
	} else if (c->budget_bytes) {
		total = least(total, c->budget_bytes / PAGE_BYTES);
		free = least(free, less(total, used));
	}
	if (reserve >= total)
		return fail(o, -EINVAL,
			    "reserve is as much as the host's memory of %llu MiB: lower it in [host]",
			    (unsigned long long)total * PAGE_BYTES >> 20);
	o->host.total_pages = total - reserve;
	o->host.free_pages = less(free, reserve);
	o->host.swap_free_pages = o->memory.swap_free_pages;
	return 0;
}

static void look_at_demand(struct observer *o, uint64_t now_ms)
{
	ballast_demand_note(&o->demand, now_ms, o->host.free_pages);
	o->host.demand_pages = o->config->demand ? ballast_demand_pages(&o->demand) : 0;
}

/* --- a VM: what the guest says ------------------------------------------------------- */

static void take_classes(struct ballast_sched_vm *in, const struct ballast_class_matrix *m,
			 bool believed)
{
	uint64_t age_ms = m->report_age_ns / 1000000;

	in->speaks = believed && m->state != BALLAST_GUEST_SILENT && m->report_age_ns != UINT64_MAX;
	in->data_age_ms = in->speaks ? (uint32_t)least(age_ms, UINT32_MAX) : UINT32_MAX;
	in->disagree = m->disagree;
	for (unsigned int level = 0; level < BALLAST_NR_LEVELS; level++) {
		in->level_pages[level] = m->level_pages[level];
		for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
			in->cell_pages[level][cls] = m->cell[level][cls].pages;
	}
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		in->class_pages[cls] = m->reported_pages[cls];
	in->class_balloon_pages = m->reported_pages[BALLAST_CLASS_BALLOON];
}

/* What a guest had no room for, and has read again: from its swap, and page cache. */
static uint64_t read_again(const struct ballast_class_matrix *m)
{
	if (m->swapins == UINT64_MAX || m->refaults == UINT64_MAX)
		return m->swapins;
	return m->swapins + m->refaults;
}

/* A count that goes back, or is of another boot, begins anew. */
static void take_swapins(const struct observer *o, struct observed_vm *vm,
			 const struct ballast_class_matrix *m)
{
	uint64_t now = read_again(m), pages = least(less(now, vm->swapins), vm->in.size_pages);
	uint64_t came_ms = less(o->now_ms, m->report_age_ns / 1000000);
	uint64_t passed = less(came_ms, vm->reported_ms);
	bool known = vm->reports && !memcmp(vm->boot, m->boot, sizeof(vm->boot)) &&
		     vm->swapins != UINT64_MAX && now != UINT64_MAX;

	/* Two in a millisecond: the next one has the pages of both. */
	if (!passed)
		return;
	vm->swapins_per_s = known ? pages * 1000 / passed : 0;
	memcpy(vm->boot, m->boot, sizeof(vm->boot));
	vm->reports = m->reports;
	vm->reported_ms = came_ms;
	vm->swapins = now;
}

/*
 * Pages a second that the guest has read again, between its last two reports. By
 * the host's clock, as what a guest says of time is its word, too.
 */
static void look_at_swapins(const struct observer *o, struct observed_vm *vm,
			    const struct ballast_class_matrix *m)
{
	if (vm->in.speaks && m->reports != vm->reports)
		take_swapins(o, vm, m);
	vm->in.guest_swapins_per_s = vm->in.speaks ? vm->swapins_per_s : 0;
}

/* Page cache it may drop, all else it has no room for it must keep. */
static uint64_t floor_of(const struct ballast_sched_vm *in, const struct ballast_balloon_query *b)
{
	uint64_t spare = b->held_pages + b->room_pages;

	spare += in->class_pages[BALLAST_CLASS_FILE_ACTIVE];
	spare += in->class_pages[BALLAST_CLASS_FILE_INACTIVE];
	return less(in->size_pages, spare);
}

/* A target that the VMM has set is held in any case. */
static bool is_on_its_way(const struct observed_vm *vm)
{
	const struct ballast_balloon_query *b = &vm->balloon;
	uint64_t target = b->target_pages > b->device_pages ? b->target_pages : b->device_pages;
	uint64_t near = vm->in.size_pages / 128;

	return less(target, b->held_pages) > near || less(b->held_pages, target) > near;
}

/* A page now and then is no way to get there. */
static bool has_moved(const struct observed_vm *vm)
{
	uint64_t held = vm->balloon.held_pages, before = vm->held_pages;

	return less(held, before) + less(before, held) > vm->in.size_pages / 4096;
}

static void take_balloon(struct observer *o, struct observed_vm *vm)
{
	const struct ballast_balloon_query *b = &vm->balloon;
	struct ballast_sched_vm *in = &vm->in;

	in->balloon_pages = b->held_pages;
	in->balloon_target_pages = b->target_pages;
	in->has_balloon = vm->limits.balloon && b->age_ns != UINT64_MAX &&
			  b->state != BALLAST_BALLOON_NONE;
	if (in->has_balloon)
		in->floor_pages = floor_of(in, b);
	/* A guest that has booted counts from nothing. */
	if (vm->reliefs_known && b->reliefs > vm->reliefs)
		vm->hold_ms = o->now_ms + o->config->hold_off_ms;
	/* It has let go before anybody looked. */
	if (!vm->reliefs_known && b->state == BALLAST_BALLOON_RELIEVED)
		vm->hold_ms = o->now_ms + o->config->hold_off_ms;
	vm->reliefs = b->reliefs;
	vm->reliefs_known = true;
	in->let_go = vm->hold_ms > o->now_ms;

	if (!is_on_its_way(vm) || has_moved(vm) || !vm->looks) {
		vm->moved_ms = o->now_ms;
		vm->held_pages = b->held_pages;
	}
	/* One that fails can be made smaller. */
	in->stalled = b->state == BALLAST_BALLOON_FAILED ||
		      o->now_ms - vm->moved_ms >= OBSERVE_STALLED_MS;
}

/* --- a VM: what it would miss ------------------------------------------------------- */

/* Of a VM with so much in blocks, an access that a curve counts is taken for one of a block. */
#define BLOCKS_PART	64
/* A sample that lacks so much of its memory is none. */
#define LEFT_OUT_PART	16

/* A module without curves has none. */
static void look_at_curve(struct observer *o, struct observed_vm *vm,
			  const struct ballast_vm_query *query)
{
	bool blocks = query->map_pages[BALLAST_MAP_2M] > query->mem_pages / BLOCKS_PART;
	uint32_t access = blocks ? BALLAST_MRC_BLOCK_PAGES : 1;
	struct mrc_view view = { 0 };
	uint64_t pages;

	if (ballast_client_mrc(o->client, vm->vm.entry.id, vm->vm.label, &view.query))
		return;
	mrc_view_curve(&view);
	if (view.query.state == BALLAST_MRC_OFF || !view.curve.nr_points)
		return;
	if (view.query.left_out > view.query.entries / LEFT_OUT_PART ||
	    !ballast_mrc_complete(&view.curve, &ballast_mrc_defaults, access))
		return;
	/* One block that is missed is so many pages from swap. */
	pages = ballast_mrc_worth(&view.curve, o->thresholds.curve_worth / access);
	if (!ballast_mrc_tight(&view.curve, &ballast_mrc_defaults, pages))
		return;
	vm->in.curve_pages = pages;
	vm->in.curve_paused = view.query.state == BALLAST_MRC_PAUSED;
	vm->in.curve_misses_per_s = ballast_mrc_at(&view.curve, pages).misses / 1000;
}

struct observed_vm *observer_expect(struct observer *o, uint32_t id, const char *name, pid_t pid)
{
	struct observed_vm *vms, *vm;

	for (size_t i = 0; i < o->nr; i++)
		if (o->vms[i].vm.entry.id == id && o->vms[i].vm.pid == pid &&
		    !strcmp(o->vms[i].vm.entry.name, name))
			return &o->vms[i];
	vms = realloc(o->vms, (o->nr + 1) * sizeof(*vms));
	if (!vms)
		return NULL;
	o->vms = vms;
	vm = &vms[o->nr++];
	memset(vm, 0, sizeof(*vm));
	vm->vm.entry.id = id;
	snprintf(vm->vm.entry.name, sizeof(vm->vm.entry.name), "%s", name);
	vm->vm.pid = pid;
	vm->set_pages = UINT64_MAX;
	vm->said_pages = UINT64_MAX;
	return vm;
}

static void find_limits(struct observer *o, struct observed_vm *vm)
{
	char pid[16];
	const char *const names[] = { vm->vm.guest, vm->vm.entry.name, pid };
	struct ballast_sched_vm *in = &vm->in;

	snprintf(pid, sizeof(pid), "%d", vm->vm.pid);
	daemon_config_limits(o->config, names, 3, in->size_pages, &vm->limits);
	in->min_pages = vm->limits.min_pages;
	in->max_pages = vm->limits.max_pages;
	in->shares = vm->limits.shares;
	in->no_flush = !vm->limits.flush;
	in->no_swap = !vm->limits.swap || !o->memory.swap_free_pages || vm->swap_refused ||
		      vm->futile_ms > o->now_ms;
}

/* Does it take what it has free, from one report to the next? */
static void look_at_free(struct observed_vm *vm, const struct ballast_class_matrix *m,
			 uint64_t size)
{
	uint64_t free = m->reported_pages[BALLAST_CLASS_FREE];

	if (m->reports != vm->reports)
		vm->filling = vm->reports && free + size / FILLING_PART < vm->free_pages;
	vm->free_pages = free;
}

static int look_at_vm(struct observer *o, struct observed_vm *vm)
{
	struct ballast_client *client = o->client;
	struct ballast_class_matrix classes;
	struct ballast_vm_query query;
	uint32_t id = vm->vm.entry.id;
	const char *label = vm->vm.label;
	struct ballast_sched_memory memory = vm->in.memory;
	uint64_t stuck = vm->in.stuck_pages;
	bool deep = vm->in.stuck_deep;
	int ret;

	ret = ballast_client_query(client, id, label, &query);
	if (!ret)
		ret = ballast_client_classes(client, id, label, &classes);
	if (!ret)
		ret = ballast_client_balloon(client, id, label, &vm->balloon);
	if (ret)
		return ret;
	look_at_free(vm, &classes, query.mem_pages);
	forget(vm);
	ret = ballast_client_slots(client, id, label, &vm->slots, &vm->nr_slots);
	if (ret)
		return ret;
	vm->in = (struct ballast_sched_vm) {
		.size_pages = query.mem_pages,
		.working_set_pages = query.working_set_pages,
		.stuck_pages = stuck,
		.stuck_deep = deep,
		.filling = vm->filling,
		.memory = memory,
	};
	ret = observe_ages(o, vm, query.period_ms);
	if (ret)
		return ret;
	find_limits(o, vm);
	take_classes(&vm->in, &classes, vm->limits.classes);
	look_at_swapins(o, vm, &classes);
	take_balloon(o, vm);
	look_at_curve(o, vm, &query);
	if (observe_memory(o, vm))
		return -ESRCH;
	observe_refaults(o, vm);
	vm->look_ms = o->now_ms;
	vm->looks++;
	return 0;
}

static void forget_stuck(struct observed_vm *vm)
{
	vm->in.stuck_pages = 0;
	vm->in.stuck_deep = false;
	vm->stuck_ms = 0;
}

/*
 * Free memory in blocks that are too small, or of a VMM that does not take it, stays. It is
 * what is still there in the first report after the guest has returned all it could. What is
 * more than it had when it was asked was freed later.
 */
static void learn_stuck(const struct observer *o, struct observed_vm *vm,
			const struct ballast_sched_view *view)
{
	uint64_t now = o->now_ms, free = view->backed_free;

	if (vm->in.stuck_pages > free)
		vm->in.stuck_pages = free;
	if (vm->stuck_ms && now - vm->stuck_ms >= STUCK_MS)
		forget_stuck(vm);
	if (view->returnable && view->returnable < OBSERVE_FLUSH_PAGES) {
		vm->in.stuck_pages = free;
		if (!vm->stuck_ms)
			vm->stuck_ms = now;
	}
	if (!vm->flush_ms)
		return;
	if (!vm->answer_ms && vm->balloon.flushes != vm->flushes)
		vm->answer_ms = now;
	if ((!vm->answer_ms || vm->in.data_age_ms >= now - vm->answer_ms) &&
	    now - vm->flush_ms < FLUSH_MS)
		return;
	vm->in.stuck_pages = least(free, vm->flush_free_pages);
	vm->in.stuck_deep = vm->flush_deep;
	vm->stuck_ms = now;
	vm->flush_ms = 0;
}

void observer_learn(struct observer *o, const struct ballast_sched_decision *out)
{
	for (size_t i = 0; i < o->nr; i++)
		learn_stuck(o, &o->vms[i], &out[i].view);
}

/* --- all of them ---------------------------------------------------------------------- */

static void find_cgroups(struct observer *o)
{
	for (size_t i = 0; i < o->nr; i++) {
		struct observed_vm *vm = &o->vms[i];

		if (vm->looks)
			continue;
		if (!cgroup_find(o->client->proc, o->cgroups, vm->vm.pid, vm->cgroup))
			*vm->cgroup = '\0';
	}
	for (size_t i = 0; i < o->nr; i++) {
		bool own = *o->vms[i].cgroup;

		for (size_t j = 0; j < o->nr && own; j++)
			own = i == j || strcmp(o->vms[i].cgroup, o->vms[j].cgroup);
		o->vms[i].own_cgroup = own;
	}
}

static void drop_unseen(struct observer *o)
{
	size_t nr = 0;

	for (size_t i = 0; i < o->nr; i++) {
		if (o->vms[i].seen)
			o->vms[nr++] = o->vms[i];
		else
			forget(&o->vms[i]);
	}
	o->nr = nr;
}

static int find_vms(struct observer *o)
{
	struct vm *vms;
	size_t nr;
	int ret = 0;

	ret = vm_list(o->client, &vms, &nr);
	if (ret)
		return fail(o, ret, "%s", o->client->error);
	for (size_t i = 0; i < o->nr; i++)
		o->vms[i].seen = false;
	for (size_t i = 0; i < nr && !ret; i++) {
		struct observed_vm *vm = observer_expect(o, vms[i].entry.id, vms[i].entry.name,
							 vms[i].pid);

		if (!vm) {
			ret = fail(o, -ENOMEM, "out of memory");
			break;
		}
		vm->vm = vms[i];
		vm->seen = true;
	}
	free(vms);
	drop_unseen(o);
	return ret;
}

int observer_look(struct observer *o, uint64_t now_ms)
{
	int ret;

	o->now_ms = now_ms;
	set_thresholds(o);
	ret = host_memory_read(o->client->proc, &o->memory);
	if (ret)
		return fail(o, ret, "%s/meminfo: cannot read: %s", o->client->proc,
			    strerror(-ret));
	ret = find_vms(o);
	if (ret)
		return ret;
	find_cgroups(o);
	for (size_t i = 0; i < o->nr; i++) {
		ret = look_at_vm(o, &o->vms[i]);
		if (!ret)
			continue;
		/* It has gone, or is going. What the module cannot tell is our business. */
		if (ret != -ENOENT && ret != -ENODEV && ret != -ESRCH)
			return fail(o, ret, "%s", o->client->error);
		o->vms[i].seen = false;
	}
	drop_unseen(o);
	ret = look_at_host(o);
	if (!ret)
		look_at_demand(o, now_ms);
	return ret;
}

/*
 * Between two rounds, for next to nothing: is the host worse off than it was? VMs that have
 * come or gone since are left to the next round.
 */
bool observer_worse(struct observer *o)
{
	struct ballast_host_marks marks;
	struct host_memory now;

	/* Nothing to compare with before the first look. */
	if (!o->host.total_pages || host_memory_read(o->client->proc, &now))
		return false;
	ballast_host_marks(o->host.total_pages, &marks);
	/* VMs have not grown where the host has not lost any: they need not be looked at. */
	if (host_memory_left(&now) + marks.minfree_pages / 16 >= host_memory_left(&o->memory))
		return false;
	o->memory = now;
	for (size_t i = 0; i < o->nr; i++)
		observe_memory_moved(o, &o->vms[i]);
	if (look_at_host(o))
		return false;
	look_at_demand(o, observer_clock_ms());
	return ballast_host_state_next(&marks, o->host.free_pages,
				       (enum ballast_host_state)o->host.state) > o->host.state;
}

static bool has_freed(struct observer *o, const struct observed_vm *vm)
{
	struct ballast_class_matrix m;

	if (!vm->in.speaks || !vm->in.has_balloon || vm->in.no_flush ||
	    ballast_client_classes(o->client, vm->vm.entry.id, vm->vm.label, &m))
		return false;
	return m.reported_pages[BALLAST_CLASS_FREE] >=
	       vm->free_pages + ballast_sched_early(vm->in.size_pages);
}

bool observer_freed(struct observer *o)
{
	bool freed = false;

	if (!o->host.total_pages || observe_plenty(o) || ballast_client_open(o->client))
		return false;
	for (size_t i = 0; i < o->nr && !freed; i++)
		freed = has_freed(o, &o->vms[i]);
	ballast_client_close(o->client);
	return freed;
}
