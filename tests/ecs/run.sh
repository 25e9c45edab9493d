#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the field list below an output directory and checks the lines on stdin: run.sh OUTPUT <LINES
set -eu

here=$(dirname "$0")
output=${1:?usage: run.sh OUTPUT <LINES}/ecs

"$here/../npm-install.sh" "$here" "$output"
exec node "$here/validate.mjs" "$output"
