// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "daemon_config.h"
#include "text.h"

#define PAGE_BYTES	4096
/* libinih's room for a section and its end. */
#define SECTION_LEN	50
#define SHARES_MAX	(1u << 20)
/* With all of it gone idle memory would have no price that is finite. */
#define TAX_MAX		99u

/**
 * struct reader - a file that is being read
 * @config: what it says so far
 * @path:   its name
 * @file:   open
 * @line:   number of the line that was read last
 * @cut:    that line is longer than libinih's room
 * @error:  the first one, "" so far
 * @size:   room there
 */
struct reader {
	struct daemon_config *config;
	const char *path;
	FILE *file;
	int line;
	bool cut;
	char *error;
	size_t size;
};

/* For handlers: what libinih takes for "wrong". */
#define WRONG	0
#define RIGHT	1

__attribute__((format(printf, 3, 4)))
static int wrong(struct reader *r, int line, const char *fmt, ...)
{
	va_list args;
	int len;

	if (*r->error)
		return WRONG;
	len = snprintf(r->error, r->size, "%s:%d: ", r->path, line);
	if (len < 0 || (size_t)len >= r->size)
		return WRONG;
	va_start(args, fmt);
	vsnprintf(r->error + len, r->size - (size_t)len, fmt, args);
	va_end(args);
	return WRONG;
}

/* --- values ------------------------------------------------------------------------- */

enum value_type {
	VALUE_BYTES,		/* uint64_t */
	VALUE_SIZE,		/* struct config_size: bytes or a part */
	VALUE_SHARES,		/* uint32_t */
	VALUE_SECONDS,		/* uint64_t in ms */
	VALUE_TAX,		/* uint32_t per cent */
	VALUE_AUTO,		/* bool: auto or off */
	VALUE_ALL,		/* bool: all or no */
	VALUE_PATH,		/* char[PATH_MAX] */
};

static const char *const wanted[] = {
	[VALUE_BYTES] = "a size like 512M or 28G",
	[VALUE_SIZE] = "a size like 512M or 2G, or a part of the VM's like 25%",
	[VALUE_SHARES] = "a number from 1 to 1048576",
	[VALUE_SECONDS] = "seconds, 0.1 to 3600",
	[VALUE_TAX] = "a part like 75%, 0% to 99%",
	[VALUE_AUTO] = "auto or off",
	[VALUE_ALL] = "all or no",
	[VALUE_PATH] = "the folder of a cgroup, from / on",
};

/**
 * struct key - a setting
 * @name:   in the file
 * @type:   of its value
 * @offset: in its structure
 */
struct key {
	const char *name;
	enum value_type type;
	size_t offset;
};

#define HOST_KEY(name, type, field) \
	{ name, type, offsetof(struct daemon_config, field) }
#define VM_KEY(name, type, field) \
	{ name, type, offsetof(struct config_vm, field) }

static const struct key host_keys[] = {
	HOST_KEY("budget", VALUE_BYTES, budget_bytes),
	HOST_KEY("reserve", VALUE_BYTES, reserve_bytes),
	HOST_KEY("cgroup", VALUE_PATH, cgroup),
	HOST_KEY("attach", VALUE_ALL, attach_all),
	HOST_KEY("demand", VALUE_AUTO, demand),
	HOST_KEY("interval", VALUE_SECONDS, interval_ms),
	HOST_KEY("hold_off", VALUE_SECONDS, hold_off_ms),
	HOST_KEY("swap_rate", VALUE_BYTES, swap_bytes_s),
	HOST_KEY("idle_tax", VALUE_TAX, tax_percent),
};

enum vm_setting {
	VM_MIN,
	VM_MAX,
	VM_SHARES,
	VM_BALLOON,
	VM_SWAP,
	VM_FLUSH,
	VM_CLASSES,
	NR_VM_SETTINGS,
};

static const struct key vm_keys[NR_VM_SETTINGS] = {
	[VM_MIN] = VM_KEY("min", VALUE_SIZE, min),
	[VM_MAX] = VM_KEY("max", VALUE_SIZE, max),
	[VM_SHARES] = VM_KEY("shares", VALUE_SHARES, shares),
	[VM_BALLOON] = VM_KEY("balloon", VALUE_AUTO, balloon),
	[VM_SWAP] = VM_KEY("swap", VALUE_AUTO, swap),
	[VM_FLUSH] = VM_KEY("flush", VALUE_AUTO, flush),
	[VM_CLASSES] = VM_KEY("classes", VALUE_AUTO, classes),
};

/* Less than a page is a number without its unit. */
static bool parse_bytes(const char *text, uint64_t *bytes)
{
	return text_parse_size(text, bytes) && (!*bytes || *bytes >= PAGE_BYTES);
}

static bool parse_part(const char *text, struct config_size *size)
{
	size_t len = strlen(text);
	char number[8];
	uint64_t value;

	*size = (struct config_size) { 0 };
	if (!len || text[len - 1] != '%')
		return parse_bytes(text, &size->bytes);
	if (len > sizeof(number))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)len - 1, text);
	if (!text_parse_u64(number, 0, 100, &value))
		return false;
	size->percent = (uint32_t)value;
	return true;
}

static bool parse_word(const char *text, const char *yes, const char *no, bool *value)
{
	*value = !strcmp(text, yes);
	return *value || !strcmp(text, no);
}

static bool parse_value(enum value_type type, const char *text, void *value)
{
	struct config_size part;
	uint64_t number;

	switch (type) {
	case VALUE_BYTES:
		return parse_bytes(text, value);
	case VALUE_SIZE:
		return parse_part(text, value);
	case VALUE_SHARES:
		if (!text_parse_u64(text, 1, SHARES_MAX, &number))
			return false;
		*(uint32_t *)value = (uint32_t)number;
		return true;
	case VALUE_SECONDS:
		return text_parse_seconds(text, value) && *(uint64_t *)value >= 100 &&
		       *(uint64_t *)value <= 3600 * 1000;
	case VALUE_TAX:
		if (!parse_part(text, &part) || part.bytes || part.percent > TAX_MAX)
			return false;
		*(uint32_t *)value = part.percent;
		return true;
	case VALUE_AUTO:
		return parse_word(text, "auto", "off", value);
	case VALUE_ALL:
		return parse_word(text, "all", "no", value);
	case VALUE_PATH:
		return *text == '/' && snprintf(value, PATH_MAX, "%s", text) < PATH_MAX;
	}
	return false;
}

static int unknown_key(struct reader *r, const char *section, const char *name,
		       const struct key *keys, size_t nr)
{
	char names[128] = "";

	for (size_t i = 0; i < nr; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "", keys[i].name);
	}
	return wrong(r, r->line, "[%s] has no '%s': one of: %s", section, name, names);
}

static int set(struct reader *r, const char *section, const char *name, const char *value,
	       const struct key *keys, size_t nr, void *base, unsigned int *given)
{
	size_t i;

	for (i = 0; i < nr && strcmp(keys[i].name, name); i++)
		;
	if (i == nr)
		return unknown_key(r, section, name, keys, nr);
	/* A line that begins with a blank is the setting above it once more, too. */
	if (*given & 1u << i)
		return wrong(r, r->line,
			     "[%s] has '%s' already: leave one of them (a line that begins with a blank goes on with the one above)",
			     section, name);
	*given |= 1u << i;
	if (!parse_value(keys[i].type, value, (char *)base + keys[i].offset))
		return wrong(r, r->line, "%s = %s: wants %s", name, value, wanted[keys[i].type]);
	return RIGHT;
}

/* --- sections ----------------------------------------------------------------------- */

static struct config_vm *vm_section(struct reader *r, const char *name)
{
	struct daemon_config *c = r->config;
	struct config_vm *vms;

	for (size_t i = 0; i < c->nr; i++)
		if (!strcmp(c->vms[i].name, name))
			return &c->vms[i];
	vms = realloc(c->vms, (c->nr + 1) * sizeof(*vms));
	if (!vms)
		return NULL;
	c->vms = vms;
	vms = &c->vms[c->nr++];
	memset(vms, 0, sizeof(*vms));
	snprintf(vms->name, sizeof(vms->name), "%.*s", DAEMON_CONFIG_NAME_LEN - 1, name);
	return vms;
}

static int handle(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;
	struct config_vm *vm = NULL;

	if (r->cut)
		return wrong(r, r->line, "a line of more than %d characters: shorten it",
			     INI_MAX_LINE - 2);
	if (!strcmp(section, "host"))
		return set(r, section, name, value, host_keys,
			   sizeof(host_keys) / sizeof(*host_keys), r->config, &r->config->given);
	if (!strcmp(section, "defaults")) {
		vm = &r->config->defaults;
	} else if (!strncmp(section, "vm ", 3) && section[3 + strspn(section + 3, " ")]) {
		char guest[SECTION_LEN];
		size_t len;

		snprintf(guest, sizeof(guest), "%s", section + 3 + strspn(section + 3, " "));
		for (len = strlen(guest); len && guest[len - 1] == ' '; len--)
			guest[len - 1] = '\0';
		/* A section that is longer than the library keeps has been cut. */
		if (len >= DAEMON_CONFIG_NAME_LEN || strlen(section) >= SECTION_LEN - 1)
			return wrong(r, r->line,
				     "[%s]: a name of more than %d characters: give the VM's pid or folder instead",
				     section, DAEMON_CONFIG_NAME_LEN - 1);
		vm = vm_section(r, guest);
		if (!vm)
			return wrong(r, r->line, "out of memory");
	} else if (!*section) {
		return wrong(r, r->line, "'%s' is in no section: put [host], [defaults] or [vm NAME] above it",
			     name);
	} else {
		return wrong(r, r->line, "no such section [%s]: one of: [host], [defaults], [vm NAME]",
			     section);
	}
	vm->line = r->line;
	return set(r, section, name, value, vm_keys, NR_VM_SETTINGS, vm, &vm->given);
}

/* Counts lines: libinih does not tell them to handlers. */
static char *read_line(char *line, int size, void *arg)
{
	struct reader *r = arg;

	if (!fgets(line, size, r->file))
		return NULL;
	if (!r->cut)
		r->line++;
	r->cut = !strchr(line, '\n') && !feof(r->file);
	return line;
}

/* --- what holds together -------------------------------------------------------------- */

static bool has(const struct config_vm *vm, enum vm_setting which)
{
	return vm->given >> which & 1;
}

static const struct config_size *setting(const struct daemon_config *c, const struct config_vm *vm,
					 enum vm_setting which)
{
	const struct config_vm *from = has(vm, which) ? vm : &c->defaults;

	return which == VM_MIN ? &from->min : &from->max;
}

/* Where both are sizes, or both are parts; the others depend on the VM. */
static int check_vm(struct reader *r, const struct config_vm *vm)
{
	const struct config_size *min = setting(r->config, vm, VM_MIN);
	const struct config_size *max = setting(r->config, vm, VM_MAX);

	if ((max->bytes && min->bytes > max->bytes) ||
	    (max->percent && min->percent > max->percent))
		return wrong(r, vm->line, "%s%s: min is more than max: lower one, or raise the other",
			     *vm->name ? "vm " : "defaults", vm->name);
	return RIGHT;
}

static int check(struct reader *r)
{
	const struct daemon_config *c = r->config;

	if (c->budget_bytes && c->reserve_bytes >= c->budget_bytes)
		return wrong(r, r->line, "reserve is as much as budget: nothing is left for VMs");
	if (c->budget_bytes && *c->cgroup)
		return wrong(r, r->line, "budget and cgroup: give one of them, the cgroup has its memory.max");
	if (!check_vm(r, &c->defaults))
		return WRONG;
	for (size_t i = 0; i < c->nr; i++)
		if (!check_vm(r, &c->vms[i]))
			return WRONG;
	return RIGHT;
}

static void set_defaults(struct daemon_config *c)
{
	*c = (struct daemon_config) {
		.interval_ms = 2000,
		.hold_off_ms = 30000,
		.swap_bytes_s = 64ull << 20,
		.tax_percent = 75,
		.demand = true,
		.defaults = {
			.min.percent = 25,
			.shares = 1000,
			.balloon = true,
			.swap = true,
			.flush = true,
			.classes = true,
		},
	};
}

static int parse(struct reader *r)
{
	int bad = ini_parse_stream(read_line, r, handle, r);

	if (bad && !*r->error)
		wrong(r, bad, "neither [SECTION] nor KEY = VALUE: begin comments with # or ;");
	else if (!*r->error)
		check(r);
	return *r->error ? -EINVAL : 0;
}

int daemon_config_load(struct daemon_config *config, const char *path, char *error, size_t size)
{
	struct daemon_config fresh;
	struct reader r = {
		.config = &fresh,
		.path = path ? path : DAEMON_CONFIG_FILE,
		.error = error,
		.size = size,
	};
	int ret;

	*error = '\0';
	set_defaults(&fresh);
	r.file = fopen(r.path, "re");
	if (!r.file) {
		ret = errno;
		if (ret == ENOENT && !path) {
			*config = fresh;
			return 0;
		}
		snprintf(error, size, "%s: cannot read the configuration: %s", r.path,
			 strerror(ret));
		return -ret;
	}
	fresh.from_file = true;
	ret = parse(&r);
	fclose(r.file);
	if (ret)
		daemon_config_release(&fresh);
	else
		*config = fresh;
	return ret;
}

void daemon_config_release(struct daemon_config *config)
{
	free(config->vms);
	config->vms = NULL;
	config->nr = 0;
}

/* --- one VM --------------------------------------------------------------------------- */

static uint64_t pages_of(const struct config_size *size, uint64_t size_pages)
{
	uint64_t pages = size->bytes / PAGE_BYTES;

	if (size->percent)
		return (uint64_t)((double)size_pages * size->percent / 100);
	return pages < size_pages ? pages : size_pages;
}

static const struct config_vm *find(const struct daemon_config *c, const char *const *names,
				    size_t nr)
{
	static const struct config_vm none;

	for (size_t i = 0; i < c->nr; i++)
		for (size_t j = 0; j < nr; j++)
			if (*names[j] && !strcmp(c->vms[i].name, names[j]))
				return &c->vms[i];
	return &none;
}

void daemon_config_limits(const struct daemon_config *config, const char *const *names, size_t nr,
			  uint64_t size_pages, struct config_limits *limits)
{
	const struct config_vm *vm = find(config, names, nr), *d = &config->defaults;

	*limits = (struct config_limits) {
		.min_pages = pages_of(setting(config, vm, VM_MIN), size_pages),
		.max_pages = pages_of(setting(config, vm, VM_MAX), size_pages),
		.shares = has(vm, VM_SHARES) ? vm->shares : d->shares,
		.balloon = has(vm, VM_BALLOON) ? vm->balloon : d->balloon,
		.swap = has(vm, VM_SWAP) ? vm->swap : d->swap,
		.flush = has(vm, VM_FLUSH) ? vm->flush : d->flush,
		.classes = has(vm, VM_CLASSES) ? vm->classes : d->classes,
	};
}
