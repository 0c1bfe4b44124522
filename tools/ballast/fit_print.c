// SPDX-License-Identifier: GPL-2.0-only
#include "cli.h"
#include "fit_print.h"
#include "text.h"

static const char *const answers[BALLAST_NR_VERDICTS] = {
	[BALLAST_FIT_FREE] = "yes: into what is free",
	[BALLAST_FIT_FLUSH] = "yes, if guests return what they do not use",
	[BALLAST_FIT_BALLOON] = "yes, if balloons take cold page cache",
	[BALLAST_FIT_SWAP] = "yes, if cold memory is swapped",
	[BALLAST_FIT_COSTLY] = "yes, at a price: memory that is not quite cold would be swapped",
	[BALLAST_FIT_NO] = "no",
};

static const struct out_column columns[] = {
	{ "vm", "VM", 6, false },
	{ "guest", "GUEST", 6, false },
	{ "resident_pages", "HERE", 7, true },
	{ "due_pages", "WOULD BE DUE", 7, true },
	{ "flush_pages", "FREE", 7, true },
	{ "balloon_pages", "BALLOON", 7, true },
	{ "swap_pages", "SWAP", 7, true },
};

static void cell(uint64_t pages)
{
	out_u64(NULL, pages, "%.1f", (double)pages / 256);
}

static void print_sources(const struct ballast_sched_fit *fit)
{
	out_u64("free_pages", fit->free_pages, "  free now    %s\n", text_mib(fit->free_pages).s);
	out_u64("flush_pages", fit->flush_pages, "  returned    %s that guests do not use\n",
		text_mib(fit->flush_pages).s);
	out_u64("balloon_pages", fit->balloon_pages, "  ballooned   %s of cold page cache\n",
		text_mib(fit->balloon_pages).s);
	out_u64("swap_pages", fit->swap_pages, "  swapped     %s", text_mib(fit->swap_pages).s);
	out_u64("refault_pages", fit->refault_pages, ", of which %s are expected back soon\n",
		text_mib(fit->refault_pages).s);
	if (fit->short_pages || out_is_json())
		out_u64("short_pages", fit->short_pages, "  missing     %s\n",
			text_mib(fit->short_pages).s);
}

static void print_vms(const struct sched_round *round)
{
	const struct observer *o = &round->observer;

	out_text("\nMiB taken from each\n");
	out_table("vms", columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < o->nr; i++) {
		const struct ballast_sched_decision *d = &round->out[i];

		out_row();
		out_str(NULL, o->vms[i].vm.entry.name, "%s", o->vms[i].vm.entry.name);
		out_str(NULL, o->vms[i].vm.guest, "%s",
			*o->vms[i].vm.guest ? o->vms[i].vm.guest : "-");
		cell(d->view.resident);
		cell(d->due.entitled_pages);
		cell(d->flush_pages);
		cell(d->balloon_take_pages);
		cell(d->swap_pages);
		out_row_end();
	}
	out_table_end("no VM is attached");
}

void fit_print(const struct sched_round *round, const struct ballast_sched_vm *candidate,
	       const struct ballast_sched_fit *fit)
{
	const struct ballast_sched_host *host = &round->observer.host;

	out_object(NULL);
	out_str("verdict", ballast_sched_verdict_name(fit->verdict), "%s\n",
		answers[fit->verdict]);
	out_u64("size_pages", candidate->size_pages, "  new VM      %s",
		text_mib(candidate->size_pages).s);
	out_u64("demand_pages", fit->demand_pages, ", would use %s",
		text_mib(fit->demand_pages).s);
	out_u64("due_pages", fit->due_pages, ", of which it would be due %s\n",
		text_mib(fit->due_pages).s);
	out_u64("host_free_pages", host->free_pages, "  host        %s free",
		text_mib(host->free_pages).s);
	out_u64("host_total_pages", host->total_pages, " of %s\n", text_mib(host->total_pages).s);
	print_sources(fit);
	print_vms(round);
	out_end();
}
