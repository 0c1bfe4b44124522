// SPDX-License-Identifier: GPL-2.0-only
/*
 * Garbage for the files of sysfs and debugfs: odd text, places and offsets,
 * from several threads, while the VM is scanned and another one comes and
 * goes under those who hold its files open. Whatever was written, a knob's
 * value is one that the ABI allows, and at the end the picture is exact.
 * -n COUNT: accesses in all; -s SEED repeats a run (but for the threads'
 * timing).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "garbage.h"
#include "host.h"
#include "ktap.h"
#include "world.h"

#define ACCESSES	20000
#define THREADS		3
#define PAGES		(4 * 256)
#define MAX_FILES	256
#define PATH_BYTES	128
#define SYSFS		"/sys/kernel/ballast/vm"
#define DEBUGFS		"/sys/kernel/debug/ballast/vm"

/**
 * struct knob - a file that can be written, and what may be in it
 * @name:	within the VM's folder
 * @words:	NULL or all its values, by spaces
 * @min:	smallest number
 * @max:	largest number
 * @counts:	its writes, and is not what was written
 * @old:	what it was at the beginning
 */
static struct knob {
	const char *name;
	const char *words;
	unsigned long long min, max;
	bool counts;
	char old[32];
} knobs[] = {
	{ "mode", .words = " auto manual " },
	{ "period_min_ms", .min = 10, .max = 3600000 },
	{ "period_max_ms", .min = 10, .max = 3600000 },
	{ "budget_bp", .min = 1, .max = 10000 },
	{ "calibrate_s", .min = 0, .max = 0xffffffff },
	{ "guest/report_ms", .min = 100, .max = 600000 },
	{ "guest/round_ms", .min = 0, .max = 600000 },
	{ "guest/error_bp", .min = 50, .max = 5000 },
	{ "mrc/enabled", .words = " 0 1 " },
	{ "mrc/samples", .min = 64, .max = 16384 },
	{ "mrc/tick_ms", .min = 10, .max = 60000 },
	{ "mrc/budget_bp", .min = 1, .max = 10000 },
	{ "mrc/tracer", .words = " auto bits traps " },
	{ "mrc/window_ms", .min = 0, .max = 60000 },
	{ "mrc/trap_rate", .min = 1, .max = 100000 },
	{ "mrc/trap_huge", .words = " 0 1 " },
	{ "balloon/target_pages", .min = 0, .max = 2 * PAGES },
	{ "balloon/cache", .words = " 0 1 " },
	{ "balloon/flush", .min = 0, .max = 0xffffffff, .counts = true },
};

#define NR_KNOBS	(sizeof(knobs) / sizeof(knobs[0]))

/**
 * struct files - what all threads share
 * @second:	a VM that is attached and detached
 * @kept:	folder of the VM that stays
 * @lock:	for @passing
 * @passing:	folder of the VM that comes and goes
 * @names:	"sysfs or debugfs folder", "file within a VM's folder"
 * @nr:		of them
 * @accesses:	to go
 * @answers:	by errno, 0: success
 */
static struct files {
	struct tinyvm *second;
	char kept[BALLAST_NAME_LEN];
	pthread_mutex_t lock;
	char passing[BALLAST_NAME_LEN];
	struct { const char *top; char name[40]; } names[MAX_FILES];
	unsigned int nr;
	int accesses;
	unsigned int answers[256];
} f = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void counted(long ret)
{
	unsigned int err = ret < 0 ? errno : 0;

	if (err < 256)
		__atomic_fetch_add(&f.answers[err], 1, __ATOMIC_RELAXED);
}

static void collect(const char *top, const char *within)
{
	char path[PATH_BYTES], name[sizeof(f.names[0].name)];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s/%s", top, f.kept, within);
	dir = opendir(path);
	REQUIRE(dir, "%s: %m", path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		REQUIRE(snprintf(name, sizeof(name), "%s%s", within, entry->d_name) <
			(int)sizeof(name) - 1, "%s is too long a name", entry->d_name);
		if (entry->d_type == DT_DIR) {
			strcat(name, "/");
			collect(top, name);
			continue;
		}
		REQUIRE(f.nr < MAX_FILES, "more than %d files", MAX_FILES);
		f.names[f.nr].top = top;
		strcpy(f.names[f.nr++].name, name);
	}
	closedir(dir);
}

/**
 * struct target - a file for one access
 * @path:	of it
 * @debug:	in debugfs
 * @stays:	of the VM that is not detached
 * @knob:	NULL: read-only
 */
struct target {
	char path[PATH_BYTES];
	bool debug;
	bool stays;
	const struct knob *knob;
};

static struct target some_file(struct garbage *g)
{
	unsigned int i, nr = ktap_below(&g->rnd, f.nr);
	struct target t = {
		.debug = !strcmp(f.names[nr].top, DEBUGFS),
		.stays = ktap_below(&g->rnd, 2),
	};
	char vm[BALLAST_NAME_LEN];

	pthread_mutex_lock(&f.lock);
	strcpy(vm, t.stays ? f.kept : f.passing);
	pthread_mutex_unlock(&f.lock);
	/* Knobs are few and matter most. */
	if (ktap_below(&g->rnd, 2)) {
		t.debug = false;
		t.knob = &knobs[ktap_below(&g->rnd, NR_KNOBS)];
		snprintf(t.path, sizeof(t.path), SYSFS "/%s/%s", vm, t.knob->name);
		return t;
	}
	snprintf(t.path, sizeof(t.path), "%s/%s/%s", f.names[nr].top, vm, f.names[nr].name);
	for (i = 0; i < NR_KNOBS; i++)
		if (!t.debug && !strcmp(f.names[nr].name, knobs[i].name))
			t.knob = &knobs[i];
	return t;
}

static int some_open(const struct target *t, int flags)
{
	int fd = open(t->path, flags | O_CLOEXEC | O_NONBLOCK);

	counted(fd);
	if (fd >= 0)
		return fd;
	if (t->stays)
		CHECK(errno == EACCES && flags != O_RDONLY && !t->knob, "%s: %m", t->path);
	else
		CHECK(errno == ENOENT || errno == ENODEV || errno == EACCES || errno == EIO ||
		      errno == ENOTDIR || errno == EISDIR, "%s: %m", t->path);
	return fd;
}

static void check_value(const struct target *t, char *text, ssize_t len)
{
	char word[300], *end;
	unsigned long long value;

	CHECK(len > 1 && text[len - 1] == '\n', "%s: %zd bytes without an end", t->path, len);
	if (!t->knob || len < 2)
		return;
	text[len - 1] = 0;
	if (t->knob->words) {
		snprintf(word, sizeof(word), " %s ", text);
		CHECK(strstr(t->knob->words, word), "%s is '%s'", t->path, text);
		return;
	}
	value = strtoull(text, &end, 10);
	CHECK(!*end && value >= t->knob->min && value <= t->knob->max, "%s is '%s'", t->path, text);
}

static void read_whole(struct garbage *g)
{
	struct target t = some_file(g);
	int fd = some_open(&t, O_RDONLY);
	char text[256];
	ssize_t len;

	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text));
	counted(len);
	if (len < 0)
		CHECK(!t.stays && (errno == ENODEV || errno == EIO), "%s: %m", t.path);
	else if (!t.debug)
		check_value(&t, text, len);
	close(fd);
}

/* Anywhere to anywhere. */
static void read_oddly(struct garbage *g)
{
	struct target t = some_file(g);
	size_t bytes = ktap_below(&g->rnd, GARBAGE_ZONE / 2);
	struct place place = some_place(g, bytes);
	off_t at = rarely(g) ? (off_t)odd_number(g) : (off_t)ktap_below(&g->rnd, 64);
	int fd = some_open(&t, O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return;
	len = pread(fd, place.at, bytes, at);
	counted(len);
	if (len >= 0)
		CHECK((size_t)len <= bytes && (!len || place.writable || (size_t)len <= place.room),
		      "%s: %zd bytes read of %zu", t.path, len, bytes);
	else
		CHECK(errno == EFAULT || errno == EINVAL || errno == EIO || errno == ENODEV ||
		      errno == EOVERFLOW, "%s: pread at %lld: %m", t.path, (long long)at);
	close(fd);
}

/* Nearly a number, nearly a word, or noise. Return: bytes. */
static size_t some_text(struct garbage *g, char *text, size_t size)
{
	static const char *const near[] = {
		"", "\n", " ", "-1", "+5", "0x", "0x10", "010", "1e3", "10 20", "1\n2\n", "9",
		"10", "200", "10001", "3600001", "4294967296", "99999999999999999999",
		"manual", "auto", "Auto", "auto ", "manual\n\n", "automatic", "%s%n",
	};
	size_t len, i;

	switch (ktap_below(&g->rnd, 4)) {
	case 0:
		return (size_t)snprintf(text, size, "%s",
					near[ktap_below(&g->rnd, sizeof(near) / sizeof(near[0]))]);
	case 1:
		return (size_t)snprintf(text, size, "%llu\n", (unsigned long long)odd_number(g));
	case 2:
		return (size_t)snprintf(text, size, "%u", 10 + ktap_below(&g->rnd, 4000));
	default:
		len = ktap_below(&g->rnd, (unsigned int)(rarely(g) ? size : 16));
		for (i = 0; i < len; i++)
			text[i] = (char)ktap_random(&g->rnd);
		return len;
	}
}

static void write_oddly(struct garbage *g)
{
	struct target t = some_file(g);
	size_t len = some_text(g, (char *)g->zone, GARBAGE_ZONE / 2);
	struct place place = rarely(g) ? some_place(g, len + 1) :
			     (struct place){ g->zone, true, true };
	int fd = some_open(&t, rarely(g) ? O_RDWR : O_WRONLY);
	ssize_t ret;

	if (fd < 0)
		return;
	ret = rarely(g) ? pwrite(fd, place.at, len, (off_t)odd_number(g)) :
	      write(fd, place.at, len);
	counted(ret);
	if (ret < 0) {
		CHECK(errno == EINVAL || errno == ERANGE || errno == EFAULT || errno == EIO ||
		      errno == ENODEV || errno == EINTR || errno == EOVERFLOW || errno == EFBIG ||
		      errno == ESPIPE, "%s: write: %m", t.path);
	} else if (!t.debug) {
		CHECK(!ret || t.knob, "%s can be written", t.path);
		CHECK((size_t)ret <= len, "%s: %zd bytes written of %zu", t.path, ret, len);
	}
	close(fd);
}

/* What files of this kind have not got. */
static void other_calls(struct garbage *g)
{
	struct target t = some_file(g);
	int fd = some_open(&t, O_RDONLY);
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLPRI };
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, TINYVM_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	counted(map == MAP_FAILED ? -1 : 0);
	CHECK(map == MAP_FAILED, "%s can be mapped", t.path);
	CHECK(ioctl(fd, _IOWR(BALLAST_IOC_MAGIC, ktap_below(&g->rnd, 16), int), g->zone) < 0,
	      "%s answers our ioctls", t.path);
	CHECK(ftruncate(fd, 0) < 0, "%s can be cut", t.path);
	poll(&pfd, 1, 0);
	lseek(fd, (off_t)odd_number(g), (int)ktap_below(&g->rnd, 3));
	read(fd, g->zone, 16) < 0 ? counted(-1) : counted(0);
	close(fd);
}

/* The second VM is attached anew while its files are held open. */
static void come_and_go(struct garbage *g)
{
	struct ballast_vm_attach req = {
		.kvm_fd = tinyvm_fd(f.second),
		.flags = ktap_below(&g->rnd, 2),
	};
	struct target t = { .stays = false };
	int fd, ret;

	ret = ioctl(blst_device(), BALLAST_IOC_VM_ATTACH, &req);
	CHECK(!ret || errno == EEXIST, "attach: %m");
	if (ret)
		return;
	pthread_mutex_lock(&f.lock);
	strcpy(f.passing, req.name);
	pthread_mutex_unlock(&f.lock);
	snprintf(t.path, sizeof(t.path), SYSFS "/%s/mode", req.name);
	fd = some_open(&t, O_RDWR);
	usleep(ktap_below(&g->rnd, 20000));
	CHECK(!blst_detach(req.id), "detach: %m");
	if (fd < 0)
		return;
	/* Detached: the file is still open and says so. */
	CHECK(write(fd, "auto", 4) < 0 && errno == ENODEV, "write after detach: %m");
	close(fd);
}

static void *caller(void *arg)
{
	static void (*const actions[])(struct garbage *g) = {
		read_whole, read_whole, read_oddly, write_oddly, write_oddly, write_oddly,
		other_calls,
	};
	struct garbage *g = arg;

	while (__atomic_fetch_sub(&f.accesses, 1, __ATOMIC_RELAXED) > 0)
		actions[ktap_below(&g->rnd, sizeof(actions) / sizeof(actions[0]))](g);
	return NULL;
}

static void *attacher(void *arg)
{
	while (__atomic_load_n(&f.accesses, __ATOMIC_RELAXED) > 0)
		come_and_go(arg);
	return NULL;
}

static void save_knobs(void)
{
	unsigned int i;

	for (i = 0; i < NR_KNOBS; i++)
		REQUIRE(!host_read(knobs[i].old, sizeof(knobs[i].old), SYSFS "/%s/%s", f.kept,
				   knobs[i].name), "cannot read %s", knobs[i].name);
}

/* The periods bound each other, so they go back twice. */
static void restore_knobs(void)
{
	unsigned int i, round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < NR_KNOBS; i++)
			if (!knobs[i].counts)
				host_write(knobs[i].old, SYSFS "/%s/%s", f.kept, knobs[i].name);
	for (i = 0; i < NR_KNOBS; i++) {
		char now[32] = "";

		host_read(now, sizeof(now), SYSFS "/%s/%s", f.kept, knobs[i].name);
		CHECK(knobs[i].counts || !strcmp(now, knobs[i].old), "%s is %s, was %s",
		      knobs[i].name, now, knobs[i].old);
	}
}

static void garbage(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };
	struct tinyvm_opts opts = { .list_max = PAGES };
	struct garbage callers[THREADS + 1] = {};
	pthread_t ids[THREADS + 1];
	int before = blst_count();
	struct world w;
	unsigned int i;

	world_open(&w, &opts, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_scatter(&w, 0, PAGES, 5, WORLD_HOT);
	world_settle(&w, "before");
	f.second = tinyvm_create(&opts);
	REQUIRE(tinyvm_slot_add(f.second, &mem), "slot: %m");
	strcpy(f.kept, blst_name(w.id));
	strcpy(f.passing, f.kept);
	collect(SYSFS, "");
	if (host_has("/sys/kernel/debug/ballast"))
		collect(DEBUGFS, "");
	save_knobs();
	f.accesses = ktap_count ? ktap_count : ACCESSES;
	for (i = 0; i <= THREADS; i++) {
		garbage_init(&callers[i], i);
		REQUIRE(!pthread_create(&ids[i], NULL, i ? caller : attacher, &callers[i]), "thread");
	}
	for (i = 0; i <= THREADS; i++)
		pthread_join(ids[i], NULL);
	ktap_note("%u files", f.nr);
	for (i = 0; i < 256; i++)
		if (f.answers[i])
			ktap_note("%6u times %s", f.answers[i], i ? strerrorname_np(i) : "success");
	CHECK(f.answers[0] && f.answers[EFAULT] && f.answers[EINVAL] && f.answers[ENOENT],
	      "some answers never came: the fuzzer is blunt");
	restore_knobs();
	world_settle(&w, "after");
	world_check_sums(&w);
	world_close(&w);
	tinyvm_destroy(f.second);
	CHECK(blst_count() == before, "%d VMs attached, %d before", blst_count(), before);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "garbage", garbage, 900 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
