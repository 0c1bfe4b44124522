// SPDX-License-Identifier: GPL-2.0-only
#include "cli.h"
#include "sched_print.h"
#include "sched_text.h"
#include "text.h"
#include "watch.h"

/* The first two are of lines only: a page has them at its top. */
#define LINE_COLUMNS	2

static const struct out_column columns[] = {
	{ "time", "TIME", 8, false },
	{ "state", "HOST", 5, false },
	{ "vm", "VM", 6, false },
	{ "guest", "GUEST", 6, false },
	{ "size_pages", "SIZE", 7, true },
	{ "resident_pages", "HERE", 7, true },
	{ "swapped_pages", "SWAPPED", 7, true },
	{ "in_use_pages", "IN USE", 7, true },
	{ "held_pages", "BALLOON", 7, true },
	{ "new_target_pages", "TARGET", 7, true },
	{ "due_pages", "DUE", 7, true },
	{ "guest_free_pages", "FREE", 7, true },
	{ "guest_cold_pages", "COLD", 7, true },
	{ "refaults_per_s", "IN/S", 4, true },
	{ "why", "WHY", 8, false },
};

/* In MiB, which the head of the page says. */
static void cell(uint64_t pages)
{
	out_u64(NULL, pages, "%.1f", (double)pages / 256);
}

static void optional_cell(bool known, uint64_t pages)
{
	if (known)
		cell(pages);
	else
		out_null(NULL, "-");
}

static const char *main_reason(const struct sched_state_vm *vm)
{
	const struct ballast_sched_reason *r = sched_text_main(&vm->d);

	return r ? ballast_sched_why_name(r->why) : "-";
}

static void print_cells(const struct sched_state_vm *vm)
{
	bool balloon = vm->in.has_balloon, speaks = vm->d.view.trusted;

	out_str(NULL, vm->name, "%s", vm->name);
	out_str(NULL, vm->guest, "%s", *vm->guest ? vm->guest : "-");
	cell(vm->in.size_pages);
	cell(vm->in.resident_pages);
	cell(vm->in.swapped_pages);
	cell(vm->d.due.active_pages);
	optional_cell(balloon, vm->in.balloon_pages);
	optional_cell(balloon, vm->d.balloon_target_pages);
	cell(vm->d.due.entitled_pages);
	optional_cell(speaks, vm->d.view.free);
	optional_cell(speaks, vm->d.view.cold_cache);
	out_u64(NULL, vm->in.refaults_per_s, "%llu", (unsigned long long)vm->in.refaults_per_s);
	out_str(NULL, main_reason(vm), "%s", main_reason(vm));
}

/* --- the host ------------------------------------------------------------------------- */

static void print_daemon(const struct sched_state *s, bool daemon)
{
	uint64_t now = sched_state_clock_ms(), age = now > s->time_ms ? now - s->time_ms : 0;

	out_bool("daemon", daemon, "%s", daemon ? "ballastd  " :
		 "no ballastd runs: what it would do\n");
	if (!daemon)
		return;
	out_u64("daemon_pid", s->pid, "pid %u, ", s->pid);
	out_u64("interval_ms", s->interval_ms, "a round every %s, ", text_ms(s->interval_ms).s);
	out_u64("age_ms", age, "the last one %s ago", text_ms(age).s);
	out_bool("dry_run", s->dry_run, "%s\n", s->dry_run ? ", DRY RUN: nothing is done" : "");
	if (*s->error)
		out_str("error", s->error, "          in trouble, the figures are old: %s\n",
			s->error);
}

static void print_mark(const struct sched_state *s, unsigned int state, const char *after)
{
	const char *name = ballast_host_state_name(state);

	out_u64(name, s->summary.marks.mark_pages[state], "%s %s%s", name,
		text_mib(s->summary.marks.mark_pages[state]).s, after);
}

static void print_host(const struct sched_state *s)
{
	const struct ballast_sched_summary *sum = &s->summary;
	const char *state = ballast_host_state_name(sum->state);

	out_str("state", state, "host      %s: ", state);
	out_u64("free_pages", sum->free_pages, "%s free", text_mib(sum->free_pages).s);
	out_u64("total_pages", s->total_pages, " of %s", text_mib(s->total_pages).s);
	out_u64("goal_pages", sum->goal_pages, ", %s should be", text_mib(sum->goal_pages).s);
	out_u64("ready_pages", sum->ready_pages, ", %s kept ready\n",
		text_mib(sum->ready_pages).s);
	out_object("mark_pages");
	out_text("          below ");
	for (unsigned int i = BALLAST_HOST_CLEAR; i < BALLAST_NR_HOST_STATES; i++)
		print_mark(s, i, ", ");
	out_text("above ");
	print_mark(s, BALLAST_HOST_HIGH, " all is given back\n");
	out_end();
	out_u64("need_pages", sum->need_pages, "to take   %s", text_mib(sum->need_pages).s);
	out_u64("flush_pages", sum->flush_pages, ": %s that guests do not use",
		text_mib(sum->flush_pages).s);
	out_u64("balloon_pages", sum->balloon_pages, ", %s by balloons",
		text_mib(sum->balloon_pages).s);
	out_u64("swap_out_pages", sum->swap_pages, ", %s by swap", text_mib(sum->swap_pages).s);
	out_u64("short_pages", sum->short_pages, sum->short_pages ? "; %s are MISSING\n" : "\n",
		text_mib(sum->short_pages).s);
	out_u64("given_pages", sum->given_pages, "given     %s to VMs that lack memory\n",
		text_mib(sum->given_pages).s);
	out_u64("swap_pages", s->swap_pages, "swap      %s", text_mib(s->swap_pages).s);
	out_u64("swap_free_pages", s->swap_free_pages, ", %s of it free\n",
		text_mib(s->swap_free_pages).s);
}

void sched_print(const struct sched_state *state, bool daemon)
{
	out_object(NULL);
	print_daemon(state, daemon);
	print_host(state);
	out_text("\nMiB\n");
	out_table("vms", columns + LINE_COLUMNS, ARRAY_SIZE(columns) - LINE_COLUMNS);
	for (size_t i = 0; i < state->nr; i++) {
		out_row();
		print_cells(&state->vms[i]);
		out_row_end();
	}
	out_table_end("no VM is attached: ballast vm attach --all");
	out_end();
}

/* --- a VM ------------------------------------------------------------------------------ */

static void print_means(const struct sched_state_vm *vm)
{
	const struct ballast_sched_decision *d = &vm->d;

	out_u64("held_pages", vm->in.balloon_pages, "  balloon     %s held",
		text_mib(vm->in.balloon_pages).s);
	out_u64("target_pages", vm->in.balloon_target_pages, ", target %s",
		text_mib(vm->in.balloon_target_pages).s);
	out_u64("new_target_pages", d->balloon_target_pages, ", now %s",
		text_mib(d->balloon_target_pages).s);
	out_bool("has_balloon", vm->in.has_balloon, "%s\n",
		 vm->in.has_balloon ? "" : " (there is none, or it is not to be used)");
	out_u64("flush_pages", d->flush_pages, "  free        %s are asked for",
		text_mib(d->flush_pages).s);
	out_bool("no_flush", vm->in.no_flush, "%s\n",
		 vm->in.no_flush ? " (it is not to be asked)" : "");
	out_u64("swap_out_pages", d->swap_pages, "  swap        %s to go",
		text_mib(d->swap_pages).s);
	out_u64("paged_pages", vm->paged_pages, ", %s in this round", text_mib(vm->paged_pages).s);
	out_u64("swapped_pages", vm->in.swapped_pages, ", %s are there",
		text_mib(vm->in.swapped_pages).s);
	out_bool("no_swap", vm->in.no_swap, "%s\n",
		 vm->in.no_swap ? " (no swap on this host, or not for this VM)" : "");
}

void sched_print_vm(const struct sched_state *state, const struct sched_state_vm *vm)
{
	uint64_t now = sched_state_clock_ms();
	char text[256];

	out_object(NULL);
	out_str("vm", vm->name, "vm %s", vm->name);
	out_str("guest", vm->guest, *vm->guest ? " (%s)" : "%s", vm->guest);
	out_u64("age_ms", now > state->time_ms ? now - state->time_ms : 0,
		", as decided %s ago", text_ms(now > state->time_ms ? now - state->time_ms : 0).s);
	out_bool("dry_run", state->dry_run, "%s\n", state->dry_run ? " (dry run)" : "");
	out_u64("size_pages", vm->in.size_pages, "  memory      %s", text_mib(vm->in.size_pages).s);
	out_u64("resident_pages", vm->in.resident_pages, ", %s of it here",
		text_mib(vm->in.resident_pages).s);
	out_u64("in_use_pages", vm->d.due.active_pages, ", %s in use\n",
		text_mib(vm->d.due.active_pages).s);
	out_u64("due_pages", vm->d.due.entitled_pages, "  due         %s",
		text_mib(vm->d.due.entitled_pages).s);
	out_u64("min_pages", vm->in.min_pages, ", minimum %s", text_mib(vm->in.min_pages).s);
	out_u64("shares", vm->in.shares, ", %u shares\n", vm->in.shares);
	print_means(vm);
	out_text("  because\n");
	out_array("reasons");
	for (uint32_t i = 0; i < vm->d.nr_reasons; i++) {
		const struct ballast_sched_reason *r = &vm->d.reasons[i];

		sched_text_reason(r, text, sizeof(text));
		out_object(NULL);
		out_str("why", ballast_sched_why_name(r->why), "");
		out_str("text", text, "    %s\n", text);
		out_end();
	}
	out_end();
	out_end();
}

/* --- lines ------------------------------------------------------------------------------ */

void sched_print_lines_begin(void)
{
	out_table_stream(columns, ARRAY_SIZE(columns));
}

void sched_print_lines(const struct sched_state *state)
{
	const char *name = ballast_host_state_name(state->summary.state);

	for (size_t i = 0; i < state->nr; i++) {
		out_row();
		watch_print_time();
		out_str(NULL, name, "%s", name);
		print_cells(&state->vms[i]);
		out_row_end();
	}
}
