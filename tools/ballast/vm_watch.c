// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm watch: a line per sample, or a screen where there is a terminal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"
#include "ticker.h"
#include "vm_print.h"

#define ENTER_SCREEN	"\033[?1049h\033[?25l"
#define LEAVE_SCREEN	"\033[?25h\033[?1049l"
#define TOP_LEFT	"\033[H"
#define END_OF_LINE	"\033[K\n"
#define END_OF_SCREEN	"\033[J"

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

struct watch {
	struct ballast_client client;
	struct vm vm;
	bool screen;
	char *picture;		/* the last one, text */
};

static void print_pages(uint64_t pages)
{
	out_u64(NULL, pages, "%s", text_mib(pages).s);
}

static void print_line(const struct watch *w, const struct ballast_vm_query *q)
{
	time_t now = time(NULL);
	char clock[16], stamp[32];

	strftime(clock, sizeof(clock), "%T", localtime(&now));
	strftime(stamp, sizeof(stamp), "%FT%TZ", gmtime(&now));
	out_row();
	out_str(NULL, stamp, "%s", clock);
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
	out_str("vm", w->vm.entry.name, "");
	out_u64("mem_pages", q->mem_pages, "");
	out_u64("working_set_pages", q->working_set_pages, "");
	out_row_end();
}

/* Print into memory, so that the terminal gets whole pictures. */
static char *picture(struct watch *w, const struct ballast_vm_query *query)
{
	struct vm_knobs knobs;
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	vm_read_knobs(&w->client, w->vm.entry.name, &knobs);
	out_init(OUT_TEXT, memory);
	vm_print(&w->vm, query, &knobs);
	out_init(OUT_TEXT, stdout);
	fclose(memory);
	return text;
}

static void paint(const char *text)
{
	struct winsize size = { .ws_row = 24 };
	unsigned int row;

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	fputs(TOP_LEFT, stdout);
	for (row = 1; *text && (row < size.ws_row || !size.ws_row); row++) {
		size_t len = strcspn(text, "\n");

		printf("%.*s" END_OF_LINE, (int)len, text);
		text += len + (text[len] == '\n');
	}
	fputs(END_OF_SCREEN, stdout);
	fflush(stdout);
}

static int sample(struct watch *w)
{
	struct ballast_vm_query query;
	int ret;

	ret = ballast_client_query(&w->client, w->vm.entry.id, w->vm.label, &query);
	if (ret)
		return ret;
	if (!w->screen) {
		print_line(w, &query);
		return 0;
	}
	free(w->picture);
	w->picture = picture(w, &query);
	if (w->picture)
		paint(w->picture);
	return 0;
}

static void begin(struct watch *w)
{
	if (!w->screen)
		out_table_stream(columns, ARRAY_SIZE(columns));
	else
		fputs(ENTER_SCREEN, stdout);
}

/* What was seen last stays on the terminal. */
static void end(struct watch *w)
{
	if (!w->screen) {
		out_table_end(NULL);
		return;
	}
	fputs(LEAVE_SCREEN, stdout);
	if (w->picture)
		fputs(w->picture, stdout);
	free(w->picture);
}

static int watch(struct watch *w, uint64_t interval_ms, uint64_t count)
{
	struct ticker ticker;
	enum tick tick;
	int ret;

	ret = ticker_start(&ticker, interval_ms, count, w->vm.pid);
	if (ret)
		return out_error("vm watch: cannot set a timer: %s", strerror(-ret));
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

int vm_watch(int argc, char **argv)
{
	uint64_t interval_ms = 1000, count = 0;
	struct cli_vm_args which = { 0 };
	struct watch w = { 0 };
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
		.command = "vm watch",
		.args = "VM",
		.help = "Watch a VM: a screen on a terminal, else a line per sample.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct vm_ref ref;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status != OPTIONS_GO)
		return status;
	status = cli_open_vm(&w.client, &ref, &w.vm);
	if (status)
		return status;
	w.screen = !lines && !out_is_json() && isatty(STDOUT_FILENO);
	status = watch(&w, interval_ms, count);
	ballast_client_close(&w.client);
	return status;
}
