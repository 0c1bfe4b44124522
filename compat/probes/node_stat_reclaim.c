// SPDX-License-Identifier: GPL-2.0-only
/* Since 7.0: pages scanned and reclaimed are counted per node, not as events. */
#include <linux/mmzone.h>
#include <linux/vmstat.h>

unsigned long probe(void);
unsigned long probe(void)
{
	return global_node_page_state(PGSTEAL_DIRECT);
}
