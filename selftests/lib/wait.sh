# SPDX-License-Identifier: GPL-2.0-only
# Waiting for something to become true. Sourced.
# shellcheck shell=bash

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < until)) || return 1
		sleep 0.2
	done
}
