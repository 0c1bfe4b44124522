// SPDX-License-Identifier: GPL-2.0-only
/* The codec of the guest's protocol: every message there and back, and wrong in every field. */

#include <kunit/test.h>

#include "policy/wire.c"

/* Of a report, behind its classes. */
#define COUNTS	24
/* The last of them is younger. */
#define LAST_COUNT	8
/* Two classes. */
#define MORE		16

static u8 buf[BALLAST_WIRE_BYTES_MAX];
static struct ballast_wire_msg sample, back;

static const struct ballast_wire_config config = {
	.report_ms = 10000, .early_ms = 1000, .early_bp = 500, .cpu_bp = 50,
};

static const struct ballast_wire_balloon balloon = {
	.state = BALLAST_BALLOON_RELIEVED, .relief = BALLAST_RELIEF_SHRINK, .host_pages = 11,
	.device_pages = 12, .held_pages = 14, .huge_pages = 13, .room_pages = 15,
	.margin_pages = 16, .given_pages = 1ull << 50, .failed_pages = 17,
	.reported_pages = 1ull << 51, .flushes = 18, .reliefs = 19, .relief_pages = 20,
	.taken_pages = { 21, 22, 23 },
};

/* One that is right, with every field different from the others'. */
static const struct ballast_wire_msg *message(u32 type)
{
	unsigned int i;

	memset(&sample, 0, sizeof(sample));
	sample.type = type;
	switch (type) {
	case BALLAST_WIRE_HELLO:
		sample.hello.features = 0x8000000000000001ull;
		for (i = 0; i < sizeof(sample.hello.boot); i++)
			sample.hello.boot[i] = (u8)(i + 100);
		memcpy(sample.hello.version, "0.1 (test)", 11);
		break;
	case BALLAST_WIRE_CHALLENGE:
		sample.challenge.round = 1;
		for (i = 0; i < sizeof(sample.challenge.secret); i++)
			sample.challenge.secret[i] = (u8)(200 - i);
		break;
	case BALLAST_WIRE_PROOF:
		sample.proof.round = 1;
		for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
			sample.proof.gfn[i] = 0x123456789aull + i;
		break;
	case BALLAST_WIRE_WELCOME:
		sample.welcome.features = 1;
		sample.welcome.config = config;
		break;
	case BALLAST_WIRE_REFUSED:
		sample.refused.reason = BALLAST_REFUSED_BOUND;
		break;
	case BALLAST_WIRE_CONFIG:
		sample.config = config;
		break;
	case BALLAST_WIRE_REPORT:
		sample.report.uptime_ns = 0xfedcba9876543210ull;
		for (i = 0; i < BALLAST_NR_CLASSES; i++) {
			sample.report.pages[i] = 1000 + i;
			sample.report.total_pages += 1000 + i;
		}
		sample.report.slab_reclaimable_pages = 999;
		sample.report.early = true;
		sample.report.swapins = 1ull << 52;
		sample.report.refaults = 1ull << 54;
		sample.report.major_faults = 1ull << 53;
		break;
	case BALLAST_WIRE_CLASSIFY:
		sample.classify.id = 77;
		sample.classify.nr = BALLAST_WIRE_GFNS_MAX;
		for (i = 0; i < BALLAST_WIRE_GFNS_MAX; i++)
			sample.classify.gfn[i] = i * 0x10001ull;
		break;
	case BALLAST_WIRE_CLASSES:
		sample.classes.id = 78;
		sample.classes.nr = BALLAST_WIRE_GFNS_MAX;
		for (i = 0; i < BALLAST_WIRE_GFNS_MAX; i++)
			sample.classes.cls[i] = (u8)(i % BALLAST_NR_CLASSES);
		break;
	case BALLAST_WIRE_TARGET:
		sample.target = (struct ballast_wire_target){
			.pages = 0x123456789aull, .cache = true, .flush = 0xfedcba98,
			.huge = true,
		};
		break;
	case BALLAST_WIRE_BALLOON:
		sample.balloon = balloon;
		break;
	}
	return &sample;
}

static void there_and_back(struct kunit *test)
{
	size_t bytes, used;
	u32 type;

	for (type = 1; type < BALLAST_WIRE_TYPES; type++) {
		bytes = ballast_wire_encode(message(type), buf);
		KUNIT_ASSERT_TRUE(test, bytes > BALLAST_WIRE_HEADER);
		KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, bytes, &back, &used), 0);
		KUNIT_EXPECT_EQ(test, used, bytes);
		KUNIT_EXPECT_EQ(test, memcmp(&back, &sample, sizeof(back)), 0);
	}
}

/* The bytes themselves, as the documentation has them. */
static void layout(struct kunit *test)
{
	static const u8 proof[] = {
		'B', 'L', 'S', 'T', 1, 0, BALLAST_WIRE_PROOF, 0, 68, 0, 0, 0,
		1, 0, 0, 0, 0x9a, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0x9b, 0x78,
	};

	KUNIT_EXPECT_EQ(test, ballast_wire_encode(message(BALLAST_WIRE_PROOF), buf),
			(size_t)BALLAST_WIRE_HEADER + 68);
	KUNIT_EXPECT_EQ(test, memcmp(buf, proof, sizeof(proof)), 0);
}

/* Of a stream every beginning is incomplete, and nothing behind it is touched. */
static void any_piece(struct kunit *test)
{
	size_t bytes, used, len;
	u32 type;

	for (type = 1; type < BALLAST_WIRE_TYPES; type++) {
		bytes = ballast_wire_encode(message(type), buf);
		for (len = 0; len < bytes; len++)
			KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, len, &back, &used),
					BALLAST_WIRE_SHORT);
		KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, sizeof(buf), &back, &used), 0);
		KUNIT_EXPECT_EQ(test, used, bytes);
	}
}

/* A message of a later version is longer; one that is too short is none. */
static void other_lengths(struct kunit *test)
{
	size_t bytes, used;
	u32 type;

	for (type = 1; type < BALLAST_WIRE_TYPES; type++) {
		bytes = ballast_wire_encode(message(type), buf);
		memset(buf + bytes, 0xee, 8);
		buf[8] = (u8)(bytes - BALLAST_WIRE_HEADER + 8);
		buf[9] = (u8)((bytes - BALLAST_WIRE_HEADER + 8) >> 8);
		KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, bytes + 8, &back, &used), 0);
		KUNIT_EXPECT_EQ(test, used, bytes + 8);
		KUNIT_EXPECT_EQ(test, memcmp(&back, &sample, sizeof(back)), 0);
		buf[8] = (u8)(bytes - BALLAST_WIRE_HEADER - 1);
		buf[9] = (u8)((bytes - BALLAST_WIRE_HEADER - 1) >> 8);
		KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, bytes, &back, &used),
				BALLAST_WIRE_LENGTH);
	}
}

static void wrong_headers(struct kunit *test)
{
	static const struct {
		unsigned int at;
		u8 value;
		int error;
	} wrong[] = {
		{ 0, 'b', BALLAST_WIRE_MAGIC_ }, { 3, 0, BALLAST_WIRE_MAGIC_ },
		{ 4, 0, BALLAST_WIRE_OTHER }, { 4, 2, BALLAST_WIRE_OTHER },
		{ 5, 1, BALLAST_WIRE_OTHER }, { 6, 0, BALLAST_WIRE_UNKNOWN },
		{ 6, BALLAST_WIRE_TYPES, BALLAST_WIRE_UNKNOWN }, { 7, 1, BALLAST_WIRE_UNKNOWN },
		{ 9, 0x11, BALLAST_WIRE_LENGTH }, { 11, 0x80, BALLAST_WIRE_LENGTH },
	};
	size_t used;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		ballast_wire_encode(message(BALLAST_WIRE_PROOF), buf);
		buf[wrong[i].at] = wrong[i].value;
		KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, sizeof(buf), &back, &used),
				wrong[i].error);
	}
	/* Not this protocol: no need to wait for a header of it. */
	KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode((const u8 *)"GET ", 4, &back, &used),
			BALLAST_WIRE_MAGIC_);
}

/* @bytes at @at of the payload of a right message are overwritten. */
static int broken(u32 type, size_t at, u64 value, unsigned int bytes)
{
	size_t len = ballast_wire_encode(message(type), buf), used;
	struct cursor c = { .at = buf + BALLAST_WIRE_HEADER + at, .end = buf + len };

	put(&c, value, bytes);
	return c.bad ? -1 : (int)ballast_wire_decode(buf, len, &back, &used);
}

static void wrong_fields(struct kunit *test)
{
	static const struct {
		u32 type;
		size_t at;
		u64 value;
		unsigned int bytes;
	} wrong[] = {
		{ BALLAST_WIRE_HELLO, 24, 0x1b, 1 },		/* version: escape */
		{ BALLAST_WIRE_HELLO, 24, 0xff, 1 },
		{ BALLAST_WIRE_PROOF, 4, BALLAST_WIRE_GFN_LIMIT, 8 },
		{ BALLAST_WIRE_PROOF, 4, ~0ull, 8 },
		{ BALLAST_WIRE_PROOF, 4 + 8 * (BALLAST_WIRE_PROOF_PAGES - 1), ~0ull, 8 },
		{ BALLAST_WIRE_WELCOME, 8, 0, 4 },		/* report_ms */
		{ BALLAST_WIRE_WELCOME, 8, BALLAST_WIRE_MS_MAX + 1, 4 },
		{ BALLAST_WIRE_WELCOME, 12, BALLAST_WIRE_MS_MIN - 1, 4 },
		{ BALLAST_WIRE_WELCOME, 16, 0, 4 },
		{ BALLAST_WIRE_WELCOME, 20, 10001, 4 },
		{ BALLAST_WIRE_REFUSED, 0, 0, 4 },
		{ BALLAST_WIRE_REFUSED, 0, BALLAST_NR_REFUSALS, 4 },
		{ BALLAST_WIRE_CONFIG, 0, BALLAST_WIRE_MS_MIN - 1, 4 },
		{ BALLAST_WIRE_CONFIG, 4, 10001, 4 },		/* early_ms above report_ms */
		{ BALLAST_WIRE_CONFIG, 8, 10001, 4 },
		{ BALLAST_WIRE_CONFIG, 12, 0, 4 },
		{ BALLAST_WIRE_REPORT, 8, 0, 8 },		/* total */
		{ BALLAST_WIRE_REPORT, 8, 1, 8 },
		{ BALLAST_WIRE_REPORT, 8, ~0ull, 8 },
		{ BALLAST_WIRE_REPORT, 16, 5000, 8 },		/* more than is slab */
		{ BALLAST_WIRE_REPORT, 32, 1ull << 63, 8 },	/* classes do not add up */
		{ BALLAST_WIRE_REPORT, 40, 1, 8 },
		{ BALLAST_WIRE_CLASSIFY, 4, 0, 4 },		/* nr */
		{ BALLAST_WIRE_CLASSIFY, 4, BALLAST_WIRE_GFNS_MAX + 1, 4 },
		{ BALLAST_WIRE_CLASSIFY, 4, ~0u, 4 },
		{ BALLAST_WIRE_CLASSIFY, 8 + 255 * 8, BALLAST_WIRE_GFN_LIMIT, 8 },
		{ BALLAST_WIRE_CLASSES, 4, 0, 4 },
		{ BALLAST_WIRE_CLASSES, 4, BALLAST_WIRE_GFNS_MAX + 1, 4 },
		{ BALLAST_WIRE_CLASSES, 4, ~0u, 4 },
		{ BALLAST_WIRE_TARGET, 0, BALLAST_WIRE_GFN_LIMIT + 1, 8 },
		{ BALLAST_WIRE_TARGET, 0, ~0ull, 8 },
		{ BALLAST_WIRE_BALLOON, 0, BALLAST_NR_BALLOON_STATES, 4 },
		{ BALLAST_WIRE_BALLOON, 4, BALLAST_NR_RELIEFS, 4 },
		{ BALLAST_WIRE_BALLOON, 8, BALLAST_WIRE_GFN_LIMIT + 1, 8 },	/* host's */
		{ BALLAST_WIRE_BALLOON, 16, ~0ull, 8 },		/* device's */
		{ BALLAST_WIRE_BALLOON, 24, 12, 8 },		/* held, less than huge */
		{ BALLAST_WIRE_BALLOON, 24, ~0ull, 8 },
		{ BALLAST_WIRE_BALLOON, 32, 15, 8 },		/* huge, more than held */
		{ BALLAST_WIRE_BALLOON, 40, ~0ull, 8 },		/* room */
		{ BALLAST_WIRE_BALLOON, 48, ~0ull, 8 },		/* margin */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ(test, broken(wrong[i].type, wrong[i].at, wrong[i].value,
					     wrong[i].bytes), BALLAST_WIRE_FIELD);
	/* More or fewer classes than the payload has. */
	KUNIT_EXPECT_EQ(test, broken(BALLAST_WIRE_REPORT, 28, ~0u, 4), BALLAST_WIRE_LENGTH);
	KUNIT_EXPECT_EQ(test, broken(BALLAST_WIRE_REPORT, 28, 3, 4), BALLAST_WIRE_FIELD);
	KUNIT_EXPECT_EQ(test, broken(BALLAST_WIRE_BALLOON, 104, ~0u, 4), BALLAST_WIRE_LENGTH);
	/* A text without an end. */
	message(BALLAST_WIRE_HELLO);
	memset(sample.hello.version, 'x', sizeof(sample.hello.version));
	KUNIT_EXPECT_EQ(test, ballast_wire_encode(&sample, buf), (size_t)0);
}

/* A report of an older guest ends behind its classes; and not in the middle of a count. */
static void without_counts(struct kunit *test)
{
	size_t len, used, cut;

	for (cut = 1; cut <= COUNTS; cut++) {
		len = ballast_wire_encode(message(BALLAST_WIRE_REPORT), buf) - cut;
		buf[8] = (u8)(len - BALLAST_WIRE_HEADER);
		KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, len, &back, &used),
				cut == LAST_COUNT || cut == COUNTS ? 0 : BALLAST_WIRE_LENGTH);
		if (cut == LAST_COUNT)
			KUNIT_EXPECT_EQ(test, back.report.swapins, sample.report.swapins);
	}
	KUNIT_EXPECT_EQ(test, back.report.swapins, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, back.report.major_faults, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, back.report.refaults, BALLAST_WIRE_UNTOLD);
	KUNIT_EXPECT_EQ(test, back.report.total_pages, sample.report.total_pages);
	/* As a guest sends them that has none. */
	KUNIT_EXPECT_EQ(test, ballast_wire_encode(&back, buf), len + COUNTS);
	KUNIT_EXPECT_EQ(test, (int)ballast_wire_decode(buf, len + COUNTS, &sample, &used), 0);
	KUNIT_EXPECT_EQ(test, memcmp(&back, &sample, sizeof(back)), 0);
}

/* What a later guest knows more of is unknown here, and the sum stays right. */
static void later_classes(struct kunit *test)
{
	size_t len, used;
	struct cursor c;

	len = ballast_wire_encode(message(BALLAST_WIRE_REPORT), buf);
	memmove(buf + len - COUNTS + MORE, buf + len - COUNTS, COUNTS);
	c = (struct cursor){ .at = buf + len - COUNTS, .end = buf + len - COUNTS + MORE };
	put(&c, 50, 8);
	put(&c, 7, 8);
	buf[8] = (u8)(len - BALLAST_WIRE_HEADER + MORE);
	buf[BALLAST_WIRE_HEADER + 28] = BALLAST_NR_CLASSES + 2;
	c = (struct cursor){ .at = buf + BALLAST_WIRE_HEADER + 8, .end = buf + sizeof(buf) };
	put(&c, sample.report.total_pages + 57, 8);
	KUNIT_ASSERT_EQ(test, (int)ballast_wire_decode(buf, len + MORE, &back, &used), 0);
	KUNIT_EXPECT_EQ(test, back.report.pages[BALLAST_CLASS_UNKNOWN],
			sample.report.pages[BALLAST_CLASS_UNKNOWN] + 57);
	KUNIT_EXPECT_EQ(test, back.report.swapins, sample.report.swapins);

	KUNIT_EXPECT_EQ(test, broken(BALLAST_WIRE_CLASSES, 8, 0xff, 1), 0);
	KUNIT_EXPECT_EQ(test, (int)back.classes.cls[0], BALLAST_CLASS_UNKNOWN);
}

static void nothing_wrong_is_sent(struct kunit *test)
{
	message(BALLAST_WIRE_CONFIG);
	sample.config.cpu_bp = 0;
	KUNIT_EXPECT_EQ(test, ballast_wire_encode(&sample, buf), (size_t)0);
	message(BALLAST_WIRE_CLASSIFY);
	sample.classify.nr = BALLAST_WIRE_GFNS_MAX + 1;
	KUNIT_EXPECT_EQ(test, ballast_wire_encode(&sample, buf), (size_t)0);
	sample.type = BALLAST_WIRE_TYPES;
	KUNIT_EXPECT_EQ(test, ballast_wire_encode(&sample, buf), (size_t)0);
}

static void names(struct kunit *test)
{
	u32 i;

	for (i = 1; i < BALLAST_WIRE_TYPES; i++)
		KUNIT_EXPECT_NE(test, ballast_wire_type_name(i)[0], '?');
	for (i = 1; i < BALLAST_WIRE_ERRORS; i++)
		KUNIT_EXPECT_NE(test, ballast_wire_error_name(i)[0], '?');
	for (i = 1; i < BALLAST_NR_REFUSALS; i++)
		KUNIT_EXPECT_NE(test, ballast_wire_refusal_name(i)[0], '?');
	for (i = 0; i < BALLAST_NR_BALLOON_STATES; i++)
		KUNIT_EXPECT_NE(test, ballast_balloon_state_name(i)[0], '?');
	for (i = 0; i < BALLAST_NR_RELIEFS; i++)
		KUNIT_EXPECT_NE(test, ballast_relief_name(i)[0], '?');
	KUNIT_EXPECT_EQ(test, ballast_wire_type_name(0)[0], '?');
	KUNIT_EXPECT_EQ(test, ballast_wire_refusal_name(~0u)[0], '?');
	KUNIT_EXPECT_EQ(test, ballast_balloon_state_name(~0u)[0], '?');
}

static struct kunit_case cases[] = {
	KUNIT_CASE(there_and_back),
	KUNIT_CASE(layout),
	KUNIT_CASE(any_piece),
	KUNIT_CASE(other_lengths),
	KUNIT_CASE(wrong_headers),
	KUNIT_CASE(wrong_fields),
	KUNIT_CASE(without_counts),
	KUNIT_CASE(later_classes),
	KUNIT_CASE(nothing_wrong_is_sent),
	KUNIT_CASE(names),
	{}
};

static struct kunit_suite suite = { .name = "ballast_wire", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("Tests of the codec of the guest's protocol");
MODULE_LICENSE("GPL");
