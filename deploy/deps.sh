#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that building (`deps.sh build`), testing (`deps.sh test`), or building for aarch64 and testing
# that (`deps.sh arm64`) needs, and nothing twice.
set -euo pipefail

# PACKAGE, or PACKAGE=COMMAND where it does not matter who brought the command.
build=(
	gcc libc6-dev make clang=clang llvm=llvm-strip bpftool
	libbpf-dev libelf-dev zlib1g-dev libjansson-dev libcyaml-dev libyaml-dev libcap-dev uthash-dev
)
test=(
	clang-14=clang-14 clang-16=clang-16 clang-19=clang-19 clang-format=clang-format libclang-rt-dev libcmocka-dev
	valgrind bats parallel jq bsdutils util-linux libcap2-bin iproute2 procps busybox-static
	docker.io=dockerd docker.io=docker containerd=containerd containerd=ctr runc=runc crun=crun podman conmon lxc
	systemd-container debootstrap rsyslog npm=npm nodejs=node qemu-system-x86=qemu-system-x86_64 debian-archive-keyring lz4
	xz-utils=xz mandoc python3-grpcio python3-junitparser uidmap=newuidmap chromium tidy
	runsc=runsc bubblewrap=bwrap firejail=firejail
)
# For aarch64 on another machine: the libraries come by deploy/sysroot.
arm64=(gcc-aarch64-linux-gnu=aarch64-linux-gnu-gcc qemu-system-arm=qemu-system-aarch64 debian-archive-keyring bats jq)
# Docker and podman load profiles where the kernel wants them.
[[ ! -e /sys/kernel/security/apparmor ]] || test+=(apparmor=apparmor_parser)

usage() {
	echo "usage: deploy/deps.sh build|test|arm64" >&2
	exit 2
}

is_installed() { # package
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Prints those of the given entries' packages that are missing.
missing_of() { # entry...
	local entry command
	for entry; do
		command=${entry#"${entry%%=*}"}
		if [[ -n $command ]]; then
			# sbin may be missing in the PATH of a plain user's shell
			PATH=$PATH:/usr/sbin:/sbin command -v "${command#=}" >/dev/null && continue
		fi
		is_installed "${entry%%=*}" || echo "${entry%%=*}"
	done | sort -u
}

# Package scripts ask this file before they start a service. One that forbids it already may stay.
policy=/usr/sbin/policy-rc.d
forbid_services() {
	if [[ -e $policy ]]; then
		"$policy" docker start >/dev/null 2>&1 || [[ $? -ne 101 ]] || return 0
		mv "$policy" "$policy.before-uidzero"
	fi
	trap allow_services EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 0755 "$policy"
}

allow_services() {
	rm -f "$policy"
	[[ ! -e $policy.before-uidzero ]] || mv "$policy.before-uidzero" "$policy"
}

[[ $# -eq 1 ]] || usage
case $1 in
build) entries=("${build[@]}") ;;
test) entries=("${build[@]}" "${test[@]}") ;;
arm64) entries=("${build[@]}" "${arm64[@]}") ;;
*) usage ;;
esac

mapfile -t missing <<<"$(missing_of "${entries[@]}")"
[[ -n ${missing[0]} ]] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "deps.sh: missing here, and there is no apt-get to install them: ${missing[*]}" >&2
	exit 3
fi
if [[ $EUID -ne 0 ]]; then
	echo "deps.sh: missing: ${missing[*]}; run 'deploy/deps.sh $1' as root" >&2
	exit 3
fi

echo "deps.sh: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
forbid_services
apt-get update -q=2
apt-get install -q=2 --no-install-recommends "${missing[@]}" </dev/null
