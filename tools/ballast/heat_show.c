// SPDX-License-Identifier: GPL-2.0-only
/* ballast heat show: guest memory to the right, a row per sample. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "heat.h"
#include "heat_axis.h"
#include "heat_palette.h"
#include "heat_record.h"
#include "heat_sample.h"
#include "ticker.h"

/* "1234.5 s " in front of each row. */
#define LABEL		10
#define RESET		"\033[0m"

enum paint {
	PAINT_CHARS,
	PAINT_256,
	PAINT_TRUE,
};

struct show {
	struct heat_sampler sampler;
	enum paint paint;
	uint64_t rows;
	unsigned int screen;	/* rows of the terminal, 0: none */
};

static enum paint find_paint(void)
{
	const char *colorterm = getenv("COLORTERM"), *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || (none && *none) || !term || !strcmp(term, "dumb"))
		return PAINT_CHARS;
	if (colorterm && (!strcmp(colorterm, "truecolor") || !strcmp(colorterm, "24bit")))
		return PAINT_TRUE;
	return PAINT_256;
}

/* --- drawing a row ------------------------------------------------------------------ */

static void set_color(enum paint paint, uint8_t value)
{
	struct heat_color c = heat_palette(value);

	if (value == HEAT_HOLE)
		out_text(RESET);
	else if (paint == PAINT_TRUE)
		out_text("\033[48;2;%u;%u;%um", c.r, c.g, c.b);
	else
		out_text("\033[48;5;%um", heat_palette_256(value));
}

static void draw_cells(enum paint paint, const uint8_t *cells, size_t nr)
{
	int last = -1;

	for (size_t i = 0; i < nr; i++) {
		if (paint == PAINT_CHARS) {
			out_text("%c", heat_palette_char(cells[i]));
			continue;
		}
		if (cells[i] != last)
			set_color(paint, cells[i]);
		last = cells[i];
		out_text(cells[i] == HEAT_HOLE ? "/" : " ");
	}
	out_text(paint == PAINT_CHARS ? "\n" : RESET "\n");
}

static void legend_item(enum paint paint, uint8_t value, const char *text)
{
	if (paint == PAINT_CHARS) {
		out_text("%c %s", heat_palette_char(value), text);
		return;
	}
	set_color(paint, value);
	out_text("%s" RESET " %s", value == HEAT_HOLE ? "//" : "  ", text);
}

static void draw_legend(enum paint paint)
{
	static const struct {
		uint8_t value;
		const char *text;
	} items[] = {
		{ 0, "cold" },
		{ 33, "cool" },
		{ 67, "warm" },
		{ HEAT_MAX, "hot" },
		{ HEAT_UNKNOWN, "unknown" },
		{ HEAT_HOLE, "no memory" },
	};

	out_text("%*s", LABEL, "");
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		out_text(i ? "  " : "");
		legend_item(paint, items[i].value, items[i].text);
	}
	out_text("\n");
}

/*
 * Addresses over the columns: where a span begins, and then now and again where
 * there is room.
 */
static void draw_axis(const struct heat_grid *grid)
{
	size_t at = 0, next = 0;

	out_text("%*s", LABEL, "");
	for (size_t i = 0; i < grid->nr; i++) {
		bool begins = !i || grid->columns[i - 1].gap;
		struct text label;

		if (grid->columns[i].gap || i < at || (!begins && i < next))
			continue;
		label = heat_label_gfn(grid->columns[i].block * HEAT_BLOCK_PAGES);
		/* Labels stay within the row, and a column apart. */
		if (i + strlen(label.s) + 1 > grid->nr && i)
			continue;
		out_text("%*s|%s", (int)(i - at), "", label.s);
		at = i + strlen(label.s) + 2;
		next = i + 20;
	}
	out_text("\n");
}

static void print_head(struct show *s)
{
	const struct heat_grid *grid = &s->sampler.grid;

	draw_legend(s->paint);
	draw_axis(grid);
	out_object(NULL);
	out_str("vm", s->sampler.vm->entry.name, "");
	out_str("guest", s->sampler.vm->guest, "");
	out_array("columns");
	for (size_t i = 0; i < grid->nr; i++) {
		out_object(NULL);
		out_u64("gfn", grid->columns[i].block * HEAT_BLOCK_PAGES, "");
		out_u64("pages", grid->columns[i].nr * HEAT_BLOCK_PAGES, "");
		if (grid->columns[i].gap)
			out_bool("gap", true, "");
		out_end();
	}
	out_end();
	out_end();
}

static void print_row(struct show *s, uint64_t t)
{
	const struct heat_sampler *sampler = &s->sampler;

	/* Again when the last one is about to leave the screen. */
	if (!s->rows || (s->screen > 4 && !out_is_json() && s->rows % (s->screen - 3) == 0))
		print_head(s);
	s->rows++;
	out_object(NULL);
	out_u64("t_ms", t, "%*.1f s ", LABEL - 3, (double)t / 1000);
	out_u64("pass", sampler->pass, "");
	out_array("heat");
	for (size_t i = 0; i < sampler->grid.nr; i++)
		out_i64(NULL, heat_record_value(sampler->cells[i]), "");
	out_end();
	out_end();
	if (!out_is_json())
		draw_cells(s->paint, sampler->cells, sampler->grid.nr);
	fflush(out_file());
}

/* --- the verb --------------------------------------------------------------------------- */

static size_t default_width(struct show *s)
{
	struct winsize size = { 0 };

	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) &&
	    size.ws_col > LABEL + HEAT_WIDTH_MIN) {
		s->screen = size.ws_row;
		return size.ws_col - LABEL;
	}
	return 80 - LABEL;
}

static int show(struct show *s, uint64_t interval_ms, uint64_t count)
{
	const struct vm *vm = s->sampler.vm;
	struct ticker ticker;
	enum tick tick;
	int ret;

	ret = ticker_start(&ticker, interval_ms, count, vm->pid);
	if (ret)
		return out_error("heat show: cannot set a timer: %s", strerror(-ret));
	while ((tick = ticker_wait(&ticker)) == TICK_SAMPLE) {
		uint64_t t_ms = ticker_elapsed_ms(&ticker);

		ret = heat_sampler_read(&s->sampler);
		if (ret)
			break;
		print_row(s, t_ms);
	}
	ticker_stop(&ticker);
	if (tick == TICK_GONE || ret == -ENOENT || ret == -ENODEV)
		cli_print_gone(s->sampler.client, vm);
	else if (ret)
		return cli_fail(s->sampler.client);
	return OUT_OK;
}

int heat_show(int argc, char **argv)
{
	uint64_t interval_ms = 1000, count = 0, width = 0;
	struct cli_vm_args which = { 0 };
	struct show s = { 0 };
	const struct option_def options[] = {
		{ 'n', "interval", OPTION_SECONDS, &interval_ms, "SEC",
		  "between two rows, default 1" },
		{ 'c', "count", OPTION_NUMBER, &count, "COUNT", "rows, default 0: until Ctrl-C" },
		{ 'w', "width", OPTION_NUMBER, &width, "COLS",
		  "columns, default what the terminal has, or 70" },
		CLI_VM_OPTIONS(&which),
	};
	const struct verb_def verb = {
		.command = "heat show",
		.args = "VM",
		.help = "Draw how hot the memory of a VM is: addresses to the right, time down.",
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
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
		return out_usage("heat show: --pid or --name or VM, one of them");
	if (width && (width < HEAT_WIDTH_MIN || width > HEAT_WIDTH_MAX))
		return out_usage("heat show: --width %llu: %d to %d", (unsigned long long)width,
				 HEAT_WIDTH_MIN, HEAT_WIDTH_MAX);
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	s.paint = find_paint();
	if (!width)
		width = default_width(&s);
	if (heat_sampler_start(&s.sampler, &client, &vm, (size_t)width)) {
		status = cli_fail(&client);
	} else {
		status = show(&s, interval_ms, count);
		heat_sampler_stop(&s.sampler);
	}
	ballast_client_close(&client);
	return status;
}
