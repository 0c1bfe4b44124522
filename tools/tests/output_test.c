// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"
#include "test.h"

static void print_something(void)
{
	out_object(NULL);
	out_str("vm", "12", "vm %s", "12");
	out_u64("pages", 512, ": %s\n", "2.0 MiB");
	out_text("only text\n");
	out_u64("only_json", 7, "");
	out_array("list");
	out_i64(NULL, -1, "%d\n", -1);
	out_bool(NULL, true, "");
	out_null(NULL, "");
	out_end();
	out_end();
}

static void text(void)
{
	test_capture(OUT_TEXT);
	print_something();
	CHECK_STR(test_captured(), "vm 12: 2.0 MiB\nonly text\n-1\n");
}

static void json(void)
{
	test_capture(OUT_JSON);
	print_something();
	print_something();
	CHECK_STR(test_captured(),
		  "{\"vm\":\"12\",\"pages\":512,\"only_json\":7,\"list\":[-1,true,null]}\n"
		  "{\"vm\":\"12\",\"pages\":512,\"only_json\":7,\"list\":[-1,true,null]}\n");
}

static void pretty(void)
{
	test_capture(OUT_JSON_PRETTY);
	out_object(NULL);
	out_u64("a", 1, "x");
	out_end();
	CHECK_STR(test_captured(), "{\n  \"a\": 1\n}\n");
}

static void large_numbers(void)
{
	test_capture(OUT_JSON);
	out_array(NULL);
	out_u64(NULL, UINT64_MAX, "");
	out_i64(NULL, INT64_MIN, "");
	out_end();
	CHECK_STR(test_captured(), "[18446744073709551615,-9223372036854775808]\n");
}

static void strings(void)
{
	test_capture(OUT_JSON);
	out_array(NULL);
	out_str(NULL, "a\"b\\c/d", "");
	out_str(NULL, "bad \xff\x1b", "");
	out_end();
	CHECK_STR(test_captured(), "[\"a\\\"b\\\\c/d\",\"bad ??\"]\n");
}

/* An error leaves one object, whatever was begun; and none of the begun text. */
static void json_error(void)
{
	test_capture(OUT_JSON);
	out_object(NULL);
	out_array("list");
	out_str(NULL, "half", "");
	CHECK_EQ(out_error("vm %s: gone", "12"), OUT_ERROR);
	CHECK_STR(test_captured(), "{\"error\":\"vm 12: gone\"}\n");
	test_capture(OUT_JSON);
	CHECK_EQ(out_usage("what?"), OUT_USAGE);
	out_note("for a terminal");
	CHECK_STR(test_captured(), "{\"error\":\"what?\"}\n");
}

static const struct out_column columns[] = {
	{ "name", "NAME", 0, false },
	{ "size", "SIZE", 8, true },
	{ "state", "STATE", 0, false },
};

static void row(const char *name, uint64_t size, bool state)
{
	out_row();
	out_str(NULL, name, "%s", name);
	out_u64(NULL, size, "%llu K", (unsigned long long)size);
	out_bool(NULL, state, state ? "on" : "off");
	out_u64("extra", 1, "");
	out_row_end();
}

static void table_text(void)
{
	test_capture(OUT_TEXT);
	out_table("rows", columns, ARRAY_SIZE(columns));
	row("a", 5, true);
	row("l\xc3\xa4nger", 123456, false);
	out_table_end("none");
	CHECK_STR(test_captured(),
		  "NAME        SIZE  STATE\n"
		  "a            5 K  on\n"
		  "l\xc3\xa4nger  123456 K  off\n");
}

static void table_json(void)
{
	test_capture(OUT_JSON);
	out_object(NULL);
	out_table("rows", columns, ARRAY_SIZE(columns));
	row("a", 5, true);
	out_table_end("none");
	out_end();
	CHECK_STR(test_captured(),
		  "{\"rows\":[{\"name\":\"a\",\"size\":5,\"state\":true,\"extra\":1}]}\n");
}

static void table_empty(void)
{
	test_capture(OUT_TEXT);
	out_table(NULL, columns, ARRAY_SIZE(columns));
	out_table_end("none");
	CHECK_STR(test_captured(), "none\n");
	test_capture(OUT_JSON);
	out_table(NULL, columns, ARRAY_SIZE(columns));
	out_table_end("none");
	CHECK_STR(test_captured(), "[]\n");
}

/* The title comes once; a wider cell widens what follows. */
static void table_stream(void)
{
	test_capture(OUT_TEXT);
	out_table_stream(columns, ARRAY_SIZE(columns));
	row("a", 5, true);
	row("longer", 5, true);
	row("b", 5, true);
	out_table_end(NULL);
	CHECK_STR(test_captured(),
		  "NAME      SIZE  STATE\n"
		  "a          5 K  on\n"
		  "longer       5 K  on\n"
		  "b            5 K  on\n");
	test_capture(OUT_JSON);
	out_table_stream(columns, ARRAY_SIZE(columns));
	row("a", 5, true);
	row("b", 6, false);
	out_table_end(NULL);
	CHECK_STR(test_captured(),
		  "{\"name\":\"a\",\"size\":5,\"state\":true,\"extra\":1}\n"
		  "{\"name\":\"b\",\"size\":6,\"state\":false,\"extra\":1}\n");
}

static const struct test_case cases[] = {
	{ "text", text },
	{ "json", json },
	{ "pretty", pretty },
	{ "large_numbers", large_numbers },
	{ "strings", strings },
	{ "json_error", json_error },
	{ "table_text", table_text },
	{ "table_json", table_json },
	{ "table_empty", table_empty },
	{ "table_stream", table_stream },
};

TEST_SUITE(output, cases);
