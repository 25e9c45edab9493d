#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runc alone: the id and the cgroup's path say nothing, only its state on disk does.

load lib
load runtimes

@test "runc run with an arbitrary id and cgroupsPath is one exec_root" {
	local id=$SUITE_TAG-plain
	start_agent
	runc_run "$id" . /bin/id | grep '^uid=0'
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .container.runtime == "runc"
		and .process.args == ["/bin/id"] and .process.vpid == 1'
	expect 1 "$id" ".uidzero.finding == \"exec_root\" and (.uidzero.cgroup.path | endswith(\"/$SUITE_TAG/any.$id\"))"
}

@test "runc run as another user is no finding" {
	local id=$SUITE_TAG-app
	start_agent
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/id | grep '^uid=1001'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect_nothing "$id"
}

@test "runc exec is a session" {
	local id=$SUITE_TAG-exec
	start_agent
	runc_start "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/sleep 1000
	runc exec --user 0 "$id" /bin/id | grep '^uid=0'
	runc exec "$id" /bin/id | grep '^uid=1001'
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["/bin/id"]'
}

@test "a container that shares the host's pid namespace has an init all the same" {
	local id=$SUITE_TAG-hostpid
	start_agent
	runc_run "$id" '.linux.namespaces |= map(select(.type != "pid"))' /bin/sh -c '/bin/id; exit 0' | grep '^uid=0'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .process.args[0] == "/bin/sh"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "child" and .process.args == ["/bin/id"]'
	expect 2 "$id" "$PROCESS"
}

@test "in a user namespace root is mapped root" {
	local id=$SUITE_TAG-userns
	copy_rootfs "$SUITE/bundles/mapped"
	chown -R 100000:100000 "$SUITE/bundles/mapped"
	start_agent
	runc_run "$id" '.linux.namespaces += [{type: "user"}] | .root.path |= sub("/rootfs$"; "/bundles/mapped") |
		.mounts |= map(select(.type != "sysfs")) |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings' /bin/id | grep '^uid=0'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.root == "mapped" and .process.user.id == "100000"'
	expect 1 "$id" "$PROCESS"
}

# A host with cgroup v2 alone, as one mount namespace sees it.
exec_in_v2_view() {
	exec unshare --mount --propagation private sh -c '
		umount -R -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
}

@test "runc on cgroup v2 alone: seen by an agent that sees all hierarchies" {
	local id=$SUITE_TAG-v2
	start_agent
	runc_bundle "$id" . /bin/id
	defer runc delete -f "$id"
	(exec_in_v2_view runc --root "$SUITE/runc" run --bundle "$SUITE/bundles/$id" "$id" </dev/null 3>&-) | grep '^uid=0'
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
}

@test "runc on cgroup v2 alone: seen by an agent that sees no other hierarchy either" {
	local id=$SUITE_TAG-v2only
	AGENT_WRAPPER=(exec_in_v2_view)
	start_agent
	[[ $(jq -r 'select(.uidzero.finding == "agent_start") | .. | strings | select(. == "v2")' "$OUT") == v2 ]]
	runc_bundle "$id" . /bin/id
	defer runc delete -f "$id"
	(exec_in_v2_view runc --root "$SUITE/runc" run --bundle "$SUITE/bundles/$id" "$id" </dev/null 3>&-) | grep '^uid=0'
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
}
