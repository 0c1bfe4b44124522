/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures that tests have drawn. */
#ifndef BALLAST_TOOLS_PIXELS_H
#define BALLAST_TOOLS_PIXELS_H

#include <stdint.h>

#include <cairo.h>

/* A file in the case's folder; valid until the next call. */
const char *test_path(const char *name);
/* 0xRRGGBB. */
uint32_t test_pixel(cairo_surface_t *image, int x, int y);

#endif
