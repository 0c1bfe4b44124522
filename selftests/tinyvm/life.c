// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attach, detach, and VMs that die: the right error for each wrong call, and
 * nothing left of a VM that has gone, whatever was going on.
 * -n COUNT: rounds of the cases that repeat.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "ktap.h"
#include "victim.h"
#include "world.h"

#define PAGES		(16 * 256)
#define ROUNDS		20

static unsigned int rounds(void)
{
	return ktap_count ? ktap_count : ROUNDS;
}

#define EXPECT(call, want) \
	do { \
		int got_ = (call); \
		CHECK(got_ == (want), "%s said %d (%s), not %d", #call, got_, strerror(-got_), \
		      want); \
	} while (0)

static void attach_and_detach(void)
{
	int before = blst_count(), fd;
	uint32_t id, again, other;
	struct tinyvm *vm = victim_vm(), *second = victim_vm();
	struct ballast_vm_query query;

	fd = tinyvm_fd(vm);
	EXPECT(blst_attach(fd, BALLAST_ATTACH_MANUAL, &id), 0);
	EXPECT(blst_attach(fd, 0, &again), -EEXIST);
	CHECK(again == id, "EEXIST told id %u of %u", again, id);
	EXPECT(blst_attach(tinyvm_fd(second), 0, &other), 0);
	CHECK(other != id, "two VMs have id %u", id);
	EXPECT(blst_count(), before + 2);
	CHECK(atoi(blst_name(id)) == getpid(), "the name is %s, the pid %d", blst_name(id),
	      getpid());
	CHECK(strcmp(blst_name(id), blst_name(other)), "two VMs are named %s", blst_name(id));
	EXPECT(blst_query(id, &query), 0);
	CHECK(query.pid == getpid(), "pid %d of %d", query.pid, getpid());
	CHECK(query.period_reason == BALLAST_PERIOD_MANUAL && !query.period_ms, "not manual");
	EXPECT(blst_scan(id, 3), 0);
	EXPECT(blst_query(id, &query), 0);
	CHECK(query.passes == 3, "%llu passes after 3", (unsigned long long)query.passes);
	EXPECT(blst_detach(id), 0);
	EXPECT(blst_detach(id), -ENOENT);
	EXPECT(blst_scan(id, 1), -ENOENT);
	EXPECT(blst_query(id, &query), -ENOENT);
	EXPECT((int)blst_pages(id, 0, 0, NULL), -ENOENT);
	EXPECT(blst_attach(fd, BALLAST_ATTACH_MANUAL, &again), 0);
	CHECK(again != id && again != other, "id %u is used again", again);
	EXPECT(blst_detach(again), 0);
	EXPECT(blst_detach(other), 0);
	EXPECT(blst_detach(0), -ENOENT);
	EXPECT(blst_detach(0x7fffffff), -ENOENT);
	EXPECT(blst_detach(0xffffffff), -ENOENT);
	EXPECT(blst_count(), before);
	tinyvm_destroy(second);
	tinyvm_destroy(vm);
}

/* Who cannot be told the id has no attachment. */
static void attach_without_answer(void)
{
	struct ballast_vm_attach *req = mmap(NULL, TINYVM_PAGE, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct tinyvm *vm = victim_vm();
	int before = blst_count(), ret;
	uint32_t id;

	REQUIRE(req != MAP_FAILED, "mmap: %m");
	req->kvm_fd = tinyvm_fd(vm);
	REQUIRE(!mprotect(req, TINYVM_PAGE, PROT_READ), "mprotect: %m");
	ret = ioctl(blst_device(), BALLAST_IOC_VM_ATTACH, req) ? -errno : 0;
	CHECK(ret == -EFAULT, "attach with a request that cannot be written: %s", strerror(-ret));
	EXPECT(blst_count(), before);
	EXPECT(blst_attach(tinyvm_fd(vm), BALLAST_ATTACH_MANUAL, &id), 0);
	EXPECT(blst_detach(id), 0);
	tinyvm_destroy(vm);
	munmap(req, TINYVM_PAGE);
}

static void not_a_vm(void)
{
	struct tinyvm *vm = victim_vm();
	int fd, closed;

	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	EXPECT(blst_attach(fd, 0, NULL), -EINVAL);
	close(fd);
	closed = fd;
	EXPECT(blst_attach(closed, 0, NULL), -EBADF);
	EXPECT(blst_attach(-1, 0, NULL), -EBADF);
	EXPECT(blst_attach(0x7fffffff, 0, NULL), -EBADF);
	EXPECT(blst_attach(tinyvm_vcpu_fd(vm, 0), 0, NULL), -EINVAL);
	EXPECT(blst_attach(blst_device(), 0, NULL), -EINVAL);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	EXPECT(blst_attach(fd, 0, NULL), -EINVAL);
	close(fd);
	fd = eventfd(0, EFD_CLOEXEC);	/* an anonymous inode of another kind */
	EXPECT(blst_attach(fd, 0, NULL), -EINVAL);
	close(fd);
	fd = memfd_create("kvm-vm", MFD_CLOEXEC);	/* the right name, the wrong thing */
	EXPECT(blst_attach(fd, 0, NULL), -EINVAL);
	close(fd);
	fd = open("/tmp", O_PATH | O_CLOEXEC);
	EXPECT(blst_attach(fd, 0, NULL), -EBADF);
	close(fd);
	fd = tinyvm_fd(vm);
	EXPECT(blst_attach(fd, ~BALLAST_ATTACH_FLAGS, NULL), -EINVAL);
	tinyvm_destroy(vm);
	EXPECT(blst_attach(fd, 0, NULL), -EBADF);
}

/* The VMM has closed all of KVM's descriptors, its memory is still there. */
static void close_while_attached(void)
{
	struct tinyvm *vm = victim_vm();
	struct ballast_vm_query query;
	uint32_t id;

	EXPECT(blst_attach(tinyvm_fd(vm), BALLAST_ATTACH_MANUAL, &id), 0);
	EXPECT(blst_scan(id, 2), 0);
	tinyvm_close(vm);
	EXPECT(blst_scan(id, 2), 0);
	EXPECT(blst_query(id, &query), 0);
	CHECK(query.mem_pages == tinyvm_pages(vm), "%llu pages left",
	      (unsigned long long)query.mem_pages);
	EXPECT(blst_detach(id), 0);
	tinyvm_destroy(vm);
	EXPECT(blst_scan(id, 1), -ENOENT);
}

static void churn(void)
{
	struct tinyvm *vm = victim_vm();
	unsigned int i;
	uint32_t id;

	for (i = 0; i < rounds(); i++) {
		EXPECT(blst_attach(tinyvm_fd(vm), i % 2 ? BALLAST_ATTACH_MANUAL : 0, &id), 0);
		if (i % 3)
			EXPECT(blst_scan(id, 1), 0);
		EXPECT(blst_detach(id), 0);
	}
	tinyvm_destroy(vm);
}

/* A VM in another process, its memory gone while we hold its descriptor. */
static void dead_vmm(void)
{
	struct victim v;
	uint32_t id;

	victim_start(&v, false);
	EXPECT(blst_attach(v.kvm_fd, BALLAST_ATTACH_MANUAL, &id), 0);
	CHECK(atoi(blst_name(id)) == v.pid, "named %s, the VMM is %d", blst_name(id), v.pid);
	EXPECT(blst_scan(id, 2), 0);
	victim_kill(&v);
	CHECK(blst_wait_gone(id), "still attached 30 s after its VMM died");
	EXPECT(blst_attach(v.kvm_fd, 0, NULL), -ESRCH);
	close(v.kvm_fd);
}

struct scanner {
	uint32_t id;
	unsigned int passes;
	int error;
};

static void *scan_to_the_end(void *arg)
{
	struct scanner *s = arg;

	while (!s->error) {
		s->error = blst_scan(s->id, 1);
		__atomic_fetch_add(&s->passes, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* The guest's accesses are trapped from the next pass on. */
static void trap_accesses(uint32_t id)
{
	static const char *const knobs[][2] = {
		{ "tracer", "traps" }, { "window_ms", "0" }, { "samples", "16384" },
		{ "enabled", "1" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		EXPECT(host_write(knobs[i][1], "/sys/kernel/ballast/vm/%s/mrc/%s", blst_name(id),
				  knobs[i][0]), 0);
}

/* kill -9 while scanning, at a random point of a pass; of some, accesses are trapped. */
static void kill_round(unsigned int round, uint64_t *rnd)
{
	struct scanner scanner = {};
	struct victim v;
	pthread_t thread;
	unsigned int spin = ktap_below(rnd, 20000);

	victim_start(&v, round % 2);
	EXPECT(blst_attach(v.kvm_fd, round % 3 ? BALLAST_ATTACH_MANUAL : 0, &scanner.id), 0);
	if (round % 5 < 3)
		trap_accesses(scanner.id);
	if (round % 4 < 2) {
		close(v.kvm_fd);
		v.kvm_fd = -1;
	}
	REQUIRE(!pthread_create(&thread, NULL, scan_to_the_end, &scanner), "thread");
	while (__atomic_load_n(&scanner.passes, __ATOMIC_ACQUIRE) < 2)
		sched_yield();
	while (spin--)
		__asm__ volatile("pause");
	victim_kill(&v);
	pthread_join(thread, NULL);
	CHECK(scanner.error == -ENODEV || scanner.error == -ENOENT, "scan of a killed VM: %s",
	      strerror(-scanner.error));
	CHECK(blst_wait_gone(scanner.id), "still attached 30 s after its VMM was killed");
	if (v.kvm_fd >= 0)
		close(v.kvm_fd);
}

static void kill_while_scanning(void)
{
	int before = blst_count();
	uint64_t rnd = ktap_seed;
	char traps[32];
	unsigned int i;

	for (i = 0; i < rounds(); i++)
		kill_round(i, &rnd);
	EXPECT(blst_count(), before);
	/* Who is not in the list any more may not be through with detach yet. */
	for (i = 0; i < 3000; i++) {
		REQUIRE(!host_read(traps, sizeof(traps), "/sys/kernel/debug/ballast/traps"),
			"traps");
		if (!strcmp(traps, "0 0"))
			break;
		usleep(10000);
	}
	CHECK(!strcmp(traps, "0 0"), "VMs that are trapped, and the tracepoint: %s", traps);
	i = rounds();
	ktap_note("%u VMs killed", i);
}

/* Detach and kill at the same time, from two sides. */
static void *detach_thread(void *arg)
{
	struct scanner *s = arg;

	s->error = blst_detach(s->id);
	return NULL;
}

static void kill_while_detaching(void)
{
	int before = blst_count();
	unsigned int i;

	for (i = 0; i < rounds(); i++) {
		struct scanner detacher = {};
		struct victim v;
		pthread_t thread;

		victim_start(&v, false);
		EXPECT(blst_attach(v.kvm_fd, 0, &detacher.id), 0);
		close(v.kvm_fd);
		REQUIRE(!pthread_create(&thread, NULL, detach_thread, &detacher), "thread");
		victim_kill(&v);
		pthread_join(thread, NULL);
		CHECK(!detacher.error || detacher.error == -ENOENT, "detach: %s",
		      strerror(-detacher.error));
		CHECK(blst_wait_gone(detacher.id), "still attached");
	}
	EXPECT(blst_count(), before);
}

/* A hundred passes are wanted; a signal ends the wait. */
static void on_signal(int sig)
{
	(void)sig;
}

static void *interrupt_thread(void *arg)
{
	struct scanner *s = arg;

	s->error = blst_scan(s->id, 1024);
	__atomic_store_n(&s->passes, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void interrupt(void)
{
	struct tinyvm *vm = victim_vm();
	struct scanner scanner = {};
	struct ballast_vm_query query = {};
	pthread_t thread;
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	EXPECT(blst_attach(tinyvm_fd(vm), BALLAST_ATTACH_MANUAL, &scanner.id), 0);
	REQUIRE(!pthread_create(&thread, NULL, interrupt_thread, &scanner), "thread");
	while (query.passes < 2)
		REQUIRE(!blst_query(scanner.id, &query), "query");
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	EXPECT(blst_query(scanner.id, &query), 0);
	/* A machine that does a thousand passes in no time may be through. */
	CHECK(scanner.error == -EINTR || query.passes == 1024, "%s after %llu passes",
	      strerror(-scanner.error), (unsigned long long)query.passes);
	EXPECT(blst_detach(scanner.id), 0);
	tinyvm_destroy(vm);
}

/* The VMM discards, unmaps and maps again the memory that is scanned. */
static void discard_under_scan(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };
	struct scanner scanner = {};
	pthread_t thread;
	struct world w;
	unsigned int i;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_scatter(&w, 0, PAGES, 3, WORLD_HOT);
	world_settle(&w, "before");
	scanner.id = w.id;
	REQUIRE(!pthread_create(&thread, NULL, scan_to_the_end, &scanner), "thread");
	for (i = 0; i < rounds() * 4; i++) {
		unsigned int first = ktap_below(&w.rnd, PAGES - 1);
		unsigned int n = 1 + ktap_below(&w.rnd, PAGES - first);
		void *at = w.slot->hva + first * TINYVM_PAGE;
		void *p = at;

		switch (i % 3) {
		case 0:
			CHECK(!madvise(at, n * TINYVM_PAGE, MADV_DONTNEED), "madvise: %m");
			break;
		case 1:
			CHECK(!munmap(at, n * TINYVM_PAGE), "munmap: %m");
			/* fall through */
		default:
			p = mmap(at, n * TINYVM_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		}
		REQUIRE(p == at, "mmap: %m");
		madvise(at, n * TINYVM_PAGE, MADV_NOHUGEPAGE);
		world_touch(&w);
	}
	/* No level is known of what is not there; then the truth is found again. */
	CHECK(!scanner.error, "scan: %s", strerror(-scanner.error));
	EXPECT(blst_detach(w.id), 0);
	pthread_join(thread, NULL);
	EXPECT(scanner.error == -ENODEV ? -ENOENT : scanner.error, -ENOENT);
	EXPECT(blst_attach(tinyvm_fd(w.vm), BALLAST_ATTACH_MANUAL, &w.id), 0);
	tinyvm_populate(w.vm, w.slot, TINYVM_BY_VMM);
	w.round = 0;
	world_settle(&w, "after");
	world_check_sums(&w);
	world_close(&w);
}

/* The last that is known of a process: it ends with a VM attached. */
static void exit_while_attached(void)
{
	int before = blst_count(), status = -1;
	uint32_t id = 0;
	int pipes[2];
	pid_t pid;

	REQUIRE(!pipe(pipes), "pipe: %m");
	pid = fork();
	REQUIRE(pid >= 0, "fork: %m");
	if (!pid) {
		struct tinyvm *vm = victim_vm();
		int ret = blst_attach(tinyvm_fd(vm), 0, &id);

		if (write(pipes[1], &id, sizeof(id)) != sizeof(id))
			ret = 1;
		_exit(!!ret);	/* nothing closed, nothing detached */
	}
	REQUIRE(read(pipes[0], &id, sizeof(id)) == sizeof(id), "the VM's process failed");
	waitpid(pid, &status, 0);
	CHECK(!status, "attach in a child failed");
	CHECK(blst_wait_gone(id), "still attached 30 s after its VMM ended");
	EXPECT(blst_count(), before);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "attach_without_answer", attach_without_answer },
		{ "attach_and_detach", attach_and_detach },
		{ "not_a_vm", not_a_vm },
		{ "close_while_attached", close_while_attached },
		{ "exit_while_attached", exit_while_attached },
		{ "dead_vmm", dead_vmm },
		{ "interrupt", interrupt },
		{ "discard_under_scan", discard_under_scan, 300 },
		{ "churn", churn, 1200 },
		{ "kill_while_scanning", kill_while_scanning, 1200 },
		{ "kill_while_detaching", kill_while_detaching, 1200 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
