// SPDX-License-Identifier: GPL-2.0-only
/* From the kernel's counters to classes. */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

#include "balloon/balloon.h"
#include "compat/vmstat.h"
#include "totals.h"

#define MEMINFO		"/proc/meminfo"
#define MEMINFO_BYTES	4096
/* The longest time without a look at it. */
#define MEMINFO_S	10

static u64 node_pages(enum node_stat_item item)
{
	return global_node_page_state_pages(item);
}

static u64 abs_diff64(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* All memory of the guest, with what the kernel keeps for itself. */
static u64 present_pages(void)
{
	u64 pages = 0;
	int nid;

	for_each_online_node(nid)
		pages += NODE_DATA(nid)->node_present_pages;
	return pages;
}

/* "Hugetlb: N kB" of MEMINFO; 0 when there is no such line. */
static u64 parse_hugetlb(const char *text)
{
	const char *line = strstr(text, "\nHugetlb:");
	unsigned long long kib;

	if (!line || sscanf(line, "\nHugetlb: %llu kB", &kib) != 1)
		return 0;
	return kib >> (PAGE_SHIFT - 10);
}

struct hugetlb_look {
	struct work_struct work;
	u64 pages;
};

static void look_work(struct work_struct *work)
{
	struct hugetlb_look *look = container_of(work, struct hugetlb_look, work);
	struct file *file = filp_open(MEMINFO, O_RDONLY, 0);
	char *text = kzalloc(MEMINFO_BYTES, GFP_KERNEL);
	loff_t pos = 0;

	if (!IS_ERR(file)) {
		if (text && kernel_read(file, text, MEMINFO_BYTES - 1, &pos) > 0)
			look->pages = parse_hugetlb(text);
		filp_close(file, NULL);
	}
	kfree(text);
}

/* Who reads our files may have a root directory of his own, and anything as MEMINFO in it. */
static u64 read_hugetlb(void)
{
	struct hugetlb_look look = { .pages = 0 };

	INIT_WORK_ONSTACK(&look.work, look_work);
	schedule_work(&look.work);
	flush_work(&look.work);
	destroy_work_on_stack(&look.work);
	return look.pages;
}

/*
 * The pools of huge pages are no counter that a module can read: the kernel is
 * asked as any process asks it, which costs more than all counters together. Pages
 * that go to a pool are missing elsewhere, so it is asked when what no other
 * counter has, @rest of @total pages, is not what it was; and now and then.
 */
static u64 hugetlb_pages(u64 rest, u64 total)
{
	static DEFINE_MUTEX(lock);
	static unsigned long next;
	static u64 pages, last;
	u64 now;

	mutex_lock(&lock);
	if (!next || time_after_eq(jiffies, next) || abs_diff64(rest, last) > total / 100) {
		pages = read_hugetlb();
		last = rest;
		next = jiffies + MEMINFO_S * HZ;
	}
	now = pages;
	mutex_unlock(&lock);
	return now;
}

/* Take as much as there is of @wanted from @from. Return: what is missing. */
static u64 move_pages(u64 *from, u64 wanted)
{
	u64 moved = min(*from, wanted);

	*from -= moved;
	return wanted - moved;
}

/*
 * What no counter has is the kernel's, and the pools' of huge pages. Counters are
 * read one after the other: their sum may be above all there is.
 */
static void share_the_rest(struct ballast_wire_report *r)
{
	u64 left = r->total_pages, hugetlb;
	unsigned int i;

	for (i = 0; i < BALLAST_NR_CLASSES; i++) {
		r->pages[i] = min(r->pages[i], left);
		left -= r->pages[i];
	}
	hugetlb = min(hugetlb_pages(left, r->total_pages), left);
	r->pages[BALLAST_CLASS_HUGETLB] = hugetlb;
	r->pages[BALLAST_CLASS_KERNEL] = left - hugetlb;
	r->slab_reclaimable_pages = min(r->slab_reclaimable_pages, r->pages[BALLAST_CLASS_SLAB]);
}

void ballast_totals_events(struct ballast_wire_report *r, unsigned long *room)
{
	r->refaults = node_pages(WORKINGSET_REFAULT_FILE);
#ifdef CONFIG_VM_EVENT_COUNTERS
	all_vm_events(room);
	r->swapins = room[PSWPIN];
	r->major_faults = room[PGMAJFAULT];
#else
	r->swapins = BALLAST_WIRE_UNTOLD;
	r->major_faults = BALLAST_WIRE_UNTOLD;
#endif
}

void ballast_totals_read(struct ballast_wire_report *r)
{
	u64 *p = r->pages, shmem = node_pages(NR_SHMEM), missing;

	memset(r, 0, sizeof(*r));
	r->uptime_ns = ktime_get_boottime_ns();
	r->total_pages = present_pages();
	r->slab_reclaimable_pages = node_pages(NR_SLAB_RECLAIMABLE_B);
	p[BALLAST_CLASS_FREE] = global_zone_page_state(NR_FREE_PAGES);
	p[BALLAST_CLASS_SLAB] = r->slab_reclaimable_pages + node_pages(NR_SLAB_UNRECLAIMABLE_B);
	p[BALLAST_CLASS_BALLOON] = ballast_balloon_pages_counted() ? ballast_balloon_pages() :
								     ballast_balloon_held();
	p[BALLAST_CLASS_PAGE_TABLE] = node_pages(NR_PAGETABLE);
	p[BALLAST_CLASS_MLOCKED] = node_pages(NR_UNEVICTABLE);
	p[BALLAST_CLASS_FILE_DIRTY] = node_pages(NR_FILE_DIRTY) + node_pages(NR_WRITEBACK);
	p[BALLAST_CLASS_ANON_ACTIVE] = node_pages(NR_ACTIVE_ANON);
	p[BALLAST_CLASS_ANON_INACTIVE] = node_pages(NR_INACTIVE_ANON);
	p[BALLAST_CLASS_FILE_ACTIVE] = node_pages(NR_ACTIVE_FILE);
	p[BALLAST_CLASS_FILE_INACTIVE] = node_pages(NR_INACTIVE_FILE);

	/* Shared memory is on the anonymous lists, and rarely touched twice soon. */
	missing = move_pages(&p[BALLAST_CLASS_ANON_INACTIVE], shmem);
	missing = move_pages(&p[BALLAST_CLASS_ANON_ACTIVE], missing);
	p[BALLAST_CLASS_SHMEM] = shmem - missing;	/* the rest is unevictable */
	/* Dirty pages are on the file lists; most were written once. */
	missing = move_pages(&p[BALLAST_CLASS_FILE_INACTIVE], p[BALLAST_CLASS_FILE_DIRTY]);
	missing = move_pages(&p[BALLAST_CLASS_FILE_ACTIVE], missing);
	p[BALLAST_CLASS_FILE_DIRTY] -= missing;
	share_the_rest(r);
}
