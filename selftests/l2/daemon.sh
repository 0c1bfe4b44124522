# SPDX-License-Identifier: GPL-2.0-only
# ballastd on a host with guests, inside L1. Sourced after selftests/l2/lib.sh:
#
#   . selftests/l2/daemon.sh
#   swap_on; load_module; guests_start...; plenty; daemon_start
#   free_becomes 20; reload
#
# shellcheck shell=bash

config=$work/ballastd.conf
folder=$work/run
log=${BALLAST_WORK:-/mnt/bench}/ballastd.log
# Seconds between two rounds; more lines for the configuration.
interval=0.5 sections=
: > "$log"

kib() { awk -v key="$2:" '$1 == key { sum += $2 } END { print int(sum) }' "/proc/$(guest_pid "$1")/$3"; }
rss_mib() { echo $(($(kib "$1" Rss smaps_rollup) / 1024)); }
swapped_mib() { echo $(($(kib "$1" Swap smaps_rollup) / 1024)); }
rss_below() { (($(rss_mib "$1") < $2)); }
swapped_above() { (($(swapped_mib "$1") > $2)); }
swapped_below() { (($(swapped_mib "$1") < $2)); }
in_log() { grep -q "$1" "$log"; }
key() { ballast -j sched status -d "$folder" | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }
running() { [[ $(ballast -j sched status -d "$folder" 2> /dev/null) == *"\"daemon_pid\":$daemon,"* ]]; }

# Another test may have been here before.
swap_on() {
	! grep -q ^/dev/zram0 /proc/swaps || return 0
	modprobe zram
	echo 512M > /sys/block/zram0/disksize
	mkswap /dev/zram0 > "$work/swap.log"
	swapon /dev/zram0
}

# A key in pages, of all VMs, MiB.
of_all_mib() {
	ballast -j sched status -d "$folder" | python3 -c "
import json, sys
print(sum(vm['$1'] for vm in json.load(sys.stdin)['vms']) // 256)"
}
# Guest memory in the host, as the daemon counts it: QEMU has more of its own.
here_mib() { of_all_mib resident_pages; }
# Memory that is free for VMs becomes so much, MiB.
free_becomes() {
	printf '[host]\ninterval = %s\nhold_off = 5\nbudget = %dM\n[defaults]\nmin = 64M\n%s' \
		$interval $(($(here_mib) + $1)) "$sections" > "$config"
}
plenty() { printf '[host]\ninterval = %s\nhold_off = 5\n%s' $interval "$sections" > "$config"; }

daemon_start() {
	ballastd -c "$config" -d "$folder" "$@" 2>> "$log" &
	daemon=$!
	wait_for 30 running || die "ballastd does not run: $(tail -n 3 "$log")"
}
times_read() { grep -c 'read again' "$log" || true; }
read_again() { (($(times_read) > $1)); }	# MORE THAN
reload() {
	local before
	before=$(times_read)
	kill -HUP "$daemon"
	wait_for 30 read_again "$before" || die "no new configuration: $(tail -n 3 "$log")"
}
