// SPDX-License-Identifier: GPL-2.0-only
/* Since 7.0: <linux/balloon.h>; the core moves, counts and pins down balloon pages. */
#include <linux/balloon.h>

const bool *probe(struct balloon_dev_info *info);
const bool *probe(struct balloon_dev_info *info)
{
	return &info->adjust_managed_page_count;
}
