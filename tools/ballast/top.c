// SPDX-License-Identifier: GPL-2.0-only
/* ballast top: the memory scheduler, again and again. */
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "sched_cli.h"
#include "sched_print.h"
#include "screen.h"
#include "ticker.h"

/**
 * struct top - a view
 * @folder, @config: of the daemon
 * @state:     last seen
 * @daemon:    it is of a daemon that runs
 * @on_screen: on a terminal
 * @error:     why nothing can be seen: printed when the screen is left
 */
struct top {
	const char *folder;
	const char *config;
	struct sched_state state;
	bool daemon;
	bool on_screen;
	struct screen screen;
	char error[768];
};

static void print_page(const void *arg)
{
	const struct top *top = arg;

	sched_print(&top->state, top->daemon);
}

/* Of a daemon that runs; without one, what it would decide. */
static bool look(struct top *top)
{
	struct daemon_config config;
	struct sched_round round;
	bool ok;

	sched_state_release(&top->state);
	/* One that has just begun may have written nothing yet. */
	top->daemon = sched_state_is_locked(top->folder) &&
		      !sched_state_load(&top->state, top->folder, top->error, sizeof(top->error));
	if (top->daemon)
		return true;
	if (!sched_look(&round, &config, top->config, top->folder, top->error,
			sizeof(top->error)))
		return false;
	ok = !sched_round_state(&round, &top->state);
	if (!ok)
		snprintf(top->error, sizeof(top->error), "out of memory");
	sched_round_release(&round);
	daemon_config_release(&config);
	return ok;
}

static void show(struct top *top)
{
	if (top->on_screen)
		screen_paint(&top->screen, print_page, top);
	else if (out_is_json())
		sched_print(&top->state, top->daemon);
	else
		sched_print_lines(&top->state);
}

static int watch(struct top *top, uint64_t interval_ms, uint64_t count)
{
	struct ticker ticker;
	bool ok = true;
	int ret;

	/* What cannot be seen at all is an error before there is a screen. */
	if (!look(top))
		return out_error("%s", top->error);
	ret = ticker_start(&ticker, interval_ms, count, 0);
	if (ret)
		return out_error("top: cannot set a timer: %s", strerror(-ret));
	if (top->on_screen)
		screen_enter(&top->screen);
	else if (!out_is_json())
		sched_print_lines_begin();
	while (ok && ticker_wait(&ticker) == TICK_SAMPLE) {
		ok = ticker.count == 1 || look(top);
		if (ok)
			show(top);
	}
	if (top->on_screen)
		screen_leave(&top->screen);
	ticker_stop(&ticker);
	return ok ? OUT_OK : out_error("%s", top->error);
}

static int top_verb(int argc, char **argv)
{
	struct top top = { .folder = SCHED_STATE_FOLDER };
	uint64_t interval_ms = 2000, count = 0;
	bool lines = false;
	const struct option_def options[] = {
		{ 'n', "interval", OPTION_SECONDS, &interval_ms, "SEC",
		  "between two looks, default 2" },
		{ 'c', "count", OPTION_NUMBER, &count, "COUNT",
		  "looks, default 0: until Ctrl-C" },
		{ 'l', "lines", OPTION_FLAG, &lines, NULL,
		  "a line per VM and look, also on a terminal" },
		{ 0, "config", OPTION_STRING, &top.config, "FILE",
		  "of ballastd, default " DAEMON_CONFIG_FILE },
		{ 'd', "folder", OPTION_STRING, &top.folder, "DIR",
		  "of ballastd's state, default " SCHED_STATE_FOLDER },
	};
	const struct verb_def verb = {
		.command = "top",
		.args = "",
		.help = "Watch the memory of the host and of each VM: a screen on a terminal, else lines.\n"
			"Without ballastd: what it would do.",
		.options = options,
		.nr = ARRAY_SIZE(options),
	};
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	top.on_screen = !lines && !out_is_json() && isatty(STDOUT_FILENO);
	status = watch(&top, interval_ms, count);
	sched_state_release(&top.state);
	return status;
}

const struct cli_object top_object = {
	.name = "top", .run = top_verb, .help = "memory of the host and its VMs, live",
};
