// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "class_print.h"
#include "policy/classes.h"
#include "text.h"

static const char *const states[BALLAST_NR_GUEST_STATES] = {
	[BALLAST_GUEST_SILENT] = "silent",
	[BALLAST_GUEST_CONNECTED] = "connected",
	[BALLAST_GUEST_LOST] = "lost",
};

const char *class_state(uint32_t state)
{
	return state < BALLAST_NR_GUEST_STATES ? states[state] : "unknown";
}

static double mib(uint64_t pages)
{
	return (double)pages / 256;
}

static bool anything(const struct ballast_class_matrix *m, unsigned int cls)
{
	return m->total[cls].pages || m->reported_pages[cls];
}

static void print_age(const char *key, uint64_t ns, const char *fmt)
{
	if (ns == UINT64_MAX) {
		out_null(key, "");
		out_text(fmt, "none yet");
	} else {
		out_u64(key, ns / 1000000, "");
		out_text(fmt, text_ms(ns / 1000000).s);
	}
}

/* Of a guest that has never spoken text is one line; JSON has the same keys for all. */
static bool is_brief(const struct ballast_class_matrix *m)
{
	return m->state == BALLAST_GUEST_SILENT && !out_is_json();
}

static void print_guest(const struct ballast_class_matrix *m)
{
	out_str("state", class_state(m->state), "  %-12s%s", "guest",
		is_brief(m) ? "says nothing: no ballast_guest in it" : class_state(m->state));
	if (is_brief(m)) {
		out_text("\n");
		return;
	}
	if (*m->version)
		out_str("version", m->version, ", ballast_guest %s", m->version);
	else
		out_null("version", ", ballast_guest");
	out_u64("cid", m->cid, ", vsock address %u;", m->cid);
	print_age("report_age_ms", m->report_age_ns, " last report: %s");
	print_age("answer_age_ms", m->answer_age_ns, ", last answer: %s\n");
	if (m->state == BALLAST_GUEST_LOST)
		out_text("  %-12sthe connection has ended: what follows is as old as that\n", "");
}

/* From hot to cold, as vm show has them. */
static void print_levels(const struct ballast_class_matrix *m, unsigned int cls)
{
	out_object("levels");
	for (unsigned int level = BALLAST_NR_LEVELS; level--;) {
		const struct ballast_class_estimate *e = &m->cell[level][cls];

		out_object(text_level(level));
		if (e->pages)
			out_text("%9.1f", mib(e->pages));
		else
			out_text("%9s", "-");
		out_u64("pages", e->pages, "");
		out_u64("low", e->low, "");
		out_u64("high", e->high, "");
		out_end();
	}
	out_end();
}

static void print_class(const struct ballast_class_matrix *m, unsigned int cls)
{
	const struct ballast_class_estimate *all = &m->total[cls];
	bool wrong = m->disagree & 1u << cls;

	out_object(ballast_class_name(cls));
	out_text("  %-14s", ballast_class_name(cls));
	print_levels(m, cls);
	out_u64("pages", all->pages, "%9.1f", mib(all->pages));
	out_u64("low", all->low, "%10.1f", mib(all->low));
	out_u64("high", all->high, " to%8.1f", mib(all->high));
	out_u64("reported_pages", m->reported_pages[cls], "%12.1f", mib(m->reported_pages[cls]));
	out_bool("disagrees", wrong, "%s\n", wrong ? " !" : "");
	out_end();
}

static void print_classes(const struct ballast_class_matrix *m)
{
	out_text("  %-14s", "MiB of class");
	for (unsigned int level = BALLAST_NR_LEVELS; level--;)
		out_text("%9s", text_level(level));
	out_text("%9s%21s%12s\n", "all", "95 % interval", "guest says");
	out_object("class");
	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
		if (out_is_json() || anything(m, cls))
			print_class(m, cls);
	out_end();
	if (m->disagree)
		out_text("  !: the guest's own figure is not what the host has found\n");
}

static void print_samples(const struct ballast_class_matrix *m)
{
	out_object("samples");
	out_text("  %-14s", "answers");
	for (unsigned int level = BALLAST_NR_LEVELS; level--;)
		out_u64(text_level(level), m->samples[level], "%9u", m->samples[level]);
	out_text("\n");
	out_end();
}

/* Of an older guest it is not known. */
static void print_count(const char *key, uint64_t count, const char *fmt)
{
	char number[24];

	if (count == UINT64_MAX) {
		out_null(key, "");
		out_text(fmt, "unknown");
	} else {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)count);
		out_u64(key, count, "");
		out_text(fmt, number);
	}
}

static void print_counters(const struct ballast_class_matrix *m)
{
	out_u64("total_pages", m->total_pages, "");
	out_u64("slab_reclaimable_pages", m->slab_reclaimable_pages, "");
	print_count("swapins", m->swapins, "  waited      %s pages swapped in by itself");
	print_count("major_faults", m->major_faults, ", %s major faults");
	print_count("refaults", m->refaults, ", %s pages of cache read again\n");
	out_u64("uptime_ns", m->uptime_ns, "");
	out_u64("connects", m->connects, "  %-12s%llu connections", "heard",
		(unsigned long long)m->connects);
	out_u64("reports", m->reports, ", %llu reports", (unsigned long long)m->reports);
	out_u64("early_reports", m->early, " (%llu early", (unsigned long long)m->early);
	out_u64("wrong_reports", m->wrong, ", %llu disagree)",
		(unsigned long long)m->wrong);
	out_u64("rounds", m->rounds, "");
	out_u64("asked_pages", m->asked, "");
	out_u64("answered_pages", m->answered, ", %llu pages told\n",
		(unsigned long long)m->answered);
	out_u64("rx_bytes", m->rx_bytes, "");
	out_u64("tx_bytes", m->tx_bytes, "");
	out_u64("report_ms", m->report_ms, "");
	out_u64("round_ms", m->round_ms, "");
	out_u64("error_bp", m->error_bp, "");
}

void class_print(const struct ballast_class_matrix *m)
{
	out_object("classes");
	print_guest(m);
	if (!is_brief(m)) {
		print_classes(m);
		print_samples(m);
		print_counters(m);
	}
	out_end();
}
