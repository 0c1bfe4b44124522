// SPDX-License-Identifier: GPL-2.0-only
/* The only user of KVM's tracepoint. The header explains it. */

#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>

#include "compat/kvm.h"
#include "trap.h"

#define TABLE_BITS	6

static struct hlist_head listeners[1 << TABLE_BITS];	/* by struct kvm; read under RCU */
static DEFINE_MUTEX(lock);		/* protects writes to listeners, and nr_listeners */
static unsigned int nr_listeners;

static struct hlist_head *listeners_of(const struct kvm *kvm)
{
	return &listeners[hash_ptr(kvm, TABLE_BITS)];
}

/**
 * struct last_fault - on a CPU
 * @vcpu: whose; only compared
 * @ns:   when
 */
struct last_fault {
	const struct kvm_vcpu *vcpu;
	u64 ns;
};

static DEFINE_PER_CPU(struct last_fault, last_fault);
static u32 fault_ns;		/* the least one seen; 0: none yet */

/*
 * What does a fault cost a vCPU? Between two of them it has at least left KVM and come
 * back, so that the least time that has ever been is near it.
 */
static void measure(const struct kvm_vcpu *vcpu)
{
	struct last_fault *last = get_cpu_ptr(&last_fault);
	u64 now = ktime_get_ns(), ns = now - last->ns;
	u32 least = READ_ONCE(fault_ns);

	if (last->vcpu == vcpu && ns && ns < (least ?: NSEC_PER_SEC))
		WRITE_ONCE(fault_ns, ns);
	last->vcpu = vcpu;
	last->ns = now;
	put_cpu_ptr(&last_fault);
}

/* 0: not known. */
u32 ballast_trap_fault_ns(void)
{
	return READ_ONCE(fault_ns);
}

static void tell(struct ballast_trap *trap, const struct kvm_vcpu *vcpu, u64 address)
{
	if (ballast_kvm_fault_is_gpa(vcpu))
		trap->hit(trap, address >> PAGE_SHIFT);
	else if (ballast_kvm_shadows(vcpu))
		WRITE_ONCE(trap->shadowed, true);
}

/* Of any VM. Preemptible on some kernels. */
static void on_fault(void *data, struct kvm_vcpu *vcpu, u64 address, u64 error)
{
	struct ballast_trap *trap;

	measure(vcpu);
	rcu_read_lock();
	hlist_for_each_entry_rcu(trap, listeners_of(vcpu->kvm), node)
		if (trap->kvm == vcpu->kvm)
			tell(trap, vcpu, address);
	rcu_read_unlock();
}

/**
 * ballast_trap_possible() - do faults tell guest frames?
 * @kvm: VM
 *
 * Not where KVM shadows page tables. A VM that has not turned on paging yet may say yes
 * there, and ballast_trap.shadowed says no later.
 */
bool ballast_trap_possible(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	if (!ballast_kvm_faults_told())
		return false;
	kvm_for_each_vcpu(i, vcpu, kvm)
		if (ballast_kvm_shadows(vcpu))
			return false;
	return true;
}

/**
 * ballast_trap_start() - listen
 * @trap: @kvm and @hit are set
 *
 * Process context. Return: 0, -ENOMEM, -EOPNOTSUPP.
 */
int ballast_trap_start(struct ballast_trap *trap)
{
	int ret = 0;

	mutex_lock(&lock);
	if (!nr_listeners)
		ret = ballast_kvm_fault_register(on_fault);
	if (!ret) {
		nr_listeners++;
		hlist_add_head_rcu(&trap->node, listeners_of(trap->kvm));
	}
	mutex_unlock(&lock);
	return ret;
}

/* When it returns, nobody is in @hit and nobody will be; process context. */
void ballast_trap_stop(struct ballast_trap *trap)
{
	mutex_lock(&lock);
	hlist_del_rcu(&trap->node);
	if (!--nr_listeners)
		ballast_kvm_fault_unregister(on_fault);
	mutex_unlock(&lock);
	tracepoint_synchronize_unregister();
}

/* For debugfs: listeners, and whether the tracepoint is on. */
void ballast_trap_show(struct seq_file *m)
{
	mutex_lock(&lock);
	seq_printf(m, "%u %d\n", nr_listeners, ballast_kvm_fault_traced());
	mutex_unlock(&lock);
}
