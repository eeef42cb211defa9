#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Claims of a native router, measured: one that holds and one that must not, told by run, report and
# claims; a scoreboard that measures what is not measured yet, goes on with what is unfinished, and is
# not stopped by an experiment that fails.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

require_root
lab=claims-$$
use_labs "$lab"
keep_state_in_memory
base=$TEST_DIR/campaigns
{
  two_ports "$lab"
  router r1 1 "kind = native"
} >"$TEST_DIR/lab.conf"

# experiment NAME LINE…: of two numbers of frames; [load] comes last and goes on with the lines. Its claims
# are that more is forwarded of the greater one, and of the smaller one: no clock has a part in it.
experiment () {
  printf '[experiment]\nname = %s\nprofile = lab.conf\nrepetitions = 20\nquick-repetitions = 3\n' "$1"
  printf 'pause = 10ms\nretries = 0\n[factor count]\nkey = load.count\nlevels = 20, 60\n'
  printf '[claim more]\nrow = A2\nsays = more is forwarded of more\nalong = count\nmeasure = received\norder = 60 > 20\n'
  printf '[claim less]\nrow = A1\nsays = less is forwarded of more\nalong = count\nmeasure = received\norder = 20 > 60\n'
  printf '[load]\nsettle = 10ms\n'
  shift
  printf '%s\n' "$@"
}

# board ARGUMENT…: the scoreboard as JSON.
board () {
  run_vrkit claims --json --directory "$base" "$@"
}

shows () {
  is "$(jq -c "$1" <<<"$RUN_OUT" 2>&1)" "$2" "$3"
}

good=$TEST_DIR/good.conf
bad=$TEST_DIR/bad.conf
experiment good 'rate = 2kpps' >"$good"
experiment bad 'size = 1400' | sed '/^\[load\]/i [factor mtu]\nkey = port.left.mtu\nlevels = 1300' >"$bad"

board --run --quick "$bad" "$good"
is "$RUN_STATUS" 1 "a board of an experiment that fails and one that does not: status 1"
assert_err '2 of 2 experiments are to be measured, about *' "how long it takes is told before"
assert_err '*bad: 6 of 6 runs failed*' "the failure is told"
shows '[.claims[] | select(.experiment == "good") | [.row, .verdict, .quick]]' \
  '[["A1","does not hold",true],["A2","holds",true]]' "the other is measured, and its claims are judged"
shows '[.claims[] | select(.experiment == "bad") | .verdict] | unique' '["cannot be tested"]' \
  "claims over failed runs cannot be tested"
is "$(sqlite3 "$base/good-1/results.sqlite" 'SELECT count(*) FROM run WHERE state = 1')" 6 "it was quick"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/claims.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.claims/1"

board --run --quick "$good"
assert_status 0 "a board of what is measured, whatever the verdicts"
assert_err '0 of 1 experiments are to be measured*' "it measures nothing again"

sqlite3 "$base/good-1/results.sqlite" 'DELETE FROM attempt WHERE run > 2; UPDATE run SET state = 0 WHERE id > 2'
board "$good"
shows '[.claims[].verdict] | unique' '["cannot be tested"]' "one block is too few"
shows '.claims[0].why | contains("2 of 6 runs are done")' true "an unfinished campaign is told"
board --run --quick "$good"
shows '[.claims[].verdict]' '["does not hold","holds"]' "it is resumed"
is "$(cd "$base" && echo good-*)" good-1 "in the directory where it was"

run_vrkit report "$base/good-1"
is "$(grep -c '<td>A2</td><td>more is forwarded of more</td><td>holds</td>' "$base/good-1/report.html")" 1 \
  "the page has its verdict"

sed -i 's/^repetitions = 20/repetitions = 2/; s/^row = A2/needs = cpus 4096\n&/' "$good"
run_vrkit run --json --directory "$TEST_DIR/alone" "$good"
assert_status 0 "run of an experiment with claims"
assert_err 'claim less does not hold: *received: count=20 - count=60 = -40 *' "a line a claim"
assert_err 'claim more cannot be tested: *needs 4096 CPUs*' "and what a host lacks"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/campaign.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.campaign/1"
board "$good"
shows '.claims[0].why | contains("the experiment has changed since")' true "a changed experiment is told"
sed -i 's/^profile/needs = cpus 4096\n&/' "$good"
run_vrkit run --directory "$TEST_DIR/lacking" "$good"
is "$RUN_STATUS" 4 "an experiment that needs what the host lacks: status 4"
assert_err 'experiment good needs 4096 CPUs, and this host has *: *--dry-run*' "it says so, and the way out"
check "nothing is begun" test ! -e "$TEST_DIR/lacking"
is "$(traces | grep -F "$lab" || true)" "" "no lab is left"
plan
