#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What status shows of labs that are on record, as far as that needs neither root nor a lab that is up.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

export VRKIT_RUN_DIR=$TEST_DIR/run VRKIT_IMAGES=$TEST_DIR/images

# record LAB: as after an up of a lab with a native router, whose parts have all gone since.
record () {
  mkdir -p "$VRKIT_RUN_DIR/labs/$1"
  jq -n --arg lab "$1" '{schema: "vrkit.lab/1", $lab, profile_path: "/t.conf", uri: "qemu:///system", is_up: true,
      profile: "[lab]\nname = \($lab)\n[port p]\ndevice = test\n[router r1]\nkind = native\ninterface = p 198.18.1.1/24\n"}' \
    >"$VRKIT_RUN_DIR/labs/$1/state.json"
}

record clitest-b
run_vrkit status clitest-b
assert_status 1 "a lab whose parts are gone"
assert_out "lab clitest-b  not as it should be  /t.conf*router r1 *native *absent" "it is shown"

mkdir "$VRKIT_RUN_DIR/labs/clitest-a" "$VRKIT_RUN_DIR/labs/clitest-c"
printf '{' | tee "$VRKIT_RUN_DIR/labs/clitest-a/state.json" >"$VRKIT_RUN_DIR/labs/clitest-c/state.json"
run_vrkit status
assert_status 4 "labs that cannot be read"
assert_out "lab clitest-b " "the one that can is shown"
is "$(grep -c '^vrkit: .*/labs/clitest-[ac]/state.json' "$TEST_DIR/run.err")" 2 "each of the others is told of"
run_vrkit status --json clitest-a
is "$RUN_STATUS|$RUN_OUT" "4|" "one that was asked for alone"
plan
