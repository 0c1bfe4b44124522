// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's own reclaim must not be misled by our scanning. The guest touches
 * its hot pages, we take the accessed bits, then the host has to swap: it must
 * swap what is cold, and none of what is hot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ager.h"
#include "host.h"
#include "ktap.h"
#include "world.h"

#define PAGES		(32 * 256)	/* 32 MiB */
#define HALF		(PAGES / 2)
#define SWAP_MIB	128
/* Reclaimed after each round: a thirty-second of the cold half. */
#define STEP		"512K"
#define STEPS_MAX	60
#define GOOD_STEPS	3

#define PM_SWAPPED	(1ULL << 62)

static char device[32];		/* the swap that we made, or empty */
static char why_not[128];	/* why there is none */

static int run(const char *program, const char *arg)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execlp(program, program, "-q", arg, NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status ? 0 : -1;
}

/* What mkswap writes: version, last page, signature. */
static int write_header(const char *path, unsigned int pages)
{
	static uint8_t header[TINYVM_PAGE];
	uint32_t info[2] = { 1, pages - 1 };
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	memcpy(header + 1024, info, sizeof(info));
	memcpy(header + TINYVM_PAGE - 10, "SWAPSPACE2", 10);
	ret = pwrite(fd, header, sizeof(header), 0) == sizeof(header) ? 0 : -EIO;
	close(fd);
	return ret;
}

static void swap_make(void)
{
	char id[16], size[16], path[sizeof(device)];

	if (!host_has("/sys/class/zram-control") && run("modprobe", "zram")) {
		snprintf(why_not, sizeof(why_not), "no zram to swap to: modprobe zram failed");
		return;
	}
	if (host_read(id, sizeof(id), "/sys/class/zram-control/hot_add")) {
		snprintf(why_not, sizeof(why_not), "no zram device: hot_add failed");
		return;
	}
	snprintf(size, sizeof(size), "%dM", SWAP_MIB);
	snprintf(path, sizeof(path), "/dev/zram%.10s", id);
	if (host_write(size, "/sys/block/zram%s/disksize", id) ||
	    write_header(path, SWAP_MIB * 256) || swapon(path, 0)) {
		snprintf(why_not, sizeof(why_not), "no swap on %s", path);
		host_write(id, "/sys/class/zram-control/hot_remove");
		return;
	}
	strcpy(device, path);
}

static void swap_remove(void)
{
	if (!device[0])
		return;
	swapoff(device);
	host_write(device + strlen("/dev/zram"), "/sys/class/zram-control/hot_remove");
}

/* Pages of each part that lie in swap now. */
static void count_swapped(const struct world *w, unsigned int *hot, unsigned int *cold)
{
	static uint64_t map[PAGES];
	off_t offset = (uintptr_t)w->slot->hva / TINYVM_PAGE * sizeof(map[0]);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned int i;

	REQUIRE(fd >= 0 && pread(fd, map, sizeof(map), offset) == sizeof(map), "pagemap: %m");
	close(fd);
	*hot = *cold = 0;
	for (i = 0; i < PAGES; i++) {
		if (!(map[i] & PM_SWAPPED))
			continue;
		if (w->part[i] == WORLD_HOT)
			++*hot;
		else
			++*cold;
	}
}

/*
 * The host wants memory back; with MGLRU, it ages first. Return: 0 or -errno.
 *
 * Reclaim balances a group's lists by statistics that the kernel sums up every
 * two seconds, or when they are read. Steps come faster here: without reading,
 * it would take the lists to be empty and do nothing, then take far too much.
 */
static int host_reclaims(bool mglru)
{
	char stat[8192];

	REQUIRE(!host_read(stat, sizeof(stat), HOST_CGROUP "/memory.stat"), "memory.stat");
	if (mglru)
		REQUIRE(!mglru_age(), "MGLRU aging");
	/* EAGAIN: it did not find as much as it was to find. */
	return host_write(STEP, HOST_CGROUP "/memory.reclaim");
}

/* What the group holds, when reclaim does not do what is expected of it. */
static void tell_group(int ret)
{
	static const char *const keys[] = {
		"anon ", "file ", "inactive_anon ", "active_anon ", "inactive_file ",
		"active_file ", "unevictable ", "swapcached ", "pgscan ", "pgsteal ",
	};
	char stat[8192], line[512] = "";
	unsigned int i;
	char *at;

	if (host_read(stat, sizeof(stat), HOST_CGROUP "/memory.stat"))
		return;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		at = strstr(stat, keys[i]);
		if (at)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), " %.*s",
				 (int)strcspn(at, "\n"), at);
	}
	ktap_note("last reclaim %d;%s", ret, line);
}

/*
 * Filling the memory has left it accessed, all alike, and on whichever list.
 * Reclaim sorts that out at the expense of what comes first, hot or not. Wait
 * until it has, before anybody scans.
 */
static void let_reclaim_settle(struct world *w, bool mglru)
{
	unsigned int hot, cold, lost = 0, good = 0, steps = 0;
	int ret;

	while (good < GOOD_STEPS && steps++ < STEPS_MAX) {
		world_touch(w);
		ret = host_reclaims(mglru);
		count_swapped(w, &hot, &cold);
		good = ret || hot ? 0 : good + 1;
		lost += hot;
	}
	ktap_note("before the first scan: %u steps, %u hot pages swapped out and in, %u cold ones out",
		  steps, lost, cold);
	REQUIRE(good == GOOD_STEPS, "reclaim swaps hot pages by itself");
}

static void swap_under(struct world *w, bool mglru)
{
	unsigned int hot, cold, worst = 0, steps = 0;
	struct ballast_vm_query query;
	int ret;

	let_reclaim_settle(w, mglru);
	world_settle(w, "before");
	do {
		world_round(w);
		ret = host_reclaims(mglru);
		count_swapped(w, &hot, &cold);
		if (hot > worst) {
			worst = hot;
			ktap_note("step %u: %u hot and %u cold pages are out", steps, hot, cold);
			tell_group(ret);
		}
	} while (++steps < STEPS_MAX && cold < HALF * 3 / 4);
	REQUIRE(!blst_query(w->id, &query), "query");
	ktap_note("%u of %u cold pages swapped in %u steps; hot ones at worst %u; given back %llu",
		  cold, HALF, steps, worst, (unsigned long long)query.given_back);
	if (steps == STEPS_MAX)
		tell_group(ret);
	CHECK(!worst, "up to %u hot pages were swapped out", worst);
	CHECK(cold > HALF / 2, "only %u of %u cold pages were swapped out", cold, HALF);
	CHECK(query.given_back > 0, "nothing given back");
	/* What was swapped is still cold, what was not is still hot. */
	world_settle(w, "after");
}

static void reclaim(bool mglru, bool scattered)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };
	struct world w;
	unsigned int i;
	int ret;

	if (!device[0])
		ktap_skip("%s", why_not);
	if (host_write(mglru ? "y" : "n", MGLRU_ENABLED) && mglru)
		ktap_skip("MGLRU cannot be switched on here");
	if (mglru && mglru_missing())
		ktap_skip("%s", mglru_missing());
	ret = host_enter_cgroup();
	if (ret)
		ktap_skip("no control group of its own: %s", strerror(-ret));
	if (!host_has(HOST_CGROUP "/memory.reclaim"))
		ktap_skip("no memory.reclaim in this kernel");
	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	if (scattered) {
		for (i = 0; i < PAGES; i += 2)	/* one of each pair, at random */
			w.part[i + ktap_below(&w.rnd, 2)] = WORLD_HOT;
	} else {
		world_fill(&w, 0, HALF, WORLD_HOT);
	}
	swap_under(&w, mglru);
	world_close(&w);
}

static void classic_halves(void)
{
	reclaim(false, false);
}

static void classic_scattered(void)
{
	reclaim(false, true);
}

static void mglru_halves(void)
{
	reclaim(true, false);
}

static void mglru_scattered(void)
{
	reclaim(true, true);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "classic_halves", classic_halves },
		{ "classic_scattered", classic_scattered },
		{ "mglru_halves", mglru_halves },
		{ "mglru_scattered", mglru_scattered },
	};
	char mglru[16] = "";
	int status;

	host_read(mglru, sizeof(mglru), MGLRU_ENABLED);
	swap_make();
	status = ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
	swap_remove();
	if (mglru[0])
		host_write(mglru, MGLRU_ENABLED);
	return status;
}
