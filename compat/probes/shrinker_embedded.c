// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.0, until 6.7: a shrinker is a part of what it shrinks, and has a name. */
#include <linux/mm.h>
#include <linux/shrinker.h>

int probe(struct shrinker *shrinker);
int probe(struct shrinker *shrinker)
{
	return register_shrinker(shrinker, "probe");
}
