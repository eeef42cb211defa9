#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What `vrkit run --dry-run` says of an experiment, without root: the runs in their order, and what is
# wrong before any of them is made.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

export VRKIT_RUN_DIR=$TEST_DIR/run VRKIT_IMAGES=$TEST_DIR/images
experiment=$TEST_DIR/queues.conf
cat >"$TEST_DIR/lab.conf" <<END
[port left]
device = test
test-address = 198.18.1.2/24
test-gateway = 198.18.1.1
[port right]
device = test
test-address = 198.18.2.2/24
test-gateway = 198.18.2.1
[router r1]
kind = native
interface = left 198.18.1.1/24
interface = right 198.18.2.1/24
END
cat >"$experiment" <<END
[experiment]
title = Queues
profile = lab.conf
repetitions = 3
order = fixed
[factor mtu]
key = port.left.mtu
levels = 1400, 1500, 15
[factor rate]
key = load.rate
levels = 1kpps, 2kpps
[load]
duration = 1s
END

# dry ARGUMENT…: a dry run of the experiment that prints JSON.
dry () {
  run_vrkit run --dry-run --json "$@" "$experiment"
}

shows () {
  is "$(jq -c "$1" <<<"$RUN_OUT" 2>&1)" "$2" "$3"
}

dry
is "$RUN_STATUS" 3 "a level that the profile refuses: status 3"
assert_err 'queues.conf:6: condition mtu=15 rate=1kpps: *"15"' \
  "it names the condition"
sed -i 's/, 15$//' "$experiment"

dry
assert_status 0 "a dry run"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/runs.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.runs/1"
shows '[.runs[].condition]' '[1,2,3,4,1,2,3,4,1,2,3,4]' "runs in a fixed order"
shows '[.runs[:5][].block]' '[1,1,1,1,2]' "a block has each condition once"
shows '[.runs[:5][].how]' '["up","as it is","tune","as it is","tune"]' "how the lab gets there"
shows '.time_ns >= 12 * 1.7e9' true "the time holds pauses and loads"
shows '.conditions[2].levels' '{"mtu":"1500","rate":"1kpps"}' "levels by factor"
dry --only rate=2kpps --repetitions 2
shows '[.runs[].condition]' '[2,4,2,4]' "--only and --repetitions"
sed -i '/^order/d' "$experiment"
dry --repetitions 5
shuffled=$(jq -c '[.runs[].condition]' <<<"$RUN_OUT")
dry --repetitions 5
shows '[.runs[].condition]' "$shuffled" "the same seed gives the same order"
run_vrkit run --dry-run "$experiment"
assert_out '12 runs of 4 conditions in 3 blocks, about ?? s' "a table for people"
is "$(wc -l <<<"$RUN_OUT")" 14 "it has a line a run"
check "nothing was made" test ! -e "$VRKIT_RUN_DIR"

cat >>"$experiment" <<END
[claim cheap]
row = A1
says = larger frames are forwarded as well as smaller ones
along = mtu
peak = rate
order = 1400 ~ 1500
margin = 5 %
END
dry
assert_status 0 "a claim"
sed -i 's/^order = 1400 ~ 1500/order = 1400 ~ 1600/' "$experiment"
dry
is "$RUN_STATUS" 3 "a claim over a level that there is not: status 3"
assert_err 'queues.conf:18: *claim cheap*: order: factor mtu has no level "1600"' "it names the place"

sed -i 's/^order = 1400 ~ 1600/order = 1400 ~ 1500/; s/^says/needs = cpus 4096\nsays/' "$experiment"
run_vrkit run --dry-run --quick "$experiment"
assert_out '12 runs of 4 conditions in 3 blocks*' "--quick has the repetitions of its own"
run_vrkit run --resume --quick "$experiment"
is "$RUN_STATUS" 2 "--quick with --resume is refused"
run_vrkit run --dry-run --any-host "$experiment"
is "$RUN_STATUS" 2 "--any-host without --resume is refused"
assert_err '*--any-host goes with --resume*' "it says with what it goes"
run_vrkit run --dry-run --resume --directory "$TEST_DIR/none" "$experiment"
is "$RUN_STATUS" 2 "a dry run of a resumption of nothing: status 2"
assert_err "*there is no campaign in \"$TEST_DIR/none\"*" "it names the directory"
run_vrkit claims --directory "$TEST_DIR/none" "$experiment"
assert_status 0 "claims"
assert_out "Paper A*A1 *queues *cannot be tested*needs 4096 CPUs, and this host has *1 claims of 1 experiments: 0 hold*" \
  "a claim that the host lacks something for"
sed -i '/^needs/d' "$experiment"
run_vrkit claims --json --directory "$TEST_DIR/none" "$experiment"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/claims.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.claims/1"
shows '[.not_measured, .claims[0].verdict]' '[1,"not measured"]' "one that was never run"
run_vrkit claims --run --dry-run --quick --directory "$TEST_DIR/none" "$experiment"
assert_status 0 "claims --run --dry-run"
assert_err '1 of 1 experiments are to be measured, about *' "it tells how long it takes"
run_vrkit claims --quick
is "$RUN_STATUS" 2 "--quick without --run is refused"
run_vrkit claims --any-host
is "$RUN_STATUS" 2 "--any-host without --run is refused"
run_vrkit claims --directory "$TEST_DIR/none" "$TEST_DIR/missing.conf" "$experiment"
is "$RUN_STATUS" 2 "an experiment that cannot be read: its status"
assert_out "*A1 *queues *not measured*" "the others are shown all the same"

fake_image router
for shipped in "$VRKIT_TEST_SOURCE"/experiments/*.conf; do
  experiment_is_right "$shipped"
done

# As little of the host's CPUs as can be: others may have the rest.
experiment=$TEST_DIR/controlled.conf
sed -E '/^(vcpu|mover)\./s/ @[0-9]+$//; s/= deadline .*/= deadline 100us\/10ms/; /^policy/a cpus = 0' \
  "$VRKIT_TEST_SOURCE/profiles/balance.conf" >"$TEST_DIR/balance.conf"
{
  printf '[experiment]\nprofile = balance.conf\nrepetitions = 2\norder = fixed\n'
  printf '[factor queue]\nkey = port.left.queue-length\nlevels = 400, 500\n'
  printf '[factor rate]\nkey = load.rate\nlevels = 1kpps, 2kpps\n[load]\nduration = 1s\n'
} >"$experiment"
dry
shows '[.runs[:4][].how]' '["up","as it is","tune","as it is"]' "without a controller a lab is tuned"
printf '[control]\nguess = true\n' >>"$experiment"
dry
shows '[.runs[].how]' '["up","as it is","rebuild","as it is","rebuild","as it is","rebuild","as it is"]' \
  "what a controller has reserved stays while the lab does, and goes with it"
sed -i "s@^profile = .*@profile = lab.conf@; s/400, 500/300/" "$experiment"
dry
is "$RUN_STATUS" 3 "a controller of a lab without anything to control: status 3"
assert_err '*controlled.conf:5: condition queue=300 rate=1kpps: *control*: lab lab has neither tenants nor *' \
  "it says what it lacks"
plan
