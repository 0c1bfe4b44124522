// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "sched_text.h"

void log_open(bool text)
{
	out_set_name("ballastd");
	out_init(text ? OUT_TEXT : OUT_JSON, stderr);
}

static void print_time(void)
{
	time_t now = time(NULL);
	char stamp[32];

	strftime(stamp, sizeof(stamp), "%FT%TZ", gmtime(&now));
	/* The journal has its own. */
	out_str("time", stamp, "");
}

void log_begin(const char *event, const struct observed_vm *vm, bool dry_run)
{
	out_object(NULL);
	print_time();
	out_str("event", event, "ballastd: %s", dry_run ? "dry run: " : "");
	if (vm) {
		out_str("vm", vm->vm.entry.name, "vm %s: ", vm->vm.label);
		out_str("guest", vm->vm.guest, "");
	}
	if (dry_run)
		out_bool("dry_run", true, "");
}

void log_end(const struct ballast_sched_decision *d)
{
	char text[256];

	if (d) {
		out_array("why");
		for (uint32_t i = 0; i < d->nr_reasons; i++) {
			sched_text_reason(&d->reasons[i], text, sizeof(text));
			out_str(NULL, text, "%s%s", i ? "; " : ": ", text);
		}
		out_end();
	}
	out_text("\n");
	out_end();
	fflush(out_file());
}

void log_text(const char *event, const struct observed_vm *vm, const char *fmt, ...)
{
	char text[640];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_begin(event, vm, false);
	out_str("text", text, "%s", text);
	log_end(NULL);
}

void log_once(struct log_once *once, const char *text)
{
	if (!strcmp(once->text, text))
		return;
	if (*text)
		log_text("error", NULL, "%s", text);
	else
		log_text("recovered", NULL, "well again; it was: %s", once->text);
	snprintf(once->text, sizeof(once->text), "%s", text);
}
