# SPDX-License-Identifier: GPL-2.0-only
# Shared by the scripts: where things lie, how to talk.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast}
# shellcheck disable=SC2034
KERNELS=$(sed -n 's/^KERNELS *= *//p' "$TOP/VERSION")

say() { printf 'ballast: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# copy_changed FROM TO FILE|FOLDER...: what differs gets a new time, so that make
# builds it again whatever the time of the original.
copy_changed() {
	local from=$1 to=$2 file mode
	shift 2
	(cd "$from" && find "$@" -type f) | while read -r file; do
		cmp -s "$from/$file" "$to/$file" && continue
		mode=644
		[[ ! -x $from/$file ]] || mode=755
		install -D -m $mode "$from/$file" "$to/$file"
	done
}
