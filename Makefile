# SPDX-License-Identifier: GPL-2.0-only
# Targets only; objects are in Kbuild.

KVER ?= running
# Of the kernel that the module was built for.
INSTALL_RELEASE = $$(modinfo -F vermagic build/$(KVER)/host/ballast_host.ko | cut -d' ' -f1)
GUEST_RELEASE = $$(modinfo -F vermagic build/$(KVER)/guest/ballast_guest.ko | cut -d' ' -f1)
PREFIX ?= /usr
SOAK_KVER = $(if $(filter running,$(KVER)),6.12-debug,$(KVER))
DEMO_KVER = $(if $(filter running,$(KVER)),6.12,$(KVER))

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what building and testing need (Debian), after saying what and why
	@scripts/setup

modules: ## build the modules; KVER=6.1|6.12|7.2, or KDIR=, or for the running kernel
	@scripts/kmake $(KVER)

modules-all: ## build the modules for every supported kernel
	@scripts/setup
	@for k in $$(sed -n 's/^KERNELS *= *//p' VERSION); do scripts/kmake $$k || exit 1; done

tools: ## build the command line tool (build/tools/ballast)
	@scripts/setup
	@$(MAKE) -s -C tools

demo: ## a KVM host, two guests, and the heat of their memory (nested VMs; some minutes)
	@scripts/setup
	@scripts/kmake $(DEMO_KVER)
	@$(MAKE) -s -C selftests programs
	@selftests/demo/run $(DEMO_KVER)

check: ## all tests, on every supported kernel (nested VMs; 30 to 45 minutes)
	@scripts/setup
	@selftests/check

check-quick: ## unit tests, builds, quick static checks, one kernel and the core of its nested tests (5 minutes)
	@scripts/setup
	@selftests/check --quick

check-debug: ## the nested tests on kernels with all detectors, built when not there; KVER=6.1-debug|6.12-debug
	@scripts/setup
	@selftests/check --debug $(if $(filter running,$(KVER)),,$(KVER))

check-guests: ## guests that speak, honest ones and others, and what the host makes of it; KVER=6.1|6.12|7.2
	@scripts/setup
	@selftests/check --guests $(if $(filter running,$(KVER)),,$(KVER))

fuzz: ## libFuzzer on the policy code; RUNS= inputs per target (default 10000000), SEED=, TARGETS=
	@scripts/setup
	@$(MAKE) -s -C selftests/fuzz run $(if $(RUNS),RUNS=$(RUNS)) $(if $(SEED),SEED=$(SEED)) \
		$(if $(TARGETS),TARGETS="$(TARGETS)")

check-planted: ## plant bugs, see that the tests catch them (builds the debug kernel 6.12)
	@scripts/setup
	@scripts/fetch-kernel 6.12-debug
	@selftests/planted/run

coverage: ## lines of host/ and policy/ that the tests run (hours); KVER=6.12-debug PARTS='kunit life'
	@scripts/setup
	@$(MAKE) -s -C selftests programs
	@selftests/coverage/run $(SOAK_KVER) $(PARTS)

soak: ## a KVM host that is never left alone: T=1h KVER=6.12-debug SEED= GUESTS=qemu|tiny RATE='kill=9 boot=20'
	@scripts/setup
	@scripts/kmake $(SOAK_KVER)
	@$(MAKE) -s -C selftests programs
	@selftests/soak/run --kver $(SOAK_KVER) --time $(or $(T),1h) $(if $(SEED),--seed $(SEED)) \
		$(if $(GUESTS),--guests $(GUESTS)) $(if $(RATE),--rate "$(RATE)")

bench: ## measure: BENCH=cost|snapshot|slowdown|channel|mrc|windows|damon, default all; KVER=
	@scripts/setup
	@KVER=$(if $(filter running,$(KVER)),,$(KVER)) selftests/bench/run $(BENCH)

style: ## static checks: checkpatch, sparse, gcc W=1, clang-tidy, coccinelle, cppcheck, shellcheck, mandoc, codespell
	@scripts/setup
	@scripts/fetch-kernel --source 6.12
	@selftests/style/run

l1: ## a shell on a KVM host with a chosen kernel: KVER=6.1|6.12|7.2
	@scripts/setup
	@scripts/kmake $(KVER)
	@selftests/nested/run --kver $(KVER) --modules ballast_host --shell

install: tools ## install the module for KVER (default: the running kernel) and the tool under DESTDIR
	@scripts/kmake $(KVER)
	install -D -m 644 build/$(KVER)/host/ballast_host.ko \
		$(DESTDIR)/lib/modules/$(INSTALL_RELEASE)/updates/ballast_host.ko
	$(if $(DESTDIR),,depmod $(INSTALL_RELEASE))
	@$(MAKE) -s -C tools install DESTDIR=$(DESTDIR)

install-guest: ## in a guest, or into its tree (DESTDIR): the guest's module and a udev rule that loads it
	@BALLAST_PARTS=guest scripts/kmake $(KVER)
	install -D -m 644 build/$(KVER)/guest/ballast_guest.ko \
		$(DESTDIR)/lib/modules/$(GUEST_RELEASE)/updates/ballast_guest.ko
	install -D -m 644 tools/udev/90-ballast-guest.rules \
		$(DESTDIR)$(PREFIX)/lib/udev/rules.d/90-ballast-guest.rules
	$(if $(DESTDIR),,depmod $(GUEST_RELEASE))

uninstall-guest: ## remove what install-guest has put there
	rm -f $(DESTDIR)/lib/modules/$(GUEST_RELEASE)/updates/ballast_guest.ko \
		$(DESTDIR)$(PREFIX)/lib/udev/rules.d/90-ballast-guest.rules
	$(if $(DESTDIR),,depmod $(GUEST_RELEASE))

uninstall: ## remove what install has put there
	rm -f $(DESTDIR)/lib/modules/$(INSTALL_RELEASE)/updates/ballast_host.ko
	$(if $(DESTDIR),,depmod $(INSTALL_RELEASE))
	@$(MAKE) -s -C tools uninstall DESTDIR=$(DESTDIR)

clean: ## remove everything that was built
	rm -rf build

.PHONY: help setup modules modules-all tools demo check check-quick check-debug check-guests \
	fuzz check-planted coverage soak bench style l1 install install-guest uninstall \
	uninstall-guest clean
