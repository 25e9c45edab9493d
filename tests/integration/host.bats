#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What runs on the host, as root or not, is never an event.

load lib
load runtimes

# A root program, a set-user-id one, drops and gains, all on the host. Each names $1 in its arguments.
act_on_host() { # mark
	"$ACTIONS" setresuid 0 1001 0 setresuid 0 0 0 exec /bin/echo "$1" >/dev/null
	setpriv --reuid 1001 --regid 1001 --clear-groups "$SUITE/rootfs/bin/gain" exec /bin/echo "$1" >/dev/null
	setpriv --reuid 1001 --regid 1001 --clear-groups /bin/echo "$1" >/dev/null
	unshare --mount --uts --ipc /bin/echo "$1" >/dev/null
}

@test "nothing on the host is an event" {
	local id=$SUITE_TAG-canary
	start_agent
	act_on_host "$SUITE_TAG-mark"
	runc_run "$id" . /bin/id >/dev/null
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root"'
	refute has_line "$OUT" "$SUITE_TAG-mark"
	[[ $(jq -c 'select(.process and (.container.id | not))' "$OUT" | wc -l) -eq 0 ]]
}

@test "a cgroup of the host that is made after the start is none of a container" {
	local dir
	start_agent
	for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/memory /sys/fs/cgroup; do
		[[ -e $dir/cgroup.procs ]] || continue
		mkdir -p "$dir/$SUITE_TAG.service"
		bash -c 'echo $$ >"$1/cgroup.procs"; exec /bin/echo "$2"' bash "$dir/$SUITE_TAG.service" "$SUITE_TAG-mark"
	done
	stop_agent
	refute has_line "$OUT" "$SUITE_TAG-mark"
	refute has_line "$OUT" "$SUITE_TAG.service"
}

@test "trace --all shows programs that are not root too, of containers only" {
	local id=$SUITE_TAG-all
	start_trace --all
	# Only what lies between two events of a container can be said to be missing.
	wait_until_shown first-canary runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/echo first-canary
	act_on_host "$SUITE_TAG-mark"
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/echo second-canary
	wait_for 10 has_line "$OUT" second-canary
	stop_trace
	refute has_line "$OUT" "$SUITE_TAG-mark"
}
