#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Programs that the kernel starts by itself, as root on the host: those that a container can have written are found.

load lib
load runtimes

CORE_PATTERN=/proc/sys/kernel/core_pattern

# The sysctl or other file has its present content again when the test ends.
restore_later() { # file
	# shellcheck disable=SC2016
	defer sh -c 'printf "%s\n" "$1" >"$2"' sh "$(<"$1")" "$1"
}

# A program in a directory, and a script beside it, which take a core dump from their standard input.
put_helpers() { # directory
	install "$(command -v busybox)" "$1/true"
	printf '#!/bin/sh\ncat >/dev/null\n' >"$1/helper.sh"
	chmod 0755 "$1/helper.sh"
}

# host_execs ID COUNT JQ: so many findings, each with what belongs to it.
host_execs() {
	expect "$2" "$1" ".uidzero.finding == \"host_exec\" and ($3)"
	expect "$2" "$1" '.uidzero.finding == "host_exec" and .event.kind == "alert" and .event.severity == 99
		and .event.category == ["process"] and .event.type == ["start"] and .event.action == "exec"
		and .threat.framework == "MITRE ATT&CK" and .threat.technique.id == ["T1611"] and .threat.tactic.id == ["TA0004"]
		and .uidzero.cause == "kernel_helper" and .user.id == "0" and .uidzero.role == null'
}

expect_no_host_exec() {
	[[ $(grep -c '"host_exec"' "$OUT") -eq 0 ]] || {
		grep '"host_exec"' "$OUT" | shorten
		return 1
	}
}

# shellcheck disable=SC2016
CRASH='/bin/sh -c "kill -SEGV \$\$"; true'

@test "a core_pattern that a privileged Docker container writes is an escape to the host" {
	local id upper orders=$BATS_TEST_TMPDIR/orders
	need_dockerd
	restore_later "$CORE_PATTERN"
	mkdir "$orders"
	mkfifo "$orders/fifo"
	start_agent
	# `docker exec` would ask for capabilities that do not exist here: the container's own shell takes the patterns.
	# shellcheck disable=SC2016
	docker_start "$BATS_TEST_TMPDIR/id" --privileged --runtime limited -v "$orders:/orders:ro" "$IMAGE:root" \
		sh -c 'cp /bin/busybox /true; while read -r pattern </orders/fifo; do
			echo "$pattern" >/proc/sys/kernel/core_pattern; sh -c "kill -SEGV \$\$"; done'
	id=$(<"$BATS_TEST_TMPDIR/id")
	# The kernel takes patterns of at most 127 bytes: hence a file in the root directory.
	upper=$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' "$id")
	# shellcheck disable=SC2016
	timeout 10 sh -c 'echo "$2" >"$1"' sh "$orders/fifo" "|$upper/true once"
	wait_for 10 has_line "$OUT" '"once"'
	# shellcheck disable=SC2016
	timeout 10 sh -c 'echo "$2" >"$1"' sh "$orders/fifo" '|/proc/%P/root/true twice'
	wait_for 10 has_line "$OUT" '"twice"'
	docker rm -f "$id"
	stop_agent
	host_execs "$id" 2 '.process.name == "true" and .container.image.name == "example.test/uidzero"'
	expect 1 "$id" '.uidzero.finding == "verdict" and .uidzero.verdict == "escalated" and .result.evaluation == "failed" and
		(.uidzero.reason | test("^true \\(pid [0-9]+\\) was started by the kernel as root on the host"))'
}

@test "files in an overlay's upper directory are the container's" {
	local id pid upper
	start_v2_dockerd
	restore_later "$CORE_PATTERN"
	start_agent
	DOCKER_SOCKET=$SUITE/v2/socket docker_start "$BATS_TEST_TMPDIR/id" "$IMAGE:root" sleep 1000
	id=$(<"$BATS_TEST_TMPDIR/id")
	pid=$(DOCKER_SOCKET=$SUITE/v2/socket docker inspect -f '{{.State.Pid}}' "$id")
	upper=$(grep -oP ' / / .*upperdir=\K[^,]*' "/proc/$pid/mountinfo")
	put_helpers "/proc/$pid/root/tmp"
	for helper in "$upper/tmp/true" "/proc/$pid/root/tmp/true"; do
		echo "|$helper" >"$CORE_PATTERN"
		eval "$CRASH" || true
	done
	wait_for 10 has_line "$OUT" "\"/proc/$pid/root/tmp/true\""
	stop_agent
	host_execs "$id" 2 '.process.name == "true"'
	expect 1 "$id" '.uidzero.finding == "host_exec" and .process.executable == "'"$upper"'/tmp/true"'
}

@test "programs, scripts and arguments of interpreters count, in the root directory and in volumes" {
	local id=$SUITE_TAG-core pid shared root helper
	restore_later "$CORE_PATTERN"
	start_agent
	copy_rootfs "$SUITE/bundles/$id/rootfs"
	root=$SUITE/bundles/$id/rootfs shared=$SUITE/bundles/$id/shared
	runc_start "$id" ".root.path = \"$root\"" /bin/sleep 1000
	put_helpers "$root/tmp"
	put_helpers "$shared"
	pid=$(<"$SUITE/bundles/$id/pid")
	# The second process of a mount namespace: its own root file system is the same.
	for helper in "//proc/$pid/root/shared/helper.sh" "$root/tmp/true true" "$root/tmp/helper.sh" "$shared/true true" "$shared/helper.sh" "/bin/sh $shared/helper.sh"; do
		echo "|$helper" >"$CORE_PATTERN"
		eval "$CRASH" || true
	done
	wait_for 10 has_line "$OUT" "\"/bin/sh $shared/helper.sh\""
	stop_agent
	host_execs "$id" 6 true
	expect 2 "$id" '.uidzero.finding == "host_exec" and .process.name == "true"'
	expect 3 "$id" '.uidzero.finding == "host_exec" and .process.name == "helper.sh"'
}

@test "a release_agent of a cgroup hierarchy is an escape to the host" {
	local id=$SUITE_TAG-agent dir=$BATS_TEST_TMPDIR/hierarchy shared
	mkdir -p "$dir"
	mount -t cgroup -o none,name="$SUITE_TAG" cgroup "$dir"
	defer umount "$dir"
	start_agent
	runc_start "$id" . /bin/sleep 1000
	shared=$SUITE/bundles/$id/shared
	put_helpers "$shared"
	echo "$shared/true" >"$dir/release_agent"
	mkdir "$dir/released"
	defer rmdir "$dir/released"
	echo 1 >"$dir/released/notify_on_release"
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$1/cgroup.procs"' sh "$dir/released"
	wait_for 10 has_line "$OUT" '"host_exec"'
	stop_agent
	host_execs "$id" 1 '.process.args[1] == "/released" and .process.name == "true"'
}

@test "helpers of the host are no findings, whatever containers run" {
	local id=$SUITE_TAG-none dir=$BATS_TEST_TMPDIR/helpers fifo=$BATS_TEST_TMPDIR/go pid
	mkdir -p "$dir"
	put_helpers "$dir"
	mkfifo "$fifo"
	restore_later "$CORE_PATTERN"
	start_agent
	# The host's root directory is mounted in the first two of them, its mounts are those of the third.
	runc_start "$id" '.mounts += [{destination: "/tmp", type: "bind", source: "/", options: ["rbind", "rw"]}]' /bin/sleep 1000
	bwrap --unshare-pid --bind / / "$ACTIONS" wait "$fifo" 3>&- &
	pid=$!
	"${ACTIONS%/*}/stub" child "$ACTIONS" wait "$fifo" 3>&- &
	defer kill_now "$pid"
	defer kill_now "$!"
	# Their children outlive them, unless what those wait for comes.
	# shellcheck disable=SC2016
	defer timeout 10 sh -c ': >"$1"' sh "$fifo"
	wait_for 10 has_line "$OUT" '"container_start"'
	for helper in "$dir/true true" "$dir/helper.sh" "/bin/true" "$(command -v true) x"; do
		echo "|$helper" >"$CORE_PATTERN"
		eval "$CRASH" || true
	done
	stop_agent
	expect_no_host_exec
	expect 1 "$id" '.uidzero.finding == "container_start"'
}

@test "a recording holds in which container a helper lies" {
	local id=$SUITE_TAG-kept recording=$BATS_TEST_TMPDIR/recording
	restore_later "$CORE_PATTERN"
	start_agent --record "$recording"
	runc_start "$id" . /bin/sleep 1000
	put_helpers "$SUITE/bundles/$id/shared"
	echo "|$SUITE/bundles/$id/shared/true true" >"$CORE_PATTERN"
	eval "$CRASH" || true
	wait_for 10 has_line "$OUT" '"host_exec"'
	stop_agent
	"$UIDZERO" replay "$recording" | grep '"host_exec"' >"$BATS_TEST_TMPDIR/replayed"
	diff "$BATS_TEST_TMPDIR/replayed" <(grep '"host_exec"' "$OUT")
}
