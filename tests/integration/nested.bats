#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroups below a container's belong to it; a container in a container to both.

load lib
load runtimes

# A runc container whose process waits to be let go, then runs id.
start_waiting() { # id
	mkdir -p "$SUITE/bundles/$1/shared"
	mkfifo "$SUITE/bundles/$1/shared/go"
	runc_start "$1" . /bin/actions wait /shared/go exec /bin/id
}

pid_of() { # id of a runc container
	runc state "$1" | jq .pid
}

@test "a process in a nested cgroup stays its container's" {
	local id=$SUITE_TAG-nest pid
	start_agent
	start_waiting "$id"
	pid=$(pid_of "$id")
	move_below "$pid" inner
	move_below "$pid" innermost
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 runc_has_stopped "$id"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"]'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args[0] == "/bin/actions"'
	expect 1 "$id" '.uidzero.finding == "container_start"'
}

@test "a nested cgroup that was there before the agent stays its container's" {
	local id=$SUITE_TAG-before pid
	start_waiting "$id"
	pid=$(pid_of "$id")
	move_below "$pid" inner
	start_agent
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 runc_has_stopped "$id"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "root_found" and .process.args[0] == "/bin/actions"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"]'
}

is_removed() { # id of a container that docker removes itself
	! docker inspect "$1" >/dev/null 2>&1
}

# What a runtime in the outer container does: a child in namespaces of its own.
pid_of_inner() {
	pgrep -P "$(docker inspect -f '{{.State.Pid}}' "$outer")" -f 'actions wait /shared/go'
}

runs_inner() {
	pid_of_inner >/dev/null
}

@test "a container in a Docker container belongs to its own id and names the outer one" {
	local outer inner pid
	need_dockerd
	inner=$(random_id)
	start_agent
	mkdir "$BATS_TEST_TMPDIR/shared"
	mkfifo "$BATS_TEST_TMPDIR/shared/go"
	docker_start "$BATS_TEST_TMPDIR/id" --cap-add SYS_ADMIN -v "$BATS_TEST_TMPDIR/shared:/shared" "$IMAGE:root" \
		actions fork exec /bin/busybox unshare -m actions wait /shared/go exec /bin/id
	outer=$(<"$BATS_TEST_TMPDIR/id")
	wait_for 10 runs_inner
	pid=$(pid_of_inner)
	move_below "$pid" docker
	move_below "$pid" "$inner"
	open_fifo "$BATS_TEST_TMPDIR/shared/go"
	wait_for 10 is_removed "$outer"
	stop_agent
	expect 1 "$outer" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$inner" ".uidzero.finding == \"exec_root\" and .process.args == [\"/bin/id\"]
		and .uidzero.container.outer_id == \"$outer\""
}

# --- Docker in Docker ------------------------------------------------------------------------------

# What a dind image does before dockerd, with this host's own programs; its image store is in memory.
make_dind() { # directory, /shared inside
	mkdir -p "$1"
	cat >"$1/start" <<-'START'
		#!/bin/busybox sh
		PATH=/usr/sbin:/usr/bin:/sbin:/bin
		busybox ln -s /run /var/run
		busybox awk '$2 ~ "^/sys" { print $2 }' /proc/self/mounts | while read -r mount; do
			busybox mount -o remount,rw,bind "$mount" || busybox mount -o remount,rw "$mount"
		done
		exec dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --host unix:///shared/socket
	START
	chmod 0755 "$1/start"
}

# Those that this host lets a container have and that its docker knows the names of: --privileged wants all there are.
capabilities() {
	capsh --print | sed -n 's/^Bounding set =//p' | tr , '\n' | grep -vE 'bpf|perfmon|checkpoint' | sed 's/^cap_/--cap-add=/'
}

inner_docker() {
	DOCKER_HOST=unix://$SUITE/dind/socket DOCKER_CONFIG=$SUITE/docker command docker "$@"
}

@test "Docker in Docker: the inner container's id, name and image, and the chain that it stands in" {
	local outer inner
	need_dockerd
	make_dind "$SUITE/dind"
	start_agent
	# shellcheck disable=SC2046
	docker_start "$BATS_TEST_TMPDIR/outer" $(capabilities) --security-opt seccomp=unconfined \
		--security-opt apparmor=unconfined --security-opt systempaths=unconfined \
		--tmpfs /var/lib/docker:exec,suid,dev --tmpfs /run:exec,suid,dev -v "$SUITE/dind:/shared" \
		-v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro "$IMAGE:root" /shared/start
	outer=$(<"$BATS_TEST_TMPDIR/outer")
	wait_for 60 inner_docker version >/dev/null 2>&1 || {
		docker logs "$outer" 2>&1 | tail -n 20
		return 1
	}
	inner_docker load -q -i "$SUITE/images.tar"
	inner_docker run --rm --network none --name inner --cidfile "$BATS_TEST_TMPDIR/inner" "$IMAGE:root" id | grep '^uid=0'
	inner=$(<"$BATS_TEST_TMPDIR/inner")
	stop_agent
	expect 1 "$inner" ".uidzero.finding == \"exec_root\" and .uidzero.role == \"init\" and .process.args == [\"id\"]
		and .uidzero.container.outer_id == \"$outer\" and .uidzero.container.chain == [\"$outer\", \"$inner\"]"
	expect 1 "$inner" '.uidzero.finding == "container_start"'
	expect 1 "$inner" '.uidzero.finding == "container_stop"'
	# By its first line, or by the one that completes it where this host is busy.
	expect 1 "$inner" ".uidzero.finding == \"container_stop\" and .container.name == \"inner\"
		and .container.image.name == \"$IMAGE\" and .container.runtime == \"docker\" and .uidzero.metadata == \"complete\""
	expect 0 "$inner" '.uidzero.finding | IN("gain_root", "drop_root", "unexplained_root", "root_found")'
	expect 0 "$outer" '.process.args == ["id"]'
	expect 1 "$outer" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .process.args[0] == "dockerd"'
}
