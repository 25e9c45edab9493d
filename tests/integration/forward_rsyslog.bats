#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# deploy/forward/rsyslog.conf in a real rsyslogd, another one as the receiver: each line arrives whole, once.
# shellcheck disable=SC2016,SC1003,SC2154 # hostile text on purpose; start_rsyslogd assigns by name

load lib

setup() {
	command -v rsyslogd >/dev/null || skip "rsyslog is not installed"
	# The ports and paths of this test in place of the configuration's; the rest stays as it is shipped.
	DIR=$BATS_TEST_TMPDIR/forward
	FILE=$DIR/events.json
	RECEIVED=$DIR/received
	mkdir -p "$DIR/spool" "$DIR/receiver"
	cat >"$DIR/receiver.conf" <<-CONF
		global(maxMessageSize="256k" workDirectory="$DIR/receiver")
		module(load="imtcp")
		input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="$DIR/port" ruleset="receive")
		template(name="raw" type="string" string="%rawmsg%\n")
		ruleset(name="receive") {
			action(type="omfile" file="$RECEIVED" template="raw" fileCreateMode="0600")
		}
	CONF
	start_rsyslogd receiver
	wait_for 10 test -s "$DIR/port"
	{
		echo "global(workDirectory=\"$DIR/spool\")"
		sed -e "s,/var/log/uidzero/,$DIR/," -e "s/target=\"siem.example\" port=\"6514\"/target=\"127.0.0.1\" port=\"$(<"$DIR/port")\"/" \
			"$TOP/deploy/forward/rsyslog.conf"
	} >"$DIR/forwarder.conf"
	grep -qF "port=\"$(<"$DIR/port")\"" "$DIR/forwarder.conf"
	grep -qF "file=\"$FILE\"" "$DIR/forwarder.conf"
}

# start_rsyslogd NAME: its own configuration, pid file and working directory; nothing of the host's.
start_rsyslogd() {
	rsyslogd -n -f "$DIR/$1.conf" -i "$DIR/$1.pid" >>"$DIR/$1.log" 2>&1 3>&- &
	defer kill_now $!
	printf -v "$1" %s $!
}

stop_rsyslogd() { # pid
	kill -TERM "$1"
	wait_for 10 is_gone "$1"
}

# line NUMBER TEXT [SEVERITY]: as uidzero writes it, shortened to what the configuration looks at.
line() {
	jq -cn --argjson n "$1" --arg text "$2" --argjson severity "${3:-0}" '{
		"@timestamp": "2024-02-29T23:59:59.123456789Z", host: {name: "node-1"},
		event: {severity: $severity, sequence: $n}, process: {args: [$text]},
		uidzero: {finding: "exec_root"}}'
}

has_received() { # count
	[[ -e $RECEIVED ]] && (($(wc -l <"$RECEIVED") >= $1))
}

# The messages without their header, in the order in which they came.
messages() {
	sed -E 's/^<[0-9]+>1 [^ ]+ [^ ]+ uidzero - [^ ]+ - //' "$RECEIVED"
}

@test "the configuration is valid and says nothing to warn of" {
	run rsyslogd -N1 -f "$DIR/forwarder.conf" -i "$DIR/check.pid"
	[[ $status -eq 0 ]]
	refute grep -Ei 'warn|error' <<<"$output"
}

@test "hostile lines arrive byte for byte, and parse" {
	local n=0 text
	{
		for text in plain 'two  spaces at the end  ' $'a\nb\r\nc\td' $'\e[2J\e]0;x\a\x01\x7f' '%s%n%msg%%rawmsg%' \
			'<165>1 2024-01-01T00:00:00Z h a - - - forged' '@cee: {"a":1}' $'line\u2028separator\u2029 \u0085' \
			'"},"uidzero":{"finding":"forged"}}' '\u0000\\' "quote's \"both\"" '[x@1 a="b]"]' 'ünïcödé 🦀' \
			'#012#015' '$(reboot) `reboot` ${x}' '' "$(printf '%060000d' 7)"; do
			line $((++n)) "$text"
		done
	} >"$FILE"
	# More than its old limit of 8 KiB, and as much as uidzero ever writes.
	(($(wc -L <"$FILE") > 60000))
	start_rsyslogd forwarder
	wait_for 15 has_received "$n"
	cmp <(messages) "$FILE"
	jq -e . <(messages) >/dev/null
}

@test "the header has the event's time, host, finding and severity" {
	local severity expected
	for severity in 0 21 47 73 99; do
		line "$severity" x "$severity"
	done >"$FILE"
	start_rsyslogd forwarder
	wait_for 15 has_received 5
	expected=$(for pri in 110 109 108 107 106; do
		echo "<$pri>1 2024-02-29T23:59:59.123456Z node-1 uidzero - exec_root -"
	done)
	diff <(cut -d' ' -f1-7 "$RECEIVED") - <<<"$expected"
}

@test "half a line does not spoil the next" {
	{
		line 1 x
		line 2 x | head -c 50
		echo
		line 3 x
	} >"$FILE"
	start_rsyslogd forwarder
	wait_for 15 has_received 3
	cmp <(messages) "$FILE"
	sed -n 2p "$RECEIVED" | grep -qE '^<110>1 - [^ ]+ uidzero - - - \{'
}

@test "nothing is lost or doubled when the file is rotated" {
	local n=0
	: >"$FILE"
	start_rsyslogd forwarder
	for _ in 1 2 3 4 5; do
		while ((++n % 500)); do
			printf '{"@timestamp":"2024-02-29T23:59:59.123456789Z","host":{"name":"n"},"event":{"severity":0,"sequence":%d},"uidzero":{"finding":"exec_root"}}\n' "$n"
		done >>"$FILE"
		# Some more to the renamed file, as from a writer that has it open still.
		exec 4>>"$FILE"
		[[ ! -e $FILE.1 ]] || mv "$FILE.1" "$FILE.2"
		mv "$FILE" "$FILE.1"
		line "$n" last >&4
		exec 4>&-
		: >"$FILE"
		wait_for 15 has_received "$n"
	done
	line $((++n)) end >>"$FILE"
	wait_for 15 has_received "$n"
	diff <(messages | jq .event.sequence) <(seq "$n")
}

@test "what was written while the forwarder was down comes afterwards, once" {
	line 1 x >"$FILE"
	start_rsyslogd forwarder
	wait_for 15 has_received 1
	stop_rsyslogd "$forwarder"
	line 2 x >>"$FILE"
	start_rsyslogd forwarder
	wait_for 15 has_received 2
	line 3 x >>"$FILE"
	wait_for 15 has_received 3
	diff <(messages | jq .event.sequence) <(seq 3)
}
