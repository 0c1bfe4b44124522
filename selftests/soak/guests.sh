# SPDX-License-Identifier: GPL-2.0-only
# The guests of the soak: real ones in QEMU, or tiny ones (selftests/tinyvm/worker), of
# which an emulated debug host can run some, and boot more than a handful in an hour.
# Sourced by on-host; $kind says which.
#
#   guests_list            names of those that run, into $running; of one that ended by
#                          itself, $work/NAME.failed
#   guest_boot NAME        in the background; $work/NAME.ready when it works,
#                          $work/NAME.failed when it did not come up
#   guest_end NAME         stop it; it must have found all of its memory as it left it
#   guest_kill NAME
#   guest_ref NAME         what the tool calls it
#   guest_process NAME     its process
#
# shellcheck shell=bash

# --- QEMU ----------------------------------------------------------------------------
qemu_list() { mapfile -t running < <("$l2" list); }
qemu_boot() {
	local name=$1 mem=$((160 + 32 * (RANDOM % 4))) thp=on
	((RANDOM % 2)) || thp=off
	qemu_up "$name" mem=${mem}M thp=$thp --hot 8:300 --warm 8:5000 --cold $((mem - 128)) \
		--cache 4:500 --shuffle $((RANDOM % 100)) &
}
# It takes its time, and all else goes on meanwhile; it may even be killed.
qemu_up() {
	if (guest_start "$@") > "$work/$1.boot" 2>&1; then
		touch "$work/$1.ready"
	elif [[ ! -e $work/$1.killed ]]; then
		cp "$work/$1.boot" "$work/$1.failed"
	fi
}
qemu_end() { workload_end "$1" && "$l2" stop "$1"; }
qemu_kill() { "$l2" kill "$1"; }
qemu_ref() { echo "$1"; }
qemu_process() { guest_pid "$1"; }

# --- tiny ----------------------------------------------------------------------------
declare -A tiny_pid=()
tiny_list() {
	local name status
	running=()
	for name in "${!tiny_pid[@]}"; do
		if kill -0 "${tiny_pid[$name]}" 2> /dev/null; then
			running+=("$name")
			continue
		fi
		status=0
		wait "${tiny_pid[$name]}" || status=$?
		{ cat "$work/$name.log"; echo "$name ended by itself: status $status"; } > "$work/$name.failed"
		unset "tiny_pid[$name]"
	done
	# A hash has no order to rely on.
	((${#running[@]} == 0)) || mapfile -t running < <(printf '%s\n' "${running[@]}" | sort)
}
tiny_boot() {
	local how=()
	((RANDOM % 2)) || how=(thp)
	worker $((1024 << RANDOM % 4)) $RANDOM "${how[@]}" > "$work/$1.log" 2>&1 &
	tiny_pid[$1]=$!
	tiny_up "$1" $! &
}
tiny_up() {	# NAME PID
	while ! grep -q ready "$work/$1.log"; do
		kill -0 "$2" 2> /dev/null || return
		sleep 1
	done
	touch "$work/$1.ready"
}
tiny_end() {
	local status=0
	kill -TERM "${tiny_pid[$1]}"
	wait "${tiny_pid[$1]}" || status=$?
	cat "$work/$1.log"
	unset "tiny_pid[$1]"
	((status == 0)) && grep -q ^verified "$work/$1.log"
}
tiny_kill() {
	kill -KILL "${tiny_pid[$1]}"
	wait "${tiny_pid[$1]}" 2> /dev/null || true
	unset "tiny_pid[$1]"
}
tiny_ref() { echo "${tiny_pid[$1]}"; }
tiny_process() { tiny_ref "$1"; }

guests_list() { "${kind}_list"; }
guest_boot() { "${kind}_boot" "$1"; }
guest_end() { "${kind}_end" "$1"; }
guest_kill() { touch "$work/$1.killed"; "${kind}_kill" "$1"; }
guest_ref() { "${kind}_ref" "$1"; }
guest_process() { "${kind}_process" "$1"; }
