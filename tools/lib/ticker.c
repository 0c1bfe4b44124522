// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ticker.h"

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t ticker_elapsed_ms(const struct ticker *ticker)
{
	return ticker->last_ms - ticker->start_ms;
}

int ticker_start(struct ticker *ticker, uint64_t interval_ms, uint64_t count, pid_t pid)
{
	const struct timespec interval = {
		.tv_sec = (time_t)(interval_ms / 1000),
		.tv_nsec = (long)(interval_ms % 1000 * 1000000),
	};
	const struct itimerspec spec = {
		.it_interval = interval,
		.it_value.tv_nsec = 1,
	};

	memset(ticker, 0, sizeof(*ticker));
	ticker->left = count;
	ticker->signals = open_signals();
	ticker->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	/* Without it, the next sample tells that the VM has gone. */
	ticker->process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (ticker->signals < 0 || ticker->timer < 0 ||
	    timerfd_settime(ticker->timer, 0, &spec, NULL)) {
		int err = errno;

		ticker_stop(ticker);
		return -err;
	}
	return 0;
}

enum tick ticker_wait(struct ticker *ticker)
{
	struct pollfd fds[] = {
		{ .fd = ticker->signals, .events = POLLIN },
		{ .fd = ticker->process, .events = POLLIN },
		{ .fd = ticker->timer, .events = POLLIN },
	};
	uint64_t expired;

	if (ticker->count && ticker->count == ticker->left)
		return TICK_DONE;
	while (poll(fds, 3, -1) < 0)
		if (errno != EINTR)
			return TICK_INTERRUPTED;
	if (fds[0].revents)
		return TICK_INTERRUPTED;
	if (fds[1].revents)
		return TICK_GONE;
	/* Intervals that were missed are missed. */
	if (read(ticker->timer, &expired, sizeof(expired)) < 0)
		return TICK_INTERRUPTED;
	ticker->last_ms = now_ms();
	if (!ticker->count)
		ticker->start_ms = ticker->last_ms;
	ticker->count++;
	return TICK_SAMPLE;
}

void ticker_stop(struct ticker *ticker)
{
	int fds[] = { ticker->timer, ticker->signals, ticker->process };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	ticker->timer = ticker->signals = ticker->process = -1;
}
