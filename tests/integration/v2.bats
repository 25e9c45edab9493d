#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Runtimes that know of cgroup v2 alone, on whatever this host has, and an agent that sees as much, or all of it.

load lib
load runtimes

# Both see the same of a Docker container: its programs, its name, image and layers.
expect_docker() { # id, name
	expect 1 "$1" ".uidzero.finding == \"container_start\" and .container.name == \"$2\" and .container.runtime == \"docker\"
		and .container.image.name == \"$IMAGE\" and .container.image.tag == [\"root\"] and .uidzero.metadata == \"complete\"
		and (.uidzero.cgroup.path | endswith(\"/docker/$1\")) and .uidzero.file.writable_layer == false"
	expect 1 "$1" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$1" '.uidzero.finding == "gain_root" and .process.executable == "/bin/gain"
		and .uidzero.file.writable_layer == false'
	expect 1 "$1" '.uidzero.finding == "gain_root" and .process.executable == "/bin/written"
		and .uidzero.file.writable_layer == true'
	expect 1 "$1" '.uidzero.finding == "container_stop"'
	expect 0 "$1" '.uidzero.finding | IN("unexplained_root", "root_found")'
}

@test "Docker with overlay2 on v2 alone, to an agent that sees v2 alone and to one that sees all" {
	local id view
	start_v2_dockerd
	[[ $(DOCKER_SOCKET=$SUITE/v2/socket docker info --format '{{.CgroupVersion}} {{.Driver}}') == "2 overlay2" ]]
	for view in v2 all; do
		[[ $view == all ]] || AGENT_WRAPPER=(in_v2_view)
		[[ $view == v2 ]] || AGENT_WRAPPER=()
		start_agent
		DOCKER_SOCKET=$SUITE/v2/socket docker_run "$BATS_TEST_TMPDIR/$view" --name "$SUITE_TAG-$view" "$IMAGE:root" sh -c '
			busybox cp /bin/gain /bin/written; busybox chmod 4755 /bin/written
			/bin/actions setresuid 1001 1001 1001 exec /bin/gain ids
			/bin/actions setresuid 1001 1001 1001 exec /bin/written ids
			exit 0' | grep '"euid":0'
		stop_agent
		id=$(<"$BATS_TEST_TMPDIR/$view")
		expect_docker "$id" "$SUITE_TAG-$view"
	done
}

# --- a plain user's podman -------------------------------------------------------------------------

# run_rootless WRAPPER...: one container as root of its user namespace, one with USER 1001.
run_rootless() {
	need_podman
	start_agent
	rm -f "$SUITE"/rootless/run/{root,app}
	rootless_podman "$@" -- "podman run --rm --network none --cidfile $SUITE/rootless/run/root $IMAGE:root id
		podman run --rm --network none --cidfile $SUITE/rootless/run/app $IMAGE:app id" >"$BATS_TEST_TMPDIR/out"
	stop_agent
	grep '^uid=0' "$BATS_TEST_TMPDIR/out"
	grep '^uid=1001' "$BATS_TEST_TMPDIR/out"
}

MAPPED_ROOT='.uidzero.root == "mapped" and .process.user.id == "54321" and .uidzero.ns.euid == "0"'

@test "podman of a plain user to whom a cgroup is delegated: mapped root, with id, name and image" {
	local root app
	run_rootless on_v2 rootless
	root=$(<"$SUITE/rootless/run/root") app=$(<"$SUITE/rootless/run/app")
	expect 1 "$root" "$PROCESS"
	expect 1 "$root" ".uidzero.finding == \"exec_root\" and $MAPPED_ROOT and .process.args == [\"id\"]
		and (.container.name | test(\"^[a-z]+_[a-z]+[0-9]*$\")) and .container.runtime == \"podman\"
		and .container.image.name == \"$IMAGE\" and .container.image.tag == [\"root\"] and .uidzero.metadata == \"complete\"
		and .uidzero.identity == {class: \"root\", resolved: \"0:0\", observed: \"54321:54321\", gid_zero: true}"
	expect_nothing "$app"
	expect 1 "$app" '.uidzero.finding == "container_start" and .uidzero.metadata == "complete"
		and .uidzero.identity == {declared: "1001", class: "numeric", resolved: "1001:1001", observed: "301000:301000"}'
}

# Nothing but the pid namespace sets it apart then: that is its name, and what cannot be known is told.
@test "podman of a plain user without a cgroup of his, as on v1: mapped root in a container without a name" {
	local ours
	[[ -d /sys/fs/cgroup/pids ]] || skip "this host has no v1 hierarchy"
	run_rootless exec
	ours=".uidzero.finding == \"exec_root\" and .process.args == [\"id\"] and $MAPPED_ROOT"
	[[ $(jq -c "select($ours)" "$OUT" | wc -l) -eq 1 ]]
	[[ $(jq -c "select($ours) | .container.id | startswith(\"pidns-\")" "$OUT") == true ]]
	[[ $(jq -r "select($ours) | \"\(.uidzero.metadata) \(.uidzero.role)\"" "$OUT") == "none init" ]]
}
