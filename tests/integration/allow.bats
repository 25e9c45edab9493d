#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the configuration expects to be root is told all the same, but as no alert.

load lib
load runtimes

# run_gain NAME: a container as 1001 whose program becomes root by its set-user-id bit.
run_gain() {
	docker_run "$BATS_TEST_TMPDIR/$1" --name "$SUITE_TAG-$1" --label team=shop "$IMAGE:root" \
		/bin/actions setresuid 1001 1001 1001 exec /bin/gain ids
	id=$(<"$BATS_TEST_TMPDIR/$1")
}

@test "an entry allows what all of its members match, and nothing else" {
	local id gain='.uidzero.finding == "gain_root" and .uidzero.before.euid == "1001"'
	need_dockerd
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
		allow:
		  - {image: "$IMAGE:root", container: "$SUITE_TAG-known", executable: /bin/gain, label: team=sh*, uid: 1001, reason: the known helper}
		  - {image: "$IMAGE", container: "$SUITE_TAG-other", uid: 1002, reason: never matches}
		  - {label: team=other, reason: never matches}
	CONFIG
	CONFIG=$BATS_TEST_TMPDIR/config.yaml start_agent
	run_gain known
	wait_for 10 has_line "$OUT" '"gain_root"'
	expect 1 "$id" "$gain and .event.kind == \"event\" and .event.severity == 0 and .uidzero.policy.reason == \"the known helper\""
	run_gain other
	stop_agent
	expect 1 "$id" "$gain and .event.kind == \"alert\" and .event.severity == 73 and .uidzero.policy == null"
}
