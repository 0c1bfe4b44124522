/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording: the heat of a VM's memory over time, and its file
 *
 * The file is one JSON object; ballast-heat(8) describes it.
 */
#ifndef BALLAST_TOOLS_HEAT_RECORD_H
#define BALLAST_TOOLS_HEAT_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "heat_grid.h"
#include "proc.h"

/**
 * struct heat_sample - a row
 * @t_ms:  since the first sample
 * @pass:  scan passes completed then
 * @cells: heat per column of the grid
 */
struct heat_sample {
	uint64_t t_ms;
	uint64_t pass;
	uint8_t *cells;
};

/**
 * struct heat_record - zero-initialize, fill in, add samples
 * @vm:          name of the folder in sysfs
 * @guest:       its name, or ""
 * @pid:         of the VMM
 * @mem_pages:   guest memory
 * @interval_ms: what was asked for between two samples
 * @start:       time of the first sample
 * @grid:        owned by the record
 */
struct heat_record {
	char vm[BALLAST_NAME_LEN];
	char guest[PROC_NAME_LEN];
	int pid;
	uint64_t mem_pages;
	uint64_t interval_ms;
	time_t start;
	struct heat_grid grid;
	struct heat_sample *samples;
	size_t nr;
};

/* In a file: 0 to 100, -1 unknown, -2 hole. */
int heat_record_value(uint8_t cell);
/* Copies @cells; times that do not rise are made to. 0 or -ENOMEM. */
int heat_record_add(struct heat_record *record, uint64_t t_ms, uint64_t pass,
		    const uint8_t *cells);
void heat_record_release(struct heat_record *record);

/* 0, or a negative errno and a message of up to @size bytes in @error. */
int heat_record_save(const struct heat_record *record, const char *path, char *error,
		     size_t size);
int heat_record_load(struct heat_record *record, const char *path, char *error, size_t size);

#endif
