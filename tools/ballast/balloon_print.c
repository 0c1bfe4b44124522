// SPDX-License-Identifier: GPL-2.0-only
#include "balloon_print.h"
#include "text.h"

/**
 * struct word - what a number of the module means
 * @word:    as in sysfs
 * @meaning: for people
 */
struct word {
	const char *word;
	const char *meaning;
};

static const struct word unknown = { "unknown", "a later module has it" };

static const struct word states[BALLAST_NR_BALLOON_STATES] = {
	[BALLAST_BALLOON_NONE] = { "none", "the guest has no balloon that it could drive" },
	[BALLAST_BALLOON_REACHED] = { "reached", "it holds what it was asked to" },
	[BALLAST_BALLOON_GROWING] = { "growing", "on its way" },
	[BALLAST_BALLOON_LEAKING] = { "leaking", "giving back to the guest" },
	[BALLAST_BALLOON_FLOOR] = { "floor", "more would cost the guest memory that it needs" },
	[BALLAST_BALLOON_RELIEVED] = { "relieved",
		"it has let go: the guest needed the memory; another target brings it back" },
	[BALLAST_BALLOON_FAILED] = { "failed", "its device does not take what it is given" },
};

static const struct word reliefs[BALLAST_NR_RELIEFS] = {
	[BALLAST_RELIEF_NONE] = { "none", "" },
	[BALLAST_RELIEF_OOM] = { "oom", "the guest was about to kill a process" },
	[BALLAST_RELIEF_SHRINK] = { "shrink", "the guest was reclaiming memory" },
};

static const struct word kepts[BALLAST_NR_KEPTS] = {
	[BALLAST_KEPT_NONE] = { "none", "" },
	[BALLAST_KEPT_LOCKED] = { "locked", "the VMM's memory is locked" },
	[BALLAST_KEPT_PINNED] = { "pinned", "it is pinned for an assigned device" },
	[BALLAST_KEPT_HUGETLB] = { "hugetlb", "it is of a pool of huge pages" },
	[BALLAST_KEPT_OTHER] = { "other",
		"the guest has touched it since, or the VMM frees nothing" },
};

static const struct word *state_of(const struct ballast_balloon_query *b)
{
	return b->state < BALLAST_NR_BALLOON_STATES ? &states[b->state] : &unknown;
}

static const struct word *relief_of(const struct ballast_balloon_query *b)
{
	return b->relief < BALLAST_NR_RELIEFS ? &reliefs[b->relief] : &unknown;
}

static const struct word *kept_of(const struct ballast_balloon_query *b)
{
	return b->kept_why < BALLAST_NR_KEPTS ? &kepts[b->kept_why] : &unknown;
}

static double mib(uint64_t pages)
{
	return (double)pages / 256;
}

static void print_state(const struct ballast_balloon_query *b)
{
	if (b->age_ns == UINT64_MAX) {
		out_str("state", state_of(b)->word, "  %-12s", "balloon");
		out_null("age_ms", "unknown: its guest has said nothing of one\n");
		return;
	}
	out_str("state", state_of(b)->word, "  %-12s%s: %s", "balloon",
		state_of(b)->word, state_of(b)->meaning);
	out_u64("age_ms", b->age_ns / 1000000, " (said %s ago)\n",
		text_ms(b->age_ns / 1000000).s);
}

static void print_asked(const struct ballast_balloon_query *b)
{
	out_u64("target_pages", b->target_pages, "  %-12s%.1f MiB by Ballast", "asked",
		mib(b->target_pages));
	out_bool("cache", b->cache, "%s", b->cache ? ", also from page cache" : "");
	out_u64("host_pages", b->host_pages, "");
	out_u64("device_pages", b->device_pages, "; %.1f MiB by the VMM\n", mib(b->device_pages));
}

static void print_given(const struct ballast_balloon_query *b)
{
	const struct ballast_class_estimate *k = &b->kept_pages;
	uint64_t held = b->held_pages;

	out_u64("held_pages", held, "  %-12s%.1f MiB", "given", mib(held));
	out_u64("huge_pages", b->huge_pages, ", %.1f MiB of it in blocks of 2 MiB and more\n",
		mib(b->huge_pages));
	out_u64("checked_pages", b->checked, "");
	out_object("kept_pages");
	out_u64("pages", k->pages, "");
	out_u64("low", k->low, "");
	out_u64("high", k->high, "");
	out_end();
	if (b->checked)
		out_text("  %-12s%.1f MiB (%.1f to %.1f), by a look for %u of its pages\n", "freed",
			 mib(held - k->pages), mib(held - k->high), mib(held - k->low), b->checked);
	else if (held)
		out_text("  %-12sunknown: none of its pages has been looked for yet\n", "freed");
	out_str("kept_why", kept_of(b)->word, "");
	if (b->kept)
		out_text("  %-12s%.1f MiB are still there: %s\n", "", mib(k->pages),
			 kept_of(b)->meaning);
}

static void print_guest(const struct ballast_balloon_query *b)
{
	out_u64("room_pages", b->room_pages, "  %-12s%.1f MiB more without a reclaim", "room",
		mib(b->room_pages));
	out_u64("margin_pages", b->margin_pages, "; %.1f MiB are left to the guest\n",
		mib(b->margin_pages));
	out_u64("taken_free_pages", b->taken_pages[BALLAST_TAKE_FREE],
		"  %-12s%.1f MiB of free memory", "taken", mib(b->taken_pages[BALLAST_TAKE_FREE]));
	out_u64("taken_cache_pages", b->taken_pages[BALLAST_TAKE_CACHE], ", %.1f of page cache",
		mib(b->taken_pages[BALLAST_TAKE_CACHE]));
	out_u64("taken_other_pages", b->taken_pages[BALLAST_TAKE_OTHER], ", %.1f of others, ever\n",
		mib(b->taken_pages[BALLAST_TAKE_OTHER]));
	out_u64("given_pages", b->given_pages, "");
	out_u64("failed_pages", b->failed_pages, "");
	out_u64("reported_pages", b->reported_pages, "  %-12s%.1f MiB of free memory, ever",
		"reported", mib(b->reported_pages));
	out_u64("flush", b->flush, "");
	out_u64("flushes", b->flushes, ", %llu flushes\n", (unsigned long long)b->flushes);
	out_u64("reliefs", b->reliefs, "  %-12s%llu times", "let go",
		(unsigned long long)b->reliefs);
	out_u64("relief_pages", b->relief_pages, ", %.1f MiB", mib(b->relief_pages));
	out_str("relief", relief_of(b)->word, "%s%s\n", b->relief ? "; last: " : "",
		relief_of(b)->meaning);
}

void balloon_print(const struct ballast_balloon_query *b)
{
	out_object("balloon");
	print_state(b);
	print_asked(b);
	if (out_is_json() || b->age_ns != UINT64_MAX) {
		print_given(b);
		print_guest(b);
	}
	out_end();
}
