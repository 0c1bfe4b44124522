// SPDX-License-Identifier: GPL-2.0-only
/* What memory is used for, as text, as JSON and as a picture. */
#include <stdio.h>

#include <json-c/json.h>

#include "class_draw.h"
#include "class_print.h"
#include "pixels.h"
#include "test.h"

#define PAGES	(1024 * 256)

static char error[256];
static struct ballast_class_matrix matrix;
static struct ballast_class_record records[3];

/* A quarter each: free and cold, anonymous and hot, slab; and what nobody was asked about. */
static void make(void)
{
	memset(&matrix, 0, sizeof(matrix));
	matrix.state = BALLAST_GUEST_CONNECTED;
	matrix.cid = 7;
	strcpy(matrix.version, "1.2.3");
	matrix.mem_pages = PAGES;
	matrix.report_age_ns = 1500000000;
	matrix.answer_age_ns = UINT64_MAX;
	matrix.reported_pages[BALLAST_CLASS_FREE] = PAGES / 4;
	matrix.reported_pages[BALLAST_CLASS_ANON_ACTIVE] = PAGES / 2;
	matrix.reported_pages[BALLAST_CLASS_SLAB] = PAGES / 4;
	matrix.cell[BALLAST_COLD][BALLAST_CLASS_FREE] =
		(struct ballast_class_estimate) { PAGES / 4, PAGES / 5, PAGES / 3 };
	matrix.total[BALLAST_CLASS_FREE] =
		(struct ballast_class_estimate) { PAGES / 4, PAGES / 5, PAGES / 3 };
	matrix.cell[BALLAST_HOT][BALLAST_CLASS_ANON_ACTIVE] =
		(struct ballast_class_estimate) { PAGES / 4, PAGES / 5, PAGES / 3 };
	matrix.total[BALLAST_CLASS_ANON_ACTIVE] =
		(struct ballast_class_estimate) { PAGES / 4, PAGES / 5, PAGES / 3 };
	matrix.disagree = 1u << BALLAST_CLASS_ANON_ACTIVE;
	matrix.samples[BALLAST_HOT] = 55;
	matrix.swapins = 4711;
	matrix.refaults = 12;
	matrix.major_faults = UINT64_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		records[i] = (struct ballast_class_record) {
			.time_ns = (10 + i) * 1000000000ull,
			.total_pages = PAGES,
		};
		/* Kernel below, free above; in the last report it is the other way round. */
		records[i].pages[BALLAST_CLASS_KERNEL] = i < 2 ? PAGES / 4 : 3 * PAGES / 4;
		records[i].pages[BALLAST_CLASS_ANON_ACTIVE] = i < 2 ? 3 * PAGES / 4 : PAGES / 4;
	}
}

static const char *print(enum out_mode mode)
{
	test_capture(mode);
	out_object(NULL);
	class_print(&matrix);
	out_end();
	return test_captured();
}

static void text(void)
{
	const char *said;

	make();
	said = print(OUT_TEXT);
	CHECK_HAS(said, "connected, ballast_guest 1.2.3, vsock address 7;");
	CHECK_HAS(said, " last report: 1.5 s, last answer: none yet\n");
	CHECK_HAS(said, "  free                  -        -        -    256.0        -    256.0 ");
	CHECK_HAS(said, "    256.0     204.8 to   341.3       256.0\n");
	/* Half of memory is not between a fifth and a third of it. */
	CHECK_HAS(said, "       512.0 !\n");
	CHECK(!strstr(said, "shmem"));
	CHECK_HAS(said, "  waited      4711 pages swapped in by itself, unknown major faults, 12 ");
	CHECK_HAS(said, " major faults, 12 pages of cache read again\n");
	CHECK(!strstr(said, "has ended"));
	matrix.state = BALLAST_GUEST_LOST;
	said = print(OUT_TEXT);
	CHECK_HAS(said, "the connection has ended: what follows is as old as that\n");
}

static void silent(void)
{
	const char *said;

	memset(&matrix, 0, sizeof(matrix));
	said = print(OUT_TEXT);
	CHECK_HAS(said, "says nothing: no ballast_guest in it\n");
	CHECK(!strstr(said, "class"));
	/* A program finds the same keys whatever the guest does. */
	said = print(OUT_JSON);
	CHECK_HAS(said, "{\"classes\":{\"state\":\"silent\",\"version\":null,\"cid\":0,");
	CHECK_HAS(said, "\"shmem\":{");
}

static int64_t number(struct json_object *doc, const char *pointer)
{
	struct json_object *value = NULL;

	CHECK_EQ(json_pointer_get(doc, pointer, &value), 0);
	return json_object_get_int64(value);
}

static void json(void)
{
	struct json_object *doc, *value = NULL;
	const char *said;

	make();
	said = print(OUT_JSON);
	doc = json_tokener_parse(said);
	CHECK_EQ(number(doc, "/classes/report_age_ms"), 1500);
	CHECK_EQ(json_pointer_get(doc, "/classes/answer_age_ms", &value), 0);
	CHECK(!value);
	CHECK_EQ(number(doc, "/classes/class/free/pages"), PAGES / 4);
	CHECK_EQ(number(doc, "/classes/class/free/levels/cold/high"), PAGES / 3);
	CHECK_EQ(number(doc, "/classes/class/free/levels/hot/pages"), 0);
	CHECK_EQ(number(doc, "/classes/class/shmem/reported_pages"), 0);
	CHECK_EQ(number(doc, "/classes/class/anon_active/disagrees"), 1);
	CHECK_EQ(number(doc, "/classes/class/free/disagrees"), 0);
	CHECK_EQ(number(doc, "/classes/samples/hot"), 55);
	CHECK_EQ(number(doc, "/classes/swapins"), 4711);
	CHECK_EQ(number(doc, "/classes/refaults"), 12);
	CHECK_EQ(json_pointer_get(doc, "/classes/major_faults", &value), 0);
	CHECK(!value);
	json_object_put(doc);
}

static void png(void)
{
	const struct class_history history = { "12 (web)", records, ARRAY_SIZE(records), &matrix };
	cairo_surface_t *image;

	make();
	CHECK_EQ(class_draw(&history, test_path("a.png"), DRAW_FILE_PNG, NULL, 1000, 600, error,
			    sizeof(error)), 0);
	image = cairo_image_surface_create_from_png(test_path("a.png"));
	CHECK_EQ(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
	/* Middle of the height: anonymous at first, the kernel's in the last second. */
	CHECK_EQ(test_pixel(image, 120, 300), 0xd55e00);
	CHECK_EQ(test_pixel(image, 650, 300), 0x6e6e6e);
	CHECK_EQ(test_pixel(image, 120, 520), 0x6e6e6e);
	cairo_surface_destroy(image);
}

static void extremes(void)
{
	struct class_history history = { "12", records, 1, &matrix };

	make();
	/* One report, nothing in it, the smallest picture. */
	memset(&matrix, 0, sizeof(matrix));
	memset(records, 0, sizeof(records));
	CHECK_EQ(class_draw(&history, test_path("a.svg"), DRAW_FILE_SVG, "<&>", DRAW_MIN, DRAW_MIN,
			    error, sizeof(error)), 0);
	/* As a guest that lies may report: more than there is. */
	make();
	records[0].pages[BALLAST_CLASS_SLAB] = 1ull << 40;
	history.nr = ARRAY_SIZE(records);
	CHECK_EQ(class_draw(&history, test_path("a.png"), DRAW_FILE_PNG, NULL, 800, 500, error,
			    sizeof(error)), 0);
	CHECK(class_draw(&history, "/nowhere/a.png", DRAW_FILE_PNG, NULL, 800, 500, error,
			 sizeof(error)) < 0);
	CHECK_HAS(error, "/nowhere/a.png: cannot draw: ");
}

static const struct test_case cases[] = {
	{ "text", text },
	{ "silent", silent },
	{ "json", json },
	{ "png", png },
	{ "extremes", extremes },
};

TEST_SUITE(class, cases);
