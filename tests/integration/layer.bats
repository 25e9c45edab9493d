#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whether a program came with the image or was written in the container, told by the overlay's layers.

load lib
load runtimes

# Becomes root by set-user-id files: the image's, a copy of it, the image's own after a chmod, one on another file system.
BECOME_ROOT='
	as_app="/bin/actions setresuid 1001 1001 1001 exec"
	$as_app /bin/gain ids
	busybox cp /bin/gain /bin/written
	busybox cp /bin/gain /tmp/elsewhere
	busybox chmod 4755 /bin/written /tmp/elsewhere
	$as_app /bin/written ids
	$as_app /tmp/elsewhere ids
	busybox chmod 4755 /bin/actions
	$as_app /bin/actions ids'

# expect_layers ID: what is told of each; the arguments give the image's and the written ones.
expect_layers() { # id, false or null, true or null
	diff <(printf '%s\n' "/bin/gain $2" "/bin/written $3" "/tmp/elsewhere null" "/bin/actions $3") \
		<(findings "$1" '.uidzero.finding == "gain_root"' |
			jq -r '"\(.process.executable) \(.uidzero.file.writable_layer)"')
}

# overlay NAME: the suite's tree below, at $MERGED.
overlay() {
	local dir=$SUITE/overlays/$1
	mkdir -p "$dir"/{upper,work,merged}
	mount -t overlay overlay -o "lowerdir=$SUITE/rootfs,upperdir=$dir/upper,workdir=$dir/work" "$dir/merged"
	defer umount "$dir/merged"
	MERGED=$dir/merged
}

on_root() { # directory
	echo ".root = {path: \"$1\", readonly: false}"
}

@test "on an overlay: the image's file, a written one, a changed one, one elsewhere" {
	local id=$SUITE_TAG-overlay
	overlay "$id"
	start_agent
	runc_run "$id" "$(on_root "$MERGED")" /bin/sh -c "$BECOME_ROOT" | grep '"euid":0'
	stop_agent
	expect_layers "$id" false true
	expect 2 "$id" '.uidzero.finding == "gain_root" and
		(.message | contains(" by a set-user-id file (written later, not from the image) in "))'
	expect 1 "$id" '.uidzero.finding == "container_start" and .uidzero.file.writable_layer == false'
}

@test "without an overlay of its own nothing is told, though the host's may be one" {
	local id=$SUITE_TAG-directory
	overlay "$id"
	mkdir "$MERGED/inner"
	copy_rootfs "$MERGED/inner"
	start_agent
	runc_run "$id" "$(on_root "$MERGED/inner")" /bin/sh -c "$BECOME_ROOT" | grep '"euid":0'
	stop_agent
	expect_layers "$id" null null
}

@test "of what runs already it is told too" {
	local id=$SUITE_TAG-before
	overlay "$id"
	runc_start "$id" "$(on_root "$MERGED")" /bin/sh -c 'busybox cp /bin/busybox /bin/busybox-written; exec /bin/busybox-written sleep 60'
	wait_for 10 grep -qs '^/bin/busybox-written' "/proc/$(runc state "$id" | jq .pid)/cmdline"
	runc exec -d "$id" /bin/sleep 60 3>&-
	start_agent
	stop_agent
	diff <(printf '%s\n' '/bin/busybox false' '/bin/busybox-written true') \
		<(findings "$id" '.uidzero.finding == "root_found"' |
			jq -r '"\(.process.executable) \(.uidzero.file.writable_layer)"' | sort)
}

@test "docker on overlay2; of its other drivers nothing is told" {
	local id driver
	need_dockerd
	driver=$(docker info --format '{{.Driver}}')
	start_agent
	docker_run "$BATS_TEST_TMPDIR/id" --tmpfs /tmp:exec,suid "$IMAGE:root" sh -c "$BECOME_ROOT" | grep '"euid":0'
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	[[ $driver == overlay2 ]] || {
		expect_layers "$id" null null
		return
	}
	expect_layers "$id" false true
}
