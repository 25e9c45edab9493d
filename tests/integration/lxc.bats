#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# LXC: the container's name is its id, and the monitor is none.

load lib
load runtimes

@test "lxc-start is one exec_root for the container's init; the monitor is no finding" {
	local name=$SUITE_TAG-web
	start_agent
	lxc_run "$name" "/bin/actions ids"
	stop_agent
	expect 1 "$name" "$PROCESS"
	expect 1 "$name" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .container.runtime == "lxc"
		and .process.args == ["/bin/actions", "ids"] and .process.vpid == 1'
	[[ $(jq -c "select(.container.id? // \"\" | test(\"monitor|pivot\"))" "$OUT" | wc -l) -eq 0 ]]
}

@test "lxc-start of an init that drops root is one exec_root and one drop_root" {
	local name=$SUITE_TAG-drop
	start_agent
	lxc_run "$name" "/bin/actions setgid 1001 setuid 1001 exec /bin/id"
	stop_agent
	expect 2 "$name" "$PROCESS"
	expect 1 "$name" '.uidzero.finding == "exec_root"'
	expect 1 "$name" '.uidzero.finding == "drop_root" and .process.user.id == "1001" and .uidzero.drop.complete'
}

@test "lxc-attach is a session" {
	local name=$SUITE_TAG-attach
	lxc_container "$name"
	start_agent
	lxc-start -P "$SUITE/lxc" -n "$name" -d -s "lxc.init.cmd=/bin/sleep 1000" </dev/null 3>&-
	defer lxc-stop -P "$SUITE/lxc" -n "$name" -k
	lxc-attach -P "$SUITE/lxc" -n "$name" -- /bin/id </dev/null | grep '^uid=0'
	stop_agent
	expect 1 "$name" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$name" '.uidzero.finding == "exec_root" and .uidzero.role == "session" and .process.args == ["/bin/id"]'
	expect 2 "$name" "$PROCESS"
}
