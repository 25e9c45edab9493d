#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the locked npm packages of a directory into another one, if they are not there: npm-install.sh FROM INTO
set -eu

from=${1:?usage: npm-install.sh FROM INTO}
into=${2:?usage: npm-install.sh FROM INTO}

mkdir -p "$into"
! cmp -s "$from/package-lock.json" "$into/package-lock.json" || exit 0
cp "$from/package.json" "$into/"
cp "$from/package-lock.json" "$into/package-lock.json.new"
mv "$into/package-lock.json.new" "$into/package-lock.json"
(cd "$into" && npm ci --silent --ignore-scripts --no-audit --no-fund) >&2 || {
	rm -f "$into/package-lock.json"
	exit 1
}
