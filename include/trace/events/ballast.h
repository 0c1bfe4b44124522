/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of the host module; Documentation/admin-guide/tracing.rst. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ballast

#if !defined(_TRACE_BALLAST_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_BALLAST_H

#include <linux/tracepoint.h>

TRACE_EVENT(ballast_pass,
	TP_PROTO(u32 vm, u64 pass, u64 ns, u64 calls, u64 changed, u32 period_ms, u32 reason),
	TP_ARGS(vm, pass, ns, calls, changed, period_ms, reason),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u64, pass)
		__field(u64, ns)
		__field(u64, calls)
		__field(u64, changed)
		__field(u32, period_ms)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->pass = pass;
		__entry->ns = ns;
		__entry->calls = calls;
		__entry->changed = changed;
		__entry->period_ms = period_ms;
		__entry->reason = reason;
	),
	TP_printk("vm=%u pass=%llu ns=%llu calls=%llu changed_pages=%llu period_ms=%u reason=%u",
		  __entry->vm, __entry->pass, __entry->ns, __entry->calls,
		  __entry->changed, __entry->period_ms, __entry->reason)
);

TRACE_EVENT(ballast_block,
	TP_PROTO(u32 vm, u64 gfn, u32 level, u32 state, u32 calls, u32 changed),
	TP_ARGS(vm, gfn, level, state, calls, changed),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u64, gfn)
		__field(u32, level)
		__field(u32, state)
		__field(u32, calls)
		__field(u32, changed)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->gfn = gfn;
		__entry->level = level;
		__entry->state = state;
		__entry->calls = calls;
		__entry->changed = changed;
	),
	TP_printk("vm=%u gfn=0x%llx map_level=%u state=%u calls=%u changed_pages=%u",
		  __entry->vm, __entry->gfn, __entry->level, __entry->state,
		  __entry->calls, __entry->changed)
);

TRACE_EVENT(ballast_foreign,
	TP_PROTO(u32 vm, unsigned long start, unsigned long end, bool credited, bool given_back),
	TP_ARGS(vm, start, end, credited, given_back),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(bool, credited)
		__field(bool, given_back)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->start = start;
		__entry->end = end;
		__entry->credited = credited;
		__entry->given_back = given_back;
	),
	TP_printk("vm=%u hva=0x%lx-0x%lx credited=%d given_back=%d", __entry->vm,
		  __entry->start, __entry->end, __entry->credited, __entry->given_back)
);

#endif /* _TRACE_BALLAST_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH trace/events
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ballast
#include <trace/define_trace.h>
