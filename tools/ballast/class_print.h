/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VM's memory is used for: the matrix of classes and levels. */
#ifndef BALLAST_CLASS_PRINT_H
#define BALLAST_CLASS_PRINT_H

#include "cli.h"

/* A word, as in sysfs. */
const char *class_state(uint32_t state);

/* The object "classes" of JSON; lines of vm show in text. */
void class_print(const struct ballast_class_matrix *matrix);

#endif
