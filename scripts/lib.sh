# SPDX-License-Identifier: GPL-2.0-only
# Shared by the scripts and the test runners: paths, messages, kernel names.
# Sourced, never run. Callers set -euo pipefail themselves.
# shellcheck shell=bash

BALLAST_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BALLAST_CACHE=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast}
export BALLAST_CACHE
# Oldest first; the names of what scripts/fetch-kernel can fetch.
# shellcheck disable=SC2034
BALLAST_KERNELS=(6.1 6.12 7.2)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# True when $1 names one of the kernels that fetch-kernel knows.
known_kernel() {
	local k
	for k in "${BALLAST_KERNELS[@]}"; do
		[[ $k == "$1" ]] && return 0
	done
	return 1
}

need_known_kernel() {
	known_kernel "$1" ||
		die "unknown kernel '$1': use one of ${BALLAST_KERNELS[*]}"
}

need_command() {
	command -v "$1" >/dev/null ||
		die "$1 is missing: run scripts/setup"
}

# kernel_dir KVER: where fetch-kernel leaves it (layout: scripts/fetch-kernel --help).
kernel_dir() { printf '%s/kernels/%s\n' "$BALLAST_CACHE" "$1"; }

# The Debian 13 root with gcc-14 that builds for 7.2.
trixie_root() { printf '%s/roots/trixie\n' "$BALLAST_CACHE"; }

# run_step TEXT COMMAND...: a command that may take a while: says what it does,
# keeps its output in a log and shows the end of it only when it fails.
run_step() {
	local text=$1 log start=$SECONDS rc=0
	shift
	log=$(mktemp)
	say "$text ..."
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if ((rc)); then
		tail -n 25 "$log" >&2
		rm -f "$log"
		die "failed: $text (exit $rc)"
	fi
	rm -f "$log"
	if ((SECONDS - start > 2)); then
		say "$text: done in $((SECONDS - start)) s"
	fi
}
