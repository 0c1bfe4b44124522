# SPDX-License-Identifier: GPL-2.0-only
# Guests with a workload, inside L1. Sourced after scripts/lib.sh:
#
#   . selftests/l2/lib.sh
#   guest_start web mem=256M thp=off --hot 32:250 --cold 96
#   guest_truth web; ballast vm attach "$(guest_pid web)"
#
# shellcheck shell=bash

l2=$TOP/selftests/nested/l2
# Guests of a debug kernel run the stock one.
GUEST_KVER=${KVER%-debug}
program=$TOP/build/selftests/workload/workload
PATH=$TOP/build/tools:$PATH
[[ -x $program ]] || die "make -C selftests programs, outside L1"
[[ -x $TOP/build/tools/ballast ]] || die "make -C selftests programs, outside L1"
work=$(mktemp -d)
# shellcheck source=selftests/lib/module.sh
. "$TOP/selftests/lib/module.sh"
# shellcheck source=selftests/lib/wait.sh
. "$TOP/selftests/lib/wait.sh"

# guest_start NAME [mem=SIZE] [thp=on|off] [vsock=CID] WORKLOAD'S OPTIONS: the guest is
# up and its memory filled when this returns; its pid is in $work/NAME.pid. With a vsock
# address it has the guest's module as well. A virtio port into a
# file takes out what is large: over a serial port every byte is an exit of the guest.
guest_start() {
	local name=$1 mem=256M thp=on port more=()
	shift
	while [[ ${1:-} == *=* ]]; do
		case ${1%%=*} in
		mem) mem=${1#*=} ;;
		thp) thp=${1#*=} ;;
		vsock) more=(--vsock "${1#*=}" --modules "$(guest_module "$GUEST_KVER")") ;;
		*) die "guest_start: unknown $1" ;;
		esac
		shift
	done
	port="-device virtio-serial-pci -chardev file,id=port,append=on,path=$work/$name.port"
	port+=" -device virtserialport,chardev=port"
	"$l2" start "$name" --mem "$mem" --thp "$thp" --files "$program" --qemu "$port" \
		--modules 'virtio_pci virtio_console' "${more[@]}" > "$work/$name.pid" ||
		die "guest $name does not start"
	workload_start "$name" "$@"
}

# guest_module KVER: the module for guests of this kernel.
guest_module() {
	local file=$TOP/build/$1/guest/ballast_guest.ko
	[[ -e $file ]] || die "$file is not there: scripts/kmake $1, outside L1"
	echo "$file"
}

# until_ CONDITION: the guest's commands that wait for it, and fail when the workload died.
until_() {
	printf 'until %s; do
		kill -0 $(cat /tmp/workload.pid) || { cat /tmp/log; exit 1; }
		usleep 100000
	done\n' "$1"
}

# workload_start NAME OPTIONS: in a guest that runs; returns when memory is filled.
workload_start() {
	local name=$1
	shift
	"$l2" cmd "$name" "rm -f /tmp/truth; workload $* --truth /tmp/truth --report 1 > /tmp/log 2>&1 &
		echo \$! > /tmp/workload.pid
		$(until_ 'grep -q steady /tmp/log')" || die "guest $name: the workload does not start"
}

guest_pid() { cat "$work/$1.pid"; }
# What the host has of a guest's memory: of the VMM's mapping that is as large.
guest_resident_kib() {	# NAME MIB
	awk -v want=$(($2 * 1024)) '/^Size:/ { size = $2 }
		/^Rss:/ && size == want { print $2 }' "/proc/$(guest_pid "$1")/smaps"
}

# What the host's module says of a guest; nothing, where it says nothing.
said() { cat "/sys/kernel/ballast/vm/$(guest_pid "$1")/$2" 2> /dev/null; }	# NAME FILE
is() { [[ $(said "$1" "$2") == "$3" ]]; }	# NAME FILE VALUE

# guest_truth NAME: the truth of its workload in $work/NAME.truth.
guest_truth() {
	: > "$work/$1.port"
	# The port is named by its place among all virtio devices.
	"$l2" cmd "$1" 'port=$(echo /dev/vport*p1)
		[ -c "$port" ] && cp /tmp/truth /tmp/truth.sent && cat /tmp/truth.sent > "$port"
		[ "$(wc -c < /tmp/truth.sent)" -gt 0 ]'
	cp "$work/$1.port" "$work/$1.truth"
}

# guest_gap NAME SET REPORTS: for how long, at most, was a page of the set left alone,
# in the last so many reports (one per second), ms.
guest_gap() {
	"$l2" cmd "$1" "grep ^seconds /tmp/log | tail -n $3 | sed -n 's/.* $2_gap_ms \([0-9]*\).*/\1/p' |
		sort -n | tail -n 1" | tr -d '\r'
}

# guest_phase NAME: hot and cold pages change places, and the truth is new.
guest_phase() {
	"$l2" cmd "$1" 'n=$(grep -c ^phase /tmp/log); kill -USR1 $(cat /tmp/workload.pid)
		'"$(until_ '[ $(grep -c ^phase /tmp/log) -gt $n ]')"
	guest_truth "$1"
}

# workload_end NAME: it must have found all of its memory as it left it.
workload_end() {
	"$l2" cmd "$1" 'kill $(cat /tmp/workload.pid)
		while kill -0 $(cat /tmp/workload.pid) 2> /dev/null; do usleep 100000; done
		tail -n 2 /tmp/log; grep -q ^verified /tmp/log'
}

# qmp NAME COMMAND [ARGUMENTS]: what it returns, as JSON.
qmp() {
	local arguments=${3:-}
	[[ $arguments ]] || arguments='{}'
	python3 - "/run/l2/$1/qmp" "$2" "$arguments" <<-'END'
		import json, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.settimeout(60)
		s.connect(sys.argv[1])
		file = s.makefile("rw")
		file.readline()
		for command, arguments in ("qmp_capabilities", {}), (sys.argv[2], json.loads(sys.argv[3])):
		    file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
		    file.flush()
		    while "event" in (answer := json.loads(file.readline())):
		        pass
		if "error" in answer:
		    sys.exit(answer["error"]["desc"])
		print(json.dumps(answer["return"]))
	END
}

# Is a virtio device of the guest driven by this? balloon_driver NAME DRIVER
balloon_driver() {
	[[ $("$l2" cmd "$1" "ls /sys/bus/virtio/drivers/$2 2> /dev/null | grep -c ^virtio" | tr -d '\r') != 0 ]]
}
no_balloon_driver() { ! balloon_driver "$@"; }

# balloon_device NAME DRIVER OPTIONS: a guest that was started with both modules, and has
# none of them loaded, gets a balloon device (id "balloon") and what drives it:
# virtio_balloon or ballast_balloon. OPTIONS: what the VMM offers, as JSON after a comma.
balloon_device() {
	case $2 in
	virtio_balloon) "$l2" cmd "$1" 'insmod $(ls /m/*virtio_balloon.ko /m/*virtio_balloon.ko.xz 2> /dev/null)' ;;
	ballast_balloon) "$l2" cmd "$1" 'insmod /m/*ballast_guest.ko' ;;
	esac
	qmp "$1" device_add "{\"driver\": \"virtio-balloon-pci\", \"id\": \"balloon\", \"deflate-on-oom\": true $3}" > "$work/qmp.log"
	wait_for 30 balloon_driver "$1" "$2" || die "guest $1: $2 does not take its device"
}
no_balloon_device() {	# NAME DRIVER
	qmp "$1" device_del '{"id": "balloon"}' > "$work/qmp.log"
	wait_for 30 no_balloon_driver "$1" "$2" || die "guest $1: $2 does not let go"
	"$l2" cmd "$1" "rmmod ${2/ballast_balloon/ballast_guest}"
}
