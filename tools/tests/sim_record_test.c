// SPDX-License-Identifier: GPL-2.0-only
/* Traces of VMs that are there: what is written down of one, and that it reads back. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "sim/sim_record.h"
#include "sim/sim_run.h"
#include "test.h"

#define SIZE	1000ull

static const struct sim_trace_vm vms[] = {
	{ .name = "web", .size_pages = SIZE, .min_pages = 100, .shares = 2000 },
	{ .name = "a \"b\"", .size_pages = 2 * SIZE, .shares = 1000 },
};

static struct sim_record record;
static struct sim_trace trace;
static struct sim_sample sample;
static char path[PATH_MAX];
static char error[256];

/* Busy anonymous memory, cold cache, hot memory that was just freed, a balloon. */
static struct ballast_sched_vm vm(void)
{
	struct ballast_sched_vm in = {
		.size_pages = SIZE, .speaks = true, .working_set_pages = 600,
		.resident_pages = 900, .swapped_pages = 40, .balloon_pages = 50,
	};

	in.class_pages[BALLAST_CLASS_ANON_ACTIVE] = 400;
	in.class_pages[BALLAST_CLASS_FILE_INACTIVE] = 300;
	in.class_pages[BALLAST_CLASS_FREE] = 250;
	in.class_pages[BALLAST_CLASS_BALLOON] = 50;
	in.cell_pages[BALLAST_HOT][BALLAST_CLASS_ANON_ACTIVE] = 380;
	in.cell_pages[BALLAST_WARM][BALLAST_CLASS_FILE_INACTIVE] = 20;
	in.cell_pages[BALLAST_HOT][BALLAST_CLASS_FREE] = 200;
	in.cell_pages[BALLAST_COLD][BALLAST_CLASS_FILE_INACTIVE] = 280;
	return in;
}

static void samples(void)
{
	struct ballast_sched_vm in = vm();
	uint64_t sum = 0;

	sim_record_sample(&in, SIZE, &sample);
	CHECK(!memcmp(sample.class_pages, in.class_pages, sizeof(in.class_pages)));
	CHECK_EQ(sample.working_set_pages, 400);
	CHECK_EQ(sample.demand_pages, 0);
	/* Nothing is known page by page: the host's own figure, as far as it is used. */
	memset(in.cell_pages, 0, sizeof(in.cell_pages));
	sim_record_sample(&in, SIZE, &sample);
	CHECK_EQ(sample.working_set_pages, 600);
	in.working_set_pages = 900;
	sim_record_sample(&in, SIZE, &sample);
	CHECK_EQ(sample.working_set_pages, 700);
	/* A guest that says nothing. */
	in.speaks = false;
	in.working_set_pages = 30;
	sim_record_sample(&in, SIZE, &sample);
	CHECK_EQ(sample.class_pages[BALLAST_CLASS_ANON_INACTIVE], 940);
	CHECK_EQ(sample.class_pages[BALLAST_CLASS_ANON_ACTIVE], 0);
	CHECK_EQ(sample.working_set_pages, 30);
	/* One that lies has no more than all. */
	in = vm();
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		in.class_pages[cls] = UINT64_MAX - cls;
	sim_record_sample(&in, SIZE, &sample);
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		sum += sample.class_pages[cls];
	CHECK_EQ(sum, SIZE);
	CHECK(sample.working_set_pages <= SIZE);
}

static void start(void)
{
	snprintf(path, sizeof(path), "%s/trace", test_folder());
	record = (struct sim_record) {
		.path = path, .vms = vms, .nr = ARRAY_SIZE(vms), .total_pages = 1500,
	};
	CHECK_EQ(sim_record_start(&record, error, sizeof(error)), 0);
}

static void second(uint32_t t)
{
	CHECK_EQ(sim_record_second(&record, t, error, sizeof(error)), 0);
}

static void reads_back(void)
{
	struct ballast_sched_vm in = vm();
	struct sim_score score;

	start();
	sim_record_vm(&record, 0, 0, &in);
	sim_record_vm(&record, 0, 1, &in);
	second(0);
	/* It is whole already. */
	CHECK_EQ(sim_trace_load(&trace, path, error, sizeof(error)), 0);
	CHECK_EQ(trace.seconds, 1);
	sim_trace_release(&trace);
	/* A second is missed, and then one of the VMs has gone. */
	in.class_pages[BALLAST_CLASS_FREE] = 0;
	in.class_pages[BALLAST_CLASS_SLAB] = 250;
	sim_record_vm(&record, 2, 0, &in);
	second(2);
	sim_record_end(&record);

	CHECK_EQ(sim_trace_load(&trace, path, error, sizeof(error)), 0);
	CHECK_EQ(trace.total_pages, 1500);
	CHECK_EQ(trace.nr_vms, 2);
	CHECK_EQ(trace.seconds, 3);
	for (uint32_t i = 0; i < 2; i++) {
		CHECK_STR(trace.vms[i].name, vms[i].name);
		CHECK_EQ(trace.vms[i].size_pages, vms[i].size_pages);
		CHECK_EQ(trace.vms[i].min_pages, vms[i].min_pages);
		CHECK_EQ(trace.vms[i].shares, vms[i].shares);
	}
	for (uint32_t t = 0; t < 3; t++) {
		sim_record_sample(&in, SIZE, &sample);
		if (t < 2) {
			sample.class_pages[BALLAST_CLASS_FREE] = 250;
			sample.class_pages[BALLAST_CLASS_SLAB] = 0;
		}
		CHECK(!memcmp(sim_trace_at(&trace, t, 0), &sample, sizeof(sample)));
		CHECK_EQ(sim_trace_at(&trace, t, 1)->class_pages[BALLAST_CLASS_FREE], 250);
	}
	CHECK_EQ(sim_run(&trace, &sim_costs_default, sim_policy_find("ballast"), &score), 0);
	CHECK(score.slowdown >= 1);
	sim_trace_release(&trace);
}

static int64_t number(struct json_object *line, const char *pointer)
{
	struct json_object *value = NULL;

	CHECK_EQ(json_pointer_get(line, pointer, &value), 0);
	return json_object_get_int64(value);
}

/* What goes along; a guest that says nothing has no levels. */
static void more_than_is_simulated(void)
{
	struct ballast_sched_vm in = vm();
	struct json_object *line, *none;
	char *text, *at;

	start();
	sim_record_vm(&record, 0, 0, &in);
	in.speaks = false;
	sim_record_vm(&record, 0, 1, &in);
	second(0);
	sim_record_end(&record);
	text = test_read(path);
	at = strstr(text, "{\"t\":0,\"vm\":0,");
	if (CHECK(at)) {
		*strchr(at, '\n') = '\0';
		line = json_tokener_parse(at);
		CHECK_EQ(number(line, "/level/hot/anon_active"), 380);
		CHECK_EQ(number(line, "/level/warm/file_inactive"), 20);
		CHECK_EQ(number(line, "/level/cold/file_inactive"), 280);
		CHECK_EQ(number(line, "/resident_pages"), 900);
		CHECK_EQ(number(line, "/swapped_pages"), 40);
		CHECK_EQ(number(line, "/balloon_pages"), 50);
		json_object_put(line);
		line = json_tokener_parse(at + strlen(at) + 1);
		CHECK_EQ(number(line, "/vm"), 1);
		CHECK_EQ(number(line, "/class/anon_inactive"), 940);
		CHECK(!json_object_object_get_ex(line, "level", &none));
		json_object_put(line);
	}
	free(text);
}

static void cannot_be_written(void)
{
	start();
	sim_record_end(&record);
	record.path = "/nowhere/trace";
	CHECK_EQ(sim_record_start(&record, error, sizeof(error)), -ENOENT);
	CHECK_STR(error, "/nowhere/trace: No such file or directory");
	record.path = "/dev/full";
	if (sim_record_start(&record, error, sizeof(error)) == 0) {
		struct ballast_sched_vm in = vm();

		sim_record_vm(&record, 0, 0, &in);
		CHECK_EQ(sim_record_second(&record, 0, error, sizeof(error)), -ENOSPC);
		sim_record_end(&record);
	}
	CHECK_HAS(error, "/dev/full: cannot write: ");
	CHECK(!record.file);
}

static const struct test_case cases[] = {
	{ "samples", samples },
	{ "reads_back", reads_back },
	{ "more_than_is_simulated", more_than_is_simulated },
	{ "cannot_be_written", cannot_be_written },
};

TEST_SUITE(sim_record, cases);
