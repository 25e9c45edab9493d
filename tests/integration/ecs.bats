#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every line that the tests saw, this file's own at least, holds against the published ECS field list.

load lib
load runtimes

@test "every line validates against the published field list" {
	local id=$SUITE_TAG-ecs
	need_dockerd
	docker_start "$BATS_TEST_TMPDIR/id" "$IMAGE:root" sleep 1000
	start_agent
	docker exec "$(<"$BATS_TEST_TMPDIR/id")" id
	runc_run "$id" . /bin/actions setresuid 0 1001 0 setresuid 0 0 0 setresuid -1 -1 5 setresuid 1001 1001 1001
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/sh -c '/bin/gain ids; exit 0'
	stop_agent

	mkdir -p "$SUITE/lines"
	cp "$OUT" "$SUITE/lines/own.jsonl"
	cat "$SUITE"/lines/*.jsonl | "$TOP/tests/ecs/run.sh" "$TOP/.output"
}
