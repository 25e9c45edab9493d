#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The verdicts of containers whose first process does not exec, and that all ways to ask agree on them.

load ../integration/lib
load ../integration/runtimes

# are_judged FILE NAME=VERDICT...: that is the one verdict of each container.
are_judged() {
	local file=$1 row
	shift
	for row; do
		echo "$row"
		jq -se --arg id "${row%=*}" --arg verdict "${row#*=}" \
			'[.[] | select(.container.id == $id and .uidzero.finding == "verdict") | .uidzero.verdict] == [$verdict]' "$file"
	done
}

is_told() { # name
	grep -F '"finding":"verdict"' "$OUT" | grep -qF "\"$1\""
}

@test "lxc-execute and systemd-nspawn --as-pid2 are judged as containers whose first process execs" {
	local root=$SUITE_TAG-root user=$SUITE_TAG-user pid2=$SUITE_TAG-pid2 status
	CONFIG=$BATS_TEST_TMPDIR/config.yaml
	make_config "$CONFIG" <<<$'verdict:\n  grace: 1s'
	start_agent
	lxc_container "$root"
	lxc_container "$user"
	lxc_execute "$root" /bin/sleep 1000 &
	defer lxc-stop -P "$SUITE/lxc" -n "$root" -k
	lxc_execute "$user" /bin/actions setgid 1001 setuid 1001 exec /bin/sleep 1000 &
	defer lxc-stop -P "$SUITE/lxc" -n "$user" -k
	nspawn_run "$pid2" --as-pid2 /bin/sleep 1000 &
	defer kill_now "$!"
	for name in "$root" "$user" "$pid2"; do
		wait_for 30 is_told "$name"
	done
	are_judged "$OUT" "$root=root_init" "$user=drops_root" "$pid2=root_init"
	for how in "--socket $SUITE/agent.sock" "-c $CONFIG --no-agent"; do
		status=0
		# shellcheck disable=SC2086
		"$UIDZERO" check $how --format json >"$BATS_TEST_TMPDIR/checked" || status=$?
		[[ $status -eq 1 ]]
		for name in "$root" "$pid2"; do
			jq -se --arg id "$name" '[.. | objects | select(.container?.id? == $id and .uidzero.verdict == "root_init")] | length == 1' \
				"$BATS_TEST_TMPDIR/checked"
		done
		jq -se --arg id "$user" '[.. | objects | select(.container?.id? == $id and (.uidzero.verdict | IN("drops_root", "unknown")))] |
			length == 1' "$BATS_TEST_TMPDIR/checked"
	done
	stop_agent
}
