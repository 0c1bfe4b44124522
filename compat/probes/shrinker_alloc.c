// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.7 (mm: shrinker: add infrastructure for dynamically allocating shrinker). */
#include <linux/mm.h>
#include <linux/shrinker.h>

struct shrinker *probe(void);
struct shrinker *probe(void)
{
	return shrinker_alloc(0, "probe");
}
