// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs ballast/: detail for developers. debugfs may be absent; nothing
 * depends on it, so errors are not looked at.
 */

#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "debugfs.h"
#include "trap.h"
#include "vm.h"

static struct dentry *top;	/* ballast/ */
static struct dentry *root;	/* ballast/vm/ */

/* One line a block: where, how mapped, what state, how quiet, pages per level. */
static int blocks_show(struct seq_file *m, void *unused)
{
	struct ballast_vm *vm = m->private;
	const struct ballast_memmap *map;
	unsigned long nr;
	unsigned int i;

	seq_puts(m, "# gfn first last map state streak expanded unknown cold cool warm hot\n");
	rcu_read_lock();
	map = rcu_dereference(vm->map);
	for (i = 0; map && i < map->nr; i++) {
		for (nr = 0; nr < map->slots[i].nr_blocks && !seq_has_overflowed(m); nr++) {
			u16 p[BALLAST_NR_LEVELS];
			struct ballast_span s;

			ballast_slot_span(&map->slots[i], nr, &s);
			ballast_span_count(&s, p);
			seq_printf(m, "0x%llx %u %u %u %s %u %u %u %u %u %u %u\n",
				   s.gfn, s.first, s.last, ballast_block_level(s.block),
				   ballast_states[ballast_block_state(s.block)].name,
				   ballast_block_streak(s.block),
				   ballast_block_expanded(s.block),
				   p[0], p[1], p[2], p[3], p[4]);
		}
	}
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(blocks);

/* The transition table in force. */
static int states_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "# state idle accessed level likely_idle\n");
	for (i = 0; i < BALLAST_NR_STATES; i++)
		seq_printf(m, "%s %s %s %u %u\n", ballast_states[i].name,
			   ballast_states[ballast_states[i].next[0]].name,
			   ballast_states[ballast_states[i].next[1]].name,
			   ballast_states[i].level, ballast_states[i].likely_idle);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(states);

/* VMs that wait for faults, and whether KVM tells of faults at all. */
static int traps_show(struct seq_file *m, void *unused)
{
	ballast_trap_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(traps);

/*
 * What a pass would cost with a call per page, for comparison: clears all
 * accessed bits of the VM once, so the picture is wrong for a pass.
 */
struct sweep {
	u64 ns;
	u64 calls;
};

static struct sweep last_sweep;	/* of any VM; a benchmark runs alone */

static void sweep_slot(struct ballast_vm *vm, const struct ballast_slot *slot)
{
	u64 start = ktime_get_ns();
	u64 i;

	for (i = 0; i < slot->pages && !ballast_vm_dying(vm); i++) {
		unsigned long hva = slot->hva + (i << PAGE_SHIFT);

		vm->aging->clear(vm, hva, hva + PAGE_SIZE);
		last_sweep.calls++;
		if (!(i & 511))
			cond_resched();
	}
	last_sweep.ns += ktime_get_ns() - start;
}

static ssize_t sweep_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct ballast_vm *vm = file_inode(file)->i_private;
	const struct ballast_memmap *map;
	unsigned int i;

	if (mutex_lock_interruptible(&vm->scan_lock))
		return -EINTR;
	last_sweep = (struct sweep){};
	map = ballast_vm_map(vm);
	for (i = 0; map && i < map->nr; i++)
		sweep_slot(vm, &map->slots[i]);
	mutex_unlock(&vm->scan_lock);
	return count;
}

static int sweep_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%llu %llu\n", last_sweep.ns, last_sweep.calls);
	return 0;
}

static int sweep_open(struct inode *inode, struct file *file)
{
	return single_open(file, sweep_show, inode->i_private);
}

static const struct file_operations sweep_fops = {
	.owner = THIS_MODULE,
	.open = sweep_open,
	.read = seq_read,
	.write = sweep_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void ballast_debugfs_vm_add(struct ballast_vm *vm)
{
	vm->debugfs = debugfs_create_dir(vm->name, root);
	debugfs_create_file("blocks", 0400, vm->debugfs, vm, &blocks_fops);
	debugfs_create_file("sweep_4k", 0600, vm->debugfs, vm, &sweep_fops);
}

/* Waits for readers and writers of the files. */
void ballast_debugfs_vm_del(struct ballast_vm *vm)
{
	debugfs_remove_recursive(vm->debugfs);
}

void ballast_debugfs_init(void)
{
	top = debugfs_create_dir("ballast", NULL);
	debugfs_create_file("states", 0400, top, NULL, &states_fops);
	debugfs_create_file("traps", 0400, top, NULL, &traps_fops);
	root = debugfs_create_dir("vm", top);
}

void ballast_debugfs_exit(void)
{
	debugfs_remove_recursive(top);
}
