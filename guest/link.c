// SPDX-License-Identifier: GPL-2.0-only
/* Messages over a socket, once more: an object cannot belong to two modules. */
#include "common/link.c"
