#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The one static binary, as a responder carries it, and the demo that a new user runs first.

load lib

@test "the static binary is small, and runs in an empty root without any library" {
	local root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
	strip -o "$root/uidzero" "$TOP/.output/gcc-static/uidzero"
	(($(stat -c %s "$root/uidzero") < 4 << 20))
	run chroot "$root" /uidzero version
	[[ $status -eq 0 && ${lines[0]} == uidzero* ]]
	run chroot "$root" /uidzero --help
	[[ $status -eq 0 ]]
}

@test "the demo shows each kind of finding in time, and leaves nothing behind" {
	local began=${EPOCHREALTIME/./}
	run timeout 30 "$TOP/deploy/demo/run" "$UIDZERO" "$TOP/.output/demo-guest"
	echo "$output"
	[[ $status -eq 0 ]]
	((${EPOCHREALTIME/./} - began < 15000000))
	[[ $output == *exec_root* && $output == *"1000 -> root"*gain_root* && $output == *"root -> 1000"*drop_root* ]]
	# On no terminal there is no colour.
	[[ $output != *$'\e'* ]]
	[[ -z $(find /sys/fs/cgroup -name 'lxc.payload.uidzero-demo-*') ]]
}

@test "the manual has each finding that the README has" {
	local name names
	names=$(sed -n '/^## Findings/,/^Root is/p' "$TOP/README.md" | grep -o '^| `[^|]*|' | grep -o '[a-z]*_[a-z_]*\|verdict\|metadata\|loss')
	[[ $(wc -l <<<"$names") -ge 15 ]]
	for name in $names; do
		grep -q "^\.It Cm .*\b$name\b" "$TOP/man/uidzero.8" || {
			echo "not in the manual: $name"
			return 1
		}
	done
}
