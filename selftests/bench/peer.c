// SPDX-License-Identifier: GPL-2.0-only
/*
 * What others do, done to guests that run: the rules that the simulator has of them, fed
 * over QMP, with statistics of the stock virtio-balloon driver
 *
 * usage: peer mom|proxmox BUDGET_MIB MIN_PERCENT NAME:PID...
 *
 * A guest's QMP socket is /run/l2/NAME/qmp, its balloon's id is balloon. Host memory is the
 * budget, free what guests have not got of it. Each ten seconds, as both do; a line for each
 * target. Until a signal.
 */
#include <err.h>
#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim_policy.h"
#include "vmm_memory.h"

#define PERIOD_S	10
#define PAGE		4096.0
#define PAGES_PER_MIB	256.0
#define DEVICE		"/machine/peripheral/balloon"
#define QOM_GET		"{\"execute\": \"qom-get\", \"arguments\": {\"path\": \"%s\", \"property\": \"%s\"}}"
#define QOM_SET		"{\"execute\": \"qom-set\", \"arguments\": {\"path\": \"%s\", \"property\": \"%s\", \"value\": %d}}"

/**
 * struct guest - one of them
 * @name: of the guest
 * @pid:  of its QEMU
 * @to, @from: its monitor
 */
struct guest {
	const char *name;
	pid_t pid;
	FILE *to;
	FILE *from;
};

/* One stream for both directions loses what was read ahead when it turns. */
static void connect_qmp(struct guest *g)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/run/l2/%s/qmp", g->name);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "%s", addr.sun_path);
	g->to = fdopen(fd, "w");
	g->from = fdopen(dup(fd), "r");
	if (!g->to || !g->from)
		err(1, "%s", addr.sun_path);
}

/* What the command returns, to be put; ends the program where that is an error. */
static struct json_object *ask(const struct guest *g, const char *format, ...)
{
	struct json_object *answer, *value = NULL;
	char *line = NULL;
	size_t size = 0;
	va_list args;

	va_start(args, format);
	vfprintf(g->to, format, args);
	va_end(args);
	fputc('\n', g->to);
	fflush(g->to);
	while (!value) {
		if (getline(&line, &size, g->from) < 0)
			errx(1, "%s: its monitor has gone", g->name);
		answer = json_tokener_parse(line);
		if (!answer || json_object_object_get_ex(answer, "error", NULL))
			errx(1, "%s: %s: %s", g->name, format, line);
		if (json_object_object_get_ex(answer, "return", &value))
			json_object_get(value);
		json_object_put(answer);
	}
	free(line);
	return value;
}

/* Free memory by the guest's statistics, in pages; below zero: none yet. */
static double guest_free(const struct guest *g)
{
	struct json_object *answer, *stats, *value;
	double free = -1;

	answer = ask(g, QOM_GET, DEVICE, "guest-stats");
	if (json_object_object_get_ex(answer, "stats", &stats) &&
	    json_object_object_get_ex(stats, "stat-free-memory", &value) &&
	    json_object_get_double(value) < 1e15)
		free = json_object_get_double(value) / PAGE;
	json_object_put(answer);
	return free;
}

static double guest_has(const struct guest *g)
{
	struct json_object *answer = ask(g, "{\"execute\": \"query-balloon\"}"), *value;
	double pages = 0;

	if (json_object_object_get_ex(answer, "actual", &value))
		pages = json_object_get_double(value) / PAGE;
	json_object_put(answer);
	return pages;
}

/* The model's VM, as this one is; all that is used lies in one pool. */
static void look(const struct guest *g, struct sim_vm *vm)
{
	double has = guest_has(g), free = guest_free(g), used, resident;
	struct vmm_memory memory;

	if (vmm_memory_read("/proc", g->pid, NULL, 0, &memory))
		errx(1, "%s: cannot read the memory of %d", g->name, g->pid);
	resident = fmin((double)memory.resident_pages, has);
	vm->balloon = vm->size - has;
	used = free < 0 ? resident : fmax(0, has - free);
	vm->here[SIM_ANON_HOT] = fmin(resident, used);
	vm->swapped[SIM_ANON_HOT] = used - vm->here[SIM_ANON_HOT];
	vm->free_here = resident - vm->here[SIM_ANON_HOT];
}

static void act(const struct guest *g, const struct sim_vm *vm, double before)
{
	if (vm->target == before)
		return;
	json_object_put(ask(g, "{\"execute\": \"balloon\", \"arguments\": {\"value\": %.0f}}",
			    floor(vm->size - vm->target) * PAGE));
	printf("%s: %.0f MiB held back, %.0f to be\n", g->name, vm->balloon / PAGES_PER_MIB,
	       vm->target / PAGES_PER_MIB);
}

static void begin(struct guest *g, struct sim_vm *vm, char *spec, double min_percent)
{
	char *colon = strchr(spec, ':');
	char *line = NULL;
	size_t size = 0;

	if (!colon)
		errx(2, "'%s': NAME:PID", spec);
	*colon = '\0';
	*g = (struct guest) { .name = spec, .pid = atoi(colon + 1) };
	connect_qmp(g);
	if (getline(&line, &size, g->from) < 0)
		errx(1, "%s: its monitor says nothing", g->name);
	free(line);
	json_object_put(ask(g, "{\"execute\": \"qmp_capabilities\"}"));
	json_object_put(ask(g, QOM_SET, DEVICE, "guest-stats-polling-interval", PERIOD_S / 2));
	/* Without a balloon it has all of its memory. */
	*vm = (struct sim_vm) { .size = guest_has(g), .shares = 1000, .slowdown = 1 };
	vm->min = vm->size * min_percent / 100;
}

int main(int argc, char **argv)
{
	const struct sim_policy *policy = argc > 4 ? sim_policy_find(argv[1]) : NULL;
	struct sim_host host = { 0 };
	struct guest *guests;
	double *before;

	if (!policy || policy->start)
		errx(2, "usage: peer mom|proxmox BUDGET_MIB MIN_PERCENT NAME:PID...");
	setvbuf(stdout, NULL, _IOLBF, 0);
	host.total = atof(argv[2]) * PAGES_PER_MIB;
	host.nr = (uint32_t)argc - 4;
	host.vms = calloc(host.nr, sizeof(*host.vms));
	guests = calloc(host.nr, sizeof(*guests));
	before = calloc(host.nr, sizeof(*before));
	if (!host.vms || !guests || !before)
		err(1, "memory");
	for (uint32_t i = 0; i < host.nr; i++)
		begin(&guests[i], &host.vms[i], argv[4 + i], atof(argv[3]));
	for (;; sleep(PERIOD_S)) {
		for (uint32_t i = 0; i < host.nr; i++) {
			look(&guests[i], &host.vms[i]);
			before[i] = host.vms[i].target;
		}
		policy->second(&host, 0, NULL);
		for (uint32_t i = 0; i < host.nr; i++)
			act(&guests[i], &host.vms[i], before[i]);
	}
}
