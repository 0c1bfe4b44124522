// SPDX-License-Identifier: GPL-2.0-only
/* The simulator: traces, the model's bookkeeping, policies and scores. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "sim/sim_generate.h"
#include "sim/sim_run.h"
#include "test.h"

#define GIB	(1ull << 18)

static struct sim_trace trace, other;
static struct sim_score score;
static char path[PATH_MAX];
static char error[256];

static void make(const char *kind, uint32_t seed, unsigned int overcommit)
{
	const struct sim_generate what = {
		.kind = kind, .nr_vms = 6, .seconds = 300, .seed = seed, .size_pages = 4 * GIB,
	};
	uint64_t sum = 0;

	CHECK_EQ(sim_generate(&what, &trace), 0);
	for (uint32_t i = 0; i < trace.nr_vms; i++)
		sum += trace.vms[i].size_pages;
	trace.total_pages = sum * 100 / overcommit;
}

static bool same(const struct sim_trace *a, const struct sim_trace *b)
{
	return a->nr_vms == b->nr_vms && a->seconds == b->seconds &&
	       a->total_pages == b->total_pages &&
	       !memcmp(a->vms, b->vms, a->nr_vms * sizeof(*a->vms)) &&
	       !memcmp(a->samples, b->samples,
		       (size_t)a->nr_vms * a->seconds * sizeof(*a->samples));
}

static void run(const char *policy)
{
	CHECK_EQ(sim_run(&trace, &sim_costs_default, sim_policy_find(policy), &score), 0);
}

/* --- traces ----------------------------------------------------------------------------- */

static void seeds(void)
{
	for (size_t i = 0; sim_kinds[i].name; i++) {
		make(sim_kinds[i].name, 1, 150);
		other = trace;
		make(sim_kinds[i].name, 1, 150);
		CHECK(same(&trace, &other));
		sim_trace_release(&trace);
		make(sim_kinds[i].name, 2, 150);
		CHECK(!same(&trace, &other));
		sim_trace_release(&trace);
		sim_trace_release(&other);
	}
	CHECK_EQ(sim_generate(&(struct sim_generate) { .kind = "nothing" }, &trace), -EINVAL);
}

static void classes_add_up(void)
{
	for (size_t i = 0; sim_kinds[i].name; i++) {
		bool good = true;

		make(sim_kinds[i].name, 3, 150);
		for (uint32_t s = 0; s < trace.seconds; s++) {
			for (uint32_t vm = 0; vm < trace.nr_vms; vm++) {
				const struct sim_sample *sample = sim_trace_at(&trace, s, vm);
				uint64_t sum = 0;

				for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES; cls++)
					sum += sample->class_pages[cls];
				good &= sum == trace.vms[vm].size_pages;
				good &= sample->working_set_pages <= sum;
			}
		}
		CHECK(good);
		sim_trace_release(&trace);
	}
}

static void replay(void)
{
	struct sim_score first;

	make("mixed", 5, 150);
	sim_trace_at(&trace, 7, 2)->demand_pages = 1234;
	snprintf(path, sizeof(path), "%s/trace", test_folder());
	CHECK_EQ(sim_trace_save(&trace, path, error, sizeof(error)), 0);
	CHECK_EQ(sim_trace_load(&other, path, error, sizeof(error)), 0);
	CHECK(same(&trace, &other));
	run("ballast");
	first = score;
	sim_trace_release(&trace);
	trace = other;
	run("ballast");
	CHECK(first.slowdown == score.slowdown);
	CHECK(first.fairness == score.fairness);
	CHECK_EQ(first.swap_in_pages, score.swap_in_pages);
	CHECK_EQ(first.turns, score.turns);
	sim_trace_release(&trace);
	CHECK_EQ(sim_trace_save(&trace, "/nowhere/trace", error, sizeof(error)), -ENOENT);
	CHECK_HAS(error, "/nowhere/trace: No such file");
}

static int load(const char *text)
{
	test_file("trace", text, strlen(text));
	snprintf(path, sizeof(path), "%s/trace", test_folder());
	return sim_trace_load(&trace, path, error, sizeof(error));
}

#define HEAD	"{\"ballast_sim\":1,\"total_pages\":1000,\"vms\":1,\"seconds\":4}\n"
#define VM	"{\"vm\":0,\"name\":\"web\",\"size_pages\":800}\n"

static void gaps(void)
{
	static const char text[] = HEAD VM "\n"
		"{\"t\":1,\"vm\":0,\"class\":{\"anon_active\":100}}\n"
		"{\"t\":3,\"vm\":0,\"class\":{\"file_inactive\":50},\"working_set_pages\":7}\n";

	CHECK_EQ(load(text), 0);
	CHECK_STR(trace.vms[0].name, "web");
	CHECK_EQ(trace.vms[0].shares, 1000);
	for (uint32_t s = 0; s < 3; s++) {
		CHECK_EQ(sim_trace_at(&trace, s, 0)->class_pages[BALLAST_CLASS_ANON_ACTIVE], 100);
		CHECK_EQ(sim_trace_at(&trace, s, 0)->working_set_pages, 100);
	}
	CHECK_EQ(sim_trace_at(&trace, 3, 0)->class_pages[BALLAST_CLASS_FILE_INACTIVE], 50);
	CHECK_EQ(sim_trace_at(&trace, 3, 0)->working_set_pages, 7);
	sim_trace_release(&trace);
}

static void bad_files(void)
{
	static const struct {
		const char *text;
		const char *error;
	} files[] = {
		{ "", "no trace" },
		{ "hello\n", ":1: not a JSON object" },
		{ "{}\n", ":1: no ballast_sim" },
		{ "{\"ballast_sim\":9,\"total_pages\":1,\"vms\":1,\"seconds\":1}\n",
		  "version 9 of the format is not known" },
		{ "{\"ballast_sim\":1,\"total_pages\":1,\"vms\":0,\"seconds\":1}\n", "no VM" },
		{ "{\"ballast_sim\":1,\"total_pages\":1,\"vms\":99999,\"seconds\":1}\n",
		  "vms: not between 0 and 1024" },
		{ HEAD "{\"vm\":1,\"size_pages\":1}\n", ":2: vm: not between 0 and 0" },
		{ HEAD "{\"vm\":0,\"size_pages\":0}\n", "size_pages: no memory" },
		{ HEAD "{\"vm\":0,\"size_pages\":-1}\n", "size_pages: not between" },
		{ HEAD "{\"vm\":0,\"size_pages\":\"a\"}\n", "size_pages: not an integer" },
		{ HEAD "{\"vm\":0,\"t\":0,\"class\":{}}\n", ":2: vm 0 is not described above" },
		{ HEAD VM "{\"vm\":0,\"t\":4,\"class\":{}}\n", ":3: t: not between 0 and 3" },
		{ HEAD VM "{\"vm\":0,\"t\":1}\n", "no class" },
		{ HEAD VM "{\"vm\":0,\"t\":1,\"class\":{\"free\":900}}\n", "free: not between" },
		{ HEAD VM "{\"vm\":0,\"t\":1,\"class\":{\"free\":700,\"slab\":200}}\n",
		  "more pages than the VM has" },
		{ HEAD VM, "vm 0 has no sample" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		CHECK_EQ(load(files[i].text), -EINVAL);
		CHECK_HAS(error, files[i].error);
		CHECK(!trace.vms && !trace.samples);
	}
	CHECK_EQ(sim_trace_load(&trace, "/nowhere", error, sizeof(error)), -ENOENT);
	CHECK_STR(error, "/nowhere: No such file or directory");
}

/* --- the model --------------------------------------------------------------------------- */

static bool adds_up(const struct sim_vm *vm)
{
	double free = vm->size - vm->balloon - sim_vm_used(vm);
	bool good = vm->balloon >= 0 && vm->balloon <= vm->size && free > -1 &&
		    vm->free_here >= 0 && vm->free_swapped >= 0 &&
		    vm->free_here + vm->free_swapped < free + 1 && vm->slowdown >= 1;

	for (unsigned int p = 0; p < SIM_NR_POOLS; p++)
		good &= vm->here[p] >= 0 && vm->swapped[p] >= 0 && vm->lost[p] >= 0 &&
			vm->here[p] + vm->swapped[p] + vm->lost[p] < vm->want[p] + 1;
	return good;
}

/* No page is made or lost, whatever a policy does. */
static void pages_add_up(void)
{
	for (size_t i = 0; sim_policies[i]; i++) {
		const struct sim_policy *policy = sim_policies[i];
		struct sim_host host;
		void *data = NULL;
		bool good = true;

		make("mixed", 7, 250);
		CHECK_EQ(sim_host_init(&host, &trace, &sim_costs_default), 0);
		if (policy->start)
			CHECK_EQ(policy->start(&host, &data), 0);
		for (uint32_t s = 0; s < trace.seconds; s++) {
			sim_host_step(&host, &trace, s);
			good &= sim_host_free(&host) > 0;
			policy->second(&host, s, data);
			for (uint32_t vm = 0; vm < host.nr; vm++)
				good &= adds_up(&host.vms[vm]);
		}
		CHECK(good);
		if (policy->end)
			policy->end(data);
		sim_host_release(&host);
		sim_trace_release(&trace);
	}
}

/* --- policies ------------------------------------------------------------------------------ */

static void enough_memory_for_all(void)
{
	make("mixed", 9, 50);
	for (size_t i = 0; sim_policies[i]; i++) {
		run(sim_policies[i]->name);
		CHECK(score.slowdown < 1.001);
		CHECK_EQ(score.swap_out_pages, 0);
		CHECK_EQ(score.turns, 0);
		CHECK(score.fairness > 0.999);
		CHECK_EQ(score.state_s[BALLAST_HOST_HIGH], trace.seconds);
	}
	sim_trace_release(&trace);
}

/* The scheduler is there to be better than what others do, and than doing nothing. */
static void better_than_others(void)
{
	for (uint32_t seed = 1; seed <= 5; seed++) {
		double own, fairness;

		make("mixed", seed, 150);
		run("ballast");
		own = score.slowdown;
		fairness = score.fairness;
		CHECK(fairness > 0.9 && fairness <= 1);
		for (size_t i = 1; sim_policies[i]; i++) {
			run(sim_policies[i]->name);
			CHECK(own < score.slowdown);
		}
		sim_trace_release(&trace);
	}
}

/* Where the load is the same in each second, targets come to rest. */
static void steady_load(void)
{
	uint32_t sum = 0;

	make("idle", 1, 150);
	run("ballast");
	CHECK(score.turns <= trace.nr_vms);
	for (unsigned int state = 0; state < BALLAST_NR_HOST_STATES; state++)
		sum += score.state_s[state];
	CHECK_EQ(sum, trace.seconds);
	CHECK_EQ(score.state_s[BALLAST_HOST_LOW], 0);
	sim_trace_release(&trace);
}

/* A guest with nothing but free memory, on a host that has a tenth of its own free. */
static void empty_guest(struct sim_host *host, struct sim_vm *vm)
{
	*vm = (struct sim_vm) {
		.size = 4.0 * GIB, .min = 0.5 * GIB, .shares = 1000, .free_here = 3.6 * GIB,
	};
	*host = (struct sim_host) {
		.total = 4.0 * GIB, .nr = 1, .vms = vm, .costs = sim_costs_default,
	};
}

/* Five per cent in ten seconds: to halve a guest takes 140 s. */
static void mom_goes_in_steps(void)
{
	struct sim_host host;
	struct sim_vm vm;
	uint32_t second;

	empty_guest(&host, &vm);
	for (second = 0; second < 130; second++) {
		sim_mom.second(&host, second, NULL);
		vm.balloon = vm.target;
	}
	CHECK(vm.target < vm.size / 2);
	for (; second < 140; second++) {
		sim_mom.second(&host, second, NULL);
		vm.balloon = vm.target;
	}
	CHECK(vm.target > vm.size / 2);
	CHECK(fabs(vm.size - vm.target - vm.size * pow(0.95, 14)) < 1);
}

/* A hundred MiB in ten seconds, until four fifths of the host are in use. */
static void proxmox_goes_in_steps(void)
{
	struct sim_host host;
	struct sim_vm vm;

	empty_guest(&host, &vm);
	sim_proxmox.second(&host, 0, NULL);
	CHECK(fabs(vm.target - 100 * 256) < 1);
	sim_proxmox.second(&host, 5, NULL);
	CHECK(fabs(vm.target - 100 * 256) < 1);
	sim_proxmox.second(&host, 10, NULL);
	CHECK(fabs(vm.target - 200 * 256) < 1);
	/* And back. */
	vm.free_here = 1.0 * GIB;
	sim_proxmox.second(&host, 30, NULL);
	CHECK(fabs(vm.target - 100 * 256) < 1);
}

static void names(void)
{
	for (size_t i = 0; sim_policies[i]; i++)
		CHECK(sim_policy_find(sim_policies[i]->name) == sim_policies[i]);
	CHECK(!sim_policy_find("none"));
}

static const struct test_case cases[] = {
	{ "seeds", seeds },
	{ "classes_add_up", classes_add_up },
	{ "replay", replay },
	{ "gaps", gaps },
	{ "bad_files", bad_files },
	{ "pages_add_up", pages_add_up },
	{ "enough_memory_for_all", enough_memory_for_all },
	{ "better_than_others", better_than_others },
	{ "steady_load", steady_load },
	{ "mom_goes_in_steps", mom_goes_in_steps },
	{ "proxmox_goes_in_steps", proxmox_goes_in_steps },
	{ "names", names },
};

TEST_SUITE(sim, cases);
