// SPDX-License-Identifier: GPL-2.0-only
/* What a VM's guest says; guest.h has the rules. */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "guest.h"
#include "vm.h"

/* Fewer answers say nothing of what the guest reports. */
#define ENOUGH_ANSWERS	100
#define ROUND_MS_MIN	250
#define ERROR_BP_MIN	50
#define ERROR_BP_MAX	5000

static_assert(BALLAST_NR_CLASSES <=
	      ARRAY_SIZE(((struct ballast_class_record *)NULL)->pages));

void ballast_guest_init(struct ballast_guest *g)
{
	mutex_init(&g->lock);
	g->config = (struct ballast_guest_config){
		.report_ms = BALLAST_REPORT_MS,
		.round_ms = BALLAST_ROUND_MS,
		.error_bp = BALLAST_ERROR_BP,
	};
}

void ballast_guest_free(struct ballast_guest *g)
{
	kvfree(g->history);
	mutex_destroy(&g->lock);
}

bool ballast_guest_config_valid(const struct ballast_guest_config *config)
{
	return config->report_ms >= BALLAST_WIRE_MS_MIN &&
	       config->report_ms <= BALLAST_WIRE_MS_MAX &&
	       (!config->round_ms || (config->round_ms >= ROUND_MS_MIN &&
				      config->round_ms <= BALLAST_WIRE_MS_MAX)) &&
	       config->error_bp >= ERROR_BP_MIN && config->error_bp <= ERROR_BP_MAX;
}

/* Another boot of the guest: what the last one said says nothing of this one. */
static void forget(struct ballast_guest *g)
{
	memset(&g->report, 0, sizeof(g->report));
	g->report_ns = 0;
	ballast_classes_init(&g->answers);
	g->answer_ns = 0;
	g->disagree = 0;
	ballast_balloon_forget(&g->balloon);
	g->history_n = 0;
}

/**
 * ballast_guest_bind() - a connection has proved that it is this VM's guest
 * @vm:    whose
 * @cid:   the peer's address
 * @hello: what it said
 * @turn:  out: its number, for all other calls
 *
 * Return: 0; -EBUSY when a connection from another address is alive; -ENODEV;
 * -ENOMEM.
 */
int ballast_guest_bind(struct ballast_vm *vm, u32 cid, const struct ballast_wire_hello *hello,
		       u32 *turn)
{
	struct ballast_guest *g = &vm->guest;
	int ret = 0;

	mutex_lock(&g->lock);
	if (ballast_vm_dying(vm)) {
		ret = -ENODEV;
	} else if (g->bound && g->cid != cid) {
		ret = -EBUSY;
	} else if (!g->history) {
		g->history = kvcalloc(BALLAST_HISTORY, sizeof(*g->history), GFP_KERNEL_ACCOUNT);
		if (!g->history)
			ret = -ENOMEM;
	}
	if (!ret) {
		if (memcmp(g->hello.boot, hello->boot, sizeof(hello->boot)))
			forget(g);
		g->hello = *hello;
		g->cid = cid;
		g->bound = true;
		g->connects++;
		*turn = ++g->turn;
	}
	mutex_unlock(&g->lock);
	return ret;
}

void ballast_guest_unbind(struct ballast_vm *vm, u32 turn)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	if (g->turn == turn)
		g->bound = false;
	mutex_unlock(&g->lock);
}

bool ballast_guest_in_charge(struct ballast_vm *vm, u32 turn)
{
	return READ_ONCE(vm->guest.turn) == turn;
}

static void read_levels(struct ballast_vm *vm, u64 *levels)
{
	unsigned int i;

	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		levels[i] = READ_ONCE(vm->level_pages[i]);
}

static void estimate(struct ballast_vm *vm)
{
	struct ballast_guest *g = &vm->guest;
	u64 levels[BALLAST_NR_LEVELS];

	lockdep_assert_held(&g->lock);
	read_levels(vm, levels);
	ballast_classes_estimate(&g->answers, levels, &g->matrix);
}

/*
 * Is what the guest reports what it answers? Its answers are of the last rounds, and its
 * memory may have changed since: they are held against what it reported meanwhile.
 */
static void compare(struct ballast_vm *vm)
{
	u64 slots = ballast_vm_mem_pages(vm);
	u64 levels[BALLAST_NR_LEVELS], claims[BALLAST_NR_CLASSES];
	struct ballast_guest *g = &vm->guest;

	if (ballast_classes_mean(&g->answers, levels, claims) < ENOUGH_ANSWERS)
		return;
	/* ROMs and what else is in slots, but no memory for the guest's kernel. */
	if (slots > g->report.total_pages)
		claims[BALLAST_CLASS_UNKNOWN] += slots - g->report.total_pages;
	ballast_classes_estimate(&g->answers, levels, &g->matrix);
	g->disagree = ballast_classes_disagree(&g->matrix, claims);
	if (g->disagree)
		g->wrong++;
}

static void take_report(struct ballast_vm *vm, const struct ballast_wire_report *report)
{
	struct ballast_guest *g = &vm->guest;
	struct ballast_class_record *record;

	g->report = *report;
	g->report_ns = ktime_get_ns();
	g->reports++;
	g->early += report->early;
	ballast_classes_report(&g->answers, report->pages, g->report_ns);
	compare(vm);
	record = &g->history[g->history_n++ % BALLAST_HISTORY];
	memset(record, 0, sizeof(*record));
	record->time_ns = g->report_ns;
	record->total_pages = report->total_pages;
	memcpy(record->pages, report->pages, sizeof(report->pages));
}

void ballast_guest_report(struct ballast_vm *vm, u32 turn,
			  const struct ballast_wire_report *report)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	if (g->turn == turn)
		take_report(vm, report);
	mutex_unlock(&g->lock);
}

void ballast_guest_round(struct ballast_vm *vm, u32 turn)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	if (g->turn == turn) {
		ballast_classes_turn(&g->answers);
		ballast_balloon_turn(&g->balloon);
		g->rounds++;
	}
	mutex_unlock(&g->lock);
}

void ballast_guest_asked(struct ballast_vm *vm, u32 turn, u32 pages)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	if (g->turn == turn)
		g->asked += pages;
	mutex_unlock(&g->lock);
}

static void take_answer(struct ballast_vm *vm, const u8 *levels,
			const struct ballast_wire_classes *classes)
{
	struct ballast_guest *g = &vm->guest;
	u64 level_pages[BALLAST_NR_LEVELS];
	u32 i;

	g->answer_ns = ktime_get_ns();
	for (i = 0; i < classes->nr; i++)
		ballast_classes_add(&g->answers, levels[i], classes->cls[i]);
	read_levels(vm, level_pages);
	ballast_classes_note(&g->answers, classes->nr, level_pages, g->answer_ns);
	g->answered += classes->nr;
}

/**
 * ballast_guest_answer() - classes of single pages
 * @vm:      whose
 * @turn:    connection
 * @levels:  of each page when it was drawn
 * @classes: the answer, as many as were asked
 */
void ballast_guest_answer(struct ballast_vm *vm, u32 turn, const u8 *levels,
			  const struct ballast_wire_classes *classes)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	if (g->turn == turn)
		take_answer(vm, levels, classes);
	mutex_unlock(&g->lock);
}

void ballast_guest_bytes(struct ballast_vm *vm, u64 rx, u64 tx)
{
	struct ballast_guest *g = &vm->guest;

	mutex_lock(&g->lock);
	g->rx_bytes += rx;
	g->tx_bytes += tx;
	mutex_unlock(&g->lock);
}

static u64 age(u64 now, u64 then)
{
	return then ? now - then : U64_MAX;
}

static void fill_matrix(const struct ballast_matrix *m, struct ballast_class_matrix *out)
{
	unsigned int level, cls;

	for (cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		for (level = 0; level < BALLAST_NR_LEVELS; level++)
			out->cell[level][cls] = m->cell[level][cls];
		out->total[cls] = m->total[cls];
	}
	for (level = 0; level < BALLAST_NR_LEVELS; level++)
		out->samples[level] = m->samples[level];
}

/**
 * ballast_guest_fill() - everything there is to say
 * @vm:  whose
 * @out: the caller has zeroed it
 */
void ballast_guest_fill(struct ballast_vm *vm, struct ballast_class_matrix *out)
{
	struct ballast_guest *g = &vm->guest;
	unsigned int i;
	u64 now;

	out->id = vm->id;
	out->mem_pages = ballast_vm_mem_pages(vm);
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		out->level_pages[i] = READ_ONCE(vm->level_pages[i]);
	mutex_lock(&g->lock);
	now = ktime_get_ns();
	out->state = g->bound ? BALLAST_GUEST_CONNECTED :
		     g->connects ? BALLAST_GUEST_LOST : BALLAST_GUEST_SILENT;
	out->cid = g->cid;
	out->disagree = g->disagree;
	strscpy(out->version, g->hello.version, sizeof(out->version));
	memcpy(out->boot, g->hello.boot, sizeof(out->boot));
	out->report_age_ns = age(now, g->report_ns);
	out->answer_age_ns = age(now, g->answer_ns);
	out->uptime_ns = g->report.uptime_ns;
	out->total_pages = g->report.total_pages;
	memcpy(out->reported_pages, g->report.pages, sizeof(g->report.pages));
	out->slab_reclaimable_pages = g->report.slab_reclaimable_pages;
	out->swapins = g->report_ns ? g->report.swapins : BALLAST_WIRE_UNTOLD;
	out->major_faults = g->report_ns ? g->report.major_faults : BALLAST_WIRE_UNTOLD;
	out->refaults = g->report_ns ? g->report.refaults : BALLAST_WIRE_UNTOLD;
	estimate(vm);
	fill_matrix(&g->matrix, out);
	out->connects = g->connects;
	out->reports = g->reports;
	out->early = g->early;
	out->wrong = g->wrong;
	out->rounds = g->rounds;
	out->asked = g->asked;
	out->answered = g->answered;
	out->rx_bytes = g->rx_bytes;
	out->tx_bytes = g->tx_bytes;
	mutex_unlock(&g->lock);
	out->report_ms = READ_ONCE(g->config.report_ms);
	out->round_ms = READ_ONCE(g->config.round_ms);
	out->error_bp = READ_ONCE(g->config.error_bp);
}

/**
 * ballast_guest_history() - the last reports
 * @vm:  whose
 * @out: the oldest of them first
 * @max: records in @out
 *
 * Return: records written.
 */
u32 ballast_guest_history(struct ballast_vm *vm, struct ballast_class_record *out, u32 max)
{
	struct ballast_guest *g = &vm->guest;
	u32 n, i;

	mutex_lock(&g->lock);
	n = min_t(u64, min_t(u32, max, BALLAST_HISTORY), g->history_n);
	for (i = 0; i < n; i++)
		out[i] = g->history[(g->history_n - n + i) % BALLAST_HISTORY];
	mutex_unlock(&g->lock);
	return n;
}
