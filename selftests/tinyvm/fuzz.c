// SPDX-License-Identifier: GPL-2.0-only
/*
 * Garbage for /dev/ballast: random numbers, sizes, pointers, descriptors and
 * reserved fields, from several threads, with VMs attached and one of them
 * scanning by itself. Every answer must be one that the UAPI allows for what
 * was asked, nothing may be written outside of what it returns, and at the end
 * the picture must still be exact.
 * -n COUNT: calls in all; -s SEED repeats a run (but for the threads' timing).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "garbage.h"
#include "ktap.h"
#include "world.h"

#define CALLS		50000
#define THREADS		3
#define PAGES		(4 * 256)
#define CANARY		0xa5

/**
 * struct fuzz - what all threads share
 * @vm:		two of them; the first stays attached to the end
 * @kept:	attachment of the first one
 * @fds:	descriptors of all kinds, some closed
 * @calls:	to go, of all threads
 * @answers:	by errno, 0: success
 */
static struct fuzz {
	struct tinyvm *vm[2];
	uint32_t kept;
	int fds[16];
	unsigned int nr_fds;
	int calls;
	unsigned int answers[256];
} f;

static const unsigned long commands[] = {
	BALLAST_IOC_VERSION, BALLAST_IOC_VM_ATTACH, BALLAST_IOC_VM_DETACH, BALLAST_IOC_VM_LIST,
	BALLAST_IOC_VM_QUERY, BALLAST_IOC_VM_SCAN, BALLAST_IOC_VM_ACTIVITY,
	BALLAST_IOC_VM_CLASSES, BALLAST_IOC_VM_CLASS_HISTORY, BALLAST_IOC_VM_TARGET,
	BALLAST_IOC_VM_BALLOON, BALLAST_IOC_VM_SLOTS, BALLAST_IOC_VM_MRC,
};

/* Of a VM here, with those of its page tables and code. */
#define SLOTS		4
#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static uint32_t some_id(struct garbage *g)
{
	return ktap_below(&g->rnd, 3) ? f.kept + ktap_below(&g->rnd, 4) : odd_u32(g);
}

/* errno of a call that must not do anything else. */
static int answer(unsigned long cmd, void *arg)
{
	int err = ioctl(blst_device(), cmd, arg) < 0 ? errno : 0;

	if (err >= 0 && err < 256)
		__atomic_fetch_add(&f.answers[err], 1, __ATOMIC_RELAXED);
	return err;
}

static bool one_of(int err, const int *allowed)
{
	for (; *allowed >= 0; allowed++)
		if (err == *allowed)
			return true;
	return false;
}

#define ALLOWED(err, what, ...) \
	CHECK(one_of(err, (const int[]){ __VA_ARGS__, -1 }), "%s: %s", what, strerror(err))

/* A command that there is not: another magic, number, size or direction. */
static void unknown_command(struct garbage *g)
{
	unsigned long cmd = commands[ktap_below(&g->rnd, NR_COMMANDS)];
	struct place place;
	unsigned int i;
	int err;

	switch (ktap_below(&g->rnd, 4)) {
	case 0:
		cmd = _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), 0x20 + ktap_below(&g->rnd, 200),
			   _IOC_SIZE(cmd));
		break;
	case 1:
		cmd = _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd),
			   ktap_below(&g->rnd, 1 << _IOC_SIZEBITS));
		break;
	case 2:
		cmd = _IOC(ktap_below(&g->rnd, 4), _IOC_TYPE(cmd), _IOC_NR(cmd), _IOC_SIZE(cmd));
		break;
	default:
		cmd = _IOC(ktap_below(&g->rnd, 4), BALLAST_IOC_MAGIC, ktap_below(&g->rnd, 256),
			   ktap_below(&g->rnd, 1 << _IOC_SIZEBITS));
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (cmd == commands[i])
			return;
	place = some_place(g, 64);
	err = answer(cmd, place.at);
	ALLOWED(err, "an unknown command", ENOTTY, EFAULT);
}

static void fuzz_version(struct garbage *g)
{
	struct place place = some_place(g, sizeof(struct ballast_version));
	int err = answer(BALLAST_IOC_VERSION, place.at);

	if (place.writable)
		CHECK(!err, "version: %s", strerror(err));
	else
		CHECK(err == EFAULT, "version to a bad place: %s", strerror(err));
}

/* Attach, and detach what was attached, unless it is the VM that stays. */
static void fuzz_attach(struct garbage *g)
{
	struct ballast_vm_attach req = {
		.kvm_fd = rarely(g) ? (int)odd_number(g) : f.fds[ktap_below(&g->rnd, f.nr_fds)],
		.flags = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, 2),
		.reserved = rarely(g) ? odd_u32(g) : 0,
	};
	bool bad = req.reserved || (req.flags & ~BALLAST_ATTACH_FLAGS);
	int err = answer(BALLAST_IOC_VM_ATTACH, &req);

	if (bad) {
		CHECK(err == EINVAL, "attach with flags 0x%x, reserved 0x%x: %s", req.flags,
		      req.reserved, strerror(err));
		return;
	}
	ALLOWED(err, "attach", 0, EBADF, EINVAL, EEXIST, EINTR);
	if (!err || err == EEXIST)
		CHECK(req.id && memchr(req.name, 0, sizeof(req.name)), "attach told no id or name");
	if (!err && !rarely(g))
		blst_detach(req.id);	/* another thread may have been faster */
}

static void fuzz_detach(struct garbage *g)
{
	struct ballast_vm_ref req = {
		.id = some_id(g),
		.reserved = rarely(g) ? odd_u32(g) : 0,
	};
	bool bad = req.reserved;
	int err;

	if (req.id == f.kept)
		req.id = 0;
	err = answer(BALLAST_IOC_VM_DETACH, &req);
	if (bad)
		CHECK(err == EINVAL, "detach with reserved set: %s", strerror(err));
	else
		ALLOWED(err, "detach", 0, ENOENT);
}

static void fuzz_list(struct garbage *g)
{
	unsigned int max = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, 5);
	struct place place = some_place(g, max < 100 ? max * sizeof(struct ballast_vm_entry) : 1);
	struct ballast_vm_list req = { .entries = (uintptr_t)place.at, .max = max };
	int err = answer(BALLAST_IOC_VM_LIST, &req);

	/* At least one VM is attached: with max above 0 its entry is written. */
	if (max && max < 100 && !place.writable &&
	    place.room < sizeof(struct ballast_vm_entry))
		ALLOWED(err, "list to a bad place", EFAULT);
	else
		ALLOWED(err, "list", 0, EFAULT);
	if (!err)
		CHECK(req.count >= 1, "list counts %u VMs", req.count);
}

static void fuzz_query(struct garbage *g)
{
	struct place place = some_place(g, sizeof(struct ballast_vm_query));
	uint32_t id = some_id(g);
	int err;

	if (place.writable)
		memcpy(place.at, &id, sizeof(id));
	err = answer(BALLAST_IOC_VM_QUERY, place.at);
	if (!place.readable)
		CHECK(err == EFAULT, "query of a bad place: %s", strerror(err));
	else if (!place.writable)	/* the id is what lies there */
		ALLOWED(err, "query to a read-only place", EFAULT, ENOENT);
	else if (id == f.kept)
		CHECK(!err, "query: %s", strerror(err));
	else
		ALLOWED(err, "query", 0, ENOENT);
}

static void fuzz_scan(struct garbage *g)
{
	struct ballast_vm_scan req = {
		.id = some_id(g),
		.passes = ktap_below(&g->rnd, 3),
		.flags = rarely(g) ? odd_u32(g) : 0,
		.reserved = rarely(g) ? odd_u32(g) : 0,
	};
	bool bad = req.flags || req.reserved;
	int err;

	if (rarely(g))
		req.passes = 1025 + ktap_below(&g->rnd, 1 << 30);
	bad |= !req.passes || req.passes > 1024;
	err = answer(BALLAST_IOC_VM_SCAN, &req);
	if (bad)
		CHECK(err == EINVAL, "scan %u passes, flags 0x%x, reserved 0x%x: %s", req.passes,
		      req.flags, req.reserved, strerror(err));
	else if (req.id == f.kept)
		CHECK(!err, "scan: %s", strerror(err));
	else
		ALLOWED(err, "scan", 0, ENOENT, ENODEV);
}

/* Where @bytes may come to lie: with what nothing may be written behind. */
static struct place canary_place(struct garbage *g, size_t bytes)
{
	struct place place = some_place(g, bytes);

	if (place.writable) {
		memset(g->zone, CANARY, GARBAGE_ZONE);
		place.at = g->zone;
	}
	return place;
}

/* Bytes behind what was returned must be as they were. */
static void check_canary(const char *what, const uint8_t *buf, size_t used)
{
	size_t i;

	for (i = used; i < GARBAGE_ZONE; i++)
		if (buf[i] != CANARY)
			break;
	CHECK(i == GARBAGE_ZONE, "%s wrote at %zu, %zu bytes were returned", what, i, used);
}

static void fuzz_activity(struct garbage *g)
{
	unsigned int size, max_grain = BALLAST_GRAIN_2M;
	struct ballast_vm_activity req = {
		.id = some_id(g),
		.gfn = odd_number(g),
		.grain = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, 2),
		.flags = rarely(g) ? odd_u32(g) : 0,
		.reserved = rarely(g) ? odd_u32(g) : 0,
	};
	bool bad = req.flags || req.reserved || req.grain > max_grain ||
		   (req.grain == BALLAST_GRAIN_2M && req.gfn % 512) || req.gfn >> 52;
	struct place place = canary_place(g, 4096);
	uint64_t asked;
	int err;

	size = req.grain == BALLAST_GRAIN_2M ? sizeof(struct ballast_block_activity) : 1;
	req.count = ktap_below(&g->rnd, GARBAGE_ZONE / 2 / size + 1);
	if (rarely(g)) {
		req.count = odd_number(g);
		bad |= req.count >> 52;
		/* More than there is room for: only to where nothing can be written. */
		if (req.count > GARBAGE_ZONE / 2 / size)
			place = (struct place){ g->zone + GARBAGE_ZONE };
	}
	asked = req.count;
	req.buf = (uintptr_t)place.at;
	err = answer(BALLAST_IOC_VM_ACTIVITY, &req);
	if (bad) {
		CHECK(err == EINVAL, "activity of gfn 0x%llx, count 0x%llx, grain %u: %s",
		      (unsigned long long)req.gfn, (unsigned long long)asked, req.grain,
		      strerror(err));
	} else if (!err) {
		CHECK(req.count <= asked, "more records than asked for");
		CHECK(place.writable || req.count * size <= place.room, "records at a bad place");
		if (place.writable)
			check_canary("activity", g->zone, req.count * size);
	} else {
		ALLOWED(err, "activity", ENOENT, EFAULT, ENODEV);
		CHECK(err != EFAULT || !place.writable, "EFAULT for a good place");
		CHECK(err != ENOENT || req.id != f.kept, "ENOENT for the VM that is there");
	}
}

static void fuzz_classes(struct garbage *g)
{
	uint32_t most = sizeof(struct ballast_class_matrix), asked;
	struct place place = canary_place(g, most);
	struct ballast_vm_classes req = {
		.id = some_id(g),
		.size = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, most + 64),
		.buf = (uintptr_t)place.at,
	};
	int err;

	asked = req.size;
	err = answer(BALLAST_IOC_VM_CLASSES, &req);
	if (!err) {
		CHECK(req.size <= asked && req.size <= most, "%u bytes of %u", req.size, asked);
		CHECK(place.writable || req.size <= place.room, "classes at a bad place");
		if (place.writable)
			check_canary("classes", g->zone, req.size);
	} else {
		ALLOWED(err, "classes", ENOENT, EFAULT);
		CHECK(err != EFAULT || !place.writable, "EFAULT for a good place");
		CHECK(err != ENOENT || req.id != f.kept, "ENOENT for the VM that is there");
	}
}

/* No guest has spoken, so there are no records. */
static void fuzz_class_history(struct garbage *g)
{
	struct place place = canary_place(g, sizeof(struct ballast_class_record));
	struct ballast_vm_class_history req = {
		.id = some_id(g),
		.max = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, 200),
		.reserved = rarely(g) ? odd_u32(g) : 0,
		.buf = (uintptr_t)place.at,
	};
	bool bad = req.reserved;
	int err = answer(BALLAST_IOC_VM_CLASS_HISTORY, &req);

	if (bad) {
		CHECK(err == EINVAL, "history with reserved set: %s", strerror(err));
	} else if (!err) {
		CHECK(!req.count, "%u records of nobody", req.count);
		if (place.writable)
			check_canary("history", g->zone, 0);
	} else {
		ALLOWED(err, "history", ENOENT);
		CHECK(req.id != f.kept, "ENOENT for the VM that is there");
	}
}

/* No guest listens to the kept VM; its wishes are taken anyway. */
static void fuzz_target(struct garbage *g)
{
	struct ballast_vm_target req = {
		.id = some_id(g),
		.flags = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, 8),
		.pages = rarely(g) ? odd_number(g) : ktap_below(&g->rnd, 2 * PAGES),
		.reserved = rarely(g) ? odd_number(g) : 0,
	};
	bool keeps = req.flags & BALLAST_TARGET_KEEP;
	bool bad = req.reserved || req.flags & ~BALLAST_TARGET_FLAGS ||
		   (keeps && (req.pages || req.flags & BALLAST_TARGET_CACHE));
	int err = answer(BALLAST_IOC_VM_TARGET, &req);

	if (!err)
		/* Page tables and code are slots as well. */
		CHECK(!bad && req.pages <= 2 * PAGES, "a target that cannot be");
	else
		ALLOWED(err, "target", EINVAL, ENOENT);
	if (req.id == f.kept && !bad && req.pages <= PAGES)
		CHECK(!err, "a good target: %s", strerror(err));
}

static void fuzz_balloon(struct garbage *g)
{
	uint32_t most = sizeof(struct ballast_balloon_query), asked;
	struct place place = canary_place(g, most);
	struct ballast_vm_balloon req = {
		.id = some_id(g),
		.size = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, most + 64),
		.buf = (uintptr_t)place.at,
	};
	int err;

	asked = req.size;
	err = answer(BALLAST_IOC_VM_BALLOON, &req);
	if (!err) {
		CHECK(req.size <= asked && req.size <= most, "%u bytes of %u", req.size, asked);
		CHECK(place.writable || req.size <= place.room, "a balloon at a bad place");
		if (place.writable)
			check_canary("balloon", g->zone, req.size);
	} else {
		ALLOWED(err, "balloon", ENOENT, EFAULT);
		CHECK(err != EFAULT || !place.writable, "EFAULT for a good place");
		CHECK(err != ENOENT || req.id != f.kept, "ENOENT for the VM that is there");
	}
}

static void fuzz_mrc(struct garbage *g)
{
	uint32_t most = sizeof(struct ballast_mrc_query), asked;
	struct place place = canary_place(g, most);
	struct ballast_vm_mrc req = {
		.id = some_id(g),
		.size = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, most + 64),
		.buf = (uintptr_t)place.at,
	};
	int err;

	asked = req.size;
	err = answer(BALLAST_IOC_VM_MRC, &req);
	if (!err) {
		CHECK(req.size <= asked && req.size <= most, "%u bytes of %u", req.size, asked);
		CHECK(place.writable || req.size <= place.room, "a curve at a bad place");
		if (place.writable)
			check_canary("curve", g->zone, req.size);
	} else {
		ALLOWED(err, "curve", ENOENT, EFAULT);
		CHECK(err != EFAULT || !place.writable, "EFAULT for a good place");
		CHECK(err != ENOENT || req.id != f.kept, "ENOENT for the VM that is there");
	}
}

static void fuzz_slots(struct garbage *g)
{
	const size_t entry = sizeof(struct ballast_slot_entry);
	struct place place = canary_place(g, 4 * entry);
	struct ballast_vm_slots req = {
		.id = some_id(g),
		.max = rarely(g) ? odd_u32(g) : ktap_below(&g->rnd, SLOTS),
		.reserved = rarely(g) ? odd_u32(g) : 0,
		.buf = (uintptr_t)place.at,
	};
	bool bad = req.reserved;
	uint32_t max = req.max;
	int err = answer(BALLAST_IOC_VM_SLOTS, &req);

	if (bad) {
		CHECK(err == EINVAL, "slots with reserved set: %s", strerror(err));
	} else if (!err) {
		/* One that is on its way out has none any more. */
		CHECK(req.count <= SLOTS && (req.count || req.id != f.kept), "%u slots", req.count);
		if (place.writable)
			check_canary("slots", g->zone,
				     entry * (max < req.count ? max : req.count));
	} else {
		ALLOWED(err, "slots", ENOENT, EFAULT, ENOMEM);
		CHECK(err != EFAULT || !place.writable, "EFAULT for a good place");
		CHECK(err != ENOENT || req.id != f.kept, "ENOENT for the VM that is there");
	}
}

/* The argument of any command at a bad place: never anything but EFAULT. */
static void bad_argument(struct garbage *g)
{
	unsigned long cmd = commands[ktap_below(&g->rnd, NR_COMMANDS)];
	struct place place = some_place(g, _IOC_SIZE(cmd));
	int err;

	if (place.readable)
		return;
	err = answer(cmd, place.at);
	CHECK(err == EFAULT, "command 0x%lx with argument %p: %s", cmd, place.at, strerror(err));
}

static void *caller(void *arg)
{
	static void (*const actions[])(struct garbage *g) = {
		unknown_command, bad_argument, fuzz_version, fuzz_attach, fuzz_attach,
		fuzz_detach, fuzz_list, fuzz_query, fuzz_scan, fuzz_activity, fuzz_activity,
		fuzz_classes, fuzz_class_history, fuzz_target, fuzz_balloon, fuzz_slots,
		fuzz_mrc,
	};
	struct garbage *g = arg;

	while (__atomic_fetch_sub(&f.calls, 1, __ATOMIC_RELAXED) > 0)
		actions[ktap_below(&g->rnd, sizeof(actions) / sizeof(actions[0]))](g);
	return NULL;
}

static void collect_fds(struct world *w, struct tinyvm *second)
{
	int closed = dup(0);

	close(closed);
	f.vm[0] = w->vm;
	f.vm[1] = second;
	f.kept = w->id;
	f.fds[f.nr_fds++] = tinyvm_fd(w->vm);
	f.fds[f.nr_fds++] = tinyvm_fd(second);
	f.fds[f.nr_fds++] = dup(tinyvm_fd(second));
	f.fds[f.nr_fds++] = tinyvm_vcpu_fd(second, 0);
	f.fds[f.nr_fds++] = blst_device();
	f.fds[f.nr_fds++] = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	f.fds[f.nr_fds++] = open("/dev/null", O_RDWR | O_CLOEXEC);
	f.fds[f.nr_fds++] = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	f.fds[f.nr_fds++] = memfd_create("x", MFD_CLOEXEC);
	f.fds[f.nr_fds++] = 0;
	f.fds[f.nr_fds++] = -1;
	f.fds[f.nr_fds++] = closed + 500;
}

static void detach_leftovers(uint32_t kept)
{
	uint32_t id;

	/* The second VM may be attached still, under whatever id. */
	if (blst_attach(tinyvm_fd(f.vm[1]), 0, &id) == 0 || id)
		blst_detach(id);
	CHECK(blst_attached(kept), "the VM that was to stay is gone");
}

static void garbage(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };
	struct tinyvm_opts opts = { .list_max = PAGES };
	unsigned int i, wanted = ktap_count ? ktap_count : CALLS;
	struct garbage callers[THREADS] = {};
	pthread_t ids[THREADS];
	struct tinyvm *second;
	int before = blst_count();
	struct world w;

	world_open(&w, &opts, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_scatter(&w, 0, PAGES, 5, WORLD_HOT);
	world_settle(&w, "before");
	second = tinyvm_create(&opts);
	REQUIRE(tinyvm_slot_add(second, &mem), "slot: %m");
	collect_fds(&w, second);
	f.calls = wanted;
	for (i = 0; i < THREADS; i++)
		garbage_init(&callers[i], i);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&ids[i], NULL, caller, &callers[i]), "thread");
	for (i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	for (i = 0; i < 256; i++)
		if (f.answers[i])
			ktap_note("%6u times %s", f.answers[i], i ? strerrorname_np(i) : "success");
	CHECK(f.answers[0] && f.answers[EFAULT] && f.answers[EINVAL] && f.answers[ENOENT],
	      "some answers never came: the fuzzer is blunt");
	detach_leftovers(w.id);
	world_settle(&w, "after");
	world_check_sums(&w);
	world_close(&w);
	tinyvm_destroy(second);
	CHECK(blst_count() == before, "%d VMs attached, %d before", blst_count(), before);
}

/*
 * The device is root's: its mode says so, and a caller without the capability
 * is refused even where the mode has been changed.
 */
static void open_unprivileged(int expected)
{
	int status = -1, fd;
	pid_t pid = fork();

	REQUIRE(pid >= 0, "fork: %m");
	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(255);
		fd = open(BALLAST_DEVICE, O_RDWR);
		_exit(fd >= 0 ? 0 : errno);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == expected,
	      "open by nobody: status 0x%x, expected %s", status, strerror(expected));
}

static void privilege(void)
{
	struct stat st;

	REQUIRE(!stat(BALLAST_DEVICE, &st), BALLAST_DEVICE ": %m");
	CHECK((st.st_mode & 0777) == 0600, "mode %o", st.st_mode & 0777);
	open_unprivileged(EACCES);
	REQUIRE(!chmod(BALLAST_DEVICE, 0666), "chmod: %m");
	open_unprivileged(EPERM);
	chmod(BALLAST_DEVICE, st.st_mode & 0777);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "privilege", privilege },
		{ "garbage", garbage, 900 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
