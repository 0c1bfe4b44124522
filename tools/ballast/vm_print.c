// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "class_print.h"
#include "text.h"
#include "vm_print.h"

#define BAR_WIDTH	30

/* Keys are the names of the files in sysfs. */
static const struct {
	const char *key, *title;
	enum ballast_level level;
} levels[] = {
	{ "hot_pages", "hot", BALLAST_HOT },
	{ "warm_pages", "warm", BALLAST_WARM },
	{ "cool_pages", "cool", BALLAST_COOL },
	{ "cold_pages", "cold", BALLAST_COLD },
	{ "unknown_pages", "unknown", BALLAST_UNKNOWN },
};

static const struct {
	const char *key, *title;
	enum ballast_map_level level;
} maps[] = {
	{ "map_4k_pages", "4 KiB", BALLAST_MAP_4K },
	{ "map_2m_pages", "2 MiB", BALLAST_MAP_2M },
	{ "map_1g_pages", "1 GiB", BALLAST_MAP_1G },
	{ "map_none_pages", "nothing", BALLAST_MAP_NONE },
};

static const struct {
	const char *word, *why;
} reasons[BALLAST_NR_PERIOD_REASONS] = {
	[BALLAST_PERIOD_LEARNING] = { "learning", "the picture is new" },
	[BALLAST_PERIOD_TRACKING] = { "tracking", "pages change level, the period follows" },
	[BALLAST_PERIOD_STABLE] = { "stable", "little changes, backing off" },
	[BALLAST_PERIOD_BUDGET] = { "budget", "as fast as the CPU budget allows" },
	[BALLAST_PERIOD_PRESSURE] = { "pressure", "the host is short of memory" },
	[BALLAST_PERIOD_CHANGE] = { "change", "a burst of changes" },
	[BALLAST_PERIOD_MANUAL] = { "manual", "only ballast vm scan scans" },
};

const char *vm_period_reason(uint32_t reason)
{
	return reason < BALLAST_NR_PERIOD_REASONS ? reasons[reason].word : "unknown";
}

void vm_read_knobs(struct ballast_client *client, const char *folder, struct vm_knobs *knobs)
{
	const struct {
		const char *file;
		char *value;
	} files[] = {
		{ "period_min_ms", knobs->period_min_ms },
		{ "period_max_ms", knobs->period_max_ms },
		{ "budget_bp", knobs->budget_bp },
		{ "mode", knobs->mode },
		{ "calibrate_s", knobs->calibrate_s },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (ballast_client_get(client, folder, files[i].file, files[i].value))
			*files[i].value = '\0';
}

/* "  level   hot      512.0 MiB  12.5 %  ####": @left only in front of the first. */
static void print_share(const char *left, const char *title, const char *key, uint64_t pages,
			uint64_t whole)
{
	out_u64(key, pages, "  %-12s%-9s%14s %8s%s%s\n", left, title, text_mib(pages).s,
		text_percent(pages, whole).s, pages ? "  " : "",
		text_bar(pages, whole, BAR_WIDTH).s);
}

static void print_memory(const struct ballast_vm_query *q)
{
	out_u64("mem_pages", q->mem_pages, "  %-12s%-9s%14s\n", "memory", "",
		text_mib(q->mem_pages).s);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		print_share(i ? "" : "level", levels[i].title, levels[i].key,
			    q->level_pages[levels[i].level], q->mem_pages);
	print_share("working set", "", "working_set_pages", q->working_set_pages, q->mem_pages);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		print_share(i ? "" : "mapped by", maps[i].title, maps[i].key,
			    q->map_pages[maps[i].level], q->mem_pages);
}

static void print_number(const char *key, const char *value)
{
	if (*value)
		out_u64(key, strtoull(value, NULL, 10), "");
}

static void print_scan(const struct ballast_vm_query *q, const struct vm_knobs *knobs)
{
	const char *reason = vm_period_reason(q->period_reason);
	const char *why = q->period_reason < BALLAST_NR_PERIOD_REASONS ?
			  reasons[q->period_reason].why : "unknown to this version of the tool";

	out_text("  %-12s", "scan");
	if (q->period_ms)
		out_u64("period_ms", q->period_ms, "every %s", text_ms(q->period_ms).s);
	else
		out_u64("period_ms", 0, "on request");
	out_str("period_reason", reason, " (%s: %s)\n", reason, why);
	print_number("period_min_ms", knobs->period_min_ms);
	print_number("period_max_ms", knobs->period_max_ms);
	print_number("calibrate_s", knobs->calibrate_s);
	if (*knobs->mode)
		out_str("mode", knobs->mode, "  %-12smode %s, period from %s to %s, calibration ",
			"", knobs->mode, text_ms(strtoull(knobs->period_min_ms, NULL, 10)).s,
			text_ms(strtoull(knobs->period_max_ms, NULL, 10)).s);
	if (*knobs->mode)
		out_text(atoi(knobs->calibrate_s) ? "every %s s\n" : "off\n", knobs->calibrate_s);
	out_u64("passes", q->passes, "  %-12s%llu passes", "",
		(unsigned long long)q->passes);
	out_u64("changed_pages", q->changed_pages, ", %s changed level in the last\n",
		text_mib(q->changed_pages).s);
}

static void print_cost(const struct ballast_vm_query *q)
{
	/* Of a scan on request, the share of a core says nothing. */
	bool manual = q->period_reason == BALLAST_PERIOD_MANUAL;

	out_text("  %-12s", "cost");
	out_u64("cpu_bp", q->cpu_bp, manual ? "" : "%s of a core, ", text_bp(q->cpu_bp).s);
	out_u64("budget_bp", q->budget_bp, manual ? "" : "budget %s; ",
		text_bp(q->budget_bp).s);
	out_u64("pass_ns", q->pass_ns, "last pass %s", text_ns(q->pass_ns).s);
	out_text(", all %s\n", text_ns(q->scan_ns).s);
	out_text("  %-12s%s of state", "", text_size(q->store_bytes).s);
	out_text(" (%.3f %% of the VM)\n", q->mem_pages ?
		 100.0 * (double)q->store_bytes / 4096 / (double)q->mem_pages : 0.0);
}

static void print_tlb(const struct ballast_vm_query *q)
{
	if (q->blind_samples)
		out_text("  %-12s%s of accesses hidden by cached translations (%llu samples)\n",
			 "TLB", text_bp(q->tlb_blind_bp).s,
			 (unsigned long long)q->blind_samples);
	else
		out_text("  %-12snot calibrated yet\n", "TLB");
}

/* Also in JSON what is in stats/ in sysfs. */
static void print_stats(const struct ballast_vm_query *q)
{
	const struct {
		const char *key;
		uint64_t value;
		const char *text;
	} stats[] = {
		{ "scanned_pages", q->scanned_pages, "pages covered by aging calls" },
		{ "calls", q->calls, "aging calls" },
		{ "hits", q->hits, "of them found an access" },
		{ "contended", q->contended, "times stood back from mmu_lock" },
		{ "credited", q->credited, "accesses others had cleared, credited" },
		{ "given_back", q->given_back, "times told others of an access we had cleared" },
		{ "missed_deadlines", q->missed_deadlines, "passes longer than the period" },
		{ "invalidations", q->invalidations, "ranges invalidated" },
		{ "flushes", q->flushes, "TLB flushes for calibration" },
	};

	out_object("stats");
	for (size_t i = 0; i < ARRAY_SIZE(stats); i++)
		out_u64(stats[i].key, stats[i].value, "  %-12s%12llu %s\n", i ? "" : "counters",
			(unsigned long long)stats[i].value, stats[i].text);
	out_u64("scan_ns", q->scan_ns, "");
	out_u64("tlb_blind_bp", q->tlb_blind_bp, "");
	out_u64("blind_samples", q->blind_samples, "");
	out_u64("store_bytes", q->store_bytes, "");
	out_end();
}

void vm_print(const struct vm *vm, const struct ballast_vm_query *query,
	      const struct vm_knobs *knobs, const struct ballast_class_matrix *classes)
{
	out_object(NULL);
	out_str("vm", vm->entry.name, "vm %s\n", vm->label);
	out_i64("pid", vm->pid, "  %-12s%d", "process", vm->pid);
	out_str("guest", vm->guest, "");
	out_u64("id", query->id, ", attachment %u\n", query->id);
	print_memory(query);
	class_print(classes);
	print_scan(query, knobs);
	print_cost(query);
	print_tlb(query);
	print_stats(query);
	out_end();
}
