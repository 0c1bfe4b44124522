// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>

#include "heat_axis.h"
#include "heat_draw.h"
#include "heat_palette.h"
#include "text.h"

#define LEFT		90
#define RIGHT		130
#define TOP		64
#define BOTTOM		62
/* Pixels of the field per unit of the picture, for sharp cells when enlarged. */
#define SCALE		2
/* Labels that are closer than this would run into each other. */
#define LABEL_ROOM	15.0

/**
 * struct field - the cells, and where they are
 * @x, @y, @w, @h: in the picture
 * @end_ms: what @w stands for
 * @memory: what @h stands for, from the bottom
 */
struct field {
	const struct heat_record *record;
	double x, y, w, h;
	uint64_t end_ms;
	struct heat_axis memory;
};

/* --- cells ------------------------------------------------------------------------ */

/* First index that ends after @position (samples by time). */
static size_t sample_at(const struct heat_record *r, double ms)
{
	size_t low = 0, high = r->nr;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if ((double)r->samples[middle].t_ms <= ms)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* One pixel may stand for several cells: their mean, special ones aside. */
static uint8_t mean(const struct heat_record *r, size_t s0, size_t s1, size_t c0, size_t c1)
{
	unsigned int sum = 0, nr = 0;
	uint8_t special = HEAT_HOLE;

	for (size_t s = s0; s < s1; s++) {
		for (size_t c = c0; c < c1; c++) {
			uint8_t value = r->samples[s].cells[c];

			if (value <= HEAT_MAX) {
				sum += value;
				nr++;
			} else if (value == HEAT_UNKNOWN) {
				special = value;
			}
		}
	}
	if (!nr)
		return special;
	return (uint8_t)((sum + nr / 2) / nr);
}

static uint32_t pixel(uint8_t value, int x, int y)
{
	struct heat_color c = heat_palette(value);

	/* Holes are hatched: nobody takes them for a temperature. */
	if (value == HEAT_HOLE && (x + y) % (6 * SCALE) < SCALE)
		c = (struct heat_color) { 176, 180, 184 };
	return 0xff000000u | (uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b;
}

static void paint_column(const struct field *f, cairo_surface_t *image, int x, const size_t *rows)
{
	const int width = cairo_image_surface_get_width(image);
	const int height = cairo_image_surface_get_height(image);
	const int stride = cairo_image_surface_get_stride(image);
	unsigned char *data = cairo_image_surface_get_data(image);
	const double ms = (double)f->end_ms / width;
	size_t s0 = sample_at(f->record, x * ms), s1 = sample_at(f->record, (x + 1) * ms);

	if (s1 <= s0)
		s1 = s0 + 1;
	for (int y = 0; y < height; y++) {
		size_t c0 = rows[y], c1 = rows[y + 1];
		uint8_t value = mean(f->record, s0, s1, c0, c1 > c0 ? c1 : c0 + 1);
		/* Memory goes upwards, rows of an image downwards. */
		int row = height - 1 - y;

		((uint32_t *)(void *)(data + (ptrdiff_t)row * stride))[x] = pixel(value, x, row);
	}
}

/* For each row of pixels, from the bottom, the first column of the grid in it. */
static size_t *row_columns(const struct field *f, int height)
{
	size_t *rows = calloc((size_t)height + 1, sizeof(*rows));
	size_t last = f->record->grid.nr - 1;

	for (int y = 0; rows && y <= height; y++) {
		rows[y] = heat_axis_column(&f->memory, f->h * y / height);
		if (rows[y] > last)
			rows[y] = last;
	}
	return rows;
}

static int paint_cells(const struct field *f, cairo_t *cr)
{
	const int width = (int)f->w * SCALE, height = (int)f->h * SCALE;
	cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	size_t *rows = row_columns(f, height);
	int ret = 0;

	if (!rows || cairo_surface_status(image)) {
		ret = -ENOMEM;
		goto out;
	}
	cairo_surface_flush(image);
	for (int x = 0; x < width; x++)
		paint_column(f, image, x, rows);
	cairo_surface_mark_dirty(image);
	cairo_save(cr);
	cairo_translate(cr, f->x, f->y);
	cairo_scale(cr, f->w / width, f->h / height);
	cairo_set_source_surface(cr, image, 0, 0);
	cairo_paint(cr);
	cairo_restore(cr);
out:
	cairo_surface_destroy(image);
	free(rows);
	return ret;
}

/* --- axes ---------------------------------------------------------------------------- */

static void time_axis(const struct field *f, cairo_t *cr)
{
	draw_axis_x(cr, f->x, f->x + f->w, f->y + f->h, (double)f->end_ms / 1000);
	draw_text(cr, f->x + f->w / 2, f->y + f->h + 42, DRAW_MIDDLE, "time (s)");
}

/* @last is where the last label is; false if there is no room for another. */
static bool memory_label(const struct field *f, cairo_t *cr, uint64_t gfn, double at,
			 double *last)
{
	double y = f->y + f->h - at;

	if (*last - y < LABEL_ROOM)
		return false;
	draw_line(cr, f->x - 5, y, f->x, y);
	draw_text(cr, f->x - 9, y + 4, DRAW_RIGHT, heat_label_gfn(gfn).s);
	*last = y;
	return true;
}

/* Each span is labelled where it begins, and at round addresses inside. */
static void memory_axis(const struct field *f, cairo_t *cr)
{
	const struct heat_grid *grid = &f->record->grid;
	uint64_t pages = 0, step, gfn;
	double last = INFINITY;

	for (size_t i = 0; i < grid->nr; i++)
		pages += grid->columns[i].gap ? 0 : grid->columns[i].nr * HEAT_BLOCK_PAGES;
	step = heat_tick_pages(pages, (unsigned int)(f->h / 40));
	for (size_t i = 0; i < grid->nr; i++) {
		const struct heat_column *c = &grid->columns[i];
		uint64_t from = c->block * HEAT_BLOCK_PAGES, to = from + c->nr * HEAT_BLOCK_PAGES;

		if (c->gap)
			continue;
		if (!i || c[-1].gap)
			memory_label(f, cr, from, f->memory.at[i], &last);
		for (gfn = (from + step - 1) / step * step; gfn < to; gfn += step)
			memory_label(f, cr, gfn, heat_axis_position(&f->memory, gfn), &last);
	}
	/* The end of memory, which is no column's. */
	gfn = (grid->columns[grid->nr - 1].block + grid->columns[grid->nr - 1].nr) *
	      HEAT_BLOCK_PAGES;
	memory_label(f, cr, gfn, f->h, &last);
	cairo_save(cr);
	cairo_translate(cr, 20, f->y + f->h / 2);
	cairo_rotate(cr, -M_PI / 2);
	draw_text(cr, 0, 0, DRAW_MIDDLE, "guest memory (address)");
	cairo_restore(cr);
}

static void frame(const struct field *f, cairo_t *cr)
{
	draw_frame(cr, f->x, f->y, f->w, f->h);
	time_axis(f, cr);
	memory_axis(f, cr);
}

/* --- legend --------------------------------------------------------------------------- */

static void swatch(cairo_t *cr, double x, double y, uint8_t value, const char *text)
{
	struct heat_color c = heat_palette(value);

	cairo_rectangle(cr, x, y, 18, 14);
	cairo_set_source_rgb(cr, c.r / 255.0, c.g / 255.0, c.b / 255.0);
	cairo_fill(cr);
	draw_ink(cr, 0.35);
	cairo_set_line_width(cr, 1);
	if (value == HEAT_HOLE) {
		cairo_save(cr);
		cairo_rectangle(cr, x, y, 18, 14);
		cairo_clip(cr);
		draw_ink(cr, 0.3);
		for (int at = 3; at < 32; at += 6)
			draw_line(cr, x + at, y, x + at - 14, y + 14);
		cairo_restore(cr);
	}
	cairo_rectangle(cr, x + 0.5, y + 0.5, 17, 13);
	cairo_stroke(cr);
	draw_ink(cr, 0.8);
	draw_text(cr, x + 25, y + 11, DRAW_LEFT, text);
}

static void legend(const struct field *f, cairo_t *cr)
{
	const double x = f->x + f->w + 22, height = f->h > 260 ? 180 : f->h - 80;
	const double bottom = f->y + 16 + height;

	draw_font(cr, 12, CAIRO_FONT_WEIGHT_NORMAL);
	draw_ink(cr, 0.8);
	draw_text(cr, x, f->y + 4, DRAW_LEFT, "mean level");
	/* Blended edges would show as seams. */
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
	for (int i = 0; i <= HEAT_MAX; i++) {
		struct heat_color c = heat_palette((uint8_t)i);
		double y = bottom - height * (i + 1) / (HEAT_MAX + 1);

		cairo_rectangle(cr, x, y, 18, height / (HEAT_MAX + 1) + 0.5);
		cairo_set_source_rgb(cr, c.r / 255.0, c.g / 255.0, c.b / 255.0);
		cairo_fill(cr);
	}
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
	draw_ink(cr, 0.35);
	cairo_set_line_width(cr, 1);
	cairo_rectangle(cr, x + 0.5, bottom - height + 0.5, 17, height - 1);
	cairo_stroke(cr);
	draw_ink(cr, 0.8);
	for (int i = 0; i < 4; i++) {
		double y = bottom - 4 - (height - 8) * i / 3;

		draw_text(cr, x + 25, y + 4, DRAW_LEFT, text_level(BALLAST_COLD + (unsigned int)i));
	}
	swatch(cr, x, bottom + 18, HEAT_UNKNOWN, "unknown");
	swatch(cr, x, bottom + 42, HEAT_HOLE, "no memory");
}

static void heading(const struct field *f, cairo_t *cr, const char *title)
{
	const struct heat_record *r = f->record;
	char text[PROC_NAME_LEN + 64], when[32];
	struct tm tm;

	if (!title && *r->guest)
		snprintf(text, sizeof(text), "%s: heat of guest memory", r->guest);
	else if (!title)
		snprintf(text, sizeof(text), "VM %s: heat of guest memory", r->vm);
	else
		snprintf(text, sizeof(text), "%s", title);
	draw_ink(cr, 0.9);
	draw_text_within(cr, f->x, 28, f->w + RIGHT - 8, 17, CAIRO_FONT_WEIGHT_BOLD, text);
	gmtime_r(&r->start, &tm);
	strftime(when, sizeof(when), "%F %T UTC", &tm);
	snprintf(text, sizeof(text), "pid %d, %s, %zu samples, every %s, from %s", r->pid,
		 text_mib(r->mem_pages).s, r->nr, text_ms(r->interval_ms).s, when);
	draw_ink(cr, 0.6);
	draw_text_within(cr, f->x, 48, f->w + RIGHT - 8, 12, CAIRO_FONT_WEIGHT_NORMAL, text);
}

/* --- the whole -------------------------------------------------------------------------- */

/* What heat_draw() hands through draw_to_file(). */
struct picture {
	const struct heat_record *record;
	const char *title;
};

static int draw(cairo_t *cr, int width, int height, const void *arg)
{
	const struct picture *picture = arg;
	struct field f = {
		.record = picture->record,
		.x = LEFT,
		.y = TOP,
		.w = width - LEFT - RIGHT,
		.h = height - TOP - BOTTOM,
		.end_ms = heat_record_end(picture->record),
	};
	int ret;

	ret = heat_axis_build(&f.memory, &picture->record->grid, f.h);
	if (ret)
		return ret;
	ret = paint_cells(&f, cr);
	frame(&f, cr);
	legend(&f, cr);
	heading(&f, cr, picture->title);
	heat_axis_release(&f.memory);
	return ret;
}

int heat_draw(const struct heat_record *record, const char *path, enum draw_file type,
	      const char *title, int width, int height, char *error, size_t size)
{
	const struct picture picture = { record, title };

	return draw_to_file(path, type, width, height, draw, &picture, error, size);
}
