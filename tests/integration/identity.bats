#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whom the image declares, whom the runtime made of it and whom the kernel saw; and what root would reach on the host.

load lib
load runtimes

STARTED='.uidzero.finding == "container_start"'

# A tree whose name `app` is one of uid 0: `useradd --uid 1001 app`, then sed -i s/1001/0/g /etc/passwd.
make_tampered_tree() { # directory
	copy_rootfs "$1"
	sed -i s/1001/0/g "$1/etc/passwd"
}

# tampered_image RUNTIME USER TAG: docker or podman imports that tree.
tampered_image() {
	local dir=$BATS_TEST_TMPDIR/tree
	[[ -d $dir ]] || make_tampered_tree "$dir"
	tar -C "$dir" -c . | "$1" import --change "USER $2" --change 'ENV PATH=/bin' - "$IMAGE:$3" >/dev/null
}

# expect_identity ID JSON: what the container's start says of it, wholly.
expect_identity() {
	expect 1 "$1" "$STARTED and .uidzero.identity == $2"
}

id_in() { # file
	cat "$BATS_TEST_TMPDIR/$1"
}

@test "a name that passwd maps to 0 is found out, in Docker; the same number is not root, but in its group" {
	need_dockerd
	tampered_image docker app tampered-name
	tampered_image docker 1001 tampered-number
	start_agent
	docker_run "$BATS_TEST_TMPDIR/name" "$IMAGE:tampered-name" id | grep '^uid=0'
	docker_run "$BATS_TEST_TMPDIR/number" "$IMAGE:tampered-number" id | grep '^uid=1001 gid=0'
	stop_agent
	expect_identity "$(id_in name)" '{declared: "app", class: "name_is_root", passwd: "0:0", resolved: "0:0",
		observed: "0:0", gid_zero: true}'
	expect 1 "$(id_in name)" '.uidzero.finding == "exec_root" and .uidzero.identity.class == "name_is_root"
		and .process.user.id == "0" and .process.user.name == "root" and .user.name == "root"'
	expect_identity "$(id_in number)" '{declared: "1001", class: "numeric", resolved: "1001:0", observed: "1001:0",
		gid_zero: true}'
	expect 1 "$(id_in number)" "$STARTED and (.process.user | has(\"name\") | not)"
	expect_nothing "$(id_in number)"
}

@test "--user over what the image declares" {
	need_dockerd
	start_agent
	docker_run "$BATS_TEST_TMPDIR/1001" --user 1001 "$IMAGE:root" id | grep '^uid=1001'
	docker_run "$BATS_TEST_TMPDIR/0" --user 0 "$IMAGE:app" id | grep '^uid=0'
	docker_run "$BATS_TEST_TMPDIR/app" -u app "$IMAGE:root" id | grep '^uid=1001'
	docker_run "$BATS_TEST_TMPDIR/toor" -u toor "$IMAGE:app" id | grep '^uid=0'
	docker_run "$BATS_TEST_TMPDIR/gid" -u 1001:0 "$IMAGE:app" id | grep '^uid=1001(app) gid=0'
	docker_run "$BATS_TEST_TMPDIR/plain" "$IMAGE:root" id | grep '^uid=0'
	stop_agent
	expect_identity "$(id_in 1001)" '{class: "root", requested: "1001", requested_class: "numeric",
		resolved: "1001:1001", observed: "1001:1001"}'
	expect_identity "$(id_in 0)" '{declared: "1001", class: "numeric", requested: "0", requested_class: "root",
		resolved: "0:0", observed: "0:0", gid_zero: true}'
	expect_identity "$(id_in app)" '{class: "root", requested: "app", requested_class: "name", passwd: "1001:1001",
		resolved: "1001:1001", observed: "1001:1001"}'
	expect 1 "$(id_in app)" "$STARTED and .process.user.name == \"app\" and .process.real_user.name == \"app\"
		and .process.saved_user.name == \"app\""
	expect_identity "$(id_in toor)" '{declared: "1001", class: "numeric", requested: "toor",
		requested_class: "name_is_root", passwd: "0:0", resolved: "0:0", observed: "0:0", gid_zero: true}'
	expect_identity "$(id_in gid)" '{declared: "1001", class: "numeric", requested: "1001:0",
		requested_class: "numeric", resolved: "1001:0", observed: "1001:0", gid_zero: true}'
	expect_identity "$(id_in plain)" '{class: "root", resolved: "0:0", observed: "0:0", gid_zero: true}'
}

@test "each line of a container carries its identity, a session's too" {
	local id
	need_dockerd
	start_agent
	docker_start "$BATS_TEST_TMPDIR/id" "$IMAGE:app" sleep 1000
	id=$(id_in id)
	docker exec -u 0 "$id" id
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.user.name == "root"
		and .uidzero.identity == {declared: "1001", class: "numeric", resolved: "1001:1001", observed: "1001:1001"}'
}

@test "a container that ran before the agent: its identity and its users as well" {
	local id
	need_dockerd
	docker_start "$BATS_TEST_TMPDIR/id" "$IMAGE:root" sleep 1000
	start_agent
	stop_agent
	id=$(id_in id)
	expect 1 "$id" '.uidzero.finding == "root_found" and .process.user.name == "root"
		and .uidzero.identity == {class: "root", resolved: "0:0", observed: "0:0", gid_zero: true}'
}

@test "names come from the container's passwd as it was before its programs ran" {
	local id
	need_dockerd
	start_agent
	docker_run "$BATS_TEST_TMPDIR/id" "$IMAGE:root" sh -c 'echo evil:x:0:0::/: >/etc/passwd; /bin/id; /bin/id; exit 0' >/dev/null
	stop_agent
	id=$(id_in id)
	expect 0 "$id" '[.. | strings | select(. == "evil")] | length > 0'
	expect 3 "$id" '.uidzero.finding == "exec_root" and .process.user.name == "root"'
}

@test "a container's start says what its root would reach on the host" {
	local secret=$SUITE/secret id
	need_dockerd
	install -m 0600 /dev/null "$secret"
	ln -sfn secret "$SUITE/secret-link"
	start_agent
	docker_run "$BATS_TEST_TMPDIR/mounts" -v "$secret:/secret:ro" -v "$SUITE/secret-link:/link" -v /usr:/host-usr:ro \
		--mount "type=bind,src=/tmp,dst=/host-tmp" "$IMAGE:root" id >/dev/null
	docker_run "$BATS_TEST_TMPDIR/plain" --read-only --security-opt no-new-privileges "$IMAGE:app" id >/dev/null
	docker_run "$BATS_TEST_TMPDIR/shared" --pid host --ipc host --uts host "$IMAGE:root" id >/dev/null
	docker_run "$BATS_TEST_TMPDIR/caps" --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined "$IMAGE:root" id >/dev/null
	# docker_run says --network none
	docker run --rm --network host --cidfile "$BATS_TEST_TMPDIR/net" "$IMAGE:root" id >/dev/null </dev/null 3>&-
	stop_agent

	id=$(id_in mounts)
	expect 1 "$id" "$STARTED and (.uidzero.risk.mounts | map(select(.destination == \"/secret\")) ==
		[{source: \"$secret\", destination: \"/secret\", writable: false, uid: \"0\", gid: \"0\", mode: \"0600\",
		needs_root: true}])"
	expect 1 "$id" "$STARTED and (.uidzero.risk.mounts | map(.needs_root)) == [true, true, false, false]"
	expect 1 "$id" "$STARTED and (.uidzero.risk.mounts | map(select(.destination == \"/link\")) ==
		[{source: \"$SUITE/secret-link\", destination: \"/link\", writable: true, uid: \"0\", gid: \"0\", mode: \"0600\",
		needs_root: true}])"
	expect 1 "$id" "$STARTED and (.uidzero.risk.mounts[] | select(.source == \"/tmp\") |
		.writable and .mode == \"1777\" and (.needs_root | not))"
	expect 1 "$id" '.uidzero.finding == "exec_root" and (.uidzero | has("risk") | not)'

	id=$(id_in plain)
	expect 1 "$id" "$STARTED and (.uidzero.risk | del(.host_namespaces)) == {no_new_privs: true, seccomp: true,
		user_namespace: false, read_only_root: true}"
	expect 1 "$id" "$STARTED and (.container.security_context.privileged | not)"

	id=$(id_in shared)
	expect 1 "$id" "$STARTED and (.uidzero.risk.host_namespaces | contains([\"pid\", \"ipc\", \"uts\"]))
		and .uidzero.risk.seccomp and (.uidzero.risk | has(\"added_capabilities\") | not)"

	id=$(id_in caps)
	expect 1 "$id" "$STARTED and .uidzero.risk.added_capabilities == [\"CAP_NET_ADMIN\", \"CAP_SYS_ADMIN\"]
		and (.uidzero.risk.seccomp | not) and ((.uidzero.risk.host_namespaces // []) | contains([\"pid\"]) | not)"

	id=$(id_in net)
	expect 1 "$id" "$STARTED and (.uidzero.risk.host_namespaces | contains([\"network\"]))"
}

@test "podman: a tampered name, --user, and a mount" {
	local secret=$SUITE/podman-secret
	need_podman
	install -m 0600 /dev/null "$secret"
	tampered_image podman app tampered-name
	start_agent
	podman_run "$BATS_TEST_TMPDIR/name" -v "$secret:/secret" "$IMAGE:tampered-name" id | grep '^uid=0'
	podman_run "$BATS_TEST_TMPDIR/0" --user 0 "$IMAGE:app" id | grep '^uid=0'
	podman_run "$BATS_TEST_TMPDIR/1001" --user app "$IMAGE:root" id | grep '^uid=1001'
	stop_agent
	expect_identity "$(id_in name)" '{declared: "app", class: "name_is_root", passwd: "0:0", resolved: "0:0",
		observed: "0:0", gid_zero: true}'
	expect 1 "$(id_in name)" "$STARTED and .uidzero.risk.mounts == [{source: \"$secret\", destination: \"/secret\",
		writable: true, uid: \"0\", gid: \"0\", mode: \"0600\", needs_root: true}]"
	expect_identity "$(id_in 0)" '{declared: "1001", class: "numeric", resolved: "0:0", observed: "0:0", gid_zero: true}'
	expect_identity "$(id_in 1001)" '{class: "root", resolved: "1001:1001", observed: "1001:1001"}'
	expect 1 "$(id_in 1001)" "$STARTED and .process.user.name == \"app\""
}

@test "runc: resolved and observed, names of a user namespace as the process sees them" {
	local id=$SUITE_TAG-identity mapped=$SUITE_TAG-identity-userns
	copy_rootfs "$SUITE/bundles/mapped-identity"
	chown -R 100000:100000 "$SUITE/bundles/mapped-identity"
	start_agent
	runc_run "$id" '.process.user = {uid: 1001, gid: 0}' /bin/id | grep '^uid=1001'
	runc_run "$mapped" '.linux.namespaces += [{type: "user"}] | .root.path |= sub("/rootfs$"; "/bundles/mapped-identity") |
		.mounts |= map(select(.type != "sysfs")) |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings' /bin/id | grep '^uid=0'
	stop_agent
	expect_identity "$id" '{resolved: "1001:0", observed: "1001:0", gid_zero: true}'
	expect 1 "$id" "$STARTED and .process.user.name == \"app\" and .uidzero.risk.read_only_root
		and (.uidzero.risk.mounts | map(.destination) | index(\"/shared\"))"
	expect_identity "$mapped" '{resolved: "0:0", observed: "100000:100000", gid_zero: true}'
	expect 1 "$mapped" "$STARTED and .process.user == {id: \"100000\", name: \"root\"} and .uidzero.risk.user_namespace"
}
