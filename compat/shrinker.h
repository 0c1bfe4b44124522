/* SPDX-License-Identifier: GPL-2.0-only */
/* One shrinker of a module's own, with no data: allocated or embedded, as the kernel has it. */
#ifndef BALLAST_COMPAT_SHRINKER_H
#define BALLAST_COMPAT_SHRINKER_H

#include <linux/shrinker.h>
#include <linux/slab.h>

typedef unsigned long ballast_shrink_t(struct shrinker *shrinker, struct shrink_control *sc);

/* Return: registered, or NULL. */
static inline struct shrinker *ballast_shrinker_start(const char *name, ballast_shrink_t *count,
						      ballast_shrink_t *scan)
{
	struct shrinker *shrinker;

#ifdef BALLAST_HAVE_SHRINKER_ALLOC
	shrinker = shrinker_alloc(0, "%s", name);
#else
	shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
#endif
	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
#ifdef BALLAST_HAVE_SHRINKER_ALLOC
	shrinker_register(shrinker);
#else
	if (register_shrinker(shrinker, "%s", name)) {
		kfree(shrinker);
		return NULL;
	}
#endif
	return shrinker;
}

static inline void ballast_shrinker_stop(struct shrinker *shrinker)
{
#ifdef BALLAST_HAVE_SHRINKER_ALLOC
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

#endif /* BALLAST_COMPAT_SHRINKER_H */
