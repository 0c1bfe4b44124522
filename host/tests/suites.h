/* SPDX-License-Identifier: GPL-2.0-only */
/* The suites of host_kunit.ko, one per object of the host module. */
#ifndef BALLAST_HOST_TESTS_SUITES_H
#define BALLAST_HOST_TESTS_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite ballast_store_suite;
extern struct kunit_suite ballast_memmap_suite;
extern struct kunit_suite ballast_visit_suite;
extern struct kunit_suite ballast_level_suite;
extern struct kunit_suite ballast_notifier_suite;
extern struct kunit_suite ballast_calibrate_suite;
extern struct kunit_suite ballast_vm_suite;
extern struct kunit_suite ballast_guest_suite;
extern struct kunit_suite ballast_balloon_suite;
extern struct kunit_suite ballast_mrc_host_suite;
extern struct kunit_suite ballast_mrc_traps_suite;

int ballast_test_store_get(struct kunit_suite *suite);
void ballast_test_store_put(struct kunit_suite *suite);

/* A plain generator: the same numbers in each run. */
static inline u32 test_rnd(u32 *seed, u32 below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

#endif /* BALLAST_HOST_TESTS_SUITES_H */
