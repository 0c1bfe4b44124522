// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm watch */
#include "text.h"
#include "vm_print.h"
#include "watch.h"

static const struct out_column columns[] = {
	{ "time", "TIME", 8, false },
	{ "hot_pages", "HOT", 10, true },
	{ "warm_pages", "WARM", 10, true },
	{ "cool_pages", "COOL", 10, true },
	{ "cold_pages", "COLD", 10, true },
	{ "unknown_pages", "UNKNOWN", 10, true },
	{ "changed_pages", "CHANGED", 10, true },
	{ "cpu_bp", "CPU", 8, true },
	{ "passes", "PASS", 6, true },
	{ "period_ms", "PERIOD", 8, true },
	{ "period_reason", "WHY", 8, false },
};

/* What was read last. */
struct view {
	struct ballast_vm_query query;
	struct ballast_class_matrix classes;
	struct vm_knobs knobs;
};

static int read_vm(struct ballast_client *client, const struct vm *vm, void *data)
{
	struct view *view = data;
	int ret;

	ret = ballast_client_query(client, vm->entry.id, vm->label, &view->query);
	if (!ret)
		ret = ballast_client_classes(client, vm->entry.id, vm->label, &view->classes);
	if (!ret)
		vm_read_knobs(client, vm->entry.name, &view->knobs);
	return ret;
}

static void print_page(const struct vm *vm, const void *data)
{
	const struct view *view = data;

	vm_print(vm, &view->query, &view->knobs, &view->classes);
}

static void print_pages(uint64_t pages)
{
	out_u64(NULL, pages, "%s", text_mib(pages).s);
}

static void print_line(const struct vm *vm, const void *data)
{
	const struct ballast_vm_query *q = &((const struct view *)data)->query;

	watch_print_time();
	print_pages(q->level_pages[BALLAST_HOT]);
	print_pages(q->level_pages[BALLAST_WARM]);
	print_pages(q->level_pages[BALLAST_COOL]);
	print_pages(q->level_pages[BALLAST_COLD]);
	print_pages(q->level_pages[BALLAST_UNKNOWN]);
	print_pages(q->changed_pages);
	out_u64(NULL, q->cpu_bp, "%s", text_bp(q->cpu_bp).s);
	out_u64(NULL, q->passes, "%llu", (unsigned long long)q->passes);
	out_u64(NULL, q->period_ms, "%s", q->period_ms ? text_ms(q->period_ms).s : "-");
	out_str(NULL, vm_period_reason(q->period_reason), "%s",
		vm_period_reason(q->period_reason));
	out_str("vm", vm->entry.name, "");
	out_u64("mem_pages", q->mem_pages, "");
	out_u64("working_set_pages", q->working_set_pages, "");
}

int vm_watch(int argc, char **argv)
{
	struct view view;
	const struct watch_def def = {
		.command = "vm watch",
		.help = "Watch a VM: a screen on a terminal, else a line per sample.",
		.columns = columns,
		.nr = ARRAY_SIZE(columns),
		.data = &view,
		.read = read_vm,
		.print_line = print_line,
		.print_page = print_page,
	};

	return watch_verb(argc, argv, &def);
}
