#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# On each kernel, cgroup layout and hook, what a container does is told the same: no more and no less.

VM=$BATS_TEST_DIRNAME

setup() {
	KERNEL=${BATS_TEST_DESCRIPTION%%,*}
	[[ " ${UIDZERO_VM_KERNELS-$KERNEL} " == *" $KERNEL "* ]] || skip "only $UIDZERO_VM_KERNELS are asked for"
	OUTPUT=$VM/../../.output
	[[ $KERNEL != *-arm64 ]] || OUTPUT+=/arm64
	case $KERNEL in
	# arm64 has had fentry for functions of the kernel since 6.4.
	5.10-arm64 | 6.1-arm64) HOOKS=("${HOOKS[@]:1}") ;;
	esac
}

# What the container does (deploy/demo/guest.c), as a person would write it down: finding, cause, process, whether that
# was written after the image, then real, effective and saved uid, of a change those before it too.
expected() {
	tr -s '\t' <<-'TABLE'
		exec_root	-			chroot	null	0 0 0
		exec_root	inherited		guest	false	0 0 0
		drop_root	-			guest	false	0 0 0 -> 1000 1000 1000
		gain_root	setuid_file		helper	true	1000 1000 1000 -> 1000 0 0
		drop_root	-			guest	false	0 0 0 -> 1000 1000 0
		gain_root	set_uid			guest	false	1000 1000 0 -> 1000 0 0
	TABLE
}

# The same from the container's lines.
seen() { # id; lines on stdin
	jq -r --arg id "$1" 'def ids: join(" ");
		select(.container.id == $id and (.uidzero.finding | IN("container_start", "container_stop", "verdict") | not)) |
		[.uidzero.finding, .uidzero.cause // "-", (.process.args[0] | sub(".*/"; "")),
		 (.uidzero.file.writable_layer | tostring),
		 (.uidzero.before | if . then ([.ruid, .euid, .suid] | ids) + " -> " else "" end) +
		 ([.process.real_user.id, .process.user.id, .process.saved_user.id] | ids)] | @tsv'
}

# Whatever else was told: the container's life, and the agent's. Nothing is of anybody else, and nothing was lost.
told_besides() { # lines on stdin
	jq -r 'select(.uidzero.finding | IN("exec_root", "gain_root", "drop_root", "unexplained_root") | not) |
		"\(.uidzero.finding) \(.container.id // .uidzero.agent.cgroup_mode // "" | .[:6])"'
}

# Runs a command in the test's kernel; its output is in $output. $FILES are more arguments of tests/vm/boot.
in_vm() { # layout, command...
	local layout=$1
	shift
	output=$("$VM/boot" "$KERNEL" --cgroup "$layout" --time 280 --file "$VM/container" "${FILES[@]}" -- "$@") || {
		echo "$output"
		return 1
	}
	# bats shows it where the test fails.
	jq -r .message <<<"$output"
}

random_id() { # digits
	od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' | head -c "$1"
}

# told_life LAYOUT ID...: what is told besides of each container, and of the agent that watched them.
told_life() {
	local id
	echo "agent_start $1"
	for id in "${@:2}"; do
		printf "%s\n" "container_start ${id:0:6}" "verdict ${id:0:6}" "container_stop ${id:0:6}"
	done
	echo "agent_stop "
}

# What `runc spec` writes, for a program that wants to change its user.
make_bundle() {
	(cd "$BATS_TEST_TMPDIR" && runc spec)
	jq '["CAP_SETUID", "CAP_SETGID"] as $caps |
		.process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps} |
		.process.terminal = false | .process.noNewPrivileges = false | .process.args = ["PROGRAM"] |
		.root = {path: "ROOT", readonly: true}' "$BATS_TEST_TMPDIR/config.json" >"$BATS_TEST_TMPDIR/edited.json"
	FILES=(--file "$BATS_TEST_TMPDIR/edited.json=/vm/config.json" --file "$(command -v runc)" --file "$(command -v crun)")
}

# watch_container LAYOUT BY...: by the hooks that uidzero chooses, containers that each is made by.
watch_container() {
	local layout=$1 by output tail i=0 ids=() containers=() FILES
	tail=$(random_id 62)
	shift
	[[ $* == hand ]] || make_bundle
	for by; do
		ids+=("b${#ids[@]}$tail")
		containers+=("$by:${ids[-1]}")
	done
	in_vm "$layout" container "${containers[*]}" guest
	for by; do
		echo "by $by"
		diff <(if [[ $by == hand ]]; then expected; else expected_by_runtime; fi) <(seen "${ids[i]}" <<<"$output")
		diff <(echo "${by/hand/docker}") \
			<(jq -r --arg id "${ids[i]}" 'select(.container.id == $id).container.runtime' <<<"$output" | sort -u)
		i=$((i + 1))
	done
	diff <(told_life "$layout" "${ids[@]}") <(told_besides <<<"$output")
}

# The entrypoint is the first that a runtime runs in the container.
expected_by_runtime() {
	expected | tail -n +2 | sed '1s/inherited/-/'
}

# Each rung of the ladder, one after the other, as --hook and as the finding calls it.
HOOKS=(fentry:fentry/commit_creds kprobe:kprobe/commit_creds tracepoint:tp/syscalls/sys_exit sys_exit:raw_tp/sys_exit)

# run_by_each_hook PROGRAM COMMAND: after the command, a container with the program by each; ${ids[@]} are theirs.
run_by_each_hook() {
	local i tail commands=$2
	tail=$(random_id 62)
	ids=()
	for i in "${!HOOKS[@]}"; do
		ids+=("a$i$tail")
		commands+=" && container hand:a$i$tail $1 --hook ${HOOKS[i]%%:*}"
	done
	in_vm v2 sh -c "$commands"
	diff <(for i in "${ids[@]}"; do told_life v2 "$i"; done) <(told_besides <<<"$output")
}

watch_by_each_hook() {
	local output i ids
	run_by_each_hook guest true
	for i in "${!HOOKS[@]}"; do
		echo "by ${HOOKS[i]%%:*}"
		diff <(expected) <(seen "${ids[i]}" <<<"$output")
		# The last gain, which is no exec's.
		diff <(echo "${HOOKS[i]#*:}") \
			<(jq -r --arg id "${ids[i]}" 'select(.container.id == $id and .uidzero.cause == "set_uid") |
				.uidzero.hook' <<<"$output")
	done
}

# A module makes four processes root (tests/vm/module/become). Where every commit is seen, a commit is told at once
# and as what it is, and the others are not taken for a commit; elsewhere all are told when they are looked at.
expected_of_module() { # hook
	case $1 in
	*/commit_creds) printf 'unexplained_root 99 %s sh\n' "$1" drift && printf 'unexplained_root 99 drift %s\n' true sh ;;
	*) printf 'gain_root 73 drift %s\n' sh sh true sh ;;
	esac
}

watch_module() {
	# The last rung knows no more than the one before it.
	local HOOKS=("${HOOKS[@]:0:3}") output i ids
	local FILES=(--file "$VM/module/become" --file "$BATS_TEST_TMPDIR/uidzero_test.ko=/vm/uidzero_test.ko")
	"$VM/fetch" "$KERNEL"
	"$VM/module/build" "$KERNEL" "$BATS_TEST_TMPDIR/uidzero_test.ko"
	run_by_each_hook become 'insmod /vm/uidzero_test.ko'
	[[ ${#ids[@]} -eq 3 ]]
	for i in "${!HOOKS[@]}"; do
		echo "by ${HOOKS[i]%%:*}"
		diff <(expected_of_module "${HOOKS[i]#*:}") \
			<(jq -r --arg id "${ids[i]}" 'select(.container.id == $id and .uidzero.cause == "unexplained") |
				"\(.uidzero.finding) \(.event.severity) \(.uidzero.hook) \(.process.name)" +
				if [.uidzero.before.ruid, .uidzero.before.euid, .uidzero.before.suid, .process.real_user.id,
				    .process.user.id, .process.saved_user.id] != ["1000", "1000", "1000", "0", "0", "0"]
				then " with other ids" else "" end' <<<"$output")
	done
}

# What each compiler makes of all programs is accepted, and within the bounds.
watch_verifier() {
	local objects=("$OUTPUT"/verifier/clang-*.bpf.o) object files=()
	[[ ${#objects[@]} -eq 3 ]]
	for object in "${objects[@]}"; do
		files+=(--file "$object=/vm/${object##*/}")
	done
	"$VM/boot" "$KERNEL" --time 280 --file "$OUTPUT/verifier/verify" \
		--file "${VM%/vm}/verifier/bounds=/vm/bounds" "${files[@]}" -- sh -c 'verify --all /vm/bounds /vm/clang-*.bpf.o'
}

# Each of the self-test's cases is seen by each hook. Not possible are the 32-bit calls of a 64-bit program on arm64, and an
# idmapped mount of a tmpfs before 6.3.
watch_selftest() {
	local calls mounts
	"$VM/boot" "$KERNEL" --time 580 -- uidzero selftest | tee "$BATS_TEST_TMPDIR/out"
	grep -xE "$(printf ' +%s' "${HOOKS[@]%%:*}") *" "$BATS_TEST_TMPDIR/out"
	[[ ${HOOKS[*]} == fentry* ]] ||
		grep -x 'fentry is not to be had on this kernel: Operation not supported' "$BATS_TEST_TMPDIR/out"
	calls=$(grep -c ': this machine has no such 32-bit system calls$' "$BATS_TEST_TMPDIR/out" || true)
	mounts=$(grep -c ': an idmapped mount of a tmpfs: ' "$BATS_TEST_TMPDIR/out" || true)
	grep -xE "[1-9][0-9]* seen, 0 missed, $((calls + mounts)) not possible here" "$BATS_TEST_TMPDIR/out"
	[[ $KERNEL == *-arm64 || $calls -eq 0 ]]
	[[ ${KERNEL%-arm64} == 5.10 || ${KERNEL%-arm64} == 6.1 || $mounts -eq 0 ]]
}

# What a 32-bit program does (tests/vm/arm32.S): the tracepoints do not fire for it.
expected_of_32bit() { # hook
	expected | sed -n '1,2s/guest/arm32/; 1,2p'
	[[ $1 == tp/* ]] || tr -s '\t' <<-'TABLE'
		drop_root	-			arm32	false	0 0 0 -> 0 1000 0
		gain_root	set_uid			arm32	false	0 1000 0 -> 0 0 0
	TABLE
}

watch_32bit() {
	local output i ids FILES=(--file "$OUTPUT/arm32")
	run_by_each_hook arm32 true
	for i in "${!HOOKS[@]}"; do
		echo "by ${HOOKS[i]%%:*}"
		diff <(expected_of_32bit "${HOOKS[i]#*:}") <(seen "${ids[i]}" <<<"$output")
	done
}

# What the kernel starts from a container's file system (tests/vm/escape), by a core dump's pipe and as modprobe.
watch_helpers() {
	local output FILES=(--file "$VM/escape") id
	id=$(random_id 64)
	in_vm v2 container "hand:$id" escape
	diff <(printf '%s\n' 'escaped true' 'escaped true' 'escaped -q -- fs-uidzero' | sort) \
		<(jq -r --arg id "$id" 'select(.container.id == $id and .uidzero.finding == "host_exec") |
			.process.args | .[0] |= sub(".*/"; "") | join(" ")' <<<"$output" | sort)
	diff <(echo escalated) <(jq -r 'select(.uidzero.finding == "verdict").uidzero.verdict' <<<"$output")
}

# ends_otherwise RETRIES ARG...: than by the command; a boot that did not come to /init is tried once more.
ends_otherwise() {
	local retries=$1 status=0
	shift
	"$VM/boot" "$KERNEL" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[[ $status -eq 125 ]]
	[[ $(grep -c 'booting once more' "$BATS_TEST_TMPDIR/out") -eq $retries ]]
}

# Whoever comes while another fetches waits for it: it had removed what the first one was about to boot.
fetched_once() {
	export UIDZERO_VM_DIR=$BATS_TEST_TMPDIR/vm
	local one other
	"$VM/fetch" "$KERNEL" 2>"$BATS_TEST_TMPDIR/one" &
	one=$!
	"$VM/fetch" "$KERNEL" 2>"$BATS_TEST_TMPDIR/other" &
	other=$!
	wait "$one"
	wait "$other"
	cat "$BATS_TEST_TMPDIR"/{one,other}
	[[ $(cat "$BATS_TEST_TMPDIR"/{one,other} | grep -c "vm/fetch: $KERNEL is ") -eq 1 ]]
	[[ -s $UIDZERO_VM_DIR/$KERNEL/overlay.ko ]]
}

@test "5.10, cgroup v2" { watch_container v2 hand runc crun; }
@test "5.10, cgroup hybrid" { watch_container hybrid hand runc; }
@test "5.10, cgroup v1" { watch_container v1 hand runc; }
@test "5.10, by each hook" { watch_by_each_hook; }
@test "5.10, the self-test" { watch_selftest; }
@test "5.10, programs that the kernel starts" { watch_helpers; }
@test "5.10, a kernel module" { watch_module; }
@test "5.10, each compiler" { watch_verifier; }
@test "5.10, a machine that ends early" {
	ends_otherwise 1 --cmdline rdinit=/none -- true
	ends_otherwise 0 -- poweroff -f
}
@test "5.10, fetched by two at once" { fetched_once; }
@test "6.1, cgroup v2" { watch_container v2 hand runc crun; }
@test "6.1, cgroup hybrid" { watch_container hybrid hand runc; }
@test "6.1, cgroup v1" { watch_container v1 hand runc; }
@test "6.1, by each hook" { watch_by_each_hook; }
@test "6.1, the self-test" { watch_selftest; }
@test "6.1, programs that the kernel starts" { watch_helpers; }
@test "6.1, a kernel module" { watch_module; }
@test "6.1, each compiler" { watch_verifier; }
@test "6.12, cgroup v2" { watch_container v2 hand runc crun; }
@test "6.12, cgroup hybrid" { watch_container hybrid hand runc; }
@test "6.12, cgroup v1" { watch_container v1 hand runc; }
@test "6.12, by each hook" { watch_by_each_hook; }
@test "6.12, the self-test" { watch_selftest; }
@test "6.12, programs that the kernel starts" { watch_helpers; }
@test "6.12, a kernel module" { watch_module; }
@test "6.12, each compiler" { watch_verifier; }
@test "newest, cgroup v2" { watch_container v2 hand runc crun; }
@test "newest, cgroup hybrid" { watch_container hybrid hand runc; }
@test "newest, cgroup v1" { watch_container v1 hand runc; }
@test "newest, by each hook" { watch_by_each_hook; }
@test "newest, the self-test" { watch_selftest; }
@test "newest, programs that the kernel starts" { watch_helpers; }
@test "newest, a kernel module" { watch_module; }
@test "newest, each compiler" { watch_verifier; }
@test "5.10-arm64, cgroup v2" { watch_container v2 hand; }
@test "5.10-arm64, by each hook" { watch_by_each_hook; }
@test "5.10-arm64, the self-test" { watch_selftest; }
@test "5.10-arm64, a 32-bit program" { watch_32bit; }
@test "5.10-arm64, each compiler" { watch_verifier; }
@test "6.1-arm64, cgroup v2" { watch_container v2 hand; }
@test "6.1-arm64, by each hook" { watch_by_each_hook; }
@test "6.1-arm64, the self-test" { watch_selftest; }
@test "6.1-arm64, a 32-bit program" { watch_32bit; }
@test "6.1-arm64, each compiler" { watch_verifier; }
@test "6.12-arm64, cgroup v2" { watch_container v2 hand; }
@test "6.12-arm64, by each hook" { watch_by_each_hook; }
@test "6.12-arm64, the self-test" { watch_selftest; }
@test "6.12-arm64, a 32-bit program" { watch_32bit; }
@test "6.12-arm64, each compiler" { watch_verifier; }
@test "newest-arm64, cgroup v2" { watch_container v2 hand; }
@test "newest-arm64, by each hook" { watch_by_each_hook; }
@test "newest-arm64, the self-test" { watch_selftest; }
@test "newest-arm64, a 32-bit program" { watch_32bit; }
@test "newest-arm64, each compiler" { watch_verifier; }
