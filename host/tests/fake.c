// SPDX-License-Identifier: GPL-2.0-only
/* The guest in memory; the header explains it. */

#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "fake.h"
#include "host/mrc.h"
#include "host/scan.h"
#include "host/trap.h"

#define BASE	0x7f4000000000UL

static struct fake_guest *guest_of(struct ballast_vm *vm)
{
	return container_of(vm, struct fake_guest, vm);
}

static unsigned long page_of(const struct fake_guest *g, unsigned long hva)
{
	return (hva - g->base) >> PAGE_SHIFT;
}

static unsigned long hva_of(const struct fake_guest *g, unsigned long page)
{
	return g->base + (page << PAGE_SHIFT);
}

/* Pages that share an accessed bit with @page; 0 where nothing is mapped. */
static unsigned long unit_pages(const struct fake_guest *g, unsigned long page)
{
	u8 level = g->level[page / BALLAST_BLOCK_PAGES];

	if (level == FAKE_CHANGING)
		return 0;
	switch (min(level, g->guest_max)) {
	case BALLAST_MAP_4K:
		return 1;
	case BALLAST_MAP_2M:
		return BALLAST_BLOCK_PAGES;
	case BALLAST_MAP_1G:
		return FAKE_GIANT_PAGES;
	default:
		return 0;
	}
}

/* Take the accessed bits of [first, last), as KVM does. */
static bool take_young(struct fake_guest *g, unsigned long first, unsigned long last,
		       unsigned long *apart)
{
	unsigned long page = first;
	bool young = false;

	KUNIT_EXPECT_LE(g->test, last, g->pages);
	while (page < min(last, g->pages)) {
		unsigned long unit = unit_pages(g, page), head, stop;

		if (!unit) {
			page = round_down(page, BALLAST_BLOCK_PAGES) + BALLAST_BLOCK_PAGES;
			continue;
		}
		head = round_down(page, unit);
		stop = min(last, head + unit);
		*apart += page != head || stop != head + unit;
		young |= test_and_clear_bit(head, g->young);
		if (test_bit(head, g->busy) && !test_bit(head, g->cached))
			set_bit(head, g->young);
		page = stop;
	}
	return young;
}

static bool fake_clear(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	struct fake_guest *g = guest_of(vm);
	void (*hook)(struct fake_guest *, unsigned long, unsigned long) = g->in_clear;
	bool young;

	young = take_young(g, page_of(g, start), page_of(g, end), &g->apart);
	g->clears++;
	g->cleared_pages += (end - start) >> PAGE_SHIFT;
	g->in_clear = NULL;
	if (hook)
		hook(g, page_of(g, start), page_of(g, end));
	return young;
}

static bool fake_clear_flush(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	struct fake_guest *g = guest_of(vm);
	unsigned long apart = 0;

	g->flush_clears++;
	return take_young(g, page_of(g, start), page_of(g, end), &apart);
}

static bool fake_contended(struct ballast_vm *vm)
{
	struct fake_guest *g = guest_of(vm);

	if (!g->contended)
		return false;
	g->contended--;
	return true;
}

static int fake_level(struct ballast_vm *vm, unsigned long hva)
{
	struct fake_guest *g = guest_of(vm);
	u8 level = g->level[page_of(g, hva) / BALLAST_BLOCK_PAGES];

	g->lookups++;
	if (g->gone)
		return -ESRCH;
	return level == FAKE_CHANGING ? -EAGAIN : level;
}

static bool fake_flush(struct ballast_vm *vm, unsigned long hva)
{
	struct fake_guest *g = guest_of(vm);

	g->flushes++;
	bitmap_zero(g->cached, g->pages);
	bitmap_or(g->young, g->young, g->busy, g->pages);
	return true;
}

static bool fake_zap(struct ballast_vm *vm, unsigned long start, unsigned long end)
{
	struct fake_guest *g = guest_of(vm);
	void (*hook)(struct fake_guest *, unsigned long) = g->in_zap;
	unsigned long page = page_of(g, start), unit = unit_pages(g, page);

	if (g->zap_busy) {
		g->zap_busy--;
		return false;
	}
	g->in_zap = NULL;
	if (hook)
		hook(g, page);
	g->apart += unit && (page % unit || page_of(g, end) != page + unit);
	g->lost += !hook && test_bit(page, g->young);
	clear_bit(page, g->young);
	set_bit(page, g->zapped);
	g->zaps++;
	return true;
}

static const struct ballast_aging_ops fake_aging = {
	.clear = fake_clear,
	.clear_flush = fake_clear_flush,
	.contended = fake_contended,
	.level = fake_level,
	.flush = fake_flush,
	.zap = fake_zap,
};

/* --- host/trap.c: faults are told by fake_touch() --- */

static HLIST_HEAD(listeners);
bool fake_faults_told;
int fake_trap_error;

bool ballast_trap_possible(struct kvm *kvm)
{
	return fake_faults_told;
}

int ballast_trap_start(struct ballast_trap *trap)
{
	if (fake_trap_error)
		return fake_trap_error;
	hlist_add_head(&trap->node, &listeners);
	return 0;
}

void ballast_trap_stop(struct ballast_trap *trap)
{
	hlist_del(&trap->node);
}

u32 ballast_trap_fault_ns(void)
{
	return 500;
}

unsigned int fake_listeners(void)
{
	struct ballast_trap *trap;
	unsigned int nr = 0;

	hlist_for_each_entry(trap, &listeners, node)
		nr++;
	return nr;
}

static void fault(struct fake_guest *g, unsigned long page)
{
	unsigned long hva = hva_of(g, page);
	struct ballast_trap *trap;
	unsigned int id;

	for (id = 0; id < FAKE_SLOTS; id++) {
		const struct kvm_memory_slot *slot = &g->slot[id];

		if (hva < slot->userspace_addr ||
		    hva >= slot->userspace_addr + (slot->npages << PAGE_SHIFT))
			continue;
		rcu_read_lock();
		hlist_for_each_entry(trap, &listeners, node)
			if (trap->kvm == g->kvm)
				trap->hit(trap, slot->base_gfn +
					  ((hva - slot->userspace_addr) >> PAGE_SHIFT));
		rcu_read_unlock();
	}
}

static void *zalloc(struct kunit *test, size_t size)
{
	void *p = kvzalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	return p;
}

struct fake_guest *fake_new(struct kunit *test, unsigned long pages)
{
	struct fake_guest *g = zalloc(test, sizeof(*g));
	struct ballast_vm *vm = &g->vm;
	size_t bits = BITS_TO_LONGS(pages) * sizeof(long);

	fake_faults_told = true;
	test->priv = g;		/* so that what follows is freed if it fails */
	g->test = test;
	g->base = BASE;
	g->pages = pages;
	g->guest_max = BALLAST_MAP_2M;
	g->fault_level = BALLAST_MAP_4K;
	g->young = zalloc(test, bits);
	g->busy = zalloc(test, bits);
	g->cached = zalloc(test, bits);
	g->zapped = zalloc(test, bits);
	g->level = zalloc(test, DIV_ROUND_UP(pages, BALLAST_BLOCK_PAGES));
	g->slots = zalloc(test, sizeof(*g->slots));
	hash_init(g->slots->id_hash);
	g->kvm = zalloc(test, sizeof(*g->kvm));
	rcu_assign_pointer(g->kvm->memslots[0], g->slots);
	KUNIT_ASSERT_EQ(test, init_srcu_struct(&g->kvm->srcu), 0);

	mutex_init(&vm->scan_lock);
	spin_lock_init(&vm->config_lock);
	init_waitqueue_head(&vm->wake);
	vm->kvm = g->kvm;
	vm->aging = &fake_aging;
	vm->config = ballast_rate_defaults;
	vm->mrc_knobs = ballast_mrc_knob_defaults;
	ballast_rate_init(&vm->rate, &vm->config);
	fake_notifier_attach(g);
	fake_slot(g, 0, 0, pages, 0);
	return g;
}

void fake_exit(struct kunit *test)
{
	struct fake_guest *g = test->priv;

	if (!g)
		return;
	test->priv = NULL;
	ballast_scan_drop_map(&g->vm);
	KUNIT_EXPECT_EQ(g->test, atomic_long_read(&g->vm.store_bytes), 0);
	KUNIT_EXPECT_EQ(g->test, g->apart, 0);
	KUNIT_EXPECT_EQ(g->test, g->lost, 0);
	KUNIT_EXPECT_EQ(g->test, fake_listeners(), 0);
	if (g->kvm)
		cleanup_srcu_struct(&g->kvm->srcu);
	kvfree(g->kvm);
	kvfree(g->slots);
	kvfree(g->level);
	kvfree(g->zapped);
	kvfree(g->cached);
	kvfree(g->busy);
	kvfree(g->young);
	kvfree(g);
}

void fake_slot(struct fake_guest *g, unsigned int id, u64 gfn, unsigned long pages,
	       unsigned long page)
{
	struct kvm_memory_slot *slot = &g->slot[id];

	KUNIT_ASSERT_EQ(g->test, slot->npages, 0);
	slot->id = id;
	slot->base_gfn = gfn;
	slot->npages = pages;
	slot->userspace_addr = hva_of(g, page);
	hash_add(g->slots->id_hash, &slot->id_node[0], id);
	g->slots->generation++;
}

void fake_slot_del(struct fake_guest *g, unsigned int id)
{
	hash_del(&g->slot[id].id_node[0]);
	g->slot[id].npages = 0;
	g->slots->generation++;
}

void fake_touch(struct fake_guest *g, unsigned long page)
{
	u8 *level = &g->level[page / BALLAST_BLOCK_PAGES];
	unsigned long unit;

	if (*level == BALLAST_MAP_NONE)
		*level = g->fault_level;
	unit = unit_pages(g, page);
	if (unit && test_and_clear_bit(round_down(page, unit), g->zapped))
		fault(g, page);
	if (*level != FAKE_CHANGING && !test_bit(page, g->cached))
		set_bit(round_down(page, unit_pages(g, page)), g->young);
}

void fake_touch_set(struct fake_guest *g, const unsigned long *set)
{
	unsigned long page;

	for_each_set_bit(page, set, g->pages)
		fake_touch(g, page);
}

void fake_touch_all(struct fake_guest *g)
{
	unsigned long page;

	for (page = 0; page < g->pages; page++)
		fake_touch(g, page);
}

/* The host maps blocks anew: what was mapped goes, and the guest faults again. */
void fake_remap(struct fake_guest *g, unsigned long block, unsigned long blocks, u8 level)
{
	unsigned long first = block * BALLAST_BLOCK_PAGES;
	unsigned long last = min(g->pages, first + blocks * BALLAST_BLOCK_PAGES);

	fake_invalidate(g, first, last,
			level == BALLAST_MAP_NONE ? MMU_NOTIFY_UNMAP : MMU_NOTIFY_CLEAR);
	bitmap_clear(g->young, first, last - first);
	bitmap_set(g->zapped, first, last - first);
	memset(g->level + block, level, blocks);
}

bool fake_foreign_clear(struct fake_guest *g, unsigned long first, unsigned long last)
{
	struct mmu_notifier *mn = &g->vm.mn;
	unsigned long apart = 0, scanner_apart = g->apart;
	bool young;

	young = mn->ops->clear_young(mn, NULL, hva_of(g, first), hva_of(g, last));
	g->apart = scanner_apart;	/* others may ask for any page of a huge one */
	return young | take_young(g, first, last, &apart);
}

bool fake_foreign_clear_flush(struct fake_guest *g, unsigned long first, unsigned long last)
{
	struct mmu_notifier *mn = &g->vm.mn;
	unsigned long apart = 0;
	bool young;

	young = mn->ops->clear_flush_young(mn, NULL, hva_of(g, first), hva_of(g, last));
	return young | take_young(g, first, last, &apart);
}

bool fake_foreign_test(struct fake_guest *g, unsigned long page)
{
	struct mmu_notifier *mn = &g->vm.mn;
	unsigned long unit = unit_pages(g, page);

	return mn->ops->test_young(mn, NULL, hva_of(g, page)) ||
	       (unit && test_bit(round_down(page, unit), g->young));
}

void fake_invalidate(struct fake_guest *g, unsigned long first, unsigned long last,
		     enum mmu_notifier_event event)
{
	struct mmu_notifier *mn = &g->vm.mn;
	struct mmu_notifier_range range = {
		.start = hva_of(g, first),
		.end = hva_of(g, last),
		.event = event,
	};

	KUNIT_EXPECT_EQ(g->test, mn->ops->invalidate_range_start(mn, &range), 0);
}

int fake_try_pass(struct fake_guest *g)
{
	u64 last;

	return ballast_scan_passes(&g->vm, 1, &last);
}

void fake_pass(struct fake_guest *g)
{
	KUNIT_ASSERT_EQ(g->test, fake_try_pass(g), 0);
}

/* Touch a set before each of some passes. */
void fake_passes(struct fake_guest *g, unsigned int passes, const unsigned long *touched)
{
	while (passes--) {
		if (touched)
			fake_touch_set(g, touched);
		fake_pass(g);
	}
}

struct ballast_block *fake_gfn_block(struct fake_guest *g, u64 gfn)
{
	const struct ballast_slot *slot;
	struct ballast_span span;

	rcu_read_lock();
	slot = ballast_memmap_slot(rcu_dereference(g->vm.map), gfn);
	ballast_slot_span(slot, (gfn >> BALLAST_BLOCK_SHIFT) - (slot->gfn >> BALLAST_BLOCK_SHIFT),
			  &span);
	rcu_read_unlock();
	return span.block;
}

u8 fake_gfn_state(struct fake_guest *g, u64 gfn)
{
	u8 state;

	rcu_read_lock();
	state = ballast_block_page(fake_gfn_block(g, gfn), gfn % BALLAST_BLOCK_PAGES);
	rcu_read_unlock();
	return state;
}

u8 fake_gfn_level(struct fake_guest *g, u64 gfn)
{
	return ballast_activity_level(fake_gfn_state(g, gfn));
}

/* Pages that are not hot and should be, or the other way round; one slot at 0. */
unsigned long fake_wrong(struct fake_guest *g, const unsigned long *hot)
{
	unsigned long page, wrong = 0;

	for (page = 0; page < g->pages; page++)
		wrong += fake_gfn_level(g, page) !=
			 (test_bit(page, hot) ? BALLAST_HOT : BALLAST_COLD);
	return wrong;
}

/* The sums that are kept along must be those of the pages. */
void fake_expect_totals(struct fake_guest *g)
{
	u64 levels[BALLAST_NR_LEVELS] = {}, maps[BALLAST_NR_MAP_LEVELS] = {};
	unsigned int id, i;
	u64 gfn;

	for (id = 0; id < FAKE_SLOTS; id++) {
		const struct kvm_memory_slot *slot = &g->slot[id];

		for (gfn = slot->base_gfn; gfn < slot->base_gfn + slot->npages; gfn++) {
			levels[fake_gfn_level(g, gfn)]++;
			maps[ballast_block_level(fake_gfn_block(g, gfn))]++;
		}
	}
	for (i = 0; i < BALLAST_NR_LEVELS; i++)
		KUNIT_EXPECT_EQ(g->test, g->vm.level_pages[i], levels[i]);
	for (i = 0; i < BALLAST_NR_MAP_LEVELS; i++)
		KUNIT_EXPECT_EQ(g->test, g->vm.map_pages[i], maps[i]);
}

struct ballast_mrc_run *fake_mrc_run(struct fake_guest *g)
{
	return rcu_dereference_protected(g->vm.mrc, true);
}

struct ballast_mrc_query *fake_mrc_query(struct fake_guest *g)
{
	struct ballast_mrc_query *q = kunit_kzalloc(g->test, sizeof(*q), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(g->test, q);
	ballast_mrc_fill(&g->vm, q);
	return q;
}
