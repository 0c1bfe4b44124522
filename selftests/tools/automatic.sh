# SPDX-License-Identifier: GPL-2.0-only
# The udev rule and the bash completion. Sourced by cli, with the guest "web" attached.
# shellcheck shell=bash

# --- udev: a VM that is created is attached ---------------------------------------------
part 'udev: a VM that is created is attached'
udevd=/lib/systemd/systemd-udevd
if [[ -x $udevd ]]; then
	ktap_check tools.udev.start "$udevd" --daemon
	paused guest=auto,debug-threads=on
	ktap_check tools.udev.attached within 60 attached "$paused"
	works tools.udev.list "*$paused*auto*qemu-system-x86*attached*" vm list
	# The second VM of a process that has one already.
	vms_start late
	vms_do late v
	ktap_check tools.udev.first within 60 attached "${vms_pid[late]}"
	vms_do late v
	has_second() { compgen -G "/sys/kernel/ballast/vm/${vms_pid[late]}-*" > /dev/null; }
	ktap_check tools.udev.second within 60 has_second
	vms_end late
	quit "$paused"
	ktap_check tools.udev.gone within 60 not_attached "$paused"
	ktap_check tools.udev.settles udevadm settle --timeout=60
	udevadm control --exit
else
	ktap_skip tools.udev.attached "no $udevd: apt-get install udev"
fi

# --- bash completion -----------------------------------------------------------------------
part 'bash completion'
# completes NAME WANTED WORDS...: the last word is the one to complete.
completes() {
	local name=$1 wanted=$2 found
	shift 2
	found=$(
		set +eu
		# shellcheck source=tools/completion/ballast
		. /usr/share/bash-completion/completions/ballast
		COMP_WORDS=(ballast "$@")
		COMP_CWORD=$#
		_ballast
		printf '%s ' "${COMPREPLY[@]}"
	)
	# shellcheck disable=SC2053
	if [[ $found == $wanted ]]; then
		ktap_ok "$name"
	else
		ktap_not_ok "$name" "'ballast $*' is completed to '$found', wanted '$wanted'"
	fi
}

completes tools.completion.objects 'vm heat class balloon mrc host sched fit top sim help ' ''
completes tools.completion.object 'heat host help ' h
completes tools.completion.global '--json ' --j
completes tools.completion.verbs 'list attach detach show watch scan set ' vm ''
completes tools.completion.verb 'show scan set ' vm s
completes tools.completion.verbs.class 'show watch record plot ' class ''
completes tools.completion.verbs.mrc 'show watch set plot ' mrc ''
completes tools.completion.knobs.mrc 'samples= ' mrc set web enabled=1 s
completes tools.completion.verb.json 'show record plot ' -j heat ''
completes tools.completion.options '*--interval *--lines *--pid *' vm watch -
completes tools.completion.option '--manual ' vm attach --m
completes tools.completion.attached "$web web " vm show ''
completes tools.completion.name 'web ' heat record -n 2 w
completes tools.completion.pids "*$web *" vm attach --pid ''
completes tools.completion.guests 'web ' vm attach --name ''
completes tools.completion.knobs 'period_min_ms= period_max_ms= ' vm set web p
completes tools.completion.more_knobs 'mode=auto mode=manual ' vm set web budget_bp=50 mode
completes tools.completion.number ' ' vm watch web -n ''
: > "$tmp/recording.json"
completes tools.completion.file "$tmp/recording.json " heat plot "$tmp/recor"
completes tools.completion.output "$tmp/recording.json " heat record web -o "$tmp/recor"

# As a shell that starts sees it.
complete_in_shell() {
	bash -c '. /usr/share/bash-completion/completions/ballast; complete -p ballast'
}
ktap_same tools.completion.registered 'complete -F _ballast ballast' "$(complete_in_shell)"
