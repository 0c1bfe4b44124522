# SPDX-License-Identifier: GPL-2.0-only
# For the test of the tool: how a call ends and what it says, processes with VMs.
# Sourced after selftests/lib/ktap.sh, with $tmp, a folder, and $helpers.
# shellcheck shell=bash

part() { ktap_note "$1 (after $SECONDS s)"; }

# --- what a call says ---------------------------------------------------------------

# call ARGUMENTS...: into $out, $err and $status.
call() {
	status=0
	out=$(ballast "$@" 2> "$tmp/err") || status=$?
	err=$(< "$tmp/err")
}

# judge NAME STATUS OUT ERR: of the last call; OUT and ERR are patterns of [[ ]].
judge() {
	# shellcheck disable=SC2053
	if ((status == $2)) && [[ $out == $3 && $err == $4 ]]; then
		ktap_ok "$1"
		return
	fi
	ktap_not_ok "$1" "exit status $status, wanted $2; standard output, then error:"
	printf '%s\n' "$out" "$err" | head -n 20 | sed 's/^/#   /'
	ktap_note "wanted: '$3', '$4'"
}

# works NAME OUT ARGUMENTS...
works() {
	local name=$1 like=$2
	shift 2
	call "$@"
	judge "$name" 0 "$like" ''
}

# fails, misused NAME SENTENCE ARGUMENTS...: on standard error, and nothing else.
fails() { fails_with 1 "$@"; }
misused() { fails_with 2 "$@"; }

fails_with() {
	local status_wanted=$1 name=$2 sentence=$3
	shift 3
	call "$@"
	judge "$name" "$status_wanted" '' "ballast: $sentence"
}

# fails_json NAME STATUS SENTENCE ARGUMENTS...: on standard output, as the only document.
fails_json() {
	local name=$1 status_wanted=$2 sentence=$3
	shift 3
	call -j "$@"
	judge "$name.json" "$status_wanted" "{\"error\":\"$sentence\"}" ''
}

# keep NAME ARGUMENTS...: the JSON that it prints, for json-check.
keep() {
	local name=$1
	shift
	call -j "$@"
	printf '%s\n' "$out" > "$tmp/json/$name"
	judge "$name.json" 0 '[{[]*' ''
}

# --- events ---------------------------------------------------------------------------

# within SECONDS COMMAND...: wait until it succeeds.
within() {
	local until=$((SECONDS + $1)) pause
	shift
	until "$@"; do
		((SECONDS < until)) || return 1
		read -r -t 0.05 pause <&"$never" || true
	done
}

has_lines() { (($(wc -l < "$1") >= $2)); }	# FILE NUMBER
attached() { [[ -d /sys/kernel/ballast/vm/$1 ]]; }
not_attached() { ! attached "$1"; }

# ends NAME PID STATUS: a process of ours.
ends() {
	local status=0
	if ! timeout 60 tail --pid="$2" -s 0.05 -f /dev/null; then
		ktap_not_ok "$1" "process $2 does not end"
		kill -KILL "$2"
		return
	fi
	wait "$2" || status=$?
	ktap_same "$1" "exit status $3" "exit status $status"
}

# --- processes with VMs ----------------------------------------------------------------

declare -A vms_pid vms_to vms_from

# vms_start ID [NAME]: a process that has no VM yet.
vms_start() {
	local to from
	mkfifo "$tmp/$1.to" "$tmp/$1.from"
	"$helpers/vms" ${2:+-name "$2"} < "$tmp/$1.to" > "$tmp/$1.from" &
	vms_pid[$1]=$!
	exec {to}> "$tmp/$1.to" {from}< "$tmp/$1.from"
	vms_to[$1]=$to
	vms_from[$1]=$from
}

# vms_do ID LETTERS: see vms.c.
vms_do() {
	local answer i
	printf '%s\n' "$2" >&"${vms_to[$1]}"
	for ((i = 0; i < ${#2}; i++)); do
		{ read -r -t 60 answer <&"${vms_from[$1]}" && [[ $answer == ok ]]; } ||
			die "vms $1 does not do '$2'"
	done
}

vms_end() {	# ID
	kill "${vms_pid[$1]}"
	wait "${vms_pid[$1]}" || true
}

# paused ARGUMENT OF -name: a QEMU that does not let its guest run; its pid in $paused.
paused() {
	qemu-system-x86_64 -name "$1" -accel kvm -S -m 64 -nodefaults -no-user-config \
		-display none -bios qboot.rom < /dev/null > "$tmp/qemu.log" 2>&1 &
	paused=$!
}

# The link of one of its file descriptors says that it has a VM.
has_vm() { [[ $(find "/proc/$1/fd" -lname anon_inode:kvm-vm 2> /dev/null) ]]; }

quit() {	# PID
	kill -KILL "$1" 2> /dev/null || true
	wait "$1" 2> /dev/null || true
}
