// SPDX-License-Identifier: GPL-2.0-only
/* Miss-rate curves, as text, as JSON and as a picture. */
#include <errno.h>
#include <stdio.h>

#include <json-c/json.h>

#include "mrc_draw.h"
#include "mrc_print.h"
#include "pixels.h"
#include "test.h"

#define PAGES	(1024 * 256ull)

static char error[512];
static struct mrc_view view;
static const struct vm vm = {
	.entry = { .name = "12", .mem_pages = PAGES }, .pid = 12, .guest = "web",
	.label = "12 (web)",
};

/* 1000 misses per second with nothing, none with all of it; nothing is known of an eighth. */
static void make(void)
{
	memset(&view, 0, sizeof(view));
	view.query = (struct ballast_mrc_query) {
		.state = BALLAST_MRC_TRACING, .samples = 1024, .tick_ms = 250, .budget_bp = 50,
		.cpu_bp = 12, .interval_ms = 300, .entries = 1030, .left_out = 3, .nr_points = 5,
		.ticks = 77, .accesses = 4711, .tick_ns = 2500000, .pauses = 2, .pages = PAGES,
		.seen_pages = PAGES / 2, .valid_from_pages = PAGES / 8, .valid_to_pages = PAGES,
		.data_ms = 45000, .cold = { 0, 1500, 500, 2500 },
	};
	for (unsigned int i = 0; i < 5; i++)
		view.query.points[i] = (struct ballast_curve_point) {
			.pages = PAGES * i / 4, .misses = 1000000 - 250000 * i,
			.low = i < 4 ? 1000000 - 250000 * i - 100000 : 0,
			.high = 1000000 - 250000 * i + 100000,
		};
	view.has_memory = true;
	view.memory = (struct vmm_memory) { PAGES * 3 / 4, 100 };
	mrc_view_curve(&view);
}

static const char *print(enum out_mode mode)
{
	test_capture(mode);
	mrc_print(&vm, &view);
	return test_captured();
}

static void text(void)
{
	const char *said;

	make();
	said = print(OUT_TEXT);
	CHECK_HAS(said, "vm 12 (web)\n  memory      1024.0 MiB, 768.0 MiB of it are in the host's");
	CHECK_HAS(said, "tracing: accesses are counted\n");
	CHECK_HAS(said, "1030 entries, 1024 wanted, no room for 3; a look every 300 ms (tick_ms 250)\n");
	CHECK_HAS(said, "0.12 % of a core, budget 0.50 %; all 2.50 ms in 77 looks\n");
	CHECK_HAS(said, "4711 accesses, 2 pauses; a curve of 45 s, older time has faded\n");
	CHECK_HAS(said, "1.5 per second (0.5 to 2.5), in no row");
	/* From the smallest size that is known; half way between two points; the end. */
	CHECK_HAS(said, "less  not known: so much is accessed between two looks\n"
		  "     128.0 MiB         875.0       775.0 to     975.0  ");
	CHECK_HAS(said, "\n     640.0 MiB         375.0       275.0 to     475.0  ");
	CHECK_HAS(said, "\n     768.0 MiB         250.0       150.0 to     350.0  ");
	CHECK_HAS(said, "  < now\n     832.0 MiB ");
	CHECK_HAS(said, "\n    1024.0 MiB           0.0         0.0 to     100.0\n");
	CHECK(!strstr(said, "     64.0 MiB"));
	view.query.data_ms = 9500;
	said = print(OUT_TEXT);
	CHECK_HAS(said, "; a curve of 9.5 s so far: it takes 30 s to be good\n");
}

/* Where the VM is, and the end of what is known, are rows as well: each once. */
static void rows(void)
{
	const char *said;

	make();
	view.memory.resident_pages = 700 * 256;
	view.query.valid_to_pages = 1000 * 256;
	mrc_view_curve(&view);
	said = print(OUT_TEXT);
	CHECK_HAS(said, "\n     700.0 MiB         316.4       216.4 to     416.4  ");
	CHECK_HAS(said, "  < now\n     704.0 MiB ");
	CHECK_HAS(said, "\n     960.0 MiB");
	CHECK_HAS(said, "\n    1000.0 MiB          23.4");
	CHECK(!strstr(said, "1024.0 MiB   "));
	/* 960 is nearly 970; where it is now is told all the same. */
	view.query.valid_to_pages = 970 * 256;
	view.memory.resident_pages = 965 * 256;
	mrc_view_curve(&view);
	said = print(OUT_TEXT);
	CHECK_HAS(said, "\n     896.0 MiB");
	CHECK(!strstr(said, "960.0 MiB"));
	CHECK_HAS(said, "\n     965.0 MiB");
	CHECK_HAS(said, "\n     970.0 MiB");
	/* All that is resident is accessed in a tick. */
	view.memory.resident_pages = 100 * 256;
	said = print(OUT_TEXT);
	CHECK(!strstr(said, "< now"));
	view.query.valid_from_pages = 1001 * 256;
	mrc_view_curve(&view);
	said = print(OUT_TEXT);
	CHECK_HAS(said, "of no size: all of it is accessed between two looks\n");
}

static void missing(void)
{
	const char *said;

	memset(&view, 0, sizeof(view));
	said = print(OUT_TEXT);
	CHECK_HAS(said, "  state       off\n");
	CHECK_HAS(said, "no curve is made of it: ballast mrc set 12 enabled=1\n");
	CHECK_HAS(said, "what the host has of it cannot be read\n");
	CHECK(!strstr(said, "entries"));
	make();
	view.query.nr_points = 0;
	view.query.ticks = 11;
	mrc_view_curve(&view);
	said = print(OUT_TEXT);
	CHECK_HAS(said, "no curve yet, after 3 s of tracing: the first comes after 5 s\n");
	/* 20 of 250 ms, and one that counts nothing. */
	view.manual = true;
	said = print(OUT_TEXT);
	CHECK_HAS(said, "no curve yet, after 11 of 21 looks, one a pass: ballast vm scan 12 21\n");
	view.query.entries = 0;
	said = print(OUT_TEXT);
	CHECK_HAS(said, "nothing of it can be sampled: ");
}

static struct json_object *at(struct json_object *doc, const char *pointer)
{
	struct json_object *value = NULL;

	CHECK_EQ(json_pointer_get(doc, pointer, &value), 0);
	return value;
}

static void json(void)
{
	static const char *const unknown[] = {
		"pages", "seen_pages", "valid_from_pages", "valid_to_pages", "cold", "now",
	};
	struct json_object *doc;
	char pointer[64];

	make();
	doc = json_tokener_parse(print(OUT_JSON));
	CHECK_STR(json_object_get_string(at(doc, "/mrc/state")), "tracing");
	CHECK_EQ(json_object_get_boolean(at(doc, "/mrc/enabled")), 1);
	CHECK_EQ(json_object_get_int64(at(doc, "/mrc/data_ms")), 45000);
	CHECK_EQ(json_object_get_int64(at(doc, "/resident_pages")), PAGES * 3 / 4);
	CHECK_EQ(json_object_get_int64(at(doc, "/swapped_pages")), 100);
	CHECK_EQ(json_object_get_int64(at(doc, "/mrc/cold/high_per_1000s")), 2500);
	CHECK_EQ(json_object_get_int64(at(doc, "/mrc/now/low_per_1000s")), 150000);
	CHECK_EQ(json_object_array_length(at(doc, "/mrc/points")), 5);
	CHECK_EQ(json_object_get_int64(at(doc, "/mrc/points/1/misses_per_1000s")), 750000);
	json_object_put(doc);
	/* A program finds the same keys without a curve. */
	memset(&view, 0, sizeof(view));
	doc = json_tokener_parse(print(OUT_JSON));
	CHECK_STR(json_object_get_string(at(doc, "/mrc/state")), "off");
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		snprintf(pointer, sizeof(pointer), "/mrc/%s", unknown[i]);
		CHECK(!at(doc, pointer));
	}
	CHECK(!at(doc, "/resident_pages"));
	CHECK_EQ(json_object_array_length(at(doc, "/mrc/points")), 0);
	json_object_put(doc);
}

static void png(void)
{
	cairo_surface_t *image;

	make();
	CHECK_EQ(mrc_draw(&view, vm.label, test_path("a.png"), DRAW_FILE_PNG, NULL, 1000, 600,
			  error, sizeof(error)), 0);
	image = cairo_image_surface_create_from_png(test_path("a.png"));
	CHECK_EQ(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
	/*
	 * The field is 760 wide from 90, 446 high from 92, and 1023 misses high. Nothing is
	 * known on the left; the line falls from there through the middle, with its band around
	 * it; the VM is at three quarters.
	 */
	CHECK_EQ(test_pixel(image, 130, 300), 0xebebeb);
	CHECK_EQ(test_pixel(image, 470, 320), 0x0072b2);
	CHECK_EQ(test_pixel(image, 470, 300), 0xb8d9ee);
	CHECK_EQ(test_pixel(image, 470, 345), 0xb8d9ee);
	CHECK_EQ(test_pixel(image, 470, 200), 0xffffff);
	CHECK_EQ(test_pixel(image, 470, 450), 0xffffff);
	CHECK_EQ(test_pixel(image, 660, 93), 0xd55e00);
	cairo_surface_destroy(image);
}

static void extremes(void)
{
	/* No misses, and all of them; a point; nothing known; what no VM has. */
	make();
	for (size_t i = 0; i < 5; i++)
		view.query.points[i].misses = view.query.points[i].high =
			view.query.points[i].low = 0;
	mrc_view_curve(&view);
	CHECK_EQ(mrc_draw(&view, "12", test_path("a.svg"), DRAW_FILE_SVG, "<&>", DRAW_MIN, DRAW_MIN,
			  error, sizeof(error)), 0);
	for (size_t i = 0; i < 5; i++)
		view.query.points[i].misses = view.query.points[i].high = UINT64_MAX / 4;
	view.memory.resident_pages = UINT64_MAX / 2;
	mrc_view_curve(&view);
	CHECK_EQ(mrc_draw(&view, "12", test_path("a.png"), DRAW_FILE_PNG, NULL, 800, 500, error,
			  sizeof(error)), 0);
	view.query.nr_points = 1;
	mrc_view_curve(&view);
	CHECK_EQ(mrc_draw(&view, "12", test_path("a.png"), DRAW_FILE_PNG, NULL, 800, 500, error,
			  sizeof(error)), 0);
	view.query.valid_from_pages = 2 * PAGES;
	view.query.pages = 0;
	mrc_view_curve(&view);
	CHECK_EQ(mrc_draw(&view, "12", test_path("a.png"), DRAW_FILE_PNG, NULL, 800, 500, error,
			  sizeof(error)), 0);
	CHECK(mrc_draw(&view, "12", "/nowhere/a.png", DRAW_FILE_PNG, NULL, 800, 500, error,
		       sizeof(error)) < 0);
	CHECK_HAS(error, "/nowhere/a.png: cannot draw: ");
}

static const struct test_case cases[] = {
	{ "text", text },
	{ "rows", rows },
	{ "missing", missing },
	{ "json", json },
	{ "png", png },
	{ "extremes", extremes },
};

TEST_SUITE(mrc, cases);
