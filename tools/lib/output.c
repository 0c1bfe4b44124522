// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "output.h"
#include "text.h"

#define DEPTH_MAX	8
#define COLUMNS_MAX	20

static struct {
	enum out_mode mode;
	FILE *file;
	struct json_object *stack[DEPTH_MAX];	/* open objects and arrays */
	int depth;
} out;

static const char *program = "ballast";

static struct {
	bool open;
	bool stream;
	bool titled;
	const struct out_column *columns;
	size_t nr;
	size_t cell;		/* next cell of the row, nr: outside of a row */
	int width[COLUMNS_MAX];
	char **cells;		/* of the rows that are not printed yet */
	size_t nr_cells;
	size_t rows;		/* ever */
} table;

void out_init(enum out_mode mode, FILE *file)
{
	if (out.stack[0])
		json_object_put(out.stack[0]);
	memset(&out, 0, sizeof(out));
	out.mode = mode;
	out.file = file;
}

void out_set_name(const char *name)
{
	program = name;
}

void out_set_mode(enum out_mode mode)
{
	if (mode > out.mode)
		out.mode = mode;
}

bool out_is_json(void)
{
	return out.mode != OUT_TEXT;
}

FILE *out_file(void)
{
	return out.file;
}

/* Out of memory ends a command line tool; no caller could do better. */
static void *need(void *p)
{
	if (!p) {
		fprintf(stderr, "%s: out of memory\n", program);
		exit(OUT_ERROR);
	}
	return p;
}

/* --- JSON ---------------------------------------------------------------- */

static void print_document(struct json_object *doc)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= out.mode == OUT_JSON_PRETTY ?
		 JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : JSON_C_TO_STRING_PLAIN;
	fputs(json_object_to_json_string_ext(doc, flags), out.file);
	fputc('\n', out.file);
	fflush(out.file);
}

static void add(const char *key, struct json_object *value)
{
	struct json_object *in;

	if (out.depth == 0)
		return;
	in = out.stack[out.depth - 1];
	if (json_object_is_type(in, json_type_array))
		json_object_array_add(in, value);
	else
		json_object_object_add(in, key, value);
}

static void begin(const char *key, struct json_object *container)
{
	if (out.depth == DEPTH_MAX) {
		fputs("ballast: output nested too deep\n", stderr);
		exit(OUT_ERROR);
	}
	add(key, need(container));
	out.stack[out.depth++] = container;
}

void out_object(const char *key)
{
	if (out_is_json())
		begin(key, json_object_new_object());
}

void out_array(const char *key)
{
	if (out_is_json())
		begin(key, json_object_new_array());
}

void out_end(void)
{
	if (!out_is_json())
		return;
	out.depth--;
	if (out.depth == 0) {
		print_document(out.stack[0]);
		json_object_put(out.stack[0]);
		out.stack[0] = NULL;
	}
}

/* --- one value, both forms ------------------------------------------------ */

static bool in_row(void)
{
	return table.open && table.cell < table.nr;
}

static void text_cell(const char *fmt, va_list args)
{
	char *cell;

	table.cells = need(realloc(table.cells, (table.nr_cells + 1) * sizeof(*table.cells)));
	if (vasprintf(&cell, fmt, args) < 0)
		need(NULL);
	table.cells[table.nr_cells++] = cell;
	table.cell++;
}

static void text_value(const char *fmt, va_list args)
{
	if (in_row() && *fmt)
		text_cell(fmt, args);
	else
		vfprintf(out.file, fmt, args);
}

/* In a row, a value without a key of its own is the next column's. */
static void json_value(const char *key, struct json_object *value)
{
	if (!key && in_row())
		key = table.columns[table.cell++].key;
	add(key, value);
}

#define VALUE(make)				\
	do {					\
		va_list args;			\
						\
		if (out_is_json()) {		\
			json_value(key, make);	\
			break;			\
		}				\
		va_start(args, fmt);		\
		text_value(fmt, args);		\
		va_end(args);			\
	} while (0)

static struct json_object *json_string(const char *value)
{
	struct json_object *string;
	char *clean = need(strdup(value));

	text_sanitize(clean);
	string = need(json_object_new_string(clean));
	free(clean);
	return string;
}

void out_str(const char *key, const char *value, const char *fmt, ...)
{
	VALUE(json_string(value));
}

void out_u64(const char *key, uint64_t value, const char *fmt, ...)
{
	VALUE(need(json_object_new_uint64(value)));
}

void out_i64(const char *key, int64_t value, const char *fmt, ...)
{
	VALUE(need(json_object_new_int64(value)));
}

void out_bool(const char *key, bool value, const char *fmt, ...)
{
	VALUE(need(json_object_new_boolean(value)));
}

void out_null(const char *key, const char *fmt, ...)
{
	VALUE(NULL);
}

void out_text(const char *fmt, ...)
{
	va_list args;

	if (out_is_json())
		return;
	va_start(args, fmt);
	vfprintf(out.file, fmt, args);
	va_end(args);
}

/* --- tables ----------------------------------------------------------------- */

static void open_table(const struct out_column *columns, size_t nr, bool stream)
{
	memset(&table, 0, sizeof(table));
	table.open = true;
	table.stream = stream;
	table.columns = columns;
	table.nr = nr;
	table.cell = nr;
	for (size_t i = 0; i < nr && i < COLUMNS_MAX; i++) {
		int title = (int)strlen(columns[i].title);

		table.width[i] = columns[i].width > title ? columns[i].width : title;
	}
}

void out_table(const char *key, const struct out_column *columns, size_t nr)
{
	out_array(key);
	open_table(columns, nr, false);
}

void out_table_stream(const struct out_column *columns, size_t nr)
{
	open_table(columns, nr, true);
}

static void print_cell(size_t column, const char *text)
{
	int pad = table.width[column] - (int)text_columns(text);
	bool last = column == table.nr - 1;

	if (pad < 0)
		pad = 0;
	if (table.columns[column].right)
		fprintf(out.file, "%*s%s", pad, "", text);
	else
		fprintf(out.file, "%s%*s", text, last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", out.file);
}

static void print_rows(void)
{
	size_t i;

	if (!table.nr_cells)
		return;
	for (i = 0; i < table.nr_cells; i++) {
		int width = (int)text_columns(table.cells[i]);

		if (table.width[i % table.nr] < width)
			table.width[i % table.nr] = width;
	}
	if (!table.titled)
		for (i = 0; i < table.nr; i++)
			print_cell(i, table.columns[i].title);
	table.titled = true;
	for (i = 0; i < table.nr_cells; i++) {
		print_cell(i % table.nr, table.cells[i]);
		free(table.cells[i]);
	}
	free(table.cells);
	table.cells = NULL;
	table.nr_cells = 0;
	fflush(out.file);
}

void out_row(void)
{
	out_object(NULL);
	table.cell = 0;
	table.rows++;
}

void out_row_end(void)
{
	table.cell = table.nr;
	out_end();
	if (table.stream && !out_is_json())
		print_rows();
}

void out_table_end(const char *if_empty)
{
	if (!out_is_json()) {
		print_rows();
		if (!table.rows && if_empty)
			out_text("%s\n", if_empty);
	} else if (!table.stream) {
		out_end();
	}
	table.open = false;
}

/* --- errors ------------------------------------------------------------------- */

static void say_error(const char *fmt, va_list args)
{
	struct json_object *doc;
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		need(NULL);
	if (out_is_json()) {
		/* Half a document is of no use to anyone. */
		out_init(out.mode, out.file);
		doc = need(json_object_new_object());
		json_object_object_add(doc, "error", json_string(text));
		print_document(doc);
		json_object_put(doc);
	} else {
		fflush(out.file);
		fprintf(stderr, "%s: %s\n", program, text);
	}
	free(text);
}

int out_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_error(fmt, args);
	va_end(args);
	return OUT_ERROR;
}

int out_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_error(fmt, args);
	va_end(args);
	return OUT_USAGE;
}

void out_note(const char *fmt, ...)
{
	va_list args;

	if (out_is_json())
		return;
	fflush(out.file);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}
