// SPDX-License-Identifier: GPL-2.0-only
/* ballast heat record and plot: guest memory x time. heat_show.c has show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "heat.h"
#include "heat_draw.h"
#include "heat_sample.h"
#include "picture.h"
#include "text.h"
#include "ticker.h"

#define DEFAULT_COUNT	60
#define DEFAULT_WIDTH	512

static int write_file(const struct heat_record *record, const struct picture_output *output,
		      const char *path)
{
	enum draw_file type = draw_file_type(path);
	char error[512];
	int ret;

	if (type == DRAW_FILE_JSON)
		ret = heat_record_save(record, path, error, sizeof(error));
	else
		ret = heat_draw(record, path, type, output->title, output->width, output->height,
				error, sizeof(error));
	return ret ? out_error("%s", error) : OUT_OK;
}

static int write_files(const struct heat_record *record, const struct picture_output *output)
{
	double seconds = (double)record->samples[record->nr - 1].t_ms / 1000;

	for (size_t i = 0; i < output->files.nr; i++) {
		int status = write_file(record, output, output->files.v[i]);

		if (status)
			return status;
	}
	out_object(NULL);
	out_str("vm", record->vm, "vm %s", record->vm);
	out_str("guest", record->guest, *record->guest ? " (%s)" : "%s", record->guest);
	out_u64("samples", record->nr, ": %zu samples", record->nr);
	out_u64("columns", record->grid.nr, " of %zu columns in %.1f s:", record->grid.nr, seconds);
	picture_print_files(output);
	out_end();
	return OUT_OK;
}

/* --- record ------------------------------------------------------------------------------ */

static int begin_record(struct heat_record *record, const struct heat_sampler *sampler,
			uint64_t interval_ms)
{
	const struct vm *vm = sampler->vm;

	memset(record, 0, sizeof(*record));
	snprintf(record->vm, sizeof(record->vm), "%s", vm->entry.name);
	snprintf(record->guest, sizeof(record->guest), "%s", vm->guest);
	record->pid = vm->pid;
	record->mem_pages = vm->entry.mem_pages;
	record->interval_ms = interval_ms;
	record->start = time(NULL);
	return heat_grid_copy(&record->grid, &sampler->grid);
}

static int add_sample(struct heat_record *record, struct heat_sampler *sampler,
		      uint64_t t_ms)
{
	int ret = heat_sampler_read(sampler);

	if (ret)
		return ret;
	ret = heat_record_add(record, t_ms, sampler->pass, sampler->cells);
	if (ret)
		snprintf(sampler->client->error, sizeof(sampler->client->error), "out of memory");
	return ret;
}

static void progress(const struct heat_record *record, uint64_t count, bool last)
{
	if (!isatty(STDERR_FILENO) || out_is_json())
		return;
	if (last)
		fputs("\r\033[K", stderr);
	else if (count)
		fprintf(stderr, "\r%zu of %llu samples\033[K", record->nr,
			(unsigned long long)count);
	else
		fprintf(stderr, "\r%zu samples, Ctrl-C ends\033[K", record->nr);
}

/* What was recorded is kept, however it ends. */
static int sample_all(struct heat_record *record, struct heat_sampler *sampler,
		      struct ticker *ticker, uint64_t count)
{
	enum tick tick;
	int ret = 0;

	while ((tick = ticker_wait(ticker)) == TICK_SAMPLE) {
		ret = add_sample(record, sampler, ticker_elapsed_ms(ticker));
		if (ret)
			break;
		progress(record, count, false);
	}
	progress(record, count, true);
	if (tick == TICK_GONE || ret == -ENOENT || ret == -ENODEV)
		out_note("vm %s: the VM has gone after %zu samples", sampler->vm->label,
			 record->nr);
	else if (ret || !record->nr)
		return ret ? cli_fail(sampler->client) :
			     out_error("heat record: interrupted before the first sample");
	return record->nr ? OUT_OK :
	       out_error("vm %s: the VM has gone before the first sample", sampler->vm->label);
}

static int record_vm(struct heat_sampler *sampler, const struct picture_output *output,
		     uint64_t interval_ms, uint64_t count)
{
	struct heat_record record;
	struct ticker ticker;
	int ret, status;

	ret = ticker_start(&ticker, interval_ms, count, sampler->vm->pid);
	if (ret)
		return out_error("heat record: cannot set a timer: %s", strerror(-ret));
	if (begin_record(&record, sampler, interval_ms))
		status = out_error("out of memory");
	else
		status = sample_all(&record, sampler, &ticker, count);
	ticker_stop(&ticker);
	if (!status)
		status = write_files(&record, output);
	heat_record_release(&record);
	return status;
}

int heat_record(int argc, char **argv)
{
	uint64_t interval_ms = 1000, count = DEFAULT_COUNT, width = DEFAULT_WIDTH;
	struct cli_vm_args which = { 0 };
	struct picture_output output = { 0 };
	const struct option_def options[] = {
		{ 'n', "interval", OPTION_SECONDS, &interval_ms, "SEC",
		  "between two samples, default 1" },
		{ 'c', "count", OPTION_NUMBER, &count, "COUNT",
		  "samples, default 60; 0: until Ctrl-C" },
		{ 'w', "width", OPTION_NUMBER, &width, "COLS",
		  "columns, default 512; 0: one per 2 MiB" },
		PICTURE_OPTIONS(&output, ".json, .svg or .png"),
		CLI_VM_OPTIONS(&which),
	};
	const struct verb_def verb = {
		.command = "heat record",
		.args = "VM",
		.help = "Sample how hot the memory of a VM is, into a recording or a picture.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct heat_sampler sampler;
	struct ballast_client client;
	struct vm_ref ref;
	struct vm vm;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	if (argc)
		return out_usage("heat record: --pid or --name or VM, one of them");
	if (width && (width < HEAT_WIDTH_MIN || width > HEAT_WIDTH_MAX))
		return out_usage("heat record: --width %llu: 0, or %d to %d",
				 (unsigned long long)width, HEAT_WIDTH_MIN, HEAT_WIDTH_MAX);
	status = picture_check_output(&verb, &output, true);
	if (status != OPTIONS_GO)
		return status;
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	if (heat_sampler_start(&sampler, &client, &vm, (size_t)width)) {
		status = cli_fail(&client);
	} else {
		status = record_vm(&sampler, &output, interval_ms, count);
		heat_sampler_stop(&sampler);
	}
	ballast_client_close(&client);
	return status;
}

/* --- plot -------------------------------------------------------------------------------- */

int heat_plot(int argc, char **argv)
{
	struct picture_output output = { 0 };
	const struct option_def options[] = { PICTURE_OPTIONS(&output, ".json, .svg or .png") };
	const struct verb_def verb = {
		.command = "heat plot",
		.args = "RECORDING",
		.help = "Draw what ballast heat record has written to a .json file.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.min_args = 1,
		.max_args = 1,
	};
	struct heat_record record;
	char error[512];
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = picture_check_output(&verb, &output, true);
	if (status != OPTIONS_GO)
		return status;
	if (heat_record_load(&record, argv[0], error, sizeof(error)))
		return out_error("%s", error);
	status = write_files(&record, &output);
	heat_record_release(&record);
	return status;
}

static const struct cli_command cmds[] = {
	{ "show", heat_show, "draw it here, a row per sample" },
	{ "record", heat_record, "sample it into a file or a picture" },
	{ "plot", heat_plot, "draw a recording" },
	{ 0 },
};

const struct cli_object heat_object = {
	.name = "heat", .commands = cmds, .help = "how hot memory is, over time",
};
