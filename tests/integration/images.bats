#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The images of real stores are told as the runtimes tell them, and classified as they run.

load lib
load runtimes

# import RUNTIME TAG [USER]: docker or podman imports a tree whose name `app` is one of uid 0, and whose `web` is 1001.
import() {
	local dir=$BATS_TEST_TMPDIR/tree
	if [[ ! -d $dir ]]; then
		copy_rootfs "$dir"
		mkdir "$dir/data"
		printf 'root:x:0:0::/:/bin/sh\napp:x:0:0::/:/bin/sh\nweb:x:1001:1001::/:/bin/sh\n' >"$dir/data/passwd"
		ln -sf ../data/passwd "$dir/etc/passwd"
	fi
	tar -C "$dir" -c . | "$1" import ${3+--change "USER $3"} --change 'ENV PATH=/bin' - "$IMAGE:$2" >/dev/null
}

# build RUNTIME TAG: a Dockerfile on stdin, without BuildKit, which leaves its images in a store of its own.
build() {
	local dir=$BATS_TEST_TMPDIR/build
	mkdir -p "$dir"
	cat >"$dir/Dockerfile"
	DOCKER_BUILDKIT=0 "$1" build --network none --tag "$IMAGE:$2" "$dir" >/dev/null 2>&1 </dev/null 3>&-
}

# list ARG...: JSON lines into $OUT; its exit status.
list() {
	OUT=$BATS_TEST_TMPDIR/images.json
	"$UIDZERO" images --config "$SUITE/config.yaml" --format json "$@" >"$OUT" 2>"$OUT.err"
}

# expect_image RUNTIME TAG JSON: what is said of its user, and whether it would run as root.
expect_image() {
	local found
	found=$(jq -c --arg runtime "$1" --arg name "$IMAGE:$2" 'select(.container.runtime == $runtime)
		| select(.uidzero.image.references | index($name) or index("localhost/" + $name))
		| .uidzero.identity + (.uidzero.image | {root, user: .passwd})' "$OUT")
	echo "$1 $2: $found"
	jq -e --argjson expected "$3" '. == $expected' <<<"$found" >/dev/null
}

# The ids that a runtime lists are those told of its store, no more and no less.
expect_same_ids() { # runtime, option of its own...
	diff <("$1" images -q --no-trunc "${@:2}" | sort -u) <(jq -r --arg runtime "$1" --arg suite "$SUITE/$1/" \
		'select(.container.runtime == $runtime and (.uidzero.image.store | startswith($suite)))
		| .container.image.hash.all[]' "$OUT" | sort -u)
}

expect_users() { # runtime
	expect_image "$1" none '{"class": "root", "root": true, "user": "not_asked"}'
	expect_image "$1" zero '{"declared": "0:0", "class": "root", "gid_zero": true, "root": true, "user": "not_asked"}'
	expect_image "$1" rootroot '{"declared": "root:root", "class": "root", "gid_zero": true, "root": true, "user": "not_asked"}'
	expect_image "$1" zeros '{"declared": "00", "class": "root", "root": true, "user": "not_asked"}'
	expect_image "$1" number '{"declared": "1001", "class": "numeric", "root": false, "user": "not_asked"}'
	expect_image "$1" name '{"declared": "web", "class": "name", "passwd": "1001:1001", "root": false, "user": "has_user"}'
	expect_image "$1" tampered '{"declared": "app", "class": "name_is_root", "passwd": "0:0", "gid_zero": true, "root": true, "user": "has_user"}'
	expect_image "$1" overflow '{"declared": "4294967296", "class": "overflow", "root": true, "user": "lacks_user"}'
}

import_users() { # runtime
	import "$1" none
	import "$1" zero 0:0
	import "$1" rootroot root:root
	import "$1" zeros 00
	import "$1" number 1001
	import "$1" name web
	import "$1" tampered app
	import "$1" overflow 4294967296
}

@test "Docker: each image's user is what its containers run as" {
	local status=0
	need_dockerd
	import_users docker
	# a passwd of an upper layer; one that a removed directory, which is opaque then, hides; one that is removed
	build docker upper <<-END
		FROM $IMAGE:name
		USER root
		RUN ["/bin/busybox", "sed", "-i", "s/1001/0/g", "/data/passwd"]
		USER web
	END
	build docker opaque <<-END
		FROM $IMAGE:tampered
		USER root
		RUN /bin/busybox rm -r /data && /bin/busybox mkdir /data
		USER app
	END
	build docker removed <<-END
		FROM $IMAGE:tampered
		USER root
		RUN ["/bin/busybox", "rm", "/data/passwd"]
		USER app
	END
	list || status=$?
	[[ $status -eq 1 ]]
	expect_users docker
	expect_image docker upper '{"declared": "web", "class": "name_is_root", "passwd": "0:0", "gid_zero": true, "root": true, "user": "has_user"}'
	expect_image docker opaque '{"declared": "app", "class": "name", "root": false, "user": "lacks_user"}'
	expect_image docker removed '{"declared": "app", "class": "name", "root": false, "user": "lacks_user"}'

	docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:name" id | grep '^uid=1001'
	docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:tampered" id | grep '^uid=0'
	docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:upper" id | grep '^uid=0'
	refute docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:opaque" id
	refute docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:removed" id
}

@test "Docker: the same images as it lists, dangling ones too; --all adds what others were built on" {
	need_dockerd
	import docker dangling 1001
	import docker dangling 1002
	build docker built <<-END
		FROM $IMAGE:dangling
		ENV A=1
		ENV B=2
	END
	list || [[ $? -eq 1 ]]
	expect_same_ids docker
	[[ $(jq -c 'select(.uidzero.identity.declared == "1001" and (.uidzero.image | has("references") | not))' "$OUT" | wc -l) -eq 1 ]]
	refute jq -es 'any(.uidzero.image.intermediate)' "$OUT"
	list --all || [[ $? -eq 1 ]]
	expect_same_ids docker --all
	jq -es 'any(.uidzero.image.intermediate)' "$OUT"
}

@test "podman: each image's user, and the same images as it lists" {
	need_podman
	import_users podman
	import podman dangling 1001
	import podman dangling 1002
	build podman upper <<-END
		FROM $IMAGE:tampered
		COPY Dockerfile /data/
		COPY Dockerfile /data/other
		USER web
	END
	list || [[ $? -eq 1 ]]
	expect_users podman
	expect_image podman upper '{"declared": "web", "class": "name", "passwd": "1001:1001", "root": false, "user": "has_user"}'
	expect_same_ids podman
	list --all || [[ $? -eq 1 ]]
	expect_same_ids podman --all
	jq -es 'any(.container.runtime == "podman" and .uidzero.image.intermediate)' "$OUT"
}

# A podman with the usual store of another root.
podman_below() { # root, arg...
	local root=$1
	shift
	CONTAINERS_CONF=/dev/null command podman --root "$root/var/lib/containers/storage" --runroot "$BATS_TEST_TMPDIR/run" \
		--tmpdir "$BATS_TEST_TMPDIR/tmp" --storage-driver vfs --events-backend=none "$@"
}

@test "the exit status: no image is root's, one is, usage, nothing can be read; vfs" {
	local root=$SUITE/images-root output
	mkdir -p "$root/var/lib/containers"
	fails_with 3 'no store of Docker.s or podman.s is here' "$UIDZERO" images -c /dev/null --host-root "$root"
	fails_with 2 "json or columns is expected" "$UIDZERO" images --format xml ||
		grep -q 'json or columns is expected' "$BATS_TEST_TMPDIR/stderr" # a second line tells of --help

	mkdir "$BATS_TEST_TMPDIR/etc"
	printf 'app:x:0:0::/:/bin/sh\nweb:x:1001:1001::/:/bin/sh\n' >"$BATS_TEST_TMPDIR/etc/passwd"
	tar -C "$BATS_TEST_TMPDIR" -c etc | podman_below "$root" import --change 'USER web' - "$IMAGE:web"
	output=$("$UIDZERO" images -c /dev/null --host-root "$root" 2>&1)
	[[ $output == *"$IMAGE:web"*" web "*" name "*"uid 1001 in its passwd"*"1 images, 0 would run as root"* ]]

	tar -C "$BATS_TEST_TMPDIR" -c etc | podman_below "$root" import --change 'USER app' - "$IMAGE:app"
	output=$("$UIDZERO" images -c /dev/null --host-root "$root" 2>&1) || [[ $? -eq 1 ]]
	[[ $output == *"name_is_root"*"uid 0 in its passwd"*"2 images, 1 would run as root"* ]]
	[[ $output != *$'\033'* ]]
	# in red, on a terminal
	script -qec "'$UIDZERO' images -c /dev/null --host-root '$root'" /dev/null </dev/null | grep -F $'\033[1;31mname_is_root'

	chmod 0700 "$root/var/lib/containers/storage"
	fails_with 3 'storage: the store cannot be read: Permission denied' setpriv --reuid "$NOBODY" --regid "$NOBODY" \
		--clear-groups "$UIDZERO" images -c /dev/null --host-root "$root"
}
