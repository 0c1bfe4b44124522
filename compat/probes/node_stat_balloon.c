// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.17: balloons count their pages in the node's statistics. */
#include <linux/mmzone.h>

const int probe = NR_BALLOON_PAGES;
