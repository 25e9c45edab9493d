#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd without Docker, by ctr.

load lib
load runtimes

setup() {
	need_containerd
}

@test "ctr run is one exec_root, with a long and with an arbitrary id" {
	local id long
	long=$(random_id)
	start_agent
	for id in "$long" "$SUITE_TAG-any.name"; do
		ctr run --rm "$IMAGE:root" "$id" /bin/id </dev/null | grep '^uid=0'
	done
	stop_agent
	for id in "$long" "$SUITE_TAG-any.name"; do
		expect 1 "$id" '.uidzero.finding == "exec_root"'
		expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"] and .uidzero.role == "init"
			and (.container.runtime | IN("containerd", "docker", "runc"))'
		expect 1 "$id" "$PROCESS"
	done
}

@test "ctr run of an image with USER 1001 is no finding" {
	local id
	id=$(random_id)
	start_agent
	ctr run --rm "$IMAGE:app" "$id" /bin/id </dev/null | grep '^uid=1001'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect_nothing "$id"
}

@test "ctr task exec is a session" {
	local id
	id=$(random_id)
	start_agent
	ctr run -d "$IMAGE:root" "$id" /bin/sleep 1000 </dev/null
	defer ctr container rm "$id"
	defer wait_for 5 ctr task rm -f "$id"
	ctr task exec --exec-id one "$id" /bin/id </dev/null | grep '^uid=0'
	stop_agent
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["/bin/id"]'
}
