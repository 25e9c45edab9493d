#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `uidzero check --from`: what other programs read of its documents, and what its exit status says.

load lib

LINES_FILE=$BATS_TEST_DIRNAME/../data/verdicts.jsonl

# check STATUS ARG...: its documents in $DOC, its diagnostics in $DOC.err.
check() {
	local expected=$1 status=0
	shift
	DOC=$BATS_TEST_TMPDIR/document
	"$UIDZERO" check "$@" >"$DOC" 2>"$DOC.err" || status=$?
	cat "$DOC.err"
	echo "exit status $status, expected $expected"
	((status == expected))
}

# only NAME...: the verdicts of these containers alone, on standard output.
only() {
	jq -c --args 'select(.uidzero.finding == "verdict" and (.container.name as $n | $ARGS.positional | index($n)))' \
		"$@" <"$LINES_FILE"
}

@test "check: JUnit loads in a JUnit parser, with every container once and hostile names within theirs" {
	check 1 --from "$LINES_FILE" --format junit
	/usr/bin/python3 - "$DOC" <<-'PYTHON'
		import sys
		from junitparser import JUnitXml, Failure, Skipped
		suites = JUnitXml.fromfile(sys.argv[1])
		cases = [case for suite in suites for case in suite]
		kinds = [[type(result) for result in case.result] for case in cases]
		assert len(cases) == 13, len(cases)
		assert sum(Failure in kind for kind in kinds) == 5, kinds
		assert sum(Skipped in kind for kind in kinds) == 2, kinds
		assert (suites.tests, suites.failures, suites.skipped) == (13, 5, 2)
		hostile = [case for case in cases if case.name.startswith('<script>alert("1")</script> ]]> [here]')]
		assert len(hostile) == 1
		assert '</failure><testcase name=\'x\'/>' in hostile[0].result[0].text
		assert any(len(case.name) > 500 for case in cases)
	PYTHON
}

@test "check: SARIF holds against its schema, with every container that does not pass" {
	check 1 --from "$LINES_FILE" --format sarif
	"$TOP/tests/sarif/run.sh" "$TOP/.output" <"$DOC"
	jq -e '.runs[0] | (.results | map(select(.ruleId | startswith("CIS-") | not) | .level)
		== ["error", "error", "error", "error", "error", "warning", "warning", "warning", "note", "error"]) and
		([.results[] | select(.suppressions)] | map(.suppressions[0].justification) ==
		["legacy-java, team-shop, until 2025-06-01: rewritten in May"])' "$DOC" || {
		jq -c '.runs[0].results[] | [.ruleId, .level, .suppressions]' "$DOC"
		return 1
	}
	# The validator can tell: a level that is none.
	sed 's/"level":"error"/"level":"dreadful"/' "$DOC" >"$DOC.wrong"
	refute "$TOP/tests/sarif/run.sh" "$TOP/.output" <"$DOC.wrong"
	# And a result that is in no file, which code scanning refuses.
	jq 'del(.runs[0].results[0].locations[0].physicalLocation)' "$DOC" >"$DOC.wrong"
	refute "$TOP/tests/sarif/run.sh" "$TOP/.output" <"$DOC.wrong"
}

@test "check: docker-bench's shape has its keys" {
	check 1 --from "$LINES_FILE" --format docker-bench
	jq -e 'keys == ["checks", "dockerbenchsecurity", "end", "score", "start", "tests"]
		and all(.tests[]; keys == ["desc", "id", "results"])
		and all(.tests[].results[]; (.result | IN("PASS", "WARN", "INFO", "NOTE")) and .id and .desc)
		and ([.tests[0].results[] | select(.id == "4.1") | .result] | group_by(.) | map([.[0], length])
			== [["NOTE", 5], ["PASS", 3], ["WARN", 5]])
		and all(.tests[].results[]; (.items | length) == 1 and (.items[0] as $name | (.details | startswith($name + ": "))
			and ((.remediation // $name) | startswith($name))))
		and ([.tests[1].results[].id] | unique) == ["5.26", "5.4", "5.5"]' "$DOC" || {
		jq -c . "$DOC"
		return 1
	}
}

@test "check: JSON is the last line of each container as it was written, the worst first" {
	check 1 --from "$LINES_FILE" --format json
	[[ $(wc -l <"$DOC") -eq 13 ]]
	# Each of them is one of the file's, and gosu's is its second.
	[[ -z $(grep -vxFf "$LINES_FILE" "$DOC") ]]
	[[ $(jq -r 'select(.container.name == "gosu") | .uidzero.verdict' "$DOC") == drops_root ]]
	[[ $(jq -r .uidzero.verdict "$DOC" | head -n1) == escalated ]]
}

@test "check: the table has a row for each, the remedies, and nothing that a terminal obeys" {
	check 1 --from "$LINES_FILE"
	grep -qE '^web +registry.example/shop:1.4 +\(none\) -> 0:0 +FAIL root_init ' "$DOC"
	grep -qE '^prod/shop-7d9f/app .* app -> 1000:1000 +FAIL root_child ' "$DOC"
	grep -qx '  remedy    Take the set-user-id bit off /usr/bin/su.' "$DOC"
	grep -qx '  excepted  legacy-java, team-shop, until 2025-06-01: rewritten in May' "$DOC"
	grep -qx '13 containers: 3 passed, 3 warned, 6 failed, 1 unknown (1 excepted)' "$DOC"
	refute grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' "$DOC"
}

@test "check: a terminal gets colour, and no line is wider than it" {
	TERM=xterm script -qec "stty cols 100; '$UIDZERO' check --from '$LINES_FILE'" /dev/null </dev/null \
		>"$BATS_TEST_TMPDIR/screen" || [[ $? -eq 1 ]]
	grep -qF $'\e[1;31mFAIL root_init\e[0m' "$BATS_TEST_TMPDIR/screen"
	sed -E 's/\x1b\[[0-9;]*m//g; s/\r$//' "$BATS_TEST_TMPDIR/screen" | python3 -c 'import sys
wide = [line for line in sys.stdin.read().splitlines() if len(line) > 100]
sys.exit(repr(wide) if wide else 0)'
}

@test "check: the exit status is that of the worst that counts" {
	only api gosu remapped legacy | check 0 --from -
	only api shell | check 0 --from - --fail-on fail
	only api shell | check 1 --from - --fail-on warn
	only api web | check 1 --from -
	only legacy | check 0 --from - --fail-on warn
	# Nothing was seen of it: neither a pass nor a failure, and a failure weighs more.
	only api paused | check 3 --from -
	only web paused | check 1 --from -
	check 0 --from /dev/null
	grep -q 'there is no container' "$DOC.err"
	check 3 --from "$BATS_TEST_TMPDIR/missing"
	check 2 --from "$LINES_FILE" --format yaml
	check 2 --from "$LINES_FILE" --fail-on never
	check 2 --from "$LINES_FILE" --no-agent
	check 2 --explain web --container api --from "$LINES_FILE"
}

@test "check: a line that cannot be read is no silent pass" {
	local lines
	lines=$(only api)
	check 3 --from - <<<"$lines"$'\n{"cut'
	grep -q '1 lines are no findings' "$DOC.err"
	grep -q '^api .* PASS nonroot ' "$DOC"
	grep -q '^  note      1 lines are no findings' "$DOC"
	check 3 --from - < <(echo "$lines" && head -c 70000 /dev/zero | tr '\0' ' ' && echo)
	check 1 --from - < <(echo "$lines" && only web && echo '{}')
}

@test "check: --container takes names and ids, and one that matches nobody is an error" {
	local id
	id=$(only web | jq -r .container.id)
	check 0 --from "$LINES_FILE" --container api
	grep -q '^1 container: 1 passed, 0 warned, 0 failed$' "$DOC"
	check 1 --from "$LINES_FILE" --container "${id:0:12}" --container api
	grep -q '^2 containers: 1 passed, 0 warned, 1 failed$' "$DOC"
	check 1 --from "$LINES_FILE" --container 'g*u' --container '[w]eb'
	grep -q '^2 containers: 1 passed, 0 warned, 1 failed$' "$DOC"
	check 3 --from "$LINES_FILE" --container nobody
	[[ ! -s $DOC ]]
	grep -q "there is no container 'nobody'" "$DOC.err"
	check 3 --from "$LINES_FILE" --container nobody --container api
	check 1 --from "$LINES_FILE" --container nobody --container web
	check 2 --from "$LINES_FILE" --container ''
}

# on_hosts LINE: the same line of two hosts, of which the second has passed.
on_hosts() {
	jq -c '(.host |= {id: "1", name: "node-a"}), (.host |= {id: "2", name: "node-b"} | .result.evaluation = "passed"
		| .uidzero.verdict = "nonroot" | .uidzero.result = "passed")' <<<"$1"
}

@test "check: containers of the same id on two hosts are two, and --host chooses one" {
	local lines
	lines=$(on_hosts "$(only web | tail -n1)")
	check 1 --from - <<<"$lines"
	grep -q '^node-a  web .* FAIL root_init ' "$DOC"
	grep -q '^node-b  web .* PASS nonroot ' "$DOC"
	check 0 --from - --host node-b <<<"$lines"
	check 1 --from - --host 1 --format junit <<<"$lines"
	grep -q 'hostname="node-a"' "$DOC"
	refute grep -q 'hostname="node-b"' "$DOC"
	check 3 --from - --host node-c <<<"$lines"
	grep -q "there is no container of host 'node-c'" "$DOC.err"
	check 2 --from - --host '' <<<"$lines"
	# SARIF of both is still one that code scanning takes.
	check 1 --from - --format sarif <<<"$lines"
	"$TOP/tests/sarif/run.sh" "$TOP/.output" <"$DOC"
}

@test "check: of rotated files in any order the newest line counts" {
	local old new
	old=$(only web | tail -n1)
	new=$(jq -c '."@timestamp" = "2099-01-01T00:00:00.000000000Z" | .result.evaluation = "passed" | .uidzero.verdict = "nonroot"
		| .uidzero.result = "passed"' <<<"$old")
	check 0 --from - <<<"$new"$'\n'"$old"
	check 0 --from - <<<"$old"$'\n'"$new"
}

@test "check: what makes the exit status 1 is a failure in every document" {
	local document
	only shell >"$BATS_TEST_TMPDIR/lines"
	check 0 --from "$BATS_TEST_TMPDIR/lines" --format junit
	grep -q ' failures="0"' "$DOC"
	check 1 --from "$BATS_TEST_TMPDIR/lines" --fail-on warn --format junit
	grep -q ' failures="1"' "$DOC"
	check 1 --from "$BATS_TEST_TMPDIR/lines" --fail-on warn --format sarif
	jq -e '[.runs[0].results[] | select(.ruleId == "root_session") | .level] == ["error"]' "$DOC"
	check 1 --from "$BATS_TEST_TMPDIR/lines" --fail-on warn --format docker-bench
	jq -e '[.tests[].results[] | select(.id == "4.1") | .result] == ["WARN"]' "$DOC"
	check 1 --from "$BATS_TEST_TMPDIR/lines" --fail-on warn --format html
	grep -q 'The check fails: 1 of 1 containers' "$DOC"
}

@test "check: --explain tells what decided" {
	check 1 --from "$LINES_FILE" --explain web
	grep -qx '  verdict   root_init: failed' "$DOC"
	grep -qx '  meaning   its first process is root for longer than the grace time' "$DOC"
	grep -qx '  reason    nginx (pid 4711) has been root for 10 s' "$DOC"
	grep -qx '  resolved  0:0' "$DOC"
	grep -qx '  held      2024-11-22 00:59:58Z - now  root  nginx (pid 4711), init' "$DOC"
	grep -q '^  control   CIS-Docker-5.5 passed: ' "$DOC"
	check 0 --from "$LINES_FILE" --explain legacy
	grep -qx '  verdict   root_init: excepted (without the exception: failed)' "$DOC"
	grep -qx '  excepted  legacy-java, team-shop, until 2025-06-01: rewritten in May' "$DOC"
	check 3 --from "$LINES_FILE" --explain nobody
}

@test "check: -o makes a private file that appears whole, and replaces nothing but files" {
	local dir=$BATS_TEST_TMPDIR/out
	mkdir "$dir"
	echo old >"$dir/report"
	chmod 0644 "$dir/report"
	check 1 --from "$LINES_FILE" --format sarif -o "$dir/report"
	[[ ! -s $DOC && $(stat -c %a "$dir/report") == 600 ]]
	jq -e '.version == "2.1.0"' "$dir/report"
	ln -s report "$dir/link"
	check 3 --from "$LINES_FILE" -o "$dir/link"
	[[ -L $dir/link ]]
	check 3 --from "$LINES_FILE" -o "$dir"
	check 3 --from "$LINES_FILE" -o "$dir/missing/report"
	# A full disk: nothing of the old document is lost, and nothing is left beside it.
	mount -t tmpfs -o size=16k none "$dir"
	defer umount -l "$dir"
	echo old >"$dir/report"
	check 3 --from "$LINES_FILE" --format sarif -o "$dir/report"
	[[ $(<"$dir/report") == old && $(ls "$dir") == report ]]
}
