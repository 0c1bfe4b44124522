/* SPDX-License-Identifier: GPL-2.0-only */
/* A picture of what a VM's memory was used for: time to the right, classes stacked. */
#ifndef BALLAST_TOOLS_CLASS_DRAW_H
#define BALLAST_TOOLS_CLASS_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include <linux/ballast.h>

#include "draw.h"

/**
 * struct class_history - what is drawn
 * @vm:      what to call the VM
 * @records: reports, the oldest first
 * @nr:      of them, at least 1
 * @matrix:  now: a bar of levels for each class
 */
struct class_history {
	const char *vm;
	const struct ballast_class_record *records;
	size_t nr;
	const struct ballast_class_matrix *matrix;
};

/**
 * class_draw() - draw it
 * @title: over it, NULL for the name of the VM
 * @type:  DRAW_FILE_SVG or DRAW_FILE_PNG
 *
 * Return: 0, or a negative errno and a message in @error.
 */
int class_draw(const struct class_history *history, const char *path, enum draw_file type,
	       const char *title, int width, int height, char *error, size_t size);

#endif
