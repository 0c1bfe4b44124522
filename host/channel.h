/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's end of the channel: one thread listens on the vsock port and owns all
 * connections; each of them has a thread of its own (peer.c).
 */
#ifndef BALLAST_HOST_CHANNEL_H
#define BALLAST_HOST_CHANNEL_H

#include <linux/atomic.h>

#include "ballast/wire.h"

/**
 * struct ballast_channel_stats - since the module was loaded; all atomic
 * @connections: alive now
 * @accepted:    in all
 * @foreign:     of them, from no guest: closed at once
 * @crowded:     of them, one too many: closed at once
 * @early:       of them, from a guest that was refused a moment ago: likewise
 * @refused:     by reason
 * @malformed:   by enum ballast_wire_error
 */
struct ballast_channel_stats {
	atomic64_t connections;
	atomic64_t accepted;
	atomic64_t foreign;
	atomic64_t crowded;
	atomic64_t early;
	atomic64_t refused[BALLAST_NR_REFUSALS];
	atomic64_t malformed[BALLAST_WIRE_ERRORS];
};

extern struct ballast_channel_stats ballast_channel_stats;

int ballast_channel_init(void);
void ballast_channel_exit(void);

/* In words: "listening", or why not. */
const char *ballast_channel_state(void);
unsigned int ballast_channel_port(void);

#endif /* BALLAST_HOST_CHANNEL_H */
