#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A descendant of a container's process stays that container's, whichever cgroups it moves to.

load lib
load runtimes

MOVER=(--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cgroupns=host
	-v /sys/fs/cgroup:/cgroup)

setup() {
	SOCKET=$SUITE/agent.sock
	SHARED=$BATS_TEST_TMPDIR/shared
	mkdir "$SHARED"
	mkfifo "$SHARED/go" "$SHARED/never"
	chmod 0666 "$SHARED"/{go,never}
	CONFIG=$BATS_TEST_TMPDIR/config.yaml
	make_config "$CONFIG" <<<'verdict: {grace: 1s}'
	# The first process of what moves drops root, and its child keeps it.
	cat >"$SHARED/move" <<-'SCRIPT'
		#!/bin/sh
		# move PATH [mkdir]: a child goes there in each hierarchy and takes a mount namespace of its own.
		(
			for root in /cgroup /cgroup/*; do
				[ -e "$root/cgroup.procs" ] || continue
				[ -z "$2" ] || mkdir -p "$root/$1" 2>/dev/null
				[ ! -e "$root/$1/cpuset.cpus" ] || cat "$root/cpuset.cpus" >"$root/$1/cpuset.cpus" 2>/dev/null
				[ ! -e "$root/$1/cpuset.mems" ] || cat "$root/cpuset.mems" >"$root/$1/cpuset.mems" 2>/dev/null
				[ ! -e "$root/$1/cgroup.procs" ] || echo 0 >"$root/$1/cgroup.procs"
			done
			exec unshare -m sleep 1000
		) &
		exec /bin/actions setresgid 1001 1001 1001 setresuid 1001 1001 1001 wait /shared/never
	SCRIPT
	chmod 0755 "$SHARED/move"
}

allow_victim() { # name
	make_config "$CONFIG" <<-CONFIG
		verdict: {grace: 1s}
		allow: [{container: $1, reason: it may}]
		exceptions: [{container: $1, owner: tests, expires: 2199-12-31, reason: it may}]
	CONFIG
}

sleeps() { # container's id
	findings "$1" '.process.args == ["sleep", "1000"]' | grep -q .
}

# verdict_is CONTAINER VERDICT CHECK_ARG...
verdict_is() {
	"$UIDZERO" check --format json --container "$1" "${@:3}" >"$BATS_TEST_TMPDIR/verdict" 3>&- || true
	[[ $(jq -r .uidzero.verdict "$BATS_TEST_TMPDIR/verdict") == "$2" ]]
}

@test "a child that moves into a running container's cgroups is not that container's, to the agent or a later scan" {
	local victim mover
	need_dockerd
	allow_victim victim
	start_agent
	wait_for 10 test -S "$SOCKET"
	docker_start "$BATS_TEST_TMPDIR/victim" --name victim --user 1001 "$IMAGE:app" sleep 2000
	victim=$(<"$BATS_TEST_TMPDIR/victim")
	docker_start "$BATS_TEST_TMPDIR/mover" "${MOVER[@]}" -v "$SHARED:/shared" "$IMAGE:root" /shared/move "docker/$victim"
	mover=$(<"$BATS_TEST_TMPDIR/mover")
	wait_for 10 sleeps "$mover"
	grep -q "docker/$victim" "/proc/$(pgrep -f '^sleep 1000')/cgroup"
	wait_for 20 verdict_is "$mover" root_child --socket "$SOCKET"
	wait_for 20 verdict_is "$victim" nonroot --socket "$SOCKET"
	wait_for 20 verdict_is "$mover" root_child --no-agent -c "$CONFIG"
	verdict_is "$victim" nonroot --no-agent -c "$CONFIG"
	stop_agent
	expect 1 "$mover" '.uidzero.finding == "exec_root" and .uidzero.role == "child" and .process.args == ["sleep", "1000"]
		and .uidzero.policy.allowed != true'
	expect 0 "$victim" "$PROCESS"
}

@test "a child that names its cgroups after a stopped container is in a nested one without that one's name" {
	local stopped mover
	need_dockerd
	allow_victim stopped
	docker_start "$BATS_TEST_TMPDIR/stopped" --name stopped --user 1001 "$IMAGE:app" sleep 2000
	stopped=$(<"$BATS_TEST_TMPDIR/stopped")
	docker create --name kept --network none --user 1001 "$IMAGE:app" sleep 2000 >"$BATS_TEST_TMPDIR/kept"
	defer docker rm -f kept
	stopped=$(<"$BATS_TEST_TMPDIR/kept")
	defer eval "find /sys/fs/cgroup -depth -type d -name $stopped -exec rmdir {} +"
	start_agent
	docker_start "$BATS_TEST_TMPDIR/mover" "${MOVER[@]}" -v "$SHARED:/shared" "$IMAGE:root" \
		/shared/move "docker/$stopped" mkdir
	mover=$(<"$BATS_TEST_TMPDIR/mover")
	wait_for 10 sleeps "$stopped"
	stop_agent
	expect 0 "$stopped" ".uidzero.container.outer_id != \"$mover\" or .container.name != null or .container.image != null"
	expect 1 "$stopped" '.uidzero.finding == "exec_root" and .process.args == ["sleep", "1000"]'
}

# docker run --cgroup-parent: its cgroup is below another container's.
check_sibling() { # check's argument...
	"$UIDZERO" check --format json --container sibling "$@" >"$BATS_TEST_TMPDIR/verdict" 3>&- || true
	jq -e ".container.name == \"sibling\" and .container.image.name == \"$IMAGE\" and .container.runtime == \"docker\" and
		.uidzero.container.outer_id == null" "$BATS_TEST_TMPDIR/verdict"
}

@test "a container whose cgroup parent is another container's is no nested one" {
	local other sibling
	need_dockerd
	start_agent
	wait_for 10 test -S "$SOCKET"
	docker_start "$BATS_TEST_TMPDIR/other" --name other --user 1001 "$IMAGE:app" sleep 2000
	other=$(<"$BATS_TEST_TMPDIR/other")
	docker_start "$BATS_TEST_TMPDIR/sibling" --name sibling --cgroup-parent "/docker/$other" "$IMAGE:root" sleep 1000
	sibling=$(<"$BATS_TEST_TMPDIR/sibling")
	wait_for 10 sleeps "$sibling"
	wait_for 20 check_sibling --socket "$SOCKET"
	check_sibling --no-agent -c "$CONFIG"
	docker exec "$sibling" id
	stop_agent
	expect 1 "$sibling" '.uidzero.finding == "container_start"'
	expect 1 "$sibling" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["id"]'
	expect 0 "$sibling" '.uidzero.container.outer_id != null'
	expect 0 "$other" "$PROCESS"
}

@test "a container that another one starts through the host's Docker socket is no nested one" {
	local outer inner
	need_dockerd
	start_agent
	# shellcheck disable=SC2016
	docker_run "$BATS_TEST_TMPDIR/outer" -v "$SUITE/docker:/docker" -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro \
		-v "$SHARED:/shared" "$IMAGE:root" /usr/bin/docker -H unix:///docker/socket run --rm --network none --name inner \
		--cidfile /shared/inner "$IMAGE:root" id
	outer=$(<"$BATS_TEST_TMPDIR/outer")
	inner=$(<"$SHARED/inner")
	stop_agent
	expect 1 "$inner" ".uidzero.finding == \"exec_root\" and .uidzero.role == \"init\" and .process.args == [\"id\"]
		and .container.image.name == \"$IMAGE\" and .uidzero.container.outer_id == null"
	expect 1 "$inner" '.uidzero.finding == "container_stop"'
	expect 0 "$outer" '.process.args == ["id"]'
}

@test "a container without a pid namespace lives until its last process ends, in its cgroups or not" {
	local id child
	need_dockerd
	start_agent
	wait_for 10 test -S "$SOCKET"
	cat >"$SHARED/outlive" <<-'SCRIPT'
		#!/bin/sh
		(
			for root in /cgroup /cgroup/*; do
				[ ! -e "$root/cgroup.procs" ] || echo 0 >"$root/cgroup.procs"
			done
			exec /bin/actions wait /shared/go setresuid 1001 1001 1001
		) &
		exec /bin/actions wait /shared/never
	SCRIPT
	chmod 0755 "$SHARED/outlive"
	docker_start "$BATS_TEST_TMPDIR/id" --pid=host "${MOVER[@]}" -v "$SHARED:/shared" "$IMAGE:root" /shared/outlive
	id=$(<"$BATS_TEST_TMPDIR/id")
	wait_for 10 pgrep -f 'actions wait /shared/go'
	child=$(pgrep -f 'actions wait /shared/go')
	defer kill -9 "$child"
	wait_for 10 grep -q '^0::/$' "/proc/$child/cgroup"
	kill -9 "$(docker inspect -f '{{.State.Pid}}' "$id")"
	wait_for 10 is_removed "$id"
	expect 0 "$id" '.uidzero.finding == "container_stop"'
	# Removed cgroups are forgotten after a second of events.
	sleep 1.5
	wait_for 10 verdict_is "$id" root_child --socket "$SOCKET"
	open_fifo "$SHARED/go"
	# It drops root and ends.
	wait_for 10 eval 'findings "$id" ".uidzero.finding == \"container_stop\"" | grep -q .'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect 1 "$id" '.uidzero.finding == "container_stop"'
	expect 1 "$id" '.uidzero.finding == "drop_root" and .uidzero.role == "child"'
	[[ $(findings "$id" true | jq -rs 'last.uidzero.finding') == container_stop ]]
}

@test "a first process that leaves its cgroups, which are removed, and does nothing else stays its container's" {
	local id=$SUITE_TAG-leaver pid dir dirs
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go"
	start_agent
	wait_for 10 test -S "$SOCKET"
	runc_start "$id" '.linux.namespaces |= map(select(.type != "pid"))' \
		/bin/actions wait /shared/go exec /bin/sleep 1000
	pid=$(<"$SUITE/bundles/$id/pid")
	wait_for 20 verdict_is "$id" root_init --socket "$SOCKET"
	dirs=$(cgroups_of "$pid")
	while IFS= read -r dir; do
		echo "$pid" >"${dir%%"/$SUITE_TAG/"*}/cgroup.procs"
	done <<<"$dirs"
	while IFS= read -r dir; do
		rmdir "$dir"
	done <<<"$dirs"
	# Removed cgroups are forgotten after a second of events, and a container is ended by two scans.
	sleep 1.5
	for _ in 1 2 3; do
		kill -USR2 "$AGENT"
		verdict_is "$id" root_init --socket "$SOCKET"
		sleep 0.3
	done
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 eval 'findings "$id" ".process.args == [\"/bin/sleep\", \"1000\"]" | grep -q .'
	kill -KILL "$pid"
	wait_for 10 eval 'findings "$id" ".uidzero.finding == \"container_stop\"" | grep -q .'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect 1 "$id" '.uidzero.finding == "container_stop"'
	expect 2 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	[[ $(findings "$id" true | jq -rs 'last.uidzero.finding') == container_stop ]]
}

is_removed() { # id of a container that docker removes itself
	! docker inspect "$1" >/dev/null 2>&1
}
