/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture of a recording: time to the right, guest memory upwards. */
#ifndef BALLAST_TOOLS_HEAT_DRAW_H
#define BALLAST_TOOLS_HEAT_DRAW_H

#include <stddef.h>

#include "heat_record.h"

#define HEAT_DRAW_WIDTH		1000
#define HEAT_DRAW_HEIGHT	600
#define HEAT_DRAW_MIN		300
#define HEAT_DRAW_MAX		8000

enum heat_file {
	HEAT_FILE_NONE,		/* none that we know */
	HEAT_FILE_JSON,
	HEAT_FILE_SVG,
	HEAT_FILE_PNG,
};

enum heat_file heat_file_type(const char *path);

/**
 * heat_draw() - draw a recording with at least one sample
 * @title: over it, NULL for the name of the VM
 * @type:  HEAT_FILE_SVG or HEAT_FILE_PNG
 *
 * Return: 0, or a negative errno and a message in @error.
 */
int heat_draw(const struct heat_record *record, const char *path, enum heat_file type,
	      const char *title, int width, int height, char *error, size_t size);

#endif
