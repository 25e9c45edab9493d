# SPDX-License-Identifier: Apache-2.0
# What the integration tests share: the agent's life, waiting, reading findings, and cleaning up.
# shellcheck shell=bash disable=SC2034

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
UIDZERO=${UIDZERO:-$TOP/.output/uidzero}
CHURN=${ACTIONS%/*}/churn
NOBODY=65534
AGENT_WRAPPER=()

# --- waiting ---------------------------------------------------------------------------------------

# wait_for SECONDS COMMAND...: until the command succeeds; fails when the time is over.
wait_for() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@"; do
		if ((${EPOCHREALTIME/./} > deadline)); then
			echo "gave up waiting for: $*"
			return 1
		fi
		sleep 0.03
	done
}

# `! COMMAND` never ends a test; this does.
refute() {
	if "$@"; then
		echo "should not succeed: $*"
		return 1
	fi
}

# A child of this shell has ended. Asked of the shell: on a busy host a process id is soon another's.
is_gone() { # pid
	! jobs -rp | grep -qx "$1"
}

# --- cleaning up -----------------------------------------------------------------------------------

# defer COMMAND...: tried, in reverse order, when the test ends, however it ends.
defer() {
	printf '%q ' "$@" >>"$BATS_TEST_TMPDIR/deferred"
	echo >>"$BATS_TEST_TMPDIR/deferred"
}

# What tells lines of output apart, for a person; text that is no JSON as it is.
shorten() {
	jq -rR '. as $line | try (fromjson | [.event.sequence, .uidzero.finding, .container.id, .container.name,
		.uidzero.role, .process.pid, .process.vpid, .uidzero.before.euid, .process.user.id, .process.args] | tostring)
		catch $line | .[:300]'
}

do_deferred() {
	local line
	[[ ! -e $BATS_TEST_TMPDIR/deferred ]] || while read -r line; do
		eval "$line" >/dev/null 2>&1 || true
	done < <(tac "$BATS_TEST_TMPDIR/deferred")
}

# Every file's tests end so; a file with more to do calls it from its own teardown.
teardown() {
	do_deferred
	if [[ -z ${BATS_TEST_COMPLETED-} && -e ${OUT-} ]]; then
		echo "--- the agent's standard error"
		head -c 4000 "$OUT.err" 2>/dev/null
		echo "--- the last lines of its output"
		tail -n 20 "$OUT" | shorten
	elif [[ ${OUT-} == *.jsonl ]]; then
		# For the test that holds all lines against the published field list.
		mkdir -p "$SUITE/lines"
		head -n 2000 "$OUT" >"$SUITE/lines/$(basename "$BATS_TEST_FILENAME" .bats)-$BATS_TEST_NUMBER.jsonl"
	fi
}

kill_now() { # pid of a child
	is_gone "$1" || kill -KILL "$1"
}

# --- the agent -------------------------------------------------------------------------------------

# Makes a configuration that finds the suite's private directories; more YAML comes from stdin.
make_config() { # file
	{
		cat "$SUITE/config.yaml"
		cat
	} >"$1"
}

has_line() { # file, fixed text
	grep -qsF -- "$2" "$1"
}

# start_agent [ARG...]: `uidzero run`, output in $OUT; returns once it sees events. AGENT_WRAPPER is a command
# (or a function that ends in an exec) that runs it.
start_agent() {
	OUT=$BATS_TEST_TMPDIR/events.jsonl
	launch_agent "$OUT" "$@"
	wait_for 15 agent_is_ready || return
	! is_gone "$AGENT" || {
		echo "the agent did not start: $(<"$OUT.err")"
		return 1
	}
}

agent_is_ready() {
	has_line "$OUT" '"agent_start"' || is_gone "$AGENT"
}

# launch_agent FILE [ARG...]: started, not waited for.
launch_agent() {
	local out=$1
	shift
	"${AGENT_WRAPPER[@]}" "$UIDZERO" run -c "${CONFIG:-$SUITE/config.yaml}" "$@" >"$out" 2>"$out.err" 3>&- &
	AGENT=$!
	defer kill_now "$AGENT"
}

# SIGTERM; all that happened before is in $OUT afterwards. A success is expected.
stop_agent() {
	local status=0
	kill -TERM "$AGENT"
	wait_for 15 is_gone "$AGENT" || return
	wait "$AGENT" || status=$?
	[[ $status -eq 0 ]] || {
		echo "the agent ended with status $status: $(<"$OUT.err")"
		return 1
	}
}

# --- the live view ---------------------------------------------------------------------------------

# start_trace ARG...: `uidzero trace`, output in $OUT, which is no terminal.
start_trace() {
	OUT=$BATS_TEST_TMPDIR/trace
	"$UIDZERO" trace -c "$SUITE/config.yaml" "$@" >"$OUT" 2>"$OUT.err" 3>&- &
	AGENT=$!
	defer kill_now "$AGENT"
}

# Repeats an action in containers until the trace shows it: a filter hides that it is ready.
wait_until_shown() { # text, command...
	local text=$1
	shift
	wait_for 20 is_shown_after "$text" "$@"
}

is_shown_after() { # text, command...
	"${@:2}" >/dev/null
	has_line "$OUT" "$1"
}

stop_trace() {
	kill -INT "$AGENT"
	wait_for 10 is_gone "$AGENT"
	wait "$AGENT"
}

# --- failures --------------------------------------------------------------------------------------

# fails_with STATUS PATTERN COMMAND...: nothing on stdout, one sentence on stderr that matches.
fails_with() {
	local expected=$1 pattern=$2 status=0
	shift 2
	timeout 20 "$@" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" </dev/null 3>&- || status=$?
	echo "status $status, stderr: $(<"$BATS_TEST_TMPDIR/stderr")"
	[[ $status -eq $expected ]] || return 1
	[[ ! -s $BATS_TEST_TMPDIR/stdout ]] || return 1
	[[ $(wc -l <"$BATS_TEST_TMPDIR/stderr") -eq 1 ]] || return 1
	grep -qE -- "$pattern" "$BATS_TEST_TMPDIR/stderr"
}

# Lets a process go on that waits at the FIFO.
open_fifo() { # path
	timeout 10 sh -c ': >"$1"' sh "$1"
}

# One of the agent's maps, by how its name ends.
map_id() { # name
	cat "/proc/$AGENT"/fdinfo/* 2>/dev/null | awk '$1 == "map_id:" { print $2 }' | sort -un | while read -r id; do
		[[ $(bpftool -j map show id "$id" | jq -r .name) != *"$1" ]] || echo "$id"
	done
}

# The BPF programs that a process holds, one id a line.
programs_of() { # pid
	cat "/proc/$1"/fdinfo/* 2>/dev/null | awk '$1 == "prog_id:" { print $2 }' | sort -un
}

# None of the programs whose ids stand in the file is loaded any more.
programs_are_unloaded() { # file of ids
	local loaded
	loaded=$(bpftool -j prog show) || return
	! jq '.[].id' <<<"$loaded" | grep -qxFf "$1"
}

# --- findings --------------------------------------------------------------------------------------

# findings ID FILTER: the lines of one container that the jq condition selects.
findings() {
	# On a busy host most lines are of others.
	grep -F -- "$1" "$OUT" | jq -c --arg id "$1" "select(.container.id == \$id) | select($2)"
}

# expect COUNT ID FILTER: exactly so many lines of the container are so.
expect() {
	local found count
	found=$(findings "$2" "$3") || return
	count=$(grep -c . <<<"$found" || true)
	[[ $count -eq $1 ]] || {
		echo "expected $1, got $count, of container $2: $3"
		echo "--- all that was found of it:"
		findings "$2" true | shorten
		return 1
	}
}

# A line that says what a process did, not only that the container lives or ended.
PROCESS='(.uidzero.finding | IN("container_start", "container_stop", "verdict") | not)'

# expect_nothing ID: no process of the container was found root, gaining or dropping.
expect_nothing() {
	expect 0 "$1" '.uidzero.finding | IN("exec_root", "gain_root", "drop_root", "unexplained_root", "root_found")'
}

# --- container's tree ------------------------------------------------------------------------------

# A tree of its own from busybox and the test programs.
copy_rootfs() { # directory
	mkdir -p "$1"
	cp -a "$SUITE/rootfs/." "$1"
}

random_id() {
	od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'
}
