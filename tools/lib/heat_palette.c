// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "heat_grid.h"
#include "heat_palette.h"

#define STEPS	10

static const struct heat_color anchors[STEPS + 1] = {
	{ 5, 1, 61 },
	{ 37, 0, 94 },
	{ 77, 0, 114 },
	{ 121, 1, 121 },
	{ 167, 0, 114 },
	{ 211, 17, 93 },
	{ 238, 71, 64 },
	{ 251, 120, 42 },
	{ 252, 166, 69 },
	{ 244, 208, 129 },
	{ 249, 243, 159 },
};

static const struct heat_color unknown = { 158, 164, 170 };
static const struct heat_color hole = { 232, 234, 236 };

static uint8_t mix(uint8_t a, uint8_t b, int part, int whole)
{
	return (uint8_t)(a + (b - a) * part / whole);
}

struct heat_color heat_palette(uint8_t value)
{
	const int step = HEAT_MAX / STEPS;
	int i, part;

	if (value == HEAT_HOLE)
		return hole;
	if (value > HEAT_MAX)
		return unknown;
	i = value / step;
	part = value % step;
	if (i == STEPS)
		return anchors[STEPS];
	return (struct heat_color) {
		mix(anchors[i].r, anchors[i + 1].r, part, step),
		mix(anchors[i].g, anchors[i + 1].g, part, step),
		mix(anchors[i].b, anchors[i + 1].b, part, step),
	};
}

/* Of the six levels of a channel in the colour cube: 0, 95, 135, 175, 215, 255. */
static int cube_level(int channel)
{
	if (channel < 48)
		return 0;
	return channel < 115 ? 1 : (channel - 35) / 40;
}

uint8_t heat_palette_256(uint8_t value)
{
	struct heat_color c = heat_palette(value);

	if (value > HEAT_MAX)
		return (uint8_t)(232 + (c.r - 8) / 10);	/* greys 8, 18 ... 238 */
	return (uint8_t)(16 + 36 * cube_level(c.r) + 6 * cube_level(c.g) + cube_level(c.b));
}

char heat_palette_char(uint8_t value)
{
	static const char ramp[] = ".:-=+*#%@";

	if (value == HEAT_HOLE)
		return '/';
	if (value > HEAT_MAX)
		return '?';
	return ramp[value * (sizeof(ramp) - 2) / HEAT_MAX];
}
