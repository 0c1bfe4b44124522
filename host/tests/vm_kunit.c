// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an attachment: each step of attach fails once, and what was done
 * is undone in the opposite order; names, limits, references. vm.c is as it is,
 * its neighbours are played here and say what they were asked.
 */

#include <linux/kvm_host.h>

#include "fake.h"
#include "suites.h"

#include "compat/kvm.h"
#include "host/calibrate.h"
#include "host/debugfs.h"
#include "host/notifier.h"
#include "host/scan.h"
#include "host/sysfs.h"

#define PAGES	(2 * BALLAST_BLOCK_PAGES)

/* What the neighbours did: "+n" the notifier was registered, "-n" it went, … */
static char said[64];
/* The step that fails. */
static char broken;
static int kvm_users;

static int step(char what)
{
	size_t n = strlen(said);

	if (what == broken)
		return -ENOMEM;
	snprintf(said + n, sizeof(said) - n, "+%c", what);
	return 0;
}

static void back(char what)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "-%c", what);
}

static void (*release)(struct kobject *kobj);

static void test_release(struct kobject *kobj)
{
	release(kobj);
}

static struct kobj_type test_ktype = { .release = test_release };

static void test_sysfs_init(struct ballast_vm *vm, void (*fn)(struct kobject *kobj))
{
	release = fn;
	kobject_init(&vm->kobj, &test_ktype);
}

static bool test_get_kvm(struct kvm *kvm)
{
	if (step('k'))
		return false;
	kvm_users++;
	return true;
}

static void test_put_kvm(struct kvm *kvm)
{
	back('k');
	kvm_users--;
}

static int test_sync_map(struct ballast_vm *vm)
{
	return step('m') ?: ballast_scan_sync_map(vm);
}

static void test_drop_map(struct ballast_vm *vm)
{
	back('m');
	ballast_scan_drop_map(vm);
}

#define ballast_aging_usable(kvm)	(!step('a'))
#define ballast_aging_kvm		test_aging
#define kvm_get_kvm_safe		test_get_kvm
#define kvm_put_kvm			test_put_kvm
#define ballast_scan_sync_map		test_sync_map
#define ballast_scan_drop_map		test_drop_map
#define ballast_scan_start(vm)		step('s')
#define ballast_scan_stop(vm)		back('s')
#define ballast_notifier_register(vm)	step('n')
#define ballast_notifier_unregister(vm)	back('n')
#define ballast_sysfs_vm_init		test_sysfs_init
#define ballast_sysfs_vm_add(vm)	step('f')
#define ballast_sysfs_vm_del(vm)	back('f')
#define ballast_debugfs_vm_add(vm)	step('d')
#define ballast_debugfs_vm_del(vm)	back('d')

/* The names belong to the other suites' guests. */
#define ballast_vm_init			tested_init
#define ballast_vm_exit			tested_exit
#define ballast_vm_attach(...)		tested_attach(__VA_ARGS__)
#define ballast_vm_detach		tested_detach
#define ballast_vm_detach_later		tested_detach_later
#define ballast_vm_get			tested_get
#define ballast_vm_next			tested_next
#define ballast_vm_mm			tested_mm
#define ballast_vm_put			tested_put
#define ballast_vm_list			tested_list
#define ballast_vm_fill_query		tested_fill_query

static const struct ballast_aging_ops test_aging;

int tested_init(void);
void tested_exit(void);
int tested_attach(int kvm_fd, bool manual, struct ballast_vm_attach *out);
int tested_detach(struct ballast_vm *vm);
void tested_detach_later(struct ballast_vm *vm);
struct ballast_vm *tested_get(u32 id);
void tested_put(struct ballast_vm *vm);
u32 tested_list(struct ballast_vm_entry *entries, u32 max);
struct mm_struct *tested_mm(struct ballast_vm *vm);
struct ballast_vm *tested_next(unsigned long *id, struct mm_struct **mm);
void tested_fill_query(struct ballast_vm *vm, struct ballast_vm_query *query);

#include "host/vm.c"

#define UP	"+a+k+m+n+f+d+s"
#define DOWN	"-s-d-f-n-m-k"

static int start(struct kunit *test)
{
	struct fake_guest *g = fake_new(test, PAGES);

	g->kvm->userspace_pid = 1234;
	said[0] = '\0';
	broken = 0;
	kvm_users = 0;
	return ballast_vm_init();
}

static void stop(struct kunit *test)
{
	broken = 0;
	ballast_vm_exit();
	KUNIT_EXPECT_EQ(test, atomic_read(&alive), 0);
	KUNIT_EXPECT_EQ(test, nr_vms, 0);
	KUNIT_EXPECT_EQ(test, kvm_users, 0);
	fake_exit(test);
}

static int attach(struct kvm *kvm, struct ballast_vm_attach *out)
{
	int ret;

	mutex_lock(&ballast_vms_lock);
	ret = attach_kvm(kvm, true, out);
	mutex_unlock(&ballast_vms_lock);
	return ret;
}

/* As tested_detach() by one who has looked it up. */
static int detach(u32 id)
{
	struct ballast_vm *vm = ballast_vm_get(id);
	int ret = vm ? ballast_vm_detach(vm) : -ENOENT;

	if (vm)
		ballast_vm_put(vm);
	return ret;
}

static void up_and_down(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach out = {};

	KUNIT_ASSERT_EQ(test, attach(g->kvm, &out), 0);
	KUNIT_EXPECT_STREQ(test, said, UP);
	KUNIT_EXPECT_STREQ(test, out.name, "1234");
	KUNIT_EXPECT_EQ(test, ballast_vm_list(NULL, 0), 1);
	said[0] = '\0';
	KUNIT_EXPECT_EQ(test, detach(out.id), 0);
	KUNIT_EXPECT_STREQ(test, said, DOWN);
	KUNIT_EXPECT_EQ(test, detach(out.id), -ENOENT);
	KUNIT_EXPECT_EQ(test, ballast_vm_list(NULL, 0), 0);
}

/* A step that fails has done nothing; those before it are undone, the last first. */
static void each_step_fails(struct kunit *test)
{
	static const struct {
		char step;
		int ret;
		const char *said;
	} cases[] = {
		{ 'a', -EOPNOTSUPP, "" },
		{ 'k', -ESRCH, "+a" },
		{ 'm', -ENOMEM, "+a+k-m-k" },
		{ 'n', -ENOMEM, "+a+k+m-m-k" },
		{ 'f', -ENOMEM, "+a+k+m+n-n-m-k" },
		{ 's', -ENOMEM, "+a+k+m+n+f+d-d-f-n-m-k" },
	};
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach out = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		said[0] = '\0';
		broken = cases[i].step;
		KUNIT_EXPECT_EQ(test, attach(g->kvm, &out), cases[i].ret);
		KUNIT_EXPECT_STREQ(test, said, cases[i].said);
		KUNIT_EXPECT_EQ(test, ballast_vm_list(NULL, 0), 0);
		KUNIT_EXPECT_EQ(test, kvm_users, 0);
		wait_var_event(&alive, !atomic_read(&alive));
	}
	/* And nothing of it is in the way. */
	broken = 0;
	KUNIT_EXPECT_EQ(test, attach(g->kvm, &out), 0);
}

static void twice_tells_who_it_is(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach first = {}, second = {};

	KUNIT_ASSERT_EQ(test, attach(g->kvm, &first), 0);
	KUNIT_EXPECT_EQ(test, attach(g->kvm, &second), -EEXIST);
	KUNIT_EXPECT_EQ(test, second.id, first.id);
	KUNIT_EXPECT_STREQ(test, second.name, first.name);
	KUNIT_EXPECT_EQ(test, ballast_vm_list(NULL, 0), 1);
}

/* Another VM of the same process, played by a copy of the structure. */
static struct kvm *another(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct kvm *kvm = kunit_kzalloc(test, sizeof(*kvm), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kvm);
	kvm->userspace_pid = g->kvm->userspace_pid;
	rcu_assign_pointer(kvm->memslots[0], g->slots);
	KUNIT_ASSERT_EQ(test, init_srcu_struct(&kvm->srcu), 0);
	return kvm;
}

static void two_of_a_process_have_two_names(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach first = {}, second = {};
	struct kvm *kvm = another(test);
	struct ballast_vm_entry entries[2] = {};
	char name[BALLAST_NAME_LEN];

	KUNIT_ASSERT_EQ(test, attach(g->kvm, &first), 0);
	KUNIT_ASSERT_EQ(test, attach(kvm, &second), 0);
	snprintf(name, sizeof(name), "1234-%u", second.id);
	KUNIT_EXPECT_STREQ(test, second.name, name);
	/* More than there is room for are counted all the same. */
	KUNIT_EXPECT_EQ(test, ballast_vm_list(entries, 1), 2);
	KUNIT_EXPECT_EQ(test, entries[0].mem_pages, PAGES);
	KUNIT_EXPECT_EQ(test, entries[1].id, 0);
	KUNIT_EXPECT_EQ(test, detach(second.id), 0);
	cleanup_srcu_struct(&kvm->srcu);
}

static void the_limit_is_an_error(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach out = {};

	nr_vms = BALLAST_MAX_VMS;
	KUNIT_EXPECT_EQ(test, attach(g->kvm, &out), -ENOSPC);
	nr_vms = 0;
	KUNIT_EXPECT_EQ(test, kvm_users, 0);
	KUNIT_EXPECT_EQ(test, attach(g->kvm, &out), 0);
}

static void ids_are_not_used_again(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach out = {};
	unsigned int i;
	u32 last = 0;

	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, attach(g->kvm, &out), 0);
		KUNIT_ASSERT_GT(test, out.id, last);
		last = out.id;
		KUNIT_ASSERT_EQ(test, detach(out.id), 0);
	}
}

static void a_reference_outlives_detach(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_query query = {};
	struct ballast_vm_attach out = {};
	struct ballast_vm *vm;

	KUNIT_ASSERT_EQ(test, attach(g->kvm, &out), 0);
	vm = ballast_vm_get(out.id);
	KUNIT_ASSERT_NOT_NULL(test, vm);
	KUNIT_EXPECT_EQ(test, detach(out.id), 0);
	KUNIT_EXPECT_TRUE(test, ballast_vm_dying(vm));
	KUNIT_EXPECT_EQ(test, ballast_vm_detach(vm), -ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, ballast_vm_get(out.id), NULL);
	ballast_vm_fill_query(vm, &query);
	KUNIT_EXPECT_EQ(test, query.id, out.id);
	KUNIT_EXPECT_EQ(test, query.mem_pages, 0);
	KUNIT_EXPECT_EQ(test, query.store_bytes, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&alive), 1);
	ballast_vm_put(vm);
	wait_var_event(&alive, !atomic_read(&alive));
}

/* The end of the VM's memory, told any number of times. */
static void death_detaches_once(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach out = {};
	struct ballast_vm *vm;

	KUNIT_ASSERT_EQ(test, attach(g->kvm, &out), 0);
	vm = ballast_vm_get(out.id);
	said[0] = '\0';
	ballast_vm_detach_later(vm);
	ballast_vm_detach_later(vm);
	flush_workqueue(detach_wq);
	ballast_vm_detach_later(vm);
	flush_workqueue(detach_wq);
	KUNIT_EXPECT_STREQ(test, said, DOWN);
	KUNIT_EXPECT_EQ(test, ballast_vm_list(NULL, 0), 0);
	ballast_vm_put(vm);
	wait_var_event(&alive, !atomic_read(&alive));
}

static void exit_detaches_all(struct kunit *test)
{
	struct fake_guest *g = test->priv;
	struct ballast_vm_attach out = {};
	struct kvm *kvm = another(test);

	KUNIT_ASSERT_EQ(test, attach(g->kvm, &out), 0);
	KUNIT_ASSERT_EQ(test, attach(kvm, &out), 0);
	ballast_vm_exit();
	KUNIT_EXPECT_EQ(test, atomic_read(&alive), 0);
	KUNIT_EXPECT_EQ(test, kvm_users, 0);
	cleanup_srcu_struct(&kvm->srcu);
	KUNIT_ASSERT_EQ(test, ballast_vm_init(), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(up_and_down),
	KUNIT_CASE(each_step_fails),
	KUNIT_CASE(twice_tells_who_it_is),
	KUNIT_CASE(two_of_a_process_have_two_names),
	KUNIT_CASE(the_limit_is_an_error),
	KUNIT_CASE(ids_are_not_used_again),
	KUNIT_CASE(a_reference_outlives_detach),
	KUNIT_CASE(death_detaches_once),
	KUNIT_CASE(exit_detaches_all),
	{}
};

struct kunit_suite ballast_vm_suite = {
	.name = "ballast_vm",
	.suite_init = ballast_test_store_get,
	.suite_exit = ballast_test_store_put,
	.init = start,
	.exit = stop,
	.test_cases = cases,
};
