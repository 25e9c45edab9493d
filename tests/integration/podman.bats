#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# podman with runc and cgroupfs.

load lib
load runtimes

setup() {
	need_podman
}

@test "podman run is one exec_root with name and image; conmon and runc are no finding" {
	local id
	start_agent
	podman_run "$BATS_TEST_TMPDIR/id" "$IMAGE:root" id | grep '^uid=0'
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .container.runtime == "podman"'
	expect 1 "$id" ".uidzero.finding == \"exec_root\" and .container.name == \"$SUITE_TAG-pod\"
		and .container.image.name == \"$IMAGE\" and .container.image.tag == [\"root\"]"
}

@test "podman run of an image with USER 1001 is no finding" {
	local id
	start_agent
	podman_run "$BATS_TEST_TMPDIR/id" "$IMAGE:app" id | grep '^uid=1001'
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect_nothing "$id"
}

@test "podman exec -u 0 is a session" {
	local id
	start_agent
	podman_run "$BATS_TEST_TMPDIR/id" -d "$IMAGE:app" sleep 1000
	id=$(<"$BATS_TEST_TMPDIR/id")
	defer podman rm -f -t 0 "$id"
	podman exec -u 0 "$id" id </dev/null
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["id"]'
}
