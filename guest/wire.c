// SPDX-License-Identifier: GPL-2.0-only
/* The codec, once more: an object of policy/ cannot belong to two modules. */
#include "policy/wire.c"
