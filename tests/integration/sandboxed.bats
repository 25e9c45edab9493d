#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Workloads on a kernel of their own (gVisor), and sandboxes that a plain user makes: what is a container, and which one.

load lib
load runtimes

# The runtime's own processes are root on the host; of the container its start, an unknown verdict and its end are reported.
expect_isolated() { # id
	expect 0 "$1" 'has("process")'
	expect 1 "$1" '.uidzero.finding == "container_start" and (has("process") | not) and .uidzero.container.isolation == "gvisor"'
	expect 1 "$1" '.uidzero.finding == "verdict" and .uidzero.verdict == "unknown" and .result.evaluation == "unknown"
		and (.uidzero.reason | test("kernel of their own \\(gVisor\\)"))'
	expect 1 "$1" '.uidzero.finding == "verdict"'
	expect 1 "$1" '.uidzero.finding == "container_stop"'
	expect 0 "$1" '.uidzero.identity.observed'
}

# check STATUS ARG...: in $DOC
check() {
	local expected=$1 status=0
	shift
	DOC=$BATS_TEST_TMPDIR/document
	timeout 60 "$UIDZERO" check "$@" >"$DOC" 2>"$DOC.err" </dev/null 3>&- || status=$?
	cat "$DOC.err"
	echo "exit status $status, expected $expected"
	((status == expected))
}

has_started() { # id
	jq -se --arg id "$1" 'any(.uidzero.finding == "container_start" and .container.id == $id)' "$OUT" >/dev/null
}

runsc() {
	command runsc --root "$SUITE/runsc" --platform=ptrace --network=none "$@"
}

# runsc_start ID CGROUP: in the background until the test ends
runsc_start() {
	local bundle=$BATS_TEST_TMPDIR/bundle.$1
	mkdir -p "$bundle"
	(cd "$bundle" && command runsc spec -- sleep 1000)
	jq --arg rootfs "$SUITE/rootfs" --arg cgroup "$2" '.root.path = $rootfs | .linux.cgroupsPath = $cgroup |
		.process.user = {uid: 1001, gid: 1001}' "$bundle/config.json" >"$bundle/edited"
	mv "$bundle/edited" "$bundle/config.json"
	runsc run --detach --bundle "$bundle" "$1" </dev/null >"$bundle/out" 2>&1 3>&-
	defer runsc delete -force "$1"
}

has_no_state() { # id
	! runsc state "$1" >/dev/null 2>&1
}

@test "runsc run in a cgroup of any name: no root process, verdict unknown, from an agent and without one" {
	local id=$SUITE_TAG-gv
	start_agent
	runsc_start "$id" "/$SUITE_TAG/any.thing"
	wait_for 20 has_started "$id"
	for source in --no-agent "--socket=$SUITE/agent.sock"; do
		[[ $source == --socket* ]] || source="--config=$SUITE/config.yaml"
		check 3 "$source" --container "$id" --format json
		[[ $(jq -r '"\(.uidzero.verdict) \(.uidzero.identity.resolved) \(.container.runtime) \(.uidzero.root_now)"' "$DOC") == \
			"unknown 1001:1001 runsc 0" ]]
	done
	runsc delete -force "$id"
	wait_for 10 has_no_state "$id"
	wait_for 10 has_line "$OUT" '"container_stop"'
	stop_agent
	expect_isolated "$id"
}

# A dockerd whose runtime for gVisor has a name that says nothing, until the test ends.
start_gvisor_dockerd() {
	local dir=$SUITE/v2
	mkdir -p "$dir"
	jq -n '{runtimes: {other: {path: "/usr/bin/runsc", runtimeArgs: ["--platform=ptrace", "--network=none"]}}}' \
		>"$dir/daemon.json"
	setsid dockerd --iptables=false --ip6tables=false --bridge=none --config-file "$dir/daemon.json" \
		--data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" --host "unix://$dir/socket" \
		>"$dir/log" 2>&1 3>&- </dev/null &
	load_into_dockerd "$dir"
	export DOCKER_SOCKET=$dir/socket
}

@test "docker run with gVisor: unknown with the declared user's class; a failure beside it is not hidden" {
	local gvisor beside
	start_gvisor_dockerd
	CONFIG=$BATS_TEST_TMPDIR/config.yaml
	make_config "$CONFIG" <<<'verdict: {grace: 1s}'
	start_agent
	docker_start "$BATS_TEST_TMPDIR/gvisor" --runtime other "$IMAGE:app"
	gvisor=$(<"$BATS_TEST_TMPDIR/gvisor")
	wait_for 20 has_started "$gvisor"
	docker exec "$gvisor" id | grep '^uid=1001'
	check 3 --socket "$SUITE/agent.sock" --container "$gvisor" --format json
	jq -e '.uidzero.identity.class == "numeric" and .uidzero.identity.declared == "1001"
		and (.uidzero.reason | test("1001 \\(class numeric\\)"))' "$DOC"
	docker_start "$BATS_TEST_TMPDIR/beside" "$IMAGE:root"
	beside=$(<"$BATS_TEST_TMPDIR/beside")
	wait_for 20 verdict_is "$beside" root_init
	check 1 --socket "$SUITE/agent.sock" --container "$gvisor" --container "$beside"
	docker rm -f "$gvisor" "$beside"
	wait_for 10 has_line "$OUT" '"container_stop"'
	stop_agent
	expect_isolated "$gvisor"
	expect 1 "$beside" '.uidzero.finding == "verdict" and .uidzero.verdict == "root_init"'
}

verdict_is() { # id verdict
	jq -se --arg id "$1" --arg verdict "$2" 'any(.container.id == $id and .uidzero.verdict == $verdict)' "$OUT" >/dev/null
}

# --- sandboxes of the host -------------------------------------------------------------------------

PLAIN=54321

# In pid namespaces other than the host's, none of which is a container's here.
plain_sandboxes() {
	local dir host
	host=$(readlink /proc/self/ns/pid)
	for dir in /proc/[0-9]*; do
		[[ $(stat -c %u "$dir" 2>/dev/null) != "$PLAIN" || $(readlink "$dir/ns/pid") == "$host" ]] || readlink "$dir/ns/pid"
	done | sort -u | tr -dc '0-9\n'
}

has_sandboxes() { # count
	(($(plain_sandboxes | wc -l) >= $1))
}

# start_plain PROGRAM ARG...: in the background until the test ends
start_plain() {
	(cd / && exec setpriv "--reuid=$PLAIN" "--regid=$PLAIN" --clear-groups env -i PATH="$PATH" \
		HOME="$BATS_TEST_TMPDIR/home" "$@") </dev/null >/dev/null 2>&1 3>&- &
	defer end_plain "$!"
}

# Chromium's helpers end with it.
end_plain() { # pid of a child
	kill -TERM "$1"
	wait_for 10 is_gone "$1" || kill -KILL "$1"
}

@test "Chromium and bwrap of a plain user are no containers, by default; --all lists their pid namespaces" {
	local inode ids
	install -d -o "$PLAIN" "$BATS_TEST_TMPDIR/home"
	chmod a+x "$SUITE" "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	start_agent
	start_plain bwrap --die-with-parent --ro-bind / / --unshare-all sleep 1000
	start_plain chromium --headless --disable-gpu --remote-debugging-port=0 \
		--user-data-dir="$BATS_TEST_TMPDIR/home/profile" about:blank
	wait_for 30 has_sandboxes 3
	for source in --config="$SUITE/config.yaml" --socket="$SUITE/agent.sock"; do
		timeout 60 "$UIDZERO" check "$source" --format json >"$BATS_TEST_TMPDIR/default" || true
		timeout 60 "$UIDZERO" check "$source" --all --format json >"$BATS_TEST_TMPDIR/all" || true
		ids=$(jq -r .container.id "$BATS_TEST_TMPDIR/default")
		while read -r inode; do
			[[ $ids != *"pidns-$inode"* ]]
		done < <(plain_sandboxes)
		jq -se 'any(.uidzero.container.unclaimed and (.container.id | startswith("pidns-")))' "$BATS_TEST_TMPDIR/all"
	done
	stop_agent
	[[ $(jq -c 'select(.process.user.id == "54321" or .uidzero.identity.observed == "54321:54321")' "$OUT" | wc -l) -eq 0 ]]
}

# As the first program of a pid namespace that no runtime made; no user namespace is in between.
in_plain_pidns() {
	unshare --fork --pid --mount-proc --setgid 1001 --setuid 1001 "$SUITE/rootfs/bin/busybox" sh -c "$1"
}

@test "a pid namespace that no runtime claims is reported once root appears in it, from its start on" {
	local id
	start_agent
	in_plain_pidns "$SUITE/rootfs/bin/busybox id -u" | grep '^1001$'
	in_plain_pidns "$SUITE/rootfs/bin/gain ids; exit" | grep '"ruid":1001,"euid":0'
	stop_agent
	id=$(jq -r 'select(.uidzero.finding == "gain_root" and .process.user.id == "0" and .uidzero.before.euid == "1001"
		and (.container.id | startswith("pidns-"))).container.id' "$OUT")
	[[ $(jq -r --arg id "$id" 'select(.container.id == $id).uidzero.finding' "$OUT" | paste -sd ' ') == \
		"container_start gain_root verdict container_stop" ]]
	expect 1 "$id" '.uidzero.finding == "container_start" and .process.user.id == "1001" and .uidzero.role == "init"'
	# The first one had no root.
	[[ $(jq -r 'select(.uidzero.finding == "container_start" and .process.user.id == "1001"
		and (.container.id | startswith("pidns-"))).container.id' "$OUT") == "$id" ]]
}

# --- which image, and whose names --------------------------------------------------------------------

@test "docker run of an image's id that has several tags: all of them, none as if it were the one used" {
	local id image_id
	need_dockerd
	docker tag "$IMAGE:root" example.test/other:9
	defer docker rmi example.test/other:9
	image_id=$(docker inspect -f '{{.Id}}' "$IMAGE:root")
	start_agent
	docker_run "$BATS_TEST_TMPDIR/id" "$image_id" id
	stop_agent
	id=$(<"$BATS_TEST_TMPDIR/id")
	expect 1 "$id" ".uidzero.finding == \"exec_root\" and .container.image.hash.all == [\"$image_id\"]
		and (.container.image | has(\"name\") | not) and (.container.image.tag | sort) == [\"9\", \"root\"]
		and (.uidzero.container.image_references | sort) == [\"example.test/other:9\", \"$IMAGE:root\"]
		and (.message | test(\"\\\\(${image_id:7:12}, tagged .* and 1 more\\\\)\"))"
}

@test "a file that is mounted over /etc/passwd names the users, the image's does not" {
	local id
	need_dockerd
	printf 'root:x:0:0::/:\nmounted:x:1001:1001::/:\n' >"$BATS_TEST_TMPDIR/passwd"
	start_agent
	docker_start "$BATS_TEST_TMPDIR/id" -v "$BATS_TEST_TMPDIR/passwd:/etc/passwd:ro" "$IMAGE:app"
	id=$(<"$BATS_TEST_TMPDIR/id")
	wait_for 20 has_started "$id"
	check 0 --socket "$SUITE/agent.sock" --container "$id" --format json
	jq -e '.uidzero.reason | test("uid 1001 \\(mounted\\)")' "$DOC"
	check 0 --config "$SUITE/config.yaml" --container "$id" --format json
	jq -e '.uidzero.reason | test("uid 1001 \\(mounted\\)")' "$DOC"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start" and .process.user.name == "mounted"'
}
