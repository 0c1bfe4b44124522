# SPDX-License-Identifier: GPL-2.0-only
# KTAP for test scripts. Sourced:
#
#   . selftests/lib/ktap.sh
#   ktap_check "module loads" modprobe ballast_host
#   [ -e /dev/kvm ] || ktap_skip "guest boots" "no /dev/kvm"
#   ktap_end
#
# The plan comes last, so a script that dies early has none and counts as failed
# by its exit status. ktap_end fails when a test failed or none ran.
# shellcheck shell=bash

ktap_nr=0
ktap_failed=0

ktap_note() { printf '# %s\n' "$*"; }

ktap_ok() { printf 'ok %d %s\n' $((++ktap_nr)) "$1"; }

# ktap_not_ok NAME [WHY]
ktap_not_ok() {
	[[ -z ${2:-} ]] || ktap_note "$2"
	printf 'not ok %d %s\n' $((++ktap_nr)) "$1"
	ktap_failed=$((ktap_failed + 1))
}

# ktap_skip NAME WHY
ktap_skip() { printf 'ok %d %s # SKIP %s\n' $((++ktap_nr)) "$1" "${2:?a skip says why}"; }

# ktap_check NAME COMMAND...: ok when it succeeds; its output is shown when not.
ktap_check() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if ((status == 0)); then
		ktap_ok "$name"
	else
		ktap_not_ok "$name" "exit status $status of: $*"
		[[ -z $output ]] || printf '%s\n' "$output" | tail -n 20 | sed 's/^/#   /'
	fi
}

# ktap_same NAME WANTED FOUND
ktap_same() {
	if [[ $2 == "$3" ]]; then
		ktap_ok "$1"
	else
		ktap_not_ok "$1" "wanted '$2', found '$3'"
	fi
}

ktap_end() {
	printf '1..%d\n' "$ktap_nr"
	((ktap_nr > 0 && ktap_failed == 0))
}
