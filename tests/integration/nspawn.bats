#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# systemd-nspawn, in a scope as systemd-machined makes it.

load lib
load runtimes

@test "systemd-nspawn is one exec_root for the machine's program" {
	local name=$SUITE_TAG-machine
	start_agent
	nspawn_run "$name" /bin/actions ids
	stop_agent
	expect 1 "$name" '.uidzero.finding == "exec_root" and .container.runtime == "systemd-nspawn" and .uidzero.role == "init"
		and .process.args == ["/bin/actions", "ids"]'
	expect 1 "$name" "$PROCESS"
}

@test "a machine's program that drops root is one exec_root and one drop_root" {
	local name=$SUITE_TAG-drop
	start_agent
	nspawn_run "$name" /bin/actions setresgid 1001 1001 1001 setresuid 1001 1001 1001 exec /bin/id
	stop_agent
	expect 1 "$name" '.uidzero.finding == "exec_root"'
	expect 1 "$name" '.uidzero.finding == "drop_root" and .process.user.id == "1001" and .uidzero.drop.complete'
	expect 2 "$name" "$PROCESS"
}
