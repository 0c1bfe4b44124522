// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static const char usage[] =
	"usage: workload [OPTIONS]\n"
	"\n"
	"Touches sets of pages, each with its own period, until the time is up or a signal\n"
	"comes (SIGINT, SIGTERM), and checks what is in them. A mismatch is said, and the\n"
	"exit status is 1.\n"
	"\n"
	"  --hot MIB:MS     so much memory, touched every so many milliseconds\n"
	"  --warm MIB:MS    the same\n"
	"  --cold MIB[:MS]  the same; without a period it is written once\n"
	"  --cache MIB:MS   a file of this size, read as often\n"
	"  --file PATH      that file, default /tmp/workload.cache; in memory (tmpfs, ramfs)\n"
	"  --seconds N      how long; default: until a signal\n"
	"  --shuffle SEED   scatter hot, warm and cold over all of their memory: by pages,\n"
	"                   with --pages huge by 2 MiB blocks\n"
	"  --pages KIND     small (default): no huge pages; huge: ask for them\n"
	"  --unlocked       do not lock the memory: the kernel may move it\n"
	"  --phase N        every N seconds hot pages become cold and as many cold ones hot;\n"
	"                   SIGUSR1 does it at any time\n"
	"  --truth FILE     write there which guest frames each set lies in (needs root):\n"
	"                   lines \"SET FRAME COUNT\", again when that changes\n"
	"  --report N       a line of figures every N seconds; default: at the end only\n"
	"  --verify N       look at every word of all memory every N seconds; default: at\n"
	"                   the end only\n";

enum {
	OPT_FILE = NR_SETS,
	OPT_SECONDS,
	OPT_SHUFFLE,
	OPT_PAGES,
	OPT_UNLOCKED,
	OPT_PHASE,
	OPT_TRUTH,
	OPT_REPORT,
	OPT_VERIFY,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "hot", required_argument, NULL, HOT },
	{ "warm", required_argument, NULL, WARM },
	{ "cold", required_argument, NULL, COLD },
	{ "cache", required_argument, NULL, CACHE },
	{ "file", required_argument, NULL, OPT_FILE },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "shuffle", required_argument, NULL, OPT_SHUFFLE },
	{ "pages", required_argument, NULL, OPT_PAGES },
	{ "unlocked", no_argument, NULL, OPT_UNLOCKED },
	{ "phase", required_argument, NULL, OPT_PHASE },
	{ "truth", required_argument, NULL, OPT_TRUTH },
	{ "report", required_argument, NULL, OPT_REPORT },
	{ "verify", required_argument, NULL, OPT_VERIFY },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static uint64_t number(const char *option, const char *text, char stop, char **end)
{
	uint64_t value;
	char *rest;

	errno = 0;
	value = strtoull(text, &rest, 10);
	if (errno || rest == text || *text == '-' || (*rest && *rest != stop) || value > 1u << 30)
		errx(2, "--%s %s: not a number up to 2^30", option, text);
	if (end)
		*end = rest;
	return value;
}

static void parse_set(struct options *options, enum set set, const char *text)
{
	const char *name = set_names[set];
	char *rest;

	options->pages[set] = number(name, text, ':', &rest) * PAGES_PER_MIB;
	if (*rest)
		options->period_ms[set] = number(name, rest + 1, 0, NULL);
	if (set != COLD && !options->period_ms[set])
		errx(2, "--%s %s: MIB:MS, how often is it touched?", name, text);
}

static void parse_pages(struct options *options, const char *text)
{
	options->huge = !strcmp(text, "huge");
	if (!options->huge && strcmp(text, "small"))
		errx(2, "--pages %s: small or huge", text);
}

static void parse_one(struct options *options, int option)
{
	switch (option) {
	case HOT ... CACHE:
		parse_set(options, (enum set)option, optarg);
		break;
	case OPT_FILE:
		options->cache_file = optarg;
		break;
	case OPT_SECONDS:
		options->seconds = number("seconds", optarg, 0, NULL);
		break;
	case OPT_SHUFFLE:
		options->shuffle = true;
		options->seed = number("shuffle", optarg, 0, NULL);
		break;
	case OPT_PAGES:
		parse_pages(options, optarg);
		break;
	case OPT_UNLOCKED:
		options->unlocked = true;
		break;
	case OPT_PHASE:
		options->phase_s = number("phase", optarg, 0, NULL);
		break;
	case OPT_TRUTH:
		options->truth = optarg;
		break;
	case OPT_REPORT:
		options->report_s = number("report", optarg, 0, NULL);
		break;
	case OPT_VERIFY:
		options->verify_s = number("verify", optarg, 0, NULL);
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs("see workload --help\n", stderr);
		exit(2);
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	const size_t pages_per_block = BLOCK / PAGE;
	int option;

	*options = (struct options){ .cache_file = "/tmp/workload.cache" };
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		parse_one(options, option);
	if (optind < argc)
		errx(2, "%s: no such option, see workload --help", argv[optind]);
	if (!options->pages[HOT] && !options->pages[WARM] && !options->pages[COLD])
		errx(2, "no memory: --hot, --warm or --cold, see workload --help");
	for (enum set set = HOT; options->huge && set <= COLD; set++)
		if (options->pages[set] % pages_per_block)
			errx(2, "--%s with --pages huge: an even number of MiB", set_names[set]);
}
