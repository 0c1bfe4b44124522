/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What part of the host's memory is a VM due?
 *
 * Shares say how much VMs matter to each other, and memory that a VM has but does
 * not use is dearer than memory it uses. C. Waldspurger ("Memory Resource Management
 * in VMware ESX Server", OSDI 2002) takes the next page from the VM with the lowest
 *
 *	S / (P * (f + k * (1 - f))),   k = 1 / (1 - tax)
 *
 * for S shares, P pages and a part f of them in use; the tax on idle memory is 75 %
 * as a rule, so an idle page costs what four pages in use do. Taking pages in turn
 * ends where that figure is the same for all VMs: where the cost of each,
 *
 *	pages in use + k * idle pages  =  shares * t,
 *
 * with one t for all. So t is looked for, and not the turns: the largest with which
 * all VMs, each within its own limits, get no more than there is. Shares times t
 * rises with t for each of them, a bisection finds it.
 *
 * How much memory a VM uses is taken from the host's own measure, not from the
 * guest's word. A guest that touches all it has pays no tax, and gets what its
 * shares give, never more: that is also the least that any other can press it to.
 */
#ifndef BALLAST_POLICY_ENTITLE_H
#define BALLAST_POLICY_ENTITLE_H

#include "ballast/policy_env.h"

/* 4 PiB in pages: larger numbers are taken for this one. */
#define BALLAST_PAGES_MAX		(1ull << 40)
#define BALLAST_ENTITLE_SHARES_MAX	(1u << 20)
#define BALLAST_ENTITLE_TAX_DEFAULT_BP	7500u
/* At 100 % idle memory would be worth nothing, even if nobody wants it. */
#define BALLAST_ENTITLE_TAX_MAX_BP	9900u

/**
 * struct ballast_entitle - a VM in the division of memory
 * @min_pages:      what it gets in any case
 * @max_pages:      what it gets at most; a minimum above it is cut
 * @active_pages:   what it uses, by the host's measure
 * @shares:         how much it matters, 1 to BALLAST_ENTITLE_SHARES_MAX
 * @entitled_pages: out
 */
struct ballast_entitle {
	u64 min_pages;
	u64 max_pages;
	u64 active_pages;
	u32 shares;
	u64 entitled_pages;
};

/**
 * ballast_entitle() - divide memory
 * @first:           the first VM
 * @stride:          bytes from one to the next: it may be part of a larger structure
 * @nr:              how many, at most 2^20
 * @available_pages: what there is
 * @tax_bp:          on idle memory, 1/100 of a percent
 *
 * The sum is @available_pages, unless all have their maximum before; or unless the
 * minima are more than that already, and then all have their minimum. More to divide
 * lowers nobody's part. 64 rounds over all VMs at most.
 */
void ballast_entitle(struct ballast_entitle *first, size_t stride, u32 nr, u64 available_pages,
		     u32 tax_bp);

#endif /* BALLAST_POLICY_ENTITLE_H */
