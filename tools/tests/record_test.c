// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "heat_record.h"
#include "test.h"

static char error[256];

static const char *path_of(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

static void make(struct heat_record *record)
{
	static const struct heat_column columns[] = {
		{ 0, 10, false }, { 10, 2037, true }, { 2047, 1, false },
	};
	const struct heat_grid grid = { (struct heat_column *)(uintptr_t)columns, 3 };
	static const uint8_t rows[][3] = {
		{ 0, HEAT_HOLE, HEAT_UNKNOWN }, { 50, HEAT_HOLE, 100 },
	};

	memset(record, 0, sizeof(*record));
	strcpy(record->vm, "12-3");
	strcpy(record->guest, "a \"quoted\" \xc3\xa4");
	record->pid = 12;
	record->mem_pages = 11 * HEAT_BLOCK_PAGES;
	record->interval_ms = 500;
	record->start = 1800000000;
	CHECK_EQ(heat_grid_copy(&record->grid, &grid), 0);
	CHECK_EQ(heat_record_add(record, 0, 7, rows[0]), 0);
	CHECK_EQ(heat_record_add(record, 501, 8, rows[1]), 0);
}

static void round_trip(void)
{
	struct heat_record a, b;

	make(&a);
	CHECK_EQ(heat_record_save(&a, path_of("a.json"), error, sizeof(error)), 0);
	CHECK_EQ(heat_record_load(&b, path_of("a.json"), error, sizeof(error)), 0);
	CHECK_STR(b.vm, a.vm);
	CHECK_STR(b.guest, a.guest);
	CHECK_EQ(b.pid, a.pid);
	CHECK_EQ(b.mem_pages, a.mem_pages);
	CHECK_EQ(b.interval_ms, a.interval_ms);
	CHECK_EQ(b.start, a.start);
	if (CHECK(b.grid.nr == 3 && b.nr == 2)) {
		for (size_t i = 0; i < 3; i++) {
			CHECK_EQ(b.grid.columns[i].block, a.grid.columns[i].block);
			CHECK_EQ(b.grid.columns[i].nr, a.grid.columns[i].nr);
			CHECK_EQ(b.grid.columns[i].gap, a.grid.columns[i].gap);
		}
		for (size_t i = 0; i < 2; i++) {
			CHECK_EQ(b.samples[i].t_ms, a.samples[i].t_ms);
			CHECK_EQ(b.samples[i].pass, a.samples[i].pass);
			CHECK(!memcmp(b.samples[i].cells, a.samples[i].cells, 3));
		}
	}
	heat_record_release(&a);
	heat_record_release(&b);
}

static void times_rise(void)
{
	struct heat_record record;

	make(&record);
	CHECK_EQ(heat_record_add(&record, 501, 9, record.samples[0].cells), 0);
	CHECK_EQ(record.samples[2].t_ms, 502);
	heat_record_release(&record);
}

static void cannot_save(void)
{
	struct heat_record record;

	make(&record);
	CHECK_EQ(heat_record_save(&record, "/nowhere/a.json", error, sizeof(error)), -ENOENT);
	CHECK_HAS(error, "/nowhere/a.json: cannot create");
	CHECK(heat_record_save(&record, "/dev/full", error, sizeof(error)) < 0);
	CHECK_HAS(error, "/dev/full: cannot write");
	heat_record_release(&record);
}

#define HEAD	"\"format\":\"ballast-heat\",\"version\":1,\"vm\":\"1\",\"guest\":\"\"," \
		"\"start\":\"2026-11-21T00:00:00Z\",\"pid\":1,\"mem_pages\":512,\"interval_ms\":1,"
#define COLUMNS	"\"columns\":[{\"gfn\":0,\"pages\":512}],"
#define SAMPLE	"\"samples\":[{\"t_ms\":0,\"pass\":1,\"heat\":[5]}"

static void bad_files(void)
{
	static const struct {
		const char *text, *says;
	} files[] = {
		{ "", "not JSON" },
		{ "{\"format\":", "not JSON" },
		{ "[]", "not a recording" },
		{ "{}", "not a recording" },
		{ "{\"format\":7}", "not a recording" },
		{ "{\"format\":\"ballast-heat-map\"}", "not a recording" },
		{ "{\"format\":\"ballast-heat\",\"version\":2}", "newer version" },
		{ "{\"format\":\"ballast-heat\",\"version\":1}", "no time" },
		{ "{" HEAD "\"x\":1}", "no columns" },
		{ "{" HEAD "\"columns\":[]}", "no columns" },
		{ "{" HEAD "\"columns\":[7]}", "columns that do not" },
		{ "{" HEAD "\"columns\":[{\"gfn\":0,\"pages\":0}]}", "columns that do not" },
		{ "{" HEAD "\"columns\":[{\"gfn\":-512,\"pages\":512}]}", "columns that do not" },
		{ "{" HEAD "\"columns\":[{\"gfn\":1,\"pages\":512}]}", "columns that do not" },
		{ "{" HEAD "\"columns\":[{\"gfn\":0,\"pages\":512},{\"gfn\":0,\"pages\":512}]}",
		  "columns that do not" },
		{ "{" HEAD COLUMNS "\"samples\":[]}", "no samples" },
		{ "{" HEAD COLUMNS "\"samples\":{}}", "no samples" },
		{ "{" HEAD COLUMNS "\"samples\":[null]}", "not one value per column" },
		{ "{" HEAD COLUMNS "\"samples\":[{\"t_ms\":0,\"pass\":1,\"heat\":[1,2]}]}",
		  "not one value per column" },
		{ "{" HEAD COLUMNS "\"samples\":[{\"t_ms\":0,\"pass\":1,\"heat\":[101]}]}",
		  "-2 to 100" },
		{ "{" HEAD COLUMNS "\"samples\":[{\"t_ms\":0,\"pass\":1,\"heat\":[-3]}]}",
		  "-2 to 100" },
		{ "{" HEAD COLUMNS "\"samples\":[{\"t_ms\":0,\"pass\":1,\"heat\":[\"x\"]}]}",
		  "-2 to 100" },
		{ "{" HEAD COLUMNS "\"samples\":[{\"pass\":1,\"heat\":[1]}]}", "without time" },
		{ "{" HEAD COLUMNS SAMPLE ",{\"t_ms\":0,\"pass\":1,\"heat\":[5]}]}",
		  "out of order" },
	};
	struct heat_record record;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		test_file("bad.json", files[i].text, strlen(files[i].text));
		test_check(heat_record_load(&record, path_of("bad.json"), error,
					    sizeof(error)) == -EINVAL &&
			   strstr(error, files[i].says), __FILE__, __LINE__,
			   "%s: \"%s\", without \"%s\"", files[i].text, error, files[i].says);
	}
	CHECK_EQ(heat_record_load(&record, path_of("none.json"), error, sizeof(error)), -ENOENT);
	/* The one that is right, so that the others are wrong for their reason only. */
	test_file("good.json", "{" HEAD COLUMNS SAMPLE "]}", strlen("{" HEAD COLUMNS SAMPLE "]}"));
	CHECK_EQ(heat_record_load(&record, path_of("good.json"), error, sizeof(error)), 0);
	heat_record_release(&record);
}

static const struct test_case cases[] = {
	{ "round_trip", round_trip },
	{ "times_rise", times_rise },
	{ "cannot_save", cannot_save },
	{ "bad_files", bad_files },
};

TEST_SUITE(record, cases);
