/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures in SVG or PNG: files, text and lines; what is in them is others'. */
#ifndef BALLAST_TOOLS_DRAW_H
#define BALLAST_TOOLS_DRAW_H

#include <stddef.h>

#include <cairo.h>

#define DRAW_WIDTH	1000
#define DRAW_HEIGHT	600
#define DRAW_MIN	300
#define DRAW_MAX	8000

enum draw_file {
	DRAW_FILE_NONE,		/* none that we know */
	DRAW_FILE_JSON,
	DRAW_FILE_SVG,
	DRAW_FILE_PNG,
};

enum draw_align {
	DRAW_LEFT,
	DRAW_MIDDLE,
	DRAW_RIGHT,
};

/* By the end of the name. */
enum draw_file draw_file_type(const char *path);

/* Draws onto a white picture. Return: 0 or a negative errno. */
typedef int (*draw_fn)(cairo_t *cr, int width, int height, const void *arg);

/**
 * draw_to_file() - make a picture
 * @type: DRAW_FILE_SVG or DRAW_FILE_PNG
 * @fn:   draws it
 *
 * Return: 0, or a negative errno and a message in @error.
 */
int draw_to_file(const char *path, enum draw_file type, int width, int height, draw_fn fn,
		 const void *arg, char *error, size_t size);

void draw_font(cairo_t *cr, double size, cairo_font_weight_t weight);
void draw_text(cairo_t *cr, double x, double y, enum draw_align align, const char *text);
/* Smaller where it would be wider than @room. */
void draw_text_within(cairo_t *cr, double x, double y, double room, double size,
		      cairo_font_weight_t weight, const char *text);
/* From 0, white, to 1, black. */
void draw_ink(cairo_t *cr, double darkness);
void draw_line(cairo_t *cr, double x0, double y0, double x1, double y1);
/* Around the field; what is written next is the text of its axes. */
void draw_frame(cairo_t *cr, double x, double y, double w, double h);

/* A step of 1, 2 or 5 times a power of ten with at most @ticks of them in @range. */
double draw_tick_decimal(double range, unsigned int ticks);

/**
 * draw_axis_x() - ticks with numbers under them, as many as have room
 * @x0:    where 0 is
 * @x1:    where @range is; left of 0 when that is negative
 * @y:     the axis
 */
void draw_axis_x(cairo_t *cr, double x0, double x1, double y, double range);
/* The same upwards, from @y0 to @y1, with numbers to the left. */
void draw_axis_y(cairo_t *cr, double x, double y0, double y1, double range);

#endif
