# SPDX-License-Identifier: GPL-2.0-only
# Shared by run (on this machine) and l2 (inside L1): kernels, initramfs,
# reading a console. Sourced after scripts/lib.sh.
# shellcheck shell=bash

NESTED=$TOP/selftests/nested
BUILD=${BALLAST_BUILD:-$TOP/build}

need() { command -v "$1" > /dev/null || die "$1 is missing: run scripts/setup"; }

# modules_in_order TREE NAME|FILE.ko...: the module files to load, dependencies
# first, each once. A name that is built into the kernel has none.
modules_in_order() {
	local tree=$1 rel want name
	shift
	rel=$(<"$tree/release")
	for want; do
		if [[ $want == */* ]]; then
			for name in $(modinfo -F depends "$want" | tr , ' '); do
				modprobe -q -d "$tree" -S "$rel" --show-depends "$name" || true
			done
			echo "insmod $want"
		else
			modprobe -d "$tree" -S "$rel" --show-depends "$want" ||
				die "kernel $rel has no module $want"
		fi
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# initramfs TREE INIT "MODULE..." [FILE...]: prints the path of an archive with
# busybox, INIT, the modules under /m in load order and the files under /bin.
# Kept by the content that went in, so the same guest is packed once.
initramfs() {
	local tree=$1 init=$2 wanted=$3 dir key image tmp file nr=100 modules=()
	shift 3
	# shellcheck disable=SC2086
	mapfile -t modules < <(modules_in_order "$tree" $wanted)
	dir=$CACHE/initramfs
	mkdir -p "$dir"
	key=$(sha256sum "$(command -v busybox)" "$init" "${modules[@]}" "$@" | sha256sum)
	image=$dir/${key:0:24}.cpio
	if [[ ! -e $image ]]; then
		tmp=$(mktemp -d)
		mkdir -p "$tmp"/{bin,dev,proc,sys,m,mnt}
		cp "$(command -v busybox)" "$tmp/bin/busybox"
		install -m 755 "$init" "$tmp/init"
		for file in "${modules[@]}"; do
			# busybox insmod reads no compressed module.
			name=$tmp/m/$((nr++))-$(basename "${file%.ko*}").ko
			case $file in
			*.xz) xz -dc "$file" ;;
			*.zst) zstd -qdc "$file" ;;
			*) cat "$file" ;;
			esac > "$name"
		done
		for file; do
			install -m 755 "$file" "$tmp/bin/"
		done
		(cd "$tmp" && find . | cpio --quiet -o -H newc) > "$image.$$"
		mv "$image.$$" "$image"
		rm -rf "$tmp"
	fi
	echo "$image"
}

# console_faults LOG [ALLOWED REGEX]: the lines that mean the kernel is not
# well, with their numbers. Succeeds when there is one.
console_faults() {
	grep -anE -f <(grep -vE '^(#|$)' "$NESTED/console-faults") "$1" |
		if [[ ${2:-} ]]; then grep -vE "$2"; else cat; fi | grep .
}
