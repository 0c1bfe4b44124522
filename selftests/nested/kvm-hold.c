// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keep one VM with one vCPU open for as long as L1 lives. KVM patches the
 * scheduler when the first VM comes and when the last one goes; of two emulated
 * CPUs one may go on running the breakpoint that stands there meanwhile (seen as
 * int3 panics in __schedule of a 7.2 L1). Returns once the VM is there; a child
 * holds it.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int hold(int ready)
{
	int kvm, vm;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0) {
		perror("kvm-hold: /dev/kvm");
		return 1;
	}
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_CREATE_VCPU, 0) < 0) {
		perror("kvm-hold: cannot create a VM with a vCPU");
		return 1;
	}
	if (write(ready, "", 1) != 1)
		return 1;
	close(ready);
	for (;;)
		pause();
}

int main(void)
{
	int ready[2];
	char byte;

	if (pipe(ready)) {
		perror("kvm-hold: pipe");
		return 1;
	}
	switch (fork()) {
	case -1:
		perror("kvm-hold: fork");
		return 1;
	case 0:
		close(ready[0]);
		setsid();
		return hold(ready[1]);
	}
	close(ready[1]);
	/* End of file instead of the byte: the child gave up and said why. */
	return read(ready[0], &byte, 1) == 1 ? 0 : 1;
}
