/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's end of the channel: one thread that connects, proves who we are,
 * reports and answers, and connects anew when that ends.
 */
#ifndef BALLAST_GUEST_CHANNEL_H
#define BALLAST_GUEST_CHANNEL_H

#include "ballast/wire.h"

enum ballast_channel_state {
	BALLAST_CHANNEL_WAITING,	/* for the time of the next attempt */
	BALLAST_CHANNEL_CONNECTING,
	BALLAST_CHANNEL_PROVING,	/* hello was said */
	BALLAST_CHANNEL_CONNECTED,
	BALLAST_NR_CHANNEL_STATES,
};

/**
 * struct ballast_channel_status - what there is to see of it
 * @state:     enum ballast_channel_state
 * @refused:   why the host did not want us last, enum ballast_wire_refusal, or 0
 * @config:    in force
 * @connects:  times that the host took us
 * @reports:   sent
 * @early:     of them because of a change
 * @pages:     classes of pages told
 * @rx_bytes:  received
 * @tx_bytes:  sent
 * @cpu_ns:    time spent with all of it
 * @last:      report that was sent last; total_pages is 0 before the first
 */
struct ballast_channel_status {
	u32 state;
	u32 refused;
	struct ballast_wire_config config;
	u64 connects;
	u64 reports;
	u64 early;
	u64 pages;
	u64 rx_bytes;
	u64 tx_bytes;
	u64 cpu_ns;
	struct ballast_wire_report last;
};

int ballast_channel_init(void);
void ballast_channel_exit(void);

void ballast_channel_status(struct ballast_channel_status *status);

/* What the guest's operator allows: the host's wishes are held to these. */
extern unsigned int ballast_report_min_ms;
extern unsigned int ballast_cpu_max_bp;

#endif /* BALLAST_GUEST_CHANNEL_H */
