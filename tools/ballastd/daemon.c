// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "act.h"

/* In an interval. */
#define WATCHES		8
#define WATCH_MIN_MS	50
/* Without udev, a new VM is attached after so long. */
#define ATTACH_MS	10000

/* --- configuration ------------------------------------------------------------------------ */

/* Observer and config point at each other's memory: it stays where it is. */
static void reload(struct daemon *d)
{
	char error[768];
	struct daemon_config fresh;
	const char *path = d->options->config ? d->options->config : DAEMON_CONFIG_FILE;

	if (daemon_config_load(&fresh, d->options->config, error, sizeof(error))) {
		log_text("config", NULL, "%s; the old configuration stays in force", error);
		return;
	}
	/* Limits are not lifted because a file is just being moved about. */
	if (d->config.from_file && !fresh.from_file) {
		daemon_config_release(&fresh);
		log_text("config", NULL,
			 "%s: there is none any more; the old configuration stays in force until a restart",
			 path);
		return;
	}
	daemon_config_release(&d->config);
	d->config = fresh;
	log_text("config", NULL, fresh.from_file ? "%s: read again" : "%s: there is none, defaults",
		 path);
}

/* --- a round ---------------------------------------------------------------------------- */

static void write_state(struct daemon *d)
{
	char error[512] = "";

	d->state.time_ms = sched_state_clock_ms();
	d->state.interval_ms = d->config.interval_ms;
	d->state.pid = (uint32_t)getpid();
	d->state.dry_run = d->options->dry_run;
	sched_state_save(&d->state, d->options->folder, error, sizeof(error));
	log_once(&d->writing, error);
}

/* All files of all processes are looked at. */
static void attach_now_and_then(struct daemon *d)
{
	uint64_t now_ms = observer_clock_ms();

	if (d->attach_ms && now_ms - d->attach_ms < ATTACH_MS)
		return;
	d->attach_ms = now_ms;
	act_attach_all(d);
}

static void note_time(struct daemon *d)
{
	uint64_t now_ms = observer_clock_ms(), since_ms = now_ms - d->round_ms;
	uint64_t interval_ms = d->config.interval_ms;

	d->since_ms = d->round_ms && since_ms < interval_ms ? since_ms : interval_ms;
	d->round_ms = now_ms;
}

/* What was known stays known while the module is away, for this daemon and the next. */
static int one_round(struct daemon *d)
{
	struct observer *o = &d->round.observer;
	struct sched_state state;
	int ret;

	note_time(d);
	if (d->config.attach_all && !d->options->dry_run)
		attach_now_and_then(d);
	ret = sched_round_run(&d->round, observer_clock_ms());
	log_once(&d->trouble, ret ? o->error : "");
	snprintf(d->state.error, sizeof(d->state.error), "%s", ret ? o->error : "");
	if (!ret) {
		act_on_round(d);
		if (!sched_round_state(&d->round, &state)) {
			sched_state_release(&d->state);
			d->state = state;
		}
	}
	write_state(d);
	return ret;
}

/* --- the loop ----------------------------------------------------------------------------- */

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* How often the host's memory is looked at. */
static uint64_t watch_ms(const struct daemon *d)
{
	uint64_t ms = d->config.interval_ms / WATCHES;

	return ms < WATCH_MIN_MS ? WATCH_MIN_MS : ms;
}

static int set_timer(int timer, uint64_t interval_ms)
{
	const struct timespec interval = {
		.tv_sec = (time_t)(interval_ms / 1000),
		.tv_nsec = (long)(interval_ms % 1000 * 1000000),
	};
	const struct itimerspec spec = { .it_interval = interval, .it_value.tv_nsec = 1 };

	return timerfd_settime(timer, 0, &spec, NULL);
}

/*
 * A round, when it is time, or at once when memory runs out faster than that, or a guest has
 * some to return.
 */
static bool is_due(struct daemon *d)
{
	uint64_t since_ms = observer_clock_ms() - d->round_ms;

	return !d->round_ms || since_ms + watch_ms(d) / 2 >= d->config.interval_ms ||
	       observer_worse(&d->round.observer) || observer_freed(&d->round.observer);
}

/* The first one comes at once. False: a signal says to end. */
static bool wait_for_tick(struct daemon *d, int timer, int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = timer, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	uint64_t expired;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return false;
		if (fds[0].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (info.ssi_signo != SIGHUP)
				return false;
			reload(d);
			set_timer(timer, watch_ms(d));
		} else if (fds[1].revents) {
			/* Those that were missed are missed. */
			return read(timer, &expired, sizeof(expired)) == sizeof(expired);
		}
	}
}

static int loop(struct daemon *d)
{
	int signals = open_signals(), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (signals < 0 || timer < 0 || set_timer(timer, watch_ms(d)))
		return out_error("cannot set a timer: %s", strerror(errno));
	while (wait_for_tick(d, timer, signals))
		if (is_due(d))
			one_round(d);
	log_text("end", NULL, "ends; balloon targets stay as they are (ballastd --release takes them back)");
	close(signals);
	close(timer);
	return OUT_OK;
}

/* --- start ------------------------------------------------------------------------------- */

static int take_lock(struct daemon *d)
{
	const char *folder = d->options->folder;
	uint32_t pid;

	if (mkdir(folder, 0755) && errno != EEXIST)
		return out_error("%s: cannot create the folder of the state: %s%s", folder,
				 strerror(errno), errno == EACCES ? ": run as root" : "");
	d->lock = sched_state_lock(folder, &pid);
	if (d->lock == -EBUSY)
		return out_error("another ballastd runs, pid %u: stop it first (systemctl stop ballastd)",
				 pid);
	if (d->lock < 0)
		return out_error("%s/ballastd.lock: cannot lock: %s%s", folder,
				 strerror(-d->lock), d->lock == -EACCES ? ": run as root" : "");
	return OUT_OK;
}

static void resume(struct daemon *d)
{
	struct sched_state old;
	char error[768];
	int ret;

	ret = sched_state_load(&old, d->options->folder, error, sizeof(error));
	if (ret == -ENOENT)
		return;
	if (ret) {
		log_text("resume", NULL, "%s; beginning afresh", error);
		return;
	}
	sched_round_resume(&d->round, &old, observer_clock_ms());
	d->state = old;
	log_text("resume", NULL, "goes on from the state of ballastd %u, %zu VMs", old.pid, old.nr);
}

static int work(struct daemon *d)
{
	if (d->options->release) {
		if (act_release(d))
			return out_error("%s", d->round.client.error);
		return OUT_OK;
	}
	resume(d);
	if (d->options->once)
		return one_round(d) ? OUT_ERROR : OUT_OK;
	return loop(d);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon d = { .options = options, .lock = -1 };
	char error[768];
	int status;

	if (daemon_config_load(&d.config, options->config, error, sizeof(error)))
		return out_error("%s", error);
	if (options->check) {
		daemon_config_release(&d.config);
		return OUT_OK;
	}
	status = take_lock(&d);
	if (!status) {
		sched_round_init(&d.round, &d.config);
		status = work(&d);
		sched_round_release(&d.round);
		sched_state_release(&d.state);
		close(d.lock);
	}
	daemon_config_release(&d.config);
	return status;
}
