#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container's lines lacked is told by one later line, and by the same one in a replay.

load lib
load runtimes

# A process of its own root in a cgroup as Docker names them, of which no Docker knows.
start_in_cgroup() { # id
	local dir
	make_docker_cgroups
	mkdir "${DIRECTORIES[@]/%//docker/$1}"
	(
		for dir in "${DIRECTORIES[@]}"; do
			echo "$BASHPID" >"$dir/docker/$1/cgroup.procs"
		done
		exec chroot "$SUITE/rootfs" /bin/sleep 1000
	) 3>&- &
	defer kill_now $!
}

is_completed() { # id
	grep -F -- "$1" "$OUT" | grep -qF '"finding":"metadata"'
}

@test "facts that come late are told by one metadata line" {
	local id store=$SUITE/docker/data/containers lines
	id=$(random_id)
	start_agent --record "$BATS_TEST_TMPDIR/recording"
	start_in_cgroup "$id"
	wait_for 10 has_line "$OUT" "$id"
	mkdir -p "$store/$id"
	defer rm -rf "${store:?}/$id"
	jq -n --arg image "$IMAGE:late" '{Name: "/late", Config: {Image: $image, User: ""}}' >"$store/$id/config.v2.json"
	wait_for 20 is_completed "$id"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start" and .container.name == null and
		(.uidzero.metadata_missing | index("name") and index("image"))'
	expect 1 "$id" '.uidzero.finding == "metadata"'
	expect 1 "$id" ".uidzero.finding == \"metadata\" and .event.kind == \"state\" and .container.name == \"late\" and
		.container.image.name == \"$IMAGE\" and .container.image.tag == [\"late\"] and .uidzero.metadata == \"partial\""
	"$UIDZERO" replay "$BATS_TEST_TMPDIR/recording" | cmp - "$OUT"
}
