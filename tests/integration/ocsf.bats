#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Lines in OCSF hold against the schema, live and replayed; and the check that says so refuses what is wrong.

load lib
load runtimes

VALIDATE=$TOP/tests/ocsf/validate.py

@test "findings in OCSF hold against the schema, and a replay gives the same bytes" {
	local id=$SUITE_TAG-ocsf dir=$BATS_TEST_TMPDIR
	need_dockerd
	docker_start "$dir/id" "$IMAGE:root" sleep 1000
	start_agent --all --format ocsf --record "$dir/recording"
	docker exec "$(<"$dir/id")" id
	runc_run "$id" . /bin/actions setresuid 0 1001 0 setresuid 0 0 0 setresuid -1 -1 5 setresuid 1001 1001 1001
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/sh -c '/bin/gain ids; exit 0'
	runc_run "$id" '.process.cwd = "/tmp"' /bin/actions hostile-exec /bin/actions hostile-args /bin/true
	stop_agent
	"$VALIDATE" <"$OUT"
	"$UIDZERO" replay --format ocsf "$dir/recording" >"$dir/replayed"
	cmp "$OUT" "$dir/replayed"

	# The same findings as in the other format, under the same ids.
	"$UIDZERO" replay "$dir/recording" >"$dir/ecs"
	jq -r '[.event.id, .uidzero.finding, .message] | @json' "$dir/ecs" >"$dir/ecs.ids"
	jq -r '[.metadata.uid, .metadata.event_code, .message] | @json' "$OUT" | cmp - "$dir/ecs.ids"

	jq -c --arg id "$id" 'select([.process.container.uid, .evidences[0].process.container.uid] | index($id))' \
		"$OUT" >"$dir/ours"
	jq -se 'map([.type_uid, .metadata.event_code]) as $told | [
		[100701, "container_start"], [100701, "exec_root"], [100705, "drop_root"], [200401, "gain_root"],
		[100702, "container_stop"]] - $told == []' "$dir/ours"
	# A container that ends within its grace time gets its verdict then; what it stands on are lines of this output.
	jq -c --arg id "$id" 'select(.class_uid == 2003 and .resources[0].uid == $id)' "$OUT" >"$dir/verdicts"
	jq -se 'any(.[]; .type_uid == 200303 and .compliance.control == "CIS-Docker-4.1" and
		.compliance.status == "Fail" and .compliance.status_code == "escalated" and .remediation.desc)' "$dir/verdicts"
	jq -r .metadata.uid "$OUT" | sort >"$dir/uids"
	jq -r '.finding_info.related_events[].uid' "$dir/verdicts" | sort -u >"$dir/related"
	[[ -s $dir/related && -z $(comm -23 "$dir/related" "$dir/uids") ]]
	jq -se 'any(.[]; .class_uid == 2004 and .finding_info.attacks[0].sub_technique.uid == "T1548.001" and
		.evidences[0].process.user.uid == "0" and .evidences[0].actor.user.uid == "1001" and
		.resources[0].uid == .evidences[0].process.container.uid)' "$dir/ours"
	jq -se '[.[] | .class_uid] | index(6002)' "$OUT"
	# What the other tests' last one reads is ECS.
	mv "$OUT" "$dir/events.ocsf"
	OUT=$dir/events.ocsf
}

# Each row: what is done to a good line, and what is said of it.
changes() {
	cat <<-'ROWS'
		.color = "red"	color: is not in the schema
		.process.saved_user = {uid: "0"}	process.saved_user: is not in the schema
		.process.container.image.digest = "x"	process.container.image.digest: is not in the schema
		.time = "2024-11-22T01:00:00Z"	time: .* is no integer
		.time = 1.5	time: 1.5 is no integer
		.time = true	time: true is no integer
		.time = 9007199254740993	time: is too large
		.process.pid = "123"	process.pid: "123" is no integer
		.message = ""	message: is empty
		.message = null	message: null is no string
		.process = "sh"	process: is no object
		.metadata.profiles = "container"	metadata.profiles: a list is expected
		.metadata.profiles = []	process.container: needs the profile container
		.metadata.profiles = ["container"]	process.euid: needs the profile linux/linux_users
		.process.container.tags = []	process.container.tags: a list is expected, with something in it
		.process.container.tags[0] = "x"	process.container.tags\[0\]: is no object
		.process.container.pod_uuid = "1f0c6f4e"	process.container.pod_uuid: .* does not match
		.severity_id = 7	severity_id: 7 is not an allowed value
		.severity = "High"	severity: "High" is not what|severity_id: "High" is not what
		.status_id = 3	status_id: 3 is not an allowed value
		.device.type_id = 77	device.type_id: 77 is not an allowed value
		del(.time)	time: is missing
		del(.metadata)	metadata: is missing
		del(.metadata.product)	metadata.product: is missing
		del(.actor)	actor: is missing
		del(.process.file.type_id)	process.file.type_id: is missing
		del(.process.container.image.uid)	process.container.image.uid: is missing
		del(.process.pid, .process.uid)	process: has none of pid, uid
		.actor = {}	actor: has none of process
		.metadata.version = "1.5.0"	metadata.version: is not 1.6.0
		.class_uid = 1008	class_uid: is not a class
		.class_uid = true	class_uid: is not a class
		.class_uid = 2004	finding_info: is missing
		.category_uid = 2	category_uid: 2 is not that of the class
		.class_name = "File System Activity"	class_name: is not that
		.activity_id = 2	type_uid: is not class_uid
		.activity_id = 9	activity_id: 9 is not an allowed value
		.activity_id = 2 | .type_uid = 100702	activity_id: "Launch" is not what 2 is called
		.type_uid = 100702	type_uid: is not class_uid
		.type_name = "Process Activity: Open"	type_name: is not that
		[.]	the line: is no object
	ROWS
}

# The samples of the documentation, one a line.
samples() {
	sed -n '/^## OCSF$/,$p' "$TOP/docs/events.md" | grep '^{"class_uid":'
}

@test "the check of OCSF lines accepts the documented samples and refuses each change for the worse" {
	local change said nr=0
	samples >"$BATS_TEST_TMPDIR/samples"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/samples") -ge 5 ]]
	"$VALIDATE" <"$BATS_TEST_TMPDIR/samples"
	grep '"class_uid":1007,' "$BATS_TEST_TMPDIR/samples" | head -n 1 >"$BATS_TEST_TMPDIR/good"
	"$VALIDATE" <"$BATS_TEST_TMPDIR/good"
	while IFS=$'\t' read -r change said; do
		jq -c "$change" "$BATS_TEST_TMPDIR/good" >"$BATS_TEST_TMPDIR/bad"
		run "$VALIDATE" <"$BATS_TEST_TMPDIR/bad"
		echo "$change: status $status: $output"
		[[ $status -eq 1 ]]
		grep -qE -- "$said" <<<"$output"
		nr=$((nr + 1))
	done < <(changes)
	[[ $nr -ge 40 ]]

	sed 's/^{/{"time":1,/' "$BATS_TEST_TMPDIR/good" >"$BATS_TEST_TMPDIR/bad"
	run "$VALIDATE" <"$BATS_TEST_TMPDIR/bad"
	[[ $status -eq 1 && $output == *"a key comes twice"* ]]
	head -c 100 "$BATS_TEST_TMPDIR/good" >"$BATS_TEST_TMPDIR/bad"
	run "$VALIDATE" <"$BATS_TEST_TMPDIR/bad"
	[[ $status -eq 1 ]]
	# One bad line among good ones is enough, and no line is no success.
	cat "$BATS_TEST_TMPDIR/good" "$BATS_TEST_TMPDIR/bad" >"$BATS_TEST_TMPDIR/both"
	run "$VALIDATE" <"$BATS_TEST_TMPDIR/both"
	[[ $status -eq 1 && $output == "line 2: "* ]]
	run "$VALIDATE" </dev/null
	[[ $status -eq 1 ]]
}

@test "an unknown format is refused" {
	run "$UIDZERO" run --format xml
	[[ $status -eq 2 && $output == *"ecs or ocsf is expected"* ]]
	run "$UIDZERO" replay --format xml /dev/null
	[[ $status -eq 2 && $output == *"json, ocsf or columns is expected"* ]]
}
