#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# On each kernel and cgroup layout: every program loads, and what the demo's container does is told, no more and no less.

VM=$BATS_TEST_DIRNAME

setup() {
	local kernel=${BATS_TEST_DESCRIPTION%%,*}
	[[ " ${UIDZERO_VM_KERNELS-$kernel} " == *" $kernel "* ]] || skip "only ${UIDZERO_VM_KERNELS} are asked for"
}

# What the container does (deploy/demo/guest.c), as a person would write it down: finding, cause, process, then
# real, effective and saved uid, of a change those before it too.
expected() {
	tr -s '\t' '\t' <<-'TABLE'
		exec_root	-			chroot	0 0 0
		exec_root	inherited		guest	0 0 0
		drop_root	-			guest	0 0 0 -> 1000 1000 1000
		gain_root	setuid_file		helper	1000 1000 1000 -> 1000 0 0
		drop_root	-			guest	0 0 0 -> 1000 1000 0
		gain_root	set_uid			guest	1000 1000 0 -> 1000 0 0
	TABLE
}

# The same from the container's lines.
seen() { # id; lines on stdin
	jq -r --arg id "$1" 'def ids: join(" ");
		select(.container.id == $id and (.uidzero.finding | IN("container_start", "container_stop") | not)) |
		[.uidzero.finding, .uidzero.cause // "-", (.process.args[0] | sub(".*/"; "")),
		 (.uidzero.before | if . then ([.ruid, .euid, .suid] | ids) + " -> " else "" end) +
		 ([.process.real_user.id, .process.user.id, .process.saved_user.id] | ids)] | @tsv'
}

# watch_container LAYOUT: in the test's kernel.
watch_container() {
	local kernel=${BATS_TEST_DESCRIPTION%%,*} id output
	id=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
	output=$("$VM/boot" "$kernel" --cgroup "$1" --file "$VM/container" -- container "$id") || {
		echo "$output"
		return 1
	}
	# Told by bats where the test fails.
	jq -r '.message' <<<"$output"
	diff <(expected) <(seen "$id" <<<"$output")
	# Its life, and the agent's, each told once; nothing of anything else.
	diff <(printf '%s\n' "agent_start $1" "container_start docker" "container_stop docker" "agent_stop ") \
		<(jq -r 'select(.uidzero.finding | IN("exec_root", "gain_root", "drop_root") | not) |
			"\(.uidzero.finding) \(.container.runtime // .uidzero.agent.cgroup_mode // "")"' <<<"$output")
}

@test "5.10, cgroup v2" { watch_container v2; }
@test "5.10, cgroup hybrid" { watch_container hybrid; }
@test "5.10, cgroup v1" { watch_container v1; }
@test "6.1, cgroup v2" { watch_container v2; }
@test "6.1, cgroup hybrid" { watch_container hybrid; }
@test "6.1, cgroup v1" { watch_container v1; }
@test "6.12, cgroup v2" { watch_container v2; }
@test "6.12, cgroup hybrid" { watch_container hybrid; }
@test "6.12, cgroup v1" { watch_container v1; }
@test "newest, cgroup v2" { watch_container v2; }
@test "newest, cgroup hybrid" { watch_container hybrid; }
@test "newest, cgroup v1" { watch_container v1; }
