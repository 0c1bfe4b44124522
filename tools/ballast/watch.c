// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "screen.h"
#include "ticker.h"
#include "watch.h"

struct watch {
	const struct watch_def *def;
	struct ballast_client client;
	struct vm vm;
	bool on_screen;
	struct screen screen;
};

void watch_print_time(void)
{
	time_t now = time(NULL);
	char clock[16], stamp[32];

	strftime(clock, sizeof(clock), "%T", localtime(&now));
	strftime(stamp, sizeof(stamp), "%FT%TZ", gmtime(&now));
	out_str(NULL, stamp, "%s", clock);
}

static void print_page(const void *arg)
{
	const struct watch *w = arg;

	w->def->print_page(&w->vm, w->def->data);
}

static int sample(struct watch *w)
{
	int ret = w->def->read(&w->client, &w->vm, w->def->data);

	if (ret)
		return ret;
	if (w->on_screen) {
		screen_paint(&w->screen, print_page, w);
		return 0;
	}
	out_row();
	w->def->print_line(&w->vm, w->def->data);
	out_row_end();
	return 0;
}

static void begin(struct watch *w)
{
	if (w->on_screen)
		screen_enter(&w->screen);
	else
		out_table_stream(w->def->columns, w->def->nr);
}

static void end(struct watch *w)
{
	if (w->on_screen)
		screen_leave(&w->screen);
	else
		out_table_end(NULL);
}

static int watch(struct watch *w, uint64_t interval_ms, uint64_t count)
{
	struct ticker ticker;
	enum tick tick;
	int ret;

	ret = ticker_start(&ticker, interval_ms, count, w->vm.pid);
	if (ret)
		return out_error("%s: cannot set a timer: %s", w->def->command, strerror(-ret));
	begin(w);
	while ((tick = ticker_wait(&ticker)) == TICK_SAMPLE) {
		ret = sample(w);
		if (ret)
			break;
	}
	end(w);
	ticker_stop(&ticker);
	if (tick == TICK_GONE || ret == -ENOENT || ret == -ENODEV)
		cli_print_gone(&w->client, &w->vm);
	else if (ret)
		return cli_fail(&w->client);
	return OUT_OK;
}

int watch_verb(int argc, char **argv, const struct watch_def *def)
{
	uint64_t interval_ms = 1000, count = 0;
	struct cli_vm_args which = { 0 };
	struct watch w = { .def = def };
	bool lines = false;
	const struct option_def options[] = {
		{ 'n', "interval", OPTION_SECONDS, &interval_ms, "SEC",
		  "between two samples, default 1" },
		{ 'c', "count", OPTION_NUMBER, &count, "COUNT",
		  "samples, default 0: until Ctrl-C" },
		{ 'l', "lines", OPTION_FLAG, &lines, NULL,
		  "a line per sample, also on a terminal" },
		CLI_VM_OPTIONS(&which),
	};
	const struct verb_def verb = {
		.command = def->command,
		.args = "VM",
		.help = def->help,
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	int status;

	status = cli_begin(&verb, &which, &argc, &argv, &w.client, &w.vm);
	if (status != OPTIONS_GO)
		return status;
	w.on_screen = !lines && !out_is_json() && isatty(STDOUT_FILENO);
	status = watch(&w, interval_ms, count);
	ballast_client_close(&w.client);
	return status;
}
