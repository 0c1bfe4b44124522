/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One output layer for text and JSON
 *
 * Every value is printed by one call that has both forms: a key and a value for
 * JSON, a format for text. What has no text form gets "" as its format, what is
 * text only (titles, units, bars) goes through out_text().
 *
 * A JSON document is printed when its outermost object or array ends, so an
 * error in between leaves one error object and not half a document. Documents
 * that follow each other come one per line (pretty: one after the other).
 */
#ifndef BALLAST_TOOLS_OUTPUT_H
#define BALLAST_TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum out_mode {
	OUT_TEXT,
	OUT_JSON,
	OUT_JSON_PRETTY,
};

/* Exit codes of the tools. */
enum {
	OUT_OK,
	OUT_ERROR,
	OUT_USAGE,
};

#define OUT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/**
 * struct out_column - a column of a table
 * @key:   of its value in JSON
 * @title: above it in text
 * @width: at least so wide; the table is as wide as its widest cell anyway
 * @right: align to the right (numbers)
 */
struct out_column {
	const char *key;
	const char *title;
	int width;
	bool right;
};

void out_init(enum out_mode mode, FILE *file);
/* The program's, in front of errors; "ballast" without that. */
void out_set_name(const char *name);
void out_set_mode(enum out_mode mode);
bool out_is_json(void);
FILE *out_file(void);

/* @key is NULL at the top and in arrays. */
void out_object(const char *key);
void out_array(const char *key);
void out_end(void);

void out_str(const char *key, const char *value, const char *fmt, ...) OUT_PRINTF(3, 4);
void out_u64(const char *key, uint64_t value, const char *fmt, ...) OUT_PRINTF(3, 4);
void out_i64(const char *key, int64_t value, const char *fmt, ...) OUT_PRINTF(3, 4);
void out_bool(const char *key, bool value, const char *fmt, ...) OUT_PRINTF(3, 4);
void out_null(const char *key, const char *fmt, ...) OUT_PRINTF(2, 3);
void out_text(const char *fmt, ...) OUT_PRINTF(1, 2);

/*
 * A table is an array of objects in JSON. Cells are printed by the calls above,
 * with a NULL key: the column has it. A streamed table prints each row at once,
 * and is one JSON document per row.
 */
void out_table(const char *key, const struct out_column *columns, size_t nr);
void out_table_stream(const struct out_column *columns, size_t nr);
void out_row(void);
void out_row_end(void);
/* @if_empty: said in text for a table without rows, may be NULL. */
void out_table_end(const char *if_empty);

/*
 * "ballast: TEXT" on stderr, or {"error": TEXT} as the document. Return the exit
 * code, so that a verb can end with one of them.
 */
int out_error(const char *fmt, ...) OUT_PRINTF(1, 2);
int out_usage(const char *fmt, ...) OUT_PRINTF(1, 2);
/* For people at a terminal: stderr, nothing in JSON. */
void out_note(const char *fmt, ...) OUT_PRINTF(1, 2);

#endif
