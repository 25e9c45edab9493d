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
		in_cgroup "$dir/$SUITE_TAG.service" /bin/echo "$SUITE_TAG-mark"
	done
	stop_agent
	refute has_line "$OUT" "$SUITE_TAG-mark"
	refute has_line "$OUT" "$SUITE_TAG.service"
}

# --- what is noted of the host ------------------------------------------------------------------------

# What bpftool tells of one of the agent's maps; addresses are too large for jq's numbers.
dump() { # map
	bpftool -j map dump id "$(map_id "$1")"
}

# Notes of processor 0 alone, which these tests stay on.
noted_sets() {
	dump .bss | grep -oE '"css_sets":\[[^]]*' | head -n 1 | grep -oE '[1-9][0-9]+' | sort -u
}

# By which threads that came into a container are known to be in its cgroup.
known_sets() {
	dump tasks | grep -oE '"css_set":[1-9][0-9]+' | grep -oE '[0-9]+' | sort -u
}

are_hosts() { # how many
	[[ $(dump cgroups | jq '[.[].formatted.value | select(.state == 1 and (.name | startswith("host")))] | length') -eq $1 ]]
}

are_told() { # tag, how many
	[[ $(jq -r --arg tag "$1" 'select(.uidzero.finding == "exec_root").container.id | select(startswith($tag))' "$OUT" |
		sort -u | wc -l) -eq $2 ]]
}

@test "programs in a cgroup that nobody knows are noted as the host's, but for those that see something else" {
	local how
	make_docker_cgroups
	start_agent
	taskset -pc 0 "$BASHPID"
	for how in "chroot $SUITE/rootfs" "unshare --mount"; do
		mkdir "${DIRECTORIES[0]}/host.${how%% *}"
		# Of these the last one alone leaves what its parent sees, and makes the agent decide.
		in_cgroup "${DIRECTORIES[0]}/host.${how%% *}" bash -c "/bin/true; /bin/true; $how /bin/true"
		[[ $(dump .bss | jq '[.. | objects | select(has("host_notes")).host_notes[0].has_view[]] | max') -eq 1 ]]
	done
	wait_for 10 are_hosts 2
	stop_agent
}

# Of each processor that there can be.
generations() {
	local last
	last=$(grep -oE '[0-9]+$' /sys/devices/system/cpu/possible)
	dump .bss | jq --argjson last "$last" '.. | objects | select(has("host_notes")).host_notes[:$last + 1][].generation'
}

@test "where a cgroup is made, what any processor has noted ends" {
	local before
	make_docker_cgroups
	start_agent
	before=$(generations)
	mkdir "${DIRECTORIES[0]}/host.new"
	paste <(echo "$before") <(generations) >"$BATS_TEST_TMPDIR/generations"
	cat "$BATS_TEST_TMPDIR/generations"
	[[ $(awk '$2 > $1' "$BATS_TEST_TMPDIR/generations" | wc -l) -eq $(wc -w <<<"$before") ]]
	stop_agent
}

# Three cgroups of the host come, have programs run in them, and go. Prints what was noted of them.
come_and_go() { # directory
	local dir
	mkdir "$1"/host{1,2,3}
	# The first program that leaves its parent's root there decides whose it is, the second one is noted.
	for dir in "$1"/host*; do
		in_cgroup "$dir" chroot "$SUITE/rootfs" /bin/true
	done
	wait_for 10 are_hosts 3 || return
	for dir in "$1"/host*; do
		in_cgroup "$dir" /bin/true
	done
	noted_sets
	rmdir "$1"/host*
}

@test "a container whose set of cgroups lies where one of the host's lay is no part of the host" {
	local count=600 round noted crowd reused=""
	make_docker_cgroups
	start_agent
	taskset -pc 0 "$BASHPID"
	mkfifo "$BATS_TEST_TMPDIR/hold"
	for round in 1 2 3 4 5; do
		noted=$(come_and_go "${DIRECTORIES[0]}")
		# The kernel frees a set some time after the last task has left it, and sooner where there are many.
		"$CHURN" "$count" "a${round}d" "$SUITE/rootfs" "${DIRECTORIES[@]}"
		"$CHURN" --crowd "$count" "b${round}d" "$SUITE/rootfs" "${DIRECTORIES[@]}" <"$BATS_TEST_TMPDIR/hold" 3>&- &
		crowd=$!
		exec 9>"$BATS_TEST_TMPDIR/hold"
		wait_for 30 are_told "b${round}d" "$count"
		reused=$(known_sets | comm -12 <(echo "$noted") -)
		exec 9>&-
		wait "$crowd"
		[[ -z $reused ]] || break
	done
	stop_agent
	[[ -n $reused ]] || skip "this kernel did not use a set's address again"
}

# --- all programs -------------------------------------------------------------------------------------

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
