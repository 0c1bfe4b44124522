/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Ballast host device: ioctls and records of /dev/ballast
 *
 * All calls need CAP_SYS_ADMIN. Every structure has a fixed size, is laid out
 * the same for 32 and 64 bit callers, and every reserved field must be zero
 * (-EINVAL otherwise), so that a later version can give it a meaning.
 *
 * Units are in the names: _pages are 4 KiB pages of guest memory, _ns and _ms
 * are time, _bp are 1/100 of a percent.
 */
#ifndef _UAPI_LINUX_BALLAST_H
#define _UAPI_LINUX_BALLAST_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BALLAST_ABI_VERSION	1
#define BALLAST_DEVICE		"/dev/ballast"
#define BALLAST_NAME_LEN	24

/**
 * enum ballast_level - how hot a page is, in the order of the FSM
 * @BALLAST_UNKNOWN: not seen often enough to tell, or nothing is mapped there
 * @BALLAST_COLD:    not accessed for many scans
 * @BALLAST_COOL:    accessed now and then
 * @BALLAST_WARM:    accessed every few scans
 * @BALLAST_HOT:     accessed in nearly every scan
 *
 * Documentation/design.rst has the transition table.
 */
enum ballast_level {
	BALLAST_UNKNOWN,
	BALLAST_COLD,
	BALLAST_COOL,
	BALLAST_WARM,
	BALLAST_HOT,
	BALLAST_NR_LEVELS,
};

/**
 * enum ballast_map_level - how a 2 MiB block is mapped in the host
 * @BALLAST_MAP_NONE: nothing is mapped
 * @BALLAST_MAP_4K:   by 4 KiB pages: the state of each page is known
 * @BALLAST_MAP_2M:   by one 2 MiB page: one state for the whole block
 * @BALLAST_MAP_1G:   part of a 1 GiB page: one state for the whole GiB
 */
enum ballast_map_level {
	BALLAST_MAP_NONE,
	BALLAST_MAP_4K,
	BALLAST_MAP_2M,
	BALLAST_MAP_1G,
	BALLAST_NR_MAP_LEVELS,
};

/**
 * enum ballast_class - what a guest uses a page for
 * @BALLAST_CLASS_UNKNOWN:       nobody said, or the guest cannot tell
 * @BALLAST_CLASS_FREE:          in its free lists
 * @BALLAST_CLASS_ANON_ACTIVE:   anonymous, on an active list or of a young
 *                               generation
 * @BALLAST_CLASS_ANON_INACTIVE: anonymous, the others; in its swap cache as well
 * @BALLAST_CLASS_FILE_ACTIVE:   clean page cache, active
 * @BALLAST_CLASS_FILE_INACTIVE: clean page cache, inactive
 * @BALLAST_CLASS_FILE_DIRTY:    page cache, dirty or being written
 * @BALLAST_CLASS_SHMEM:         tmpfs and shared memory
 * @BALLAST_CLASS_MLOCKED:       mlocked or otherwise unevictable
 * @BALLAST_CLASS_HUGETLB:       in the pools of huge pages
 * @BALLAST_CLASS_SLAB:          slab, reclaimable or not
 * @BALLAST_CLASS_PAGE_TABLE:    page tables of its processes
 * @BALLAST_CLASS_BALLOON:       taken by a balloon, or otherwise given up
 * @BALLAST_CLASS_KERNEL:        all else: kernel stacks, vmalloc, drivers,
 *                               memory map, text
 */
enum ballast_class {
	BALLAST_CLASS_UNKNOWN,
	BALLAST_CLASS_FREE,
	BALLAST_CLASS_ANON_ACTIVE,
	BALLAST_CLASS_ANON_INACTIVE,
	BALLAST_CLASS_FILE_ACTIVE,
	BALLAST_CLASS_FILE_INACTIVE,
	BALLAST_CLASS_FILE_DIRTY,
	BALLAST_CLASS_SHMEM,
	BALLAST_CLASS_MLOCKED,
	BALLAST_CLASS_HUGETLB,
	BALLAST_CLASS_SLAB,
	BALLAST_CLASS_PAGE_TABLE,
	BALLAST_CLASS_BALLOON,
	BALLAST_CLASS_KERNEL,
	BALLAST_NR_CLASSES,
};

/**
 * enum ballast_period_reason - why the scan period is what it is
 * @BALLAST_PERIOD_LEARNING: the picture is new, scanning at the base period
 * @BALLAST_PERIOD_TRACKING: pages change level, period follows the rate
 * @BALLAST_PERIOD_STABLE:   little changes, backing off
 * @BALLAST_PERIOD_BUDGET:   as fast as the CPU budget allows
 * @BALLAST_PERIOD_PRESSURE: re-armed: the host is short of memory
 * @BALLAST_PERIOD_CHANGE:   re-armed: burst of invalidations or level changes
 * @BALLAST_PERIOD_MANUAL:   scans only when asked to
 */
enum ballast_period_reason {
	BALLAST_PERIOD_LEARNING,
	BALLAST_PERIOD_TRACKING,
	BALLAST_PERIOD_STABLE,
	BALLAST_PERIOD_BUDGET,
	BALLAST_PERIOD_PRESSURE,
	BALLAST_PERIOD_CHANGE,
	BALLAST_PERIOD_MANUAL,
	BALLAST_NR_PERIOD_REASONS,
};

/**
 * enum ballast_guest_state - does a VM's guest say what its memory is?
 * @BALLAST_GUEST_SILENT:    it never did; all of its memory is of unknown class
 * @BALLAST_GUEST_CONNECTED: it does
 * @BALLAST_GUEST_LOST:      it did, but the connection has ended; the ages say
 *                           how old it all is
 */
enum ballast_guest_state {
	BALLAST_GUEST_SILENT,
	BALLAST_GUEST_CONNECTED,
	BALLAST_GUEST_LOST,
	BALLAST_NR_GUEST_STATES,
};

/**
 * enum ballast_take - what a balloon has taken from its guest
 * @BALLAST_TAKE_FREE:  free memory
 * @BALLAST_TAKE_CACHE: page cache that was reclaimed for it
 * @BALLAST_TAKE_OTHER: what else was reclaimed for it, slab or anonymous memory that was
 *                      swapped by the guest
 */
enum ballast_take {
	BALLAST_TAKE_FREE,
	BALLAST_TAKE_CACHE,
	BALLAST_TAKE_OTHER,
	BALLAST_NR_TAKES,
};

/**
 * enum ballast_balloon_state - what a balloon is doing
 * @BALLAST_BALLOON_NONE:     there is no device that it could drive
 * @BALLAST_BALLOON_REACHED:  it holds what it was asked to
 * @BALLAST_BALLOON_GROWING:  on its way there
 * @BALLAST_BALLOON_LEAKING:  on its way there, giving back to the guest
 * @BALLAST_BALLOON_FLOOR:    it has stopped: more would cost the guest memory that it
 *                            needs; it tries again now and then
 * @BALLAST_BALLOON_RELIEVED: it has let go because the guest needed the memory, and
 *                            stays so until it is asked for something else
 * @BALLAST_BALLOON_FAILED:   the device does not take what it is given
 */
enum ballast_balloon_state {
	BALLAST_BALLOON_NONE,
	BALLAST_BALLOON_REACHED,
	BALLAST_BALLOON_GROWING,
	BALLAST_BALLOON_LEAKING,
	BALLAST_BALLOON_FLOOR,
	BALLAST_BALLOON_RELIEVED,
	BALLAST_BALLOON_FAILED,
	BALLAST_NR_BALLOON_STATES,
};

/**
 * enum ballast_relief - why a balloon has let go by itself
 * @BALLAST_RELIEF_NONE:   it never did
 * @BALLAST_RELIEF_OOM:    the guest was about to kill a process
 * @BALLAST_RELIEF_SHRINK: the guest reclaimed memory, and had little left
 */
enum ballast_relief {
	BALLAST_RELIEF_NONE,
	BALLAST_RELIEF_OOM,
	BALLAST_RELIEF_SHRINK,
	BALLAST_NR_RELIEFS,
};

/**
 * struct ballast_version - BALLAST_IOC_VERSION
 * @abi:      BALLAST_ABI_VERSION of the module
 * @reserved: zero
 * @version:  version of the module, NUL terminated
 */
struct ballast_version {
	__u32 abi;
	__u32 reserved;
	char version[BALLAST_NAME_LEN];
};

/**
 * struct ballast_vm_attach - BALLAST_IOC_VM_ATTACH
 * @kvm_fd:   in: a file descriptor of the VM (anon_inode:kvm-vm)
 * @flags:    in: BALLAST_ATTACH_*
 * @id:       out: the attachment's id, never used again while loaded
 * @reserved: must be zero
 * @name:     out: its folder under /sys/kernel/ballast/vm, the pid of the VMM
 *            or, for a second VM of one process, "pid-id"
 *
 * Errors: -EBADF no such file; -EINVAL not a KVM VM, unknown flag or
 * reserved != 0; -EEXIST attached already (@id and @name are set then);
 * -ESRCH the VM is on its way out; -ENOMEM; -ENOSPC too many VMs;
 * -EOPNOTSUPP the VM's memory cannot be aged (no mmu notifier ops).
 */
struct ballast_vm_attach {
	__s32 kvm_fd;
	__u32 flags;
	__u32 id;
	__u32 reserved;
	char name[BALLAST_NAME_LEN];
};

/* Do not start scanning by itself: only BALLAST_IOC_VM_SCAN scans. */
#define BALLAST_ATTACH_MANUAL	(1U << 0)
#define BALLAST_ATTACH_FLAGS	BALLAST_ATTACH_MANUAL

/**
 * struct ballast_vm_ref - BALLAST_IOC_VM_DETACH
 * @id:       in: attachment
 * @reserved: must be zero
 *
 * Errors: -ENOENT no such attachment (or it has just gone).
 */
struct ballast_vm_ref {
	__u32 id;
	__u32 reserved;
};

/**
 * struct ballast_vm_entry - one line of BALLAST_IOC_VM_LIST
 * @id:        attachment
 * @pid:       the VMM, in the initial pid namespace
 * @mem_pages: guest memory in all slots
 * @name:      folder under /sys/kernel/ballast/vm
 */
struct ballast_vm_entry {
	__u32 id;
	__s32 pid;
	__u64 mem_pages;
	char name[BALLAST_NAME_LEN];
};

/**
 * struct ballast_vm_list - BALLAST_IOC_VM_LIST
 * @entries: in: user pointer to an array of struct ballast_vm_entry
 * @max:     in: its size in entries, 0 to ask for the number only
 * @count:   out: number of attached VMs; above @max the list was cut
 */
struct ballast_vm_list {
	__u64 entries;
	__u32 max;
	__u32 count;
};

/**
 * struct ballast_vm_query - BALLAST_IOC_VM_QUERY
 * @id:               in: attachment
 * @pid:              the VMM, in the initial pid namespace
 * @mem_pages:        guest memory in all slots
 * @level_pages:      pages per enum ballast_level, their sum is @mem_pages
 * @map_pages:        pages per enum ballast_map_level (by 2 MiB block)
 * @working_set_pages: pages accessed in recent scans: hot + warm
 * @passes:           scan passes completed
 * @changed_pages:    pages that changed level in the last pass
 * @period_ms:        scan period in force, 0 in manual mode
 * @period_reason:    enum ballast_period_reason
 * @budget_bp:        CPU budget of scanning, 1/10000 of one core
 * @cpu_bp:           CPU that scanning used lately, same unit
 * @pass_ns:          CPU time of the last pass
 * @scan_ns:          CPU time of all passes
 * @scanned_pages:    pages covered by aging calls, all passes
 * @calls:            aging calls, all passes
 * @hits:             aging calls that found an access, all passes
 * @contended:        times that scanning stood back from KVM's mmu_lock
 * @credited:         accessed bits others cleared, which we credited
 * @given_back:       times we told others "young" for a bit we had cleared
 * @missed_deadlines: passes that took longer than the period
 * @invalidations:    invalidated ranges seen
 * @flushes:          TLB flushes we asked for (calibration)
 * @blind_samples:    pages behind @tlb_blind_bp, 0: not calibrated yet
 * @tlb_blind_bp:     share of accesses hidden by cached translations
 * @store_bytes:      memory used for this VM's state
 * @reserved:         zero
 */
struct ballast_vm_query {
	__u32 id;
	__s32 pid;
	__u64 mem_pages;
	__u64 level_pages[8];
	__u64 map_pages[4];
	__u64 working_set_pages;
	__u64 passes;
	__u64 changed_pages;
	__u32 period_ms;
	__u32 period_reason;
	__u32 budget_bp;
	__u32 cpu_bp;
	__u64 pass_ns;
	__u64 scan_ns;
	__u64 scanned_pages;
	__u64 calls;
	__u64 hits;
	__u64 contended;
	__u64 credited;
	__u64 given_back;
	__u64 missed_deadlines;
	__u64 invalidations;
	__u64 flushes;
	__u64 blind_samples;
	__u32 tlb_blind_bp;
	__u32 reserved0;
	__u64 store_bytes;
	__u64 reserved[8];
};

/**
 * struct ballast_vm_scan - BALLAST_IOC_VM_SCAN: passes now, return when done
 * @id:     in: attachment
 * @passes: in: how many whole passes, 1..1024
 * @pass:   out: number of the last pass completed
 * @flags:  in: must be zero
 * @reserved: must be zero
 *
 * Errors: -ENOENT, -EINTR, -ENODEV the VM went away meanwhile.
 */
struct ballast_vm_scan {
	__u32 id;
	__u32 passes;
	__u64 pass;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct ballast_vm_activity - BALLAST_IOC_VM_ACTIVITY
 * @id:       in: attachment
 * @flags:    in: must be zero
 * @gfn:      in: first guest frame; with BALLAST_GRAIN_2M a multiple of 512
 * @count:    in: records wanted; out: records written. Fewer than asked for
 *            means that guest memory ends there.
 * @grain:    in: enum ballast_grain: what one record stands for
 * @reserved: must be zero
 * @buf:      in: user pointer to the records: __u8 per page, or
 *            struct ballast_block_activity per 2 MiB block
 * @pass:     out: passes completed when the copy began
 *
 * The copy is not one instant: scanning goes on meanwhile. Where no memory
 * slot lies, a page is BALLAST_PAGE_HOLE and a block has nr_pages 0.
 *
 * Errors: -ENOENT, -EFAULT, -EINVAL.
 */
struct ballast_vm_activity {
	__u32 id;
	__u32 flags;
	__u64 gfn;
	__u64 count;
	__u32 grain;
	__u32 reserved;
	__u64 buf;
	__u64 pass;
};

/**
 * enum ballast_grain - granularity of BALLAST_IOC_VM_ACTIVITY
 * @BALLAST_GRAIN_4K: one byte per page: BALLAST_PAGE_*
 * @BALLAST_GRAIN_2M: one struct ballast_block_activity per block
 */
enum ballast_grain {
	BALLAST_GRAIN_4K,
	BALLAST_GRAIN_2M,
};

/* The byte of one page: level in bits 0-2, FSM state in bits 3-6. */
#define BALLAST_PAGE_LEVEL(b)	((b) & 0x7)
#define BALLAST_PAGE_STATE(b)	(((b) >> 3) & 0xf)
#define BALLAST_PAGE_HOLE	0xff

/**
 * struct ballast_block_activity - one 2 MiB block
 * @level_pages: pages per level; their sum is @nr_pages
 * @nr_pages:    pages of the block that are guest memory (0: a hole)
 * @map_level:   enum ballast_map_level
 * @reserved:    zero
 * @idle_s:      seconds since an access was last seen, saturating at 65535
 */
struct ballast_block_activity {
	__u16 level_pages[5];
	__u16 nr_pages;
	__u8 map_level;
	__u8 reserved;
	__u16 idle_s;
};

/**
 * struct ballast_class_estimate - a number of pages, and how sure it is
 * @pages: best guess
 * @low:   the truth is between this
 * @high:  and that, 95 times in 100
 */
struct ballast_class_estimate {
	__u64 pages;
	__u64 low;
	__u64 high;
};

/**
 * struct ballast_class_matrix - what a VM's memory is used for, and how hot it is
 * @id:             attachment
 * @state:          enum ballast_guest_state
 * @cid:            vsock address of the guest, 0 before its first connection
 * @disagree:       bit per enum ballast_class: the guest's total was not what the
 *                  host has found (policy/classes.h) at its last report
 * @version:        of the guest's module
 * @boot:           random, constant from the load of the guest's module on
 * @mem_pages:      guest memory in all slots
 * @level_pages:    pages per enum ballast_level, as the host sees them
 * @report_age_ns:  since the last report, ~0 before the first
 * @answer_age_ns:  since the last answer about single pages, ~0 before the first
 * @uptime_ns:      of the guest, at its last report
 * @total_pages:    of the guest's memory, as it says
 * @reported_pages: per enum ballast_class, as the guest says
 * @slab_reclaimable_pages: part of BALLAST_CLASS_SLAB, as the guest says
 * @cell:           estimate per enum ballast_level and enum ballast_class
 * @total:          estimate per enum ballast_class
 * @samples:        answers that the cells of a level rest on
 * @connects:       connections of the guest that were taken
 * @reports:        reports received
 * @early:          of these, sent because of a change
 * @wrong:          of these, with a class that disagrees
 * @rounds:         rounds of questions
 * @asked:          pages asked about
 * @answered:       pages that the guest has answered for
 * @rx_bytes:       received from the guest
 * @tx_bytes:       sent to it
 * @report_ms:      knob: a report at least so often
 * @round_ms:       knob: a round of questions so often, 0: none
 * @error_bp:       knob: wanted error of a class, of all memory
 * @reserved0:      zero
 * @swapins:        pages that the guest has swapped in by itself since its boot, as it
 *                  says; ~0: it does not
 * @major_faults:   faults of it that had to wait for a disk, likewise
 * @refaults:       pages of page cache that it dropped and had to read again, likewise
 * @reserved:       zero
 */
struct ballast_class_matrix {
	__u32 id;
	__u32 state;
	__u32 cid;
	__u32 disagree;
	char version[BALLAST_NAME_LEN];
	__u8 boot[16];
	__u64 mem_pages;
	__u64 level_pages[8];
	__u64 report_age_ns;
	__u64 answer_age_ns;
	__u64 uptime_ns;
	__u64 total_pages;
	__u64 reported_pages[16];
	__u64 slab_reclaimable_pages;
	struct ballast_class_estimate cell[8][16];
	struct ballast_class_estimate total[16];
	__u32 samples[8];
	__u64 connects;
	__u64 reports;
	__u64 early;
	__u64 wrong;
	__u64 rounds;
	__u64 asked;
	__u64 answered;
	__u64 rx_bytes;
	__u64 tx_bytes;
	__u32 report_ms;
	__u32 round_ms;
	__u32 error_bp;
	__u32 reserved0;
	__u64 swapins;
	__u64 major_faults;
	__u64 refaults;
	__u64 reserved[5];
};

/**
 * struct ballast_vm_classes - BALLAST_IOC_VM_CLASSES
 * @id:   in: attachment
 * @size: in: bytes at @buf; out: bytes written, a later module may know more
 *        fields than the caller and writes no more than it has room for
 * @buf:  in: user pointer to struct ballast_class_matrix
 *
 * Errors: -ENOENT, -EFAULT, -ENOMEM.
 */
struct ballast_vm_classes {
	__u32 id;
	__u32 size;
	__u64 buf;
};

/**
 * struct ballast_class_record - one report of a guest
 * @time_ns:     when it came, CLOCK_MONOTONIC
 * @total_pages: of the guest's memory
 * @pages:       per enum ballast_class
 */
struct ballast_class_record {
	__u64 time_ns;
	__u64 total_pages;
	__u64 pages[16];
};

/**
 * struct ballast_vm_class_history - BALLAST_IOC_VM_CLASS_HISTORY
 * @id:    in: attachment
 * @max:   in: records at @buf; more than 128 are never kept
 * @count: out: records written, the oldest first; when there are more than
 *         @max, the last ones
 * @reserved: must be zero
 * @buf:   in: user pointer to an array of struct ballast_class_record
 *
 * Reports since the guest's boot, also when the connection has ended.
 *
 * Errors: -ENOENT, -EFAULT, -EINVAL, -ENOMEM.
 */
struct ballast_vm_class_history {
	__u32 id;
	__u32 max;
	__u32 count;
	__u32 reserved;
	__u64 buf;
};

/**
 * enum ballast_kept - why memory that a balloon has given is still in the host
 * @BALLAST_KEPT_NONE:    it is not, as far as was looked
 * @BALLAST_KEPT_LOCKED:  the VMM's memory is locked (mem-lock=on, <locked/>)
 * @BALLAST_KEPT_PINNED:  it is pinned, for a device that was assigned (VFIO)
 * @BALLAST_KEPT_HUGETLB: of a pool of huge pages, of which only whole ones are freed
 * @BALLAST_KEPT_OTHER:   the guest has touched it since, or the VMM frees nothing
 */
enum ballast_kept {
	BALLAST_KEPT_NONE,
	BALLAST_KEPT_LOCKED,
	BALLAST_KEPT_PINNED,
	BALLAST_KEPT_HUGETLB,
	BALLAST_KEPT_OTHER,
	BALLAST_NR_KEPTS,
};

/**
 * struct ballast_balloon_query - what is asked of a guest's balloon, what it says that it has
 *                          given, and what the host finds of it
 * @id:             attachment
 * @state:          enum ballast_balloon_state, as the guest says; none before it has
 * @relief:         enum ballast_relief, of the last time
 * @kept_why:       enum ballast_kept, of the page that was found last
 * @age_ns:         of what the guest says; ~0: it has said nothing since its boot
 * @target_pages:   knob: to be held back
 * @cache:          knob: page cache may be dropped for that
 * @flush:          number of the last wish to report all free memory
 * @host_pages:     target that the guest knows of
 * @device_pages:   to be held back as the VMM wants (QMP, libvirt)
 * @held_pages:     held back
 * @huge_pages:     of them in blocks of 2 MiB and more
 * @room_pages:     that it could take in addition without a reclaim
 * @margin_pages:   that it leaves to the guest
 * @given_pages:    handed to the device, ever
 * @failed_pages:   that the device did not take, ever
 * @reported_pages: free memory that was reported, ever
 * @flushes:        times that all of it was reported at once
 * @reliefs:        times that the balloon has let go by itself
 * @relief_pages:   let go by that, ever
 * @taken_pages:    per enum ballast_take, ever
 * @checked:        pages in the balloon that the host has looked for, in the last rounds
 * @kept:           of them still there
 * @kept_pages:     estimate of pages that were given and are still there
 * @reserved:       zero
 *
 * What really came back is @held_pages without @kept_pages. Counts "ever" are since the
 * guest's module found the device.
 */
struct ballast_balloon_query {
	__u32 id;
	__u32 state;
	__u32 relief;
	__u32 kept_why;
	__u64 age_ns;
	__u64 target_pages;
	__u32 cache;
	__u32 flush;
	__u64 host_pages;
	__u64 device_pages;
	__u64 held_pages;
	__u64 huge_pages;
	__u64 room_pages;
	__u64 margin_pages;
	__u64 given_pages;
	__u64 failed_pages;
	__u64 reported_pages;
	__u64 flushes;
	__u64 reliefs;
	__u64 relief_pages;
	__u64 taken_pages[4];
	__u32 checked;
	__u32 kept;
	struct ballast_class_estimate kept_pages;
	__u64 reserved[8];
};

/**
 * struct ballast_vm_balloon - BALLAST_IOC_VM_BALLOON
 * @id:   in: attachment
 * @size: in: bytes at @buf; out: bytes written, as with BALLAST_IOC_VM_CLASSES
 * @buf:  in: user pointer to struct ballast_balloon_query
 *
 * Errors: -ENOENT, -EFAULT, -ENOMEM.
 */
struct ballast_vm_balloon {
	__u32 id;
	__u32 size;
	__u64 buf;
};

/**
 * struct ballast_vm_target - BALLAST_IOC_VM_TARGET
 * @id:       in: attachment
 * @flags:    in: BALLAST_TARGET_*
 * @pages:    in: to be held back by the guest's balloon
 * @reserved: must be zero
 *
 * A wish: the guest stops where it has nothing more to spare, and lets go when it needs
 * memory. It stays until it is changed, over reboots of the guest, but not over a detach:
 * a guest that has lost its host for five minutes forgets it.
 *
 * Errors: -ENOENT, -EINVAL unknown flag or more pages than the VM has.
 */
struct ballast_vm_target {
	__u32 id;
	__u32 flags;
	__u64 pages;
	__u64 reserved;
};

/* Clean page cache may be dropped for it, not only free memory taken. */
#define BALLAST_TARGET_CACHE	(1U << 0)
/* Report all free memory now, in place; what is held stays. */
#define BALLAST_TARGET_FLUSH	(1U << 1)
/* Leave the target as it is: only BALLAST_TARGET_FLUSH. */
#define BALLAST_TARGET_KEEP	(1U << 2)
/*
 * With BALLAST_TARGET_FLUSH: only blocks of 2 MiB and more. Smaller ones split the host's
 * huge pages, and are what the guest uses next. An older guest's module
 * reports all.
 */
#define BALLAST_TARGET_HUGE	(1U << 3)
#define BALLAST_TARGET_FLAGS	(BALLAST_TARGET_CACHE | BALLAST_TARGET_FLUSH | \
				 BALLAST_TARGET_KEEP | BALLAST_TARGET_HUGE)

/**
 * struct ballast_slot_entry - a piece of guest memory
 * @gfn:   first guest frame
 * @pages: its size
 * @hva:   address of the first one in the VMM
 */
struct ballast_slot_entry {
	__u64 gfn;
	__u64 pages;
	__u64 hva;
};

/**
 * struct ballast_vm_slots - BALLAST_IOC_VM_SLOTS
 * @id:       in: attachment
 * @max:      in: entries at @buf, 0 to ask for the number only
 * @count:    out: slots that there are; above @max the list was cut
 * @reserved: must be zero
 * @buf:      in: user pointer to an array of struct ballast_slot_entry
 *
 * As they were at the last pass, ascending by gfn.
 *
 * Errors: -ENOENT, -EFAULT, -EINVAL, -ENOMEM.
 */
struct ballast_vm_slots {
	__u32 id;
	__u32 max;
	__u32 count;
	__u32 reserved;
	__u64 buf;
};

/**
 * enum ballast_mrc_state - is a miss-rate curve being made?
 * @BALLAST_MRC_OFF:     no
 * @BALLAST_MRC_TRACING: accesses are counted
 * @BALLAST_MRC_PAUSED:  the curve is stable; tracing goes on by itself
 */
enum ballast_mrc_state {
	BALLAST_MRC_OFF,
	BALLAST_MRC_TRACING,
	BALLAST_MRC_PAUSED,
	BALLAST_NR_MRC_STATES,
};

/**
 * struct ballast_curve_point - misses per second with so much memory, in 1/1000
 * @pages:  of memory
 * @misses: estimate
 * @low:    at least, 95 %
 * @high:   at most
 */
struct ballast_curve_point {
	__u64 pages;
	__u64 misses;
	__u64 low;
	__u64 high;
};

#define BALLAST_CURVE_POINTS	129

/**
 * enum ballast_mrc_tracer - how accesses are found
 * @BALLAST_TRACER_AUTO:  by what is cheaper
 * @BALLAST_TRACER_BITS:  accessed bits are looked at in each tick
 * @BALLAST_TRACER_TRAPS: KVM's mapping is removed, and the next access faults
 */
enum ballast_mrc_tracer {
	BALLAST_TRACER_AUTO,
	BALLAST_TRACER_BITS,
	BALLAST_TRACER_TRAPS,
	BALLAST_NR_TRACERS,
};

/**
 * enum ballast_tracer_reason - why it is this tracer
 * @BALLAST_TRACER_ASKED:   by the knob
 * @BALLAST_TRACER_FIRST:   to begin with, until costs are known
 * @BALLAST_TRACER_CHEAPER: it costs less
 * @BALLAST_TRACER_RATE:    there would be more traps than are allowed
 * @BALLAST_TRACER_CANNOT:  traps are not possible: faults do not tell guest addresses, or
 *                          there was no memory
 */
enum ballast_tracer_reason {
	BALLAST_TRACER_ASKED,
	BALLAST_TRACER_FIRST,
	BALLAST_TRACER_CHEAPER,
	BALLAST_TRACER_RATE,
	BALLAST_TRACER_CANNOT,
	BALLAST_NR_TRACER_REASONS,
};

/**
 * struct ballast_mrc_query - how many misses a VM would have with less memory
 * @id:          attachment
 * @state:       enum ballast_mrc_state
 * @samples:     knob: entries wanted
 * @tick_ms:     knob: shortest time between ticks
 * @budget_bp:   knob: CPU time of ticks at most
 * @cpu_bp:      of ticks
 * @interval_ms: between ticks now
 * @entries:     of the sample
 * @left_out:    memory that should be of the sample, but there was no room
 * @nr_points:   of @points; 0 before the first interval has ended
 * @ticks:       since it was switched on, like the other counters
 * @accesses:    of entries that were counted
 * @tick_ns:     time that ticks took
 * @pauses:      of tracing
 * @pages:       of the VM, as far as they can be sampled
 * @seen_pages:  of them, accessed since
 * @valid_from_pages: smallest size that the curve says anything of
 * @valid_to_pages: largest one
 * @data_ms:     traced time that it stands for
 * @cold:        first accesses to memory: these miss at any size or, if it was in use
 *               before, up to a size that is not known; not in @points, and its pages
 *               are 0
 * @points:      by size, the first is 0
 * @tracer:      knob: enum ballast_mrc_tracer
 * @tracing_by:  BALLAST_TRACER_BITS or BALLAST_TRACER_TRAPS; 0 when off
 * @tracer_reason: enum ballast_tracer_reason; 0 when off
 * @trap_huge:   knob: blocks that are mapped huge are trapped as well, as a whole
 * @window_ms:   knob: how long an entry is left alone after a trap
 * @window_now_ms: how long it is left alone now, at most: longer where traps are late
 * @trap_rate:   knob: traps per second at most
 * @traps_per_s: in the last interval
 * @traps:       accesses found by them
 * @zaps:        mappings that were removed
 * @untrapped:   accesses to entries to be trapped that came without a trap; their bit told
 * @trap_ns:     time that zaps and the handler of faults took
 * @look_cost_ns: of a look at an accessed bit; 0 before it is known
 * @trap_cost_ns: of a trap: zap, handler, and the least that a fault has cost any vCPU; 0
 *               before it is known
 * @reserved:    zero
 *
 * Documentation/mrc.rst says how it is made and how wrong it is.
 */
struct ballast_mrc_query {
	__u32 id;
	__u32 state;
	__u32 samples;
	__u32 tick_ms;
	__u32 budget_bp;
	__u32 cpu_bp;
	__u32 interval_ms;
	__u32 entries;
	__u32 left_out;
	__u32 nr_points;
	__u64 ticks;
	__u64 accesses;
	__u64 tick_ns;
	__u64 pauses;
	__u64 pages;
	__u64 seen_pages;
	__u64 valid_from_pages;
	__u64 valid_to_pages;
	__u64 data_ms;
	struct ballast_curve_point cold;
	struct ballast_curve_point points[BALLAST_CURVE_POINTS];
	__u32 tracer;
	__u32 tracing_by;
	__u32 tracer_reason;
	__u32 trap_huge;
	__u32 window_ms;
	__u32 window_now_ms;
	__u32 trap_rate;
	__u32 traps_per_s;
	__u64 traps;
	__u64 zaps;
	__u64 untrapped;
	__u64 trap_ns;
	__u32 look_cost_ns;
	__u32 trap_cost_ns;
	__u64 reserved[7];
};

/**
 * struct ballast_vm_mrc - BALLAST_IOC_VM_MRC
 * @id:   in: attachment
 * @size: in: bytes at @buf; out: bytes written, as with BALLAST_IOC_VM_CLASSES
 * @buf:  in: user pointer to struct ballast_mrc_query
 *
 * Errors: -ENOENT, -EFAULT, -ENOMEM.
 */
struct ballast_vm_mrc {
	__u32 id;
	__u32 size;
	__u64 buf;
};

/* Numbers 1 and 2 of any magic belong to the VFS (FIBMAP, FIGETBSZ). */
#define BALLAST_IOC_MAGIC	0xb5
#define BALLAST_IOC_VERSION	_IOR(BALLAST_IOC_MAGIC, 0x10, struct ballast_version)
#define BALLAST_IOC_VM_ATTACH	_IOWR(BALLAST_IOC_MAGIC, 0x11, struct ballast_vm_attach)
#define BALLAST_IOC_VM_DETACH	_IOW(BALLAST_IOC_MAGIC, 0x12, struct ballast_vm_ref)
#define BALLAST_IOC_VM_LIST	_IOWR(BALLAST_IOC_MAGIC, 0x13, struct ballast_vm_list)
#define BALLAST_IOC_VM_QUERY	_IOWR(BALLAST_IOC_MAGIC, 0x14, struct ballast_vm_query)
#define BALLAST_IOC_VM_SCAN	_IOWR(BALLAST_IOC_MAGIC, 0x15, struct ballast_vm_scan)
#define BALLAST_IOC_VM_ACTIVITY	_IOWR(BALLAST_IOC_MAGIC, 0x16, struct ballast_vm_activity)
#define BALLAST_IOC_VM_CLASSES	_IOWR(BALLAST_IOC_MAGIC, 0x17, struct ballast_vm_classes)
#define BALLAST_IOC_VM_CLASS_HISTORY _IOWR(BALLAST_IOC_MAGIC, 0x18, \
					   struct ballast_vm_class_history)
#define BALLAST_IOC_VM_TARGET	_IOW(BALLAST_IOC_MAGIC, 0x19, struct ballast_vm_target)
#define BALLAST_IOC_VM_BALLOON	_IOWR(BALLAST_IOC_MAGIC, 0x1a, struct ballast_vm_balloon)
#define BALLAST_IOC_VM_SLOTS	_IOWR(BALLAST_IOC_MAGIC, 0x1b, struct ballast_vm_slots)
#define BALLAST_IOC_VM_MRC	_IOWR(BALLAST_IOC_MAGIC, 0x1c, struct ballast_vm_mrc)

#endif /* _UAPI_LINUX_BALLAST_H */
