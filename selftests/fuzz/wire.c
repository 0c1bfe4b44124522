// SPDX-License-Identifier: GPL-2.0-only
/*
 * The codec of the guest's protocol: any bytes are decoded, and what is taken
 * as a message is within its limits, can be sent on, and comes back the same.
 */

#include "fuzz.h"

#include "policy/wire.c"

#define MESSAGES_MAX	16

static u8 stream[2 * BALLAST_WIRE_BYTES_MAX];
static u8 again[BALLAST_WIRE_BYTES_MAX], third[BALLAST_WIRE_BYTES_MAX];
static struct ballast_wire_msg msg, back;

FUZZ_ORACLE static bool config_within(const struct ballast_wire_config *c)
{
	return c->report_ms >= 100 && c->report_ms <= 600000 && c->early_ms >= 100 &&
	       c->early_ms <= c->report_ms && c->early_bp >= 1 && c->early_bp <= 10000 &&
	       c->cpu_bp >= 1 && c->cpu_bp <= 10000;
}

FUZZ_ORACLE static void check_report(const struct ballast_wire_report *r)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < BALLAST_NR_CLASSES; i++) {
		MUST(r->pages[i] <= 1ull << 40, "a class has no more pages than there are");
		sum += r->pages[i];
	}
	MUST(sum == r->total_pages && sum, "classes add up to the total, which is not 0");
	MUST(r->slab_reclaimable_pages <= r->pages[BALLAST_CLASS_SLAB],
	     "reclaimable slab is slab");
}

FUZZ_ORACLE static void check_limits(const struct ballast_wire_msg *m)
{
	u32 i;

	switch (m->type) {
	case BALLAST_WIRE_HELLO:
		for (i = 0; i < BALLAST_NAME_LEN && m->hello.version[i]; i++)
			MUST(m->hello.version[i] >= 32 && m->hello.version[i] < 127,
			     "a version is printable");
		MUST(i < BALLAST_NAME_LEN, "a version has an end");
		break;
	case BALLAST_WIRE_PROOF:
		for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
			MUST(!(m->proof.gfn[i] >> 40), "a gfn is an address of 52 bits");
		break;
	case BALLAST_WIRE_WELCOME:
		MUST(config_within(&m->welcome.config), "a welcome is within its limits");
		break;
	case BALLAST_WIRE_REFUSED:
		MUST(m->refused.reason && m->refused.reason < BALLAST_NR_REFUSALS,
		     "a reason is known");
		break;
	case BALLAST_WIRE_CONFIG:
		MUST(config_within(&m->config), "a configuration is within its limits");
		break;
	case BALLAST_WIRE_REPORT:
		check_report(&m->report);
		break;
	case BALLAST_WIRE_CLASSIFY:
		MUST(m->classify.nr >= 1 && m->classify.nr <= 256, "1 to 256 pages are asked for");
		for (i = 0; i < m->classify.nr; i++)
			MUST(!(m->classify.gfn[i] >> 40), "a gfn is an address of 52 bits");
		break;
	case BALLAST_WIRE_CLASSES:
		MUST(m->classes.nr >= 1 && m->classes.nr <= 256, "1 to 256 pages are answered");
		for (i = 0; i < m->classes.nr; i++)
			MUST(m->classes.cls[i] < BALLAST_NR_CLASSES, "a class is known");
		break;
	case BALLAST_WIRE_TARGET:
		MUST(m->target.pages <= 1ull << 40, "a target is no more than there can be");
		break;
	case BALLAST_WIRE_BALLOON:
		MUST(m->balloon.state < BALLAST_NR_BALLOON_STATES &&
		     m->balloon.relief < BALLAST_NR_RELIEFS, "a state is known");
		MUST(m->balloon.huge_pages <= m->balloon.held_pages &&
		     m->balloon.held_pages <= 1ull << 40 && m->balloon.room_pages <= 1ull << 40 &&
		     m->balloon.margin_pages <= 1ull << 40 && m->balloon.host_pages <= 1ull << 40 &&
		     m->balloon.device_pages <= 1ull << 40, "a balloon is no more than memory");
		break;
	default:
		MUST(m->type == BALLAST_WIRE_CHALLENGE, "a type is known");
	}
}

static void one_message(const u8 *at, size_t len, size_t used)
{
	size_t bytes, second = 0;

	check_limits(&msg);
	MUST(used >= BALLAST_WIRE_HEADER && used <= len, "a message is of the bytes that came");
	bytes = ballast_wire_encode(&msg, again);
	MUST(bytes >= BALLAST_WIRE_HEADER && bytes <= sizeof(again), "what was taken can be sent");
	MUST(!ballast_wire_decode(again, bytes, &back, &second) && second == bytes,
	     "what was sent is taken");
	MUST(ballast_wire_encode(&back, third) == bytes && !memcmp(again, third, bytes),
	     "and is the same");
	/* Without its last byte there is no message yet. */
	MUST(ballast_wire_decode(at, used - 1, &back, &second) == BALLAST_WIRE_SHORT,
	     "a message that has not come is not taken");
}

static void decode_all(size_t len)
{
	size_t at = 0, used = 0;
	unsigned int n;

	for (n = 0; n < MESSAGES_MAX; n++) {
		enum ballast_wire_error error;

		error = ballast_wire_decode(stream + at, len - at, &msg, &used);
		MUST(error < BALLAST_WIRE_ERRORS, "an error is known");
		if (error)
			return;
		one_message(stream + at, len - at, used);
		at += used;
	}
}

/* Bytes of the input behind a header that is right, again and again up to @len. */
static void with_header(struct fuzz_input *in)
{
	struct cursor c = { .at = stream, .end = stream + sizeof(stream) };
	u32 type = fuzz_u8(in), len = fuzz_u16(in) % (BALLAST_WIRE_PAYLOAD_MAX + 1), i;
	size_t left = (size_t)(in->end - in->at);

	put(&c, BALLAST_WIRE_MAGIC, 4);
	put(&c, BALLAST_WIRE_VERSION, 2);
	put(&c, type % (BALLAST_WIRE_TYPES + 1), 2);
	put(&c, len, 4);
	for (i = 0; i < len; i++)
		put(&c, left ? in->at[i % left] : 0, 1);
	decode_all((size_t)(c.at - stream));
}

static void fuzz_one(struct fuzz_input *in)
{
	size_t len;

	if (fuzz_u8(in) & 1) {
		with_header(in);
		return;
	}
	len = min_t(size_t, (size_t)(in->end - in->at), sizeof(stream));
	if (len)
		memcpy(stream, in->at, len);
	decode_all(len);
}
