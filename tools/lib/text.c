// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ballast.h>

#include "text.h"

#define BAR_MAX		30
#define DAY_S		86400.0

struct text text_mib(uint64_t pages)
{
	struct text t;

	snprintf(t.s, sizeof(t.s), "%.1f MiB", (double)pages / 256);
	return t;
}

struct text text_size(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;
	struct text t;

	while (value >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	snprintf(t.s, sizeof(t.s), "%.*f %s", value == floor(value) ? 0 : 1, value, units[unit]);
	return t;
}

struct text text_percent(uint64_t part, uint64_t whole)
{
	struct text t;

	snprintf(t.s, sizeof(t.s), "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
	return t;
}

struct text text_bp(uint32_t bp)
{
	struct text t;

	snprintf(t.s, sizeof(t.s), "%u.%02u %%", bp / 100, bp % 100);
	return t;
}

struct text text_ms(uint64_t ms)
{
	struct text t;

	if (ms < 1000)
		snprintf(t.s, sizeof(t.s), "%llu ms", (unsigned long long)ms);
	else
		snprintf(t.s, sizeof(t.s), "%.4g s", (double)ms / 1000);
	return t;
}

const char *text_level(unsigned int level)
{
	static const char *const names[BALLAST_NR_LEVELS] = {
		[BALLAST_UNKNOWN] = "unknown", [BALLAST_COLD] = "cold", [BALLAST_COOL] = "cool",
		[BALLAST_WARM] = "warm", [BALLAST_HOT] = "hot",
	};

	return level < BALLAST_NR_LEVELS ? names[level] : "?";
}

struct text text_ns(uint64_t ns)
{
	double value = (double)ns;
	struct text t;

	if (value < 1e6)
		snprintf(t.s, sizeof(t.s), "%.1f us", value / 1e3);
	else if (value < 1e9)
		snprintf(t.s, sizeof(t.s), "%.2f ms", value / 1e6);
	else
		snprintf(t.s, sizeof(t.s), "%.2f s", value / 1e9);
	return t;
}

bool text_utf8_terminal(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

struct text text_bar(uint64_t part, uint64_t whole, unsigned int width)
{
	/* U+258F..U+2588, one to eight eighths of a column: e2 96 8f down to 88. */
	unsigned int steps = text_utf8_terminal() ? 8 : 1, filled, i;
	struct text t = { "" };
	char *to = t.s;

	if (width > BAR_MAX)
		width = BAR_MAX;
	if (!whole || !part)
		return t;
	if (part > whole)
		part = whole;
	filled = (unsigned int)lround((double)part / (double)whole * width * steps);
	if (!filled)
		filled = 1;	/* a little is not nothing */
	for (i = 0; i + steps <= filled; i += steps)
		to = stpcpy(to, steps == 8 ? "\xe2\x96\x88" : "#");
	if (i < filled) {
		char partial[] = "\xe2\x96\x8f";

		partial[2] = (char)(0x90 - (int)(filled - i));
		stpcpy(to, partial);
	}
	return t;
}

bool text_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	unsigned long long v;
	char *end;

	/* strtoull takes blanks and signs, which no number here may have. */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*value = v;
	return true;
}

bool text_parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	size_t len = strspn(text, "0123456789.");
	const char *unit;
	double v;
	char *end;

	if (!len || strlen(text) > len + 1)
		return false;
	errno = 0;
	v = strtod(text, &end);
	if (errno || end != text + len)
		return false;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit)
			return false;
		v *= pow(1024, (double)(unit - units + 1));
	}
	if (v >= 0x1p62)
		return false;
	*bytes = (uint64_t)v;
	return true;
}

bool text_parse_seconds(const char *text, uint64_t *ms)
{
	double v;
	char *end;

	if (strspn(text, "0123456789.") != strlen(text))
		return false;
	v = strtod(text, &end);
	if (end == text || *end || !(v >= 0.001) || v > DAY_S)
		return false;
	*ms = (uint64_t)llround(v * 1000);
	return true;
}

/* Bytes of the character at @s if it is well-formed and printable, else 0. */
static size_t printable(const unsigned char *s)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int code;
	size_t len, i;

	if (*s < 0x80)
		return *s >= 0x20 && *s != 0x7f;
	if (*s >= 0xc0 && *s < 0xe0)
		len = 2;
	else if (*s >= 0xe0 && *s < 0xf0)
		len = 3;
	else if (*s >= 0xf0 && *s < 0xf8)
		len = 4;
	else
		return 0;
	code = *s & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	/* Overlong forms, C1 controls, surrogates, beyond Unicode. */
	if (code < least[len] || code < 0xa0 || (code >= 0xd800 && code < 0xe000) ||
	    code > 0x10ffff)
		return 0;
	return len;
}

void text_sanitize(char *text)
{
	while (*text) {
		size_t len = printable((const unsigned char *)text);

		if (len) {
			text += len;
			continue;
		}
		*text++ = '?';
	}
}

size_t text_columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}
