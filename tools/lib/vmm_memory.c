// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "vmm_memory.h"

#define PAGE_BYTES	4096
#define PAGE_KIB	(PAGE_BYTES / 1024)

static FILE *open_of(const char *proc, pid_t pid, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d/%s", proc, pid, file);
	return fopen(path, "re");
}

struct named_pages {
	const char *name;
	uint64_t *pages;
};

/* Lines of a name and KiB; closes the file. Return: whether all of them were there. */
static bool read_named(FILE *file, const struct named_pages *named, size_t nr)
{
	char line[256], name[64];
	unsigned long long kib;
	size_t found = 0;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %llu", name, &kib) != 2)
			continue;
		for (size_t i = 0; i < nr; i++) {
			if (strcmp(named[i].name, name))
				continue;
			*named[i].pages = kib / PAGE_KIB;
			found++;
		}
	}
	fclose(file);
	return found == nr;
}

/* --- a VMM ---------------------------------------------------------------------------- */

static bool is_guest_memory(uint64_t start, uint64_t end, const struct ballast_slot_entry *slots,
			    size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (slots[i].hva < end && start < slots[i].hva + slots[i].pages * PAGE_BYTES)
			return true;
	return !nr;
}

int vmm_memory_read(const char *proc, pid_t pid, const struct ballast_slot_entry *slots, size_t nr,
		    struct vmm_memory *memory)
{
	FILE *file = open_of(proc, pid, "smaps");
	unsigned long long start, end, kib;
	bool inside = false;
	char *line = NULL;
	size_t size = 0;

	memset(memory, 0, sizeof(*memory));
	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			inside = is_guest_memory(start, end, slots, nr);
		else if (inside && sscanf(line, "Rss: %llu", &kib) == 1)
			memory->resident_pages += kib / PAGE_KIB;
		else if (inside && sscanf(line, "Swap: %llu", &kib) == 1)
			memory->swapped_pages += kib / PAGE_KIB;
	}
	free(line);
	fclose(file);
	return 0;
}

int vmm_counts_read(const char *proc, pid_t pid, struct vmm_counts *counts)
{
	const struct named_pages lines[] = {
		{ "VmRSS:", &counts->rss_pages },
		{ "RssShmem:", &counts->shared_pages },
		{ "VmSwap:", &counts->swap_pages },
	};
	FILE *file = open_of(proc, pid, "status");

	if (!file)
		return -errno;
	return read_named(file, lines, sizeof(lines) / sizeof(*lines)) ? 0 : -ENODATA;
}

bool vmm_major_faults(const char *proc, pid_t pid, uint64_t *faults)
{
	FILE *file = open_of(proc, pid, "stat");
	unsigned long long number;
	char line[1024];
	const char *at;

	if (!file)
		return false;
	at = fgets(line, sizeof(line), file);
	fclose(file);
	/* The name of a process may hold anything, brackets too. */
	at = at ? strrchr(line, ')') : NULL;
	if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %llu", &number) != 1)
		return false;
	*faults = number;
	return true;
}

/* --- cgroups -------------------------------------------------------------------------- */

static FILE *open_in(const char *folder, const char *file)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path))
		return NULL;
	return fopen(path, "re");
}

bool cgroup_value(const char *folder, const char *file, uint64_t *value)
{
	FILE *f = open_in(folder, file);
	char word[32] = "";
	bool ok;

	if (!f)
		return false;
	ok = fgets(word, sizeof(word), f);
	fclose(f);
	if (!strncmp(word, "max", 3)) {
		*value = UINT64_MAX;
		return true;
	}
	word[strcspn(word, "\n")] = '\0';
	return ok && text_parse_u64(word, 0, UINT64_MAX, value);
}

bool cgroup_stat(const char *folder, const char *key, uint64_t *value)
{
	FILE *f = open_in(folder, "memory.stat");
	unsigned long long n;
	char name[64];
	bool found = false;

	if (!f)
		return false;
	while (!found && fscanf(f, "%63s %llu", name, &n) == 2)
		found = !strcmp(name, key);
	fclose(f);
	if (found)
		*value = n;
	return found;
}

bool cgroup_find(const char *proc, const char *root, pid_t pid, char folder[PATH_MAX])
{
	FILE *file = open_of(proc, pid, "cgroup"), *stat;
	char line[PATH_MAX / 2], *slash;
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "0::/", 4);
	fclose(file);
	if (!found)
		return false;
	line[strcspn(line, "\n")] = '\0';
	/* Below a cgroup that counts, there may be some that do not. */
	while (line[4]) {
		if (snprintf(folder, PATH_MAX, "%s%s", root, line + 3) >= PATH_MAX)
			return false;
		stat = open_in(folder, "memory.stat");
		if (stat) {
			fclose(stat);
			return true;
		}
		slash = strrchr(line, '/');
		*(slash == line + 3 ? slash + 1 : slash) = '\0';
	}
	return false;
}

/* --- the host ------------------------------------------------------------------------- */

uint64_t swap_cache_unmapped(const struct swap_cache *cache, uint64_t swapped_pages)
{
	uint64_t mapped = 0;

	if (cache->used_pages > swapped_pages)
		mapped = cache->used_pages - swapped_pages;
	return cache->pages > mapped ? cache->pages - mapped : 0;
}

int host_memory_read(const char *proc, struct host_memory *memory)
{
	uint64_t writeback = 0;
	const struct named_pages lines[] = {
		{ "MemTotal:", &memory->total_pages },
		{ "MemAvailable:", &memory->available_pages },
		{ "SwapTotal:", &memory->swap_pages },
		{ "SwapFree:", &memory->swap_free_pages },
		{ "SwapCached:", &memory->swap_cache.pages },
		{ "Writeback:", &writeback },
	};
	FILE *file = open_in(proc, "meminfo");

	memset(memory, 0, sizeof(*memory));
	if (!file)
		return -errno;
	if (!read_named(file, lines, sizeof(lines) / sizeof(*lines)))
		return -EINVAL;
	if (memory->swap_pages > memory->swap_free_pages)
		memory->swap_cache.used_pages = memory->swap_pages - memory->swap_free_pages;
	memory->swap_cache.pages -= memory->swap_cache.pages < writeback ?
				    memory->swap_cache.pages : writeback;
	return 0;
}
