// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process with as many VMs as it is told to have
 *
 * usage: vms [-name NAME]
 *
 * Reads commands from standard input, a letter each, and answers each with a
 * line "ok" when it is done:
 *
 *	v  create a VM with 4 MiB of memory
 *	t  the same from a thread, which then stays
 *	d  duplicate the file descriptor of the last VM
 *
 * End of file ends it. What follows -name is for who reads the command line: it
 * is how QEMU is told a guest's name.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY	(4UL << 20)

static int kvm, last = -1;
static pthread_barrier_t created;

static void create(void)
{
	struct kvm_userspace_memory_region slot = { .memory_size = MEMORY };
	void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "vms: no memory");
	last = ioctl(kvm, KVM_CREATE_VM, 0);
	if (last < 0)
		err(1, "vms: cannot create a VM");
	slot.userspace_addr = (unsigned long)memory;
	if (ioctl(last, KVM_SET_USER_MEMORY_REGION, &slot))
		err(1, "vms: cannot give the VM memory");
}

static void *create_and_stay(void *unused)
{
	create();
	pthread_barrier_wait(&created);
	for (;;)
		pause();
	return unused;
}

static void create_in_thread(void)
{
	pthread_t thread;

	pthread_barrier_init(&created, NULL, 2);
	if (pthread_create(&thread, NULL, create_and_stay, NULL))
		errx(1, "vms: cannot create a thread");
	pthread_barrier_wait(&created);
}

static void obey(int command)
{
	switch (command) {
	case 'v':
		create();
		break;
	case 't':
		create_in_thread();
		break;
	case 'd':
		if (dup(last) < 0)
			err(1, "vms: no VM to duplicate");
		break;
	default:
		errx(2, "vms: unknown command '%c'", command);
	}
	puts("ok");
	fflush(stdout);
}

int main(void)
{
	int command;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		err(1, "vms: /dev/kvm");
	while ((command = getchar()) != EOF)
		if (command != '\n')
			obey(command);
	return 0;
}
