#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each switch of ids that a program in a container makes is one line with the ids before and after it.

load lib
load runtimes

# What the test program says it did, as the findings that it should have made.
EXPECTED='
	def root: .euid == 0 or .fsuid == 0;
	def uids: {ruid, euid, suid, fsuid};
	select(.before and .after and (.before | uids) != (.after | uids)) |
	{finding: (if (.before | root) == (.after | root) then "uid_change"
		   elif .after | root then "gain_root" else "drop_root" end),
	 before: .before | uids, after: .after | uids}'

# The same from the lines. Ids are strings in them.
SEEN='
	select(.container.id == $id and (.uidzero.finding | IN("uid_change", "gain_root", "drop_root", "unexplained_root"))) |
	{finding: .uidzero.finding,
	 before: .uidzero.before | {ruid, euid, suid, fsuid} | map_values(tonumber),
	 after: {ruid: .process.real_user.id, euid: .process.user.id, suid: .process.saved_user.id, fsuid: .uidzero.fsuid} |
		map_values(tonumber)}'

# act ID EDIT ACTION...: the actions in a container; their facts in $FACTS.
act() {
	local id=$1 edit=$2
	shift 2
	FACTS=$BATS_TEST_TMPDIR/facts.$id
	runc_run "$id" "$edit" /bin/actions "$@" >"$FACTS"
}

# The lines of the container tell what the facts tell, in their order.
expect_facts() { # id
	diff <(jq -c "$EXPECTED" "$FACTS") <(jq -c --arg id "$1" "$SEEN" "$OUT")
}

AS_APP='.process.user = {uid: 1001, gid: 1001}'
AS_APP_WITH_CAPS=$AS_APP' | .process.capabilities.inheritable = .process.capabilities.bounding |
	.process.capabilities.ambient = .process.capabilities.bounding'

@test "setresuid: drop, regain, parts of it, the last drop" {
	local id=$SUITE_TAG-setresuid
	start_agent
	act "$id" . setresuid 0 1001 0 setresuid -1 0 -1 setresuid -1 -1 1002 setresuid 1003 -1 -1 setresuid 0 1001 0 \
		setresuid -1 0 -1 setresuid 1001 1001 1001
	stop_agent
	[[ $(jq -c "$EXPECTED" "$FACTS" | wc -l) -eq 7 ]]
	expect_facts "$id"
	expect 2 "$id" '.uidzero.finding == "gain_root" and .uidzero.cause == "set_uid" and .uidzero.regained
		and .uidzero.syscall == "setresuid" and (.event.kind == "alert") == (.uidzero.repeated | not)'
	expect 1 "$id" '.uidzero.repeated == 1 and .event.severity == 0'
	expect 3 "$id" '.uidzero.finding == "drop_root" and .uidzero.syscall == "setresuid"'
	expect 1 "$id" '.uidzero.finding == "drop_root" and .uidzero.drop.complete == true'
}

@test "setreuid, a swap of ids, setuid" {
	local id=$SUITE_TAG-setreuid
	start_agent
	act "$id" . setresuid 1001 0 1001 setreuid 0 1001 setreuid 1001 0 setreuid 0 0 setuid 1001
	stop_agent
	[[ $(jq -c "$EXPECTED" "$FACTS" | wc -l) -eq 5 ]]
	expect_facts "$id"
}

@test "setfsuid alone: root's files without root's euid, and back" {
	local id=$SUITE_TAG-setfsuid
	start_agent
	act "$id" . setfsuid 1001 setfsuid 0 setresuid 0 1001 0 setfsuid 0 setfsuid 1001
	stop_agent
	[[ $(jq -c "$EXPECTED" "$FACTS" | wc -l) -eq 5 ]]
	expect_facts "$id"
}

@test "the set*gid calls are no finding" {
	local id=$SUITE_TAG-gid
	start_agent
	act "$id" . setgid 5 setregid 6 7 setresgid 8 9 10 setfsgid 11
	stop_agent
	expect_facts "$id"
	expect 1 "$id" "$PROCESS"
}

@test "with --all each hook reports groups, capabilities, securebits and user namespaces as what they are" {
	local hook id
	for hook in tracepoint sys_exit; do
		id=$SUITE_TAG-all-$hook
		start_agent --all --hook "$hook"
		# PR_CAPBSET_DROP 1, PR_SET_SECUREBITS SECBIT_NOROOT, CLONE_NEWUSER.
		act "$id" . setgid 5 setfsgid 6 setgroups 7 setgroups 0 prctl 24 1 prctl 28 1 capset unshare 0x10000000
		stop_agent
		diff - <(findings "$id" '.uidzero.finding | IN("gid_change", "capability_change", "uid_change")' |
			jq -r '[.uidzero.finding, .event.action, .uidzero.syscall,
				(.message | sub("^[^)]*\\) "; "") | sub(" in container .*"; ""))] | join(" ")') <<-END
			gid_change gid_change setgid changed its gid from 0 to 5
			gid_change gid_change setfsgid changed its file system gid from 5 to 6, the effective one stays 5
			gid_change gid_change setgroups got the supplementary group 0
			capability_change capability_change prctl changed its bounding capabilities
			capability_change capability_change prctl changed its securebits
			capability_change capability_change capset changed its effective capabilities
			capability_change capability_change unshare went into another user namespace and changed its effective, permitted and bounding capabilities and its securebits
		END
		expect 1 "$id" '.uidzero.syscall == "prctl" and (.uidzero.before.capabilities.bounding // [] | index("CAP_DAC_OVERRIDE"))'
	done
}

@test "calls that fail and calls that change nothing are no finding" {
	local id=$SUITE_TAG-nothing
	start_agent
	act "$id" "$AS_APP" setuid 0 setreuid 0 0 setresuid 0 0 0 setfsuid 0 setresuid -1 -1 -1 setuid 1001 setresuid 1001 1001 1001
	act "$id" . setuid 0 setresuid 0 0 0 setresuid -1 -1 -1 setreuid -1 -1 setfsuid 0 setfsuid -1
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root"'
}

@test "a thread that is not the leader switches alone" {
	local id=$SUITE_TAG-thread
	start_agent
	act "$id" . in-thread setresuid 0 1001 0 setresuid 0 0 0
	stop_agent
	[[ $(jq -c "$EXPECTED" "$FACTS" | wc -l) -eq 2 ]]
	expect_facts "$id"
	expect 1 "$id" '.uidzero.finding == "drop_root" and .process.thread.id != .process.pid and .process.vpid == 1'
}

@test "exec by a thread that is not the leader is the process's exec" {
	local id=$SUITE_TAG-threadexec
	start_agent
	act "$id" . in-thread exec /bin/id -u
	stop_agent
	expect 2 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id", "-u"] and .process.vpid == 1
		and .process.pid == .process.thread.id and .uidzero.role == "init"'
}

@test "a set-user-id program is one gain_root, and what it starts inherits" {
	local id=$SUITE_TAG-suid
	start_agent
	runc_run "$id" "$AS_APP" /bin/sh -c '/bin/gain exec /bin/actions ids; exit 0' | grep '"ruid":1001,"euid":0'
	stop_agent
	expect 2 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "gain_root" and .uidzero.cause == "setuid_file" and .event.kind == "alert"
		and .event.action == "exec" and .process.executable == "/bin/gain" and .uidzero.before.euid == "1001"
		and .process.user.id == "0" and .process.real_user.id == "1001"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.cause == "inherited"
		and .process.executable == "/bin/actions"'
}

@test "a set-user-id program as a container's first one is a gain_root too" {
	local id=$SUITE_TAG-suidinit
	start_agent
	runc_run "$id" "$AS_APP" /bin/gain ids | grep '"ruid":1001,"euid":0'
	stop_agent
	expect 1 "$id" "$PROCESS"
	expect 1 "$id" '.uidzero.finding == "gain_root" and .uidzero.cause == "setuid_file" and .uidzero.role == "init"'
}

@test "a set-user-id program with no_new_privs gains nothing" {
	local id=$SUITE_TAG-nnp
	start_agent
	runc_run "$id" "$AS_APP | .process.noNewPrivileges = true" /bin/gain ids | grep '"euid":1001'
	stop_agent
	expect_nothing "$id"
}

@test "capabilities without uid 0 let a program gain root by setuid" {
	local id=$SUITE_TAG-caps
	start_agent
	act "$id" "$AS_APP_WITH_CAPS" setuid 0 exec /bin/id
	stop_agent
	expect_facts "$id"
	expect 1 "$id" '.uidzero.finding == "gain_root" and .uidzero.cause == "set_uid" and .event.kind == "alert"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id"]'
}

@test "32-bit system calls, which no tracepoint shows, are found out at the next sight" {
	"$ACTIONS" int80-setuid 0 >/dev/null 2>&1 || skip "this kernel or machine has no 32-bit system calls"
	local id=$SUITE_TAG-int80
	start_agent
	act "$id" . setresuid 0 1001 0 int80-setresuid 0 0 0 exec /bin/id
	stop_agent
	expect 1 "$id" '.uidzero.finding == "drop_root"'
	expect 1 "$id" '.uidzero.finding == "gain_root" and .uidzero.cause == "unexplained" and .process.user.id == "0"
		and .uidzero.before.euid == "1001"'
	expect 1 "$id" '.process.args == ["/bin/id"]'
}

@test "execveat and an exec of a memfd are execs like others" {
	local id=$SUITE_TAG-memfd
	start_agent
	act "$id" . execveat /bin/actions memfd-exec /bin/id -u
	stop_agent
	expect 3 "$id" '.uidzero.finding == "exec_root"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id", "-u"] and .uidzero.file.fileless == true'
	expect 2 "$id" '.uidzero.finding == "exec_root" and .process.executable == "/bin/actions" and (.uidzero.file.fileless | not)'
}

@test "root in a user namespace that the program made itself is mapped root" {
	local id=$SUITE_TAG-ownuserns
	start_agent
	act "$id" "$AS_APP" user-namespace exec /bin/id
	stop_agent
	expect 1 "$id" '.process.args == ["/bin/id"] and .uidzero.root == "mapped" and .process.user.id == "1001"'
}
