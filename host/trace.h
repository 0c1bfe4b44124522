/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BALLAST_HOST_TRACE_H
#define BALLAST_HOST_TRACE_H

#include <trace/events/ballast.h>

#endif /* BALLAST_HOST_TRACE_H */
