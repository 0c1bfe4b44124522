// SPDX-License-Identifier: GPL-2.0-only
/* Until 6.x: <linux/balloon_compaction.h>; a driver moves its pages itself. */
#include <linux/balloon_compaction.h>

const spinlock_t *probe(struct balloon_dev_info *info);
const spinlock_t *probe(struct balloon_dev_info *info)
{
	return &info->pages_lock;
}
