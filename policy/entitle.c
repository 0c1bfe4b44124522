// SPDX-License-Identifier: GPL-2.0-only
/* Entitlement from shares with a tax on idle memory, in integers. */

#include "policy/entitle.h"

/*
 * The common cost per share is in 1/2^20 of a page. With as many shares at most, a
 * step of it is a page or less for each VM, so nothing but single pages is left over.
 */
#define COST_BITS	20
#define COST_MAX	((1ull << 63) - 1)

/**
 * struct division - what is divided
 * @first:   VM
 * @stride:  to the next one
 * @nr:      VMs
 * @idle_bp: pages for the cost of 10000 pages in use: 10000 / k
 */
struct division {
	struct ballast_entitle *first;
	size_t stride;
	u32 nr;
	u32 idle_bp;
};

static struct ballast_entitle *vm_at(const struct division *d, u32 i)
{
	return (struct ballast_entitle *)((char *)d->first + i * d->stride);
}

/* x * bp / 10000 without a product that is too large. */
static u64 part_bp(u64 x, u32 bp)
{
	u64 whole = div64_u64(x, 10000);

	return whole * bp + div64_u64((x - whole * 10000) * bp, 10000);
}

static u64 pages_at(const struct division *d, const struct ballast_entitle *vm, u64 cost)
{
	u32 shares = clamp_t(u32, vm->shares, 1, BALLAST_ENTITLE_SHARES_MAX);
	u64 max = min_t(u64, vm->max_pages, BALLAST_PAGES_MAX);
	u64 min = min_t(u64, vm->min_pages, max);
	u64 active = min_t(u64, vm->active_pages, max);
	u64 pages = mul_u64_u32_shr(cost, shares, COST_BITS);

	if (pages > active)
		pages = active + part_bp(pages - active, d->idle_bp);
	return clamp_t(u64, pages, min, max);
}

static u64 sum_at(const struct division *d, u64 cost)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < d->nr; i++)
		sum += pages_at(d, vm_at(d, i), cost);
	return sum;
}

/* The highest cost that there is enough for; 0 even if there is not. */
static u64 find_cost(const struct division *d, u64 available)
{
	u64 low = 0, high = COST_MAX;

	while (low < high) {
		u64 middle = low + (high - low + 1) / 2;

		if (sum_at(d, middle) <= available)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Those that would have gone on are given a page each, as far as it goes. */
static u64 give_rest(const struct division *d, u64 cost, u64 rest)
{
	u32 i;

	for (i = 0; i < d->nr && rest; i++) {
		struct ballast_entitle *vm = vm_at(d, i);
		u64 more = pages_at(d, vm, cost + 1) - vm->entitled_pages;

		more = min_t(u64, more, rest);
		vm->entitled_pages += more;
		rest -= more;
	}
	return rest;
}

/* At the highest cost there is, only VMs with hardly any shares lack anything. */
static void give_remains(const struct division *d, u64 rest)
{
	u32 i;

	for (i = 0; i < d->nr && rest; i++) {
		struct ballast_entitle *vm = vm_at(d, i);
		u64 max = min_t(u64, vm->max_pages, BALLAST_PAGES_MAX);
		u64 more = min_t(u64, max - vm->entitled_pages, rest);

		vm->entitled_pages += more;
		rest -= more;
	}
}

void ballast_entitle(struct ballast_entitle *first, size_t stride, u32 nr, u64 available_pages,
		     u32 tax_bp)
{
	const struct division d = {
		.first = first,
		.stride = stride,
		.nr = nr,
		.idle_bp = 10000 - min_t(u32, tax_bp, BALLAST_ENTITLE_TAX_MAX_BP),
	};
	u64 cost = find_cost(&d, available_pages), sum = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		struct ballast_entitle *vm = vm_at(&d, i);

		vm->entitled_pages = pages_at(&d, vm, cost);
		sum += vm->entitled_pages;
	}
	if (sum >= available_pages)
		return;
	if (cost < COST_MAX)
		give_rest(&d, cost, available_pages - sum);
	else
		give_remains(&d, available_pages - sum);
}
