#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What ran as root in a container before the agent started is told before that container's first event.

load lib
load runtimes
load table

@test "root processes that ran before are root_found, before the container's first live event" {
	local id=$SUITE_TAG-old docker app
	need_dockerd
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go"
	runc_start "$id" . /bin/sh -c '/bin/sleep 1000 & /bin/actions wait /shared/go exec /bin/id; wait'
	docker_start "$BATS_TEST_TMPDIR/docker" "$IMAGE:root" sleep 1000
	docker_start "$BATS_TEST_TMPDIR/app" "$IMAGE:app" sleep 1000
	docker=$(<"$BATS_TEST_TMPDIR/docker") app=$(<"$BATS_TEST_TMPDIR/app")
	start_agent
	open_fifo "$SUITE/bundles/$id/shared/go"
	docker exec "$docker" id
	stop_agent

	expect 3 "$id" '.uidzero.finding == "root_found"'
	expect 1 "$id" '.uidzero.finding == "root_found" and .uidzero.role == "init" and .process.args[0] == "/bin/sh"'
	expect 1 "$id" '.uidzero.finding == "root_found" and .uidzero.role == "child" and .process.args == ["/bin/sleep", "1000"]'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"]'
	expect 1 "$docker" '.uidzero.finding == "root_found" and .uidzero.role == "init" and .process.args == ["sleep", "1000"]
		and .container.image.name == "example.test/uidzero" and .event.kind == "state"'
	expect 1 "$docker" '.uidzero.finding == "exec_root" and .uidzero.role == "session"'
	expect_nothing "$app"
	jq -se --arg id "$id" '[.[] | select(.container.id == $id and .process) | .uidzero.finding] |
		rindex("root_found") < index("exec_root")' "$OUT"
}

enter_often() { # id
	local i
	for i in {1..12}; do
		docker exec "$1" id
	done
}

@test "the set-up of a session is not found, whenever the walk comes" {
	local id session
	need_dockerd
	start_agent
	docker_start "$BATS_TEST_TMPDIR/id" "$IMAGE:app" sleep 1000
	id=$(<"$BATS_TEST_TMPDIR/id")
	enter_often "$id" >/dev/null 3>&- &
	session=$!
	until is_gone "$session"; do
		kill -USR2 "$AGENT"
		sleep 0.01
	done
	wait "$session"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect_nothing "$id"
}

@test "a process of the host is not found" {
	start_agent
	stop_agent
	[[ $(jq -c 'select(.uidzero.finding == "root_found" and (.container.id | not))' "$OUT" | wc -l) -eq 0 ]]
}

@test "a set*uid of a process that ran before has the ids that it had" {
	local id=$SUITE_TAG-oldids
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go"
	runc_start "$id" . /bin/actions wait /shared/go setresuid 1001 1002 1003
	start_agent
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 has_line "$OUT" '"drop_root"'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "drop_root" and .uidzero.before.euid == "0" and .process.user.id == "1002"
		and .process.real_user.id == "1001" and .process.saved_user.id == "1003" and .uidzero.drop.complete'
}

# The ids of a process: "1001 0 0 0" are real, effective, saved and file system.
has_uids() { # container, ids
	[[ $(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' "/proc/$(docker inspect -f '{{.State.Pid}}' "$1")/status") == "$2" ]]
}

verdict_of() { # container
	findings "$1" '.uidzero.verdict' | tail -n 1
}

@test "root that was gained before the agent has the cause that its file and ids show, and is no exploit" {
	local su child caps id
	need_debian
	# su waits for a password that never comes.
	docker_start "$BATS_TEST_TMPDIR/su" -u 1001 "$DEBIAN" sh -c 'mkfifo /tmp/fifo; exec su -c id <>/tmp/fifo'
	docker_start "$BATS_TEST_TMPDIR/child" -u 1001 "$DEBIAN" as-root exec /bin/sleep 1000
	docker_start "$BATS_TEST_TMPDIR/caps" -u 1001 "$DEBIAN" sh -c 'mkfifo /tmp/fifo; exec override wait /tmp/fifo'
	su=$(<"$BATS_TEST_TMPDIR/su") child=$(<"$BATS_TEST_TMPDIR/child") caps=$(<"$BATS_TEST_TMPDIR/caps")
	wait_for 10 has_uids "$su" "1001 0 0 0"
	wait_for 10 has_uids "$child" "1001 0 0 0"
	wait_for 10 eval "docker top $caps | grep -q override"
	start_agent
	for id in "$su" "$child" "$caps"; do
		wait_for 30 eval "verdict_of $id | grep -q ."
	done
	stop_agent

	expect 1 "$su" '.uidzero.finding == "root_found" and .uidzero.cause == "setuid_file" and .event.kind == "state"
		and (.message | test("^su .* runs as root by a set-user-id file, before uidzero started in container"))'
	verdict_of "$su" | jq -e '.uidzero.verdict == "escalated" and (.uidzero.reason |
		test("^su .* was not root and became root by a set-user-id file, before uidzero started \\(/usr/bin/su\\)$")) and
		(.uidzero.remedy | any(test("set-user-id bit off `/usr/bin/su`")) and (any(test("exploit")) | not))'
	expect 1 "$child" '.uidzero.finding == "root_found" and .uidzero.cause == null
		and (.message | test("^sleep .* runs as root; how it became root was not seen in container"))'
	verdict_of "$child" | jq -e '.uidzero.verdict == "escalated" and
		(.uidzero.reason | test("^sleep .* was not root and became root; how it became root was not seen$")) and
		(.uidzero.remedy | any(test("Find out how sleep became root")) and (any(test("exploit")) | not))'
	expect 0 "$caps" '.uidzero.finding == "root_found"'
	verdict_of "$caps" | jq -e '.uidzero.verdict == "root_equivalent" and (.uidzero.reason |
		test("by the file.s capabilities, before uidzero started \\(/usr/local/bin/override\\)$"))'
}

next_pid() { # number
	echo "$(($1 - 1))" >/proc/sys/kernel/ns_last_pid
}

@test "a session whose pid is below its container's first one's, since pids began anew, is a session" {
	local id=$SUITE_TAG-anew init session
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip "this kernel does not let pids be chosen (CONFIG_CHECKPOINT_RESTORE)"
	next_pid 20000
	runc_start "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/sleep 1000
	init=$(<"$SUITE/bundles/$id/pid")
	next_pid 10000
	runc exec --detach --user 0:0 --pid-file "$BATS_TEST_TMPDIR/pid" "$id" /bin/sleep 1000 </dev/null 3>&-
	session=$(<"$BATS_TEST_TMPDIR/pid")
	((session < init))
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<<'verdict: {grace: 1s}'
	"$UIDZERO" check -c "$BATS_TEST_TMPDIR/config.yaml" --no-agent --container "$id" >"$BATS_TEST_TMPDIR/table"
	grep -F root_session "$BATS_TEST_TMPDIR/table"
	start_agent -c "$BATS_TEST_TMPDIR/config.yaml"
	wait_for 10 eval 'findings "$id" .uidzero.verdict | grep -q .'
	stop_agent
	expect 1 "$id" ".uidzero.finding == \"root_found\" and .uidzero.role == \"session\" and .process.pid == $session"
	expect 1 "$id" '.uidzero.verdict == "root_session"'
}

# How many of a process's threads have a real uid 0, and how many have ended.
count_threads() { # pid
	cat "/proc/$1/task/"*/status | awk '/^State:/ { ended = $2 == "Z"; all += ended }
		/^Uid:/ && !ended { roots += !$2 } END { print roots + 0, all + 0 }'
}

@test "root that one thread alone has is found once, by that thread's id, whether its leader has ended or not" {
	local id=$SUITE_TAG-beside other=$SUITE_TAG-orphaned pid which
	runc_start "$id" . /bin/actions beside pause setresuid 1001 1001 1001 pause
	runc_start "$other" . /bin/actions beside pause setresuid 1001 1001 1001 end
	defer kill -9 "$(<"$SUITE/bundles/$other/pid")" # runc takes it for ended
	wait_for 10 eval '[[ $(count_threads "$(<"$SUITE/bundles/$id/pid")") == "1 0" ]]'
	wait_for 10 eval '[[ $(count_threads "$(<"$SUITE/bundles/$other/pid")") == "1 1" ]]'
	start_agent
	kill -USR2 "$AGENT"
	# Which makes it scan again.
	wait_for 10 eval '"$UIDZERO" check --socket "$SUITE/agent.sock" --container "$id" >"$BATS_TEST_TMPDIR/table";
		grep -F "$id" "$BATS_TEST_TMPDIR/table"'
	stop_agent
	for which in "$id" "$other"; do
		pid=$(<"$SUITE/bundles/$which/pid")
		expect 1 "$which" "$PROCESS"
		expect 1 "$which" ".uidzero.finding == \"root_found\" and .uidzero.role == \"init\" and .process.pid == $pid and
			.process.thread.id != $pid and .process.user.id == \"0\" and .process.args[1] == \"beside\""
	done
}
