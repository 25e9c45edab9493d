#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The verdicts of real containers over time, and that all who are asked say the same of them.

load ../integration/lib
load ../integration/runtimes
load ../integration/table
load stage

setup_file() {
	BATS_TEST_TMPDIR=$STAGE
	need_debian
	start_remapped_dockerd
	play_rows
	ask_all
	mkdir -p "$SUITE/lines"
	head -n 2000 "$OUT" >"$SUITE/lines/verdicts.jsonl"
}

teardown_file() {
	BATS_TEST_TMPDIR=$STAGE do_deferred
}

# expect_of_rows WHAT JQ: prints each row, with its lines, of which the condition does not hold; $lines are those on stdin.
expect_of_rows() {
	local wrong
	wrong=$(jq -sr --slurpfile rows <(cat "$STAGE"/row.*) '
		. as $all | $rows[] | .id as $id | [$all[] | select(.container.id == $id)] as $lines |
		select(('"$2"') | not) |
		"\(.name): \([$lines[] | .uidzero | [.verdict, .result, .reason, .root_now]])"')
	[[ -z $wrong ]] || {
		printf '%s:\n%s\n' "$1" "$wrong"
		return 1
	}
}

verdict_lines() { # file
	verdicts_in "$1" | jq -c .line
}

# What a verdict means, by docs/events.md.
EVALUATION='{nonroot: "passed", drops_root: "passed", mapped_root: "passed", root_equivalent: "warn", incomplete_drop: "warn",
	root_session: "warn", root_child: "failed", root_init: "failed", escalated: "failed"}'

@test "each container's verdicts are those of its row, no more and no fewer" {
	verdict_lines "$STAGE/events.jsonl" | expect_of_rows "verdicts" '(.told | split(" ")) == [$lines[].uidzero.verdict]'
	verdict_lines "$STAGE/events.jsonl" | expect_of_rows "evaluations" \
		"all(\$lines[]; .result.evaluation == $EVALUATION[.uidzero.verdict])"
}

@test "the reason of the last one, and whether it is the container's last" {
	verdict_lines "$STAGE/events.jsonl" | expect_of_rows "reasons" '.reason as $reason |
		$lines[-1].uidzero.reason | test($reason)'
	verdict_lines "$STAGE/events.jsonl" | expect_of_rows "ends" \
		'($lines[-1].uidzero.ended // false) == (.ends != null)'
}

# The rows' own conditions as one, of $line.
conditions() {
	jq -r 'select(.holds) | "if $id == \(.id | tojson) then $line | \(.holds) else "' "$STAGE"/row.*
	echo true
	jq -r 'select(.holds) | " end"' "$STAGE"/row.*
}

@test "check says the same through the agent's socket" {
	expect_of_rows "asked" '.root as $root | if .ends then $lines == [] else
		[$lines[].uidzero.verdict] == (.told | split(" ")[-1:]) and
		($lines[0].uidzero.root_now | tostring | test("^\($root)$")) end' <"$STAGE/asked"
	expect_of_rows "conditions" "\$lines[0] as \$line | $(conditions)" <"$STAGE/asked"
}

# What is told by somebody who did not see the past: as the row says where that makes a difference. Only where it depends
# on the moment may it change.
SEEN_NOW='if .ends then $lines == [] else (.seen // (.told | split(" ")[-1])) as $seen |
	$lines != [] and all($lines[].uidzero.verdict; test("^(\($seen))$")) and
	(($lines | length) == 1 or ($seen | contains("|"))) end'

@test "check without an agent says the same, but for what only the past tells" {
	expect_of_rows "seen" "$SEEN_NOW" <"$STAGE/looked"
}

@test "a container that was renamed has its new name for everybody, and its lines do once the agent was asked" {
	local file
	has_stopped "$SUITE_TAG-renamed" "$STAGE/events.jsonl"
	for file in asked looked; do
		expect_of_rows "$file" '.name != "renamed" or ($lines[0].container.name | endswith("-renamed"))' <"$STAGE/$file"
	done
}

@test "an agent that is started later says the same, but for what only the past tells" {
	verdict_lines "$STAGE/later.jsonl" | expect_of_rows "later" ".name == \"renamed\" or ($SEEN_NOW)"
}

@test "no thread of a container that passes is root, and those that are said to be root are" {
	local wrong
	[[ $(jq -s length "$STAGE/threads") -ge 50 ]]
	wrong=$(jq -nr --slurpfile threads "$STAGE/threads" --slurpfile lines "$STAGE/asked" '
		def is_root: .uids[1] == 0 or .uids[3] == 0;
		($threads | group_by(.id) | map({(.[0].id): .}) | add) as $by_id | $lines[] |
		select($by_id[.container.id]) | .uidzero as $its | $by_id[.container.id] as $threads |
		select(
			($its.verdict | IN("nonroot", "drops_root", "mapped_root")) and any($threads[].uids[]; . == 0) or
			$its.verdict == "root_init" and all($threads[]; .is_init and is_root | not) or
			$its.verdict == "root_child" and
				(all($threads[]; is_root | not) or any($threads[]; .is_init and is_root))) |
		[.container.id, $its.verdict, $threads] | tostring')
	[[ -z $wrong ]] || {
		echo "$wrong"
		return 1
	}
}

@test "more than 50 of them ran at once, and each was judged by all" {
	local file
	for file in asked looked; do
		[[ $(jq -s --slurpfile rows <(cat "$STAGE"/row.*) \
			'[.[] | select(.container.id | IN($rows[].id))] | length' "$STAGE/$file") -gt 50 ]]
	done
}

@test "a recording of all this gives the same verdicts again" {
	"$UIDZERO" replay -c "$STAGE/config.yaml" "$STAGE/recording" | cmp - "$STAGE/events.jsonl"
}
