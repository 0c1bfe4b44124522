/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest and its host say to each other over vsock: messages, their
 * limits, and the codec. Documentation/protocol.rst has the bytes, and who
 * may say what when.
 *
 * The codec is pure and trusts nothing: a message that was decoded has every
 * field within the limits named here. The same code is used by the host, the
 * guest, the tools, the tests and the fuzzer.
 */
#ifndef BALLAST_WIRE_H
#define BALLAST_WIRE_H

#include "ballast/policy_env.h"
#include "uapi/linux/ballast.h"

#define BALLAST_WIRE_PORT		0xba11	/* default of the host's port */
/* A guest's kernel connects from a port that its processes may not have. */
#define BALLAST_WIRE_PORT_MIN		512
#define BALLAST_WIRE_PORT_MAX		1023
#define BALLAST_WIRE_MAGIC		0x54534c42u	/* "BLST" */
#define BALLAST_WIRE_VERSION		1
#define BALLAST_WIRE_HEADER		12
#define BALLAST_WIRE_PAYLOAD_MAX	4096
#define BALLAST_WIRE_BYTES_MAX		(BALLAST_WIRE_HEADER + BALLAST_WIRE_PAYLOAD_MAX)

#define BALLAST_WIRE_BOOT_BYTES		16
#define BALLAST_WIRE_SECRET_BYTES	64
#define BALLAST_WIRE_PROOF_PAGES	8
#define BALLAST_WIRE_GFNS_MAX		256
/* Addresses have 52 bits at most. */
#define BALLAST_WIRE_GFN_LIMIT		(1ull << 40)
/* Limits of a guest's period and of its budget. */
#define BALLAST_WIRE_MS_MIN		100u
#define BALLAST_WIRE_MS_MAX		600000u
#define BALLAST_WIRE_BP_MAX		10000u

/* A count that the sender does not have, or an older one does not send. */
#define BALLAST_WIRE_UNTOLD		(~0ull)

/* What both sides can do; what only one of them can is not used. */
#define BALLAST_WIRE_F_CLASSES		(1ull << 0)	/* REPORT and CLASSIFY */
#define BALLAST_WIRE_F_BALLOON		(1ull << 1)	/* TARGET and BALLOON */
#define BALLAST_WIRE_FEATURES		(BALLAST_WIRE_F_CLASSES | BALLAST_WIRE_F_BALLOON)

/**
 * enum ballast_wire_type - messages, and who sends them
 * @BALLAST_WIRE_HELLO:     guest: who it is, first of all
 * @BALLAST_WIRE_CHALLENGE: host: a secret to be written into guest memory
 * @BALLAST_WIRE_PROOF:     guest: where it has been written
 * @BALLAST_WIRE_WELCOME:   host: the guest is known; what is agreed on
 * @BALLAST_WIRE_REFUSED:   host: why not; it closes the connection then
 * @BALLAST_WIRE_CONFIG:    host: how often to report, from now on
 * @BALLAST_WIRE_REPORT:    guest: pages per class
 * @BALLAST_WIRE_CLASSIFY:  host: which class have these pages?
 * @BALLAST_WIRE_CLASSES:   guest: these
 * @BALLAST_WIRE_TARGET:    host: how much the balloon shall hold back
 * @BALLAST_WIRE_BALLOON:   guest: how much it does, and what has happened to it
 */
enum ballast_wire_type {
	BALLAST_WIRE_HELLO = 1,
	BALLAST_WIRE_CHALLENGE,
	BALLAST_WIRE_PROOF,
	BALLAST_WIRE_WELCOME,
	BALLAST_WIRE_REFUSED,
	BALLAST_WIRE_CONFIG,
	BALLAST_WIRE_REPORT,
	BALLAST_WIRE_CLASSIFY,
	BALLAST_WIRE_CLASSES,
	BALLAST_WIRE_TARGET,
	BALLAST_WIRE_BALLOON,
	BALLAST_WIRE_TYPES,
};

/**
 * enum ballast_wire_error - what is wrong with bytes
 * @BALLAST_WIRE_SHORT:   nothing yet: more bytes have to come
 * @BALLAST_WIRE_MAGIC_:  not this protocol
 * @BALLAST_WIRE_OTHER:   another version of it
 * @BALLAST_WIRE_UNKNOWN: no such message
 * @BALLAST_WIRE_LENGTH:  too long, or too short for this message
 * @BALLAST_WIRE_FIELD:   a field beyond its limits
 *
 * After any but SHORT the stream cannot be followed any more.
 */
enum ballast_wire_error {
	BALLAST_WIRE_SHORT = 1,
	BALLAST_WIRE_MAGIC_,
	BALLAST_WIRE_OTHER,
	BALLAST_WIRE_UNKNOWN,
	BALLAST_WIRE_LENGTH,
	BALLAST_WIRE_FIELD,
	BALLAST_WIRE_ERRORS,
};

/**
 * enum ballast_wire_refusal - why a guest is not taken
 * @BALLAST_REFUSED_VERSION:  the host speaks another version
 * @BALLAST_REFUSED_IDENTITY: the secret is not in any attached VM, or in two
 * @BALLAST_REFUSED_BOUND:    another connection of that VM is in charge
 * @BALLAST_REFUSED_BUSY:     too many connections
 * @BALLAST_REFUSED_PROTOCOL: not what had to be said
 * @BALLAST_REFUSED_SILENT:   nothing was said for too long
 * @BALLAST_REFUSED_FLOOD:    too much was said
 * @BALLAST_REFUSED_DETACHED: the VM was detached
 */
enum ballast_wire_refusal {
	BALLAST_REFUSED_VERSION = 1,
	BALLAST_REFUSED_IDENTITY,
	BALLAST_REFUSED_BOUND,
	BALLAST_REFUSED_BUSY,
	BALLAST_REFUSED_PROTOCOL,
	BALLAST_REFUSED_SILENT,
	BALLAST_REFUSED_FLOOD,
	BALLAST_REFUSED_DETACHED,
	BALLAST_NR_REFUSALS,
};

/**
 * struct ballast_wire_hello - HELLO
 * @features: BALLAST_WIRE_F_*, also such as the other side does not know
 * @boot:     random, the same for all connections since the guest's boot
 * @version:  of the module, NUL terminated, printable
 */
struct ballast_wire_hello {
	u64 features;
	u8 boot[BALLAST_WIRE_BOOT_BYTES];
	char version[BALLAST_NAME_LEN];
};

/**
 * struct ballast_wire_challenge - CHALLENGE
 * @round:  counts from 0; the pages stay the same in all of them
 * @secret: each page begins with its own form of it (ballast_wire_stamp())
 *          until the host has answered
 */
struct ballast_wire_challenge {
	u32 round;
	u8 secret[BALLAST_WIRE_SECRET_BYTES];
};

/**
 * struct ballast_wire_proof - PROOF
 * @round: of the challenge
 * @gfn:   pages that have been stamped
 */
struct ballast_wire_proof {
	u32 round;
	u64 gfn[BALLAST_WIRE_PROOF_PAGES];
};

/**
 * struct ballast_wire_config - CONFIG, and the end of WELCOME
 * @report_ms: a report at least so often
 * @early_ms:  and at most so often
 * @early_bp:  before its time when a class has changed by so much of memory
 * @cpu_bp:    CPU time for all of it, of one core
 */
struct ballast_wire_config {
	u32 report_ms;
	u32 early_ms;
	u32 early_bp;
	u32 cpu_bp;
};

/**
 * struct ballast_wire_welcome - WELCOME
 * @features: that both have
 * @config:   to begin with
 */
struct ballast_wire_welcome {
	u64 features;
	struct ballast_wire_config config;
};

/**
 * struct ballast_wire_refused - REFUSED
 * @reason: enum ballast_wire_refusal
 */
struct ballast_wire_refused {
	u32 reason;
};

/**
 * struct ballast_wire_report - REPORT
 * @uptime_ns:   of the guest, when it counted
 * @total_pages: of the guest's memory; the classes add up to it
 * @pages:       per class; classes that the sender does not know are 0
 * @slab_reclaimable_pages: part of BALLAST_CLASS_SLAB
 * @early:       sent before its time, because of a change
 * @swapins:     pages that the guest has swapped in by itself, since its boot
 * @major_faults: faults that had to wait for a disk, since its boot
 * @refaults:    pages of page cache that it dropped and had to read again, since its boot
 *
 * These counts are BALLAST_WIRE_UNTOLD from a guest that does not tell them.
 */
struct ballast_wire_report {
	u64 uptime_ns;
	u64 total_pages;
	u64 pages[BALLAST_NR_CLASSES];
	u64 slab_reclaimable_pages;
	bool early;
	u64 swapins;
	u64 major_faults;
	u64 refaults;
};

/**
 * struct ballast_wire_classify - CLASSIFY
 * @id:  for the answer
 * @nr:  of pages, at least 1
 * @gfn: pages
 */
struct ballast_wire_classify {
	u32 id;
	u32 nr;
	u64 gfn[BALLAST_WIRE_GFNS_MAX];
};

/**
 * struct ballast_wire_classes - CLASSES
 * @id:  of the question
 * @nr:  of pages, as in the question
 * @cls: enum ballast_class of each
 */
struct ballast_wire_classes {
	u32 id;
	u32 nr;
	u8 cls[BALLAST_WIRE_GFNS_MAX];
};

/**
 * struct ballast_wire_target - TARGET
 * @pages: to be held back
 * @cache: page cache may be dropped for that
 * @flush: a number that was not there before: report all free memory now
 * @huge:  of that, only blocks of 2 MiB and more; an older guest reports all
 */
struct ballast_wire_target {
	u64 pages;
	bool cache;
	u32 flush;
	bool huge;
};

/**
 * struct ballast_wire_balloon - BALLOON
 * @state:          enum ballast_balloon_state
 * @relief:         enum ballast_relief, of the last time
 * @host_pages:     target that the host has set
 * @device_pages:   that the device has set
 * @held_pages:     held back
 * @huge_pages:     of them in blocks of 2 MiB and more
 * @room_pages:     that could be taken in addition without a reclaim
 * @margin_pages:   that are left to the guest
 * @given_pages:    handed to the device, ever
 * @failed_pages:   that it did not take, ever
 * @reported_pages: free memory that was reported, ever
 * @flushes:        times that all was reported at once
 * @reliefs:        times that the balloon has let go by itself
 * @relief_pages:   let go by that, ever
 * @taken_pages:    per enum ballast_take, ever; kinds that the sender does not know are 0
 */
struct ballast_wire_balloon {
	u32 state;
	u32 relief;
	u64 host_pages;
	u64 device_pages;
	u64 held_pages;
	u64 huge_pages;
	u64 room_pages;
	u64 margin_pages;
	u64 given_pages;
	u64 failed_pages;
	u64 reported_pages;
	u64 flushes;
	u64 reliefs;
	u64 relief_pages;
	u64 taken_pages[BALLAST_NR_TAKES];
};

/**
 * struct ballast_wire_msg - any message
 * @type: enum ballast_wire_type, says which of the others it is
 */
struct ballast_wire_msg {
	u32 type;
	union {
		struct ballast_wire_hello hello;
		struct ballast_wire_challenge challenge;
		struct ballast_wire_proof proof;
		struct ballast_wire_welcome welcome;
		struct ballast_wire_refused refused;
		struct ballast_wire_config config;
		struct ballast_wire_report report;
		struct ballast_wire_classify classify;
		struct ballast_wire_classes classes;
		struct ballast_wire_target target;
		struct ballast_wire_balloon balloon;
	};
};

/**
 * ballast_wire_encode() - a message as bytes
 * @msg: with all fields within their limits
 * @buf: BALLAST_WIRE_BYTES_MAX bytes
 *
 * Return: bytes, 0 if a field is beyond its limits.
 */
size_t ballast_wire_encode(const struct ballast_wire_msg *msg, u8 *buf);

/**
 * ballast_wire_decode() - the message at the beginning of bytes
 * @buf:  what has come so far
 * @len:  bytes
 * @msg:  out, on success
 * @used: out, on success: bytes of the message
 *
 * Return: 0 or enum ballast_wire_error.
 */
enum ballast_wire_error ballast_wire_decode(const u8 *buf, size_t len,
					    struct ballast_wire_msg *msg, size_t *used);

/**
 * ballast_wire_stamp() - what a page begins with, for a secret
 * @secret: of the challenge
 * @page:   number of the page, from 0 to BALLAST_WIRE_PROOF_PAGES - 1
 * @stamp:  out, BALLAST_WIRE_SECRET_BYTES
 *
 * No two pages of a proof have the same.
 */
void ballast_wire_stamp(const u8 *secret, unsigned int page, u8 *stamp);

/* For people; "?" for what is no such value. */
const char *ballast_wire_type_name(u32 type);
const char *ballast_wire_error_name(u32 error);
const char *ballast_wire_refusal_name(u32 reason);
const char *ballast_balloon_state_name(u32 state);
const char *ballast_relief_name(u32 relief);

#endif /* BALLAST_WIRE_H */
