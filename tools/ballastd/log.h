/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: an object of JSON per event, or a line of text
 *
 *	log_begin("target", vm, dry_run);
 *	out_u64("to_pages", pages, "balloon target %s", text_mib(pages).s);
 *	log_end(decision);
 */
#ifndef BALLASTD_LOG_H
#define BALLASTD_LOG_H

#include "observe.h"
#include "output.h"

void log_open(bool text);
/* @vm may be NULL: it is about the host. */
void log_begin(const char *event, const struct observed_vm *vm, bool dry_run);
/* With the reasons, if there is a decision. */
void log_end(const struct ballast_sched_decision *d);
/* An event without more than a text. */
void log_text(const char *event, const struct observed_vm *vm, const char *fmt, ...)
	OUT_PRINTF(3, 4);

/**
 * struct log_once - something that may go on being wrong
 * @text: what was said last
 */
struct log_once {
	char text[512];
};

/* Say it if it is another text than before; "" is that all is well again. */
void log_once(struct log_once *once, const char *text);

#endif
