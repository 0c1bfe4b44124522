// SPDX-License-Identifier: GPL-2.0-only
/* ballast fit: would one more VM fit? */
#include "cli.h"
#include "fit_print.h"
#include "sched_cli.h"
#include "text.h"

#define PAGE_BYTES	4096

/**
 * struct arguments - of the command line
 * @size:   of the new VM
 * @demand: that it will use of that, or NULL: all
 * @like:   a VM that uses its memory like it, or NULL
 * @config: of the daemon
 * @folder: of its state
 * @shares: of the new VM, 0: as the configuration says
 */
struct arguments {
	const char *size;
	const char *demand;
	const char *like;
	const char *config;
	const char *folder;
	uint64_t shares;
};

static int candidate(const struct arguments *a, const struct sched_round *r, uint64_t size_pages,
		     uint64_t demand_pages, struct ballast_sched_vm *vm)
{
	uint32_t shares = a->shares ? (uint32_t)a->shares :
				      r->observer.config->defaults.shares;
	size_t like = 0;
	int status;

	ballast_sched_candidate(size_pages, demand_pages, shares, vm);
	if (!a->like)
		return OUT_OK;
	status = sched_find(&r->observer, "fit: --like", a->like, &like);
	if (status)
		return status;
	ballast_sched_like(&r->in[like], size_pages, r->observer.host.config, vm);
	if (a->shares)
		vm->shares = shares;
	return OUT_OK;
}

static int run(const struct arguments *a, uint64_t size_pages, uint64_t demand_pages)
{
	struct ballast_sched_vm vm;
	struct daemon_config config;
	struct ballast_sched_fit fit;
	struct sched_round round;
	char error[768];
	int status;

	if (!sched_look(&round, &config, a->config, a->folder, error, sizeof(error)))
		return out_error("%s", error);
	status = candidate(a, &round, size_pages, demand_pages, &vm);
	if (!status) {
		ballast_sched_fit(&round.observer.host, round.in, (u32)round.observer.nr, &vm,
				  round.out, &fit);
		fit_print(&round, &vm, &fit);
		if (fit.verdict == BALLAST_FIT_NO)
			status = FIT_NO;
	}
	sched_round_release(&round);
	daemon_config_release(&config);
	return status;
}

static int fit_verb(int argc, char **argv)
{
	struct arguments a = { .folder = SCHED_STATE_FOLDER };
	const struct option_def options[] = {
		{ 's', "size", OPTION_STRING, &a.size, "SIZE", "of the new VM, like 4G" },
		{ 0, "like", OPTION_STRING, &a.like, "VM",
		  "it will use its memory like this one" },
		{ 0, "demand", OPTION_STRING, &a.demand, "SIZE",
		  "it will use so much; default: all of its memory" },
		{ 0, "shares", OPTION_NUMBER, &a.shares, "N", "of the new VM" },
		{ 'c', "config", OPTION_STRING, &a.config, "FILE",
		  "of ballastd, default " DAEMON_CONFIG_FILE },
		{ 'd', "folder", OPTION_STRING, &a.folder, "DIR",
		  "of ballastd's state, default " SCHED_STATE_FOLDER },
	};
	const struct verb_def verb = {
		.command = "fit",
		.args = "",
		.help = "Would one more VM fit on this host, what would be taken from whom, and at what\n"
			"cost? Exits with 3 if it does not.",
		.options = options,
		.nr = ARRAY_SIZE(options),
	};
	uint64_t size, demand;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status != OPTIONS_GO)
		return status;
	if (!a.size)
		return out_usage("fit: how large? --size like 512M or 4G");
	if (!text_parse_size(a.size, &size) || size < PAGE_BYTES)
		return out_usage("fit: --size %s: wants a size like 512M or 4G", a.size);
	if (a.like && a.demand)
		return out_usage("fit: --like or --demand, one of them");
	demand = size;
	if (a.demand && (!text_parse_size(a.demand, &demand) || demand > size))
		return out_usage("fit: --demand %s: wants a size like 1G, no more than --size",
				 a.demand);
	if (a.shares > BALLAST_ENTITLE_SHARES_MAX)
		return out_usage("fit: --shares: no more than %u", BALLAST_ENTITLE_SHARES_MAX);
	return run(&a, size / PAGE_BYTES, demand / PAGE_BYTES);
}

const struct cli_object fit_object = {
	.name = "fit", .run = fit_verb, .help = "would one more VM fit, and at what cost",
};
