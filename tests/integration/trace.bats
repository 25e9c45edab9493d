#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The live view: columns for a person, filters, a summary at the end.

load lib
load runtimes

# A terminal of so many lines; $TYPE is what is typed there, $OUT all that it shows.
start_terminal() { # lines, trace's arguments
	OUT=$BATS_TEST_TMPDIR/terminal
	TYPE=$BATS_TEST_TMPDIR/type
	mkfifo "$TYPE"
	script -qefc "stty rows $1 cols 200 -echo; exec '$UIDZERO' trace -c '$SUITE/config.yaml' ${*:2}" "$OUT" <"$TYPE" >/dev/null 2>&1 3>&- &
	TERMINAL=$!
	defer kill_now "$TERMINAL"
	exec {TYPE_FD}>"$TYPE"
	wait_for 15 grep -qs CONTAINER "$OUT"
}

@test "columns are aligned, one line an event, and Ctrl-C ends with a summary" {
	local id=$SUITE_TAG-columns column line
	start_trace
	wait_until_shown ready runc_run "$SUITE_TAG-ready" . /bin/echo ready
	runc_run "$id" . /bin/actions setresuid 0 1001 0 exec /bin/echo the end
	wait_for 10 has_line "$OUT" drop_root
	stop_trace
	head -n 1 "$OUT" | grep -E '^TIME +CONTAINER +IMAGE +PID +WHO +WHAT +COMMAND'
	refute grep -q $'\e' "$OUT"
	# Each event's WHAT stands below the word WHAT.
	column=$(head -n 1 "$OUT" | grep -bo WHAT | cut -d: -f1)
	while read -r line; do
		[[ ${line:column} =~ ^(exec_root|drop_root|container_start|container_stop|verdict) ]]
	done < <(grep -F "${id:0:12}" "$OUT")
	grep -F exec_root "$OUT" | grep -F "/bin/actions setresuid 0 1001 0"
	cat "$OUT" "$OUT.err" | grep -iE '[0-9]+ .*lost'
	cat "$OUT" "$OUT.err" | grep -iE '[0-9]+ container'
}

@test "--container and --finding let through what they name" {
	local one=$SUITE_TAG-one two=$SUITE_TAG-two
	start_trace --container "$one" --finding drop_root
	wait_until_shown "setresuid 0 1003 0" runc_run "$one" . /bin/actions setresuid 0 1003 0
	runc_run "$two" . /bin/actions setresuid 0 1001 0 >/dev/null
	runc_run "$one" . /bin/actions setresuid 0 1002 0 >/dev/null
	wait_for 10 has_line "$OUT" "setresuid 0 1002 0"
	stop_trace
	refute has_line "$OUT" "setresuid 0 1001 0"
	refute has_line "$OUT" exec_root
}

@test "--container can be given several times" {
	local one=$SUITE_TAG-first two=$SUITE_TAG-second
	start_trace --container "$one" --container "$two" --finding drop_root
	wait_until_shown "setresuid 0 1003 0" runc_run "$one" . /bin/actions setresuid 0 1003 0
	runc_run "$SUITE_TAG-third" . /bin/actions setresuid 0 1001 0 >/dev/null
	runc_run "$two" . /bin/actions setresuid 0 1002 0 >/dev/null
	wait_for 10 has_line "$OUT" "setresuid 0 1002 0"
	stop_trace
	refute has_line "$OUT" "setresuid 0 1001 0"
}

@test "--image lets through what it names" {
	need_dockerd
	start_trace --image "$IMAGE*"
	wait_until_shown 'echo ready' docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:root" echo ready
	runc_run "$SUITE_TAG-noimage" . /bin/echo without
	docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:root" echo with
	wait_for 10 has_line "$OUT" 'echo with'
	stop_trace
	refute has_line "$OUT" 'echo without'
}

@test "--pid lets through what it names" {
	local id=$SUITE_TAG-pid pid
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go"
	runc_start "$id" . /bin/actions wait /shared/go exec /bin/echo the one
	pid=$(runc state "$id" | jq .pid)
	start_trace --pid "$pid"
	# It is root already, which the start tells.
	wait_for 10 has_line "$OUT" root_found
	runc_run "$SUITE_TAG-other" . /bin/echo another
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 has_line "$OUT" 'echo the one'
	stop_trace
	refute has_line "$OUT" another
}

@test "on a terminal: color, and the column names again after each screenful" {
	local id=$SUITE_TAG-terminal
	start_terminal 10
	runc_run "$id" . /bin/actions flood 30 /bin/true >/dev/null
	runc_run "$id" . /bin/echo the-last-canary
	wait_for 10 grep -qs the-last-canary "$OUT"
	printf '\003' >&"$TYPE_FD"
	wait_for 10 is_gone "$TERMINAL"
	wait "$TERMINAL"
	grep -q $'\e\\[[0-9;]*m' "$OUT"
	(($(grep -c 'CONTAINER.*COMMAND' "$OUT") >= 4))
}
