#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Text from a container is hostile: each line parses, and no control byte reaches a terminal.

load lib
load runtimes

# Everything hostile that a program can have about itself.
act_hostile() { # id
	runc_run "$1" '.process.cwd = "/tmp"' /bin/actions hostile-comm setresuid 0 1001 0 setresuid 0 0 0 \
		hostile-exec /bin/actions hostile-args /bin/actions || [[ $? -eq 2 ]]
}

lines_parse() { # file
	jq -e . "$1" >/dev/null
	iconv -f utf-8 -t utf-8 "$1" >/dev/null
	[[ $(tail -c 1 "$1" | od -An -tx1) == " 0a" ]]
	! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f]' "$1"
}

# No control byte but the line feeds: none of ASCII, none of C1, nothing that turns the writing round.
has_only_plain_text() { # file
	iconv -f utf-8 -t utf-8 "$1" >/dev/null
	! LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$1"
}

@test "hostile arguments, names, directories: each line parses and keeps the text" {
	local id=$SUITE_TAG-hostile
	start_agent
	act_hostile "$id"
	stop_agent
	lines_parse "$OUT"
	expect 1 "$id" '.uidzero.finding == "drop_root" and .process.name == "\u001b[31m\n\"\\\ufffd" and .uidzero.lossy_text'
	expect 1 "$id" '.process.args[0] == "/bin/actions" and .process.args[1:] == ["line\nfeed", "\"quoted\\", "", "",
		"\u001b[2J\u001b]0;title\u0007", "\ufffd\ufffd(\ufffd\ufffd\ufffd", "\u009b;31m", "\u202e", "tab\tcr\rdel\u007f", ""]'
	expect 1 "$id" '.process.executable == "/tmp/d\n\u001b[31m\ufffd/f\n\u001b[2J\"\\\ufffd"
		and (.process.working_directory | startswith("/tmp/d\n"))'
	expect 1 "$id" '.process.args_count == 11'
}

@test "trace shows hostile text without a control byte" {
	local id=$SUITE_TAG-hostiletrace
	start_trace --all
	wait_until_shown ready runc_run "$id" . /bin/echo ready
	act_hostile "$id"
	runc_run "$id" . /bin/echo the-last-canary
	wait_for 10 has_line "$OUT" the-last-canary
	stop_trace
	has_line "$OUT" quoted
	has_only_plain_text "$OUT"
	has_only_plain_text "$OUT.err"
}

@test "32 KiB of arguments are shortened, and the line says so" {
	local id=$SUITE_TAG-big
	start_agent
	runc_run "$id" . /bin/actions big-args 32768 /bin/true
	runc_run "$id" . /bin/actions big-args 2000 /bin/true
	stop_agent
	lines_parse "$OUT"
	expect 1 "$id" '.process.args[0] == "/bin/true" and .uidzero.args_truncated == true and .process.args_count > 300
		and (.process.args | length) < .process.args_count and (.process.args | map(length) | add) > 4000'
	expect 1 "$id" '.process.args[0] == "/bin/true" and (.uidzero.args_truncated | not)
		and (.process.args | map(length + 1) | add) == 2000 and (.process.args | length) == .process.args_count'
}

@test "hostile names of cgroups and labels: each line parses" {
	local id=$SUITE_TAG-hostilecgroup pid docker
	need_dockerd
	start_agent
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go"
	runc_start "$id" '.linux.cgroupsPath += "\u001b[31m\"\\\t"' /bin/actions wait /shared/go exec /bin/id
	pid=$(runc state "$id" | jq .pid)
	move_below "$pid" $'in\e[31m"\\\xff\tner'
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 runc_has_stopped "$id"
	docker_run "$BATS_TEST_TMPDIR/id" --label $'evil=\e[31m\n"\\' "$IMAGE:root" id >/dev/null
	docker=$(<"$BATS_TEST_TMPDIR/id")
	stop_agent
	lines_parse "$OUT"
	expect 1 "$id" '.process.args == ["/bin/id"] and (.uidzero.cgroup.path | endswith("\u001b[31m\"\\\t"))'
	expect 1 "$docker" '.uidzero.finding == "exec_root" and .container.labels.evil == "\u001b[31m\n\"\\"'
}

@test "an empty name as the first argument" {
	local id=$SUITE_TAG-noargs
	start_agent
	runc_run "$id" . /bin/sh -c 'exec -a "" /bin/actions ids'
	stop_agent
	lines_parse "$OUT"
	expect 1 "$id" '.process.executable == "/bin/actions" and .process.args == ["", "ids"]'
}
