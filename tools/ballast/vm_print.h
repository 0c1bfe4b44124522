/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole of what is known about a VM, for vm show and the screen of vm watch. */
#ifndef BALLAST_VM_PRINT_H
#define BALLAST_VM_PRINT_H

#include "cli.h"

/**
 * struct vm_knobs - what can be set
 *
 * Text as in sysfs; "" where it could not be read.
 */
struct vm_knobs {
	char period_min_ms[BALLAST_KNOB_LEN];
	char period_max_ms[BALLAST_KNOB_LEN];
	char budget_bp[BALLAST_KNOB_LEN];
	char mode[BALLAST_KNOB_LEN];
	char calibrate_s[BALLAST_KNOB_LEN];
};

void vm_read_knobs(struct ballast_client *client, const char *folder, struct vm_knobs *knobs);
void vm_print(const struct vm *vm, const struct ballast_vm_query *query,
	      const struct vm_knobs *knobs, const struct ballast_class_matrix *classes);
/* A word, as in sysfs. */
const char *vm_period_reason(uint32_t reason);

#endif
