// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knobs, and what the module does by itself: scanning on its own account,
 * choosing a period, measuring what the TLB hides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "ktap.h"
#include "world.h"

#define PAGES		(16 * 256)
#define FOLDER		"/sys/kernel/ballast/vm/%s/"
#define TRIES		6000	/* of 10 ms */

static struct world w;

static void open_world(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = PAGES, .backing = TINYVM_ANON };

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, PAGES, WORLD_COLD);
	world_scatter(&w, 0, PAGES, 4, WORLD_HOT);
}

static int knob_set(const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/ballast/vm/%s", blst_name(w.id));
	return host_write(value, "%s/%s", path, name);
}

static const char *knob(const char *name)
{
	static char text[64];

	REQUIRE(!host_read(text, sizeof(text), FOLDER "%s", blst_name(w.id), name),
		"cannot read %s", name);
	return text;
}

static unsigned long long number(const char *name)
{
	return strtoull(knob(name), NULL, 10);
}

static struct ballast_vm_query query(void)
{
	struct ballast_vm_query q;

	REQUIRE(!blst_query(w.id, &q), "query");
	return q;
}

static void a_moment(void)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };

	nanosleep(&moment, NULL);
}

/* Wait until the module has done another @n passes by itself. */
static bool passes_by_itself(unsigned int n)
{
	uint64_t until = query().passes + n;
	unsigned int i;

	for (i = 0; i < TRIES && query().passes < until; i++)
		a_moment();
	return query().passes >= until;
}

/* What is not valid is refused, names no errno but EINVAL, and changes nothing. */
static void bad_values(void)
{
	static const struct {
		const char *knob, *value;
	} bad[] = {
		{ "period_min_ms", "9" }, { "period_min_ms", "30001" }, { "period_min_ms", "-1" },
		{ "period_min_ms", "ten" }, { "period_min_ms", "" }, { "period_max_ms", "199" },
		{ "period_max_ms", "3600001" }, { "period_max_ms", "99999999999" },
		{ "budget_bp", "0" }, { "budget_bp", "10001" }, { "mode", "automatic" },
		{ "mode", "" }, { "calibrate_s", "x" }, { "mrc/enabled", "2" },
		{ "mrc/enabled", "yes" }, { "mrc/samples", "63" }, { "mrc/samples", "16385" },
		{ "mrc/tick_ms", "9" }, { "mrc/tick_ms", "60001" }, { "mrc/budget_bp", "0" },
		{ "mrc/budget_bp", "10001" }, { "mrc/tracer", "3" }, { "mrc/tracer", "trap" },
		{ "mrc/window_ms", "60001" }, { "mrc/trap_rate", "0" },
		{ "mrc/trap_rate", "100001" }, { "mrc/trap_huge", "2" },
	};
	char before[64];
	unsigned int i;
	int ret;

	open_world();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(before, knob(bad[i].knob));
		ret = knob_set(bad[i].knob, bad[i].value);
		/* Nothing at all is written for an empty string. */
		CHECK(bad[i].value[0] ? ret < 0 : true, "%s took '%s'", bad[i].knob, bad[i].value);
		CHECK(!strcmp(knob(bad[i].knob), before), "%s went from %s to %s by '%s'",
		      bad[i].knob, before, knob(bad[i].knob), bad[i].value);
	}
	CHECK(knob_set("hot_pages", "1") < 0, "hot_pages can be written");
	world_close(&w);
}

/* manual: passes on request and no others; auto: passes come. */
static void modes(void)
{
	uint64_t before;

	open_world();
	CHECK(!strcmp(knob("mode"), "manual"), "mode is %s", knob("mode"));
	CHECK(!strcmp(knob("period_reason"), "manual"), "reason is %s", knob("period_reason"));
	REQUIRE(!knob_set("period_min_ms", "10") && !knob_set("period_max_ms", "20") &&
		!knob_set("budget_bp", "10000") && !knob_set("mode", "auto"), "knobs");
	CHECK(passes_by_itself(20), "%llu passes", (unsigned long long)query().passes);
	CHECK(query().period_ms >= 10, "period %u ms", query().period_ms);
	REQUIRE(!knob_set("mode", "manual"), "mode");
	/* A pass that was under way ends before ours begins. */
	REQUIRE(!blst_scan(w.id, 1), "scan");
	before = query().passes;
	REQUIRE(!blst_scan(w.id, 50), "scan");
	CHECK(query().passes == before + 50, "%llu passes, not 50",
	      (unsigned long long)(query().passes - before));
	world_close(&w);
}

static bool wait_for_reason(unsigned int reason)
{
	unsigned int i;

	for (i = 0; i < TRIES && query().period_reason != reason; i++)
		a_moment();
	return query().period_reason == reason;
}

/* An idle VM is scanned less and less; one that changes is scanned more again. */
static void period_follows(void)
{
	struct ballast_vm_query q;
	unsigned int tries;

	open_world();
	world_touch(&w);
	REQUIRE(!knob_set("budget_bp", "10000") && !knob_set("period_max_ms", "2500") &&
		!knob_set("mode", "auto"), "knobs");
	CHECK(wait_for_reason(BALLAST_PERIOD_STABLE), "%s after an idle minute",
	      knob("period_reason"));
	q = query();
	CHECK(q.period_ms > 1000 && q.period_ms <= 2500, "stable: %u ms", q.period_ms);
	CHECK(number("period_ms") >= 1000, "sysfs says %llu ms", number("period_ms"));
	/* All that was cold is touched in every turn. */
	world_fill(&w, 0, PAGES, WORLD_HOT);
	for (tries = 0; tries < TRIES && query().period_reason == BALLAST_PERIOD_STABLE; tries++) {
		world_touch(&w);
		a_moment();
	}
	q = query();
	CHECK(q.period_reason == BALLAST_PERIOD_TRACKING, "changed: %s", knob("period_reason"));
	CHECK(q.period_ms <= 1000, "changed: %u ms", q.period_ms);
	ktap_note("stable at %llu ms at most, tracking at %u ms", number("period_max_ms"),
		  q.period_ms);
	world_close(&w);
}

/* A budget that a pass exceeds makes the period longer, and says so. */
static void budget(void)
{
	struct ballast_vm_query q;

	open_world();
	REQUIRE(!knob_set("period_min_ms", "10") && !knob_set("period_max_ms", "10") &&
		!knob_set("budget_bp", "1") && !knob_set("mode", "auto"), "knobs");
	CHECK(wait_for_reason(BALLAST_PERIOD_BUDGET), "reason %s", knob("period_reason"));
	q = query();
	CHECK(q.period_ms > 10, "period %u ms with 0.01 %% of a core", q.period_ms);
	world_close(&w);
}

/*
 * What the TLB hides: this guest exits at every timer tick of the host, and an
 * emulated CPU's exit empties the TLB, so next to nothing is hidden; that is
 * what must come out, from as many samples as there are hot blocks, and the
 * measurement must neither disturb the guest nor the picture.
 */
static void calibration(void)
{
	struct tinyvm_mem mem = { .gfn = WORLD_GFN, .pages = 32 * 512, .backing = TINYVM_ANON };
	struct ballast_vm_query q;
	uint32_t hot[32];
	unsigned int i;

	world_open(&w, NULL, &mem, 1);
	world_fill(&w, 0, mem.pages, WORLD_COLD);
	for (i = 0; i < 32; i++) {
		world_fill(&w, i * 512 + 7, 1, WORLD_HOT);
		hot[i] = WORLD_GFN + i * 512 + 7;
	}
	world_settle(&w, "before");
	tinyvm_run_async(w.vm, 0, hot, 32, TINYVM_WRITE | TINYVM_FLUSH);
	REQUIRE(!knob_set("calibrate_s", "1") && !knob_set("period_min_ms", "100") &&
		!knob_set("period_max_ms", "100") && !knob_set("budget_bp", "10000") &&
		!knob_set("mode", "auto"), "knobs");
	for (i = 0; i < TRIES && query().flushes < 3; i++)
		a_moment();
	q = query();
	CHECK(q.flushes >= 3, "%llu flushes", (unsigned long long)q.flushes);
	CHECK(q.blind_samples >= 8 && q.blind_samples <= 64, "%llu samples",
	      (unsigned long long)q.blind_samples);
	CHECK(q.tlb_blind_bp <= 2000, "%u/10000 of accesses hidden from a TLB that is flushed",
	      q.tlb_blind_bp);
	ktap_note("%u/10000 hidden, %llu samples", q.tlb_blind_bp,
		  (unsigned long long)q.blind_samples);
	REQUIRE(!knob_set("calibrate_s", "0") && !knob_set("mode", "manual"), "knobs");
	tinyvm_stop(w.vm, 0);
	world_settle(&w, "after");
	world_check_sums(&w);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct ktap_case cases[] = {
		{ "bad_values", bad_values },
		{ "modes", modes },
		{ "period_follows", period_follows },
		{ "budget", budget },
		{ "calibration", calibration, 300 },
	};

	return ktap_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
