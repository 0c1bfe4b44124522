// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "test.h"
#include "text.h"

static void sizes(void)
{
	CHECK_STR(text_mib(0).s, "0.0 MiB");
	CHECK_STR(text_mib(1).s, "0.0 MiB");
	CHECK_STR(text_mib(256 * 512).s, "512.0 MiB");
	CHECK_STR(text_size(0).s, "0 B");
	CHECK_STR(text_size(1024).s, "1 KiB");
	CHECK_STR(text_size(1536).s, "1.5 KiB");
	CHECK_STR(text_size(UINT64_MAX).s, "16 EiB");
	CHECK_STR(text_percent(1, 0).s, "0.0 %");
	CHECK_STR(text_percent(1, 8).s, "12.5 %");
	CHECK_STR(text_bp(7).s, "0.07 %");
	CHECK_STR(text_bp(10000).s, "100.00 %");
}

static void times(void)
{
	CHECK_STR(text_ms(999).s, "999 ms");
	CHECK_STR(text_ms(1500).s, "1.5 s");
	CHECK_STR(text_ms(30000).s, "30 s");
	CHECK_STR(text_ns(1500).s, "1.5 us");
	CHECK_STR(text_ns(1250000).s, "1.25 ms");
	CHECK_STR(text_ns(2000000000).s, "2.00 s");
}

static void bars(void)
{
	CHECK_STR(text_bar(0, 10, 10).s, "");
	CHECK_STR(text_bar(1, 0, 10).s, "");
	/* A little is an eighth of a column, not nothing. */
	CHECK_STR(text_bar(1, 1000000, 10).s, "\xe2\x96\x8f");
	CHECK_STR(text_bar(1, 2, 1).s, "\xe2\x96\x8c");
	CHECK_STR(text_bar(3, 4, 2).s, "\xe2\x96\x88\xe2\x96\x8c");
	CHECK_EQ(text_columns(text_bar(10, 10, 30).s), 30);
	CHECK_EQ(text_columns(text_bar(11, 10, 1000).s), 30);
}

static void numbers(void)
{
	static const char *const bad[] = { "", " 1", "+1", "-1", "1 ", "1k", "0x10", "1e3",
					   "18446744073709551616" };
	uint64_t v = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		test_check(!text_parse_u64(bad[i], 0, UINT64_MAX, &v), __FILE__, __LINE__,
			   "\"%s\" is a number", bad[i]);
	CHECK_EQ(v, 7);
	CHECK(text_parse_u64("18446744073709551615", 0, UINT64_MAX, &v));
	CHECK(v == UINT64_MAX);
	CHECK(text_parse_u64("007", 0, 10, &v));
	CHECK_EQ(v, 7);
	CHECK(!text_parse_u64("11", 0, 10, &v));
	CHECK(!text_parse_u64("4", 5, 10, &v));
}

static void seconds(void)
{
	static const char *const bad[] = { "", ".", "0", "0.0001", "-1", "1s", "1e3", "nan", "inf",
					   "86401", "1.2.3" };
	uint64_t ms = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		test_check(!text_parse_seconds(bad[i], &ms), __FILE__, __LINE__,
			   "\"%s\" is a number of seconds", bad[i]);
	CHECK_EQ(ms, 7);
	CHECK(text_parse_seconds("0.001", &ms));
	CHECK_EQ(ms, 1);
	CHECK(text_parse_seconds(".5", &ms));
	CHECK_EQ(ms, 500);
	CHECK(text_parse_seconds("86400", &ms));
	CHECK_EQ(ms, 86400000);
}

static void check_clean(const char *in, const char *out)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", in);
	text_sanitize(text);
	CHECK_STR(text, out);
}

/* What a guest is called comes from outside and goes to a terminal. */
static void sanitize(void)
{
	check_clean("web-1 (\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80)",
		    "web-1 (\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80)");
	check_clean("\033[2J\r\n\x7f", "?[2J???");
	check_clean("\xc2\x9b" "1m", "??1m");		/* C1 control */
	check_clean("\xc0\xaf", "??");			/* overlong */
	check_clean("\xed\xa0\x80", "???");		/* surrogate */
	check_clean("\xf5\x80\x80\x80", "????");	/* beyond Unicode */
	check_clean("\xe2\x82", "??");			/* cut short */
	check_clean("\xff", "?");
}

static const struct test_case cases[] = {
	{ "sizes", sizes },
	{ "times", times },
	{ "bars", bars },
	{ "numbers", numbers },
	{ "seconds", seconds },
	{ "sanitize", sanitize },
};

TEST_SUITE(text, cases);
