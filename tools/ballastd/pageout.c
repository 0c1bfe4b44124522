// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cold_ranges.h"
#include "pageout.h"

#define PAGE_BYTES	4096
/* The kernel takes up to 1024; the clock is looked at in between. */
#define RANGES		256
/* Slices more, as long as nothing was found to be given. */
#define IN_VAIN		4
#define PAGEMAP_PRESENT	(1ull << 63)
/* Of one process: the kernel does not swap others, and the zero page is nobody's. */
#define PAGEMAP_EXCLUSIVE	(1ull << 56)

/**
 * struct run - a request that is being worked on
 * @request: the request
 * @process: pidfd of the VMM
 * @pagemap: what of it is in memory
 * @ranges, @nr: collected so far
 * @pages:   in these
 * @until_ms: stop then, CLOCK_MONOTONIC
 * @gave:    a batch was handed over
 * @invalid: some range is of a kind that the kernel does not swap
 */
struct run {
	struct pageout *request;
	int process;
	int pagemap;
	struct iovec ranges[RANGES + COLD_BLOCK_PAGES];
	size_t nr;
	uint64_t pages;
	uint64_t until_ms;
	bool gave;
	bool invalid;
};

__attribute__((format(printf, 3, 4)))
static int fail(struct run *run, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(run->request->error, sizeof(run->request->error), fmt, args);
	va_end(args);
	return -err;
}

static int refused(struct run *run, int err)
{
	const char *vm = run->request->vm->vm.label;

	switch (err) {
	case ESRCH:
		return fail(run, err, "vm %s: the VM has gone", vm);
	case EPERM:
	case EACCES:
		return fail(run, EPERM,
			    "vm %s: may not swap it out: run as root (CAP_SYS_NICE and CAP_SYS_PTRACE), outside of a sandbox that forbids process_madvise",
			    vm);
	case EINVAL:
		return fail(run, err,
			    "vm %s: its memory is locked or of a pool of huge pages, which the kernel does not swap: it is left alone from now on; 'swap = off' in [vm %s] says so",
			    vm, *run->request->vm->vm.guest ? run->request->vm->vm.guest :
							      run->request->vm->vm.entry.name);
	default:
		return fail(run, err, "vm %s: cannot swap it out (process_madvise): %s", vm,
			    strerror(err));
	}
}

/* --- the kernel --------------------------------------------------------------------- */

static bool in_memory(void *arg, uint64_t hva, size_t nr, bool *resident)
{
	const struct run *run = arg;
	uint64_t entries[COLD_BLOCK_PAGES];
	size_t size = nr * sizeof(*entries);

	if (pread(run->pagemap, entries, size, (off_t)(hva / PAGE_BYTES * sizeof(*entries))) !=
	    (ssize_t)size)
		return false;
	for (size_t i = 0; i < nr; i++)
		resident[i] = entries[i] & PAGEMAP_PRESENT && entries[i] & PAGEMAP_EXCLUSIVE;
	return true;
}

/* Whether others may go on where one range has failed: it may be unmapped by now. */
static bool concerns_range(struct run *run, int err)
{
	run->invalid |= err == EINVAL;
	return err == EINVAL || err == ENOMEM || err == EFAULT || err == EINTR || err == EAGAIN;
}

/* Those that are not in memory any more. */
static uint64_t gone(struct run *run)
{
	bool resident[COLD_BLOCK_PAGES];
	uint64_t pages = 0;

	for (size_t i = 0; i < run->nr; i++) {
		size_t nr = run->ranges[i].iov_len / PAGE_BYTES;

		if (!in_memory(run, (uint64_t)(uintptr_t)run->ranges[i].iov_base, nr, resident))
			continue;
		for (size_t page = 0; page < nr; page++)
			pages += !resident[page];
	}
	return pages;
}

/* What was collected. */
static int give(struct run *run)
{
	size_t first = 0;

	run->gave |= run->nr > 0;
	while (first < run->nr) {
		ssize_t n = syscall(SYS_process_madvise, run->process, &run->ranges[first],
				    run->nr - first, MADV_PAGEOUT, 0);

		if (n < 0 && !concerns_range(run, errno))
			return refused(run, errno);
		if (n <= 0) {
			first++;
			continue;
		}
		run->request->asked += (uint64_t)n / PAGE_BYTES;
		while (first < run->nr && (size_t)n >= run->ranges[first].iov_len)
			n -= (ssize_t)run->ranges[first++].iov_len;
		/* Where it stopped; all but the last was taken. */
		if (first < run->nr && n > 0)
			first++;
	}
	run->request->done += gone(run);
	run->nr = 0;
	run->pages = 0;
	return 0;
}

/* --- a VM ------------------------------------------------------------------------------ */

static uint64_t pages_left(const struct run *run)
{
	uint64_t taken = run->request->asked + run->pages;

	return taken < run->request->pages ? run->request->pages - taken : 0;
}

static int take_block(struct run *run, uint64_t gfn, unsigned int levels)
{
	const struct observed_vm *vm = run->request->vm;
	struct cold_range ranges[COLD_BLOCK_PAGES];
	uint64_t nr_pages = COLD_BLOCK_PAGES;
	uint8_t pages[COLD_BLOCK_PAGES];
	size_t nr;
	int ret;

	ret = ballast_client_pages(run->request->client, vm->vm.entry.id, vm->vm.label, gfn, pages,
				   &nr_pages);
	if (ret)
		return fail(run, ESRCH, "%s", run->request->client->error);
	nr = cold_ranges(vm->slots, vm->nr_slots, gfn, pages, nr_pages, levels, in_memory, run,
			 pages_left(run), ranges);
	for (size_t i = 0; i < nr; i++) {
		run->ranges[run->nr++] = (struct iovec) {
			.iov_base = (void *)(uintptr_t)ranges[i].hva,
			.iov_len = ranges[i].pages * PAGE_BYTES,
		};
		run->pages += ranges[i].pages;
	}
	return run->nr >= RANGES ? give(run) : 0;
}

/* Where nothing was given yet, some time longer: what is not in memory takes time as well. */
static bool goes_on(const struct run *run)
{
	uint64_t until_ms = run->until_ms + (run->gave ? 0 : IN_VAIN * run->request->slice_ms);

	return pages_left(run) && observer_clock_ms() < until_ms;
}

static int take_blocks(struct run *run, const struct cold_block *blocks, size_t nr,
		       unsigned int levels)
{
	int ret = 0;

	for (size_t i = 0; i < nr && !ret && goes_on(run); i++)
		ret = take_block(run, blocks[i].gfn, levels);
	return ret ? ret : give(run);
}

/* Blocks that have pages of some levels; there is room for all. */
struct found {
	struct cold_block *blocks;
	size_t nr;
	size_t room;
	unsigned int levels;
};

static void find_blocks(void *arg, uint64_t gfn, const struct ballast_block_activity *blocks,
			size_t nr)
{
	struct found *found = arg;

	if (nr > found->room - found->nr)
		nr = found->room - found->nr;
	found->nr += cold_blocks(gfn, blocks, nr, found->levels, found->blocks + found->nr);
}

static int take_levels(struct run *run, struct found *found)
{
	const struct observed_vm *vm = run->request->vm;

	found->nr = 0;
	if (ballast_client_each_block(run->request->client, vm->vm.entry.id, vm->vm.label,
				      vm->slots, vm->nr_slots, find_blocks, found))
		return fail(run, ESRCH, "%s", run->request->client->error);
	cold_sort(found->blocks, found->nr);
	return take_blocks(run, found->blocks, found->nr, found->levels);
}

/* Blocks of memory, of which two slots may share one. */
static size_t nr_blocks(const struct observed_vm *vm)
{
	size_t nr = 1;

	for (size_t i = 0; i < vm->nr_slots; i++)
		nr += vm->slots[i].pages / COLD_BLOCK_PAGES + 2;
	return nr;
}

static int take(struct run *run)
{
	const struct vm *vm = &run->request->vm->vm;
	struct found found = { .room = nr_blocks(run->request->vm) };
	unsigned int depth;
	uint64_t pass;
	int ret = 0;

	/* What was used since the last pass is not as cold as it was. */
	if (ballast_client_scan(run->request->client, vm->entry.id, vm->label, 1, &pass))
		return fail(run, ESRCH, "%s", run->request->client->error);
	found.blocks = calloc(found.room, sizeof(*found.blocks));
	if (!found.blocks)
		return fail(run, ENOMEM, "out of memory");
	run->until_ms = observer_clock_ms() + run->request->slice_ms;
	for (depth = BALLAST_DEPTH_COLD; depth <= run->request->depth && !ret && goes_on(run);
	     depth++) {
		found.levels = cold_levels(depth);
		ret = take_levels(run, &found);
	}
	free(found.blocks);
	return ret;
}

int pageout_vm(struct pageout *request)
{
	struct run run = { .request = request };
	char path[PATH_MAX];
	int ret;

	request->asked = request->done = 0;
	*request->error = '\0';
	run.process = (int)syscall(SYS_pidfd_open, request->vm->vm.pid, 0);
	if (run.process < 0)
		return refused(&run, errno);
	snprintf(path, sizeof(path), "%s/%d/pagemap", request->client->proc, request->vm->vm.pid);
	run.pagemap = open(path, O_RDONLY | O_CLOEXEC);
	if (run.pagemap < 0) {
		ret = refused(&run, errno == ENOENT ? ESRCH : errno);
	} else {
		ret = take(&run);
		if (!ret && run.invalid && !request->asked)
			ret = refused(&run, EINVAL);
		close(run.pagemap);
	}
	close(run.process);
	return ret;
}
