// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "test.h"

static const struct test_suite *const suites[] = {
	&text_suite, &proc_suite, &find_suite, &output_suite, &options_suite, &client_suite,
	&grid_suite, &record_suite, &sample_suite, &draw_suite, &class_suite,
	&sim_suite, &sim_record_suite, &sched_text_suite, &config_suite, &ranges_suite,
	&state_suite, &observe_suite, &round_suite, &mrc_suite,
};

static unsigned int checks, failures;
static char folder[PATH_MAX];
static char *captured;
static size_t captured_size;
static FILE *capture;

int (*test_ioctl)(unsigned long request, void *arg);

bool test_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	checks++;
	if (ok)
		return true;
	failures++;
	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	return false;
}

/* --- files ------------------------------------------------------------------------ */

const char *test_folder(void)
{
	if (*folder)
		return folder;
	snprintf(folder, sizeof(folder), "%s/ballast-test.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	return folder;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void full_path(char *full, size_t size, const char *path)
{
	snprintf(full, size, "%s/%s", test_folder(), path);
	for (char *slash = full + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0777);
		*slash = '/';
	}
}

void test_file(const char *path, const void *content, size_t len)
{
	char full[2 * PATH_MAX];
	FILE *file;

	full_path(full, sizeof(full), path);
	file = fopen(full, "w");
	if (!file || fwrite(content, 1, len, file) != len || fclose(file)) {
		perror(full);
		exit(1);
	}
}

void test_link(const char *path, const char *target)
{
	char full[2 * PATH_MAX];

	full_path(full, sizeof(full), path);
	if (symlink(target, full)) {
		perror(full);
		exit(1);
	}
}

char *test_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return strdup("");
	if (getdelim(&text, &size, '\0', file) < 0)
		*text = '\0';
	fclose(file);
	return text;
}

/* --- output ------------------------------------------------------------------------- */

void test_capture(int mode)
{
	free(captured);
	captured = NULL;
	capture = open_memstream(&captured, &captured_size);
	out_init((enum out_mode)mode, capture);
}

char *test_captured(void)
{
	if (capture)
		fclose(capture);
	capture = NULL;
	out_init(OUT_TEXT, stdout);
	return captured ? captured : "";
}

/* --- a fake device: the linker puts it in ioctl()'s place ------------------------------ */

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	return test_ioctl ? test_ioctl(request, arg) : __real_ioctl(fd, request, arg);
}

/* Fontconfig keeps its caches until the end. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libcairo\n";
}

/* ----------------------------------------------------------------------------------------- */

static bool run(const struct test_suite *suite, const struct test_case *one, unsigned int nr)
{
	checks = failures = 0;
	one->run();
	test_ioctl = NULL;
	test_captured();
	if (*folder)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	*folder = '\0';
	if (!checks)
		printf("# nothing was checked\n");
	printf("%sok %u tools.%s.%s\n", failures || !checks ? "not " : "", nr, suite->name,
	       one->name);
	fflush(stdout);
	return checks && !failures;
}

int main(void)
{
	unsigned int nr = 0, failed = 0;

	/* Messages of the code under test are expected; stdout is ours. */
	setlocale(LC_CTYPE, "C.UTF-8");
	printf("TAP version 14\n");
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		for (size_t j = 0; j < suites[i]->nr; j++)
			failed += !run(suites[i], &suites[i]->cases[j], ++nr);
	printf("1..%u\n", nr);
	free(captured);
	return failed ? 1 : 0;
}
