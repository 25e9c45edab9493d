#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The HTML report in a validator and in a real browser: hostile names do nothing, it fits a phone, it is accessible.

load lib

# report COUNT: the page of one container of each kind, of hostile ones, and of so many more; in $PAGE.
report() {
	local status=0
	PAGE=$BATS_TEST_TMPDIR/report.html
	jq -cn --argjson count "$1" -f "$TOP/tests/html/verdicts.jq" >"$BATS_TEST_TMPDIR/verdicts.jsonl"
	"$UIDZERO" check --from "$BATS_TEST_TMPDIR/verdicts.jsonl" --format html >"$PAGE" || status=$?
	((status == 1)) # some have failed
}

# browse PAGE [AXE]: what headless Chromium saw of it, in $SEEN.
browse() {
	SEEN=$BATS_TEST_TMPDIR/seen.jsonl
	node "$TOP/tests/html/browse.mjs" "$1" "$BATS_TEST_TMPDIR" "${@:2}" >"$SEEN"
	cut -c -2000 "$SEEN"
	(($(wc -l <"$SEEN") == 4))
}

need_axe() {
	"$TOP/tests/npm-install.sh" "$TOP/tests/html" "$TOP/.output/axe"
	AXE=$TOP/.output/axe/node_modules/axe-core/axe.min.js
}

# seen FILTER: holds for each view.
seen() {
	jq -es "all(.[]; $1)" "$SEEN" >/dev/null || {
		echo "not in all views: $1"
		return 1
	}
}

# It does not know SVG's attributes.
validate() { # page
	tidy -quiet -errors --warn-proprietary-attributes no "$1"
}

@test "html: a validator has nothing to say, of hostile names and of 500 containers" {
	report 500
	validate "$PAGE"
	# It can tell.
	sed '0,/<\/bdi>/s///' "$PAGE" >"$PAGE.wrong"
	refute validate "$PAGE.wrong"
}

@test "html: in a browser nothing runs, nothing is fetched, it fits a phone, and it is accessible in light and dark" {
	need_axe
	report 0
	browse "$PAGE" "$AXE"
	seen '.title | startswith("Root in containers: node-1, 2024-11-25")'
	seen '.requests == [] and .complaints == []'
	seen '.closed == .picture.width and .open == .picture.width'
	seen '.violations == []'
	seen '.opened == true and .hidden_on_screen > 10 and .hidden_in_print == 0'
	seen '.picture.distinct_rows > 100'
	jq -es 'map([.picture.width, .picture.height]) == [[1280, 900], [1280, 900], [390, 844], [390, 844]]' "$SEEN"
	refute cmp -s "$BATS_TEST_TMPDIR/light.png" "$BATS_TEST_TMPDIR/dark.png"
}

@test "html: the same eyes see a page that does all that wrong" {
	need_axe
	cat >"$BATS_TEST_TMPDIR/wrong.html" <<-'HTML'
		<!DOCTYPE html><title>wrong</title>
		<meta name="viewport" content="width=device-width, initial-scale=1">
		<div style="width:1500px;color:#ccc">wide and pale</div>
		<details><summary>more</summary><div>text</div></details>
		<img src="missing.png">
		<script>document.title = "ran"; console.log("ran")</script>
	HTML
	browse "$BATS_TEST_TMPDIR/wrong.html" "$AXE"
	seen '.title == "ran" and .closed > .picture.width and .hidden_in_print == 1'
	seen '(.requests | length) == 1 and (.complaints | length) >= 1'
	seen '[.violations[].id] | contains(["color-contrast", "html-has-lang"])'
}

@test "html: 500 containers are there in a few seconds" {
	report 500
	(($(stat -c %s "$PAGE") < 8000000))
	browse "$PAGE"
	seen '.load_ms < 20000 and .closed == .picture.width and .opened == true'
}
