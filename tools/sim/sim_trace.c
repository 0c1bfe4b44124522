// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "policy/classes.h"
#include "sim_trace.h"
#include "text.h"

#define VERSION	1

int sim_trace_make(struct sim_trace *trace, uint32_t nr_vms, uint32_t seconds)
{
	trace->nr_vms = nr_vms;
	trace->seconds = seconds;
	trace->vms = calloc(nr_vms, sizeof(*trace->vms));
	trace->samples = calloc((size_t)nr_vms * seconds, sizeof(*trace->samples));
	if (trace->vms && trace->samples)
		return 0;
	sim_trace_release(trace);
	return -ENOMEM;
}

void sim_trace_release(struct sim_trace *trace)
{
	free(trace->vms);
	free(trace->samples);
	*trace = (struct sim_trace) { 0 };
}

/* --- save ------------------------------------------------------------------------------ */

void sim_trace_head(char *text, size_t size, uint64_t total_pages, uint32_t vms, uint32_t seconds)
{
	snprintf(text, size, "{\"ballast_sim\":%d,\"total_pages\":%llu,\"vms\":%u,\"seconds\":%u}",
		 VERSION, (unsigned long long)total_pages, vms, seconds);
}

void sim_trace_put_vm(FILE *file, const struct sim_trace_vm *vm, uint32_t i)
{
	struct json_object *name = json_object_new_string(vm->name);

	fprintf(file, "{\"vm\":%u,\"name\":%s,\"size_pages\":%llu,\"min_pages\":%llu,\"shares\":%u}\n",
		i, json_object_to_json_string(name), (unsigned long long)vm->size_pages,
		(unsigned long long)vm->min_pages, vm->shares);
	json_object_put(name);
}

void sim_trace_put_classes(FILE *file, const uint64_t *class_pages)
{
	const char *comma = "";

	fputs("{", file);
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		if (!class_pages[cls])
			continue;
		fprintf(file, "%s\"%s\":%llu", comma, ballast_class_name(cls),
			(unsigned long long)class_pages[cls]);
		comma = ",";
	}
	fputs("}", file);
}

void sim_trace_put_sample(FILE *file, uint32_t second, uint32_t vm, const struct sim_sample *sample)
{
	fprintf(file, "{\"t\":%u,\"vm\":%u,\"class\":", second, vm);
	sim_trace_put_classes(file, sample->class_pages);
	fprintf(file, ",\"working_set_pages\":%llu",
		(unsigned long long)sample->working_set_pages);
	if (sample->demand_pages)
		fprintf(file, ",\"demand_pages\":%llu", (unsigned long long)sample->demand_pages);
}

int sim_trace_save(const struct sim_trace *trace, const char *path, char *error, size_t size)
{
	FILE *file = fopen(path, "w");
	char head[128];
	bool bad;

	if (!file) {
		snprintf(error, size, "%s: %m", path);
		return -errno;
	}
	sim_trace_head(head, sizeof(head), trace->total_pages, trace->nr_vms, trace->seconds);
	fprintf(file, "%s\n", head);
	for (uint32_t i = 0; i < trace->nr_vms; i++)
		sim_trace_put_vm(file, &trace->vms[i], i);
	for (uint32_t second = 0; second < trace->seconds; second++) {
		for (uint32_t i = 0; i < trace->nr_vms; i++) {
			sim_trace_put_sample(file, second, i, sim_trace_at(trace, second, i));
			fputs("}\n", file);
		}
	}
	bad = ferror(file);
	if (fclose(file) || bad) {
		snprintf(error, size, "%s: cannot write: %m", path);
		return -EIO;
	}
	return 0;
}

/* --- load ------------------------------------------------------------------------------- */

/**
 * struct loader - a file that is being read
 * @trace: what becomes of it
 * @path:  its name
 * @line:  number of the line
 * @seen:  per sample: it was there
 * @error: message, of up to @size bytes
 * @size:  of @error
 */
struct loader {
	struct sim_trace *trace;
	const char *path;
	unsigned int line;
	bool *seen;
	char *error;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static int bad_line(const struct loader *l, const char *fmt, ...)
{
	va_list args;
	int n;

	n = snprintf(l->error, l->size, "%s:%u: ", l->path, l->line);
	if (n < 0 || (size_t)n >= l->size)
		return -EINVAL;
	va_start(args, fmt);
	vsnprintf(l->error + n, l->size - (size_t)n, fmt, args);
	va_end(args);
	return -EINVAL;
}

/* A number from 0 to @max; if @needed is not set it may be missing. */
static int number(const struct loader *l, struct json_object *line, const char *key, uint64_t max,
		  bool needed, uint64_t *value)
{
	struct json_object *found;
	int64_t v;

	if (!json_object_object_get_ex(line, key, &found))
		return needed ? bad_line(l, "no %s", key) : 0;
	if (!json_object_is_type(found, json_type_int))
		return bad_line(l, "%s: not an integer", key);
	v = json_object_get_int64(found);
	if (v < 0 || (uint64_t)v > max)
		return bad_line(l, "%s: not between 0 and %llu", key, (unsigned long long)max);
	*value = (uint64_t)v;
	return 0;
}

static int load_head(struct loader *l, struct json_object *line)
{
	uint64_t version = 0, total = 0, vms = 0, seconds = 0;

	if (number(l, line, "ballast_sim", UINT32_MAX, true, &version) ||
	    number(l, line, "total_pages", SIM_PAGES_MAX, true, &total) ||
	    number(l, line, "vms", SIM_VMS_MAX, true, &vms) ||
	    number(l, line, "seconds", SIM_SECONDS_MAX, true, &seconds))
		return -EINVAL;
	if (version != VERSION)
		return bad_line(l, "version %llu of the format is not known",
				(unsigned long long)version);
	if (!vms || !seconds || !total || vms * seconds > SIM_SAMPLES_MAX)
		return bad_line(l, "no VM, no second, no memory, or too many of them");
	l->seen = calloc(vms * seconds, sizeof(*l->seen));
	if (!l->seen || sim_trace_make(l->trace, (uint32_t)vms, (uint32_t)seconds))
		return bad_line(l, "out of memory");
	l->trace->total_pages = total;
	return 0;
}

static int load_vm(const struct loader *l, struct json_object *line, struct sim_trace_vm *vm)
{
	uint64_t shares = 1000;
	struct json_object *name;

	if (number(l, line, "size_pages", SIM_PAGES_MAX, true, &vm->size_pages) ||
	    number(l, line, "min_pages", vm->size_pages, false, &vm->min_pages) ||
	    number(l, line, "shares", 1u << 20, false, &shares))
		return -EINVAL;
	if (!vm->size_pages)
		return bad_line(l, "size_pages: no memory");
	vm->shares = (uint32_t)shares;
	if (json_object_object_get_ex(line, "name", &name))
		snprintf(vm->name, sizeof(vm->name), "%s", json_object_get_string(name));
	text_sanitize(vm->name);
	return 0;
}

static int load_classes(const struct loader *l, struct json_object *line, uint64_t size_pages,
			struct sim_sample *sample)
{
	struct json_object *classes;
	uint64_t sum = 0;

	if (!json_object_object_get_ex(line, "class", &classes) ||
	    !json_object_is_type(classes, json_type_object))
		return bad_line(l, "no class");
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		if (number(l, classes, ballast_class_name(cls), size_pages, false,
			   &sample->class_pages[cls]))
			return -EINVAL;
		sum += sample->class_pages[cls];
	}
	if (sum > size_pages)
		return bad_line(l, "class: more pages than the VM has");
	return 0;
}

static int load_sample(const struct loader *l, struct json_object *line, uint32_t i)
{
	const struct sim_trace_vm *vm = &l->trace->vms[i];
	struct sim_sample *sample;
	uint64_t t = 0;

	if (!vm->size_pages)
		return bad_line(l, "vm %u is not described above", i);
	if (number(l, line, "t", l->trace->seconds - 1, true, &t))
		return -EINVAL;
	sample = sim_trace_at(l->trace, (uint32_t)t, i);
	*sample = (struct sim_sample) { 0 };
	l->seen[t * l->trace->nr_vms + i] = true;
	if (load_classes(l, line, vm->size_pages, sample))
		return -EINVAL;
	sample->working_set_pages = sample->class_pages[BALLAST_CLASS_ANON_ACTIVE] +
				    sample->class_pages[BALLAST_CLASS_FILE_ACTIVE] +
				    sample->class_pages[BALLAST_CLASS_KERNEL];
	if (number(l, line, "working_set_pages", vm->size_pages, false,
		   &sample->working_set_pages))
		return -EINVAL;
	return number(l, line, "demand_pages", vm->size_pages, false, &sample->demand_pages);
}

static int load_object(struct loader *l, struct json_object *line)
{
	struct json_object *t;
	uint64_t vm = 0;

	if (!l->seen)
		return load_head(l, line);
	if (number(l, line, "vm", l->trace->nr_vms - 1, true, &vm))
		return -EINVAL;
	if (!json_object_object_get_ex(line, "t", &t))
		return load_vm(l, line, &l->trace->vms[vm]);
	return load_sample(l, line, (uint32_t)vm);
}

static int load_line(struct loader *l, const char *text)
{
	struct json_object *line;
	int status;

	if (!text[strspn(text, " \t\r\n")])
		return 0;
	line = json_tokener_parse(text);
	if (!json_object_is_type(line, json_type_object))
		status = bad_line(l, "not a JSON object");
	else
		status = load_object(l, line);
	json_object_put(line);
	return status;
}

/* A second without a sample is like the one before; before the first it is like that. */
static int fill_gaps(const struct loader *l, uint32_t vm)
{
	struct sim_trace *trace = l->trace;
	uint32_t second, first = 0;

	while (first < trace->seconds && !l->seen[(size_t)first * trace->nr_vms + vm])
		first++;
	if (first == trace->seconds)
		return bad_line(l, "vm %u has no sample", vm);
	for (second = 0; second < trace->seconds; second++)
		if (!l->seen[(size_t)second * trace->nr_vms + vm])
			*sim_trace_at(trace, second, vm) =
				*sim_trace_at(trace, second < first ? first : second - 1, vm);
	return 0;
}

static int load_file(struct loader *l, FILE *file)
{
	char *text = NULL;
	size_t size = 0;
	int status = 0;

	while (!status && getline(&text, &size, file) >= 0) {
		l->line++;
		status = load_line(l, text);
	}
	free(text);
	if (!status && ferror(file))
		status = bad_line(l, "cannot read: %m");
	if (!status && !l->seen)
		return bad_line(l, "no trace");
	for (uint32_t i = 0; !status && i < l->trace->nr_vms; i++)
		status = fill_gaps(l, i);
	return status;
}

int sim_trace_load(struct sim_trace *trace, const char *path, char *error, size_t size)
{
	struct loader l = { .trace = trace, .path = path, .error = error, .size = size };
	FILE *file = fopen(path, "r");
	int status;

	*trace = (struct sim_trace) { 0 };
	if (!file) {
		snprintf(error, size, "%s: %m", path);
		return -errno;
	}
	status = load_file(&l, file);
	if (status)
		sim_trace_release(trace);
	free(l.seen);
	fclose(file);
	return status;
}
