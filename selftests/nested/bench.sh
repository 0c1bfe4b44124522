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
			[[ -e $want ]] || die "no module $want"
			for name in $(modinfo -F depends "$want" | tr , ' '); do
				modprobe -q -d "$tree" -S "$rel" --show-depends "$name" || true
			done
			echo "insmod $want"
		else
			modprobe -q -d "$tree" -S "$rel" --show-depends "$want" ||
				die "kernel $rel has no module $want"
		fi
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# initramfs TREE INIT "MODULE..." [FILE...]: prints the path of an archive with
# busybox, INIT, the modules under /m in load order and the files under /bin.
# Kept by the content that went in, so the same guest is packed once.
initramfs() {
	local tree=$1 init=$2 wanted=$3 found dir key image tmp file name nr=100 ordered=()
	shift 3
	# shellcheck disable=SC2086
	found=$(modules_in_order "$tree" $wanted) || exit 1
	[[ ! $found ]] || mapfile -t ordered <<< "$found"
	dir=$CACHE/initramfs
	mkdir -p "$dir"
	key=$(sha256sum "$(command -v busybox)" "$init" "${ordered[@]}" "$@" | sha256sum)
	image=$dir/${key:0:24}.cpio
	if [[ ! -e $image ]]; then
		tmp=$(mktemp -d)
		mkdir -p "$tmp"/{bin,dev,proc,sys,m,mnt}
		cp "$(command -v busybox)" "$tmp/bin/busybox"
		install -m 755 "$init" "$tmp/init"
		for file in "${ordered[@]}"; do
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

# boot_image TREE: the kernel to give to QEMU. The unpacked image, entered by its
# PVH note, starts a guest about ten seconds sooner than vmlinuz under emulation.
# It is unpacked on the machine itself (make_boot_image); without it: vmlinuz. With
# KASAN 6.1 cannot be entered so: its entry uses shadow memory that is not there yet.
pvh_image() { echo "$CACHE/images/$(< "$1/release")-$(stat -L -c %s-%Y "$1/vmlinuz")"; }

boot_image() {
	local image
	image=$(pvh_image "$1")
	if [[ -e $image ]]; then echo "$image"; else echo "$1/vmlinuz"; fi
}

make_boot_image() {
	local image packed=$1/vmlinuz magic unpack at
	image=$(pvh_image "$1")
	[[ ! -e $image ]] || return 0
	if [[ $(< "$1/release") == 6.1.* ]] && grep -q '^CONFIG_KASAN=y' "$1/config" 2> /dev/null; then
		return 0
	fi
	mkdir -p "$CACHE/images"
	while read -r magic unpack; do
		# shellcheck disable=SC2013 # byte offsets
		for at in $(LC_ALL=C grep -abobP "$magic" "$packed" | cut -d: -f1); do
			# What follows the compressed kernel makes the unpacker complain.
			tail -c "+$((at + 1))" "$packed" | $unpack > "$image.$$" 2> /dev/null || true
			if readelf -n "$image.$$" 2> /dev/null | grep -q 'type: (0x00000012)'; then
				mv "$image.$$" "$image"
				return
			fi
		done
	done <<-'END'
	\x28\xb5\x2f\xfd zstd -qdc
	\xfd7zXZ\x00 xz -qdc
	\x1f\x8b\x08 gzip -qdc
	END
	rm -f "$image.$$"
}

# console_faults LOG [ALLOWED REGEX]: the lines that mean the kernel is not
# well, with their numbers. Succeeds when there is one.
console_faults() {
	grep -anE -f <(grep -vE '^(#|$)' "$NESTED/console-faults") "$1" |
		if [[ ${2:-} ]]; then grep -vE "$2"; else cat; fi | grep .
}
