// SPDX-License-Identifier: GPL-2.0-only
/* From page flags to classes; the header says how exact that is. */

#include <linux/memcontrol.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/page-flags.h>
#include <linux/rwsem.h>

#include "classify.h"
#include "uapi/linux/ballast.h"

/*
 * Read while a batch looks at struct pages. Once memory is offline nobody finds
 * its pages any more; writing then waits for those who found them before.
 */
static DECLARE_RWSEM(offline_sem);

static int memory_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	if (event == MEM_OFFLINE) {
		down_write(&offline_sem);
		up_write(&offline_sem);
	}
	return NOTIFY_OK;
}

static struct notifier_block memory_nb = { .notifier_call = memory_event };

int ballast_classify_init(void)
{
	return register_memory_notifier(&memory_nb);
}

void ballast_classify_exit(void)
{
	unregister_memory_notifier(&memory_nb);
}

#ifdef CONFIG_LRU_GEN
/* Generations count per memory cgroup and node; of the root's there are two homes. */
static struct lruvec *lruvec_of(struct folio *folio)
{
	struct pglist_data *pgdat = folio_pgdat(folio);
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg = mem_cgroup_disabled() ? NULL : page_memcg_check(&folio->page);

	if (memcg)
		return &memcg->nodeinfo[pgdat->node_id]->lruvec;
#endif
	return &pgdat->__lruvec;
}

/* As the kernel counts it: of the two youngest generations, under MGLRU. */
static bool is_active(struct folio *folio)
{
	int gen = folio_lru_gen(folio);
	bool active;

	if (gen < 0 || gen >= MAX_NR_GENS)
		return folio_test_active(folio);
	rcu_read_lock();
	active = lru_gen_is_active(lruvec_of(folio), gen);
	rcu_read_unlock();
	return active;
}
#else
static bool is_active(struct folio *folio)
{
	return folio_test_active(folio);
}
#endif

/* On a list of pages that can be reclaimed, or on its way there. */
static u8 class_of_lru(struct folio *folio)
{
	if (folio_test_unevictable(folio))
		return BALLAST_CLASS_MLOCKED;
	if (folio_test_anon(folio))
		return is_active(folio) ? BALLAST_CLASS_ANON_ACTIVE : BALLAST_CLASS_ANON_INACTIVE;
	if (folio_test_swapbacked(folio))
		return BALLAST_CLASS_SHMEM;
	if (folio_test_dirty(folio) || folio_test_writeback(folio))
		return BALLAST_CLASS_FILE_DIRTY;
	return is_active(folio) ? BALLAST_CLASS_FILE_ACTIVE : BALLAST_CLASS_FILE_INACTIVE;
}

static u8 class_of(u64 gfn)
{
	struct page *page = gfn < 1ull << (52 - PAGE_SHIFT) ? pfn_to_online_page(gfn) : NULL;
	struct folio *folio;

	if (!page)
		return BALLAST_CLASS_UNKNOWN;
	if (PageReserved(page))
		return BALLAST_CLASS_KERNEL;
	if (is_free_buddy_page(page))
		return BALLAST_CLASS_FREE;
	if (PageOffline(page))
		return BALLAST_CLASS_BALLOON;
	if (PageTable(page))
		return BALLAST_CLASS_PAGE_TABLE;
	if (PageSlab(compound_head(page)))
		return BALLAST_CLASS_SLAB;
	if (PageHuge(page))
		return BALLAST_CLASS_HUGETLB;
	folio = page_folio(page);
	/* A page with a mapping, or in the swap cache, is on a list or soon will be. */
	if (folio_ref_count(folio) && READ_ONCE(folio->mapping) &&
	    (folio_test_lru(folio) || folio_test_swapbacked(folio) || folio_mapped(folio)))
		return class_of_lru(folio);
	return BALLAST_CLASS_KERNEL;
}

void ballast_classify(const u64 *gfn, unsigned int nr, u8 *cls)
{
	unsigned int i;

	down_read(&offline_sem);
	for (i = 0; i < nr; i++)
		cls[i] = class_of(gfn[i]);
	up_read(&offline_sem);
}
