// SPDX-License-Identifier: GPL-2.0-only
/* Processes that own a small VM and wait to be killed. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "victim.h"
#include "world.h"

struct tinyvm *victim_vm(void)
{
	struct tinyvm_mem mem = {
		.gfn = WORLD_GFN, .pages = VICTIM_PAGES, .backing = TINYVM_ANON,
	};
	struct tinyvm_opts opts = { .list_max = VICTIM_PAGES };
	struct tinyvm *vm = tinyvm_create(&opts);
	struct tinyvm_slot *slot = tinyvm_slot_add(vm, &mem);

	REQUIRE(slot, "slot: %m");
	tinyvm_populate(vm, slot, TINYVM_BY_GUEST);
	return vm;
}

void victim_start(struct victim *v, bool busy)
{
	int ready[2], pidfd, fd = -1;

	REQUIRE(!pipe(ready), "pipe: %m");
	v->pid = fork();
	REQUIRE(v->pid >= 0, "fork: %m");
	if (!v->pid) {
		uint32_t gfns[16];
		struct tinyvm *vm;
		int i;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		vm = victim_vm();
		for (i = 0; i < 16; i++)
			gfns[i] = WORLD_GFN + i;
		if (busy)
			tinyvm_run_async(vm, 0, gfns, 16, TINYVM_WRITE | TINYVM_FLUSH);
		fd = tinyvm_fd(vm);
		if (write(ready[1], &fd, sizeof(fd)) != sizeof(fd))
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	REQUIRE(read(ready[0], &fd, sizeof(fd)) == sizeof(fd), "the VM's process failed");
	close(ready[0]);
	pidfd = (int)syscall(SYS_pidfd_open, v->pid, 0);
	REQUIRE(pidfd >= 0, "pidfd_open: %m");
	v->kvm_fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	REQUIRE(v->kvm_fd >= 0, "pidfd_getfd: %m");
	close(pidfd);
}

void victim_kill(struct victim *v)
{
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
}
