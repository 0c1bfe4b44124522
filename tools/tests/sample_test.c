// SPDX-License-Identifier: GPL-2.0-only
/* The sampler against a fake VM: memory in chunks, memory that goes. */
#include <errno.h>

#include "heat_sample.h"
#include "test.h"

/* More than a chunk of 65536 blocks, and firmware far above. */
#define LOW_BLOCKS	70000ull
#define HIGH_BLOCK	200000ull

static struct ballast_client client;
static const struct vm vm = { .entry.id = 7, .label = "7 (web)" };
static uint64_t low_blocks, end_block;
static int fake_errno;

static int fake(unsigned long request, void *arg)
{
	struct ballast_vm_activity *a = arg;
	struct ballast_block_activity *out = (void *)(uintptr_t)a->buf;
	uint64_t block = a->gfn / HEAT_BLOCK_PAGES, nr;

	CHECK(request == BALLAST_IOC_VM_ACTIVITY && a->id == 7);
	CHECK(a->grain == BALLAST_GRAIN_2M && !a->flags && !a->reserved);
	CHECK_EQ(a->gfn % HEAT_BLOCK_PAGES, 0);
	if (fake_errno) {
		errno = fake_errno;
		return -1;
	}
	for (nr = 0; nr < a->count && block < end_block; nr++, block++) {
		bool memory = block < low_blocks || block == HIGH_BLOCK;

		out[nr] = (struct ballast_block_activity) { 0 };
		if (!memory)
			continue;
		out[nr].nr_pages = HEAT_BLOCK_PAGES;
		out[nr].level_pages[block < 35000 ? BALLAST_HOT : BALLAST_COLD] = HEAT_BLOCK_PAGES;
	}
	a->count = nr;
	a->pass = 42;
	return 0;
}

static int start(struct heat_sampler *sampler, size_t width)
{
	ballast_client_init(&client);
	test_ioctl = fake;
	fake_errno = 0;
	return heat_sampler_start(sampler, &client, &vm, width);
}

static void reads(void)
{
	struct heat_sampler s;

	low_blocks = LOW_BLOCKS;
	end_block = HIGH_BLOCK + 1;
	CHECK_EQ(start(&s, 22), 0);
	CHECK_EQ(s.grid.nr, 22);
	CHECK_EQ(heat_sampler_read(&s), 0);
	CHECK_EQ(s.pass, 42);
	CHECK_EQ(s.cells[0], HEAT_MAX);
	CHECK_EQ(s.cells[9], HEAT_MAX);
	CHECK_EQ(s.cells[10], 0);
	CHECK_EQ(s.cells[19], 0);
	CHECK_EQ(s.cells[20], HEAT_HOLE);
	CHECK_EQ(s.cells[21], 0);
	heat_sampler_stop(&s);
}

static void memory_goes(void)
{
	struct heat_sampler s;

	low_blocks = LOW_BLOCKS;
	end_block = HIGH_BLOCK + 1;
	CHECK_EQ(start(&s, 22), 0);
	low_blocks = end_block = 35000;
	CHECK_EQ(heat_sampler_read(&s), 0);
	CHECK_EQ(s.cells[0], HEAT_MAX);
	CHECK_EQ(s.cells[10], HEAT_HOLE);
	CHECK_EQ(s.cells[21], HEAT_HOLE);
	fake_errno = ENOENT;
	CHECK_EQ(heat_sampler_read(&s), -ENOENT);
	CHECK_STR(client.error, "vm 7 (web): the VM has gone, or was detached");
	heat_sampler_stop(&s);
}

static void no_memory(void)
{
	struct heat_sampler s;

	low_blocks = end_block = 0;
	CHECK_EQ(start(&s, 22), -ENODATA);
	CHECK_STR(client.error, "vm 7 (web): the VM has no memory yet");
}

static const struct test_case cases[] = {
	{ "reads", reads },
	{ "memory_goes", memory_goes },
	{ "no_memory", no_memory },
};

TEST_SUITE(sample, cases);
