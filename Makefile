# SPDX-License-Identifier: GPL-2.0-only
# Targets only; objects are in Kbuild.

KVER ?= running

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what building and testing need (Debian), after saying what and why
	@scripts/setup

modules: ## build the modules; KVER=6.1|6.12|7.2, or KDIR=, or for the running kernel
	@scripts/kmake $(KVER)

modules-all: ## build the modules for every supported kernel
	@scripts/setup
	@for k in $$(sed -n 's/^KERNELS *= *//p' VERSION); do scripts/kmake $$k || exit 1; done

check: ## all tests, on every supported kernel (nested VMs; about 15 minutes)
	@scripts/setup
	@selftests/check

check-quick: ## unit tests, all builds, and one kernel's nested tests
	@scripts/setup
	@selftests/check --quick

l1: ## a shell on a KVM host with a chosen kernel: KVER=6.1|6.12|7.2
	@scripts/setup
	@scripts/kmake $(KVER)
	@selftests/nested/run --kver $(KVER) --modules ballast_host --shell

install: ## install the module for KVER (default: the running kernel) under DESTDIR
	@scripts/kmake $(KVER)
	install -D -m 644 build/$(KVER)/host/ballast_host.ko \
		$(DESTDIR)/lib/modules/$(shell uname -r)/updates/ballast_host.ko
	$(if $(DESTDIR),,depmod)

clean: ## remove everything that was built
	rm -rf build

.PHONY: help setup modules modules-all check check-quick l1 install clean
