/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the tools, KTAP on stdout
 *
 * A suite is a table of cases in a file of its own, named in test.c. A case
 * without a single check fails.
 */
#ifndef BALLAST_TOOLS_TEST_H
#define BALLAST_TOOLS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct test_case {
	const char *name;
	void (*run)(void);
};

struct test_suite {
	const char *name;
	const struct test_case *cases;
	size_t nr;
};

#define TEST_SUITE(_name, _cases)	\
	const struct test_suite _name##_suite = { #_name, _cases, ARRAY_SIZE(_cases) }

extern const struct test_suite text_suite, proc_suite, find_suite, output_suite, options_suite,
	grid_suite, record_suite, draw_suite, client_suite, sample_suite, class_suite,
	sim_suite, sim_record_suite, sched_text_suite, config_suite, ranges_suite, state_suite,
	observe_suite, round_suite, mrc_suite;

/* Return whether it holds; a failure is printed and fails the case. */
bool test_check(bool ok, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#define CHECK(condition) \
	test_check(condition, __FILE__, __LINE__, "%s", #condition)
#define CHECK_EQ(a, b)								\
	do {									\
		long long _a = (long long)(a), _b = (long long)(b);		\
										\
		test_check(_a == _b, __FILE__, __LINE__, "%s is %lld, not %lld", \
			   #a, _a, _b);						\
	} while (0)
#define CHECK_STR(a, b)								\
	do {									\
		const char *_a = (a), *_b = (b);				\
										\
		test_check(!strcmp(_a, _b), __FILE__, __LINE__,			\
			   "%s is \"%s\", not \"%s\"", #a, _a, _b);		\
	} while (0)
#define CHECK_HAS(a, b)								\
	do {									\
		const char *_a = (a), *_b = (b);				\
										\
		test_check(strstr(_a, _b), __FILE__, __LINE__,			\
			   "%s is \"%s\", without \"%s\"", #a, _a, _b);		\
	} while (0)

/* A folder for the running case, gone with it. */
const char *test_folder(void);
/* Create FOLDER/@path with its folders and this content. */
void test_file(const char *path, const void *content, size_t len);
void test_link(const char *path, const char *target);
/* The content of a file, to be freed; "" if there is none. */
char *test_read(const char *path);

/* What output.h prints from here on goes to a text, which the second returns. */
void test_capture(int mode);
char *test_captured(void);

/* Answers of a fake /dev/ballast: 0, or -1 with errno; NULL: the real ioctl(). */
extern int (*test_ioctl)(unsigned long request, void *arg);

#endif
