#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The self-test sees every case by each hook that this kernel allows, can fail, and leaves nothing behind.

load lib
bats_require_minimum_version 1.5.0

# Other self-tests may run on this host: this one's runs are those that are new, and theirs stay out of it.
setup() {
	selftest_cgroups >"$BATS_TEST_TMPDIR/former"
}

selftest_cgroups() {
	find /sys/fs/cgroup -type d -name 'uidzero-selftest-*' -prune -printf '%f\n' | sort -u
}

# Runs that are not of before this test, and that nobody holds any more.
has_no_cgroups() {
	local run
	for run in $(selftest_cgroups | comm -13 "$BATS_TEST_TMPDIR/former" -); do
		is_locked "$run" || return
	done
}

is_locked() { # name of a run
	local dir
	while read -r dir; do
		[[ ! -d $dir ]] || ! flock --nonblock "$dir" true || return
	done < <(find /sys/fs/cgroup -type d -name "$1" -prune)
}

# start_selftest [ARG...]: in $OUT; returns when its first container is there, whose name is in $RUN.
start_selftest() {
	OUT=$BATS_TEST_TMPDIR/table
	"$UIDZERO" selftest "$@" >"$OUT" 2>"$OUT.err" 3>&- &
	AGENT=$!
	defer kill_now "$AGENT"
	wait_for 30 has_container
	programs_of "$AGENT" >"$BATS_TEST_TMPDIR/programs"
	[[ -s $BATS_TEST_TMPDIR/programs ]]
}

# The directory whose lock the process holds.
has_container() {
	RUN=$(find "/proc/$AGENT/fd" -lname '*/uidzero-selftest-*' -printf '%l\n' 2>/dev/null | head -n 1)
	[[ -n $RUN ]] && find "$RUN" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | grep -q .
}

# Processes, cgroups, mounts and programs of the run that $RUN names.
expect_nothing_left() {
	local run=${RUN##*/}
	wait_for 10 programs_are_unloaded "$BATS_TEST_TMPDIR/programs"
	[[ -z $(find /sys/fs/cgroup -type d -name "$run" -prune) ]]
	wait_for 10 has_no_process "$run"
	refute grep -q uidzero-selftest /proc/self/mountinfo
}

# Not even one that has ended and that nobody waits for.
has_no_process() { # text in its cgroups' paths
	! cat /proc/[0-9]*/cgroup 2>/dev/null | grep -q "$1"
}

@test "every case is seen by each hook, and nothing is left behind" {
	local hooks
	start_selftest
	wait_for 200 is_gone "$AGENT"
	wait "$AGENT"
	[[ ! -s $OUT.err ]]
	cat "$OUT"
	refute grep -q MISSED "$OUT"
	# The tracepoints are there on all kernels that are supported.
	grep -E '^ +([a-z_]+ +)*tracepoint +sys_exit *$' "$OUT"
	# Nothing is left out: one line for each case of the list.
	diff <("$UIDZERO" selftest --list | awk '/^  / { print $1 }') \
		<(awk '/^  [a-z]/ { print $1 }' "$OUT")
	grep -qE '^[1-9][0-9]* seen, 0 missed, [0-9]+ not possible here$' "$OUT"
	expect_nothing_left
}

@test "one case by one hook" {
	run --separate-stderr "$UIDZERO" selftest --hook sys_exit --case setuid_file --case groups
	[[ $status -eq 0 && -z $stderr ]]
	[[ ${#lines[@]} -eq 6 && ${lines[0]} =~ ^\ +sys_exit\ *$ ]]
	[[ ${lines[2]} =~ ^\ +setuid_file\ +seen && ${lines[4]} =~ ^\ +groups\ +seen ]]
	has_no_cgroups
}

@test "a case that does not happen is missed, with what should have been seen" {
	run "$(dirname "$ACTIONS")/pretend" "$UIDZERO" selftest --hook tracepoint --case setreuid --case setresuid
	[[ $status -eq 1 ]]
	[[ ${lines[2]} =~ setreuid\ +MISSED && $output == *"1 seen, 1 missed"* ]]
	[[ $(grep -c '^ *[-+]' <<<"$output") -eq 1 ]]
	[[ $output == *"- gain_root set_uid real init 1000/1000/0/1000 > 1000/0/0/0"* ]]
	has_no_cgroups
}

@test "Ctrl-C in the middle leaves nothing behind" {
	local status=0
	start_selftest
	kill -INT "$AGENT"
	wait_for 20 is_gone "$AGENT"
	wait "$AGENT" || status=$?
	[[ $status -eq 3 && ! -s $OUT ]]
	[[ $(wc -l <"$OUT.err") -eq 1 ]]
	grep -q interrupted "$OUT.err"
	expect_nothing_left
}

@test "what a killed one left behind, the next one removes" {
	local former
	start_selftest
	former=$RUN
	kill -KILL "$AGENT"
	wait_for 10 is_gone "$AGENT"
	[[ -d $former ]]
	wait_for 10 programs_are_unloaded "$BATS_TEST_TMPDIR/programs"
	"$UIDZERO" selftest --hook sys_exit --case setuid
	RUN=$former expect_nothing_left
}

@test "the host's configuration hides nothing from it" {
	# In a mount namespace of its own, where everything is expected.
	printf 'allow:\n  - container: "*"\n    reason: all\n' >"$BATS_TEST_TMPDIR/uidzero.yaml"
	unshare --mount --propagation private sh -c '
		mkdir -p /etc/uidzero && mount -t tmpfs none /etc/uidzero && cp "$1" /etc/uidzero/uidzero.yaml &&
		exec "$2" selftest --hook sys_exit --case setuid' sh "$BATS_TEST_TMPDIR/uidzero.yaml" "$UIDZERO"
}

@test "a plain user is told that it needs root" {
	fails_with 3 'root' setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$UIDZERO" selftest
}

@test "without cgroups of the host it says so" {
	fails_with 3 'cgroup' unshare --mount --propagation private sh -c '
		umount -l -R /sys/fs/cgroup && exec "$@"' sh "$UIDZERO" selftest
}

@test "wrong options are a usage error" {
	fails_with 2 'no_such_case' "$UIDZERO" selftest --case no_such_case ||
		grep -q no_such_case "$BATS_TEST_TMPDIR/stderr" # a hint to --help may follow
	run "$UIDZERO" selftest --case no_such_case
	[[ $status -eq 2 ]]
	run "$UIDZERO" selftest --hook no_such_hook
	[[ $status -eq 2 ]]
	run "$UIDZERO" selftest too many
	[[ $status -eq 2 ]]
}

@test "--list tells the cases without making them, and needs no privileges" {
	run setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$UIDZERO" selftest --list
	[[ $status -eq 0 && ${lines[0]} == Gains ]]
	[[ $output == *"  setuid_file "* && $output == *"Nothing to find"* ]]
}

@test "a set-user-id copy does nothing for its caller" {
	local copy=$SUITE/setuid-copy
	install -m 4755 "$UIDZERO" "$copy"
	defer rm -f "$copy"
	fails_with 3 'set-user-id' setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$copy" run -o "$SUITE/written"
	fails_with 3 'set-user-id' setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$copy" selftest
	[[ ! -e $SUITE/written ]]
}
