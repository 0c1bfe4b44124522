// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cairo.h>

#include "heat_axis.h"
#include "heat_draw.h"
#include "heat_palette.h"
#include "pixels.h"
#include "test.h"

static char error[256];

/* 100 blocks, a gap, one block; a hot band in the lower half of the memory. */
static void make(struct heat_record *record, size_t samples)
{
	struct heat_spans spans = { 0 };
	struct ballast_block_activity blocks[100];
	uint8_t cells[102];

	memset(record, 0, sizeof(*record));
	memset(blocks, 0xff, sizeof(blocks));
	strcpy(record->vm, "12");
	strcpy(record->guest, "<web> & \xc3\xa4");
	record->interval_ms = 1000;
	record->mem_pages = 101 * HEAT_BLOCK_PAGES;
	heat_spans_add(&spans, 0, blocks, 100);
	heat_spans_add(&spans, 2047, blocks, 1);
	CHECK_EQ(heat_grid_build(&record->grid, &spans, 0), 0);
	heat_spans_release(&spans);
	for (size_t t = 0; t < samples; t++) {
		for (size_t i = 0; i < record->grid.nr; i++)
			cells[i] = i < 50 ? HEAT_MAX : i < 100 ? HEAT_UNKNOWN :
				   i == 100 ? HEAT_HOLE : 0;
		CHECK_EQ(heat_record_add(record, t * 1000, t, cells), 0);
	}
}

static void file_types(void)
{
	CHECK_EQ(draw_file_type("a.svg"), DRAW_FILE_SVG);
	CHECK_EQ(draw_file_type("/x.y/a.PNG"), DRAW_FILE_PNG);
	CHECK_EQ(draw_file_type("a.b.json"), DRAW_FILE_JSON);
	CHECK_EQ(draw_file_type("a.pdf"), DRAW_FILE_NONE);
	CHECK_EQ(draw_file_type(".svg"), DRAW_FILE_NONE);
	CHECK_EQ(draw_file_type("svg"), DRAW_FILE_NONE);
}

static void ticks(void)
{
	CHECK(fabs(draw_tick_decimal(90, 10) - 10) < 1e-9);
	CHECK(fabs(draw_tick_decimal(0.9, 5) - 0.2) < 1e-9);
	CHECK(fabs(draw_tick_decimal(400, 10) - 50) < 1e-9);
	CHECK_EQ(heat_tick_pages(100, 10), HEAT_BLOCK_PAGES);
	CHECK_EQ(heat_tick_pages(1 << 18, 8), 1 << 15);
	CHECK_STR(heat_label_gfn(0).s, "0");
	CHECK_STR(heat_label_gfn(256 * 64).s, "64 MiB");
	CHECK_STR(heat_label_gfn(256 * 1536).s, "1.5 GiB");
}

static void axis(void)
{
	struct heat_record record;
	struct heat_axis a;

	make(&record, 1);
	CHECK_EQ(heat_axis_build(&a, &record.grid, 400), 0);
	CHECK(fabs(a.at[0]) < 1e-9);
	CHECK(fabs(a.at[102] - 400) < 1e-6);
	for (size_t i = 0; i < 102; i++)
		CHECK(a.at[i + 1] > a.at[i]);
	/* The gap and the single block can be seen. */
	CHECK(a.at[101] - a.at[100] > 5);
	CHECK(a.at[102] - a.at[101] > 3);
	CHECK_EQ(heat_axis_column(&a, 0), 0);
	CHECK_EQ(heat_axis_column(&a, 399.9), 101);
	CHECK_EQ(heat_axis_column(&a, 401), 102);
	CHECK(fabs(heat_axis_position(&a, 50 * HEAT_BLOCK_PAGES) - a.at[50]) < 1e-9);
	CHECK(heat_axis_position(&a, 5000 * HEAT_BLOCK_PAGES) < 0);
	heat_axis_release(&a);
	heat_record_release(&record);
}

static uint32_t color_of(uint8_t value)
{
	struct heat_color c = heat_palette(value);

	return (uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b;
}

static void png(void)
{
	struct heat_record record;
	cairo_surface_t *image;

	make(&record, 5);
	CHECK_EQ(heat_draw(&record, test_path("a.png"), DRAW_FILE_PNG, NULL, 800, 500, error,
			   sizeof(error)), 0);
	image = cairo_image_surface_create_from_png(test_path("a.png"));
	CHECK_EQ(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
	CHECK_EQ(cairo_image_surface_get_width(image), 800);
	CHECK_EQ(cairo_image_surface_get_height(image), 500);
	/* Low addresses at the bottom, which are hot; above, nothing is known. */
	CHECK_EQ(test_pixel(image, 300, 420), color_of(HEAT_MAX));
	CHECK_EQ(test_pixel(image, 300, 120), color_of(HEAT_UNKNOWN));
	CHECK_EQ(test_pixel(image, 2, 2), 0xffffff);
	cairo_surface_destroy(image);
	heat_record_release(&record);
}

static void svg(void)
{
	struct heat_record record;
	char command[3 * PATH_MAX];

	make(&record, 3);
	CHECK_EQ(heat_draw(&record, test_path("a.svg"), DRAW_FILE_SVG, "<&> title", 1000, 600,
			   error, sizeof(error)), 0);
	snprintf(command, sizeof(command),
		 "python3 -c 'import sys, xml.dom.minidom as x; d = x.parse(sys.argv[1]); "
		 "assert d.documentElement.tagName == \"svg\"; "
		 "assert d.getElementsByTagName(\"image\")' %s", test_path("a.svg"));
	CHECK_EQ(system(command), 0);
	heat_record_release(&record);
}

/* One sample, many samples in a pixel, the smallest and largest pictures. */
static void extremes(void)
{
	static const struct {
		size_t samples;
		int width, height;
	} sizes[] = {
		{ 1, DRAW_MIN, DRAW_MIN }, { 5000, DRAW_MIN, DRAW_MIN },
		{ 2, 4000, DRAW_MIN },
	};
	struct heat_record record;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		make(&record, sizes[i].samples);
		CHECK_EQ(heat_draw(&record, test_path("a.png"), DRAW_FILE_PNG, NULL, sizes[i].width,
				   sizes[i].height, error, sizeof(error)), 0);
		heat_record_release(&record);
	}
}

static void cannot_write(void)
{
	struct heat_record record;

	make(&record, 1);
	CHECK(heat_draw(&record, "/nowhere/a.png", DRAW_FILE_PNG, NULL, 800, 500, error,
			sizeof(error)) < 0);
	CHECK_HAS(error, "/nowhere/a.png: cannot draw");
	CHECK(heat_draw(&record, "/nowhere/a.svg", DRAW_FILE_SVG, NULL, 800, 500, error,
			sizeof(error)) < 0);
	CHECK_HAS(error, "/nowhere/a.svg: cannot draw");
	heat_record_release(&record);
}

static const struct test_case cases[] = {
	{ "file_types", file_types },
	{ "ticks", ticks },
	{ "axis", axis },
	{ "png", png },
	{ "svg", svg },
	{ "extremes", extremes },
	{ "cannot_write", cannot_write },
};

TEST_SUITE(draw, cases);
