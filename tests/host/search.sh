#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit search` finds the limit of a token bucket in the path, by each method, within the width asked
# for; what it prints is as its schemas say, and interruption gives the bounds so far. See ../limit.sh for
# what the bucket does to a trial.
# holds: self-test
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../limit.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../limit.sh"

VRKIT_TEST_SOURCE=${VRKIT_TEST_SOURCE:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)}
# The bucket's room is the 10 ms that a sender may catch up by, and a bit.
readonly limit=2000 room=30 trial_ms=500
# A trial of the tester's that was held up is repeated as often as it takes; and with no wait between.
readonly short=(--upper 8kpps --lower 500 --trial "${trial_ms}ms" --settle 100ms --pause 0 --tester-tries 50
                --json)

# shellcheck disable=SC2317  # a trap calls it
leave () {
  limit_remove
  leave_scratch
}

require_root
trap leave EXIT
limit_make $limit $room

# show FILTER NAME: of all that was printed, as an array.
show () {
  if jq --slurp --exit-status "length > 0 and ($1)" <<<"$RUN_OUT" >/dev/null 2>&1; then
    ok "$2"
  else
    not_ok "$2" "not so: $1" $'\n'"exit status $RUN_STATUS" $'\n'"$RUN_OUT" $'\n'"$RUN_ERR"
  fi
}

# are_of_schemas NAME: each line is as its schema says.
are_of_schemas () {
  local schema
  for schema in trial search; do
    is "$(jq -c "select(.schema == \"vrkit.$schema/1\")" <<<"$RUN_OUT" \
            | jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/$schema.schema.json" \
                -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" 2>&1)" "" "$1: $schema is as its schema says"
  done
}

# finds GOAL WIDTH NAME
finds () { show "$(limit_found $limit $room $trial_ms "$1" "$2")" "$3"; }

run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --width 100pps
assert_status 0 "rfc2544: status"
are_of_schemas "rfc2544"
finds 0 100 "rfc2544 finds the limit"
show '(.[:-1] | map(.number)) == [range(1; length)] and .[-1].trials == length - 1
       and .[0].rate_pps == 8000 and all(.[:-1][]; .lost == .sent - .received and .receiver == "exact")
       and ([.[:-1][] | select(.verdict == "counted")] | length) >= 5
       and (.[-1].method == "rfc2544") and .[-1].width_pps == 100 and .[-1].trial_ns == 500000000' \
  "rfc2544: each trial is told"

run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --method tst009 --max-repeat 3 --width 100pps
assert_status 0 "tst009: status"
finds 0 100 "tst009 finds the limit"
show '[.[:-1][] | select(.rate_pps == 8000 and .verdict == "counted")] | length == 3' \
  "tst009: loss is verified"

run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --method mlr --loss 0,10% --duration-sum 1500ms \
  --width 5%
assert_status 0 "mlr: status"
are_of_schemas "mlr"
finds 0 125 "mlr finds the limit without loss"
finds 1 140 "mlr finds the rate at which a tenth is lost"

# --- Streams and rates ----------------------------------------------------------------------------

run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --width 20% --upper 2Mbit/s --lower 100kbit/s \
  --stream 'rate=3k' --stream 'rate=1k flows=10'
show '.[-1].most_pps == 3906 and .[-1].least_pps == 195 and .[-1].mean_size == 64
       and .[0].rate_pps == 3906 and (.[0].asked | . == 1952 or . == 1953)' \
  "bounds in bits a second, shared by two streams"

# --- When there is nothing to find ----------------------------------------------------------------

run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --upper 1500
assert_status 0 "below the limit: status"
show '.[-1].goals[0] | .lower_pps == 1500 and .upper_pps == 0 and (.narrow | not)' \
  "below the limit: the upper rate at least"
run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --lower 6k
assert_status 1 "above the limit: status"
show '.[-1].goals[0] | .lower_pps == 0 and .upper_pps == 6000 and .throughput_pps == 0' \
  "above the limit: nothing"
run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --max-trials 2
assert_status 1 "two trials: status"
show '.[-1] | .partial and .end == "max-trials" and .trials == 2' "two trials: the bounds so far"
run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --max-time 100ms
show '.[-1] | .partial and .end == "max-time" and .trials == 1' "100 ms: a trial"

# A billion a second is beyond any tester.
run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --trial 10ms --tester-tries 2 --upper 100Mpps \
  --lower 90Mpps
assert_status 1 "beyond the tester: status"
show '.[-1].tester_limited and (.[-1].found | not) and (.[:-1] | map(.verdict))
         == ["tester"]
       and .[-1].ceiling_pps > 1000 and .[-1].ceiling_pps < 90000000
       and (.[-1].goals[0] | .tester_limited and .lower_pps == 0)' \
  "beyond the tester: its limit, and not the router's, which one trial and its ceiling tell"
run_vrkit search --self-test --json --trial 20ms --settle 50ms --pause 0 --upper 100Mpps --lower 1kpps \
  --loss 90% --tester-tries 3
assert_status 1 "a bound above the tester's ceiling: status"
show '.[-1] | .tester_limited and .ceiling_pps > 1000 and .goals[0].upper_pps <= 100000000
       and (.goals[0].narrow or .end == "ceiling" or .goals[0].upper_pps < .ceiling_pps)' \
  "it ends at the ceiling"
# shellcheck disable=SC2016  # a variable of jq's
show '.[-1].ceiling_pps as $ceiling | .[1:-1] | all(.rate_pps <= $ceiling)' "no rate above it is tried"

"$VRKIT" search "${LIMIT_PATH[@]}" "${short[@]}" --trial 60s --initial-trial 100ms --duration-sum 120s \
  --method mlr >"$TEST_DIR/out" 2>&1 &
pid=$!
wait_until 60 test -s "$TEST_DIR/out" || true
kill -INT "$pid"
RUN_STATUS=0
wait "$pid" || RUN_STATUS=$?
RUN_OUT=$(<"$TEST_DIR/out")
assert_status 1 "interrupted: status"
show '.[-1] | .schema == "vrkit.search/1" and .partial and .end == "interrupted" and .trials >= 1' \
  "interrupted: the result so far"

limit_count
run_vrkit load "${LIMIT_PATH[@]}" --json --ceiling never --count 6000 --rate 6kpps --flows 20
show '.[0] | .sent == 6000 and .received < 6000 and .received > 0' "a load through the bucket loses some"
is "$(jq -r '"\(.sent) \(.received)"' <<<"$RUN_OUT")" "$(limit_counted middle) $(limit_counted right)" \
  "the packet filters at both ends have counted as many"

# What a long queue still holds of a load that has not waited for it is no frame of the next one, although
# it bears the same numbers: of that, nothing comes in time.
limit_exec middle tc qdisc delete dev right root
limit_exec middle tc qdisc add dev right root tbf rate $((limit * 60 * 8))bit burst 1800 limit $((4000 * 60))
back_to_back () {
  run_vrkit load "${LIMIT_PATH[@]}" --json --ceiling never --receiver exact --settle 50ms "$@"
}
back_to_back --count 5000 --rate 50kpps
show '.[0] | .sent == 5000 and .received > 0 and .lost > 2000 and .stale == 0' "a load that leaves a queue behind"
back_to_back --count 1000 --rate 10kpps
show '.[0] | .sent == 1000 and .stale > 0 and .received == 0 and .lost == 1000 and .duplicated == 0
       and .sent == .received + ([.stages[].count] | add)' "and the next one, which does not take them for its own"
limit_exec middle tc qdisc delete dev right root
limit_at "$limit_prefix-middle" right $limit $room

# Of the pair, what can be found is the tester's own limit, or none.
run_vrkit search --self-test "${short[@]}" --upper 2k --trial 200ms
assert_status 0 "self-test: status"
show '.[-1].goals[0].lower_pps == 2000' "self-test: nothing is lost on a pair"
is "$(ip netns list | grep -c vrkit-self-test || true)" 0 "nothing is left of the self-test"

# --- Refused ---------------------------------------------------------------------------------------

run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --lower 1
assert_status 2 "a rate without a frame in a trial"
assert_err "stream 0 has no frame in a trial of 0.5 s at a rate of 1/s" "it is named"
run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --from "$limit_prefix-left/none"
assert_status 11 "an interface that is not there"
run_vrkit search "${LIMIT_PATH[@]}" "${short[@]}" --size 63
assert_err "least size for IPv4 is 64" "a frame that is too short"

run_vrkit search "${LIMIT_PATH[@]}" --upper 1k --trial 200ms --pause 0 --settle 50ms --tester-tries 50
assert_status 0 "for people: status"
assert_out 'trial *rate/s*100'*'loss up to 0 %: 1000/s, 0.512 Mbit/s at least' "for people: lines and a result"
plan
