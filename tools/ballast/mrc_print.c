// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "heat_axis.h"
#include "mrc_print.h"
#include "text.h"

#define ROWS		16
#define BAR_WIDTH	24

static const struct {
	const char *word, *meaning;
} states[BALLAST_NR_MRC_STATES] = {
	[BALLAST_MRC_OFF] = { "off", "" },
	[BALLAST_MRC_TRACING] = { "tracing", "accesses are counted" },
	[BALLAST_MRC_PAUSED] = { "paused", "the curve is stable; tracing goes on by itself" },
};

const char *mrc_state(uint32_t state)
{
	return state < BALLAST_NR_MRC_STATES ? states[state].word : "unknown";
}

static double rate(uint64_t misses)
{
	return (double)misses / 1000;
}

/* --- JSON only ------------------------------------------------------------------------- */

static void put_number(const char *key, bool known, uint64_t value)
{
	if (known)
		out_u64(key, value, "");
	else
		out_null(key, "");
}

static void put_rates(const struct ballast_mrc_point *p)
{
	out_u64("misses_per_1000s", p->misses, "");
	out_u64("low_per_1000s", p->low, "");
	out_u64("high_per_1000s", p->high, "");
}

static void put_point(const char *key, const struct ballast_mrc_point *p)
{
	out_object(key);
	out_u64("pages", p->pages, "");
	put_rates(p);
	out_end();
}

static void put_now(const struct mrc_view *view)
{
	struct ballast_mrc_point p = ballast_mrc_at(&view->curve, view->memory.resident_pages);

	if (view->has_memory && mrc_view_knows(view, p.pages))
		put_point("now", &p);
	else
		out_null("now", "");
}

static void put_curve(const struct mrc_view *view)
{
	const struct ballast_mrc_curve *c = &view->curve;
	bool known = c->nr_points;

	put_number("pages", known, c->pages);
	put_number("seen_pages", known, c->seen_pages);
	put_number("valid_from_pages", known, c->valid_from_pages);
	put_number("valid_to_pages", known, c->valid_to_pages);
	if (known) {
		out_object("cold");
		put_rates(&c->cold);
		out_end();
	} else {
		out_null("cold", "");
	}
	put_now(view);
	out_array("points");
	for (u32 i = 0; i < c->nr_points; i++)
		put_point(NULL, &c->points[i]);
	out_end();
}

/* --- what it is made from -------------------------------------------------------------- */

static void print_sample(const struct ballast_mrc_query *q)
{
	out_u64("entries", q->entries, "  %-12s%u entries", "sample", q->entries);
	out_u64("samples", q->samples, ", %u wanted", q->samples);
	out_u64("left_out", q->left_out, q->left_out ? ", no room for %u" : "", q->left_out);
	out_u64("interval_ms", q->interval_ms, "; a look every %s", text_ms(q->interval_ms).s);
	out_u64("tick_ms", q->tick_ms, " (tick_ms %u)\n", q->tick_ms);
}

static void print_cost(const struct ballast_mrc_query *q)
{
	out_u64("cpu_bp", q->cpu_bp, "  %-12s%s of a core", "cost", text_bp(q->cpu_bp).s);
	out_u64("budget_bp", q->budget_bp, ", budget %s", text_bp(q->budget_bp).s);
	out_u64("tick_ns", q->tick_ns, "; all %s", text_ns(q->tick_ns).s);
	out_u64("ticks", q->ticks, " in %llu looks\n", (unsigned long long)q->ticks);
}

static const char *word_of(const char *const *words, size_t nr, uint32_t i)
{
	return i < nr ? words[i] : "unknown";
}

static void print_tracer(const struct ballast_mrc_query *q)
{
	static const char *const tracers[BALLAST_NR_TRACERS] = {
		[BALLAST_TRACER_AUTO] = "auto",
		[BALLAST_TRACER_BITS] = "bits",
		[BALLAST_TRACER_TRAPS] = "traps",
	};
	static const char *const reasons[BALLAST_NR_TRACER_REASONS] = {
		[BALLAST_TRACER_ASKED] = "asked",
		[BALLAST_TRACER_FIRST] = "first",
		[BALLAST_TRACER_CHEAPER] = "cheaper",
		[BALLAST_TRACER_RATE] = "rate",
		[BALLAST_TRACER_CANNOT] = "cannot",
	};
	const char *by = word_of(tracers, BALLAST_NR_TRACERS, q->tracing_by);
	const char *why = word_of(reasons, BALLAST_NR_TRACER_REASONS, q->tracer_reason);
	const char *knob = word_of(tracers, BALLAST_NR_TRACERS, q->tracer);
	bool known = q->tracing_by;

	out_str("tracing_by", known ? by : "none", "  %-12s%s", "tracer", known ? by : "none");
	out_str("tracer_reason", known ? why : "none", " (%s; ", known ? why : "none");
	out_str("tracer", knob, "tracer %s)", knob);
	out_u64("traps_per_s", q->traps_per_s, ", %u traps/s", q->traps_per_s);
	out_u64("trap_rate", q->trap_rate, " of %u", q->trap_rate);
	out_u64("window_now_ms", q->window_now_ms, ", left alone for %s",
		text_ms(q->window_now_ms).s);
	out_u64("window_ms", q->window_ms, " (window_ms %u)\n", q->window_ms);
	out_u64("traps", q->traps, "  %-12s%llu traps", "", (unsigned long long)q->traps);
	out_u64("zaps", q->zaps, " of %llu mappings removed", (unsigned long long)q->zaps);
	out_u64("trap_ns", q->trap_ns, ", all %s", text_ns(q->trap_ns).s);
	out_u64("look_cost_ns", q->look_cost_ns, "; a look costs %s", text_ns(q->look_cost_ns).s);
	out_u64("trap_cost_ns", q->trap_cost_ns, ", a trap %s\n", text_ns(q->trap_cost_ns).s);
	out_u64("untrapped", q->untrapped, "");
	out_u64("trap_huge", q->trap_huge, "");
}

static void print_data(const struct ballast_mrc_query *q)
{
	const uint32_t settle_ms = ballast_mrc_defaults.settle_ms;

	out_u64("accesses", q->accesses, "  %-12s%llu accesses", "traced",
		(unsigned long long)q->accesses);
	out_u64("pauses", q->pauses, ", %llu pauses", (unsigned long long)q->pauses);
	out_u64("data_ms", q->data_ms, q->data_ms ? "; a curve of %s" : "",
		text_ms(q->data_ms).s);
	if (!q->data_ms)
		out_text("\n");
	else if (q->data_ms < settle_ms)
		out_text(" so far: it takes %s to be good\n", text_ms(settle_ms).s);
	else
		out_text(", older time has faded\n");
}

/* --- the curve ------------------------------------------------------------------------- */

static void print_row(const struct mrc_view *view, uint64_t pages, uint64_t most, bool now)
{
	struct ballast_mrc_point p = ballast_mrc_at(&view->curve, pages);

	out_text("  %12s%14.1f%12.1f to%10.1f%s%s%s\n", text_mib(pages).s, rate(p.misses),
		 rate(p.low), rate(p.high), p.misses ? "  " : "",
		 text_bar(p.misses, most, BAR_WIDTH).s, now ? "  < now" : "");
}

/* Round sizes, the ends of what is known, and where the VM is now. */
static void print_rows(const struct mrc_view *view)
{
	const struct ballast_mrc_curve *c = &view->curve;
	uint64_t step = heat_tick_pages(c->pages, ROWS), now = view->memory.resident_pages;
	uint64_t most = ballast_mrc_at(c, c->valid_from_pages).misses;
	bool mark = view->has_memory && mrc_view_knows(view, now);

	out_text("  %12s%14s%26s\n", "size", "misses/s", "95 % interval");
	out_text("  %12s  not known: so much is accessed between two looks\n", "less");
	for (uint64_t at = c->valid_from_pages, next; at <= c->valid_to_pages; at = next) {
		print_row(view, at, most, mark && at == now);
		next = (at / step + 1) * step;
		/* Not twice nearly the same. */
		if (at < c->valid_to_pages && next + step / 4 > c->valid_to_pages)
			next = c->valid_to_pages;
		if (mark && now > at && now < next)
			next = now;
	}
}

static void print_curve(const struct mrc_view *view)
{
	const struct ballast_mrc_curve *c = &view->curve;

	out_text("  %-12s%.1f per second (%.1f to %.1f), in no row below\n", "first seen",
		 rate(c->cold.misses), rate(c->cold.low), rate(c->cold.high));
	if (c->valid_from_pages > c->valid_to_pages) {
		out_text("  %-12sof no size: all of it is accessed between two looks\n", "known");
		return;
	}
	print_rows(view);
}

static void print_missing(const struct vm *vm, const struct mrc_view *view)
{
	char text[256];

	if (mrc_view_missing(view, vm->entry.name, text, sizeof(text)))
		out_text("  %-12s%s\n", "curve", text);
	else
		print_curve(view);
}

/* --- the whole ------------------------------------------------------------------------- */

static void print_memory(const struct vm *vm, const struct mrc_view *view)
{
	const struct vmm_memory *m = &view->memory;

	out_u64("mem_pages", vm->entry.mem_pages, "  %-12s%s", "memory",
		text_mib(vm->entry.mem_pages).s);
	if (view->has_memory) {
		out_u64("resident_pages", m->resident_pages, ", %s of it are in the host's memory",
			text_mib(m->resident_pages).s);
		out_u64("swapped_pages", m->swapped_pages, ", %s in its swap\n",
			text_mib(m->swapped_pages).s);
	} else {
		out_null("resident_pages", "");
		out_null("swapped_pages", "; what the host has of it cannot be read\n");
	}
}

static void print_state(const struct ballast_mrc_query *q)
{
	bool off = q->state == BALLAST_MRC_OFF;

	out_bool("enabled", !off, "");
	out_str("state", mrc_state(q->state), "  %-12s%s%s%s\n", "state", mrc_state(q->state),
		off ? "" : ": ", q->state < BALLAST_NR_MRC_STATES ? states[q->state].meaning :
						 "a later module has it");
}

void mrc_print(const struct vm *vm, const struct mrc_view *view)
{
	const struct ballast_mrc_query *q = &view->query;

	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s\n", vm->label);
	out_i64("pid", vm->pid, "");
	out_str("guest", vm->guest, "");
	print_memory(vm, view);
	out_object("mrc");
	print_state(q);
	if (out_is_json() || q->state != BALLAST_MRC_OFF) {
		print_sample(q);
		print_cost(q);
		print_tracer(q);
		print_data(q);
	}
	if (out_is_json())
		put_curve(view);
	else
		print_missing(vm, view);
	out_end();
	out_end();
}

void mrc_print_at(const struct mrc_view *view, unsigned int percent)
{
	uint64_t pages = view->memory.resident_pages * percent / 100;
	uint64_t misses = ballast_mrc_at(&view->curve, pages).misses;

	if (view->has_memory && mrc_view_knows(view, pages))
		out_u64(NULL, misses, "%.1f", rate(misses));
	else
		out_null(NULL, "-");
}
