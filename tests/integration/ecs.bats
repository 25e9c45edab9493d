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
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/gain ids
	stop_agent

	if [[ ! -d $TOP/tests/ecs/node_modules ]]; then
		(cd "$TOP/tests/ecs" && npm ci --no-audit --no-fund) || skip "the field list cannot be fetched from npm here"
	fi
	mkdir -p "$SUITE/lines"
	cp "$OUT" "$SUITE/lines/own.jsonl"
	ls -l "$SUITE/lines"
	cat "$SUITE"/lines/*.jsonl | node "$TOP/tests/ecs/validate.mjs"
}
