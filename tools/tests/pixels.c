// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "pixels.h"
#include "test.h"

const char *test_path(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

uint32_t test_pixel(cairo_surface_t *image, int x, int y)
{
	const unsigned char *data = cairo_image_surface_get_data(image);
	uint32_t pixel;

	memcpy(&pixel, data + (ptrdiff_t)y * cairo_image_surface_get_stride(image) + 4 * x, 4);
	return pixel & 0xffffff;
}
