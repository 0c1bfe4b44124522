// SPDX-License-Identifier: GPL-2.0-only
/* Init ladder of the guest module. */

#include <linux/err.h>
#include <linux/module.h>

#include "balloon/balloon.h"
#include "channel.h"
#include "classify.h"
#include "sysfs.h"

static int __init ballast_guest_init(void)
{
	const char *what;
	int ret;

	what = "the memory notifier";
	ret = ballast_classify_init();
	if (ret)
		goto err_classify;
	what = "the balloon's driver";
	ret = ballast_balloon_init();
	if (ret)
		goto err_balloon;
	what = "the channel's thread";
	ret = ballast_channel_init();
	if (ret)
		goto err_channel;
	what = "/sys/kernel/ballast_guest";
	ret = ballast_guest_sysfs_init();
	if (ret)
		goto err_sysfs;
	return 0;

err_sysfs:
	ballast_channel_exit();
err_channel:
	ballast_balloon_exit();
err_balloon:
	ballast_classify_exit();
err_classify:
	pr_err("ballast_guest: not loaded: %s: %pe\n", what, ERR_PTR(ret));
	return ret;
}

static void __exit ballast_guest_exit(void)
{
	ballast_guest_sysfs_exit();
	ballast_channel_exit();
	ballast_balloon_exit();
	ballast_classify_exit();
}

module_init(ballast_guest_init);
module_exit(ballast_guest_exit);

MODULE_DESCRIPTION("Ballast: the guest's side of a cooperative memory manager");
MODULE_LICENSE("GPL");
MODULE_VERSION(BALLAST_VERSION);
