/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Colours of heat
 *
 * Lightness rises evenly from cold to hot (OKLCH: 0.17 to 0.95), so the order is
 * seen with any colour vision and on paper; the hue runs from violet over red to
 * yellow. Unknown and hole are greys, which the palette has none of.
 */
#ifndef BALLAST_TOOLS_HEAT_PALETTE_H
#define BALLAST_TOOLS_HEAT_PALETTE_H

#include <stdint.h>

struct heat_color {
	uint8_t r, g, b;
};

/* @value: 0 to HEAT_MAX, HEAT_UNKNOWN, HEAT_HOLE. */
struct heat_color heat_palette(uint8_t value);
/* The nearest of a terminal's 256 colours. */
uint8_t heat_palette_256(uint8_t value);
/* A character where there is no colour. */
char heat_palette_char(uint8_t value);

#endif
