#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Debian's programs that become or give up root: each row of docs/ways-to-root.md is what is told, and nothing else is.

load lib
load runtimes
load table

@test "programs that give up root" {
	run_table "Programs that give up root"
}

@test "programs that become root" {
	run_table "Programs that become root"
}
