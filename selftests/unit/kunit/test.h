/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of KUnit's interface that the policy tests use, for user space: the
 * same sources run here under ASan and UBSan, and as KUnit suites in a kernel.
 * Prints KTAP.
 */
#ifndef BALLAST_UNIT_KUNIT_TEST_H
#define BALLAST_UNIT_KUNIT_TEST_H

#include <setjmp.h>
#include <stdio.h>

struct kunit {
	const char *name;
	int failed;
	jmp_buf abort;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char name[64];
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn)	{ .run_case = fn, .name = #fn }

#define KUNIT_CHECK(test, cond, text, stop) do {				\
	if (!(cond)) {								\
		printf("    # %s: %s:%d: %s\n", (test)->name, __FILE__,	\
		       __LINE__, text);						\
		(test)->failed = 1;						\
		if (stop)							\
			longjmp((test)->abort, 1);				\
	}									\
} while (0)

#define KUNIT_COMPARE(test, a, op, b, stop) do {				\
	long long kunit_a = (long long)(a), kunit_b = (long long)(b);		\
	char kunit_text[256];							\
	snprintf(kunit_text, sizeof(kunit_text), "%s " #op " %s: %lld, %lld",	\
		 #a, #b, kunit_a, kunit_b);					\
	KUNIT_CHECK(test, kunit_a op kunit_b, kunit_text, stop);		\
} while (0)

#define KUNIT_EXPECT_TRUE(test, c)	KUNIT_CHECK(test, c, #c, 0)
#define KUNIT_EXPECT_FALSE(test, c)	KUNIT_CHECK(test, !(c), "not " #c, 0)
#define KUNIT_EXPECT_EQ(test, a, b)	KUNIT_COMPARE(test, a, ==, b, 0)
#define KUNIT_EXPECT_NE(test, a, b)	KUNIT_COMPARE(test, a, !=, b, 0)
#define KUNIT_EXPECT_LE(test, a, b)	KUNIT_COMPARE(test, a, <=, b, 0)
#define KUNIT_EXPECT_GE(test, a, b)	KUNIT_COMPARE(test, a, >=, b, 0)
#define KUNIT_EXPECT_LT(test, a, b)	KUNIT_COMPARE(test, a, <, b, 0)
#define KUNIT_EXPECT_GT(test, a, b)	KUNIT_COMPARE(test, a, >, b, 0)
#define KUNIT_ASSERT_EQ(test, a, b)	KUNIT_COMPARE(test, a, ==, b, 1)
#define KUNIT_ASSERT_TRUE(test, c)	KUNIT_CHECK(test, c, #c, 1)

#define MODULE_LICENSE(text)
#define MODULE_DESCRIPTION(text)

/* A program holds one suite, as a KUnit module does. */
#define kunit_test_suites(suite)						\
int main(void)									\
{										\
	struct kunit_suite *s = (suite);					\
	int n, failed = 0;							\
										\
	printf("KTAP version 1\n");						\
	for (n = 0; s->test_cases[n].run_case; n++) {				\
		struct kunit test = { .name = s->test_cases[n].name };		\
										\
		if (!setjmp(test.abort))					\
			s->test_cases[n].run_case(&test);			\
		printf("%sok %d %s.%s\n", test.failed ? "not " : "", n + 1,	\
		       s->name, test.name);					\
		failed |= test.failed;						\
	}									\
	printf("1..%d\n", n);							\
	return failed;								\
}

#endif /* BALLAST_UNIT_KUNIT_TEST_H */
