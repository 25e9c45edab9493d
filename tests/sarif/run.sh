#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the schema below an output directory and checks the document on stdin: run.sh OUTPUT <DOCUMENT
set -eu

here=$(dirname "$0")
output=${1:?usage: run.sh OUTPUT <DOCUMENT}/sarif

"$here/../npm-install.sh" "$here" "$output"
exec node "$here/validate.mjs" "$output"
