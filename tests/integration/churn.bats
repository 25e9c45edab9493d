#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many containers, each for a moment: every line has its container's id and name, and nothing of them is kept.
# CHURN_DOCKER and CHURN_CHEAP say how many; the defaults are for each run of the tests.

load lib
load runtimes

# Both processors have something else to do.
keep_busy() {
	local i
	for i in 1 2; do
		(while :; do :; done) 3>&- &
		defer kill_now $!
	done
}

# no_line_lacks FILTER CONDITION: there are such lines, and the condition holds for each.
no_line_lacks() {
	[[ $(jq -c "select($1)" "$OUT" | wc -l) -gt 0 ]] || return
	jq -c "select($1) | select($2 | not)" "$OUT" | shorten >"$BATS_TEST_TMPDIR/lacking"
	[[ ! -s $BATS_TEST_TMPDIR/lacking ]] || {
		echo "$(wc -l <"$BATS_TEST_TMPDIR/lacking") lines lack it:"
		head -n 20 "$BATS_TEST_TMPDIR/lacking"
		return 1
	}
}

run_each() { # first, last
	local i
	for ((i = $1; i <= $2; i++)); do
		docker_run "$BATS_TEST_TMPDIR/id.$i" --name "$SUITE_TAG-churn-$i" "$IMAGE:root" true || return
	done
}

@test "Docker containers, four at once on a busy host: no line without id, name and image" {
	local count=${CHURN_DOCKER:-60} i pids=()
	need_dockerd
	start_agent
	keep_busy
	for i in 0 1 2 3; do
		run_each $((i * count / 4 + 1)) $(((i + 1) * count / 4)) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	stop_agent
	cat "$BATS_TEST_TMPDIR"/id.* | fold -w 64 >"$BATS_TEST_TMPDIR/ids"
	[[ $(sort -u "$BATS_TEST_TMPDIR/ids" | wc -l) -eq $count ]]
	# As lines of their own: what is of none of them is another's.
	grep -Ff "$BATS_TEST_TMPDIR/ids" "$OUT" >"$OUT.ours"
	OUT=$OUT.ours
	no_line_lacks true ".container.image.name == \"$IMAGE\" and (.container.name // \"\" | startswith(\"$SUITE_TAG-churn-\"))
		and (.container.id | test(\"^[0-9a-f]{64}$\")) and .uidzero.metadata == \"complete\""
	for i in container_start exec_root container_stop; do
		[[ $(jq -r "select(.uidzero.finding == \"$i\") | .container.id" "$OUT" | sort -u | wc -l) -eq $count ]] || {
			echo "not every container has its $i"
			return 1
		}
	done
}

@test "runc containers that live for milliseconds on a busy host: none has another's id, and but for one each has its name" {
	local count=${CHURN_RUNC:-40} i id=$SUITE_TAG-brief
	mkdir -p "$SUITE/runc"
	runc_bundle "$id" . /bin/true
	start_agent
	keep_busy
	for ((i = 1; i <= count; i++)); do
		runc run --bundle "$SUITE/bundles/$id" "$id-$i" </dev/null 3>&-
	done
	stop_agent
	jq -r "select(.uidzero.finding == \"exec_root\") | select(.uidzero.cgroup.path | endswith(\"/any.$id\")) |
		[.container.id, .container.name] | @tsv" "$OUT" >"$BATS_TEST_TMPDIR/ids"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ids") -eq $count ]]
	# All have the same cgroup's path, one after the other.
	grep "^$id-" "$BATS_TEST_TMPDIR/ids" | cut -f 1 >"$BATS_TEST_TMPDIR/in_order"
	sort -V -u "$BATS_TEST_TMPDIR/in_order" | diff "$BATS_TEST_TMPDIR/in_order" -
	# What is gone before the agent had a processor cannot be read: at most one of forty.
	awk -F '\t' -v id="$id" '$1 != $2 || index($1, id "-") != 1' "$BATS_TEST_TMPDIR/ids" >"$BATS_TEST_TMPDIR/nameless"
	cat "$BATS_TEST_TMPDIR/nameless"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/nameless") -le $((count / 40)) ]]
}

# --- what is kept ----------------------------------------------------------------------------------

rss_kib() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$AGENT/status"
}

# The kernel's table of cgroups has none of ours any more, and that of threads none that is gone.
tables_are_empty() { # tag
	local tid
	refute grep -qF "$1" <<<"$(bpftool map dump id "$CGROUPS")" >/dev/null || return
	for tid in $(bpftool -j map dump id "$TASKS" | jq '.[].formatted.key') \
		$(bpftool -j map dump id "$PLACES" | jq '.[].formatted.value.tid | select(. != 0)'); do
		[[ -e /proc/$tid ]] || return
	done
}

churn() { # count, tag
	"$CHURN" "$1" "$2" "$SUITE/rootfs" "${DIRECTORIES[@]}"
}

is_caught_up() { # text
	has_line "$OUT" "$1"
}

@test "thousands of cheap containers: memory and the kernel's tables are as before" {
	local count=${CHURN_CHEAP:-3000} before after last
	make_docker_cgroups
	start_agent
	CGROUPS=$(map_id cgroups) TASKS=$(map_id tasks) PLACES=$(map_id places)
	[[ -n $CGROUPS && -n $TASKS && -n $PLACES ]]
	# What the first ones bring to life stays: pages of the program, arenas, and the room of those that are remembered
	# for a second after their end, of which there are as many as come in one.
	churn 3000 aaaa
	wait_for 60 has_line "$OUT" "$(printf 'aaaa%060x' 2999)"
	wait_for 20 tables_are_empty "\"aaaa0000"
	before=$(rss_kib)
	churn "$count" bbbb
	last=$(printf 'bbbb%060x' $((count - 1)))
	wait_for 60 has_line "$OUT" "$last"
	wait_for 20 tables_are_empty "\"bbbb0000"
	after=$(rss_kib)
	echo "resident: $before KiB before, $after KiB after"
	((after * 10 <= before * 11))
	stop_agent
	[[ $(grep -F '"container_stop"' "$OUT" | jq -r '.container.id | select(startswith("bbbb"))' | sort -u | wc -l) -eq $count ]]
	[[ $(jq -r 'select(.uidzero.finding == "loss") | .uidzero.lost.reason' "$OUT" | grep -c cgroups || true) -eq 0 ]]
}
