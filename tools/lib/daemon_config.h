/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ballastd.conf(5): what the operator wants of the memory scheduler
 *
 * An INI file, read by libinih. Whatever is not understood is an error that names
 * the file, the line and the way out; half a configuration is never used.
 */
#ifndef BALLAST_TOOLS_DAEMON_CONFIG_H
#define BALLAST_TOOLS_DAEMON_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAEMON_CONFIG_FILE	"/etc/ballast/ballastd.conf"
/* Names that libinih keeps whole. */
#define DAEMON_CONFIG_NAME_LEN	46

/* A size, or a part of the VM's. */
struct config_size {
	uint64_t bytes;
	uint32_t percent;
};

/**
 * struct config_vm - [defaults] or [vm NAME]
 * @name:   of the guest, its folder in sysfs, or a pid
 * @given:  bit per setting that the file has
 * @line:   of the setting that was read last
 * @min, @max: of its memory; a @max of nothing: all
 * @shares: how much it matters
 * @balloon, @swap, @flush: means that may be used
 * @classes: what its guest says of its memory is believed
 */
struct config_vm {
	char name[DAEMON_CONFIG_NAME_LEN];
	unsigned int given;
	int line;
	struct config_size min;
	struct config_size max;
	uint32_t shares;
	bool balloon;
	bool swap;
	bool flush;
	bool classes;
};

/**
 * struct daemon_config - all of it
 * @budget_bytes:  memory to be divided, 0: all that the host has
 * @reserve_bytes: of it that is not for VMs
 * @swap_bytes_s:  rate of swapping out a VM in SOFT
 * @tax_percent:   on idle memory
 * @cgroup:        folder of a cgroup whose memory is the host's, or ""
 * @demand:        what was wanted at once is kept free
 * @attach_all:    attach every KVM process
 * @interval_ms:   between two rounds
 * @hold_off_ms:   so long a balloon that has let go is left alone
 * @given:         bit per setting of [host]
 * @from_file:     there was a file
 * @defaults:      of VMs
 * @vms, @nr:      those that have a section
 */
struct daemon_config {
	uint64_t budget_bytes;
	uint64_t reserve_bytes;
	uint64_t swap_bytes_s;
	uint32_t tax_percent;
	char cgroup[PATH_MAX];
	bool demand;
	bool attach_all;
	uint64_t interval_ms;
	uint64_t hold_off_ms;
	unsigned int given;
	bool from_file;
	struct config_vm defaults;
	struct config_vm *vms;
	size_t nr;
};

/**
 * struct config_limits - what holds for one VM
 * @min_pages, @max_pages, @shares: as struct ballast_sched_vm has them
 * @balloon, @swap, @flush, @classes: as struct config_vm has them
 */
struct config_limits {
	uint64_t min_pages;
	uint64_t max_pages;
	uint32_t shares;
	bool balloon;
	bool swap;
	bool flush;
	bool classes;
};

/**
 * daemon_config_load() - read a file
 * @config: out, release with daemon_config_release(); untouched on an error
 * @path:   NULL: DAEMON_CONFIG_FILE, and all defaults if there is none
 * @error:  out, for people
 *
 * Return: 0 or a negative errno.
 */
int daemon_config_load(struct daemon_config *config, const char *path, char *error, size_t size);
void daemon_config_release(struct daemon_config *config);

/* For the VM that is called by any of @names. */
void daemon_config_limits(const struct daemon_config *config, const char *const *names, size_t nr,
			  uint64_t size_pages, struct config_limits *limits);

#endif
