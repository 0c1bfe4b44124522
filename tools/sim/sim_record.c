// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "policy/classes.h"
#include "sim_record.h"
#include "text.h"

/* Room for any numbers in it. */
#define HEAD_BYTES	128

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_used(unsigned int cls)
{
	return cls != BALLAST_CLASS_FREE && cls != BALLAST_CLASS_BALLOON;
}

/* --- a sample ---------------------------------------------------------------------------- */

static uint64_t take_classes(const struct ballast_sched_vm *in, uint64_t size_pages,
			     struct sim_sample *sample)
{
	uint64_t left = size_pages, used = 0;

	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		uint64_t pages = least(in->class_pages[cls], left);

		sample->class_pages[cls] = pages;
		left -= pages;
		used += is_used(cls) ? pages : 0;
	}
	return used;
}

static uint64_t busy_pages(const struct ballast_sched_vm *in)
{
	uint64_t known = 0, busy = 0;

	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++) {
		for (unsigned int level = 0; level < BALLAST_NR_LEVELS; level++)
			known += in->cell_pages[level][cls];
		if (is_used(cls))
			busy += in->cell_pages[BALLAST_HOT][cls] +
				in->cell_pages[BALLAST_WARM][cls];
	}
	/* Nobody has been asked about pages yet. */
	return known ? busy : in->working_set_pages;
}

void sim_record_sample(const struct ballast_sched_vm *in, uint64_t size_pages,
		       struct sim_sample *sample)
{
	uint64_t used;

	*sample = (struct sim_sample) { 0 };
	if (in->speaks) {
		used = take_classes(in, size_pages, sample);
	} else {
		used = least(in->resident_pages + in->swapped_pages, size_pages);
		sample->class_pages[BALLAST_CLASS_ANON_INACTIVE] = used;
	}
	sample->working_set_pages = least(in->speaks ? busy_pages(in) : in->working_set_pages,
					  used);
}

/* --- lines -------------------------------------------------------------------------------- */

static void put_levels(FILE *file, const struct ballast_sched_vm *in)
{
	fputs(",\"level\":{", file);
	for (unsigned int level = BALLAST_HOT; level >= BALLAST_COLD; level--) {
		fprintf(file, "%s\"%s\":", level < BALLAST_HOT ? "," : "", text_level(level));
		sim_trace_put_classes(file, in->cell_pages[level]);
	}
	fputs("}", file);
}

void sim_record_vm(struct sim_record *record, uint32_t second, uint32_t vm,
		   const struct ballast_sched_vm *in)
{
	struct sim_sample sample;

	sim_record_sample(in, record->vms[vm].size_pages, &sample);
	sim_trace_put_sample(record->file, second, vm, &sample);
	if (in->speaks)
		put_levels(record->file, in);
	fprintf(record->file, ",\"resident_pages\":%llu,\"swapped_pages\":%llu,\"balloon_pages\":%llu}\n",
		(unsigned long long)in->resident_pages, (unsigned long long)in->swapped_pages,
		(unsigned long long)in->balloon_pages);
}

/* --- the file ------------------------------------------------------------------------------ */

static int fail(const struct sim_record *record, char *error, size_t size)
{
	int err = errno ? errno : EIO;

	snprintf(error, size, "%s: cannot write: %s", record->path, strerror(err));
	return -err;
}

/* Always of the same length, so that another one takes its place. */
static int put_head(struct sim_record *record, uint32_t seconds)
{
	char head[HEAD_BYTES + 1];
	size_t len;

	sim_trace_head(head, sizeof(head), record->total_pages, record->nr, seconds);
	len = strlen(head);
	memset(head + len, ' ', HEAD_BYTES - len);
	head[HEAD_BYTES - 1] = '\n';
	rewind(record->file);
	if (fwrite(head, HEAD_BYTES, 1, record->file) != 1 ||
	    fseek(record->file, 0, SEEK_END))
		return -1;
	return 0;
}

int sim_record_start(struct sim_record *record, char *error, size_t size)
{
	record->file = fopen(record->path, "w");
	if (!record->file) {
		snprintf(error, size, "%s: %m", record->path);
		return -errno;
	}
	errno = 0;
	if (put_head(record, 1)) {
		int ret = fail(record, error, size);

		sim_record_end(record);
		return ret;
	}
	for (uint32_t i = 0; i < record->nr; i++)
		sim_trace_put_vm(record->file, &record->vms[i], i);
	return 0;
}

int sim_record_second(struct sim_record *record, uint32_t second, char *error, size_t size)
{
	errno = 0;
	/* First what it is the length of. */
	if (fflush(record->file) || put_head(record, second + 1) || fflush(record->file) ||
	    ferror(record->file))
		return fail(record, error, size);
	return 0;
}

void sim_record_end(struct sim_record *record)
{
	if (record->file)
		fclose(record->file);
	record->file = NULL;
}
