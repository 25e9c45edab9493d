#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A recording gives the same findings again, byte for byte, to anybody.

load lib
load runtimes

replay_as_nobody() { # file
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --bounding-set=-all --inh-caps=-all "$UIDZERO" replay "$1"
}

@test "replay of a recording gives the same findings, without privileges" {
	local id=$SUITE_TAG-record
	need_dockerd
	docker_start "$BATS_TEST_TMPDIR/before" "$IMAGE:root" sleep 1000
	start_agent --record "$BATS_TEST_TMPDIR/recording"
	runc_run "$id" . /bin/actions setresuid 0 1001 0 setresuid 0 0 0 exec /bin/id
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/sh -c '/bin/gain ids; exit 0'
	runc_run "$id" '.process.cwd = "/tmp"' /bin/actions hostile-exec /bin/actions hostile-args /bin/true
	docker_run "$BATS_TEST_TMPDIR/id" --name "$SUITE_TAG-recorded" "$IMAGE:root" sh -c '/bin/id; exit 0'
	docker exec -u 0 "$(<"$BATS_TEST_TMPDIR/before")" id
	stop_agent
	[[ $(jq -c 'select(.uidzero.finding == "root_found")' "$OUT" | wc -l) -gt 0 ]]
	expect 1 "$id" '.uidzero.finding == "gain_root" and .uidzero.cause == "setuid_file"'

	[[ $(stat -c %a "$BATS_TEST_TMPDIR/recording") == 600 ]]
	# Nobody can read it where it lies; the text of a replay must not depend on what is on this host.
	cp "$BATS_TEST_TMPDIR/recording" "$SUITE/recording"
	defer rm -f "$SUITE/recording"
	chown "$NOBODY" "$SUITE/recording"
	replay_as_nobody "$SUITE/recording" >"$BATS_TEST_TMPDIR/replayed"
	cmp "$OUT" "$BATS_TEST_TMPDIR/replayed"

	# A static binary hides its allocations from valgrind: the plain build it is.
	valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all --error-exitcode=99 \
		"$TOP/.output/gcc/uidzero" replay "$SUITE/recording" >"$BATS_TEST_TMPDIR/replayed"
	cmp "$OUT" "$BATS_TEST_TMPDIR/replayed"
}

@test "a recording that was cut off is replayed as far as it goes, and that is said" {
	local id=$SUITE_TAG-cut status=0
	start_agent --record "$BATS_TEST_TMPDIR/recording"
	runc_run "$id" . /bin/sh -c '/bin/id; /bin/id; exit 0'
	stop_agent
	head -c -100 "$BATS_TEST_TMPDIR/recording" >"$SUITE/cut"
	defer rm -f "$SUITE/cut"
	replay_as_nobody "$SUITE/cut" >"$BATS_TEST_TMPDIR/replayed" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	jq -e . "$BATS_TEST_TMPDIR/replayed" >/dev/null
	grep -q exec_root "$BATS_TEST_TMPDIR/replayed"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/err") -eq 1 ]]
	[[ $status -le 3 ]]
}

@test "what is no recording is refused" {
	run "$UIDZERO" replay /etc/passwd
	[[ $status -eq 3 || $status -eq 2 ]]
	[[ ${#lines[@]} -eq 1 ]]
	run "$UIDZERO" replay "$BATS_TEST_TMPDIR/none"
	[[ $status -eq 3 || $status -eq 2 ]]
	[[ ${#lines[@]} -eq 1 && ${lines[0]} == *none* ]]
}

@test "the recordings that the fuzzing begins with are this version's" {
	local name
	for name in all loss podman rich-facts start; do
		"$UIDZERO" replay --config=/dev/null "$TOP/tests/fuzz/corpus/recording/$name" >"$BATS_TEST_TMPDIR/replayed"
	done
}
