// SPDX-License-Identifier: GPL-2.0-only
/*
 * Codec of the guest's protocol. Numbers are little-endian, at the places that
 * Documentation/protocol.rst names. A payload may be longer than what is known
 * here: a later version adds fields at its end.
 */

#include "ballast/wire.h"

/**
 * struct cursor - a place in a payload, in either direction
 * @at:  next byte
 * @end: one past the last
 * @bad: went beyond the end
 */
struct cursor {
	u8 *at;
	const u8 *end;
	bool bad;
};

static u8 *take(struct cursor *c, size_t bytes)
{
	u8 *at = c->at;

	if (c->bad || (size_t)(c->end - at) < bytes) {
		c->bad = true;
		return NULL;
	}
	c->at += bytes;
	return at;
}

static void put(struct cursor *c, u64 value, unsigned int bytes)
{
	u8 *at = take(c, bytes);
	unsigned int i;

	for (i = 0; at && i < bytes; i++)
		at[i] = (u8)(value >> (8 * i));
}

static u64 get(struct cursor *c, unsigned int bytes)
{
	const u8 *at = take(c, bytes);
	u64 value = 0;
	unsigned int i;

	for (i = 0; at && i < bytes; i++)
		value |= (u64)at[i] << (8 * i);
	return value;
}

static u32 get_u32(struct cursor *c)
{
	return (u32)get(c, 4);
}

static void put_bytes(struct cursor *c, const void *from, size_t bytes)
{
	u8 *at = take(c, bytes);

	if (at)
		memcpy(at, from, bytes);
}

static void get_bytes(struct cursor *c, void *to, size_t bytes)
{
	const u8 *at = take(c, bytes);

	if (at)
		memcpy(to, at, bytes);
}

/* Of a guest's text nothing but printable ASCII gets any further. */
static bool printable(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && text[i]; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return i < size;
}

static bool config_valid(const struct ballast_wire_config *config)
{
	return config->report_ms >= BALLAST_WIRE_MS_MIN &&
	       config->report_ms <= BALLAST_WIRE_MS_MAX &&
	       config->early_ms >= BALLAST_WIRE_MS_MIN &&
	       config->early_ms <= config->report_ms &&
	       config->early_bp && config->early_bp <= BALLAST_WIRE_BP_MAX &&
	       config->cpu_bp && config->cpu_bp <= BALLAST_WIRE_BP_MAX;
}

static bool report_valid(const struct ballast_wire_report *report)
{
	u64 left = report->total_pages;
	unsigned int i;

	if (!left || left > BALLAST_WIRE_GFN_LIMIT)
		return false;
	for (i = 0; i < BALLAST_NR_CLASSES; i++) {
		if (report->pages[i] > left)
			return false;
		left -= report->pages[i];
	}
	return !left && report->slab_reclaimable_pages <= report->pages[BALLAST_CLASS_SLAB];
}

static bool gfns_valid(const u64 *gfn, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (gfn[i] >= BALLAST_WIRE_GFN_LIMIT)
			return false;
	return true;
}

static bool classify_valid(const struct ballast_wire_classify *classify)
{
	return classify->nr && classify->nr <= BALLAST_WIRE_GFNS_MAX &&
	       gfns_valid(classify->gfn, classify->nr);
}

static bool classes_valid(const struct ballast_wire_classes *classes)
{
	u32 i;

	if (!classes->nr || classes->nr > BALLAST_WIRE_GFNS_MAX)
		return false;
	for (i = 0; i < classes->nr; i++)
		if (classes->cls[i] >= BALLAST_NR_CLASSES)
			return false;
	return true;
}

static bool balloon_valid(const struct ballast_wire_balloon *b)
{
	return b->state < BALLAST_NR_BALLOON_STATES && b->relief < BALLAST_NR_RELIEFS &&
	       b->host_pages <= BALLAST_WIRE_GFN_LIMIT &&
	       b->device_pages <= BALLAST_WIRE_GFN_LIMIT &&
	       b->held_pages <= BALLAST_WIRE_GFN_LIMIT && b->huge_pages <= b->held_pages &&
	       b->room_pages <= BALLAST_WIRE_GFN_LIMIT &&
	       b->margin_pages <= BALLAST_WIRE_GFN_LIMIT;
}

/* Limits of every field; both sides of the codec ask. */
static bool valid(const struct ballast_wire_msg *msg)
{
	switch (msg->type) {
	case BALLAST_WIRE_HELLO:
		return printable(msg->hello.version, sizeof(msg->hello.version));
	case BALLAST_WIRE_CHALLENGE:
		return true;
	case BALLAST_WIRE_PROOF:
		return gfns_valid(msg->proof.gfn, BALLAST_WIRE_PROOF_PAGES);
	case BALLAST_WIRE_WELCOME:
		return config_valid(&msg->welcome.config);
	case BALLAST_WIRE_REFUSED:
		return msg->refused.reason && msg->refused.reason < BALLAST_NR_REFUSALS;
	case BALLAST_WIRE_CONFIG:
		return config_valid(&msg->config);
	case BALLAST_WIRE_REPORT:
		return report_valid(&msg->report);
	case BALLAST_WIRE_CLASSIFY:
		return classify_valid(&msg->classify);
	case BALLAST_WIRE_CLASSES:
		return classes_valid(&msg->classes);
	case BALLAST_WIRE_TARGET:
		return msg->target.pages <= BALLAST_WIRE_GFN_LIMIT;
	case BALLAST_WIRE_BALLOON:
		return balloon_valid(&msg->balloon);
	default:
		return false;
	}
}

static void put_config(struct cursor *c, const struct ballast_wire_config *config)
{
	put(c, config->report_ms, 4);
	put(c, config->early_ms, 4);
	put(c, config->early_bp, 4);
	put(c, config->cpu_bp, 4);
}

static void get_config(struct cursor *c, struct ballast_wire_config *config)
{
	config->report_ms = get_u32(c);
	config->early_ms = get_u32(c);
	config->early_bp = get_u32(c);
	config->cpu_bp = get_u32(c);
}

static void put_report(struct cursor *c, const struct ballast_wire_report *report)
{
	unsigned int i;

	put(c, report->uptime_ns, 8);
	put(c, report->total_pages, 8);
	put(c, report->slab_reclaimable_pages, 8);
	put(c, report->early, 4);
	put(c, BALLAST_NR_CLASSES, 4);
	for (i = 0; i < BALLAST_NR_CLASSES; i++)
		put(c, report->pages[i], 8);
	put(c, report->swapins, 8);
	put(c, report->major_faults, 8);
	put(c, report->refaults, 8);
}

/* An older guest's report ends before these. */
static void get_counts(struct cursor *c, struct ballast_wire_report *report)
{
	bool told = c->at != c->end;

	report->swapins = told ? get(c, 8) : BALLAST_WIRE_UNTOLD;
	report->major_faults = told ? get(c, 8) : BALLAST_WIRE_UNTOLD;
	told = c->at != c->end;
	report->refaults = told ? get(c, 8) : BALLAST_WIRE_UNTOLD;
}

/* Classes that are not known here yet count as unknown. */
static void get_report(struct cursor *c, struct ballast_wire_report *report)
{
	u32 i, nr;

	report->uptime_ns = get(c, 8);
	report->total_pages = get(c, 8);
	report->slab_reclaimable_pages = get(c, 8);
	report->early = get_u32(c) & 1;
	nr = get_u32(c);
	for (i = 0; i < nr && !c->bad; i++) {
		u64 pages = get(c, 8);

		if (i < BALLAST_NR_CLASSES)
			report->pages[i] = pages;
		else if (pages <= BALLAST_WIRE_GFN_LIMIT)
			report->pages[BALLAST_CLASS_UNKNOWN] += pages;
		else
			c->bad = true;
	}
	get_counts(c, report);
}

static void put_classify(struct cursor *c, const struct ballast_wire_classify *classify)
{
	u32 i;

	put(c, classify->id, 4);
	put(c, classify->nr, 4);
	for (i = 0; i < classify->nr; i++)
		put(c, classify->gfn[i], 8);
}

static void get_classify(struct cursor *c, struct ballast_wire_classify *classify)
{
	u32 i;

	classify->id = get_u32(c);
	classify->nr = get_u32(c);
	for (i = 0; i < classify->nr && i < BALLAST_WIRE_GFNS_MAX; i++)
		classify->gfn[i] = get(c, 8);
}

/* A class that is not known here yet is unknown. */
static void get_classes(struct cursor *c, struct ballast_wire_classes *classes)
{
	u32 i;

	classes->id = get_u32(c);
	classes->nr = get_u32(c);
	for (i = 0; i < classes->nr && i < BALLAST_WIRE_GFNS_MAX; i++) {
		u8 cls = (u8)get(c, 1);

		classes->cls[i] = cls < BALLAST_NR_CLASSES ? cls : BALLAST_CLASS_UNKNOWN;
	}
}

#define TARGET_CACHE	(1u << 0)
#define TARGET_HUGE	(1u << 1)

static void put_target(struct cursor *c, const struct ballast_wire_target *target)
{
	put(c, target->pages, 8);
	put(c, (target->cache ? TARGET_CACHE : 0) | (target->huge ? TARGET_HUGE : 0), 4);
	put(c, target->flush, 4);
}

static void get_target(struct cursor *c, struct ballast_wire_target *target)
{
	u32 flags;

	target->pages = get(c, 8);
	flags = get_u32(c);
	target->cache = flags & TARGET_CACHE;
	target->huge = flags & TARGET_HUGE;
	target->flush = get_u32(c);
}

static void put_balloon(struct cursor *c, const struct ballast_wire_balloon *b)
{
	const u64 pages[] = {
		b->host_pages, b->device_pages, b->held_pages, b->huge_pages, b->room_pages,
		b->margin_pages, b->given_pages, b->failed_pages, b->reported_pages, b->flushes,
		b->reliefs, b->relief_pages,
	};
	unsigned int i;

	put(c, b->state, 4);
	put(c, b->relief, 4);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		put(c, pages[i], 8);
	put(c, BALLAST_NR_TAKES, 4);
	for (i = 0; i < BALLAST_NR_TAKES; i++)
		put(c, b->taken_pages[i], 8);
}

/* Kinds that are not known here yet count as other. */
static void get_balloon(struct cursor *c, struct ballast_wire_balloon *b)
{
	u64 *const pages[] = {
		&b->host_pages, &b->device_pages, &b->held_pages, &b->huge_pages, &b->room_pages,
		&b->margin_pages, &b->given_pages, &b->failed_pages, &b->reported_pages,
		&b->flushes, &b->reliefs, &b->relief_pages,
	};
	unsigned int i;
	u32 nr;

	b->state = get_u32(c);
	b->relief = get_u32(c);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		*pages[i] = get(c, 8);
	nr = get_u32(c);
	for (i = 0; i < nr && !c->bad; i++)
		b->taken_pages[min_t(u32, i, BALLAST_TAKE_OTHER)] += get(c, 8);
}

static void put_payload(struct cursor *c, const struct ballast_wire_msg *msg)
{
	unsigned int i;

	switch (msg->type) {
	case BALLAST_WIRE_HELLO:
		put(c, msg->hello.features, 8);
		put_bytes(c, msg->hello.boot, sizeof(msg->hello.boot));
		put_bytes(c, msg->hello.version, sizeof(msg->hello.version));
		break;
	case BALLAST_WIRE_CHALLENGE:
		put(c, msg->challenge.round, 4);
		put_bytes(c, msg->challenge.secret, sizeof(msg->challenge.secret));
		break;
	case BALLAST_WIRE_PROOF:
		put(c, msg->proof.round, 4);
		for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
			put(c, msg->proof.gfn[i], 8);
		break;
	case BALLAST_WIRE_WELCOME:
		put(c, msg->welcome.features, 8);
		put_config(c, &msg->welcome.config);
		break;
	case BALLAST_WIRE_REFUSED:
		put(c, msg->refused.reason, 4);
		break;
	case BALLAST_WIRE_CONFIG:
		put_config(c, &msg->config);
		break;
	case BALLAST_WIRE_REPORT:
		put_report(c, &msg->report);
		break;
	case BALLAST_WIRE_CLASSIFY:
		put_classify(c, &msg->classify);
		break;
	case BALLAST_WIRE_CLASSES:
		put(c, msg->classes.id, 4);
		put(c, msg->classes.nr, 4);
		put_bytes(c, msg->classes.cls, msg->classes.nr);
		break;
	case BALLAST_WIRE_TARGET:
		put_target(c, &msg->target);
		break;
	case BALLAST_WIRE_BALLOON:
		put_balloon(c, &msg->balloon);
		break;
	}
}

static void get_payload(struct cursor *c, struct ballast_wire_msg *msg)
{
	unsigned int i;

	switch (msg->type) {
	case BALLAST_WIRE_HELLO:
		msg->hello.features = get(c, 8);
		get_bytes(c, msg->hello.boot, sizeof(msg->hello.boot));
		get_bytes(c, msg->hello.version, sizeof(msg->hello.version));
		break;
	case BALLAST_WIRE_CHALLENGE:
		msg->challenge.round = get_u32(c);
		get_bytes(c, msg->challenge.secret, sizeof(msg->challenge.secret));
		break;
	case BALLAST_WIRE_PROOF:
		msg->proof.round = get_u32(c);
		for (i = 0; i < BALLAST_WIRE_PROOF_PAGES; i++)
			msg->proof.gfn[i] = get(c, 8);
		break;
	case BALLAST_WIRE_WELCOME:
		msg->welcome.features = get(c, 8);
		get_config(c, &msg->welcome.config);
		break;
	case BALLAST_WIRE_REFUSED:
		msg->refused.reason = get_u32(c);
		break;
	case BALLAST_WIRE_CONFIG:
		get_config(c, &msg->config);
		break;
	case BALLAST_WIRE_REPORT:
		get_report(c, &msg->report);
		break;
	case BALLAST_WIRE_CLASSIFY:
		get_classify(c, &msg->classify);
		break;
	case BALLAST_WIRE_CLASSES:
		get_classes(c, &msg->classes);
		break;
	case BALLAST_WIRE_TARGET:
		get_target(c, &msg->target);
		break;
	case BALLAST_WIRE_BALLOON:
		get_balloon(c, &msg->balloon);
		break;
	}
}

size_t ballast_wire_encode(const struct ballast_wire_msg *msg, u8 *buf)
{
	struct cursor header = { .at = buf, .end = buf + BALLAST_WIRE_HEADER };
	struct cursor payload = {
		.at = buf + BALLAST_WIRE_HEADER, .end = buf + BALLAST_WIRE_BYTES_MAX,
	};
	size_t bytes;

	if (!valid(msg))
		return 0;
	put_payload(&payload, msg);
	bytes = (size_t)(payload.at - buf);
	put(&header, BALLAST_WIRE_MAGIC, 4);
	put(&header, BALLAST_WIRE_VERSION, 2);
	put(&header, msg->type, 2);
	put(&header, bytes - BALLAST_WIRE_HEADER, 4);
	return payload.bad ? 0 : bytes;
}

enum ballast_wire_error ballast_wire_decode(const u8 *buf, size_t len,
					    struct ballast_wire_msg *msg, size_t *used)
{
	/* Nothing is written through it. */
	struct cursor c = { .at = (u8 *)buf, .end = buf + len };
	u32 magic, version, type, bytes;

	/* What is not this protocol at all is found at its first bytes. */
	if (len < BALLAST_WIRE_HEADER) {
		if (len >= 4 && get_u32(&c) != BALLAST_WIRE_MAGIC)
			return BALLAST_WIRE_MAGIC_;
		return BALLAST_WIRE_SHORT;
	}
	magic = get_u32(&c);
	version = (u32)get(&c, 2);
	type = (u32)get(&c, 2);
	bytes = get_u32(&c);
	if (magic != BALLAST_WIRE_MAGIC)
		return BALLAST_WIRE_MAGIC_;
	if (version != BALLAST_WIRE_VERSION)
		return BALLAST_WIRE_OTHER;
	if (!type || type >= BALLAST_WIRE_TYPES)
		return BALLAST_WIRE_UNKNOWN;
	if (bytes > BALLAST_WIRE_PAYLOAD_MAX)
		return BALLAST_WIRE_LENGTH;
	if (len - BALLAST_WIRE_HEADER < bytes)
		return BALLAST_WIRE_SHORT;
	c.end = c.at + bytes;
	memset(msg, 0, sizeof(*msg));
	msg->type = type;
	get_payload(&c, msg);
	if (c.bad)
		return BALLAST_WIRE_LENGTH;
	if (!valid(msg))
		return BALLAST_WIRE_FIELD;
	*used = BALLAST_WIRE_HEADER + bytes;
	return 0;
}

static const char *name_of(const char *const *names, size_t nr, u32 i)
{
	return i < nr && names[i] ? names[i] : "?";
}

void ballast_wire_stamp(const u8 *secret, unsigned int page, u8 *stamp)
{
	memcpy(stamp, secret, BALLAST_WIRE_SECRET_BYTES);
	stamp[0] = (u8)(stamp[0] + page);
}

const char *ballast_wire_type_name(u32 type)
{
	static const char *const names[] = {
		[BALLAST_WIRE_HELLO] = "hello", [BALLAST_WIRE_CHALLENGE] = "challenge",
		[BALLAST_WIRE_PROOF] = "proof", [BALLAST_WIRE_WELCOME] = "welcome",
		[BALLAST_WIRE_REFUSED] = "refused", [BALLAST_WIRE_CONFIG] = "config",
		[BALLAST_WIRE_REPORT] = "report", [BALLAST_WIRE_CLASSIFY] = "classify",
		[BALLAST_WIRE_CLASSES] = "classes", [BALLAST_WIRE_TARGET] = "target",
		[BALLAST_WIRE_BALLOON] = "balloon",
	};

	return name_of(names, ARRAY_SIZE(names), type);
}

const char *ballast_wire_error_name(u32 error)
{
	static const char *const names[] = {
		[BALLAST_WIRE_SHORT] = "incomplete", [BALLAST_WIRE_MAGIC_] = "not this protocol",
		[BALLAST_WIRE_OTHER] = "another version", [BALLAST_WIRE_UNKNOWN] = "unknown message",
		[BALLAST_WIRE_LENGTH] = "wrong length", [BALLAST_WIRE_FIELD] = "field out of range",
	};

	return name_of(names, ARRAY_SIZE(names), error);
}

const char *ballast_wire_refusal_name(u32 reason)
{
	static const char *const names[] = {
		[BALLAST_REFUSED_VERSION] = "other version", [BALLAST_REFUSED_IDENTITY] = "identity not proved",
		[BALLAST_REFUSED_BOUND] = "another connection of the VM is in charge",
		[BALLAST_REFUSED_BUSY] = "too many connections",
		[BALLAST_REFUSED_PROTOCOL] = "not the protocol", [BALLAST_REFUSED_SILENT] = "silent for too long",
		[BALLAST_REFUSED_FLOOD] = "too much traffic", [BALLAST_REFUSED_DETACHED] = "VM was detached",
	};

	return name_of(names, ARRAY_SIZE(names), reason);
}

const char *ballast_balloon_state_name(u32 state)
{
	static const char *const names[BALLAST_NR_BALLOON_STATES] = {
		[BALLAST_BALLOON_NONE] = "none", [BALLAST_BALLOON_REACHED] = "reached",
		[BALLAST_BALLOON_GROWING] = "growing", [BALLAST_BALLOON_LEAKING] = "leaking",
		[BALLAST_BALLOON_FLOOR] = "floor", [BALLAST_BALLOON_RELIEVED] = "relieved",
		[BALLAST_BALLOON_FAILED] = "failed",
	};

	return name_of(names, ARRAY_SIZE(names), state);
}

const char *ballast_relief_name(u32 relief)
{
	static const char *const names[BALLAST_NR_RELIEFS] = {
		[BALLAST_RELIEF_NONE] = "none", [BALLAST_RELIEF_OOM] = "oom",
		[BALLAST_RELIEF_SHRINK] = "shrink",
	};

	return name_of(names, ARRAY_SIZE(names), relief);
}
