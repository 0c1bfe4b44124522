// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the host module's insides, without KVM: the objects under test are
 * linked in as they are, KVM is a structure with slots, and the guest is the
 * fake of fake.h.
 */

#include <linux/module.h>

#include "host/store.h"
#include "suites.h"

/* The store's cache lives as long as a suite: freed tables are leaks found. */
int ballast_test_store_get(struct kunit_suite *suite)
{
	return ballast_store_init();
}

void ballast_test_store_put(struct kunit_suite *suite)
{
	ballast_store_exit();
}

kunit_test_suites(&ballast_store_suite, &ballast_memmap_suite, &ballast_visit_suite,
		  &ballast_level_suite, &ballast_notifier_suite,
		  &ballast_calibrate_suite, &ballast_vm_suite, &ballast_guest_suite,
		  &ballast_balloon_suite, &ballast_mrc_host_suite, &ballast_mrc_traps_suite);

MODULE_DESCRIPTION("Tests of Ballast's host module");
MODULE_LICENSE("GPL");
