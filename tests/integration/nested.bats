#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroups below a container's belong to it; a container in a container to both.

load lib
load runtimes

# A runc container whose process waits to be let go, then runs id.
start_waiting() { # id
	mkdir -p "$SUITE/bundles/$1/shared"
	mkfifo "$SUITE/bundles/$1/shared/go"
	runc_start "$1" . /bin/actions wait /shared/go exec /bin/id
}

pid_of() { # id of a runc container
	runc state "$1" | jq .pid
}

@test "a process in a nested cgroup stays its container's" {
	local id=$SUITE_TAG-nest pid
	start_agent
	start_waiting "$id"
	pid=$(pid_of "$id")
	move_below "$pid" inner
	move_below "$pid" innermost
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 runc_has_stopped "$id"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"]'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args[0] == "/bin/actions"'
	expect 1 "$id" '.uidzero.finding == "container_start"'
}

@test "a nested cgroup that was there before the agent stays its container's" {
	local id=$SUITE_TAG-before pid
	start_waiting "$id"
	pid=$(pid_of "$id")
	move_below "$pid" inner
	start_agent
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 runc_has_stopped "$id"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "root_found" and .process.args[0] == "/bin/actions"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"]'
}

is_removed() { # id of a container that docker removes itself
	! docker inspect "$1" >/dev/null 2>&1
}

# What a runtime in the outer container does: a child in namespaces of its own.
pid_of_inner() {
	pgrep -P "$(docker inspect -f '{{.State.Pid}}' "$outer")" -f 'actions wait /shared/go'
}

runs_inner() {
	pid_of_inner >/dev/null
}

@test "a container in a Docker container belongs to its own id and names the outer one" {
	local outer inner pid
	need_dockerd
	inner=$(random_id)
	start_agent
	mkdir "$BATS_TEST_TMPDIR/shared"
	mkfifo "$BATS_TEST_TMPDIR/shared/go"
	docker_start "$BATS_TEST_TMPDIR/id" --cap-add SYS_ADMIN -v "$BATS_TEST_TMPDIR/shared:/shared" "$IMAGE:root" \
		actions fork exec /bin/busybox unshare -m actions wait /shared/go exec /bin/id
	outer=$(<"$BATS_TEST_TMPDIR/id")
	wait_for 10 runs_inner
	pid=$(pid_of_inner)
	move_below "$pid" docker
	move_below "$pid" "$inner"
	open_fifo "$BATS_TEST_TMPDIR/shared/go"
	wait_for 10 is_removed "$outer"
	stop_agent
	expect 1 "$outer" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$inner" ".uidzero.finding == \"exec_root\" and .process.args == [\"/bin/id\"]
		and .uidzero.container.outer_id == \"$outer\""
}
