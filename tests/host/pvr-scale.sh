#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A PVR grows and shrinks while a thousand flows pass it: a new member has none of them until it
# forwards, and one that leaves takes none with it. Killed in between, `vrkit scale` again mends it.
# holds: guests
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

readonly rate=300

need_guests
use_labs scaled
remember_traces
profile=$TEST_DIR/scaled.conf
{
  # A guest that the host does not let run for a second loses nothing for want of room.
  two_ports scaled | sed 's/^device = test$/&\nqueue-length = 1000/'
  # So that a guest is not up within a second.
  printf '[pvr r]\nmembers = 1\naccel = tcg\n'
  printf 'interface = left 198.18.1.1/24 2001:2:0:1::1/64\n'
  printf 'interface = right 198.18.2.1/24 2001:2:0:2::1/64\n'
} >"$profile"

# count_members: those that run.
count_members () {
  "$VRKIT" status --json scaled | jq '[.labs[].routers[] | select(.state == "running")] | length'
}

# runs MEMBER: whether its guest was started, though it need not have booted.
# shellcheck disable=SC2317  # called by name
runs () {
  [[ $(virsh --quiet --connect qemu:///system domstate "vrkit-scaled-r-$1" 2>/dev/null) == running* ]]
}

# held MEMBER: whether it bears the mark of held queues.
held () {
  virsh --connect qemu:///system dumpxml "vrkit-scaled-r-$1" | grep -c 'xmlns/held/1' || true
}

# received MEMBER: frames that its interface on left has received.
received () {
  "$VRKIT" exec scaled "r-$1" -- cat /sys/class/net/left/statistics/rx_packets
}

# begin_load DURATION, end_load: until it is told to end, a thousand flows, with their result in RUN_OUT.
begin_load () {
  "$VRKIT" load scaled --from left --to right --rate "$rate" --duration "$1" --flows 1000 --json \
    >"$TEST_DIR/load.out" 2>"$TEST_DIR/load.err" &
  sending=$!
  wait_until 20 ip netns exec vrkit-scaled-left sh -c \
    "test \$(cat /sys/class/net/left/statistics/tx_packets) -gt $((rate / 2))"
}

end_load () {
  kill -TERM "$sending"
  wait "$sending" || true
  RUN_OUT=$(jq --slurp '.[-1]' "$TEST_DIR/load.out")
  RUN_ERR=$(<"$TEST_DIR/load.err")
}

# scale WHAT ARGUMENT…: done in time, within the load.
scale () {
  run_vrkit scale scaled "${@:2}"
  assert_status 0 "$1"
  check "$1: while packets pass" kill -0 "$sending"
}

run_vrkit up "$profile"
assert_status 0 "a PVR of one is up"

# What is refused.
while IFS='|' read -r size status message; do
  run_vrkit scale scaled "$size"
  is "$RUN_STATUS|$(wc -l <"$TEST_DIR/run.err")" "$status|1" "scale $size: status $status, one line"
  assert_err "$message" "scale $size: says why"
done <<'END'
r|2|a size is NAME=N
r=|2|N from 1 to
r=0|2|N from 1 to
r=-1|2|N from 1 to
r=1000000|2|N from 1 to
x=2|2|lab scaled has no PVR or MSR "x": there is r
r-1=2|2|it is a single router
r=250|5|memory
END
run_vrkit scale nosuch r=2
assert_status 1 "a lab that is not up"
run_vrkit scale --dry-run scaled r=2
is "$RUN_STATUS|$(grep -c '^+ domain vrkit-scaled-r-2 ' <<<"$RUN_OUT")|$(count_members)" "0|1|1" \
  "a dry run tells what would be done"

begin_load 300s
run_vrkit scale --timeout 1s scaled r=2
assert_status 10 "a member that does not come up in time: status"
assert_err "*vrkit-scaled-r-2*--timeout*" "it is named, with the reason"
is "$(count_members)" 1 "and goes, while the other stays"
scale "one member more" r=2
scale "and none again" r=1
scale "and one more again" r=2
end_load
# A member that swallowed its share while it boots would lose half of it for seconds.
shows ".sent > 5 * $rate and .lost == 0" "no packet is lost"
diag "$(jq -c '[.sent, .lost, .duplicated, .reordered]' <<<"$RUN_OUT") sent, lost, duplicated, reordered"
flows_of_one 198.18.1 6
run_vrkit load scaled --from left --to right --duration 1s --json "${flows[@]}"
RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
shows '.sent > 0 and .lost == 0 and .reordered == 0' "with nothing changed the packets of each flow come in their order"
check "the new member forwards" test "$(received 2)" -gt 0
is "$(held 2)" 0 "its queues are no longer held"
run_vrkit scale scaled r=2
assert_err "nothing to change" "it is of two"

# Killed while a member boots, and with its domain just made.
run_vrkit scale scaled r=1
assert_status 0 "one member again"
"$VRKIT" scale --quiet scaled r=2 2>/dev/null &
scaling=$!
wait_until 30 runs 2 || true
kill -KILL "$scaling"
wait "$scaling" 2>/dev/null || true
is "$(held 2)" 1 "a member whose vrkit was killed has its queues held"
run_vrkit load scaled --from left --to right --rate "$rate" --duration 1s --flows 1000 --json
RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
shows '.sent > 0 and .lost == 0' "and swallows nothing"
run_vrkit status scaled
is "$RUN_STATUS|$(grep -c 'router r-2 .*queues held' <<<"$RUN_OUT")" "1|1" "which status tells"
assert_out "drift  domain vrkit-scaled-r-2: " "and that it is no part of the lab"
run_vrkit scale scaled r=2
is "$RUN_STATUS|$(held 2)" "0|0" "scale has it forward"
run_vrkit scale scaled r=1
{ VRKIT_FAULT_POINT=8 run_vrkit scale scaled r=2; } 2>/dev/null
is "$RUN_STATUS" 137 "killed when its domain was made"
run_vrkit scale scaled r=2
is "$RUN_STATUS|$(held 2)|$(count_members)" "0|0|2" "scale ends what that began"
run_vrkit up "$profile"
assert_status 0 "up brings back what the profile says"
is "$(count_members)" 1 "which is one member"

run_vrkit down scaled
assert_status 0 "down"
assert_no_trace "nothing of it is left"
plan
