#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit simulate`: what it prints, that a seed is all it takes, recorded loads, and what it refuses.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

small=(--tenants 40 --cores 10 --duration 30m)

run_vrkit simulate "${small[@]}"
assert_status 0 "what must hold holds"
assert_out "40 tenants on 10 cores for 30m, 1800 periods of 1s, seed 1*worst minute of a tenant whose core suffices: 9*" \
           "it says what was simulated, and what came of it"

run_vrkit simulate "${small[@]}" --json
assert_status 0 "with --json likewise"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/simulate.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.simulate/1"
is "$(jq -r '[.held, .periods, (.rules | map(.id) | join(" "))] | @tsv' <<<"$RUN_OUT")" \
   "$(printf 'true\t1800\tbounds capacity period contract limit oscillation fairness')" "all rules were looked at"
first=$RUN_OUT
run_vrkit simulate "${small[@]}" --json
is "$RUN_OUT" "$first" "the same seed gives the same result"
run_vrkit simulate "${small[@]}" --seed 2 --json
check "another seed another one" test "$(jq .offered <<<"$RUN_OUT")" != "$(jq .offered <<<"$first")"

run_vrkit simulate "${small[@]}" --open-loop
assert_status 1 "a rule that is broken is told"
assert_out '*broken first at 00:??:??, tenant * on core *: * is more than *' "with time, tenant and figures"

{
  echo time_s,tenant,offered_pps
  for ((i = 0; i < 10; i++)); do
    printf '%d,west,%d\n%d,east,%d\n' $((i * 120)) $((1000 + i % 3 * 4000)) $((i * 120)) 20000
  done
} >"$TEST_DIR/load.csv"
run_vrkit simulate --load "$TEST_DIR/load.csv" --cores 1 --json
assert_status 0 "a recorded load"
is "$(jq -r '[.tenants, .duration_ns, .recorded] | @tsv' <<<"$RUN_OUT")" "$(printf '2\t1081000000000\ttrue')" \
   "has its tenants and its duration"
echo 2000,east,many >>"$TEST_DIR/load.csv"
run_vrkit simulate --load "$TEST_DIR/load.csv"
assert_status 2 "a wrong line is refused"
assert_err '*load.csv:22: "many": packets a second are wanted*' "with its place"

# --- Cores that follow the load ---------------------------------------------------------------------

balance=(--balance "$VRKIT_TEST_SOURCE/profiles/balance.conf" --tenants 20 --cores 30 --duration 30m)
run_vrkit simulate "${balance[@]}"
assert_status 0 "cores that follow the load: what must hold holds"
assert_out "20 routers that follow their load on 30 cores for 30m, 3600 periods of 500ms, seed 1*reserved * cores in the mean*" \
           "it says what was simulated, by the profile's [balance]"
run_vrkit simulate "${balance[@]}" --json
assert_status 0 "with --json likewise"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/follow.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.follow/1"
is "$(jq -r '[.held, .periods, (.rules | map(.id) | join(" "))] | @tsv' <<<"$RUN_OUT")" \
   "$(printf 'true\t3600\troom contract follows returns oscillation moves')" "all rules were looked at"
sed 's/^policy = dynamic/&\nweight = 1%/' "$VRKIT_TEST_SOURCE/profiles/balance.conf" >"$TEST_DIR/slow.conf"
run_vrkit simulate "${balance[@]}" --balance "$TEST_DIR/slow.conf"
assert_status 1 "an average that goes too slowly breaks a rule"
assert_out '*broken first at 00:??:??, router *: follows: * is more than *' "which is told with time, router and figures"
run_vrkit simulate "${balance[@]}" --fill 50%
assert_status 2 "what only tenants have is refused"
assert_err '*--fill and --balance=*balance.conf: that is of tenants that are held to their rates*' "with both options"
run_vrkit simulate --balance "$VRKIT_TEST_SOURCE/profiles/four.conf"
assert_status 2 "so is a profile without [balance]"
assert_err '*--balance=*four.conf: the profile has no group \[balance\]*' "and it says so"
plan
