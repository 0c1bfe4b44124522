/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rhythm for verbs that sample a VM again and again
 *
 * From ticker_start() on, SIGINT and SIGTERM end the waiting and nothing else,
 * so what was collected can still be saved; a VMM that ends does so at once.
 */
#ifndef BALLAST_TOOLS_TICKER_H
#define BALLAST_TOOLS_TICKER_H

#include <stdint.h>
#include <sys/types.h>

enum tick {
	TICK_SAMPLE,		/* it is time for the next sample */
	TICK_DONE,		/* that was the last one */
	TICK_INTERRUPTED,	/* SIGINT or SIGTERM */
	TICK_GONE,		/* the process has ended */
};

/**
 * struct ticker - in the rhythm of the clock, whatever the samples take
 * @timer, @signals, @process: what is waited for; @process may be -1
 * @left:  samples to go, 0 for no end
 * @count: samples so far
 * @start_ms: when the first was
 * @last_ms: when the last was
 */
struct ticker {
	int timer;
	int signals;
	int process;
	uint64_t left;
	uint64_t count;
	uint64_t start_ms;
	uint64_t last_ms;
};

/* @count 0: without an end. Return: 0 or a negative errno. */
int ticker_start(struct ticker *ticker, uint64_t interval_ms, uint64_t count, pid_t pid);
/* The first sample comes at once. */
enum tick ticker_wait(struct ticker *ticker);
/* From the first sample to the last. */
uint64_t ticker_elapsed_ms(const struct ticker *ticker);
void ticker_stop(struct ticker *ticker);

#endif
