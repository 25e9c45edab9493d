#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the field list below an output directory and checks the lines on stdin: run.sh OUTPUT <LINES
set -eu

here=$(dirname "$0")
output=${1:?usage: run.sh OUTPUT <LINES}/ecs

mkdir -p "$output"
if ! cmp -s "$here/package-lock.json" "$output/package-lock.json"; then
	cp "$here/package.json" "$output/"
	cp "$here/package-lock.json" "$output/package-lock.json.new"
	mv "$output/package-lock.json.new" "$output/package-lock.json"
	(cd "$output" && npm ci --silent --ignore-scripts --no-audit --no-fund) >&2 || {
		rm -f "$output/package-lock.json"
		exit 1
	}
fi
exec node "$here/validate.mjs" "$output"
