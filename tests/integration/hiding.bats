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
