// SPDX-License-Identifier: GPL-2.0-only
/* Whole rounds of the scheduler. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "fit_print.h"
#include "observe_fake.h"
#include "output.h"
#include "test.h"

/* A host that is short takes free memory first, and cold memory then. */
static void short_host(void)
{
	start("", 2);
	set_host(4096, 200, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(a_round.summary.state, BALLAST_HOST_CLEAR);
	CHECK(a_round.summary.flush_pages > 0);
	CHECK_EQ(a_round.summary.swap_pages, 0);
	for (unsigned int i = 0; i < 2; i++)
		module.classes[i].reported_pages[BALLAST_CLASS_ANON_ACTIVE] += 250 * MIB,
		module.classes[i].reported_pages[BALLAST_CLASS_FREE] -= 250 * MIB,
		module.classes[i].reported_pages[BALLAST_CLASS_FILE_INACTIVE] = 0;
	set_host(4096, 90, 1024);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(a_round.summary.state, BALLAST_HOST_SOFT);
	CHECK(a_round.summary.swap_pages > 0);
	stop();
}

/* A means that the operator has switched off is not used. */
static void switched_off(void)
{
	start("[host]\nidle_tax = 10%\n[defaults]\nflush = off\n[vm 101]\nclasses = off\n", 2);
	set_host(4096, 90, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK_EQ(o->host.config->tax_bp, 1000);
	CHECK_EQ(a_round.summary.flush_pages, 0);
	CHECK(o->vms[0].in.speaks && !o->vms[1].in.speaks);
	CHECK(!a_round.out[0].ask_free && !a_round.out[1].ask_free);
	CHECK_EQ(a_round.out[1].balloon_take_pages, 0);
	stop();
}

/* Free memory that does not come when it is asked for is not counted on, for a while. */
static void stuck_memory(void)
{
	struct observed_vm *vm;

	start("", 1);
	set_host(4096, 200, 1024);
	CHECK_EQ(run(1000), 0);
	CHECK(a_round.out[0].flush_pages > 0);
	vm = &o->vms[0];
	vm->flush_ms = 1000;
	vm->flush_free_pages = a_round.out[0].view.backed_free;
	vm->flushes = module.balloon[0].flushes++;
	/* Answered; what is known is older than the answer. */
	CHECK_EQ(run(2000), 0);
	CHECK_EQ(vm->in.stuck_pages, 0);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(vm->in.stuck_pages, 0);
	/* What it has freed by now was not there when it was asked. */
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] += 20 * MIB;
	module.classes[0].reported_pages[BALLAST_CLASS_ANON_ACTIVE] -= 20 * MIB;
	CHECK_EQ(run(4000), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB);
	CHECK_EQ(vm->in.stuck_deep, false);
	CHECK_EQ(vm->flush_ms, 0);
	CHECK_EQ(run(5000), 0);
	CHECK_EQ(a_round.out[0].flush_pages, 20 * MIB);
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] -= 20 * MIB;
	module.classes[0].reported_pages[BALLAST_CLASS_ANON_ACTIVE] += 20 * MIB;
	CHECK_EQ(run(6000), 0);
	CHECK_EQ(a_round.out[0].flush_pages, 0);
	/* Less than a block has been freed since. */
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] += 100;
	CHECK_EQ(run(7000), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB + 100);
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] -= 100;
	CHECK_EQ(run(7500), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB);
	/* What was freed since is another thing. */
	module.classes[0].reported_pages[BALLAST_CLASS_FREE] += 10 * MIB;
	module.classes[0].reported_pages[BALLAST_CLASS_ANON_ACTIVE] -= 10 * MIB;
	CHECK_EQ(run(8000), 0);
	CHECK_EQ(a_round.out[0].flush_pages, 10 * MIB);
	/* No answer. */
	vm->flush_ms = 8000;
	vm->flush_deep = true;
	vm->flush_free_pages = 266 * MIB;
	vm->flushes = module.balloon[0].flushes;
	vm->answer_ms = 0;
	CHECK_EQ(run(17000), 0);
	CHECK_EQ(vm->in.stuck_pages, 256 * MIB);
	CHECK_EQ(run(18000), 0);
	CHECK_EQ(vm->in.stuck_pages, 266 * MIB);
	CHECK_EQ(vm->in.stuck_deep, true);
	/* Another try. */
	CHECK_EQ(run(78000), 0);
	CHECK_EQ(run(78001), 0);
	CHECK_EQ(vm->in.stuck_deep, false);
	CHECK(a_round.out[0].flush_pages > 10 * MIB);
	stop();
}

/* What one daemon has left, the next one goes on with. */
static void resumes(void)
{
	struct sched_state state;
	char *text;

	start("", 1);
	set_host(4096, 90, 1024);
	module.balloon[0].reliefs = 3;
	CHECK_EQ(run(1000), 0);
	module.balloon[0].reliefs = 4;
	set_memory(100, 1024, 0, 100050);
	CHECK_EQ(run(3000), 0);
	CHECK_EQ(a_round.out[0].memory.backoff, 1);
	CHECK(a_round.out[0].memory.raise_pages > 0);
	o->vms[0].set_pages = 4711;
	CHECK_EQ(sched_round_state(&a_round, &state), 0);
	text = sched_state_print(&state);
	sched_state_release(&state);
	start_again();
	CHECK_EQ(sched_state_parse(&state, text), 0);
	sched_round_resume(&a_round, &state, 100000);
	CHECK_EQ(o->host.state, BALLAST_HOST_SOFT);
	module.balloon[0].reliefs = 5;
	CHECK_EQ(run(101000), 0);
	CHECK_EQ(o->nr, 1);
	CHECK(o->vms[0].in.let_go);
	CHECK_EQ(o->vms[0].set_pages, 4711);
	/* No refaults are known yet, and no time has passed; then it was calm. */
	CHECK_EQ(o->vms[0].in.refaults_per_s, 0);
	CHECK_EQ(a_round.out[0].memory.backoff, 1);
	CHECK_EQ(run(103000), 0);
	CHECK_EQ(a_round.out[0].memory.backoff, 0);
	CHECK(a_round.out[0].memory.raise_pages > 0);
	/* Another VM behind the same name is another VM. */
	state.vms[0].id = 9;
	start_again();
	sched_round_resume(&a_round, &state, 100000);
	CHECK_EQ(run(101000), 0);
	CHECK_EQ(o->nr, 1);
	CHECK_EQ(o->vms[0].set_pages, UINT64_MAX);
	sched_state_release(&state);
	free(text);
	stop();
}

static const char *fits(uint64_t size_mib, int like, enum out_mode mode,
			struct ballast_sched_fit *fit)
{
	struct ballast_sched_vm vm;

	ballast_sched_candidate(size_mib * MIB, size_mib * MIB, 1000, &vm);
	if (like >= 0)
		ballast_sched_like(&a_round.in[like], size_mib * MIB, &ballast_sched_defaults, &vm);
	ballast_sched_fit(&o->host, a_round.in, (u32)o->nr, &vm, a_round.out, fit);
	test_capture((int)mode);
	fit_print(&a_round, &vm, fit);
	return test_captured();
}

static void one_more(void)
{
	struct ballast_sched_fit fit;
	const char *text;

	start("", 2);
	set_host(4096, 2000, 4096);
	CHECK_EQ(run(1000), 0);
	text = fits(1024, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_FREE);
	CHECK_HAS(text, "yes: into what is free\n  new VM      1024.0 MiB, would use 1024.0 MiB");
	text = fits(2000, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_FLUSH);
	CHECK_HAS(text, "yes, if guests return what they do not use");
	/* One like these leaves half of its memory alone. */
	fits(2000, 0, OUT_TEXT, &fit);
	CHECK_EQ(fit.demand_pages, 1000 * MIB);
	CHECK_EQ(fit.verdict, BALLAST_FIT_FREE);
	text = fits(2220, -1, OUT_JSON, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_BALLOON);
	CHECK_HAS(text, "\"verdict\":\"balloon\"");
	CHECK_HAS(text, "\"vms\":[{\"vm\":\"100\",\"guest\":\"vm100\"");
	text = fits(6000, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_NO);
	CHECK_HAS(text, "no\n  new VM      6000.0 MiB");
	CHECK_HAS(text, "  missing     ");
	/* Of silent guests only cold memory may be taken. */
	for (unsigned int i = 0; i < 2; i++)
		module.classes[i].state = BALLAST_GUEST_SILENT;
	CHECK_EQ(run(3000), 0);
	text = fits(1900, -1, OUT_TEXT, &fit);
	CHECK_EQ(fit.verdict, BALLAST_FIT_SWAP);
	CHECK(fit.refault_pages > 0);
	CHECK_HAS(text, "yes, if cold memory is swapped");
	stop();
}

static const struct test_case cases[] = {
	{ "short_host", short_host },
	{ "switched_off", switched_off },
	{ "stuck_memory", stuck_memory },
	{ "resumes", resumes },
	{ "one_more", one_more },
};

TEST_SUITE(round, cases);
