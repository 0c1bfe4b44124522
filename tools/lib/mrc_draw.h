/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture of a miss-rate curve: size of memory to the right, misses upwards. */
#ifndef BALLAST_TOOLS_MRC_DRAW_H
#define BALLAST_TOOLS_MRC_DRAW_H

#include "draw.h"
#include "mrc_view.h"

/**
 * mrc_draw() - draw a curve
 * @view:  that has one
 * @vm:    what to call the VM
 * @type:  DRAW_FILE_SVG or DRAW_FILE_PNG
 * @title: over it, NULL for the name of the VM
 *
 * Return: 0, or a negative errno and a message in @error.
 */
int mrc_draw(const struct mrc_view *view, const char *vm, const char *path, enum draw_file type,
	     const char *title, int width, int height, char *error, size_t size);

#endif
