// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "class_draw.h"
#include "heat_palette.h"
#include "heat_record.h"
#include "policy/classes.h"
#include "text.h"

#define LEFT		80
#define RIGHT		30
#define TOP		64
#define BOTTOM		54
/* The bars of levels are beside the field, this wide with the names of classes. */
#define BARS		300
#define BAR_NAME	96
#define BAR_LABEL	100
#define BAR_ROW		26
#define BAR_HEIGHT	14

/* Colours of Okabe and Ito and shades of them: told apart with any colour vision. */
static const struct heat_color colors[BALLAST_NR_CLASSES] = {
	[BALLAST_CLASS_UNKNOWN] = { 225, 225, 225 },
	[BALLAST_CLASS_FREE] = { 245, 245, 240 },
	[BALLAST_CLASS_ANON_ACTIVE] = { 213, 94, 0 },
	[BALLAST_CLASS_ANON_INACTIVE] = { 240, 170, 120 },
	[BALLAST_CLASS_FILE_ACTIVE] = { 0, 114, 178 },
	[BALLAST_CLASS_FILE_INACTIVE] = { 86, 180, 233 },
	[BALLAST_CLASS_FILE_DIRTY] = { 20, 60, 110 },
	[BALLAST_CLASS_SHMEM] = { 0, 158, 115 },
	[BALLAST_CLASS_MLOCKED] = { 204, 121, 167 },
	[BALLAST_CLASS_HUGETLB] = { 120, 60, 110 },
	[BALLAST_CLASS_SLAB] = { 230, 159, 0 },
	[BALLAST_CLASS_PAGE_TABLE] = { 150, 110, 20 },
	[BALLAST_CLASS_BALLOON] = { 240, 228, 66 },
	[BALLAST_CLASS_KERNEL] = { 110, 110, 110 },
};

/* From the bottom: what can be had back with the least pain is on top. */
static const enum ballast_class order[BALLAST_NR_CLASSES] = {
	BALLAST_CLASS_KERNEL, BALLAST_CLASS_PAGE_TABLE, BALLAST_CLASS_SLAB,
	BALLAST_CLASS_HUGETLB, BALLAST_CLASS_MLOCKED, BALLAST_CLASS_SHMEM,
	BALLAST_CLASS_ANON_ACTIVE, BALLAST_CLASS_ANON_INACTIVE, BALLAST_CLASS_FILE_DIRTY,
	BALLAST_CLASS_FILE_ACTIVE, BALLAST_CLASS_FILE_INACTIVE, BALLAST_CLASS_UNKNOWN,
	BALLAST_CLASS_BALLOON, BALLAST_CLASS_FREE,
};

static const struct {
	enum ballast_level level;
	uint8_t heat;
} levels[] = {
	{ BALLAST_HOT, HEAT_MAX },
	{ BALLAST_WARM, HEAT_MAX * 2 / 3 },
	{ BALLAST_COOL, HEAT_MAX / 3 },
	{ BALLAST_COLD, 0 },
	{ BALLAST_UNKNOWN, HEAT_UNKNOWN },
};

#define NR_LEVELS	(sizeof(levels) / sizeof(levels[0]))

/**
 * struct field - the area of time and memory
 * @x, @y, @w, @h: in the picture
 * @from_ns, @to_ns: what @w stands for
 * @pages: what @h stands for
 */
struct field {
	const struct class_history *history;
	double x, y, w, h;
	uint64_t from_ns, to_ns;
	uint64_t pages;
};

static void set_color(cairo_t *cr, struct heat_color c)
{
	cairo_set_source_rgb(cr, c.r / 255.0, c.g / 255.0, c.b / 255.0);
}

static double time_x(const struct field *f, uint64_t ns)
{
	return f->x + f->w * (double)(ns - f->from_ns) / (double)(f->to_ns - f->from_ns);
}

static double pages_y(const struct field *f, uint64_t pages)
{
	return f->y + f->h - f->h * (double)pages / (double)f->pages;
}

/* Pages of a report that lie below a class in the stack. */
static uint64_t below(const struct ballast_class_record *record, size_t place)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < place; i++)
		pages += record->pages[order[i]];
	return pages;
}

/* A report holds until the next one. */
static uint64_t holds_until(const struct field *f, size_t i)
{
	return i + 1 < f->history->nr ? f->history->records[i + 1].time_ns : f->to_ns;
}

/* The outline of a class: along its upper edge, and back along its lower one. */
static void paint_class(const struct field *f, cairo_t *cr, size_t place)
{
	const struct ballast_class_record *records = f->history->records;

	for (size_t i = 0; i < f->history->nr; i++) {
		double y = pages_y(f, below(&records[i], place + 1));

		cairo_line_to(cr, time_x(f, records[i].time_ns), y);
		cairo_line_to(cr, time_x(f, holds_until(f, i)), y);
	}
	for (size_t i = f->history->nr; i-- > 0;) {
		double y = pages_y(f, below(&records[i], place));

		cairo_line_to(cr, time_x(f, holds_until(f, i)), y);
		cairo_line_to(cr, time_x(f, records[i].time_ns), y);
	}
	cairo_close_path(cr);
	set_color(cr, colors[order[place]]);
	cairo_fill(cr);
}

static void axes(const struct field *f, cairo_t *cr)
{
	double bottom = f->y + f->h;

	draw_frame(cr, f->x, f->y, f->w, f->h);
	draw_axis_x(cr, f->x + f->w, f->x, bottom, -(double)(f->to_ns - f->from_ns) / 1e9);
	draw_text(cr, f->x + f->w / 2, bottom + 40, DRAW_MIDDLE, "seconds before now");
	draw_axis_y(cr, f->x, bottom, f->y, (double)f->pages / 256);
	draw_text(cr, f->x - 9, f->y - 12, DRAW_RIGHT, "MiB");
}

/* A class's share of each level, from hot to cold, its name and its colour. */
static void bar(const struct field *f, cairo_t *cr, double x, double y, enum ballast_class cls)
{
	const struct ballast_class_matrix *m = f->history->matrix;
	double width = BARS - BAR_NAME - BAR_LABEL, at = x + BAR_NAME;
	uint64_t most = 1;

	for (size_t i = 0; i < BALLAST_NR_CLASSES; i++)
		most = m->total[i].pages > most ? m->total[i].pages : most;
	set_color(cr, colors[cls]);
	cairo_rectangle(cr, x - 16, y, 10, BAR_HEIGHT);
	cairo_fill(cr);
	draw_ink(cr, 0.8);
	draw_font(cr, 12, CAIRO_FONT_WEIGHT_NORMAL);
	draw_text(cr, x, y + BAR_HEIGHT - 3, DRAW_LEFT, ballast_class_name(cls));
	for (size_t i = 0; i < NR_LEVELS; i++) {
		double w = width * (double)m->cell[levels[i].level][cls].pages / (double)most;

		set_color(cr, heat_palette(levels[i].heat));
		cairo_rectangle(cr, at, y, w, BAR_HEIGHT);
		cairo_fill(cr);
		at += w;
	}
	draw_ink(cr, 0.8);
	draw_text(cr, at + 6, y + BAR_HEIGHT - 3, DRAW_LEFT, text_mib(m->total[cls].pages).s);
}

static void bars(const struct field *f, cairo_t *cr)
{
	const struct ballast_class_matrix *m = f->history->matrix;
	double x = f->x + f->w + 50, y = f->y + 4, at = x;

	draw_ink(cr, 0.8);
	draw_font(cr, 12, CAIRO_FONT_WEIGHT_BOLD);
	draw_text(cr, x, f->y - 12, DRAW_LEFT, "now, as the host sees it");
	for (size_t place = BALLAST_NR_CLASSES; place-- > 0;) {
		enum ballast_class cls = order[place];

		if (!m->total[cls].pages && !m->reported_pages[cls])
			continue;
		bar(f, cr, x, y, cls);
		y += BAR_ROW;
	}
	y += 10;
	draw_font(cr, 11, CAIRO_FONT_WEIGHT_NORMAL);
	for (size_t i = 0; i < NR_LEVELS; i++) {
		set_color(cr, heat_palette(levels[i].heat));
		cairo_rectangle(cr, at, y, 12, 10);
		cairo_fill(cr);
		draw_ink(cr, 0.8);
		draw_text(cr, at + 15, y + 9, DRAW_LEFT, text_level(levels[i].level));
		at += 50;
	}
}

static void heading(const struct field *f, cairo_t *cr, const char *title, int width)
{
	char text[160];

	if (title)
		snprintf(text, sizeof(text), "%s", title);
	else
		snprintf(text, sizeof(text), "VM %s: what its memory is used for",
			 f->history->vm);
	draw_ink(cr, 0.9);
	draw_text_within(cr, f->x, 28, width - LEFT - RIGHT, 17, CAIRO_FONT_WEIGHT_BOLD, text);
}

/* What class_draw() hands through draw_to_file(). */
struct picture {
	const struct class_history *history;
	const char *title;
};

static int draw(cairo_t *cr, int width, int height, const void *arg)
{
	const struct picture *picture = arg;
	const struct class_history *history = picture->history;
	struct field f = {
		.history = history,
		.x = LEFT,
		.y = TOP,
		.w = width - LEFT - RIGHT - BARS,
		.h = height - TOP - BOTTOM,
		.from_ns = history->records[0].time_ns,
		.to_ns = history->records[history->nr - 1].time_ns + 1000000000,
		.pages = 1,
	};

	if (f.w < 50)
		f.w = 50;
	for (size_t i = 0; i < history->nr; i++)
		if (history->records[i].total_pages > f.pages)
			f.pages = history->records[i].total_pages;
	/* Blended edges would show as seams. */
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
	for (size_t place = 0; place < BALLAST_NR_CLASSES; place++)
		paint_class(&f, cr, place);
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
	axes(&f, cr);
	bars(&f, cr);
	heading(&f, cr, picture->title, width);
	return 0;
}

int class_draw(const struct class_history *history, const char *path, enum draw_file type,
	       const char *title, int width, int height, char *error, size_t size)
{
	const struct picture picture = { history, title };

	return draw_to_file(path, type, width, height, draw, &picture, error, size);
}
