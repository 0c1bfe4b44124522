// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"
#include "output.h"
#include "test.h"

static bool all;
static const char *name;
static uint64_t count, interval;
static struct option_list files;

static const struct option_def options[] = {
	{ 'a', "all", OPTION_FLAG, &all, NULL, "everything" },
	{ 'c', "count", OPTION_NUMBER, &count, "COUNT", "how many" },
	{ 'n', "interval", OPTION_SECONDS, &interval, "SEC", "how often" },
	{ 'o', "output", OPTION_LIST, &files, "FILE", "where to" },
	{ 0, "name", OPTION_STRING, &name, "NAME", "what" },
};

static const struct verb_def verb = {
	.command = "vm test",
	.args = "VM [N]",
	.help = "A test.",
	.options = options,
	.nr = ARRAY_SIZE(options),
	.min_args = 1,
	.max_args = 2,
};

static char *args[16];
static char **argv;
static int argc;

/* Errors come as JSON, where they are easy to catch. */
static int parse(const char *const *words)
{
	all = false;
	name = NULL;
	count = 1;
	interval = 2;
	files.nr = 0;
	for (argc = 0; words[argc]; argc++)
		args[argc] = (char *)(uintptr_t)words[argc];
	args[argc] = NULL;
	argv = args;
	test_capture(OUT_JSON);
	return options_parse(&verb, &argc, &argv);
}

#define PARSE(...)	parse((const char *const []) { "test", __VA_ARGS__, NULL })

static void plain(void)
{
	CHECK_EQ(PARSE("web"), OPTIONS_GO);
	CHECK_EQ(argc, 1);
	CHECK_STR(argv[0], "web");
	CHECK(!all && !name && count == 1 && interval == 2 && !files.nr);
}

static void values(void)
{
	CHECK_EQ(PARSE("-a", "--count=5", "-n", "0.25", "--name", "x", "web"), OPTIONS_GO);
	CHECK(all);
	CHECK_EQ(count, 5);
	CHECK_EQ(interval, 250);
	CHECK_STR(name, "x");
	CHECK_EQ(argc, 1);
}

static void anywhere(void)
{
	CHECK_EQ(PARSE("web", "-c", "3", "2", "-oa", "-o", "b"), OPTIONS_GO);
	CHECK_EQ(count, 3);
	CHECK_EQ(argc, 2);
	CHECK_STR(argv[0], "web");
	CHECK_STR(argv[1], "2");
	CHECK_EQ(files.nr, 2);
	CHECK_STR(files.v[0], "a");
	CHECK_STR(files.v[1], "b");
}

static void end_of_options(void)
{
	CHECK_EQ(PARSE("--", "-a"), OPTIONS_GO);
	CHECK(!all);
	CHECK_STR(argv[0], "-a");
}

static void errors(void)
{
	CHECK_EQ(PARSE("-a"), OUT_USAGE);
	CHECK_HAS(test_captured(), "vm test: wants VM [N]");
	CHECK_EQ(PARSE("a", "b", "c"), OUT_USAGE);
	CHECK_HAS(test_captured(), "too many arguments at 'c'");
	CHECK_EQ(PARSE("web", "-x"), OUT_USAGE);
	CHECK_HAS(test_captured(), "unknown option -x");
	CHECK_EQ(PARSE("web", "--nix"), OUT_USAGE);
	CHECK_HAS(test_captured(), "unknown option --nix");
	CHECK_EQ(PARSE("web", "-c"), OUT_USAGE);
	CHECK_HAS(test_captured(), "-c wants COUNT");
	CHECK_EQ(PARSE("web", "--name"), OUT_USAGE);
	CHECK_HAS(test_captured(), "--name wants NAME");
	CHECK_EQ(PARSE("web", "--all=yes"), OUT_USAGE);
	CHECK_HAS(test_captured(), "--all takes no value");
	CHECK_EQ(PARSE("web", "-c", "x"), OUT_USAGE);
	CHECK_HAS(test_captured(), "--count x: not a number");
	CHECK_EQ(PARSE("web", "-n", "-1"), OUT_USAGE);
	CHECK_HAS(test_captured(), "--interval -1: not a number of seconds");
}

static void too_many(void)
{
	CHECK_EQ(PARSE("web", "-o1", "-o2", "-o3", "-o4", "-o5", "-o6", "-o7", "-o8", "-o9"),
		 OUT_USAGE);
	CHECK_HAS(test_captured(), "no more than 8");
}

static const struct test_case cases[] = {
	{ "plain", plain },
	{ "values", values },
	{ "anywhere", anywhere },
	{ "end_of_options", end_of_options },
	{ "errors", errors },
	{ "too_many", too_many },
};

TEST_SUITE(options, cases);
