/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest in memory, for tests of all that lies above struct ballast_aging_ops.
 *
 * Host memory is an array of pages from @base on, with an accessed bit for each
 * mapped unit and a mapping level for each 2 MiB. KVM is a struct kvm with
 * slots and nothing behind them. Nothing here runs by itself: a test touches
 * pages, lets others look, and asks for passes, so that it knows the truth.
 */
#ifndef BALLAST_HOST_TESTS_FAKE_H
#define BALLAST_HOST_TESTS_FAKE_H

#include <kunit/test.h>
#include <linux/kvm_host.h>

#include "host/mrc.h"
#include "host/vm.h"

#define FAKE_SLOTS	8
/* A mapping on its way from one level to another: nothing is mapped. */
#define FAKE_CHANGING	0xff
#define FAKE_GIANT_PAGES (1UL << 18)

/**
 * struct fake_guest - a guest and what was done to it
 * @test:      whose
 * @vm:        attachment under test
 * @kvm:       of @vm
 * @slots:     of @kvm
 * @slot:      of @slots, by id
 * @base:      host address of page 0, aligned to 1 GiB
 * @pages:     pages of host memory
 * @young:     accessed bits, at the first page of each mapped unit
 * @busy:      pages that the guest touches all the time
 * @cached:    pages whose translation is in the TLB: touches leave no trace
 * @zapped:    units that the guest does not map: touching them is a fault
 * @level:     enum ballast_map_level or FAKE_CHANGING, per 2 MiB
 * @guest_max: the guest maps this large at most, whatever the host does
 * @fault_level: level of memory that is touched first
 * @gone:      the VMM's memory is gone
 * @contended: questions that are still answered "contended"
 * @in_clear:  called in the middle of the scanner's clear, once
 * @clears:    clear calls
 * @cleared_pages: pages covered by them
 * @apart:     of those, calls that took a part of a larger unit; the scanner has none
 * @lookups:   questions for the level
 * @flush_clears: clear_flush calls
 * @flushes:   whole flushes
 * @zaps:      mappings removed
 * @zap_busy:  zaps that still find the lock contended
 * @lost:      of zaps, those that took an accessed bit along; there are none
 * @in_zap:    called before a mapping is removed, once
 * @detached:  times that the notifier asked for detach
 */
struct fake_guest {
	struct kunit *test;
	struct ballast_vm vm;
	struct kvm *kvm;
	struct kvm_memslots *slots;
	struct kvm_memory_slot slot[FAKE_SLOTS];

	unsigned long base;
	unsigned long pages;
	unsigned long *young;
	unsigned long *busy;
	unsigned long *cached;
	unsigned long *zapped;
	u8 *level;
	u8 guest_max;
	u8 fault_level;
	bool gone;
	unsigned int contended;
	void (*in_clear)(struct fake_guest *g, unsigned long start, unsigned long end);

	unsigned long clears;
	unsigned long cleared_pages;
	unsigned long apart;
	unsigned long lookups;
	unsigned long flush_clears;
	unsigned long flushes;
	unsigned long zaps;
	unsigned int zap_busy;
	unsigned long lost;
	void (*in_zap)(struct fake_guest *g, unsigned long page);
	unsigned int detached;
};

/*
 * With one slot at gfn 0 that holds all pages, mapped by 4 KiB when touched. It is
 * the test's until fake_exit(), which is a suite's exit.
 */
struct fake_guest *fake_new(struct kunit *test, unsigned long pages);
void fake_exit(struct kunit *test);

/* Slot @id shows @pages of host memory from @page on, at @gfn. */
void fake_slot(struct fake_guest *g, unsigned int id, u64 gfn, unsigned long pages,
	       unsigned long page);
void fake_slot_del(struct fake_guest *g, unsigned int id);

/* What the guest and the host do. */
void fake_touch(struct fake_guest *g, unsigned long page);
void fake_touch_set(struct fake_guest *g, const unsigned long *set);
void fake_touch_all(struct fake_guest *g);
void fake_remap(struct fake_guest *g, unsigned long block, unsigned long blocks, u8 level);

/* What reclaim sees: our notifier's answer or KVM's. */
bool fake_foreign_clear(struct fake_guest *g, unsigned long first, unsigned long last);
bool fake_foreign_clear_flush(struct fake_guest *g, unsigned long first, unsigned long last);
bool fake_foreign_test(struct fake_guest *g, unsigned long page);
void fake_invalidate(struct fake_guest *g, unsigned long first, unsigned long last,
		     enum mmu_notifier_event event);

/* What Ballast thinks. */
int fake_try_pass(struct fake_guest *g);
void fake_pass(struct fake_guest *g);
void fake_passes(struct fake_guest *g, unsigned int passes, const unsigned long *touched);
u8 fake_gfn_state(struct fake_guest *g, u64 gfn);
u8 fake_gfn_level(struct fake_guest *g, u64 gfn);
struct ballast_block *fake_gfn_block(struct fake_guest *g, u64 gfn);
unsigned long fake_wrong(struct fake_guest *g, const unsigned long *hot);
void fake_expect_totals(struct fake_guest *g);

/* Its miss-rate curve, while there is one, and what is told of it. */
struct ballast_mrc_run *fake_mrc_run(struct fake_guest *g);
struct ballast_mrc_query *fake_mrc_query(struct fake_guest *g);

/* Who listens to faults, of all guests; and whether they tell guest addresses. */
unsigned int fake_listeners(void);
extern bool fake_faults_told;
/* What listening to them fails with; 0: it does not. */
extern int fake_trap_error;

/* notifier.c as it is, registered with nobody. */
void fake_notifier_attach(struct fake_guest *g);

#endif /* BALLAST_HOST_TESTS_FAKE_H */
