// SPDX-License-Identifier: GPL-2.0-only
/* Others that age memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ager.h"
#include "host.h"

#define LRU_GEN	"/sys/kernel/debug/lru_gen"
#define DAMON	"/sys/kernel/mm/damon/admin/kdamonds/"
#define CONTEXT	DAMON "0/contexts/0/"
#define SCHEME	CONTEXT "schemes/0/"

static char text[1 << 18];

const char *mglru_missing(void)
{
	if (host_kernel() < 602)
		return "this kernel's MGLRU does not ask KVM for accessed bits";
	if (!host_has(MGLRU_ENABLED))
		return "no MGLRU in this kernel";
	if (host_read(text, sizeof(text), MGLRU_ENABLED) || !strtoul(text, NULL, 0))
		return "MGLRU is off";
	if (!host_has(LRU_GEN))
		return "no " LRU_GEN " (debugfs)";
	return NULL;
}

/*
 * memcg  ID PATH
 *  node  N
 *     SEQ  AGE_MS  NR_ANON  NR_FILE	(oldest first)
 */
int mglru_read(struct mglru *lru)
{
	const char *group = strrchr(HOST_CGROUP, '/');
	bool ours = false, node0 = false, found = false;
	unsigned long newest = 0;
	char *line, *rest;
	int ret;

	ret = host_read(text, sizeof(text), LRU_GEN);
	if (ret)
		return ret;
	memset(lru, 0, sizeof(*lru));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned int id, node;
		unsigned long seq, age, anon, file;
		char path[256] = "";

		if (sscanf(line, " memcg %u %255s", &id, path) >= 1) {
			ours = !strcmp(path, group);
			if (ours)
				lru->memcg = id;
		} else if (sscanf(line, " node %u", &node) == 1) {
			node0 = node == 0;
		} else if (ours && node0 &&
			   sscanf(line, "%lu %lu %lu %lu", &seq, &age, &anon, &file) == 4) {
			lru->older += lru->young;
			lru->young = newest;
			newest = anon;
			lru->youngest = seq;
			found = true;
		}
	}
	lru->young += newest;
	return found ? 0 : -ENOENT;
}

int mglru_age(void)
{
	struct mglru lru;
	char command[64];
	int ret = mglru_read(&lru);

	if (ret)
		return ret;
	snprintf(command, sizeof(command), "+ %u 0 %lu 1 1\n", lru.memcg, lru.youngest);
	return host_write(command, LRU_GEN);
}

const char *damon_missing(void)
{
	return host_has("/sys/kernel/mm/damon/admin") ? NULL : "no DAMON in this kernel";
}

static int write_number(uint64_t value, const char *path)
{
	char number[32];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	return host_write(number, "%s", path);
}

int damon_start(uint64_t start, uint64_t end, unsigned int sample_us, unsigned int aggr_us,
		unsigned int regions)
{
	const struct {
		const char *path;
		uint64_t value;
	} numbers[] = {
		{ CONTEXT "monitoring_attrs/intervals/sample_us", sample_us },
		{ CONTEXT "monitoring_attrs/intervals/aggr_us", aggr_us },
		{ CONTEXT "monitoring_attrs/intervals/update_us", 10 * aggr_us },
		{ CONTEXT "monitoring_attrs/nr_regions/max", 2 * regions },
		{ CONTEXT "monitoring_attrs/nr_regions/min", regions },
		{ CONTEXT "targets/nr_targets", 1 },
		{ CONTEXT "targets/0/pid_target", getpid() },
		{ CONTEXT "targets/0/regions/nr_regions", 1 },
		{ CONTEXT "targets/0/regions/0/start", start },
		{ CONTEXT "targets/0/regions/0/end", end },
		{ CONTEXT "schemes/nr_schemes", 1 },
		{ SCHEME "access_pattern/sz/max", 1ULL << 40 },
		{ SCHEME "access_pattern/nr_accesses/max", 1 << 20 },
		{ SCHEME "access_pattern/age/max", 1 << 20 },
	};
	unsigned int i;
	int ret;

	ret = host_write("1", DAMON "nr_kdamonds");
	if (!ret)
		ret = host_write("1", DAMON "0/contexts/nr_contexts");
	if (!ret)	/* that and nothing else of the process */
		ret = host_write("fvaddr", CONTEXT "operations");
	for (i = 0; !ret && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ret = write_number(numbers[i].value, numbers[i].path);
	if (!ret)
		ret = host_write("stat", SCHEME "action");
	if (!ret)
		ret = host_write("on", DAMON "0/state");
	return ret;
}

static uint64_t region_number(unsigned int region, const char *name)
{
	char number[32];

	return host_read(number, sizeof(number), SCHEME "tried_regions/%u/%s", region, name) ? 0 :
		strtoull(number, NULL, 10);
}

int damon_regions(struct damon_region *regions, unsigned int max)
{
	unsigned int n;
	int ret;

	ret = host_write("update_schemes_tried_regions", DAMON "0/state");
	if (ret)
		return ret;
	for (n = 0; n < max; n++) {
		regions[n].start = region_number(n, "start");
		regions[n].end = region_number(n, "end");
		regions[n].accesses = (unsigned int)region_number(n, "nr_accesses");
		if (!regions[n].end)
			break;
	}
	return n;
}

void damon_stop(void)
{
	host_write("off", DAMON "0/state");
	host_write("0", DAMON "nr_kdamonds");
}
