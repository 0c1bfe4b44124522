// SPDX-License-Identifier: GPL-2.0-only
/* ballast class show, watch and plot: what a VM's memory is used for; class_record.c has record. */
#include <string.h>

#include "class_draw.h"
#include "class_print.h"
#include "picture.h"
#include "policy/classes.h"
#include "text.h"
#include "watch.h"

#define HISTORY_MAX	128

static void print_matrix(const struct vm *vm, const struct ballast_class_matrix *matrix)
{
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s\n", vm->label);
	out_i64("pid", vm->pid, "");
	out_str("guest", vm->guest, "");
	out_u64("mem_pages", matrix->mem_pages, "  %-12s%s\n", "memory",
		text_mib(matrix->mem_pages).s);
	class_print(matrix);
	out_end();
}

static int read_matrix(struct ballast_client *client, const struct vm *vm,
		       struct ballast_class_matrix *matrix)
{
	return ballast_client_classes(client, vm->entry.id, vm->label, matrix);
}

static int read_and_print(struct ballast_client *client, const struct vm *vm)
{
	struct ballast_class_matrix matrix;

	if (read_matrix(client, vm, &matrix))
		return cli_fail(client);
	print_matrix(vm, &matrix);
	return OUT_OK;
}

static int class_show(int argc, char **argv)
{
	return cli_vm_verb(argc, argv, "class show",
			   "Print what the memory of a VM is used for, and how hot that is.",
			   read_and_print);
}

/* --- watch ----------------------------------------------------------------------------- */

/* What the guest says; small classes are in JSON only. */
static const struct out_column columns[] = {
	{ "time", "TIME", 8, false },
	{ "state", "STATE", 9, false },
	{ "report_age_ms", "AGE", 7, true },
	{ "free", "FREE", 9, true },
	{ "anon_active", "ANON ACT", 9, true },
	{ "anon_inactive", "ANON IN", 9, true },
	{ "file_active", "FILE ACT", 9, true },
	{ "file_inactive", "FILE IN", 9, true },
	{ "file_dirty", "DIRTY", 9, true },
	{ "shmem", "SHMEM", 9, true },
	{ "slab", "SLAB", 9, true },
	{ "kernel", "KERNEL", 9, true },
};

/* In the order of the columns. */
static const enum ballast_class watched[] = {
	BALLAST_CLASS_FREE, BALLAST_CLASS_ANON_ACTIVE, BALLAST_CLASS_ANON_INACTIVE,
	BALLAST_CLASS_FILE_ACTIVE, BALLAST_CLASS_FILE_INACTIVE, BALLAST_CLASS_FILE_DIRTY,
	BALLAST_CLASS_SHMEM, BALLAST_CLASS_SLAB, BALLAST_CLASS_KERNEL,
};

static int read_classes(struct ballast_client *client, const struct vm *vm, void *data)
{
	return read_matrix(client, vm, data);
}

static void print_page(const struct vm *vm, const void *data)
{
	print_matrix(vm, data);
}

static bool is_watched(unsigned int cls)
{
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		if (watched[i] == cls)
			return true;
	return false;
}

static void print_line(const struct vm *vm, const void *data)
{
	const struct ballast_class_matrix *m = data;

	watch_print_time();
	out_str(NULL, class_state(m->state), "%s", class_state(m->state));
	if (m->report_age_ns == UINT64_MAX)
		out_null(NULL, "-");
	else
		out_u64(NULL, m->report_age_ns / 1000000, "%s",
			text_ms(m->report_age_ns / 1000000).s);
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		out_u64(NULL, m->reported_pages[watched[i]], "%s",
			text_mib(m->reported_pages[watched[i]]).s);
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		if (!is_watched(cls))
			out_u64(ballast_class_name(cls), m->reported_pages[cls], "");
	out_str("vm", vm->entry.name, "");
	out_u64("total_pages", m->total_pages, "");
	out_u64("reports", m->reports, "");
}

static int class_watch(int argc, char **argv)
{
	struct ballast_class_matrix matrix;
	const struct watch_def def = {
		.command = "class watch",
		.help = "Watch what a guest says: a screen on a terminal, else a line per sample.",
		.columns = columns,
		.nr = ARRAY_SIZE(columns),
		.data = &matrix,
		.read = read_classes,
		.print_line = print_line,
		.print_page = print_page,
	};

	return watch_verb(argc, argv, &def);
}

/* --- plot ------------------------------------------------------------------------------ */

static int plot_vm(struct ballast_client *client, const struct vm *vm,
		   const struct picture_output *output)
{
	struct ballast_class_record records[HISTORY_MAX];
	struct ballast_class_matrix matrix;
	struct class_history history = { vm->label, records, 0, &matrix };
	uint32_t nr = HISTORY_MAX;
	char error[512];

	if (read_matrix(client, vm, &matrix) ||
	    ballast_client_class_history(client, vm->entry.id, vm->label, records, &nr))
		return cli_fail(client);
	if (!nr)
		return out_error("vm %s: its guest has said nothing yet: is ballast_guest loaded in it?",
				 vm->label);
	history.nr = nr;
	for (size_t i = 0; i < output->files.nr; i++)
		if (class_draw(&history, output->files.v[i], draw_file_type(output->files.v[i]),
			       output->title, output->width, output->height, error, sizeof(error)))
			return out_error("%s", error);
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s:", vm->label);
	out_u64("reports", nr, " %u reports:", nr);
	picture_print_files(output);
	out_end();
	return OUT_OK;
}

static int class_plot(int argc, char **argv)
{
	return picture_verb(argc, argv, "class plot",
			    "Draw what the memory of a VM was used for in the last minutes, and how hot it is.",
			    plot_vm);
}

static const struct cli_command cmds[] = {
	{ "show", class_show, "what a VM's memory is used for, and how hot that is" },
	{ "watch", class_watch, "the same, again and again" },
	{ "record", class_record, "write it down for ballast sim, second by second" },
	{ "plot", class_plot, "draw the last minutes" },
	{ 0 },
};

const struct cli_object class_object = {
	.name = "class", .commands = cmds, .help = "what memory is used for",
};
