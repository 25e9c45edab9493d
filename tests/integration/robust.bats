#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# However the agent ends or fails to start: its documented status, one sentence, no half line, nothing left loaded.

load lib
load runtimes

# Whole lines only, each of them JSON.
has_whole_lines() { # file
	[[ -s $1 && $(tail -c 1 "$1" | od -An -tx1) == " 0a" ]] || return
	jq . "$1" >/dev/null
}

# Notes the agent's programs; expect_unloaded, later, wants none of them loaded any more.
note_programs() {
	programs_of "$AGENT" >"$BATS_TEST_TMPDIR/programs"
	[[ -s $BATS_TEST_TMPDIR/programs ]]
}

expect_unloaded() {
	wait_for 10 programs_are_unloaded "$BATS_TEST_TMPDIR/programs"
}

# --- how it ends -----------------------------------------------------------------------------------

@test "SIGTERM and SIGINT end it with success and a last line" {
	local signal status
	for signal in TERM INT; do
		status=0
		start_agent
		note_programs
		kill "-$signal" "$AGENT"
		wait_for 10 is_gone "$AGENT"
		wait "$AGENT" || status=$?
		[[ $status -eq 0 ]]
		expect_unloaded
		has_whole_lines "$OUT"
		[[ $(tail -n 1 "$OUT" | jq -r .uidzero.finding) == agent_stop ]]
	done
}

@test "kill -9 leaves no program loaded and no half line" {
	local id=$SUITE_TAG-kill9 flood
	start_agent
	note_programs
	runc_run "$id" . /bin/actions flood 1000 /bin/true >/dev/null 2>&1 &
	flood=$!
	wait_for 10 has_line "$OUT" '"exec_root"'
	kill -KILL "$AGENT"
	wait_for 10 is_gone "$AGENT"
	wait "$flood"
	expect_unloaded
	has_whole_lines "$OUT"
	# And the next one starts.
	start_agent
	stop_agent
}

@test "a reader that closes its end of the pipe is a success" {
	local fifo=$BATS_TEST_TMPDIR/fifo status=0
	mkfifo "$fifo"
	head -n 1 <"$fifo" >"$BATS_TEST_TMPDIR/first" 3>&- &
	launch_agent "$fifo"
	wait_for 15 has_whole_lines "$BATS_TEST_TMPDIR/first"
	runc_run "$SUITE_TAG-pipe" . /bin/id >/dev/null
	wait_for 10 is_gone "$AGENT"
	wait "$AGENT" || status=$?
	[[ $status -eq 0 ]]
	[[ $(wc -l <"$BATS_TEST_TMPDIR/first") -eq 1 ]]
	[[ $(wc -l <"$fifo.err") -le 1 ]]
}

@test "a full disk costs lines, never half of one, and the agent goes on" {
	local id=$SUITE_TAG-full disk=$SUITE/disk count
	mkdir -p "$disk"
	mount -t tmpfs -o size=64k tmpfs "$disk"
	defer umount -l "$disk"
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
		outputs:
		  - type: stdout
		  - type: file
		    path: $disk/events.jsonl
	CONFIG
	CONFIG=$BATS_TEST_TMPDIR/config.yaml start_agent
	runc_run "$id" . /bin/actions flood 300 /bin/true
	wait_for 10 stat_is_large "$disk/events.jsonl" 32768
	count=$(wc -l <"$disk/events.jsonl")
	has_whole_lines "$disk/events.jsonl"
	# Once there is room again, lines are written again.
	mount -o remount,size=4m "$disk"
	runc_run "$id" . /bin/id
	wait_for 10 has_line "$disk/events.jsonl" '"/bin/id"'
	stop_agent
	has_whole_lines "$disk/events.jsonl"
	(($(wc -l <"$disk/events.jsonl") > count))
	expect 302 "$id" '.uidzero.finding == "exec_root"'
	grep -qi 'no space' "$OUT.err"
}

stat_is_large() { # file, bytes
	(($(stat -c %s "$1" 2>/dev/null || echo 0) >= $2))
}

# --- the file --------------------------------------------------------------------------------------

@test "the file is for its owner alone, opened anew on SIGHUP and SIGUSR1" {
	local id=$SUITE_TAG-reopen log=$BATS_TEST_TMPDIR/log.jsonl signal
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
		outputs:
		  - type: stdout
		  - type: file
		    path: $log
	CONFIG
	CONFIG=$BATS_TEST_TMPDIR/config.yaml start_agent
	[[ $(stat -c %a "$log") == 600 ]]
	for signal in HUP USR1; do
		mv "$log" "$log.$signal"
		kill "-$signal" "$AGENT"
		wait_for 10 test -e "$log"
		runc_run "$id" . /bin/echo "$signal"
		wait_for 10 has_line "$log" "\"$signal\""
	done
	stop_agent
	has_whole_lines "$log"
	has_whole_lines "$log.HUP"
	# All parts together hold every line once, in order.
	cmp "$OUT" <(cat "$log.HUP" "$log.USR1" "$log")
}

@test "the file is rotated by size, and only so many are kept" {
	local id=$SUITE_TAG-rotate log=$BATS_TEST_TMPDIR/log.jsonl file
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
		outputs:
		  - type: file
		    path: $log
		    max_size: 64KiB
		    keep: 2
	CONFIG
	OUT=$log
	launch_agent "$BATS_TEST_TMPDIR/stdout" -c "$BATS_TEST_TMPDIR/config.yaml"
	wait_for 15 has_whole_lines "$log"
	runc_run "$id" . /bin/actions flood 400 /bin/true
	stop_agent_of "$BATS_TEST_TMPDIR/stdout"
	for file in "$log" "$log.1" "$log.2"; do
		has_whole_lines "$file"
		(($(stat -c %s "$file") <= 65536))
		[[ $(stat -c %a "$file") == 600 ]]
	done
	[[ ! -e $log.3 ]]
	[[ ! -s $BATS_TEST_TMPDIR/stdout ]]
}

stop_agent_of() { # standard output's file
	OUT=$1 stop_agent
}

# --- what it cannot start with ---------------------------------------------------------------------

@test "a file that cannot be written is said, and nothing starts" {
	local path
	for path in "$BATS_TEST_TMPDIR/none/events.jsonl" "$BATS_TEST_TMPDIR"; do
		make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
			outputs:
			  - type: file
			    path: $path
		CONFIG
		fails_with 3 "$path" "$UIDZERO" run -c "$BATS_TEST_TMPDIR/config.yaml"
	done
	ln -s elsewhere "$BATS_TEST_TMPDIR/link"
	fails_with 3 "$BATS_TEST_TMPDIR/link .*symbolic link" "$UIDZERO" run -c /dev/null -o "$BATS_TEST_TMPDIR/link"
	fails_with 3 '/dev/null .*no regular file' "$UIDZERO" run -c /dev/null -o /dev/null
}

@test "without root and capabilities it says what is missing" {
	fails_with 3 'CAP_|root' setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --inh-caps=-all "$UIDZERO" run
	fails_with 3 'CAP_|root' setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --inh-caps=-all "$UIDZERO" trace
}

@test "wrong options and commands are a usage error" {
	fails_with 2 'no-such-option' "$UIDZERO" run --no-such-option ||
		grep -q no-such-option "$BATS_TEST_TMPDIR/stderr" # a hint to --help may follow
	run "$UIDZERO" run --no-such-option
	[[ $status -eq 2 ]]
	run "$UIDZERO" no-such-command
	[[ $status -eq 2 && ${lines[0]} == *no-such-command* ]]
	run "$UIDZERO"
	[[ $status -eq 2 ]]
	run "$UIDZERO" trace --finding no_such_finding
	[[ $status -eq 2 && $output == *no_such_finding* ]]
}

@test "each command has a --help, and there is a version" {
	local command
	for command in run trace doctor replay selftest version; do
		run "$UIDZERO" "$command" --help
		[[ $status -eq 0 && ${lines[0]} == *[Uu]sage:* ]]
	done
	run "$UIDZERO" version
	[[ $status -eq 0 && $output =~ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "a wrong key, value or form of the configuration is told with file and line" {
	local config=$BATS_TEST_TMPDIR/wrong.yaml
	printf 'rings:\n  events_kib: 1024\n  evnts_kib: 3\n' >"$config"
	fails_with 2 'wrong\.yaml:3.*evnts_kib' "$UIDZERO" run -c "$config"
	printf '\nrings:\n  events_kib: many\n' >"$config"
	fails_with 2 'wrong\.yaml:3.*events_kib' "$UIDZERO" run -c "$config"
	printf 'outputs: [\n' >"$config"
	fails_with 2 'wrong\.yaml:[12]' "$UIDZERO" run -c "$config"
	fails_with 2 'none\.yaml' "$UIDZERO" run -c "$BATS_TEST_TMPDIR/none.yaml"
}

# --- what a host may lack --------------------------------------------------------------------------

@test "without BTF it says so" {
	[[ -e /sys/kernel/btf/vmlinux ]] || skip "this kernel has no BTF to hide"
	fails_with 3 'BTF' unshare --mount --propagation private sh -c '
		mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh "$UIDZERO" run
}

# With nothing to mount it again, and at a place where another look for it fails too.
exec_without_tracefs() {
	exec unshare --mount --propagation private sh -c '
		for dir in /sys/kernel/tracing /sys/kernel/debug; do
			[ ! -d "$dir" ] || mount -t tmpfs none "$dir"
		done
		exec capsh --drop=cap_sys_admin -- -c "exec \"\$0\" \"\$@\"" "$@"' sh "$@"
}

@test "without tracefs execs are seen all the same" {
	local id=$SUITE_TAG-notracefs
	AGENT_WRAPPER=(exec_without_tracefs)
	start_agent
	runc_run "$id" . /bin/actions setresuid 0 1001 0 exec /bin/id >/dev/null
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root"'
	expect 1 "$id" '.uidzero.finding == "drop_root"'
}

# The four capabilities alone, as a user that is nobody.
exec_with_four_capabilities() {
	exec setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups \
		--bounding-set=-all,+bpf,+perfmon,+dac_read_search,+sys_ptrace \
		--inh-caps=-all,+bpf,+perfmon,+dac_read_search,+sys_ptrace \
		--ambient-caps=-all,+bpf,+perfmon,+dac_read_search,+sys_ptrace "$@"
}

@test "the four capabilities are enough for a plain user" {
	local id=$SUITE_TAG-fourcaps docker
	need_dockerd
	AGENT_WRAPPER=(exec_with_four_capabilities)
	start_agent
	note_programs
	runc_run "$id" . /bin/actions setresuid 0 1001 0 exec /bin/id >/dev/null
	docker_run "$BATS_TEST_TMPDIR/id" --name "$SUITE_TAG-fourcaps" "$IMAGE:root" id
	docker=$(<"$BATS_TEST_TMPDIR/id")
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.executable == "/bin/actions"'
	expect 1 "$id" '.uidzero.finding == "drop_root"'
	expect 1 "$docker" ".uidzero.finding == \"exec_root\" and .container.name == \"$SUITE_TAG-fourcaps\"
		and .container.image.name == \"$IMAGE\""
	expect_unloaded
}

@test "one of the four missing is named" {
	fails_with 3 'CAP_BPF' setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-all "$UIDZERO" run
}

@test "without CAP_SYS_RESOURCE, with a small limit of locked memory, it runs" {
	local id=$SUITE_TAG-memlock
	exec_without_sys_resource() {
		ulimit -l 64 && exec setpriv --bounding-set=-sys_resource --inh-caps=-all "$@"
	}
	AGENT_WRAPPER=(exec_without_sys_resource)
	start_agent
	runc_run "$id" . /bin/id
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root"'
}

@test "it takes precedence on a busy host, but where it was given another nice value" {
	[[ $(nice) -eq 0 ]] || skip "the tests themselves run at nice $(nice)"
	start_agent
	[[ $(ps -o ni= -p "$AGENT") -eq -10 ]]
	stop_agent
	AGENT_WRAPPER=(nice -n 5)
	start_agent
	[[ $(ps -o ni= -p "$AGENT") -eq 5 ]]
	stop_agent
}

@test "doctor says what is there, and its status is a success here" {
	run "$UIDZERO" doctor
	[[ $status -eq 0 ]]
	[[ $output == *"$(uname -r)"* && $output == *BTF* && $output == *sched_process_exec* ]]
	[[ $output == *cgroup* && $output == *lockdown* ]]
}

@test "a host root that does not exist is an error of every command, and says what to do" {
	local command
	for command in run trace doctor check images; do
		run "$UIDZERO" "$command" -c /dev/null --host-root "$BATS_TEST_TMPDIR/missing"
		echo "$command: $status $output"
		[[ $status -eq 3 && $output == *"$BATS_TEST_TMPDIR/missing cannot be used: No such file or directory; set host_root"* ]]
	done
}

@test "an output whose directory is missing is found by doctor and by run" {
	local config=$BATS_TEST_TMPDIR/config.yaml
	printf 'outputs:\n  - type: file\n    path: %s\n' "$BATS_TEST_TMPDIR/missing/events.json" >"$config"
	run "$UIDZERO" doctor -c "$config"
	[[ $status -eq 3 && $output == *"missing/events.json"*"cannot be written to: No such file or directory; create it"* ]]
	run "$UIDZERO" run -c "$config"
	[[ $status -eq 3 && $output == *"missing/events.json cannot be opened: No such file or directory"* ]]
	mkdir "$BATS_TEST_TMPDIR/missing"
	run "$UIDZERO" doctor -c "$config"
	[[ $status -eq 0 ]]
}
