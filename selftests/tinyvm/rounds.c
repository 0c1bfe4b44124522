// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attach, detach, kill and unload, in any order and under load: VMs that work
 * all the time are attached and scanned without a pause, while a reader takes
 * lists, queries, snapshots and sysfs files; a round ends with one of the VMs
 * detached, or killed, or the module unloaded and loaded again.
 *
 * usage: rounds [-n COUNT] [-s SEED], in L1 (MODULES_DIR)
 *
 * Afterwards nothing may be left over: after a tenth of the rounds and after the
 * last one the kernel's slab caches are counted with the module unloaded, and
 * none may have grown by as much as an object every other round. (On a debug
 * kernel the run's own look for leaks takes the place of that.)
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "ktap.h"
#include "victim.h"
#include "world.h"

#define ROUNDS		40
#define VICTIMS		3
#define MODULE		"ballast_host"
#define FOLDERS		"/sys/kernel/ballast/vm"
#define CACHES_MAX	512
#define TRIES		3000	/* of 10 ms */
/* What comes and goes by itself: per-CPU and per-node lists of objects. */
#define SLACK		400
#define SECONDS		30

enum act { DETACH, KILL, UNLOAD, NR_ACTS };

static char module[512];
static struct victim victims[VICTIMS];

static void nap_us(unsigned int us)
{
	const struct timespec t = { us / 1000000, us % 1000000 * 1000L };

	nanosleep(&t, NULL);
}

/* Take @path's text, whatever it is; the VM may go meanwhile. */
static void read_folder(const char *path)
{
	char text[256];
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)))
		if (entry->d_type == DT_REG)
			host_read(text, sizeof(text), "%s/%s", path, entry->d_name);
	if (dir)
		closedir(dir);
}

/* Readers do not know when the module goes: all of their calls may fail. */
static void read_for_ever(void)
{
	static struct ballast_block_activity blocks[64];
	static uint8_t pages[VICTIM_PAGES];
	struct ballast_vm_query query;
	char path[512];
	struct dirent *entry;
	uint32_t id = 0;
	DIR *dir;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; id++) {
		blst_count();
		if (!blst_query(id % 64 + 1, &query)) {
			blst_pages(query.id, WORLD_GFN, VICTIM_PAGES, pages);
			blst_blocks(query.id, 0, 64, blocks);
		}
		blst_close();
		dir = opendir(FOLDERS);
		while (dir && (entry = readdir(dir))) {
			snprintf(path, sizeof(path), FOLDERS "/%s", entry->d_name);
			read_folder(path);
		}
		if (dir)
			closedir(dir);
		nap_us(1000);	/* or the module is never free to go */
	}
}

/* With no device open that the new process would hold for ever. */
static void replace_victim(struct victim *v)
{
	blst_close();
	close(v->kvm_fd);
	victim_kill(v);
	victim_start(v, true);
}

static pid_t reader_start(void)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0, "fork: %m");
	if (!pid)
		read_for_ever();
	return pid;
}

static void load(void)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	REQUIRE(fd >= 0, "%s: %m", module);
	REQUIRE(!syscall(SYS_finit_module, fd, "", 0), "loading " MODULE ": %m");
	close(fd);
}

static void unload(void)
{
	int try, ret = -1;

	blst_close();
	for (try = 0; try < TRIES && ret; try++) {
		ret = (int)syscall(SYS_delete_module, MODULE, O_NONBLOCK);
		if (ret && errno != EAGAIN)
			break;
		if (ret)
			nap_us(10000);
	}
	REQUIRE(!ret, "unloading " MODULE ": %m");
}

/* Attached, and scanned as fast as it goes. */
static uint32_t attach(const struct victim *v)
{
	uint32_t id = 0;

	if (blst_attach(v->kvm_fd, 0, &id) == -EEXIST)
		return 0;
	REQUIRE(id, "vm %d: attach", v->pid);
	host_write("10", FOLDERS "/%d/period_min_ms", v->pid);
	host_write("10", FOLDERS "/%d/period_max_ms", v->pid);
	host_write("10000", FOLDERS "/%d/budget_bp", v->pid);
	return id;
}

static void one_round(enum act act, uint64_t *rnd)
{
	struct victim *v = &victims[ktap_below(rnd, VICTIMS)];
	uint32_t ids[VICTIMS], id;
	unsigned int i;
	bool killed;

	for (i = 0; i < VICTIMS; i++)
		ids[i] = attach(&victims[i]);
	id = ids[v - victims];
	nap_us(ktap_below(rnd, 30000));
	switch (act) {
	case DETACH:
		if (id)
			CHECK(!blst_detach(id), "vm %d: detach", v->pid);
		break;
	case KILL:
		kill(v->pid, SIGKILL);
		if (id)
			CHECK(blst_wait_gone(id), "vm %d: attached 30 s after its death", v->pid);
		replace_victim(v);
		break;
	default:
		killed = ktap_below(rnd, 2);
		if (killed)
			kill(v->pid, SIGKILL);
		unload();
		load();
		if (killed)
			replace_victim(v);
	}
}

/**
 * struct cache - a slab cache
 * @name:    of it
 * @objects: in use
 */
struct cache {
	char name[64];
	long objects;
};

/* What lies free in a CPU's own slabs counts as in use: give it back first. */
static void shrink_caches(void)
{
	glob_t found;
	size_t i;

	REQUIRE(!glob("/sys/kernel/slab/*/shrink", 0, NULL, &found), "no /sys/kernel/slab");
	for (i = 0; i < found.gl_pathc; i++)
		host_write("1", "%s", found.gl_pathv[i]);
	globfree(&found);
}

static unsigned int count_caches(struct cache *caches)
{
	unsigned int n = 0;
	char line[512];
	FILE *file;

	host_write("2", "/proc/sys/vm/drop_caches");
	shrink_caches();
	file = fopen("/proc/slabinfo", "r");
	REQUIRE(file, "/proc/slabinfo: %m");
	while (n < CACHES_MAX && fgets(line, sizeof(line), file))
		n += sscanf(line, "%63s %ld", caches[n].name, &caches[n].objects) == 2;
	fclose(file);
	REQUIRE(n > 10, "%u slab caches", n);
	return n;
}

/* Return: the cache of @after that grew most, and by how much. */
static const struct cache *grew_most(const struct cache *before, unsigned int nr,
				     const struct cache *after, unsigned int n, long *grown)
{
	const struct cache *most = NULL;
	unsigned int i, j;

	*grown = 0;
	for (i = 0; i < n; i++) {
		for (j = 0; j < nr && strcmp(before[j].name, after[i].name); j++)
			;
		if (j == nr || after[i].objects - before[j].objects <= *grown)
			continue;
		*grown = after[i].objects - before[j].objects;
		most = &after[i];
	}
	return most;
}

/* A leak stays; what RCU and workers free by and by goes in a while. */
static void nothing_grew(const struct cache *before, unsigned int nr, unsigned int rounds)
{
	static struct cache after[CACHES_MAX];
	const struct cache *most;
	unsigned int n, second;
	long grown;

	for (second = 0;; second++) {
		n = count_caches(after);
		most = grew_most(before, nr, after, n, &grown);
		if (grown < SLACK + rounds / 2 || second == SECONDS)
			break;
		nap_us(1000000);
	}
	CHECK(grown < SLACK + rounds / 2, "%s: %ld objects more after %u rounds and %u s",
	      most ? most->name : "none", grown, rounds, second);
	ktap_note("%u slab caches; %s grew most: by %ld objects in %u rounds, counted after %u s",
		  n, most ? most->name : "none", grown, rounds, second);
}

static void rounds(void)
{
	static struct cache before[CACHES_MAX];
	unsigned int i, n = ktap_count ? ktap_count : ROUNDS, done[NR_ACTS] = {}, nr = 0;
	uint64_t rnd = ktap_seed;
	pid_t reader = reader_start();

	if (!getenv("MODULES_DIR"))
		ktap_skip("MODULES_DIR is not set: runs inside selftests/nested/run");
	snprintf(module, sizeof(module), "%s/host/" MODULE ".ko", getenv("MODULES_DIR"));
	for (i = 0; i < VICTIMS; i++)
		victim_start(&victims[i], true);
	for (i = 0; i < n; i++) {
		enum act act = ktap_below(&rnd, NR_ACTS);

		one_round(act, &rnd);
		done[act]++;
		if (i == n / 10) {
			unload();
			nr = count_caches(before);
			load();
		}
		if (i % 100 == 99)
			ktap_note("round %u: %u detached, %u killed, %u unloaded", i + 1,
				  done[DETACH], done[KILL], done[UNLOAD]);
	}
	unload();
	/* KASAN keeps what was freed for a while; kmemleak looks for leaks there. */
	if (host_has("/sys/kernel/debug/kmemleak"))
		ktap_note("slab caches not compared: kmemleak is there");
	else
		nothing_grew(before, nr, n - n / 10);
	load();
	for (i = 0; i < VICTIMS; i++) {
		close(victims[i].kvm_fd);
		victim_kill(&victims[i]);
	}
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	ktap_note("%u detached, %u killed, %u unloaded", done[DETACH], done[KILL], done[UNLOAD]);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = { { "rounds", rounds, 3600 } };

	return ktap_main(argc, argv, cases, 1);
}
