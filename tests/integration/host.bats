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

in_cgroup() { # directory, command...
	bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' bash "$@"
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

# Addresses are too large for jq's numbers. Of processor 0 alone, on which these tests run what is to be noted.
noted_sets() {
	bpftool -j map dump id "$(map_id .bss)" | grep -oE '"css_sets":\[[^]]*' | head -n 1 | grep -oE '[1-9][0-9]+'
}

# By which a thread that came into a container is known to be in its cgroup.
known_sets() {
	bpftool -j map dump id "$(map_id tasks)" | grep -oE '"css_set":[1-9][0-9]+' | grep -oE '[0-9]+'
}

decided_hosts() {
	bpftool -j map dump id "$(map_id cgroups)" |
		jq '[.[].formatted.value | select(.state == 1 and (.name | startswith("host")))] | length'
}

are_decided() { # how many
	[[ $(decided_hosts) -eq $1 ]]
}

all_are_told() { # tag, count
	[[ $(jq -r "select(.uidzero.finding == \"exec_root\").container.id | select(startswith(\"$1\"))" "$OUT" | sort -u | wc -l) -eq $2 ]]
}

# The kernel frees a set some time after the last task has left it, and sooner where there are many.
@test "a container whose set of cgroups lies where one of the host's lay is no part of the host" {
	local dir dirs=() crowd round reused="" count=600
	for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/pids /sys/fs/cgroup; do
		[[ -e $dir/cgroup.procs ]] || continue
		mkdir -p "$dir/$SUITE_TAG/docker"
		dirs+=("$dir/$SUITE_TAG")
	done
	start_agent
	taskset -pc 0 "$BASHPID"
	mkfifo "$BATS_TEST_TMPDIR/hold"
	for round in 1 2 3 4 5; do
		mkdir "${dirs[0]}"/host{1,2,3}
		for dir in "${dirs[0]}"/host*; do
			in_cgroup "$dir" chroot "$SUITE/rootfs" /bin/true
		done
		wait_for 10 are_decided 3
		for dir in "${dirs[0]}"/host*; do
			in_cgroup "$dir" /bin/true
		done
		noted_sets | sort -u >"$BATS_TEST_TMPDIR/noted"
		rmdir "${dirs[0]}"/host*
		"$CHURN" 600 "b${round}d" "$SUITE/rootfs" "${dirs[@]}"
		"$CHURN" --crowd "$count" "c${round}d" "$SUITE/rootfs" "${dirs[@]}" <"$BATS_TEST_TMPDIR/hold" 3>&- &
		crowd=$!
		exec 9>"$BATS_TEST_TMPDIR/hold"
		wait_for 10 all_are_told "c${round}d" "$count" || true
		reused=$(known_sets | sort -u | comm -12 "$BATS_TEST_TMPDIR/noted" -)
		exec 9>&-
		wait "$crowd"
		all_are_told "c${round}d" "$count"
		[[ -z $reused ]] || break
	done
	stop_agent
	[[ -n $reused ]] || skip "this kernel did not use a set's address again"
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
