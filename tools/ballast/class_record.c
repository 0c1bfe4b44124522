// SPDX-License-Identifier: GPL-2.0-only
/* ballast class record: what VMs do, as a trace for ballast sim. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sched_cli.h"
#include "sim/sim_record.h"
#include "text.h"
#include "ticker.h"

#define INTERVAL_MS	1000
#define DEFAULT_COUNT	60

/**
 * struct recorder - some VMs
 * @round: looks at all that are attached
 * @trace: what becomes of it
 * @vms:   those that are recorded, as in @trace
 * @ids:   attachments of them
 * @seconds: recorded
 */
struct recorder {
	struct sched_round round;
	struct sim_record trace;
	struct sim_trace_vm *vms;
	uint32_t *ids;
	uint32_t seconds;
};

static bool is_chosen(const struct recorder *r, uint32_t id)
{
	for (uint32_t i = 0; i < r->trace.nr; i++)
		if (r->ids[i] == id)
			return true;
	return false;
}

static void choose(struct recorder *r, const struct observed_vm *vm)
{
	struct sim_trace_vm *to = &r->vms[r->trace.nr];

	if (is_chosen(r, vm->vm.entry.id))
		return;
	snprintf(to->name, sizeof(to->name), "%.*s", (int)sizeof(to->name) - 1,
		 *vm->vm.guest ? vm->vm.guest : vm->vm.entry.name);
	text_sanitize(to->name);
	to->size_pages = vm->in.size_pages;
	to->min_pages = vm->in.min_pages;
	to->shares = vm->in.shares;
	r->ids[r->trace.nr++] = vm->vm.entry.id;
}

/* Those that are named; without a name, all. */
static int choose_all(struct recorder *r, int argc, char **argv)
{
	const struct observer *o = &r->round.observer;
	size_t index = 0;

	r->vms = calloc(o->nr + 1, sizeof(*r->vms));
	r->ids = calloc(o->nr + 1, sizeof(*r->ids));
	if (!r->vms || !r->ids)
		return out_error("out of memory");
	for (int i = 0; i < argc; i++) {
		int status = sched_find(o, "vm", argv[i], &index);

		if (status)
			return status;
		choose(r, &o->vms[index]);
	}
	for (size_t i = 0; i < o->nr && !argc; i++)
		choose(r, &o->vms[i]);
	if (!r->trace.nr)
		return out_error("class record: no VM is attached: ballast vm attach --all");
	if (r->trace.nr > SIM_VMS_MAX)
		return out_error("class record: no more than %u VMs", SIM_VMS_MAX);
	r->trace.vms = r->vms;
	r->trace.total_pages = o->host.total_pages;
	return OUT_OK;
}

/* False: none of them is left. */
static bool put_vms(struct recorder *r, uint32_t second)
{
	const struct observer *o = &r->round.observer;
	bool any = false;

	for (size_t i = 0; i < o->nr; i++) {
		for (uint32_t vm = 0; vm < r->trace.nr; vm++) {
			if (r->ids[vm] != o->vms[i].vm.entry.id)
				continue;
			sim_record_vm(&r->trace, second, vm, &o->vms[i].in);
			any = true;
		}
	}
	return any;
}

/* The trace is whole after each second, however this ends. */
static int record_all(struct recorder *r, struct ticker *ticker)
{
	const uint32_t most = SIM_SAMPLES_MAX / r->trace.nr;
	uint32_t second;
	char error[512];

	while (ticker_wait(ticker) == TICK_SAMPLE) {
		if (ticker->count > 1 && sched_round_run(&r->round, observer_clock_ms()))
			return out_error("%s", r->round.observer.error);
		/* Seconds that were missed are as the one before. */
		second = (uint32_t)((ticker_elapsed_ms(ticker) + INTERVAL_MS / 2) / INTERVAL_MS);
		if (second >= most || second >= SIM_SECONDS_MAX) {
			out_note("class record: the trace is full");
			break;
		}
		if (!put_vms(r, second)) {
			out_note("class record: the VMs have gone after %u s", r->seconds);
			break;
		}
		if (sim_record_second(&r->trace, second, error, sizeof(error)))
			return out_error("%s", error);
		r->seconds = second + 1;
	}
	return r->seconds ? OUT_OK : out_error("class record: interrupted before the first second");
}

static int record(struct recorder *r, uint64_t count)
{
	struct ticker ticker;
	char error[512];
	int ret, status;

	if (sim_record_start(&r->trace, error, sizeof(error)))
		return out_error("%s", error);
	ret = ticker_start(&ticker, INTERVAL_MS, count, 0);
	if (ret) {
		sim_record_end(&r->trace);
		return out_error("class record: cannot set a timer: %s", strerror(-ret));
	}
	status = record_all(r, &ticker);
	ticker_stop(&ticker);
	sim_record_end(&r->trace);
	return status;
}

static void print(const struct recorder *r)
{
	out_object(NULL);
	out_u64("vms", r->trace.nr, "%u VMs", r->trace.nr);
	out_u64("seconds", r->seconds, ", %u s:", r->seconds);
	out_str("file", r->trace.path, " %s\n", r->trace.path);
	out_end();
}

int class_record(int argc, char **argv)
{
	const char *file = NULL, *config_file = NULL, *folder = SCHED_STATE_FOLDER;
	uint64_t count = DEFAULT_COUNT;
	const struct option_def options[] = {
		{ 'o', "output", OPTION_STRING, &file, "FILE", "where to" },
		{ 'c', "count", OPTION_NUMBER, &count, "SECONDS",
		  "how long, default 60; 0: until Ctrl-C" },
		{ 0, "config", OPTION_STRING, &config_file, "FILE",
		  "of ballastd, default " DAEMON_CONFIG_FILE },
	};
	const struct verb_def verb = {
		.command = "class record",
		.args = "[VM...]",
		.help = "Write down what VMs use their memory for, all attached ones without a name, as a\n"
			"trace for ballast sim.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = SIM_VMS_MAX,
	};
	struct recorder r = { 0 };
	struct daemon_config config;
	char error[768];
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	if (!file)
		return out_usage("class record: where to? --output FILE");
	if (!sched_look(&r.round, &config, config_file, folder, error, sizeof(error)))
		return out_error("%s", error);
	r.trace.path = file;
	status = choose_all(&r, argc, argv);
	if (!status)
		status = record(&r, count);
	if (!status)
		print(&r);
	free(r.vms);
	free(r.ids);
	sched_round_release(&r.round);
	daemon_config_release(&config);
	return status;
}
