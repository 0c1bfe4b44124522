// SPDX-License-Identifier: GPL-2.0-only
/* ballast sim: traces under policies, on a host that is not there. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sim/sim_generate.h"
#include "sim/sim_run.h"
#include "text.h"

#define MIB_PAGES	256ull
#define POLICIES_MAX	OPTION_LIST_MAX

/**
 * struct arguments - of the command line
 * @generate:       kind of load, or NULL
 * @replay:         file, or NULL
 * @record:         where to write the trace, or NULL
 * @policies:       names; none: all
 * @vms, @seconds, @seed, @size_mib, @overcommit: of a trace to be made
 * @memory_mib:     of the host; 0: as the trace says
 * @reclaim_mib_s, @return_mib_s, @miss_us, @swap_us: of the model
 */
struct arguments {
	const char *generate;
	const char *replay;
	const char *record;
	struct option_list policies;
	uint64_t vms;
	uint64_t seconds;
	uint64_t seed;
	uint64_t size_mib;
	uint64_t overcommit;
	uint64_t memory_mib;
	uint64_t reclaim_mib_s;
	uint64_t return_mib_s;
	uint64_t miss_us;
	uint64_t swap_us;
};

static int list_kinds(const char *wrong)
{
	char names[128] = "";

	for (size_t i = 0; sim_kinds[i].name; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
			 sim_kinds[i].name);
	}
	return out_usage("sim: --generate %s: one of: %s", wrong, names);
}

static int check_policies(const struct option_list *list)
{
	char names[128] = "";

	for (size_t i = 0; sim_policies[i]; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
			 sim_policies[i]->name);
	}
	for (size_t i = 0; i < list->nr; i++)
		if (!sim_policy_find(list->v[i]))
			return out_usage("sim: --policy %s: one of: %s", list->v[i], names);
	return OPTIONS_GO;
}

static int check(const struct arguments *a)
{
	if (!a->generate == !a->replay)
		return out_usage("sim: --generate KIND or a FILE, one of them");
	if (!a->vms || a->vms > SIM_VMS_MAX)
		return out_usage("sim: --vms %llu: not between 1 and %u",
				 (unsigned long long)a->vms, SIM_VMS_MAX);
	if (!a->seconds || a->seconds > SIM_SECONDS_MAX || a->vms * a->seconds > SIM_SAMPLES_MAX)
		return out_usage("sim: --seconds %llu: none, or too many",
				 (unsigned long long)a->seconds);
	if (!a->size_mib || a->size_mib > SIM_PAGES_MAX / MIB_PAGES / SIM_VMS_MAX)
		return out_usage("sim: --size %llu: no memory, or too much",
				 (unsigned long long)a->size_mib);
	if (a->memory_mib > SIM_PAGES_MAX / MIB_PAGES)
		return out_usage("sim: --memory %llu: too much",
				 (unsigned long long)a->memory_mib);
	if (a->overcommit < 10 || a->overcommit > 1000)
		return out_usage("sim: --overcommit %llu: not between 10 and 1000 percent",
				 (unsigned long long)a->overcommit);
	return check_policies(&a->policies);
}

static int make(const struct arguments *a, struct sim_trace *trace)
{
	const struct sim_generate what = {
		.kind = a->generate,
		.nr_vms = (uint32_t)a->vms,
		.seconds = (uint32_t)a->seconds,
		.seed = a->seed,
		.size_pages = a->size_mib * MIB_PAGES,
	};
	int status = sim_generate(&what, trace);
	uint64_t sum = 0;

	if (status == -EINVAL)
		return list_kinds(a->generate);
	if (status)
		return out_error("sim: out of memory");
	for (uint32_t i = 0; i < trace->nr_vms; i++)
		sum += trace->vms[i].size_pages;
	trace->total_pages = sum * 100 / a->overcommit;
	return OUT_OK;
}

static int get_trace(const struct arguments *a, struct sim_trace *trace)
{
	char error[512];
	int status;

	if (a->generate) {
		status = make(a, trace);
		if (status)
			return status;
	} else if (sim_trace_load(trace, a->replay, error, sizeof(error))) {
		return out_error("%s", error);
	}
	if (a->memory_mib)
		trace->total_pages = a->memory_mib * MIB_PAGES;
	if (a->record && sim_trace_save(trace, a->record, error, sizeof(error)))
		return out_error("%s", error);
	return OUT_OK;
}

static const struct out_column columns[] = {
	{ "policy", "POLICY", 8, false },
	{ "slowdown_bp", "SLOWDOWN", 8, true },
	{ "worst_slowdown_bp", "WORST", 6, true },
	{ "worst_vm", "WORST VM", 8, false },
	{ "turns", "TURNS", 5, true },
	{ "fairness_bp", "FAIRNESS", 8, true },
	{ "swap_out_pages", "SWAP OUT", 9, true },
	{ "swap_in_pages", "SWAP IN", 9, true },
	{ "let_go", "LET GO", 6, true },
	{ "high_s", "HIGH", 4, true },
	{ "clear_s", "CLEAR", 5, true },
	{ "soft_s", "SOFT", 4, true },
	{ "hard_s", "HARD", 4, true },
	{ "low_s", "LOW", 3, true },
};

static uint64_t bp(double value)
{
	return (uint64_t)llround(value * 10000);
}

static void print_score(const struct sim_trace *trace, const struct sim_policy *policy,
			const struct sim_score *s)
{
	const char *worst = trace->vms[s->worst_vm].name;

	out_row();
	out_str(NULL, policy->name, "%s", policy->name);
	out_u64(NULL, bp(s->slowdown), "%.3f", s->slowdown);
	out_u64(NULL, bp(s->worst_slowdown), "%.3f", s->worst_slowdown);
	out_str(NULL, worst, "%s", worst);
	out_u64(NULL, s->turns, "%u", s->turns);
	out_u64(NULL, bp(s->fairness), "%.3f", s->fairness);
	out_u64(NULL, s->swap_out_pages, "%s", text_size(s->swap_out_pages * 4096).s);
	out_u64(NULL, s->swap_in_pages, "%s", text_size(s->swap_in_pages * 4096).s);
	out_u64(NULL, s->let_go, "%u", s->let_go);
	for (unsigned int state = 0; state < BALLAST_NR_HOST_STATES; state++)
		out_u64(NULL, s->state_s[state], "%u", s->state_s[state]);
	out_row_end();
}

static bool is_wanted(const struct option_list *list, const char *name)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i], name))
			return true;
	return !list->nr;
}

static void print_head(const struct arguments *a, const struct sim_trace *trace)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < trace->nr_vms; i++)
		sum += trace->vms[i].size_pages;
	out_object(NULL);
	out_str("trace", a->generate ? a->generate : a->replay, "%s: ",
		a->generate ? a->generate : a->replay);
	out_u64("vms", trace->nr_vms, "%u VMs ", trace->nr_vms);
	out_u64("mem_pages", sum, "with %s ", text_mib(sum).s);
	out_u64("total_pages", trace->total_pages, "on a host of %s, ",
		text_mib(trace->total_pages).s);
	out_u64("seconds", trace->seconds, "%u s\n\n", trace->seconds);
}

static int run_all(const struct arguments *a, const struct sim_trace *trace)
{
	const struct sim_costs costs = {
		.reclaim_pages_per_s = (double)(a->reclaim_mib_s * MIB_PAGES),
		.return_pages_per_s = (double)(a->return_mib_s * MIB_PAGES),
		.miss_us = (double)a->miss_us,
		.swap_us = (double)a->swap_us,
	};
	struct sim_score score;

	print_head(a, trace);
	out_table("policies", columns, ARRAY_SIZE(columns));
	for (size_t i = 0; sim_policies[i]; i++) {
		if (!is_wanted(&a->policies, sim_policies[i]->name))
			continue;
		if (sim_run(trace, &costs, sim_policies[i], &score))
			return out_error("sim: out of memory");
		print_score(trace, sim_policies[i], &score);
	}
	out_table_end(NULL);
	out_end();
	return OUT_OK;
}

static int sim_verb(int argc, char **argv)
{
	struct arguments a = {
		.vms = 12, .seconds = 600, .seed = 1, .size_mib = 4096, .overcommit = 150,
		.reclaim_mib_s = 973, .return_mib_s = 2396, .miss_us = 100, .swap_us = 100,
	};
	const struct option_def options[] = {
		{ 'g', "generate", OPTION_STRING, &a.generate, "KIND", "make such a trace" },
		{ 0, "vms", OPTION_NUMBER, &a.vms, "N", "of so many VMs (12)" },
		{ 0, "seconds", OPTION_NUMBER, &a.seconds, "S", "so long (600)" },
		{ 0, "seed", OPTION_NUMBER, &a.seed, "N", "from this seed (1)" },
		{ 0, "size", OPTION_NUMBER, &a.size_mib, "MIB", "with so much memory each (4096)" },
		{ 0, "overcommit", OPTION_NUMBER, &a.overcommit, "PERCENT",
		  "of the host's memory that VMs have (150)" },
		{ 'o', "record", OPTION_STRING, &a.record, "FILE", "write the trace there" },
		{ 0, "memory", OPTION_NUMBER, &a.memory_mib, "MIB", "memory of the host" },
		{ 0, "policy", OPTION_LIST, &a.policies, "NAME", "only this; repeat for more" },
		{ 0, "reclaim", OPTION_NUMBER, &a.reclaim_mib_s, "MIB/S", "by a balloon (973)" },
		{ 0, "return", OPTION_NUMBER, &a.return_mib_s, "MIB/S", "the way back (2396)" },
		{ 0, "miss-us", OPTION_NUMBER, &a.miss_us, "US", "a page a guest reads (100)" },
		{ 0, "swap-us", OPTION_NUMBER, &a.swap_us, "US", "a page the host reads (100)" },
	};
	const struct verb_def verb = {
		.command = "sim",
		.args = "[FILE]",
		.help = "Run a trace, from a file or made up, under policies, and compare them.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct sim_trace trace = { 0 };
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	a.replay = argc ? argv[0] : NULL;
	status = check(&a);
	if (status != OPTIONS_GO)
		return status;
	status = get_trace(&a, &trace);
	if (!status)
		status = run_all(&a, &trace);
	sim_trace_release(&trace);
	return status;
}

const struct cli_object sim_object = {
	.name = "sim", .run = sim_verb, .help = "compare policies on a simulated host",
};
