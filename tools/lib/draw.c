// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cairo-svg.h>

#include "draw.h"

#define FONT	"sans-serif"

enum draw_file draw_file_type(const char *path)
{
	static const struct {
		const char *end;
		enum draw_file type;
	} types[] = {
		{ ".json", DRAW_FILE_JSON },
		{ ".svg", DRAW_FILE_SVG },
		{ ".png", DRAW_FILE_PNG },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t len = strlen(path), end = strlen(types[i].end);

		if (len > end && !strcasecmp(path + len - end, types[i].end))
			return types[i].type;
	}
	return DRAW_FILE_NONE;
}

int draw_to_file(const char *path, enum draw_file type, int width, int height, draw_fn fn,
		 const void *arg, char *error, size_t size)
{
	cairo_surface_t *surface;
	cairo_status_t status;
	cairo_t *cr;
	int ret;

	if (type == DRAW_FILE_SVG)
		surface = cairo_svg_surface_create(path, width, height);
	else
		surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	ret = fn(cr, width, height, arg);
	status = cairo_status(cr);
	cairo_destroy(cr);
	if (!ret && !status && type == DRAW_FILE_PNG)
		status = cairo_surface_write_to_png(surface, path);
	cairo_surface_finish(surface);
	if (!status)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (!ret && !status)
		return 0;
	snprintf(error, size, "%s: cannot draw: %s", path,
		 ret ? strerror(-ret) : cairo_status_to_string(status));
	return ret ? ret : -EIO;
}

void draw_font(cairo_t *cr, double size, cairo_font_weight_t weight)
{
	cairo_select_font_face(cr, FONT, CAIRO_FONT_SLANT_NORMAL, weight);
	cairo_set_font_size(cr, size);
}

void draw_text(cairo_t *cr, double x, double y, enum draw_align align, const char *text)
{
	cairo_text_extents_t extents;

	cairo_text_extents(cr, text, &extents);
	if (align == DRAW_MIDDLE)
		x -= extents.x_advance / 2;
	else if (align == DRAW_RIGHT)
		x -= extents.x_advance;
	cairo_move_to(cr, x, y);
	cairo_show_text(cr, text);
}

void draw_text_within(cairo_t *cr, double x, double y, double room, double size,
		      cairo_font_weight_t weight, const char *text)
{
	cairo_text_extents_t extents;

	draw_font(cr, size, weight);
	cairo_text_extents(cr, text, &extents);
	if (extents.x_advance > room)
		cairo_set_font_size(cr, size * room / extents.x_advance);
	draw_text(cr, x, y, DRAW_LEFT, text);
}

void draw_ink(cairo_t *cr, double darkness)
{
	cairo_set_source_rgb(cr, 1 - darkness, 1 - darkness, 1 - darkness);
}

void draw_line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
	cairo_move_to(cr, x0, y0);
	cairo_line_to(cr, x1, y1);
	cairo_stroke(cr);
}

void draw_frame(cairo_t *cr, double x, double y, double w, double h)
{
	draw_ink(cr, 0.35);
	cairo_set_line_width(cr, 1);
	cairo_rectangle(cr, x - 0.5, y - 0.5, w + 1, h + 1);
	cairo_stroke(cr);
	draw_ink(cr, 0.8);
	draw_font(cr, 12, CAIRO_FONT_WEIGHT_NORMAL);
}

double draw_tick_decimal(double range, unsigned int ticks)
{
	double least = range / ticks, unit = pow(10, floor(log10(least)));

	if (least <= unit)
		return unit;
	if (least <= 2 * unit)
		return 2 * unit;
	return least <= 5 * unit ? 5 * unit : 10 * unit;
}

/* The tick that many steps from 0, as a part of the range; false behind its end, or without one. */
static bool tick(unsigned int nr, double step, double range, double *part, char label[32])
{
	double at = nr * step;

	if (!(step > 0) || at > fabs(range) * 1.0001)
		return false;
	*part = at / fabs(range);
	snprintf(label, 32, "%.6g", range < 0 && nr ? -at : at);
	return true;
}

void draw_axis_x(cairo_t *cr, double x0, double x1, double y, double range)
{
	double step = draw_tick_decimal(fabs(range), (unsigned int)(fabs(x1 - x0) / 50)), part;
	char label[32];

	for (unsigned int nr = 0; tick(nr, step, range, &part, label); nr++) {
		double x = x0 + (x1 - x0) * part;

		draw_line(cr, x, y, x, y + 5);
		draw_text(cr, x, y + 19, DRAW_MIDDLE, label);
	}
}

void draw_axis_y(cairo_t *cr, double x, double y0, double y1, double range)
{
	double step = draw_tick_decimal(fabs(range), (unsigned int)(fabs(y1 - y0) / 40)), part;
	char label[32];

	for (unsigned int nr = 0; tick(nr, step, range, &part, label); nr++) {
		double y = y0 + (y1 - y0) * part;

		draw_line(cr, x - 5, y, x, y);
		draw_text(cr, x - 9, y + 4, DRAW_RIGHT, label);
	}
}
