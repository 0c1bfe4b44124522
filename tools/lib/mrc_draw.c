// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "mrc_draw.h"
#include "text.h"

#define LEFT		90
#define RIGHT		150
#define TOP		92
#define BOTTOM		62
/* A band may be far wider than its curve is high: the picture ends there. */
#define BAND_MOST	2

/**
 * struct field - the area of size and misses
 * @x, @y, @w, @h: in the picture
 * @pages:  what @w stands for
 * @misses: what @h stands for
 */
struct field {
	const struct mrc_view *view;
	double x, y, w, h;
	uint64_t pages;
	uint64_t misses;
};

/* Blue and vermilion of Okabe and Ito: told apart with any colour vision. */
static void curve_color(cairo_t *cr)
{
	cairo_set_source_rgb(cr, 0, 114 / 255.0, 178 / 255.0);
}

static void band_color(cairo_t *cr)
{
	cairo_set_source_rgb(cr, 184 / 255.0, 217 / 255.0, 238 / 255.0);
}

static void now_color(cairo_t *cr)
{
	cairo_set_source_rgb(cr, 213 / 255.0, 94 / 255.0, 0);
}

static void unknown_color(cairo_t *cr)
{
	draw_ink(cr, 0.08);
}

static double pages_x(const struct field *f, uint64_t pages)
{
	return f->x + f->w * (double)pages / (double)f->pages;
}

static double misses_y(const struct field *f, uint64_t misses)
{
	return f->y + f->h - f->h * (double)misses / (double)f->misses;
}

static bool nothing_known(const struct ballast_mrc_curve *c)
{
	return c->valid_from_pages > c->valid_to_pages;
}

/* --- the curve ------------------------------------------------------------------------- */

/*
 * Sizes at which the curve bends, those that are known: its ends, and its points between.
 * False behind the last; @i counts from 0.
 */
static bool bend(const struct ballast_mrc_curve *c, u32 i, struct ballast_mrc_point *p)
{
	u32 from = 0, to = c->nr_points;

	while (from < to && c->points[from].pages <= c->valid_from_pages)
		from++;
	while (to > from && c->points[to - 1].pages >= c->valid_to_pages)
		to--;
	if (i > to - from + 1)
		return false;
	if (!i)
		*p = ballast_mrc_at(c, c->valid_from_pages);
	else if (i == to - from + 1)
		*p = ballast_mrc_at(c, c->valid_to_pages);
	else
		*p = c->points[from + i - 1];
	return true;
}

static void paint_band(const struct field *f, cairo_t *cr)
{
	const struct ballast_mrc_curve *c = &f->view->curve;
	struct ballast_mrc_point p;
	u32 nr = 0;

	for (; bend(c, nr, &p); nr++)
		cairo_line_to(cr, pages_x(f, p.pages), misses_y(f, p.high));
	while (nr-- && bend(c, nr, &p))
		cairo_line_to(cr, pages_x(f, p.pages), misses_y(f, p.low));
	cairo_close_path(cr);
	band_color(cr);
	cairo_fill(cr);
}

static void paint_line(const struct field *f, cairo_t *cr)
{
	struct ballast_mrc_point p;

	for (u32 i = 0; bend(&f->view->curve, i, &p); i++)
		cairo_line_to(cr, pages_x(f, p.pages), misses_y(f, p.misses));
	curve_color(cr);
	cairo_set_line_width(cr, 2);
	cairo_stroke(cr);
}

/* Sizes that nothing is known of. */
static void paint_unknown(const struct field *f, cairo_t *cr)
{
	const struct ballast_mrc_curve *c = &f->view->curve;
	double from = nothing_known(c) ? f->x + f->w : pages_x(f, c->valid_from_pages);
	double to = nothing_known(c) ? f->x + f->w : pages_x(f, c->valid_to_pages);

	unknown_color(cr);
	cairo_rectangle(cr, f->x, f->y, from - f->x, f->h);
	cairo_rectangle(cr, to, f->y, f->x + f->w - to, f->h);
	cairo_fill(cr);
}

static void paint_curve(const struct field *f, cairo_t *cr)
{
	cairo_save(cr);
	cairo_rectangle(cr, f->x, f->y, f->w, f->h);
	cairo_clip(cr);
	paint_unknown(f, cr);
	if (!nothing_known(&f->view->curve)) {
		paint_band(f, cr);
		paint_line(f, cr);
	}
	cairo_restore(cr);
}

/* --- where the VM is ------------------------------------------------------------------- */

/* A line at what the host has of the VM, what that means above it. */
static void mark_now(const struct field *f, cairo_t *cr)
{
	const double dashes[] = { 6, 4 };
	uint64_t pages = f->view->memory.resident_pages;
	struct ballast_mrc_point p = ballast_mrc_at(&f->view->curve, pages);
	double x = pages_x(f, pages < f->pages ? pages : f->pages);
	cairo_text_extents_t extents;
	char text[160];

	if (!f->view->has_memory)
		return;
	if (mrc_view_knows(f->view, pages))
		snprintf(text, sizeof(text), "now %s: %.4g misses per second (%.4g to %.4g)",
			 text_mib(pages).s, (double)p.misses / 1000, (double)p.low / 1000,
			 (double)p.high / 1000);
	else
		snprintf(text, sizeof(text), "now %s", text_mib(pages).s);
	now_color(cr);
	cairo_set_line_width(cr, 2);
	cairo_set_dash(cr, dashes, 2, 0);
	draw_line(cr, x, f->y - 4, x, f->y + f->h);
	cairo_set_dash(cr, NULL, 0, 0);
	draw_font(cr, 12, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_text_extents(cr, text, &extents);
	/* Over the line, but not beside the field. */
	x -= extents.x_advance / 2;
	if (x > f->x + f->w - extents.x_advance)
		x = f->x + f->w - extents.x_advance;
	if (x < f->x)
		x = f->x;
	draw_text_within(cr, x, f->y - 9, f->w, 12, CAIRO_FONT_WEIGHT_NORMAL, text);
}

/* --- around it ------------------------------------------------------------------------- */

static void axes(const struct field *f, cairo_t *cr)
{
	double bottom = f->y + f->h;

	draw_frame(cr, f->x, f->y, f->w, f->h);
	draw_axis_x(cr, f->x, f->x + f->w, bottom, (double)f->pages / 256);
	draw_text(cr, f->x + f->w / 2, bottom + 42, DRAW_MIDDLE, "memory of the VM (MiB)");
	draw_axis_y(cr, f->x, bottom, f->y, (double)f->misses / 1000);
	cairo_save(cr);
	cairo_translate(cr, 22, f->y + f->h / 2);
	cairo_rotate(cr, -1.5707963);
	draw_text(cr, 0, 0, DRAW_MIDDLE, "misses per second");
	cairo_restore(cr);
}

static void key(cairo_t *cr, double x, double y, double h, void (*color)(cairo_t *cr),
		const char *text)
{
	color(cr);
	cairo_rectangle(cr, x, y + (14 - h) / 2, 18, h);
	cairo_fill(cr);
	draw_ink(cr, 0.8);
	draw_text(cr, x + 25, y + 11, DRAW_LEFT, text);
}

static void legend(const struct field *f, cairo_t *cr)
{
	const double x = f->x + f->w + 22;

	draw_font(cr, 12, CAIRO_FONT_WEIGHT_NORMAL);
	key(cr, x, f->y, 2, curve_color, "estimate");
	key(cr, x, f->y + 24, 14, band_color, "95 % band");
	key(cr, x, f->y + 48, 14, unknown_color, "not known");
	if (f->view->has_memory)
		key(cr, x, f->y + 72, 2, now_color, "in memory now");
}

static void heading(const struct field *f, cairo_t *cr, const char *vm, const char *title)
{
	const struct ballast_mrc_curve *c = &f->view->curve;
	char text[320];

	if (title)
		snprintf(text, sizeof(text), "%s", title);
	else
		snprintf(text, sizeof(text), "VM %s: misses with less memory", vm);
	draw_ink(cr, 0.9);
	draw_text_within(cr, f->x, 28, f->w + RIGHT - 8, 17, CAIRO_FONT_WEIGHT_BOLD, text);
	snprintf(text, sizeof(text),
		 "traced %s, %u entries, %s accessed; %.4g first accesses per second are not in it",
		 text_ms(c->data_ms).s, c->entries, text_mib(c->seen_pages).s,
		 (double)c->cold.misses / 1000);
	draw_ink(cr, 0.6);
	draw_text_within(cr, f->x, 48, f->w + RIGHT - 8, 12, CAIRO_FONT_WEIGHT_NORMAL, text);
}

/* --- the whole ------------------------------------------------------------------------- */

/* What @h stands for: all of the curve, and of the band what is not too far above. */
static uint64_t most_misses(const struct ballast_mrc_curve *c)
{
	uint64_t misses = 0, high = 1000;
	struct ballast_mrc_point p;

	for (u32 i = 0; !nothing_known(c) && bend(c, i, &p); i++) {
		misses = p.misses > misses ? p.misses : misses;
		high = p.high > high ? p.high : high;
	}
	if (misses && high / BAND_MOST > misses)
		high = misses * BAND_MOST;
	return high + high / 20;
}

/* What mrc_draw() hands through draw_to_file(). */
struct picture {
	const struct mrc_view *view;
	const char *vm;
	const char *title;
};

static int draw(cairo_t *cr, int width, int height, const void *arg)
{
	const struct picture *picture = arg;
	const struct ballast_mrc_curve *c = &picture->view->curve;
	struct field f = {
		.view = picture->view,
		.x = LEFT,
		.y = TOP,
		.w = width - LEFT - RIGHT,
		.h = height - TOP - BOTTOM,
		.pages = c->pages ? c->pages : 1,
		.misses = most_misses(c),
	};

	paint_curve(&f, cr);
	axes(&f, cr);
	mark_now(&f, cr);
	legend(&f, cr);
	heading(&f, cr, picture->vm, picture->title);
	return 0;
}

int mrc_draw(const struct mrc_view *view, const char *vm, const char *path, enum draw_file type,
	     const char *title, int width, int height, char *error, size_t size)
{
	const struct picture picture = { view, vm, title };

	return draw_to_file(path, type, width, height, draw, &picture, error, size);
}
