// SPDX-License-Identifier: GPL-2.0-only
/* Init ladder of the host module. */

#include <linux/err.h>
#include <linux/module.h>

#include "channel.h"
#include "debugfs.h"
#include "ioctl.h"
#include "store.h"
#include "sysfs.h"
#include "vm.h"

static int __init ballast_host_init(void)
{
	const char *what;
	int ret;

	what = "the slab caches";
	ret = ballast_store_init();
	if (ret)
		goto err_store;
	what = "/sys/kernel/ballast";
	ret = ballast_sysfs_init();
	if (ret)
		goto err_sysfs;
	ballast_debugfs_init();
	what = "the workqueue";
	ret = ballast_vm_init();
	if (ret)
		goto err_vm;
	what = "the channel to guests";
	ret = ballast_channel_init();
	if (ret)
		goto err_channel;
	what = "/dev/ballast";
	ret = ballast_ioctl_init();
	if (ret)
		goto err_ioctl;
	return 0;

err_ioctl:
	ballast_channel_exit();
err_channel:
	ballast_vm_exit();
err_vm:
	ballast_debugfs_exit();
	ballast_sysfs_exit();
err_sysfs:
	ballast_store_exit();
err_store:
	pr_err("ballast_host: not loaded: %s: %pe\n", what, ERR_PTR(ret));
	return ret;
}

static void __exit ballast_host_exit(void)
{
	ballast_ioctl_exit();
	ballast_channel_exit();
	ballast_vm_exit();
	ballast_debugfs_exit();
	ballast_sysfs_exit();
	ballast_store_exit();
}

module_init(ballast_host_init);
module_exit(ballast_host_exit);

MODULE_DESCRIPTION("Ballast: cooperative memory manager for KVM hosts");
MODULE_LICENSE("GPL");
MODULE_VERSION(BALLAST_VERSION);
