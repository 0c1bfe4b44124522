/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before everything else: KUnit for a kernel built without it.
 *
 * CONFIG_KUNIT adds members to struct module and task_struct, so these must be
 * seen as the kernel was built; only then is KUnit switched on. The test that
 * runs is kept in a variable of kunit.ko instead of in the task.
 */
#ifndef BALLAST_KUNIT_OOT_H
#define BALLAST_KUNIT_OOT_H

#include <linux/module.h>
#include <linux/sched.h>

struct kunit;

struct kunit_oot_running {
	struct task_struct *task;
	struct kunit *test;
};

extern struct kunit_oot_running kunit_oot_running;

static inline struct kunit *kunit_oot_get(void)
{
	return READ_ONCE(kunit_oot_running.task) == current ? kunit_oot_running.test : NULL;
}

static inline void kunit_oot_set(struct kunit *test)
{
	kunit_oot_running.test = test;
	WRITE_ONCE(kunit_oot_running.task, current);
}

#define CONFIG_KUNIT_MODULE 1
#define CONFIG_KUNIT_DEFAULT_ENABLED 1
#define CONFIG_KUNIT_DEFAULT_TIMEOUT 300
#define CONFIG_KUNIT_DEFAULT_FILTER_GLOB ""
#define CONFIG_KUNIT_DEFAULT_FILTER ""
#define CONFIG_KUNIT_DEFAULT_FILTER_ACTION ""

#include "test-bug.h"	/* the edited copy has the include guard of the original */
#include <kunit/test.h>

/* 6.12 and later take a third argument: run the tests. */
#ifndef KUNIT_OOT_RUN
#define KUNIT_OOT_RUN
#endif

/* Without KUnit's module notifier a suite is run by its module's init. */
#undef kunit_test_suites
#define kunit_test_suites(...)							\
	static struct kunit_suite *kunit_oot_suites[] = { __VA_ARGS__ };	\
	static int __init kunit_oot_init(void)					\
	{									\
		return __kunit_test_suites_init(kunit_oot_suites,		\
			ARRAY_SIZE(kunit_oot_suites) KUNIT_OOT_RUN);		\
	}									\
	static void __exit kunit_oot_exit(void)					\
	{									\
		__kunit_test_suites_exit(kunit_oot_suites,			\
					 ARRAY_SIZE(kunit_oot_suites));		\
	}									\
	module_init(kunit_oot_init);						\
	module_exit(kunit_oot_exit)

#endif /* BALLAST_KUNIT_OOT_H */
