// SPDX-License-Identifier: GPL-2.0-only
/* ballast vm set: how a VM is scanned, and its guest asked. */
#include <limits.h>

#include "knobs.h"

static const struct knob knobs[] = {
	{ "period_min_ms", "period_min_ms", "10 to period_max_ms", 10, 3600000, NULL },
	{ "period_max_ms", "period_max_ms", "period_min_ms to 3600000", 10, 3600000, NULL },
	{ "budget_bp", "budget_bp", "1 to 10000 (100 is 1 % of a core)", 1, 10000, NULL },
	{ "mode", "mode", "auto or manual", .words = "auto|manual" },
	{ "calibrate_s", "calibrate_s", "seconds, 0 for never", 0, UINT_MAX, NULL },
	{ "report_ms", "guest/report_ms", "100 to 600000", 100, 600000, NULL },
	{ "round_ms", "guest/round_ms", "250 to 600000, 0 for never", 0, 600000, NULL },
	{ "error_bp", "guest/error_bp", "50 to 5000 (100 is 1 % of memory)", 50, 5000, NULL },
};

int vm_set(int argc, char **argv)
{
	static const struct knobs_def def = {
		.command = "vm set",
		.help = "Set knobs: period_min_ms, period_max_ms, budget_bp, mode, calibrate_s,\n"
			"report_ms, round_ms, error_bp. All of them are set, or none.",
		.knobs = knobs,
		.nr = ARRAY_SIZE(knobs),
	};

	return knobs_verb(argc, argv, &def);
}
