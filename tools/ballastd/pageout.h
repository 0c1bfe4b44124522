/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swap a VM's coldest memory out: process_madvise(MADV_PAGEOUT) on its VMM
 *
 * A page that another process maps as well (vhost-user) stays: the kernel leaves it.
 */
#ifndef BALLASTD_PAGEOUT_H
#define BALLASTD_PAGEOUT_H

#include "observe.h"

/**
 * struct pageout - one request
 * @client:  open
 * @vm:      whose
 * @pages:   at most
 * @depth:   enum ballast_sched_depth: how far from cold
 * @slice_ms: time for it, when what is cold has been found; a batch is taken in any case
 * @asked:   out: pages that the kernel was asked for
 * @done:    out: of them, those that have left memory: pinned ones stay, and so do those of
 *           files that we may not write
 * @error:   out: for people, "" for none
 */
struct pageout {
	struct ballast_client *client;
	const struct observed_vm *vm;
	uint64_t pages;
	unsigned int depth;
	uint64_t slice_ms;
	uint64_t asked;
	uint64_t done;
	char error[512];
};

/*
 * Return: 0; -ESRCH it has gone; -EINVAL the kernel refuses it for this VM, another errno:
 * for all.
 */
int pageout_vm(struct pageout *request);

#endif
