// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known amounts of memory that is no workload's: page cache that is clean or dirty,
 * locked memory, shared memory, and slab by many files. It stays until a signal.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB		(1024UL * 1024)

static const char usage[] =
	"usage: plant [OPTIONS]\n"
	"\n"
	"  --clean MIB:PATH   a file that is read and written back\n"
	"  --dirty MIB:PATH   a file that is written and not written back\n"
	"  --shmem MIB:PATH   a file; PATH is on tmpfs\n"
	"  --mlock MIB        locked memory\n"
	"  --files N:FOLDER   so many empty files: their inodes and dentries are slab\n"
	"\n"
	"Says \"planted\" when all is there, and sleeps until a signal.\n";

static unsigned char chunk[MIB];

/* "N:PATH". */
static unsigned long amount(const char *text, const char **path)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || (path ? *end != ':' || !end[1] : *end))
		errx(2, "'%s': see plant --help", text);
	if (path)
		*path = end + 1;
	return n;
}

static void write_file(const char *arg, bool sync)
{
	const char *path;
	unsigned long mib = amount(arg, &path);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", path);
	for (unsigned long i = 0; i < mib; i++) {
		memset(chunk, (int)i + 1, sizeof(chunk));
		if (write(fd, chunk, sizeof(chunk)) != (ssize_t)sizeof(chunk))
			err(1, "%s: cannot write %lu MiB", path, mib);
	}
	if (sync && fsync(fd))
		err(1, "%s: cannot write back", path);
	/* The file stays open, and its pages stay where they are. */
}

static void lock_memory(const char *arg)
{
	unsigned long bytes = amount(arg, NULL) * MIB;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED || mlock(memory, bytes))
		err(1, "cannot lock %lu MiB", bytes / MIB);
	memset(memory, 1, bytes);
}

static void make_files(const char *arg)
{
	const char *folder;
	unsigned long n = amount(arg, &folder);
	char path[256];

	for (unsigned long i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%lu", folder, i);
		if (mknod(path, S_IFREG | 0600, 0))
			err(1, "%s", path);
	}
}

int main(int argc, char **argv)
{
	enum { CLEAN, DIRTY, SHMEM, MLOCK, FILES, HELP };
	static const struct option options[] = {
		{ "clean", required_argument, NULL, CLEAN },
		{ "dirty", required_argument, NULL, DIRTY },
		{ "shmem", required_argument, NULL, SHMEM },
		{ "mlock", required_argument, NULL, MLOCK },
		{ "files", required_argument, NULL, FILES },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case CLEAN:
		case DIRTY:
		case SHMEM:
			write_file(optarg, c == CLEAN);
			break;
		case MLOCK:
			lock_memory(optarg);
			break;
		case FILES:
			make_files(optarg);
			break;
		case HELP:
			fputs(usage, stdout);
			return 0;
		default:
			return 2;
		}
	}
	puts("planted");
	fflush(stdout);
	pause();
	return 0;
}
