// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "vm_find.h"

/* --- a list of candidates for a message ------------------------------------- */

struct words {
	char s[256];
	size_t len;
};

static void add_word(struct words *words, const char *word)
{
	size_t room = sizeof(words->s) - words->len;
	int n;

	if (room < 2)
		return;
	n = snprintf(words->s + words->len, room, "%s%s", words->len ? ", " : "", word);
	if (n < 0 || (size_t)n >= room) {
		/* Whole words only. */
		snprintf(words->s + words->len, room, "%s", room > 4 ? " ..." : "");
		words->len = sizeof(words->s);
		return;
	}
	words->len += (size_t)n;
}

__attribute__((format(printf, 3, 4)))
static int fail(struct ballast_client *client, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(client->error, sizeof(client->error), fmt, args);
	va_end(args);
	return -err;
}

static bool parse_pid(const char *text, pid_t *pid)
{
	uint64_t value;

	if (!text_parse_u64(text, 1, INT_MAX, &value))
		return false;
	*pid = (pid_t)value;
	return true;
}

/* --- attached VMs -------------------------------------------------------------- */

void vm_label(struct vm *vm)
{
	if (*vm->guest)
		snprintf(vm->label, sizeof(vm->label), "%.*s (%s)", BALLAST_NAME_LEN,
			 vm->entry.name, vm->guest);
	else
		snprintf(vm->label, sizeof(vm->label), "%.*s", BALLAST_NAME_LEN, vm->entry.name);
}

int vm_list(struct ballast_client *client, struct vm **vms, size_t *nr)
{
	struct ballast_vm_entry *entries;
	int ret;

	ret = ballast_client_list(client, &entries, nr);
	if (ret)
		return ret;
	*vms = calloc(*nr + 1, sizeof(**vms));
	if (!*vms) {
		free(entries);
		return fail(client, ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < *nr; i++) {
		struct vm *vm = &(*vms)[i];
		pid_t pid = proc_tgid(client->proc, entries[i].pid);

		vm->entry = entries[i];
		vm->entry.name[BALLAST_NAME_LEN - 1] = '\0';
		vm->pid = pid ? pid : entries[i].pid;
		proc_guest_name(client->proc, vm->pid, vm->guest);
		vm_label(vm);
	}
	free(entries);
	return 0;
}

size_t vm_match(const struct vm *vms, size_t nr, const struct vm_ref *ref, size_t *first)
{
	bool may_be_pid, may_be_name = ref->by != VM_BY_PID;
	size_t matches = 0;
	pid_t pid = 0;

	for (size_t i = 0; ref->by == VM_BY_ANY && i < nr; i++) {
		if (!strcmp(vms[i].entry.name, ref->text)) {
			*first = i;
			return 1;
		}
	}
	may_be_pid = ref->by != VM_BY_NAME && parse_pid(ref->text, &pid);
	for (size_t i = 0; i < nr; i++) {
		if ((may_be_pid && vms[i].pid == pid) ||
		    (may_be_name && *vms[i].guest && !strcmp(vms[i].guest, ref->text))) {
			if (!matches)
				*first = i;
			matches++;
		}
	}
	return matches;
}

static int not_attached(struct ballast_client *client, const struct vm_ref *ref,
			const struct vm *vms, size_t nr)
{
	struct words words = { 0 };
	struct proc_kvm kvm;

	if (!vm_find_process(client, ref, &kvm)) {
		proc_kvm_release(&kvm);
		return fail(client, ENOENT, "vm %s: not attached: ballast vm attach %s", ref->text,
			    ref->text);
	}
	for (size_t i = 0; i < nr; i++)
		add_word(&words, vms[i].label);
	return fail(client, ENOENT, "vm %s: no such VM; attached: %s", ref->text,
		    nr ? words.s : "none (ballast vm attach --all)");
}

static int several(struct ballast_client *client, const struct vm_ref *ref,
		   const struct vm *vms, size_t nr)
{
	struct words words = { 0 };
	size_t first;

	for (size_t i = 0; i < nr; i++)
		if (vm_match(&vms[i], 1, ref, &first))
			add_word(&words, vms[i].label);
	return fail(client, ENOTUNIQ, "vm %s: several VMs are called so: %s: give the first word of one",
		    ref->text, words.s);
}

int vm_find(struct ballast_client *client, const struct vm_ref *ref, struct vm *vm)
{
	size_t nr, matches, first = 0;
	struct vm *vms;
	int ret;

	ret = vm_list(client, &vms, &nr);
	if (ret)
		return ret;
	matches = vm_match(vms, nr, ref, &first);
	if (matches == 1)
		*vm = vms[first];
	else if (matches)
		ret = several(client, ref, vms, nr);
	else
		ret = not_attached(client, ref, vms, nr);
	free(vms);
	return ret;
}

/* --- processes that may be attached --------------------------------------------- */

static int by_pid(struct ballast_client *client, const char *text, struct proc_kvm *kvm)
{
	pid_t pid, tgid;
	int ret;

	if (!parse_pid(text, &pid))
		return fail(client, ESRCH, "vm %s: not a pid", text);
	/* KVM tells the thread that created a VM; we are told the same. */
	tgid = proc_tgid(client->proc, pid);
	if (!tgid)
		return fail(client, ESRCH, "vm %s: no such process", text);
	ret = proc_kvm_read(client->proc, tgid, kvm);
	if (ret == -EACCES || ret == -EPERM)
		return fail(client, EACCES,
			    "vm %s: permission denied: run as root (its file descriptors are in %s/%d/fd)",
			    text, client->proc, tgid);
	if (ret)
		return fail(client, -ret, "vm %s: no such process", text);
	if (kvm->nr_fds)
		return 0;
	proc_kvm_release(kvm);
	return fail(client, ENOENT, "vm %s: not a KVM process (no kvm-vm fd)", text);
}

static int no_such_guest(struct ballast_client *client, const char *text,
			 const struct proc_kvm_list *found)
{
	struct words words = { 0 };
	char word[PROC_NAME_LEN + 32];

	for (size_t i = 0; i < found->nr; i++) {
		const struct proc_kvm *kvm = &found->list[i];

		snprintf(word, sizeof(word), "%d (%s)", kvm->pid,
			 *kvm->name ? kvm->name : kvm->comm);
		add_word(&words, word);
	}
	if (found->nr)
		return fail(client, ENOENT, "vm %s: no KVM process with this name; there are: %s",
			    text, words.s);
	return fail(client, ENOENT, "vm %s: no KVM process with this name, nor any other%s", text,
		    found->denied ? " that you may see: run as root" : "");
}

static int by_name(struct ballast_client *client, const char *text, struct proc_kvm *kvm)
{
	struct proc_kvm *match = NULL;
	struct proc_kvm_list found;
	struct words words = { 0 };
	size_t matches = 0;
	char pid[16];
	int ret;

	ret = proc_kvm_find(client->proc, &found);
	if (ret)
		return fail(client, -ret, "%s: cannot read: %s", client->proc, strerror(-ret));
	for (size_t i = 0; i < found.nr; i++) {
		if (strcmp(found.list[i].name, text))
			continue;
		match = &found.list[i];
		matches++;
		snprintf(pid, sizeof(pid), "%d", match->pid);
		add_word(&words, pid);
	}
	if (matches == 1) {
		*kvm = *match;
		match->fds = NULL;
	} else if (matches) {
		ret = fail(client, ENOTUNIQ, "vm %s: several KVM processes have this name: %s: give the pid",
			   text, words.s);
	} else {
		ret = no_such_guest(client, text, &found);
	}
	proc_kvm_free(&found);
	return ret;
}

int vm_find_process(struct ballast_client *client, const struct vm_ref *ref,
		    struct proc_kvm *kvm)
{
	char as_pid[sizeof(client->error)];
	pid_t pid;
	int ret;

	if (ref->by == VM_BY_NAME || (ref->by == VM_BY_ANY && !parse_pid(ref->text, &pid)))
		return by_name(client, ref->text, kvm);
	ret = by_pid(client, ref->text, kvm);
	if (!ret || ref->by == VM_BY_PID)
		return ret;
	/* Guests may be called "100", too. */
	memcpy(as_pid, client->error, sizeof(as_pid));
	if (by_name(client, ref->text, kvm) == 0)
		return 0;
	memcpy(client->error, as_pid, sizeof(as_pid));
	return ret;
}
