// SPDX-License-Identifier: GPL-2.0-only
/* A file in the page cache: written once, then read again and again. */
#include <err.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define CHUNK	32	/* pages in a read */

static int fd = -1;
static size_t nr_pages;
static const struct page *mapped;
static struct page buffer[CHUNK];

void cache_create(const struct options *options)
{
	const char *path = options->cache_file;

	nr_pages = options->pages[CACHE];
	if (!nr_pages)
		return;
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	for (size_t i = 0; i < nr_pages; i++) {
		page_fill(&buffer[0], i);
		if (write(fd, &buffer[0], PAGE) != (ssize_t)PAGE)
			err(1, "%s: cannot write %zu MiB", path, nr_pages / PAGES_PER_MIB);
	}
	mapped = mmap(NULL, nr_pages * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (mapped == MAP_FAILED)
		err(1, "%s: cannot map", path);
}

static void read_all(void (*check)(const struct page *, uint64_t, uint64_t, const char *))
{
	for (size_t i = 0; i < nr_pages; i += CHUNK) {
		size_t nr = nr_pages - i < CHUNK ? nr_pages - i : CHUNK;

		if (pread(fd, buffer, nr * PAGE, (off_t)(i * PAGE)) != (ssize_t)(nr * PAGE))
			err(1, "cannot read the cached file");
		for (size_t k = 0; k < nr; k++)
			check(&buffer[k], i + k, 0, set_names[CACHE]);
	}
}

void cache_read(void)
{
	read_all(page_check);
}

void cache_verify(void)
{
	read_all(page_check_all);
}

const struct page *cache_pages(size_t *nr)
{
	*nr = nr_pages;
	return mapped;
}
