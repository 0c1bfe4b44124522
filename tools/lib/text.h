/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and strings as people read and write them. */
#ifndef BALLAST_TOOLS_TEXT_H
#define BALLAST_TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for anything the functions below return. */
struct text {
	char s[96];
};

/* "hot" to "cold", "unknown"; enum ballast_level. */
const char *text_level(unsigned int level);
struct text text_mib(uint64_t pages);			/* "512.0 MiB" */
struct text text_size(uint64_t bytes);			/* "4 KiB", "3.2 GiB" */
struct text text_percent(uint64_t part, uint64_t whole);	/* "12.5 %" */
struct text text_bp(uint32_t bp);			/* "0.25 %" */
struct text text_ms(uint64_t ms);			/* "200 ms", "1.5 s" */
struct text text_ns(uint64_t ns);			/* "1.25 ms" */
/* A bar of up to @width columns (at most 30), in eighths where UTF-8 is there. */
struct text text_bar(uint64_t part, uint64_t whole, unsigned int width);

/* The whole of @text as a number from @min to @max; false if it is none. */
bool text_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* Bytes: 4096, 512K, 1.5G; K, M, G and T are powers of 1024. False if it is none. */
bool text_parse_size(const char *text, uint64_t *bytes);
/* Seconds, with a fraction, into ms; from 1 ms to a day. */
bool text_parse_seconds(const char *text, uint64_t *ms);

/* Overwrite what is no valid UTF-8 or no printable character with '?'. */
void text_sanitize(char *text);
/* Columns of a terminal that @text takes, for all but wide characters. */
size_t text_columns(const char *text);
bool text_utf8_terminal(void);

#endif
