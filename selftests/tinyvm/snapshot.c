// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long it takes to read the activity of a whole VM. A bench, no verdict.
 *
 * usage: snapshot [GIB], default 64
 *
 * The VM has one page of each 2 MiB, so little memory of the host is used. All
 * blocks are looked at page by page, which is the dearest there is to copy; a
 * huge-mapped VM costs less. Milliseconds of this machine, and the ratio to a
 * copy of as many bytes in user space.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ktap.h"
#include "world.h"

#define REPEAT	5

static unsigned int gib = 64;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double copy_ms(uint8_t *to, const uint8_t *from, size_t bytes)
{
	double best = 1e9, start;
	int i;

	for (i = 0; i < REPEAT; i++) {
		start = now_ms();
		memcpy(to, from, bytes);
		__asm__ volatile("" : : "r"(to) : "memory");
		if (now_ms() - start < best)
			best = now_ms() - start;
	}
	return best;
}

static void measure(void)
{
	uint64_t pages = gib * TINYVM_GIANT;
	unsigned int blocks = (unsigned int)(pages / TINYVM_BLOCK), i;
	struct tinyvm_mem mem = { .gfn = TINYVM_GIANT, .pages = pages, .backing = TINYVM_ANON };
	struct tinyvm_opts opts = { .gpa_gib = gib + 1, .list_max = blocks };
	struct ballast_block_activity *records = calloc(blocks, sizeof(*records));
	uint8_t *bytes = malloc(pages), *other = malloc(pages);
	uint32_t *list = calloc(blocks, sizeof(*list)), id;
	struct tinyvm *vm = tinyvm_create(&opts);
	double fine = 1e9, coarse = 1e9, start;
	struct ballast_vm_query query;

	REQUIRE(records && bytes && other && list, "no memory for %u GiB", gib);
	REQUIRE(tinyvm_slot_add(vm, &mem), "slot: %m");
	for (i = 0; i < blocks; i++)
		list[i] = (uint32_t)(mem.gfn + i * TINYVM_BLOCK + i % TINYVM_BLOCK);
	tinyvm_touch(vm, list, blocks, TINYVM_WRITE);
	REQUIRE(!blst_attach(tinyvm_fd(vm), BALLAST_ATTACH_MANUAL, &id), "attach");
	for (i = 0; i < 8; i++) {
		tinyvm_touch(vm, list, blocks, TINYVM_WRITE | TINYVM_FLUSH);
		REQUIRE(!blst_scan(id, 1), "scan");
	}
	memset(bytes, 0, pages);
	memset(other, 0, pages);
	for (i = 0; i < REPEAT; i++) {
		start = now_ms();
		CHECK(blst_pages(id, mem.gfn, pages, bytes) == (int64_t)pages, "pages");
		if (now_ms() - start < fine)
			fine = now_ms() - start;
		start = now_ms();
		CHECK(blst_blocks(id, mem.gfn, blocks, records) == (int64_t)blocks, "blocks");
		if (now_ms() - start < coarse)
			coarse = now_ms() - start;
	}
	REQUIRE(!blst_query(id, &query), "query");
	CHECK(query.level_pages[BALLAST_HOT] >= blocks, "%llu hot pages of %llu",
	      (unsigned long long)query.level_pages[BALLAST_HOT], (unsigned long long)blocks);
	printf("snapshot_4k_ms %.2f\nsnapshot_2m_ms %.2f\n", fine, coarse);
	printf("ratio snapshot_4k/memcpy %.2f\n", fine / copy_ms(other, bytes, pages));
	printf("store_bytes_per_page %.3f\n", (double)query.store_bytes / (double)pages);
	CHECK(!blst_detach(id), "detach");
	tinyvm_destroy(vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = { { "snapshot", measure, 1200 } };
	static char *no_args[] = { "snapshot", NULL };

	if (argc > 1)
		gib = (unsigned int)strtoul(argv[1], NULL, 10);
	if (!gib || gib > 256) {
		fprintf(stderr, "usage: snapshot [GIB], 1 to 256\n");
		return 2;
	}
	return ktap_main(1, no_args, cases, 1);
}
