#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What would rather not be seen, in real runtimes: it is, as the container's, and the runtime's own work is not.

load lib
load runtimes
load table

@test "attempts to hide in a Docker container" {
	run_table "Attempts to hide"
}

# A container of uid 1001 in which nothing of its own is told.
start_quiet() {
	need_dockerd
	start_agent
	docker_start "$BATS_TEST_TMPDIR/id" --user 1001 "$IMAGE:app" sleep 1000
	id=$(<"$BATS_TEST_TMPDIR/id")
	pid=$(docker inspect -f '{{.State.Pid}}' "$id")
}

@test "nsenter into all of a container's namespaces is a session of it, in its cgroup or not" {
	local id pid
	start_quiet
	nsenter -t "$pid" -a /bin/id
	(
		while IFS= read -r dir; do
			echo "$BASHPID" >"$dir/cgroup.procs"
		done < <(cgroups_of "$pid")
		exec nsenter -t "$pid" -a /bin/id
	)
	stop_agent
	expect 2 "$id" "$PROCESS"
	expect 2 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["/bin/id"]'
}

@test "nsenter into a container's pid namespace alone is a session of it" {
	local id pid
	start_quiet
	nsenter -t "$pid" -p /bin/sh -c '/usr/bin/id; exit 0'
	stop_agent
	expect 2 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args[0] == "/bin/sh"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "child" and .process.args == ["/usr/bin/id"]'
}

@test "a host's process that only takes a container's files or network stays the host's" {
	local id pid
	start_quiet
	nsenter -t "$pid" -m /bin/id
	nsenter -t "$pid" -n /usr/bin/id
	chroot "/proc/$pid/root" /bin/id
	stop_agent
	expect 0 "$id" "$PROCESS"
}

@test "a container that is set up and not started yet is none of the findings, whenever the walk comes by" {
	local id=$SUITE_TAG-created
	runc_bundle "$id" . /bin/id
	runc create --bundle "$SUITE/bundles/$id" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
	defer runc delete -f "$id"
	start_agent
	kill -USR2 "$AGENT"
	runc start "$id"
	wait_for 10 runc_has_stopped "$id"
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .process.args == ["/bin/id"]'
}

# An agent that is kept from its work decides nothing of new cgroups: what it finds then stands in the rings alone.
@test "who leaves a container's cgroup before user space knew of it hides nothing by that" {
	local case ids id
	start_agent
	defer kill -CONT "$AGENT"
	for case in cgroup_root_host_pidns unshare_pids cgroup_own cgroup_of_other; do
		kill -STOP "$AGENT"
		"$UIDZERO" selftest --hook tracepoint --case "$case"
		kill -CONT "$AGENT"
		# shellcheck disable=SC2016
		wait_for 10 eval 'jq -r --arg case "$case" "select(.uidzero.finding == \"container_stop\").container.id |
			select(endswith(\"-\" + \$case))" "$OUT" | grep .'
	done
	stop_agent
	ids=$(jq -r '.container.id // empty | select(test("^uidzero-selftest-.*-(cgroup_root_host_pidns|unshare_pids|cgroup_own|cgroup_of_other)$"))' "$OUT" | sort -u)
	[[ -n $ids ]]
	for id in $ids; do
		diff <(printf '%s\n' exec_root exec_root drop_root gain_root) \
			<(jq -r --arg id "$id" "select(.container.id == \$id and $PROCESS).uidzero.finding" "$OUT")
	done
}

# As many as the kernel's buffer of a walk does not hold at once.
@test "a walk loses nothing of what two hundred processes did unseen" {
	local id=$SUITE_TAG-unseen
	"$ACTIONS" int80-setuid 0 >/dev/null 2>&1 || skip "this kernel or machine has no 32-bit system calls"
	start_agent --hook tracepoint
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/never"
	# shellcheck disable=SC2016
	runc_start "$id" . /bin/sh -c 'for i in $(seq 200); do /bin/actions int80-setuid 1001 wait /shared/never & done; wait'
	wait_for 30 eval '[[ $(grep -cF "$id" "$OUT") -ge 202 ]]'
	expect 0 "$id" '.uidzero.finding == "drop_root"'
	kill -USR2 "$AGENT"
	wait_for 10 has_line "$OUT" '"drop_root"'
	stop_agent
	expect 200 "$id" '.uidzero.finding == "drop_root" and .uidzero.hook == "drift"'
}

@test "a process whose first thread has ended still holds what the others do, to every walk" {
	local id=$SUITE_TAG-headless
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<<'verdict: {grace: 1s}'
	start_agent -c "$BATS_TEST_TMPDIR/config.yaml"
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/never"
	runc_start "$id" . /bin/actions without-leader setresuid 1001 1001 0 wait /shared/never
	defer kill -9 "$(<"$SUITE/bundles/$id/pid")" # runc takes it for ended
	wait_for 20 eval 'findings "$id" .uidzero.verdict | grep -q .'
	kill -USR2 "$AGENT"
	wait_for 10 eval '"$UIDZERO" check --socket "$SUITE/agent.sock" --container "$id" >"$BATS_TEST_TMPDIR/table"'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "verdict"'
	expect 1 "$id" '.uidzero.verdict == "incomplete_drop"'
	grep -F incomplete_drop "$BATS_TEST_TMPDIR/table"
}
