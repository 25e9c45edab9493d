#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Root of the host, root of a user namespace, and what amounts to root: each told as what it is, with both its ids.

load lib
load runtimes
load table

@test "kinds of root in a Docker container" {
	run_table "Kinds of root"
}

# A line of mapped root: the uid on the host, and 0 inside.
mapped_to() { # kuid
	echo ".uidzero.root == \"mapped\" and .process.user.id == \"$1\" and .uidzero.ns.euid == \"0\" and .uidzero.ns.level == 1
		and .event.severity == 0 and .event.kind == \"event\""
}

@test "root in a Docker container whose daemon remaps users is mapped root, with its uid on the host" {
	local id
	start_remapped_dockerd
	start_agent
	DOCKER_SOCKET=$SUITE/remapped/socket docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:root" \
		actions setresuid 0 1001 0 setresuid 0 0 0 setresuid 1001 1001 1001
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 4 "$id" "$PROCESS"
	expect 1 "$id" ".uidzero.finding == \"exec_root\" and $(mapped_to 100000) and .container.name and .uidzero.role == \"init\""
	expect 1 "$id" ".uidzero.finding == \"gain_root\" and $(mapped_to 100000) and .uidzero.regained and .uidzero.before.euid == \"101001\""
	expect 1 "$id" '.uidzero.finding == "drop_root" and .process.user.id == "101001" and .uidzero.ns.euid == "1001"
		and .uidzero.drop.complete == false'
	expect 1 "$id" '.uidzero.finding == "drop_root" and .process.user.id == "101001" and .uidzero.drop.complete'
	expect 0 "$id" '.uidzero.root == "real"'
}

@test "a set-user-id file in a container whose daemon remaps users gains mapped root" {
	local id
	start_remapped_dockerd
	start_agent
	DOCKER_SOCKET=$SUITE/remapped/socket docker_run "$BATS_TEST_TMPDIR/id" --user 1001 "$IMAGE:root" gain ids |
		grep '"ruid":1001,"euid":0'
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" ".uidzero.finding == \"gain_root\" and $(mapped_to 100000) and .uidzero.cause == \"setuid_file\""
}

# runc needs no newuidmap where one's own uid is the only one of the container.
@test "root in a container of a plain user's runc is mapped root" {
	local id=$SUITE_TAG-rootless dir=$BATS_TEST_TMPDIR/rootless
	start_agent
	mkdir -p "$dir"
	(cd "$dir" && command runc spec --rootless)
	jq --arg rootfs "$SUITE/rootfs" '.process.terminal = false | .process.args = ["/bin/id", "-u"] |
		.root = {path: $rootfs, readonly: true} |
		.linux.uidMappings[0].hostID = 65534 | .linux.gidMappings[0].hostID = 65534' "$dir/config.json" >"$dir/edited"
	mv "$dir/edited" "$dir/config.json"
	chown -R 65534:65534 "$dir"
	chmod a+x "$SUITE" "$BATS_RUN_TMPDIR"
	setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_RUNTIME_DIR="$dir" \
		runc --root "$dir/state" run --bundle "$dir" "$id" </dev/null 3>&- | grep -x 0
	stop_agent
	id=$(jq -r 'select(.process.args == ["/bin/id", "-u"] and .uidzero.ns.euid == "0") | .container.id' "$OUT" | sort -u)
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" ".uidzero.finding == \"exec_root\" and $(mapped_to 65534) and .uidzero.role == \"init\""
}
