#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Debian's programs that become or give up root: each row of docs/ways-to-root.md is what is told, and nothing else is.

load lib
load runtimes
load table

@test "programs that give up root" {
	run_table "Programs that give up root"
}

@test "programs that become root" {
	run_table "Programs that become root"
}

@test "group 0, and files of other users" {
	run_table "Group 0, and files of other users"
}

# alerts ID: how many, of regains and of others.
alerts() {
	findings "$1" "$PROCESS" | jq -s '[.[] | select(.event.kind == "alert")] |
		[(map(select(.uidzero.regained)) | length), (map(select(.uidzero.regained | not)) | length)]' -c
}

# repeated ID: the numbers of the repetitions, by the uid before, in their order.
repeated() {
	findings "$1" '.uidzero.regained' | jq -sc 'group_by(.uidzero.before.euid) |
		map({key: .[0].uidzero.before.euid, value: map(.uidzero.repeated // 0)}) | from_entries'
}

@test "root that sudo takes back raises one alert for each pair of uids" {
	local sudo loop
	need_debian
	start_agent
	docker_run "$BATS_TEST_TMPDIR/sudo" -u 1001 "$DEBIAN" sudo -u nobody id
	# As postfix's master and its like do: two users, in turn, for each of many requests.
	# shellcheck disable=SC2046
	docker_run "$BATS_TEST_TMPDIR/loop" -u 0 "$DEBIAN" actions \
		$(for _ in {1..40}; do echo setresuid -1 33 0 setresuid -1 0 -1 setresuid -1 1001 0 setresuid -1 0 -1; done) >/dev/null
	stop_agent
	sudo=$(<"$BATS_TEST_TMPDIR/sudo") loop=$(<"$BATS_TEST_TMPDIR/loop")
	[[ $(alerts "$sudo") == "[2,1]" ]]
	[[ $(repeated "$sudo") == '{"1":[0,1,2],"65534":[0,1]}' ]]
	[[ $(alerts "$loop") == "[2,0]" ]]
	diff <(repeated "$loop") <(jq -nc '[range(40)] as $all | {"1001": $all, "33": $all}')
	expect 78 "$loop" '.uidzero.repeated and .event.severity == 0 and .event.kind == "event"'
	expect 1 "$loop" '.uidzero.verdict and .uidzero.counts.regains == 80 and .uidzero.counts.drops == 80'
}
