#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers whose first process is a fork of the runtime that never execs: their programs are its children.

load lib
load runtimes

# started_by ID ARGS [ROLE]: one start and one exec_root as init of this program, one verdict, one stop, in this order.
started_by() {
	expect 1 "$1" ".uidzero.finding == \"exec_root\" and .uidzero.role == \"init\" and .process.args == $2"
	jq -se --arg id "$1" '[.[] | select(.container.id == $id) | .uidzero.finding] | map(select(. != "metadata")) as $all |
		$all[0:2] == ["container_start", "exec_root"] and $all[-2:] == ["verdict", "container_stop"] and
		([$all[] | select(. == "container_start" or . == "container_stop" or . == "verdict")] | length == 3)' "$OUT"
	expect 1 "$1" '.uidzero.finding == "verdict" and .uidzero.verdict == "root_init"'
}

# The id of the container in which a program with these arguments ran.
id_of() { # args
	jq -r --argjson args "$1" 'select(.uidzero.finding == "container_start" and .process.args == $args) | .container.id' "$OUT"
}

@test "lxc-execute starts a container with the program that LXC's init runs" {
	local name=$SUITE_TAG-execute
	lxc_container "$name"
	start_agent
	[[ $(lxc_execute "$name" /bin/id -u) == 0 ]]
	stop_agent
	started_by "$name" '["/bin/id", "-u"]'
	expect 1 "$name" "$PROCESS"
	expect 1 "$name" '.uidzero.finding == "exec_root" and .container.runtime == "lxc" and .process.vpid == 2'
}

@test "lxc-execute without a root file system of its own is a container too" {
	local name=$SUITE_TAG-host
	lxc_container "$name"
	printf 'lxc.uts.name = %s\nlxc.net.0.type = empty\nlxc.console.path = none\nlxc.tty.max = 0\nlxc.pty.max = 0\n' "$name" \
		>"$SUITE/lxc/$name/config"
	start_agent
	lxc_execute "$name" /bin/id -u
	stop_agent
	started_by "$name" '["/bin/id", "-u"]'
	expect 1 "$name" "$PROCESS"
}

@test "LXC's mount and autodev hooks are no findings, a start hook is a program of the container" {
	local name=$SUITE_TAG-hooks
	lxc_container "$name"
	printf '#!/bin/sh\n/bin/true inside\n' >"$SUITE/lxc/$name/rootfs/bin/start-hook"
	chmod 0755 "$SUITE/lxc/$name/rootfs/bin/start-hook"
	cat >>"$SUITE/lxc/$name/config" <<-'CONFIG'
		lxc.autodev = 1
		lxc.hook.pre-mount = /bin/true pre-mount
		lxc.hook.mount = /bin/true mount
		lxc.hook.autodev = /bin/true autodev
		lxc.hook.start = /bin/start-hook
	CONFIG
	start_agent
	lxc-start -P "$SUITE/lxc" -n "$name" -F -s "lxc.init.cmd=/bin/id -u" </dev/null 3>&-
	stop_agent
	expect 0 "$name" '.process.args | strings, arrays | tostring | test("mount|autodev")'
	expect 1 "$name" '.uidzero.finding == "exec_root" and .process.args == ["/bin/true", "inside"] and .uidzero.role == "child"'
	expect 1 "$name" '.uidzero.finding == "exec_root" and .process.args == ["/bin/id", "-u"] and .uidzero.role == "init"'
	expect 1 "$name" '.uidzero.finding == "container_start"'
	expect 1 "$name" '.uidzero.finding == "container_stop"'
	expect 1 "$name" '.uidzero.finding == "verdict" and (.uidzero.reason | startswith("id (pid"))'
}

@test "OCI hooks before the root changes are no findings, a startContainer hook is a program of the container" {
	local id=$SUITE_TAG-hooks
	start_agent
	runc_run "$id" '.process.user = {uid: 1001, gid: 1001} | .hooks =
		([["prestart", "createRuntime", "createContainer", "startContainer"][] as $name |
		  {key: $name, value: [{path: "/bin/true", args: ["true", $name]}]}] | from_entries)' /bin/id -u
	stop_agent
	expect 0 "$id" '.process.args[1]? | IN("prestart", "createRuntime", "createContainer")'
	expect_nothing "$id"
	expect 1 "$id" '.uidzero.finding == "container_start"'
	expect 1 "$id" '.uidzero.finding == "verdict" and .uidzero.verdict == "nonroot"'
	expect 1 "$id" '.uidzero.finding == "container_stop"'
}

@test "root in an OCI createContainer hook is no finding, whatever the container's cgroup is called" {
	local id=$SUITE_TAG-create hex edit
	hex=$(random_id)
	edit='.process.user = {uid: 1001, gid: 1001} | .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "id; id"]}]'
	start_agent
	runc_run "$id" "$edit" /bin/id -u
	runc_run "$id" "$edit | .linux.cgroupsPath = \"/$SUITE_TAG/docker/$hex\"" /bin/id -u
	stop_agent
	expect_nothing "$id"
	expect_nothing "$hex"
	expect 1 "$hex" '.uidzero.finding == "container_start"'
}

@test "systemd-nspawn --as-pid2 starts a container with its program" {
	local name=$SUITE_TAG-pid2
	start_agent
	nspawn_run "$name" --as-pid2 /bin/actions ids
	stop_agent
	started_by "$name" '["/bin/actions", "ids"]'
	expect 1 "$name" "$PROCESS"
	expect 1 "$name" '.uidzero.finding == "exec_root" and .container.runtime == "systemd-nspawn" and .process.vpid == 2'
}

@test "bwrap of root in a pid namespace is a container, with the host's root directory or another one" {
	local host other
	start_agent
	bwrap --unshare-pid --bind / / "$ACTIONS" ids ids 3>&-
	bwrap --unshare-pid --bind "$SUITE/rootfs" / --proc /proc /bin/sh -c '/bin/id -u; /bin/actions setuid 1001; true' 3>&-
	stop_agent
	host=$(id_of "[\"$ACTIONS\", \"ids\", \"ids\"]")
	other=$(id_of '["/bin/sh", "-c", "/bin/id -u; /bin/actions setuid 1001; true"]')
	[[ $host == pidns-* && $other == pidns-* ]]
	expect 1 "$host" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$other" '.uidzero.finding == "exec_root" and .uidzero.role == "init"'
	expect 1 "$other" '.uidzero.finding == "exec_root" and .uidzero.role == "child" and .process.args == ["/bin/id", "-u"]'
	expect 1 "$other" '.uidzero.finding == "drop_root" and .uidzero.role == "child" and .process.user.id == "1001"'
}

@test "firejail of root is a container" {
	local id
	start_agent
	firejail --quiet --noprofile "$ACTIONS" ids ids 3>&-
	stop_agent
	id=$(id_of "[\"$ACTIONS\", \"ids\", \"ids\"]")
	started_by "$id" "[\"$ACTIONS\", \"ids\", \"ids\"]"
	expect 1 "$id" "$PROCESS"
}

@test "bwrap and firejail of a plain user are the host's" {
	local user=54321 home=$BATS_TEST_TMPDIR/home
	mkdir -p "$home"
	chown "$user:$user" "$home"
	chmod a+x "$SUITE" "$BATS_RUN_TMPDIR"
	start_agent
	setpriv --reuid=$user --regid=$user --clear-groups bwrap --unshare-pid --bind / / "$ACTIONS" ids ids 3>&-
	# firejail wants a name for the user
	unshare -m sh -c 'mkdir "$1/etc" "$1/work" && mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" overlay /etc &&
		echo "plain:x:$2:$2::$1/home:/bin/sh" >>/etc/passwd && echo "plain:x:$2:" >>/etc/group && shift && user=$1 && shift &&
		exec setpriv --reuid="$user" --regid="$user" --clear-groups env HOME="$HOME" "$@"' \
		sh "$BATS_TEST_TMPDIR" "$user" firejail --quiet --noprofile "$ACTIONS" ids ids 3>&-
	stop_agent
	[[ $(jq -c 'select(.process.args[1:]? == ["ids", "ids"])' "$OUT" | wc -l) -eq 0 ]]
	[[ $(jq -c 'select(.process.name? // "" | test("bwrap|firejail|fseccomp|fcopy"))' "$OUT" | wc -l) -eq 0 ]]
}

@test "a first process that only forks gives the findings of one that execs" {
	local stub=${ACTIONS%/*}/stub how id
	make_docker_cgroups
	start_agent
	for how in direct child children; do
		id=$(random_id)
		echo "$id" >"$BATS_TEST_TMPDIR/$how"
		(
			for dir in "${DIRECTORIES[@]}"; do
				mkdir -p "$dir/docker/$id"
				echo "$BASHPID" >"$dir/docker/$id/cgroup.procs"
			done
			exec "$stub" $how /bin/busybox id -u 3>&-
		)
		for dir in "${DIRECTORIES[@]}"; do rmdir "$dir/docker/$id"; done
	done
	stop_agent
	for how in direct child children; do
		started_by "$(<"$BATS_TEST_TMPDIR/$how")" '["/bin/busybox", "id", "-u"]'
	done
	expect 1 "$(<"$BATS_TEST_TMPDIR/child")" "$PROCESS"
	expect 2 "$(<"$BATS_TEST_TMPDIR/children")" "$PROCESS"
	expect 1 "$(<"$BATS_TEST_TMPDIR/children")" '.uidzero.finding == "exec_root" and .uidzero.role == "child"'
}

# Before the agent: the walk finds the same.
@test "programs below a first process that does not exec are found by the walk" {
	local stub=${ACTIONS%/*}/stub fifo=$BATS_TEST_TMPDIR/go id pid
	mkfifo "$fifo"
	"$stub" child "$ACTIONS" wait "$fifo" exec /bin/true 3>&- &
	pid=$!
	defer kill_now "$pid"
	wait_for 10 pgrep -f "^$ACTIONS wait $fifo"
	start_agent
	wait_for 10 has_line "$OUT" '"root_found"'
	open_fifo "$fifo"
	wait "$pid"
	stop_agent
	id=$(jq -r --arg fifo "$fifo" 'select(.uidzero.finding == "root_found" and .process.args[2]? == $fifo) | .container.id' "$OUT")
	[[ $id == pidns-* ]]
	expect 1 "$id" '.uidzero.finding == "root_found" and .uidzero.role == "init"'
	expect 1 "$id" '.uidzero.finding == "exec_root" and .uidzero.role == "init" and .process.args == ["/bin/true"]'
	expect 1 "$id" '.uidzero.finding == "verdict" and .uidzero.verdict == "root_init"'
	expect 1 "$id" '.uidzero.finding == "container_stop"'
}
