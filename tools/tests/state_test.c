// SPDX-License-Identifier: GPL-2.0-only
/* The state of ballastd: there and back, and what is no whole state. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sched_print.h"
#include "sched_state.h"
#include "test.h"

static char error[512];

static struct sched_state_vm vms[2];

static struct sched_state make(void)
{
	struct sched_state state = {
		.time_ms = sched_state_clock_ms() - 1500, .interval_ms = 2000, .pid = 77,
		.dry_run = true, .total_pages = 1 << 20, .swap_pages = 1000,
		.swap_free_pages = 900, .vms = vms, .nr = 2,
	};

	state.summary.state = BALLAST_HOST_SOFT;
	state.summary.free_pages = 12345;
	state.summary.short_pages = 256;
	ballast_host_marks(1 << 20, &state.summary.marks);
	memset(vms, 0, sizeof(vms));
	strcpy(vms[0].name, "1234");
	strcpy(vms[0].guest, "web");
	vms[0].id = 7;
	vms[0].pid = 1234;
	vms[0].in.size_pages = 1 << 18;
	vms[0].in.has_balloon = true;
	vms[0].in.balloon_pages = 5120;
	vms[0].in.balloon_target_pages = UINT64_MAX;
	vms[0].d.memory = (struct ballast_sched_memory) { .raise_pages = 999, .backoff = 3 };
	vms[0].d.view.trusted = true;
	vms[0].d.view.free = 2560;
	vms[0].d.swap_pages = 4096;
	vms[0].d.swap_pages_per_s = UINT32_MAX;
	vms[0].d.nr_reasons = 2;
	vms[0].d.reasons[0] = (struct ballast_sched_reason) {
		.why = BALLAST_WHY_DUE, .value = { 256, 128, UINT64_MAX } };
	vms[0].d.reasons[1] = (struct ballast_sched_reason) {
		.why = BALLAST_WHY_SWAP, .value = { 512, 256, BALLAST_DEPTH_COLD } };
	vms[0].hold_left_ms = 12000;
	vms[0].reliefs = 4;
	vms[0].set_pages = 5120;
	strcpy(vms[1].name, "99");
	vms[1].set_pages = UINT64_MAX;
	return state;
}

static void there_and_back(void)
{
	struct sched_state state = make(), back;

	CHECK_EQ(sched_state_save(&state, test_folder(), error, sizeof(error)), 0);
	CHECK_EQ(sched_state_load(&back, test_folder(), error, sizeof(error)), 0);
	CHECK_EQ(back.time_ms, state.time_ms);
	CHECK_EQ(back.pid, 77);
	CHECK(back.dry_run);
	CHECK(!memcmp(&back.summary, &state.summary, sizeof(back.summary)));
	if (!CHECK(back.nr == 2))
		return;
	/* All that the daemon goes on from, and all that is printed. */
	CHECK(!memcmp(&back.vms[0], &vms[0], sizeof(vms[0])));
	CHECK(!memcmp(&back.vms[1], &vms[1], sizeof(vms[1])));
	sched_state_release(&back);
}

/* Each shorter file is refused, and so is each with a number missing or of another kind. */
static void half_written(void)
{
	struct sched_state state = make(), back;
	char *text = sched_state_print(&state), *key;
	size_t len = strlen(text);

	CHECK_EQ(sched_state_parse(&back, text), 0);
	sched_state_release(&back);
	for (size_t i = 0; i < len; i++) {
		char *part = strndup(text, i);

		CHECK_EQ(sched_state_parse(&back, part), -EINVAL);
		free(part);
	}
	key = strstr(text, "\"backoff\":3");
	if (CHECK(key))
		key[1] = 'B';
	CHECK_EQ(sched_state_parse(&back, text), -EINVAL);
	free(text);
	CHECK_EQ(sched_state_parse(&back, "[]"), -EINVAL);
	CHECK_EQ(sched_state_parse(&back, "{\"ballastd\":2}"), -EINVAL);
	CHECK_EQ(sched_state_parse(&back, "null"), -EINVAL);
}

/* A daemon that died while it wrote leaves the state before. */
static void died_writing(void)
{
	struct sched_state state = make(), back;

	CHECK_EQ(sched_state_save(&state, test_folder(), error, sizeof(error)), 0);
	test_file("state.json.new", "{\"ballastd\":1,", 14);
	CHECK_EQ(sched_state_load(&back, test_folder(), error, sizeof(error)), 0);
	CHECK_EQ(back.nr, 2);
	sched_state_release(&back);
	test_file("state.json", "{\"ballastd\":1,", 14);
	CHECK_EQ(sched_state_load(&back, test_folder(), error, sizeof(error)), -EINVAL);
	CHECK_HAS(error, "state.json: not a whole state of ballastd");
	CHECK_EQ(sched_state_load(&back, "/nowhere", error, sizeof(error)), -ENOENT);
	CHECK_EQ(sched_state_save(&state, "/nowhere", error, sizeof(error)), -ENOENT);
	CHECK_HAS(error, "/nowhere/state.json: cannot write the state: No such file");
}

/* The lock is of the open file, so one process can play both. */
static void locks(void)
{
	const char *folder = test_folder();
	uint32_t pid;
	int fd;

	CHECK(!sched_state_is_locked(folder));
	fd = sched_state_lock(folder, &pid);
	CHECK(fd >= 0);
	CHECK(sched_state_is_locked(folder));
	CHECK_EQ(sched_state_lock(folder, &pid), -EBUSY);
	CHECK_EQ(pid, getpid());
	close(fd);
	CHECK(!sched_state_is_locked(folder));
	fd = sched_state_lock(folder, &pid);
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(sched_state_lock("/nowhere", &pid), -ENOENT);
}

static void printed(void)
{
	struct sched_state state = make();
	char *text;

	test_capture(0);
	sched_print(&state, true);
	text = test_captured();
	CHECK_HAS(text, "ballastd  pid 77, a round every 2 s, the last one 1.5");
	CHECK_HAS(text, "DRY RUN: nothing is done");
	CHECK_HAS(text, "host      soft: 48.2 MiB free of 4096.0 MiB");
	CHECK_HAS(text, "1.0 MiB are MISSING");
	CHECK_HAS(text, "\n1234    web      1024.0");
	/* Of a guest that is not heard nothing is known, and that is not 0. */
	CHECK_HAS(text, "-        -     0  -");
	test_capture(1);
	sched_print(&state, true);
	text = test_captured();
	CHECK_HAS(text, "\"guest_free_pages\":2560");
	CHECK_HAS(text, "\"guest_free_pages\":null");
	CHECK_HAS(text, "\"why\":\"swap\"");
	test_capture(0);
	sched_print_vm(&state, &vms[0]);
	text = test_captured();
	CHECK_HAS(text, "vm 1234 (web), as decided 1.5");
	CHECK_HAS(text, "    2.0 MiB may be swapped, and 1.0 MiB are: down to what is cold\n");
	test_capture(1);
	sched_print_vm(&state, &vms[0]);
	CHECK_HAS(test_captured(), "\"reasons\":[{\"why\":\"due\",\"text\":\"it is due 1.0 MiB");
}

static const struct test_case cases[] = {
	{ "there_and_back", there_and_back },
	{ "half_written", half_written },
	{ "died_writing", died_writing },
	{ "locks", locks },
	{ "printed", printed },
};

TEST_SUITE(state, cases);
