// SPDX-License-Identifier: GPL-2.0-only
/* Reasons of the memory scheduler as sentences. */
#include <stdio.h>

#include "sched_text.h"
#include "test.h"

static char text[256];

static const char *say(unsigned int why, uint64_t a, uint64_t b, uint64_t c)
{
	const struct ballast_sched_reason reason = { .why = why, .value = { a, b, c } };

	sched_text_reason(&reason, text, sizeof(text));
	return text;
}

static void sentences(void)
{
	CHECK_STR(say(BALLAST_WHY_DUE, 256, 128, 512),
		  "it is due 1.0 MiB: 0.5 MiB are in use, it has 2.0 MiB");
	CHECK_STR(say(BALLAST_WHY_SILENT, 12500, 0, 0),
		  "its guest says nothing new (12.5 s): only what is cold may be swapped");
	CHECK_HAS(say(BALLAST_WHY_UNTRUSTED, 1u << BALLAST_CLASS_FREE | 1u << BALLAST_CLASS_SLAB,
		      0, 256), "free,slab disagree");
	CHECK_HAS(say(BALLAST_WHY_UNTRUSTED, 0, 0, 256), "none disagree");
	CHECK_STR(say(BALLAST_WHY_SWAP, 512, 256, BALLAST_DEPTH_COLD),
		  "2.0 MiB may be swapped, and 1.0 MiB are: down to what is cold");
	CHECK_HAS(say(BALLAST_WHY_BACKOFF, 3, 2048, 0), "3 times, to 2048 pages/s");
	CHECK_STR(say(BALLAST_NR_WHYS, 0, 0, 0), "?");
}

/* The largest numbers there are fit, and no number is left out. */
static void all_of_them(void)
{
	for (unsigned int why = 0; why < BALLAST_NR_WHYS; why++) {
		CHECK(strlen(say(why, UINT64_MAX, UINT64_MAX, UINT64_MAX)) < sizeof(text) - 1);
		CHECK(!strchr(text, '%'));
		CHECK(strlen(say(why, 0, 0, 0)) > 20);
	}
}

static void cut_short(void)
{
	const struct ballast_sched_reason reason = { .why = BALLAST_WHY_DUE };

	for (size_t size = 1; size < 60; size++) {
		memset(text, 'x', sizeof(text));
		sched_text_reason(&reason, text, size);
		CHECK(strlen(text) < size);
		CHECK(text[size] == 'x');
	}
}

static const struct test_case cases[] = {
	{ "sentences", sentences },
	{ "all_of_them", all_of_them },
	{ "cut_short", cut_short },
};

TEST_SUITE(sched_text, cases);
