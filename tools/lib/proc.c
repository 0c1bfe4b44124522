// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc.h"
#include "text.h"

#define KVM_VM_LINK	"anon_inode:kvm-vm"
/* A QEMU command line of libvirt has a few KiB; the name is at its start. */
#define CMDLINE_MAX	65536

/* Read up to @size - 1 bytes and terminate them. Return: bytes or -errno. */
static ssize_t read_file(const char *proc, pid_t pid, const char *file, char *buf, size_t size)
{
	char path[PATH_MAX];
	size_t done = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%d/%s", proc, pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (done < size - 1) {
		ssize_t n = read(fd, buf + done, size - 1 - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(fd);
	buf[done] = '\0';
	return (ssize_t)done;
}

pid_t proc_tgid(const char *proc, pid_t tid)
{
	char status[1024];
	const char *line;
	int tgid;

	if (read_file(proc, tid, "status", status, sizeof(status)) < 0)
		return 0;
	line = strstr(status, "\nTgid:");
	return line && sscanf(line, " Tgid: %d", &tgid) == 1 ? tgid : 0;
}

void proc_comm(const char *proc, pid_t pid, char *comm, size_t size)
{
	ssize_t n = read_file(proc, pid, "comm", comm, size);

	if (n < 0)
		*comm = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	text_sanitize(comm);
}

bool proc_ended(const char *proc, pid_t pid)
{
	char path[PATH_MAX], link[1];

	snprintf(path, sizeof(path), "%s/%d/exe", proc, pid);
	return readlink(path, link, sizeof(link)) < 0 && (errno == ENOENT || errno == ESRCH);
}

/* One setting of a QEMU option, up to a single comma. Return: what follows. */
static const char *next_setting(const char *at, char *out, size_t size)
{
	size_t n = 0;

	for (; *at; at++) {
		if (*at == ',' && *++at != ',')
			break;
		if (n < size - 1)
			out[n++] = *at;
	}
	out[n] = '\0';
	return *at ? at : NULL;
}

/* The first setting may leave out "guest=". */
static bool parse_name(const char *option, char name[PROC_NAME_LEN])
{
	const char *at = option;
	char setting[PROC_NAME_LEN + sizeof("guest=")];
	bool first = true;

	for (; at; first = false) {
		bool has_key = strcspn(at, "=") < strcspn(at, ",");

		at = next_setting(at, setting, sizeof(setting));
		if (!strncmp(setting, "guest=", 6))
			snprintf(name, PROC_NAME_LEN, "%.*s", PROC_NAME_LEN - 1, setting + 6);
		else if (first && !has_key)
			snprintf(name, PROC_NAME_LEN, "%.*s", PROC_NAME_LEN - 1, setting);
		else
			continue;
		text_sanitize(name);
		return *name;
	}
	return false;
}

bool proc_cmdline_name(const char *cmdline, size_t len, char name[PROC_NAME_LEN])
{
	const char *end = cmdline + len, *arg;

	*name = '\0';
	for (arg = cmdline; arg < end; arg += strnlen(arg, (size_t)(end - arg)) + 1) {
		const char *value;

		if (strcmp(arg, "-name") && strcmp(arg, "--name"))
			continue;
		value = arg + strlen(arg) + 1;
		if (value < end)
			return parse_name(value, name);
	}
	return false;
}

void proc_guest_name(const char *proc, pid_t pid, char name[PROC_NAME_LEN])
{
	char *cmdline = malloc(CMDLINE_MAX);
	ssize_t n;

	*name = '\0';
	if (!cmdline)
		return;
	n = read_file(proc, pid, "cmdline", cmdline, CMDLINE_MAX);
	if (n > 0)
		proc_cmdline_name(cmdline, (size_t)n, name);
	free(cmdline);
}

static int add_fd(struct proc_kvm *kvm, int fd)
{
	int *fds = realloc(kvm->fds, (kvm->nr_fds + 1) * sizeof(*fds));

	if (!fds)
		return -ENOMEM;
	fds[kvm->nr_fds++] = fd;
	kvm->fds = fds;
	return 0;
}

static int compare_int(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int find_fds(const char *proc, pid_t pid, struct proc_kvm *kvm)
{
	char path[PATH_MAX], link[sizeof(KVM_VM_LINK) + 1];
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%d/fd", proc, pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!ret && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));

		if (n == sizeof(KVM_VM_LINK) - 1 && !memcmp(link, KVM_VM_LINK, (size_t)n))
			ret = add_fd(kvm, atoi(entry->d_name));
		/* The folder may be open to us, and what is in it not. */
		else if (n < 0 && errno == EACCES)
			ret = -EACCES;
	}
	closedir(dir);
	if (kvm->nr_fds)
		qsort(kvm->fds, kvm->nr_fds, sizeof(*kvm->fds), compare_int);
	return ret;
}

int proc_kvm_read(const char *proc, pid_t pid, struct proc_kvm *kvm)
{
	int ret;

	memset(kvm, 0, sizeof(*kvm));
	kvm->pid = pid;
	ret = find_fds(proc, pid, kvm);
	if (ret) {
		proc_kvm_release(kvm);
		return ret;
	}
	proc_comm(proc, pid, kvm->comm, sizeof(kvm->comm));
	if (kvm->nr_fds)
		proc_guest_name(proc, pid, kvm->name);
	return 0;
}

void proc_kvm_release(struct proc_kvm *kvm)
{
	free(kvm->fds);
	kvm->fds = NULL;
	kvm->nr_fds = 0;
}

static int compare_pid(const void *a, const void *b)
{
	return ((const struct proc_kvm *)a)->pid - ((const struct proc_kvm *)b)->pid;
}

static int keep(struct proc_kvm_list *found, const struct proc_kvm *kvm)
{
	struct proc_kvm *list = realloc(found->list, (found->nr + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	list[found->nr++] = *kvm;
	found->list = list;
	return 0;
}

int proc_kvm_find(const char *proc, struct proc_kvm_list *found)
{
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	memset(found, 0, sizeof(*found));
	dir = opendir(proc);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		struct proc_kvm kvm;
		pid_t pid = atoi(entry->d_name);

		if (pid <= 0)
			continue;
		/* A process that has just ended is none. */
		ret = proc_kvm_read(proc, pid, &kvm);
		if (ret == -EACCES || ret == -EPERM)
			found->denied++;
		if (!ret && kvm.nr_fds)
			ret = keep(found, &kvm);
		else if (ret != -ENOMEM)
			ret = 0;
	}
	closedir(dir);
	if (ret)
		proc_kvm_free(found);
	else if (found->nr)
		qsort(found->list, found->nr, sizeof(*found->list), compare_pid);
	return ret;
}

void proc_kvm_free(struct proc_kvm_list *found)
{
	for (size_t i = 0; i < found->nr; i++)
		proc_kvm_release(&found->list[i]);
	free(found->list);
	found->list = NULL;
	found->nr = 0;
}

/* Where kcmp() is not built in or not allowed, each counts as its own. */
static bool same_file(pid_t pid, int a, int b)
{
	return syscall(SYS_kcmp, pid, pid, KCMP_FILE, a, b) == 0;
}

void proc_kvm_unique(struct proc_kvm *kvm)
{
	size_t nr = 0;

	for (size_t i = 0; i < kvm->nr_fds; i++) {
		size_t j = 0;

		while (j < nr && !same_file(kvm->pid, kvm->fds[j], kvm->fds[i]))
			j++;
		if (j == nr)
			kvm->fds[nr++] = kvm->fds[i];
	}
	kvm->nr_fds = nr;
}

size_t proc_kvm_count(const struct proc_kvm *kvm)
{
	size_t nr = 0;

	for (size_t i = 0; i < kvm->nr_fds; i++) {
		size_t j = 0;

		while (j < i && !same_file(kvm->pid, kvm->fds[j], kvm->fds[i]))
			j++;
		nr += j == i;
	}
	return nr;
}
