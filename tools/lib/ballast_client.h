/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client of the host module: /dev/ballast and /sys/kernel/ballast
 *
 * Functions return 0 or a negative errno, and then leave in the client's @error
 * what went wrong with what, and the way out, for people.
 */
#ifndef BALLAST_TOOLS_CLIENT_H
#define BALLAST_TOOLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/ballast.h>

#define BALLAST_KNOB_LEN	32

/**
 * struct ballast_client - a connection to the module
 * @fd:      /dev/ballast
 * @device, @sysfs, @proc: where these are
 * @version: what the module says it is
 * @error:   of the last call that failed
 */
struct ballast_client {
	int fd;
	const char *device;
	const char *sysfs;
	const char *proc;
	struct ballast_version version;
	char error[512];
};

void ballast_client_init(struct ballast_client *client);
int ballast_client_open(struct ballast_client *client);
void ballast_client_close(struct ballast_client *client);

/**
 * ballast_client_attach() - attach the VM behind a file descriptor of a process
 * @pid:    process that has it
 * @vm_fd:  its number there
 * @manual: scan on request only
 * @out:    id and name, also with -EEXIST
 *
 * Return: -EEXIST attached already, -ESRCH process or VM has gone meanwhile.
 */
int ballast_client_attach(struct ballast_client *client, pid_t pid, int vm_fd, bool manual,
			  struct ballast_vm_attach *out);

/* @vm is what to call the VM in messages. */
int ballast_client_detach(struct ballast_client *client, uint32_t id, const char *vm);
int ballast_client_query(struct ballast_client *client, uint32_t id, const char *vm,
			 struct ballast_vm_query *query);
int ballast_client_scan(struct ballast_client *client, uint32_t id, const char *vm,
			uint32_t passes, uint64_t *pass);

/* What a module that knows fewer fields does not say, is zero. */
int ballast_client_classes(struct ballast_client *client, uint32_t id, const char *vm,
			   struct ballast_class_matrix *classes);
/* @nr: in: room for; out: reports, the oldest first. */
int ballast_client_class_history(struct ballast_client *client, uint32_t id, const char *vm,
				 struct ballast_class_record *records, uint32_t *nr);

/* What a module that knows fewer fields does not say, is zero. */
int ballast_client_balloon(struct ballast_client *client, uint32_t id, const char *vm,
			   struct ballast_balloon_query *balloon);
/* @flags: BALLAST_TARGET_* */
int ballast_client_target(struct ballast_client *client, uint32_t id, const char *vm,
			  uint64_t pages, uint32_t flags);
/* What a module that knows fewer fields does not say, is zero. */
int ballast_client_mrc(struct ballast_client *client, uint32_t id, const char *vm,
		       struct ballast_mrc_query *mrc);
/* @slots is the caller's to free(). */
int ballast_client_slots(struct ballast_client *client, uint32_t id, const char *vm,
			 struct ballast_slot_entry **slots, size_t *nr);

/* @entries is the caller's to free(). */
int ballast_client_list(struct ballast_client *client, struct ballast_vm_entry **entries,
			size_t *nr);

/**
 * ballast_client_blocks() - copy records of 2 MiB blocks
 * @gfn:   of the first, a multiple of 512
 * @count: in: room for; out: written, fewer where guest memory ends
 * @pass:  passes completed then, may be NULL
 */
int ballast_client_blocks(struct ballast_client *client, uint32_t id, const char *vm,
			  uint64_t gfn, struct ballast_block_activity *blocks,
			  uint64_t *count, uint64_t *pass);

/* @nr records, of the block of @gfn and of those after it. */
typedef void (*ballast_blocks_fn)(void *arg, uint64_t gfn,
				  const struct ballast_block_activity *blocks, size_t nr);

/**
 * ballast_client_each_block() - the records of all memory, some at a time
 * @slots, @nr: where guest memory lies, ascending. What is between slots is not asked for:
 *              a guest may put a device's memory at any address.
 * @fn, @arg:   called with them, in order of gfn
 */
int ballast_client_each_block(struct ballast_client *client, uint32_t id, const char *vm,
			      const struct ballast_slot_entry *slots, size_t nr,
			      ballast_blocks_fn fn, void *arg);

/* A byte per page, from any @gfn on; otherwise as the one above them. */
int ballast_client_pages(struct ballast_client *client, uint32_t id, const char *vm,
			 uint64_t gfn, uint8_t *pages, uint64_t *count);

/* @folder is the VM's in sysfs, @knob the name of a file in it. */
int ballast_client_get(struct ballast_client *client, const char *folder, const char *knob,
		       char value[BALLAST_KNOB_LEN]);
/* -EINVAL: the module refuses the value. */
int ballast_client_set(struct ballast_client *client, const char *folder, const char *knob,
		       const char *value);

#endif
