# SPDX-License-Identifier: GPL-2.0-only
# The host module, inside L1.
# shellcheck shell=bash

# load_module: ours, built for this kernel, with what $module_parameters says.
load_module() {
	local file
	[[ ${MODULES_DIR:-} ]] || die "inside L1 only: selftests/nested/run --kver 6.12 -- $0"
	[[ ! -e /sys/module/ballast_host ]] || return 0
	file=$(find "$MODULES_DIR" -name ballast_host.ko -print -quit)
	[[ $file ]] || die "$MODULES_DIR has no ballast_host.ko: scripts/kmake $KVER"
	insmod "$file" ${module_parameters:+"$module_parameters"}
}

# unload_module: rmmod waits for every reference, so one that is missing would hang the
# run; after two minutes this fails instead, and rmmod is left waiting.
unload_module() {
	local pid second
	rmmod ballast_host &
	pid=$!
	for ((second = 0; second < 120; second++)); do
		kill -0 $pid 2> /dev/null || break
		sleep 1
	done
	if ((second == 120)); then
		say "rmmod waits, for more than $second s"
		return 1
	fi
	wait $pid && [[ ! -e /dev/ballast ]]
}
