#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The kernel's verifier accepts what each compiler makes of our programs, and its work does not grow unnoticed.

load lib

setup() {
	VERIFY=$TOP/.output/verifier/verify
	BOUNDS=$BATS_TEST_TMPDIR/bounds
	COUNTS=$BATS_TEST_TMPDIR/counts
	cp "$TOP/tests/verifier/bounds" "$BOUNDS"
}

@test "the verifier's work on each compiler's programs is within the bounds" {
	local objects=("$TOP"/.output/verifier/clang-*.bpf.o)
	"$VERIFY" "$BOUNDS" "${objects[@]}" >"$COUNTS" || {
		cat "$COUNTS"
		return 1
	}
	[[ $(grep -cE '^exec_tp_btf +[1-9][0-9]* of' "$COUNTS") -eq 3 ]]
}

@test "a count above its bound, and a program without one, fail" {
	local object=$TOP/.output/verifier/clang-14.bpf.o
	sed -i 's/^exec_tp_btf .*/exec_tp_btf 100/' "$BOUNDS"
	refute "$VERIFY" "$BOUNDS" "$object" >"$COUNTS"
	grep '^exec_tp_btf .* out of bounds$' "$COUNTS"
	sed -i '/^exec_tp_btf /d' "$BOUNDS"
	refute "$VERIFY" "$BOUNDS" "$object" 2>&1 | grep 'exec_tp_btf is not in the table'
}
