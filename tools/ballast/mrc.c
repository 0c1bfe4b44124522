// SPDX-License-Identifier: GPL-2.0-only
/* ballast mrc: how many misses would a VM have with less memory. */
#include "knobs.h"
#include "mrc_draw.h"
#include "mrc_print.h"
#include "picture.h"
#include "text.h"
#include "watch.h"

static int read_and_print(struct ballast_client *client, const struct vm *vm)
{
	struct mrc_view view = { 0 };

	if (mrc_view_read(client, vm, &view))
		return cli_fail(client);
	mrc_print(vm, &view);
	return OUT_OK;
}

static int show(int argc, char **argv)
{
	return cli_vm_verb(argc, argv, "mrc show",
			   "Print how many misses per second a VM would have with how much memory.",
			   read_and_print);
}

/* --- set ------------------------------------------------------------------------------- */

static const struct knob knobs[] = {
	{ "enabled", "mrc/enabled", "0 or 1", 0, 1, NULL },
	{ "samples", "mrc/samples", "64 to 16384", 64, 16384, NULL },
	{ "tick_ms", "mrc/tick_ms", "10 to 60000", 10, 60000, NULL },
	{ "budget_bp", "mrc/budget_bp", "1 to 10000 (100 is 1 % of a core)", 1, 10000, NULL },
	{ "tracer", "mrc/tracer", "auto, bits or traps", .words = "auto|bits|traps" },
	{ "window_ms", "mrc/window_ms", "0 to 60000", 0, 60000, NULL },
	{ "trap_rate", "mrc/trap_rate", "1 to 100000 a second", 1, 100000, NULL },
	{ "trap_huge", "mrc/trap_huge", "0 or 1", 0, 1, NULL },
};

static int set(int argc, char **argv)
{
	static const struct knobs_def def = {
		.command = "mrc set",
		.help = "Set knobs: enabled, samples, tick_ms, budget_bp, tracer, window_ms, trap_rate,\n"
			"trap_huge. All of them are set, or none.",
		.knobs = knobs,
		.nr = ARRAY_SIZE(knobs),
	};

	return knobs_verb(argc, argv, &def);
}

/* --- watch ----------------------------------------------------------------------------- */

static const struct out_column columns[] = {
	{ "time", "TIME", 8, false },
	{ "state", "STATE", 7, false },
	{ "data_ms", "TRACED", 7, true },
	{ "cpu_bp", "CPU", 7, true },
	{ "resident_pages", "RESIDENT", 11, true },
	{ "cold_per_1000s", "FIRST/S", 9, true },
	{ "now_per_1000s", "MISSES/S", 9, true },
	{ "at_90_percent_per_1000s", "AT 90 %", 9, true },
	{ "at_75_percent_per_1000s", "AT 75 %", 9, true },
	{ "at_50_percent_per_1000s", "AT 50 %", 9, true },
};

/* In the order of the columns. */
static const unsigned int percents[] = { 100, 90, 75, 50 };

static int read_view(struct ballast_client *client, const struct vm *vm, void *data)
{
	return mrc_view_read(client, vm, data);
}

static void print_page(const struct vm *vm, const void *data)
{
	mrc_print(vm, data);
}

static void print_line(const struct vm *vm, const void *data)
{
	const struct mrc_view *view = data;
	const struct ballast_mrc_query *q = &view->query;
	uint64_t resident = view->memory.resident_pages;

	watch_print_time();
	out_str(NULL, mrc_state(q->state), "%s", mrc_state(q->state));
	out_u64(NULL, q->data_ms, "%s", text_ms(q->data_ms).s);
	out_u64(NULL, q->cpu_bp, "%s", text_bp(q->cpu_bp).s);
	if (view->has_memory)
		out_u64(NULL, resident, "%s", text_mib(resident).s);
	else
		out_null(NULL, "-");
	if (view->curve.nr_points)
		out_u64(NULL, q->cold.misses, "%.1f", (double)q->cold.misses / 1000);
	else
		out_null(NULL, "-");
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++)
		mrc_print_at(view, percents[i]);
	out_str("vm", vm->entry.name, "");
	out_u64("ticks", q->ticks, "");
	out_u64("accesses", q->accesses, "");
}

static int watch(int argc, char **argv)
{
	struct mrc_view view = { 0 };
	const struct watch_def def = {
		.command = "mrc watch",
		.help = "Watch a VM's curve: a screen on a terminal, else a line per sample, with the\n"
			"misses at what the host has of the VM now, and at parts of that.",
		.columns = columns,
		.nr = ARRAY_SIZE(columns),
		.data = &view,
		.read = read_view,
		.print_line = print_line,
		.print_page = print_page,
	};

	return watch_verb(argc, argv, &def);
}

/* --- plot ------------------------------------------------------------------------------ */

static int plot_vm(struct ballast_client *client, const struct vm *vm,
		   const struct picture_output *output)
{
	struct mrc_view view = { 0 };
	char error[512];

	if (mrc_view_read(client, vm, &view))
		return cli_fail(client);
	if (mrc_view_missing(&view, vm->entry.name, error, sizeof(error)))
		return out_error("vm %s: %s", vm->label, error);
	for (size_t i = 0; i < output->files.nr; i++)
		if (mrc_draw(&view, vm->label, output->files.v[i],
			     draw_file_type(output->files.v[i]), output->title, output->width,
			     output->height, error, sizeof(error)))
			return out_error("%s", error);
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s:", vm->label);
	out_u64("data_ms", view.query.data_ms, " a curve of %s:", text_ms(view.query.data_ms).s);
	picture_print_files(output);
	out_end();
	return OUT_OK;
}

static int plot(int argc, char **argv)
{
	return picture_verb(argc, argv, "mrc plot",
			    "Draw how many misses per second a VM would have with how much memory.",
			    plot_vm);
}

static const struct cli_command commands[] = {
	{ "show", show, "how many misses a VM would have with how much memory" },
	{ "watch", watch, "the same, again and again" },
	{ "set", set, "switch it on and off, sample and cost" },
	{ "plot", plot, "draw it" },
	{ 0 }
};

const struct cli_object mrc_object = {
	.name = "mrc",
	.commands = commands,
	.help = "misses at each size of memory",
};
