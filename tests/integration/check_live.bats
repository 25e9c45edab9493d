#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `uidzero check` of this host: by the agent's knowledge where one runs, by a look of its own where none does.

load lib
load runtimes

# Other containers run on this host: each test asks for its own.
setup() {
	SOCKET=$SUITE/agent.sock
	WEB=$SUITE_TAG-web
	CONFIG=$BATS_TEST_TMPDIR/config.yaml
	make_config "$CONFIG" <<<'verdict: {grace: 1s}'
	# A host whose configuration is $CONFIG: its /etc is this one's but for that.
	# shellcheck disable=SC2016
	WITH_CONFIG=(unshare -m sh -c 'mount -t overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" overlay /etc &&
		mkdir -p /etc/uidzero && cat "$1" >/etc/uidzero/uidzero.yaml && shift && exec "$@"' "$BATS_TEST_TMPDIR/etc" "$CONFIG")
	mkdir -p "$BATS_TEST_TMPDIR/etc"/{upper,work}
	AS_NOBODY=(setpriv "--reuid=$NOBODY" "--regid=$NOBODY" --clear-groups)
}

# check STATUS ARG...: its documents in $DOC, its diagnostics in $DOC.err. CHECK_WRAPPER runs it.
check() {
	local expected=$1 status=0
	shift
	DOC=$BATS_TEST_TMPDIR/document
	timeout 60 "${CHECK_WRAPPER[@]}" "$UIDZERO" check "$@" >"$DOC" 2>"$DOC.err" </dev/null 3>&- || status=$?
	cat "$DOC.err"
	echo "exit status $status, expected $expected"
	((status == expected))
}

start_answering_agent() {
	start_agent
	wait_for 10 test -S "$SOCKET"
}

start_web() { # EDIT
	runc_start "$WEB" "${1-.}" sleep 1000
}

has_verdict() { # name verdict
	jq -se --arg name "$1" --arg verdict "$2" \
		'map(select(.uidzero.finding == "verdict" and .container.name == $name)) | last.uidzero.verdict == $verdict' \
		"$OUT" >/dev/null
}

# What is looked at has been root for longer than the grace time.
let_grace_pass() {
	sleep 1.2
}

# says FIELD VALUE: of the one container in the JSON document
says() {
	local found
	found=$(jq -r "$1" "$DOC")
	[[ $found == "$2" ]] || {
		echo "$1 is '$found', expected '$2'"
		return 1
	}
}

# One line alone on standard error, which is so.
warns() { # pattern
	[[ $(wc -l <"$DOC.err") -eq 1 ]] && grep -qE -- "$1" "$DOC.err"
}

is_silent() {
	[[ ! -s $DOC.err ]]
}

@test "check: the agent that is named answers with what it knows of before" {
	start_answering_agent
	start_web
	wait_for 20 has_verdict "$WEB" root_init
	check 1 --socket "$SOCKET" --container "$WEB" --format json
	is_silent
	says .uidzero.history whole
	says .uidzero.verdict root_init
	says .uidzero.started "$(jq -r --arg name "$WEB" \
		'select(.uidzero.finding == "verdict" and .container.name == $name) | .uidzero.started' "$OUT" | tail -n 1)"
	check 1 --socket "$SOCKET" --container "$WEB"
	grep -qE "^$WEB .* FAIL root_init " "$DOC"
	stop_agent
	[[ ! -e $SOCKET ]]
}

@test "check: the configured agent is asked, and where none answers a look says what it cannot know" {
	CHECK_WRAPPER=("${WITH_CONFIG[@]}")
	start_answering_agent
	start_web
	wait_for 20 has_verdict "$WEB" root_init
	check 1 --container "$WEB" --format json
	is_silent
	says .uidzero.history whole

	# A look although one answers.
	check 1 --no-agent --container "$WEB" --format json
	is_silent
	says .uidzero.history partial

	stop_agent
	check 1 --container "$WEB" --format json
	warns "no agent answers at $SOCKET: what containers did before now is not known"
	says .uidzero.history partial
	says .uidzero.verdict root_init
}

@test "check: an agent that was killed leaves a socket that stops nobody" {
	start_answering_agent
	kill -KILL "$AGENT"
	wait_for 10 is_gone "$AGENT"
	[[ -S $SOCKET ]]
	fails_with 3 "no agent answers at $SOCKET \(Connection refused\); start .uidzero run. " "$UIDZERO" check --socket "$SOCKET"
	start_web
	let_grace_pass
	CHECK_WRAPPER=("${WITH_CONFIG[@]}")
	check 1 --container "$WEB"
	warns "no agent answers at $SOCKET: "

	start_agent
	CHECK_WRAPPER=()
	# shellcheck disable=SC2016
	wait_for 10 eval '"$UIDZERO" check --socket "$SOCKET" --container "$WEB" >/dev/null 2>&1; (($? == 1))'
	check 1 --socket "$SOCKET" --container "$WEB"
	stop_agent
	[[ ! -e $SOCKET ]]
}

@test "check: a socket where no agent answers is an error that says how to mend it" {
	fails_with 3 "no agent answers at $SOCKET.none \(No such file or directory\); start .uidzero run. " \
		"$UIDZERO" check --socket "$SOCKET.none"
	fails_with 3 'File name too long' "$UIDZERO" check --socket "/$(printf 'x%.0s' {1..200})"
	fails_with 3 'Not a directory|Connection refused' "$UIDZERO" check --socket "$UIDZERO"
}

# answer_with FILE: to the first who asks at $SOCKET.other, then it ends.
answer_with() {
	/usr/bin/python3 - "$SOCKET.other" "$1" 3>&- <<-'PYTHON' &
		import socket, sys
		server = socket.socket(socket.AF_UNIX)
		server.bind(sys.argv[1])
		server.listen()
		client = server.accept()[0]
		client.recv(4096)
		client.sendall(open(sys.argv[2], 'rb').read())
	PYTHON
	defer kill_now $!
	wait_for 10 test -S "$SOCKET.other"
}

@test "check: half an answer, or something else, is no answer" {
	local answer=$BATS_TEST_TMPDIR/answer
	printf '' >"$answer"
	answer_with "$answer"
	fails_with 3 "$SOCKET.other: the answer is not one, or is cut off" "$UIDZERO" check --socket "$SOCKET.other"
	rm "$SOCKET.other"
	grep -m 1 '"nonroot"' "$BATS_TEST_DIRNAME/../data/verdicts.jsonl" >"$answer"
	answer_with "$answer"
	fails_with 3 "$SOCKET.other: the answer is not one, or is cut off" "$UIDZERO" check --socket "$SOCKET.other"
	rm "$SOCKET.other"
	echo '{"uidzero":{"schema":"1","answer":"end","verdicts":1,"notes":[]}}' >>"$answer"
	answer_with "$answer"
	check 0 --socket "$SOCKET.other"
	rm "$SOCKET.other"
}

@test "check: an agent that is stuck does not hold up who asks for ever" {
	start_answering_agent
	kill -STOP "$AGENT"
	check 3 --socket "$SOCKET"
	warns "$SOCKET: the agent does not answer"
	[[ ! -s $DOC ]]
	kill -CONT "$AGENT"
	start_web
	wait_for 20 has_verdict "$WEB" root_init
	check 1 --socket "$SOCKET" --container "$WEB"
	stop_agent
}

@test "check: two agents on one socket: the second says so and works, the first goes on answering" {
	start_answering_agent
	local first=$AGENT first_out=$OUT
	OUT=$BATS_TEST_TMPDIR/second.jsonl
	launch_agent "$OUT"
	wait_for 15 has_line "$OUT.err" "nobody can ask for verdicts at $SOCKET: another agent answers there"
	start_web
	wait_for 20 has_verdict "$WEB" root_init
	stop_agent
	[[ -S $SOCKET ]]
	AGENT=$first
	OUT=$first_out
	wait_for 20 has_verdict "$WEB" root_init
	check 1 --socket "$SOCKET" --container "$WEB"
	stop_agent
	[[ ! -e $SOCKET ]]
}

@test "check: who asks for nonsense is let go, and the agent goes on" {
	start_answering_agent
	/usr/bin/python3 - "$SOCKET" <<-'PYTHON'
		import socket, sys
		for request in (b'{"request":\n', b'[]\n', b'{"request":"everything"}\n', b'{"request":"explain"}\n',
		                b'{"request":"explain","container":7}\n', b'\xff\x00\n', b'\n', b'x' * 10000):
		    client = socket.socket(socket.AF_UNIX)
		    client.settimeout(10)
		    client.connect(sys.argv[1])
		    try:
		        client.sendall(request)
		        answer = client.recv(4096)
		    except (BrokenPipeError, ConnectionResetError):
		        answer = b''
		    assert answer == b'', (request, answer)
	PYTHON
	start_web
	wait_for 20 has_verdict "$WEB" root_init
	check 1 --socket "$SOCKET" --container "$WEB"
	stop_agent
}

exceptions() {
	cat <<-CONFIG
		verdict: {grace: 1s}
		exceptions:
		  - {name: another image, image: "registry.example/*", owner: me, reason: none, expires: 2099-01-01}
		  - {name: last year, container: "$WEB", owner: me, reason: none, expires: 2020-12-31}
		  - {name: known, container: "$WEB", owner: team-web, reason: ticket 4711, expires: 2099-12-31}
	CONFIG
}

expect_excepted() {
	grep -qE "^$WEB .* EXCEPTED root_init " "$DOC"
	grep -qx '  excepted  known, team-web, until 2099-12-31: ticket 4711' "$DOC"
	grep -qx '  note      the exception "another image" of me excepts nothing that runs now' "$DOC"
	grep -qx '  note      the exception "last year" of me no longer counts: its last day was 2020-12-31' "$DOC"
	refute grep -q 'the exception "known"' "$DOC"
}

expect_explained() {
	grep -qx '  verdict   root_init: excepted (without the exception: failed)' "$DOC"
	grep -qx '  excepted  known, team-web, until 2099-12-31: ticket 4711' "$DOC"
	grep -A2 '^  exception' "$DOC" >"$DOC.exceptions"
	diff - <(head -n 3 "$DOC.exceptions") <<-'TEXT'
		  exception "another image" does not apply: its image does not match
		  exception "last year" no longer applies: its last day was 2020-12-31
		  exception "known" applies until 2099-12-31
	TEXT
}

@test "check: exceptions of a configuration count without an agent" {
	exceptions | make_config "$CONFIG"
	start_web
	let_grace_pass
	check 0 --config "$CONFIG" --container "$WEB"
	warns '^uidzero: with --config no agent is asked: '
	expect_excepted
	check 0 --config "$CONFIG" --explain "$WEB"
	expect_explained
	# Without them it fails.
	make_config "$CONFIG" <<<'verdict: {grace: 1s}'
	check 1 --config "$CONFIG" --explain "$WEB"
	grep -qx '  excepted  no exception holds for it' "$DOC"
}

@test "check: the agent's exceptions count in its answers, and those that have ended are in its log" {
	exceptions | make_config "$CONFIG"
	start_answering_agent
	start_web
	wait_for 20 has_verdict "$WEB" root_init
	check 0 --socket "$SOCKET" --container "$WEB"
	is_silent
	expect_excepted
	check 0 --socket "$SOCKET" --explain "$WEB"
	expect_explained
	check 3 --socket "$SOCKET" --explain nobody
	stop_agent
	[[ $(grep -c 'the exception "last year" of me no longer counts' "$OUT.err") -eq 1 ]]
	refute grep -qE 'exception "(another image|known)"' "$OUT.err"
}

@test "check: --fail-on warn makes a failure of an operator's root session" {
	start_answering_agent
	start_web '.process.user = {uid: 1001, gid: 1001}'
	wait_for 20 has_verdict "$WEB" nonroot
	check 0 --socket "$SOCKET" --container "$WEB" --fail-on warn
	runc exec --detach --user 0 "$WEB" sleep 1000 </dev/null 3>&-
	wait_for 20 has_verdict "$WEB" root_session
	check 0 --socket "$SOCKET" --container "$WEB"
	check 0 --socket "$SOCKET" --container "$WEB" --fail-on fail
	check 1 --socket "$SOCKET" --container "$WEB" --fail-on warn
	grep -qE "^$WEB .* WARN root_session " "$DOC"
	stop_agent
}

@test "check: who is wanted and not there, and options that contradict, are no pass" {
	CHECK_WRAPPER=("${WITH_CONFIG[@]}")
	check 3 --no-agent --container "$SUITE_TAG-nobody"
	grep -q "there is no container '$SUITE_TAG-nobody'" "$DOC.err"
	[[ ! -s $DOC ]]
	start_web '.process.user = {uid: 1001, gid: 1001}'
	check 0 --no-agent --container "$WEB"
	check 3 --no-agent --container "$WEB" --container "$SUITE_TAG-nobody"
	check 2 --socket "$SOCKET" --config "$CONFIG"
	check 2 --socket "$SOCKET" --no-agent
	check 2 --socket "$SOCKET" --host-root /host
	check 2 --socket "$SOCKET" --from -
	check 2 --socket ""
}

@test "check: in OCSF each container is a compliance finding, by an agent and without one" {
	local by
	start_web '.process.user = {uid: 1001, gid: 1001}'
	start_answering_agent
	for by in "--socket $SOCKET" "--no-agent --config $CONFIG"; do
		# shellcheck disable=SC2086
		check 0 $by --container "$WEB" --format ocsf
		"$TOP/tests/ocsf/validate.py" <"$DOC"
		[[ $(wc -l <"$DOC") -eq 1 ]]
		says '.class_uid' 2003
		says '.resources[0].name' "$WEB"
		says .compliance.status Pass
	done
	stop_agent
	check 2 --from "$TOP/tests/data/verdicts.jsonl" --format ocsf
}

@test "check: a plain user is told what it takes" {
	fails_with 3 'run as root, or with the capabilities CAP_BPF' "${AS_NOBODY[@]}" "$UIDZERO" check --no-agent
	fails_with 3 'run as root, or with the capabilities CAP_BPF' "${AS_NOBODY[@]}" "$UIDZERO" check --config /dev/null
	start_answering_agent
	fails_with 3 "$SOCKET: only its owner and root may ask; run this as root" "${AS_NOBODY[@]}" "$UIDZERO" check --socket "$SOCKET"
	# That is no reason to look without it.
	fails_with 3 "$SOCKET: only its owner and root may ask" "${WITH_CONFIG[@]}" \
		"${AS_NOBODY[@]}" "$UIDZERO" check
	stop_agent
}

@test "check: what is in the socket's place stays, and the agent works without it" {
	echo kept >"$SOCKET"
	defer rm "$SOCKET"
	start_agent
	wait_for 10 has_line "$OUT.err" "nobody can ask for verdicts at $SOCKET: something that is no socket is there"
	stop_agent
	[[ $(<"$SOCKET") == kept ]]
}
