#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Root that is not in the credentials of a process now: in an io_uring instance, behind its user namespace, or before.

load lib
load runtimes
load table

setup() {
	CONFIG=$BATS_TEST_TMPDIR/config.yaml
	SOCKET=$SUITE/agent.sock
	make_config "$CONFIG" <<<'verdict: {grace: 1s}'
	"$ACTIONS" ring-personality >/dev/null || skip "this kernel or machine refuses io_uring"
}

# The last verdict that the agent's output has of a container.
verdict_of() { # id
	findings "$1" '.uidzero.finding == "verdict"' | tail -n 1 | jq -r .uidzero.verdict
}

has_verdict() { # id, verdict
	[[ $(verdict_of "$1") == "$2" ]]
}

# all_say ID VERDICT: the agent, one that is started later, and a check without an agent; $DOC is the last one's document.
all_say() {
	local now
	wait_for 20 has_verdict "$1" "$2" || {
		findings "$1" true | shorten
		return 1
	}
	for now in --socket "--no-agent --config $CONFIG"; do
		[[ $now != --socket ]] || now="--socket $SOCKET"
		# shellcheck disable=SC2086
		"$UIDZERO" check $now --container "$1" --format json >"$DOC" || (($? == 1))
		[[ $(jq -r .uidzero.verdict "$DOC") == "$2" ]] || {
			cat "$DOC"
			return 1
		}
	done
	stop_agent
	start_agent
	wait_for 20 has_verdict "$1" "$2"
}

@test "an io_uring instance that keeps root makes a drop incomplete for every observer, until an exec closes it" {
	local kind id DOC=$BATS_TEST_TMPDIR/doc
	start_agent --record "$BATS_TEST_TMPDIR/recording"
	for kind in personality poller; do
		runc_start "$SUITE_TAG-$kind" . /bin/actions "ring-$kind" setresgid 1001 1001 1001 setresuid 1001 1001 1001 pause
		runc_start "$SUITE_TAG-exec-$kind" . \
			/bin/actions "ring-$kind" setresgid 1001 1001 1001 setresuid 1001 1001 1001 exec /bin/sleep 1000
	done
	for kind in personality poller; do
		id=$SUITE_TAG-$kind
		wait_for 20 has_verdict "$id" incomplete_drop
		wait_for 20 has_verdict "$SUITE_TAG-exec-$kind" drops_root
		expect 1 "$id" '.uidzero.finding == "keep_root" and .uidzero.cause == "io_uring" and .event.kind == "event" and
			.event.severity == 47 and .uidzero.root == "real"'
		expect 1 "$id" '.uidzero.finding == "drop_root" and .uidzero.drop.complete == false and .uidzero.drop.kept == ["io_uring"]'
		expect 0 "$id" '.uidzero.finding == "root_found" or .uidzero.hook == "drift"'
		# The exec follows at once, so that both are one drop.
		expect 1 "$SUITE_TAG-exec-$kind" '.uidzero.finding == "drop_root"'
		expect 1 "$SUITE_TAG-exec-$kind" '.uidzero.finding == "drop_root" and .uidzero.drop.complete'
	done
	expect 1 "$SUITE_TAG-personality" '.event.action == "io_uring_register" and .uidzero.syscall == "io_uring_register"'
	expect 1 "$SUITE_TAG-poller" '.event.action == "io_uring_create" and .uidzero.syscall == "io_uring_setup"'
	stop_agent
	"$UIDZERO" replay -c "$CONFIG" "$BATS_TEST_TMPDIR/recording" | cmp - "$OUT"
	start_agent
	for kind in personality poller; do
		all_say "$SUITE_TAG-$kind" incomplete_drop
		jq -e '.uidzero.reason | test("runs as uid 1001.* but keeps root.s credentials in an io_uring instance")' "$DOC"
		jq -e '.uidzero.remedy | any(test("io_uring_disabled"))' "$DOC"
		expect 0 "$SUITE_TAG-$kind" '.uidzero.finding == "root_found" or .uidzero.hook == "drift"'
	done
}

@test "root that outlasts a drop in a Docker container" {
	unset CONFIG
	run_table "Root that outlasts a drop"
}

HOST_ROOT='.linux.namespaces += [{type: "user"}] | .root.readonly = false |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 0, size: 1}] |
	.linux.gidMappings = .linux.uidMappings'

# More than a record has room for: the kernel side alone knows the whole map.
MANY_EXTENTS='.linux.namespaces += [{type: "user"}] | .root.readonly = false |
	.linux.uidMappings = [range(6) | {containerID: (. * 100), hostID: (100000 + . * 1000), size: 100}] +
		[{containerID: 5000, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'

@test "capabilities in a user namespace that contains the host's uid 0 amount to root" {
	local id=$SUITE_TAG-host-root DOC=$BATS_TEST_TMPDIR/doc
	start_agent
	runc_start "$id" "$HOST_ROOT" /bin/sleep 1000
	all_say "$id" root_equivalent
	jq -e '.uidzero.reason | test("uid 1000 in its user namespace is the host.s uid 0")' "$DOC"
	jq -e '.uidzero.remedy | any(test("host.s uid 0 out of the map")) and (any(test("USER 1000|--user 1000")) | not)' "$DOC"
}

@test "such a namespace's own root is one call away from the host's, and a user without capabilities is not" {
	local id=$SUITE_TAG-one-call
	start_agent
	runc_run "$id" "$HOST_ROOT" /bin/actions setresuid 1000 1000 1000
	runc_run "$id-many" "$MANY_EXTENTS" /bin/actions setresuid 5000 5000 5000
	runc_run "$id-user" "$HOST_ROOT | .process.user = {uid: 500, gid: 500} | del(.process.capabilities)" /bin/true
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.root == "equivalent" and .uidzero.ns.host_root_uid == "1000"'
	expect 1 "$id" '.uidzero.finding == "gain_root" and .uidzero.root == "real" and .uidzero.before.euid == "100000" and
		.uidzero.cause == "set_uid" and .event.kind == "alert"'
	expect 1 "$id-many" '.uidzero.finding == "exec_root" and .uidzero.root == "equivalent" and
		.uidzero.ns.host_root_uid == "5000" and .process.user.id == "100000"'
	expect 1 "$id-many" '.uidzero.finding == "gain_root" and .uidzero.root == "real" and .uidzero.cause == "set_uid"'
	expect_nothing "$id-user"
}

@test "capabilities that were gained for a moment are remembered" {
	local id=$SUITE_TAG-moment DOC=$BATS_TEST_TMPDIR/doc shared=$SUITE/bundles/$SUITE_TAG-moment/shared
	mkdir -p "$shared"
	mkfifo "$shared/begin" "$shared/end"
	install "$ACTIONS" "$shared/override"
	setcap cap_dac_override+ep "$shared/override"
	start_agent
	runc_start "$id" '.process.user = {uid: 1001, gid: 1001} | .process.capabilities |= {bounding: .bounding}' \
		/bin/sh -c 'actions wait /shared/begin; /shared/override wait /shared/end; exec sleep 1000'
	wait_for 20 has_verdict "$id" nonroot
	: >"$shared/begin"
	wait_for 20 has_verdict "$id" root_equivalent
	: >"$shared/end"
	wait_for 20 eval '[[ $(<"/proc/$(<"$SUITE/bundles/$id/pid")/comm") == sleep ]]'
	kill -USR2 "$AGENT"
	"$UIDZERO" check --socket "$SOCKET" --container "$id" --format json >"$DOC" || (($? == 1))
	jq -e '.uidzero.verdict == "root_equivalent" and .result.evaluation == "warn"' "$DOC"
	jq -e '.uidzero.reason | test("ran as uid 1001 .*by the file.s capabilities \\(/shared/override\\), and no longer does")' "$DOC"
	jq -e '.result.evidence.events | any(.finding == "gain_caps")' "$DOC"
	stop_agent
	expect 2 "$id" '.uidzero.finding == "verdict"'
}

@test "such capabilities that only a scan has seen are remembered too" {
	local id=$SUITE_TAG-scanned DOC=$BATS_TEST_TMPDIR/doc shared=$SUITE/bundles/$SUITE_TAG-scanned/shared
	mkdir -p "$shared"
	mkfifo "$shared/begin" "$shared/end"
	install "$ACTIONS" "$shared/override"
	setcap cap_dac_override+ep "$shared/override"
	runc_start "$id" '.process.user = {uid: 1001, gid: 1001} | .process.capabilities |= {bounding: .bounding}' \
		/bin/sh -c '/shared/override wait /shared/end; exec sleep 1000'
	wait_for 20 eval 'pgrep -x override >/dev/null'
	start_agent
	wait_for 20 has_verdict "$id" root_equivalent
	: >"$shared/end"
	wait_for 20 eval '[[ $(<"/proc/$(<"$SUITE/bundles/$id/pid")/comm") == sleep ]]'
	kill -USR2 "$AGENT"
	"$UIDZERO" check --socket "$SOCKET" --container "$id" --format json >"$DOC" || (($? == 1))
	jq -e '.uidzero.verdict == "root_equivalent"' "$DOC"
	stop_agent
	expect 1 "$id" '.uidzero.finding == "verdict"'
}
