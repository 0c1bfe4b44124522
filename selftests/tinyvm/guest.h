/* SPDX-License-Identifier: GPL-2.0-only */
/* The tiny guest's program and what it shares with the host. */
#ifndef TINYVM_GUEST_H
#define TINYVM_GUEST_H

#include <stdint.h>

/**
 * struct guest_ctl - one vCPU's control page
 * @list:   guest address of the frame numbers, u32 each
 * @count:  of them
 * @flags:  TINYVM_WRITE, TINYVM_FLUSH
 * @left:   rounds to go before the exit, counted down
 * @rounds: rounds done, counted up
 * @stop:   not 0: exit at the end of this round
 */
struct guest_ctl {
	uint64_t list;
	uint32_t count;
	uint32_t flags;
	uint64_t left;
	uint64_t rounds;
	uint32_t stop;
};

#define GUEST_PORT	0x10

extern const uint8_t tinyvm_guest[], tinyvm_guest_end[];

#endif /* TINYVM_GUEST_H */
