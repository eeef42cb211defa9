# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of MSRs share: loads of a thousand flows, and changes while one passes. Not a test itself: it is sourced, and is not
# executable.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

readonly rate=500

# send_once LAB DURATION: a thousand flows; the result is the load's.
send_once () {
  run_vrkit load "$1" --from left --to right --rate "$rate" --duration "$2" --settle 2s --flows 1000 --json
  RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
}

# most_came: of the last load.
most_came () {
  json_is '.sent > 0 and .lost * 10 < .sent' <<<"$RUN_OUT"
}

# sends LAB DURATION: a load of which most come. A host that does not let a guest run for seconds has no room
# for what comes meanwhile, so there are three tries.
sends () {
  for _ in 1 2 3; do
    send_once "$@"
    ! most_came || return 0
  done
}

# spread LAB COMMAND: a load of which most come and both back-ends have a part, in `shares` how large a one;
# COMMAND tells how many packets each has had, a line each. A back-end that the host did not let run
# meanwhile is without packets for seconds then, so there are three tries.
spread () {
  local before after
  for _ in 1 2 3; do
    both_take
    mapfile -t before < <("$2")
    send_once "$1" 2s
    mapfile -t after < <("$2")
    # shellcheck disable=SC2034  # for the test
    shares=($((after[0] - before[0])) $((after[1] - before[1])))
    ((shares[0] <= rate / 2 || shares[1] <= rate / 2)) || ! most_came || return 0
  done
}

# shared_so FIRST SECOND: whether of `shares` the first is within a tenth of all as the two numbers say.
shared_so () {
  local all=$((shares[0] + shares[1])) parts=$(($1 + $2))
  local off=$((10 * (shares[0] * parts - all * $1)))
  ((off < all * parts && -off < all * parts))
}

# begin_load LAB [OPTION…]: a thousand flows until end_load, which leaves its result as send_once does.
begin_load () {
  local sent=/sys/class/net/left/statistics/tx_packets before
  before=$(ip netns exec "vrkit-$1-left" cat "$sent")
  "$VRKIT" load "$1" --from left --to right --rate "$rate" --duration 300s --settle 2s --flows 1000 --json "${@:2}" \
    >"$TEST_DIR/load.out" 2>"$TEST_DIR/load.err" &
  sending=$!
  wait_until 60 ip netns exec "vrkit-$1-left" sh -c "test \$(cat $sent) -gt $((before + rate / 2))"
}

end_load () {
  kill -TERM "$sending"
  wait "$sending" || true
  RUN_OUT=$(jq --slurp '.[-1]' "$TEST_DIR/load.out")
  RUN_ERR=$(<"$TEST_DIR/load.err")
  diag "$(jq -c '[.sent, .lost, .duplicated, .reordered]' <<<"$RUN_OUT") sent, lost, duplicated, reordered"
}

# scale LAB SIZE WHAT: done while the load passes.
scale () {
  run_vrkit scale --timeout 180s "$1" "$2"
  assert_status 0 "$3"
  check "$3: while packets pass" kill -0 "$sending"
}
