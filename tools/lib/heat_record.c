// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "heat_record.h"
#include "text.h"

#define FORMAT		"ballast-heat"
#define FORMAT_VERSION	1
/* In the file, where only numbers up to HEAT_MAX are heat. */
#define FILE_UNKNOWN	(-1)
#define FILE_HOLE	(-2)

int heat_record_add(struct heat_record *record, uint64_t t_ms, uint64_t pass,
		    const uint8_t *cells)
{
	struct heat_sample *samples, *sample;

	if (record->nr && t_ms <= record->samples[record->nr - 1].t_ms)
		t_ms = record->samples[record->nr - 1].t_ms + 1;
	samples = realloc(record->samples, (record->nr + 1) * sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	record->samples = samples;
	sample = &samples[record->nr];
	*sample = (struct heat_sample) { t_ms, pass, malloc(record->grid.nr + 1) };
	if (!sample->cells)
		return -ENOMEM;
	memcpy(sample->cells, cells, record->grid.nr);
	record->nr++;
	return 0;
}

void heat_record_release(struct heat_record *record)
{
	for (size_t i = 0; i < record->nr; i++)
		free(record->samples[i].cells);
	free(record->samples);
	heat_grid_release(&record->grid);
	memset(record, 0, sizeof(*record));
}

int heat_record_value(uint8_t cell)
{
	if (cell == HEAT_HOLE)
		return FILE_HOLE;
	return cell > HEAT_MAX ? FILE_UNKNOWN : cell;
}

/* --- save ------------------------------------------------------------------------ */

/* A row at a time: as one tree in memory, a recording is a hundred times larger. */
static void write_string(FILE *file, const char *key, const char *value)
{
	struct json_object *string = json_object_new_string(value);

	fprintf(file, "\"%s\":%s,\n", key,
		string ? json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE) :
			 "\"\"");
	json_object_put(string);
}

static void write_head(FILE *file, const struct heat_record *r)
{
	char start[32];
	struct tm tm;

	gmtime_r(&r->start, &tm);
	strftime(start, sizeof(start), "%FT%TZ", &tm);
	fprintf(file, "{\"format\":\"%s\",\"version\":%d,\n", FORMAT, FORMAT_VERSION);
	write_string(file, "vm", r->vm);
	write_string(file, "guest", r->guest);
	write_string(file, "start", start);
	fprintf(file, "\"pid\":%d,\n\"mem_pages\":%llu,\n\"interval_ms\":%llu,\n", r->pid,
		(unsigned long long)r->mem_pages, (unsigned long long)r->interval_ms);
}

static void write_columns(FILE *file, const struct heat_grid *grid)
{
	fputs("\"columns\":[", file);
	for (size_t i = 0; i < grid->nr; i++) {
		const struct heat_column *c = &grid->columns[i];

		fprintf(file, "%s{\"gfn\":%llu,\"pages\":%llu%s}", i ? ",\n" : "\n",
			(unsigned long long)c->block * HEAT_BLOCK_PAGES,
			(unsigned long long)c->nr * HEAT_BLOCK_PAGES,
			c->gap ? ",\"gap\":true" : "");
	}
	fputs("],\n", file);
}

static void write_sample(FILE *file, const struct heat_sample *sample, size_t columns)
{
	fprintf(file, "{\"t_ms\":%llu,\"pass\":%llu,\"heat\":[",
		(unsigned long long)sample->t_ms, (unsigned long long)sample->pass);
	for (size_t i = 0; i < columns; i++)
		fprintf(file, "%s%d", i ? "," : "", heat_record_value(sample->cells[i]));
	fputs("]}", file);
}

int heat_record_save(const struct heat_record *record, const char *path, char *error,
		     size_t size)
{
	FILE *file = fopen(path, "we");
	int err;

	if (!file) {
		err = errno;
		snprintf(error, size, "%s: cannot create: %s", path, strerror(err));
		return -err;
	}
	write_head(file, record);
	write_columns(file, &record->grid);
	fputs("\"samples\":[\n", file);
	for (size_t i = 0; i < record->nr; i++) {
		write_sample(file, &record->samples[i], record->grid.nr);
		fputs(i + 1 < record->nr ? ",\n" : "\n", file);
	}
	fputs("]}\n", file);
	err = ferror(file) ? EIO : 0;
	if (fclose(file))
		err = errno;
	if (err)
		snprintf(error, size, "%s: cannot write: %s", path, strerror(err));
	return -err;
}

/* --- load ------------------------------------------------------------------------- */

static struct json_object *member(struct json_object *in, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_object_get_ex(in, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

/* The number at @key, from 0 to @max; false if there is no such number. */
static bool number(struct json_object *in, const char *key, uint64_t max, uint64_t *value)
{
	struct json_object *found = member(in, key, json_type_int);

	if (!found || json_object_get_int64(found) < 0)
		return false;
	*value = json_object_get_uint64(found);
	return *value <= max;
}

static void string(struct json_object *in, const char *key, char *value, size_t size)
{
	struct json_object *found = member(in, key, json_type_string);

	snprintf(value, size, "%s", found ? json_object_get_string(found) : "");
	text_sanitize(value);
}

static const char *load_head(struct heat_record *r, struct json_object *doc)
{
	char format[sizeof(FORMAT) + 1], start[32];
	struct tm tm = { 0 };
	uint64_t n;

	string(doc, "format", format, sizeof(format));
	if (strcmp(format, FORMAT))
		return "not a recording of ballast heat record";
	if (!number(doc, "version", FORMAT_VERSION, &n))
		return "a recording of a newer version of ballast";
	string(doc, "vm", r->vm, sizeof(r->vm));
	string(doc, "guest", r->guest, sizeof(r->guest));
	string(doc, "start", start, sizeof(start));
	if (!strptime(start, "%FT%TZ", &tm))
		return "no time of its start";
	r->start = timegm(&tm);
	if (!number(doc, "pid", INT_MAX, &n) ||
	    !number(doc, "mem_pages", UINT64_MAX, &r->mem_pages) ||
	    !number(doc, "interval_ms", UINT64_MAX, &r->interval_ms))
		return "no pid, mem_pages or interval_ms";
	r->pid = (int)n;
	return NULL;
}

static const char *load_columns(struct heat_grid *grid, struct json_object *doc)
{
	struct json_object *columns = member(doc, "columns", json_type_array);
	size_t nr = columns ? json_object_array_length(columns) : 0;
	uint64_t gfn, pages, end = 0;

	if (!nr)
		return "no columns";
	grid->columns = calloc(nr, sizeof(*grid->columns));
	if (!grid->columns)
		return "out of memory";
	for (; grid->nr < nr; grid->nr++) {
		struct json_object *column = json_object_array_get_idx(columns, grid->nr);
		struct json_object *gap = member(column, "gap", json_type_boolean);

		if (!number(column, "gfn", 1ull << 52, &gfn) ||
		    !number(column, "pages", 1ull << 52, &pages) ||
		    (grid->nr && gfn != end) || !pages ||
		    gfn % HEAT_BLOCK_PAGES || pages % HEAT_BLOCK_PAGES)
			return "columns that do not follow each other";
		end = gfn + pages;
		grid->columns[grid->nr] = (struct heat_column) {
			.block = gfn / HEAT_BLOCK_PAGES,
			.nr = pages / HEAT_BLOCK_PAGES,
			.gap = gap && json_object_get_boolean(gap),
		};
	}
	return NULL;
}

static bool load_cell(struct json_object *value, uint8_t *cell)
{
	int n = json_object_get_int(value);

	if (!json_object_is_type(value, json_type_int) || n < FILE_HOLE || n > HEAT_MAX)
		return false;
	*cell = n == FILE_HOLE ? HEAT_HOLE : n == FILE_UNKNOWN ? HEAT_UNKNOWN : (uint8_t)n;
	return true;
}

static const char *load_sample(struct heat_record *r, struct json_object *sample,
			       uint8_t *cells)
{
	struct json_object *heat = member(sample, "heat", json_type_array);
	uint64_t t_ms, pass;

	if (!heat || json_object_array_length(heat) != r->grid.nr)
		return "a sample whose heat is not one value per column";
	if (!number(sample, "t_ms", UINT64_MAX, &t_ms) ||
	    !number(sample, "pass", UINT64_MAX, &pass) ||
	    (r->nr && t_ms <= r->samples[r->nr - 1].t_ms))
		return "a sample without time or pass, or out of order";
	for (size_t i = 0; i < r->grid.nr; i++)
		if (!load_cell(json_object_array_get_idx(heat, i), &cells[i]))
			return "heat that is not -2 to 100";
	return heat_record_add(r, t_ms, pass, cells) ? "out of memory" : NULL;
}

static const char *load(struct heat_record *r, struct json_object *doc)
{
	struct json_object *samples;
	const char *wrong;
	uint8_t *cells;

	wrong = load_head(r, doc);
	if (!wrong)
		wrong = load_columns(&r->grid, doc);
	if (wrong)
		return wrong;
	samples = member(doc, "samples", json_type_array);
	if (!samples || !json_object_array_length(samples))
		return "no samples";
	cells = malloc(r->grid.nr);
	if (!cells)
		return "out of memory";
	for (size_t i = 0; !wrong && i < json_object_array_length(samples); i++)
		wrong = load_sample(r, json_object_array_get_idx(samples, i), cells);
	free(cells);
	return wrong;
}

int heat_record_load(struct heat_record *record, const char *path, char *error, size_t size)
{
	struct json_object *doc;
	const char *wrong;
	FILE *file;

	memset(record, 0, sizeof(*record));
	file = fopen(path, "re");
	if (!file) {
		snprintf(error, size, "%s: cannot open: %s", path, strerror(errno));
		return -ENOENT;
	}
	doc = json_object_from_fd_ex(fileno(file), -1);
	fclose(file);
	wrong = doc ? load(record, doc) : "not JSON";
	json_object_put(doc);
	if (!wrong)
		return 0;
	snprintf(error, size, "%s: %s", path, wrong);
	heat_record_release(record);
	return -EINVAL;
}
