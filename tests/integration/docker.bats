#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker: one line for each program that runs as root in a container, none for the runtime's own work.

load lib
load runtimes

setup() {
	need_dockerd
}

# The one program of `docker run IMAGE id`, fully attributed.
expect_one_id() { # id, tag
	expect 1 "$1" '.uidzero.finding == "exec_root"'
	expect 1 "$1" '.uidzero.finding == "exec_root" and .process.args == ["id"] and .process.user.id == "0"
		and .container.runtime == "docker" and .uidzero.role == "init"'
	expect 1 "$1" ".uidzero.finding == \"exec_root\" and .container.image.name == \"$IMAGE\"
		and .container.image.tag == [\"$2\"]"
	expect 1 "$1" '.uidzero.finding == "exec_root" and (.container.name | test("^[a-z]+_[a-z]+[0-9]*$"))'
	expect 0 "$1" '.uidzero.finding | IN("gain_root", "drop_root", "unexplained_root", "root_found")'
	expect 1 "$1" '.uidzero.finding == "container_start"'
	expect 1 "$1" '.uidzero.finding == "container_stop"'
}

# DOCKER_IN_A_ROW says how many.
@test "docker run of one program is one exec_root, many times in a row" {
	local count=${DOCKER_IN_A_ROW:-20} i id
	start_agent
	for ((i = 1; i <= count; i++)); do
		docker_run "$BATS_TEST_TMPDIR/id.$i" "$IMAGE:root" id | grep '^uid=0'
	done
	stop_agent
	for ((i = 1; i <= count; i++)); do
		id=$(<"$BATS_TEST_TMPDIR/id.$i")
		[[ $id =~ ^[0-9a-f]{64}$ ]]
		expect_one_id "$id" root
	done
}

@test "docker run of one program is one exec_root, four at once" {
	local i pids=()
	start_agent
	for i in {1..4}; do
		docker_run "$BATS_TEST_TMPDIR/id.$i" "$IMAGE:root" id >/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	stop_agent
	for i in {1..4}; do
		expect_one_id "$(<"$BATS_TEST_TMPDIR/id.$i")" root
	done
}

@test "an image with USER 1001 that runs one program is no finding, in a row and at once" {
	local i pids=()
	start_agent
	for i in {1..4}; do
		docker_run "$BATS_TEST_TMPDIR/id.$i" "$IMAGE:app" id | grep '^uid=1001'
	done
	for i in {5..8}; do
		docker_run "$BATS_TEST_TMPDIR/id.$i" "$IMAGE:app" id >/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	stop_agent
	for i in {1..8}; do
		expect_nothing "$(<"$BATS_TEST_TMPDIR/id.$i")"
	done
}

@test "USER by a name that resolves to 0, and 0:0, is root all the same" {
	local user id
	start_agent
	for user in toor 0:0 root; do
		docker_run "$BATS_TEST_TMPDIR/id.$user" --user "$user" "$IMAGE:app" id | grep '^uid=0'
	done
	stop_agent
	for user in toor 0:0 root; do
		expect_one_id "$(<"$BATS_TEST_TMPDIR/id.$user")" app
	done
}

@test "each program of a shell is one exec_root: the shell as init, the others as its children" {
	local id
	start_agent
	docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:root" sh -c '/bin/id; /bin/true; /bin/script; /bin/echo end; exit 0' >/dev/null
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 5 "$id" '.uidzero.finding == "exec_root"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .process.vpid == 1 and .process.args[0] == "sh"'
	expect 4 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "child" and .process.parent.name == "sh"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and (.uidzero.script | type == "string") and .process.name == "script"'
}

@test "docker exec is a session, whatever the container's own user is" {
	local root app
	start_agent
	docker_start "$BATS_TEST_TMPDIR/root" --name "$SUITE_TAG-root" "$IMAGE:root" sleep 1000
	docker_start "$BATS_TEST_TMPDIR/app" --name "$SUITE_TAG-app" --user 1001 "$IMAGE:app" sleep 1000
	root=$(<"$BATS_TEST_TMPDIR/root") app=$(<"$BATS_TEST_TMPDIR/app")
	docker exec "$root" sh -c '/bin/id; exit 0'
	docker exec "$app" id
	docker exec -u 0 "$app" id
	stop_agent

	expect 2 "$root" '.uidzero.finding == "exec_root" and .uidzero.role != "child"'
	expect 1 "$root" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .process.args == ["sleep", "1000"]'
	expect 1 "$root" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args[0] == "sh"'
	expect 1 "$root" '.uidzero.finding == "exec_root" and .uidzero.role == "child" and .process.args == ["/bin/id"]'
	expect 1 "$app" "$PROCESS"
	expect 1 "$app" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["id"]'
	expect 1 "$app" ".uidzero.finding == \"exec_root\" and .container.name == \"$SUITE_TAG-app\""
}

@test "a container that is stopped and started again is attributed again" {
	local id name=$SUITE_TAG-again
	start_agent
	docker create --name "$name" --network none "$IMAGE:root" id >"$BATS_TEST_TMPDIR/id"
	defer docker rm -f "$name"
	docker start -a "$name"
	docker start -a "$name"
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 2 "$id" ".uidzero.finding == \"exec_root\" and .uidzero.role == \"init\" and .container.name == \"$name\""
}
