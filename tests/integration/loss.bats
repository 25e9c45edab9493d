#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# With the reader stopped and the ring full, what was lost is told to the exact count.

load lib
load runtimes

@test "received and lost add up to what happened" {
	local id=$SUITE_TAG-flood execs=6000 seen lost
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
		rings:
		  events_kib: 256
	CONFIG
	CONFIG=$BATS_TEST_TMPDIR/config.yaml start_agent
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go" "$SUITE/bundles/$id/shared/end"
	# It is known before the agent stops, and there still when the agent goes on.
	runc_start "$id" . /bin/actions wait /shared/go flood "$execs" /bin/true wait /shared/end
	wait_for 10 has_line "$OUT" '"exec_root"'
	kill -STOP "$AGENT"
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 60 has_line "$SUITE/bundles/$id/out" "\"execs\":$execs"
	kill -CONT "$AGENT"
	stop_agent
	open_fifo "$SUITE/bundles/$id/shared/end"

	seen=$(findings "$id" '.uidzero.finding == "exec_root"' | wc -l)
	lost=$(jq -s 'map(select(.uidzero.finding == "loss") | .uidzero.lost.by_kind.exec // 0) | add // 0' "$OUT")
	echo "seen $seen, lost $lost, happened $((execs + 1))"
	((lost > 0))
	((seen + lost == execs + 1))
	jq -se 'map(select(.uidzero.finding == "loss") | .uidzero.lost | (.total | tonumber) == (.by_kind | map(tonumber) | add))
		| all' "$OUT"
	# The lines that were written have no hole.
	jq -se '[.[].event.sequence] | . == [range(.[0]; .[0] + length)]' "$OUT"
}

@test "nothing is lost, and no loss is told, when the reader runs" {
	local id=$SUITE_TAG-calm
	start_agent
	runc_run "$id" . /bin/actions flood 2000 /bin/true
	stop_agent
	expect 2001 "$id" '.uidzero.finding == "exec_root"'
	[[ $(jq -c 'select(.uidzero.finding == "loss")' "$OUT" | wc -l) -eq 0 ]]
}

@test "a nap ends before the ring is full" {
	local id=$SUITE_TAG-nap execs=6000 long=/bin lost
	make_config "$BATS_TEST_TMPDIR/config.yaml" <<-CONFIG
		rings:
		  events_kib: 64
	CONFIG
	CONFIG=$BATS_TEST_TMPDIR/config.yaml start_agent
	# Records so long that a whole nap's are more than the ring holds.
	for _ in {1..500}; do long+=/../bin; done
	mkdir -p "$SUITE/bundles/$id/shared"
	mkfifo "$SUITE/bundles/$id/shared/go" "$SUITE/bundles/$id/shared/end"
	runc_start "$id" . /bin/actions wait /shared/go flood 12 /bin/true flood "$execs" "$long/true" wait /shared/end
	wait_for 10 has_line "$OUT" '"exec_root"'
	# It goes on with so many at once that it takes them for a storm.
	kill -STOP "$AGENT"
	open_fifo "$SUITE/bundles/$id/shared/go"
	wait_for 10 has_line "$SUITE/bundles/$id/out" '"execs":12'
	kill -CONT "$AGENT"
	wait_for 60 has_line "$SUITE/bundles/$id/out" "\"execs\":$execs"
	stop_agent
	open_fifo "$SUITE/bundles/$id/shared/end"
	lost=$(jq -s 'map(select(.uidzero.finding == "loss") | .uidzero.lost.by_kind.exec // 0) | add // 0' "$OUT")
	echo "lost $lost of $execs"
	((lost < execs / 3)) # two thirds where naps go on; some while it stood still
}
