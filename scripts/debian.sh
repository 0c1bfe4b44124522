# SPDX-License-Identifier: GPL-2.0-only
# Debian packages unpacked below the cache, through apt with a configuration of
# its own; the system's is not touched. Sourced after lib.sh.
# shellcheck shell=bash

APT=$CACHE/apt
export APT_CONFIG=$APT/conf
apt_ready=

# Read the package lists, once per script.
apt_init() {
	local key=/usr/share/keyrings/debian-archive-keyring.gpg suite
	[ -z "$apt_ready" ] || return 0
	[ -f "$key" ] || die "$key is missing: apt-get install debian-archive-keyring"
	mkdir -p "$APT/lists/partial" "$APT/archives/partial"
	: > "$APT/status"
	for suite in bookworm bookworm-backports trixie trixie-backports; do
		echo "deb [signed-by=$key] http://deb.debian.org/debian $suite main"
	done > "$APT/sources.list"
	for suite in bookworm-security trixie-security; do
		echo "deb [signed-by=$key] http://deb.debian.org/debian-security $suite main"
	done >> "$APT/sources.list"
	cat > "$APT/conf" <<-EOF
	Dir::Etc::sourcelist "$APT/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::State "$APT";
	Dir::State::status "$APT/status";
	Dir::Cache "$APT";
	APT::Sandbox::User "root";
	Acquire::Retries "5";
	EOF
	say "reading Debian's package lists"
	apt-get update -qq
	apt_ready=1
}

unpack() {	# DIR PACKAGE...
	local dir=$1 deb
	shift
	mkdir -p "$dir/debs"
	(cd "$dir/debs" && apt-get download -qq "$@")
	for deb in "$dir"/debs/*.deb; do
		dpkg -x "$deb" "$dir"
	done
	rm -rf "$dir/debs"
}
