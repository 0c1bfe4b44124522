# SPDX-License-Identifier: GPL-2.0-only
# Shared by the scripts: where things lie, how to talk.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast}
# shellcheck disable=SC2034
KERNELS=$(sed -n 's/^KERNELS *= *//p' "$TOP/VERSION")

say() { printf 'ballast: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
