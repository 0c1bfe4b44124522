/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture of a recording: time to the right, guest memory upwards. */
#ifndef BALLAST_TOOLS_HEAT_DRAW_H
#define BALLAST_TOOLS_HEAT_DRAW_H

#include <stddef.h>

#include "draw.h"
#include "heat_record.h"

/**
 * heat_draw() - draw a recording with at least one sample
 * @title: over it, NULL for the name of the VM
 * @type:  DRAW_FILE_SVG or DRAW_FILE_PNG
 *
 * Return: 0, or a negative errno and a message in @error.
 */
int heat_draw(const struct heat_record *record, const char *path, enum draw_file type,
	      const char *title, int width, int height, char *error, size_t size);

#endif
