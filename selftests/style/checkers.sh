# SPDX-License-Identifier: GPL-2.0-only
# The checkers of selftests/style/run: lacks_CHECKER says why it cannot run here,
# if so; run_CHECKER AREA FILE... prints findings. And the areas of the tree.
# shellcheck shell=bash

# checkpatch is of this kernel, and modules are built for it: its headers work with
# sparse, which 7.2's, built in a Debian 13 root, silently leave out.
STYLE_KVER=6.12
# shellcheck disable=SC2034
AREAS='host policy guest tools selftests scripts doc'
# shellcheck disable=SC2034
COCCI_KINDS='api free iterators locks misc null tests'

folders_of() {	# AREA
	case $1 in
	host) echo common compat host include ;;
	scripts) echo .ci scripts Makefile Kbuild Kbuild.flags ;;
	doc) echo Documentation README.md ;;
	*) echo "$1" ;;
	esac
}

# Set c_files, shell_files, source_files and text_files of an area. A shell file
# tells by its first line or by a directive for shellcheck. Inputs of fuzzers are
# bytes.
files_of() {	# AREA
	local folder file first
	c_files=() shell_files=() source_files=() text_files=()
	while IFS= read -r -d '' file; do
		text_files+=("$file")
		IFS= read -r first < "$file" || true
		case $file in
		*.c|*.h) c_files+=("$file") source_files+=("$file") ;;
		*.8|*.rst|*.rules|*.service|*Makefile|*Kbuild*) source_files+=("$file") ;;
		*)
			if [[ $first =~ ^'#!'.*sh( |$) ]] || grep -q '^# shellcheck shell=' "$file"; then
				shell_files+=("$file") source_files+=("$file")
			elif [[ $first == '#!'* ]]; then
				source_files+=("$file")
			fi
			;;
		esac
	done < <(for folder in $(folders_of "$1"); do
			if [[ -e $folder ]]; then
				find "$folder" -type f ! -path 'selftests/fuzz/corpus/*' \
					! -path 'selftests/regress/*/*' -print0
			fi
		done | sort -z)
}

lacks_command() {	# COMMAND PACKAGE
	if ! command -v "$1" > /dev/null; then echo "no $1: apt-get install $2"; fi
}

lacks_headers() {
	if [[ ! -e $CACHE/kernels/$STYLE_KVER/release ]]; then
		echo "headers of kernel $STYLE_KVER are not in the cache: scripts/fetch-kernel $STYLE_KVER"
	fi
}

# --- checkpatch ----------------------------------------------------------------------

lacks_checkpatch() {
	if [[ ! -e $CACHE/kernels/$STYLE_KVER/source/scripts/checkpatch.pl ]]; then
		echo "source of kernel $STYLE_KVER is not in the cache:" \
			"scripts/fetch-kernel --source $STYLE_KVER"
	fi
}

# Paths must be relative, some rules go by them; and the current folder is not the
# tree, for checkpatch leaves a cache there.
run_checkpatch() {	# AREA FILE...
	local area=$1 folder found
	shift
	mkdir "$work/$area"
	for folder in $(folders_of "$area"); do
		if [[ -e $folder ]]; then ln -s "$TOP/$folder" "$work/$area/$folder"; fi
	done
	# Its status says only that there are findings.
	found=$(cd "$work/$area" && perl \
		"$CACHE/kernels/$STYLE_KVER/source/scripts/checkpatch.pl" --no-tree --strict \
		--emacs --show-types --max-line-length=100 -f "$@" 2> .errors) || true
	# It sums up each file it has seen.
	if (($(grep -c '^total: ' <<< "$found") != $#)); then
		echo "checkpatch did not look at all of the $# files:"
		cat "$work/$area/.errors"
	fi
	{ grep -E ': (ERROR|WARNING|CHECK):[A-Z_0-9]+: ' <<< "$found" || true; } |
		not_allowed checkpatch "$@"
}

# Findings, "FILE:LINE: ...:TYPE: ...", less those that CHECKER.allow takes out;
# "PATTERN TYPE..." there. A line that names one file and takes nothing out is a
# finding as well.
not_allowed() {	# CHECKER FILE...
	local list=$1.allow pattern types type line i allowed used=() patterns=() kinds=()
	shift
	while read -r pattern types; do
		case $pattern in ''|'#'*) continue ;; esac
		for type in $types; do
			patterns+=("$pattern") kinds+=("$type")
		done
	done < "$here/$list"
	while IFS= read -r line; do
		allowed=
		for i in "${!patterns[@]}"; do
			# Unquoted, as it is a pattern.
			# shellcheck disable=SC2053
			if [[ ${line%%:*} == ${patterns[i]} && $line == *":${kinds[i]}: "* ]]; then
				allowed=1
				used[i]=1
			fi
		done
		if [[ ! $allowed ]]; then echo "$line"; fi
	done
	for i in "${!patterns[@]}"; do
		if [[ ! ${used[i]:-} && " $* " == *" ${patterns[i]} "* ]]; then
			echo "${patterns[i]}: ${kinds[i]} in $list is not needed any more"
		fi
	done
}

# --- the modules ---------------------------------------------------------------------

# Beside the usual builds: other flags would have every object built again.
modules() {	# MAKE ARGUMENTS
	local status=0 log
	log=$(mktemp -p "$work")
	BALLAST_BUILD=${BALLAST_BUILD:-$TOP/build}/style "$TOP/scripts/kmake" "$STYLE_KVER" "$@" \
		> "$log" 2>&1 || status=$?
	grep -vE '^ballast: another build|^Skipping BTF generation' "$log" || true
	return "$status"
}

lacks_gcc() { lacks_headers; }

run_gcc() { modules W=1; }

lacks_sparse() { lacks_command sparse sparse; lacks_headers; }

# Have the build call $work/CHECKER for each source. It keeps in $work/CHECKER.seen
# which ones: a build can leave the checker out, and then there are no findings.
check_modules() {	# CHECKER
	local checker=$1 mod object sources=0
	rm -f "$work/$checker.seen"
	modules W=1 C=2 CHECK="$work/$checker" || return
	while IFS= read -r mod; do
		while IFS= read -r object; do
			sources=$((sources + 1))
			if ! grep -qsxF "${object%.o}.c" "$work/$checker.seen"; then
				echo "${object%.o}.c: $checker was not run"
			fi
		done < "$mod"
	done < <(find "${BALLAST_BUILD:-$TOP/build}/style/$STYLE_KVER" -name '*.mod')
	((sources)) || echo "Kbuild: $checker had no source to look at"
}

run_sparse() {
	cat > "$work/sparse" <<-EOF
	#!/bin/sh
	for source; do :; done
	echo "\$source" >> "$work/sparse.seen"
	exec sparse "\$@"
	EOF
	chmod +x "$work/sparse"
	check_modules sparse
}

# --- clang-tidy ----------------------------------------------------------------------

# The static analyzer, less its advice to use functions of C11 that nobody has; and
# checks that find mistakes more often than they dislike a style.
TIDY_CHECKS=$(printf '%s,' '-*' 'clang-analyzer-*' '-clang-analyzer-security.insecureAPI.*' \
	bugprone-{branch-clone,infinite-loop,macro-repeated-side-effects} \
	bugprone-{misplaced-widening-cast,multiple-statement-macro,not-null-terminated-result} \
	bugprone-{posix-return,redundant-branch-condition,signed-char-misuse} \
	bugprone-{sizeof-expression,suspicious-enum-usage,suspicious-memory-comparison} \
	bugprone-{suspicious-memset-usage,suspicious-missing-comma,suspicious-semicolon} \
	bugprone-terminating-continue)

lacks_clang-tidy() { lacks_command clang-tidy clang-tidy; }
lacks_clang-tidy-modules() { lacks_clang-tidy; lacks_headers; }

run_clang-tidy() {	# AREA FILE...
	local area=$1 file flags all=$logs/clang-tidy.$1.all
	shift
	read -ra flags <<< "$(pkg-config --cflags json-c cairo inih)"
	flags+=(-std=gnu11 -D_GNU_SOURCE '-DBALLAST_VERSION=""' -Iinclude/uapi -Iinclude -I.
		-Itools -Itools/lib -Itools/ballast -Itools/sim -Itools/tests -Iselftests/tinyvm -Iselftests/unit -Iselftests/fuzz)
	for file in "$@"; do
		if [[ $file != *.c ]]; then continue; fi
		"$here/clang-tidy-source" "$TIDY_CHECKS" "${flags[@]}" "$file" 2>&1
	done > "$all"
	tidy_findings "$@" < "$all"
}

# The module's, with the flags of its build.
run_clang-tidy-modules() {
	local all=$logs/clang-tidy-modules.all mirror status=0 sources=()
	mirror=$(realpath -m "${BALLAST_BUILD:-$TOP/build}/style/$STYLE_KVER")
	cat > "$work/clang-tidy" <<-EOF
	#!/bin/sh
	for source; do :; done
	echo "\$source" >> "$work/clang-tidy.seen"
	# make -s leaves stdout out.
	exec "$here/clang-tidy-source" '$TIDY_CHECKS' "\$@" >&2
	EOF
	chmod +x "$work/clang-tidy"
	check_modules clang-tidy > "$all" || status=$?
	mapfile -t sources < <(find "$mirror" -name '*.c' -printf '%P\n')
	sed "s|$mirror/||g; s|[a-z]*/[.][.]/||" "$all" | tidy_findings "${sources[@]}"
	return "$status"
}

# "FILE:LINE: error:CHECK: text" of what clang-tidy prints; all of it, with the way
# that leads to a finding, stays in the logs.
tidy_findings() {	# FILE...
	sed -n "s|^$TOP/||
		s|^/.*/usr/src/[^/]*/||
		s|^\([^ ]*:[0-9]*\):[0-9]*: error: \(.*\) \[\([^],]*\)[^]]*\]\$|\1: error:\3: \2|p
		/: clang-tidy was not run\$/p; /had no source/p; /: clang-tidy failed/p
		/^make/p" | sort -u | not_allowed clang-tidy "$@"
}

# --- coccinelle ----------------------------------------------------------------------

# The kernel's own semantic patches, by kind.
cocci_scripts=$CACHE/kernels/$STYLE_KVER/source/scripts/coccinelle

lacks_coccinelle() {
	lacks_command spatch coccinelle
	if [[ ! -d $cocci_scripts ]]; then
		echo "source of kernel $STYLE_KVER is not in the cache:" \
			"scripts/fetch-kernel --source $STYLE_KVER"
	fi
}

# Each says which files it handles, or that it skips them as they have none of the
# names that it is about.
run_coccinelle() {	# KIND FILE...
	local kind=$1 script name options output handled=0
	shift
	while read -r name _; do
		if [[ $name == "$kind"/* && ! -e $cocci_scripts/$name ]]; then
			echo "$name in coccinelle.left-out is not there"
		fi
	done < "$here/coccinelle.left-out"
	while IFS= read -r script; do
		name=${script#"$cocci_scripts"/}
		if grep -q "^$name " "$here/coccinelle.left-out"; then continue; fi
		options=$(sed -n 's/^.*Options://p' "$script")
		# shellcheck disable=SC2086
		output=$(spatch -D report --no-show-diff --cocci-file "$script" \
			${options/--very-quiet/} -I include "$@" 2>&1) ||
			echo "$name: spatch failed: $output"
		if grep -qxF -e "HANDLING: $*" -e "Skipping: $*" <<< "$output"; then
			handled=$((handled + 1))
		else
			echo "$name: spatch did not look at the $# files"
		fi
		sed -E '/^ *$|^init_defs_builtins: |^HANDLING: |^Skipping: /d
			/^Note: processing took |^\(ONCE\) Expected tokens |^warning: .* be a metavariable\?$/d' <<< "$output"
	done < <(find "$cocci_scripts/$kind" -name '*.cocci' | sort)
	((handled)) || echo "$kind: no script was run"
}

# --- scripts, user space, text -------------------------------------------------------

lacks_shellcheck() { lacks_command shellcheck shellcheck; }

# Settings are in .shellcheckrc. A file that others source cannot tell what they set
# and use.
run_shellcheck() {	# AREA FILE...
	local file first scripts=() sourced=()
	shift
	for file in "$@"; do
		IFS= read -r first < "$file"
		if [[ $first == '#!'* ]]; then scripts+=("$file"); else sourced+=("$file"); fi
	done
	if ((${#scripts[@]})); then shellcheck -f gcc "${scripts[@]}" || true; fi
	if ((${#sourced[@]})); then shellcheck -f gcc -e SC2034,SC2154 "${sourced[@]}" || true; fi
}

lacks_cppcheck() { lacks_command cppcheck cppcheck; }

# Variables at the head of a function are kernel style; and a local variable may have
# the name of a function that is not called there.
run_cppcheck() {	# AREA FILE...
	local area=$1 file
	shift
	for file in "$@"; do
		if [[ $file == *.c ]]; then echo "$file"; fi
	done > "$work/cppcheck.$area"
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr -D_GNU_SOURCE \
		--enable=warning,style,performance,portability --suppress=variableScope \
		--suppress=shadowFunction \
		--template='{file}:{line}: {severity}: {message} [{id}]' --template-location= \
		-Iinclude/uapi --file-list="$work/cppcheck.$area"
}

lacks_mandoc() { lacks_command mandoc mandoc; lacks_command shellcheck shellcheck; }

run_mandoc() { make -s -C tools lint; }

lacks_codespell() { lacks_command codespell codespell; }

# DAMON, in flight as one word of names, and mdoc's Nd.
run_codespell() { shift; codespell -L damon,inflight,nd "$@"; }

lacks_spdx() { :; }

run_spdx() {	# AREA FILE...
	local file
	shift
	for file in "$@"; do
		if ! head -n 4 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only'; then
			echo "$file: no SPDX-License-Identifier: GPL-2.0-only in its first lines"
		fi
	done
}
