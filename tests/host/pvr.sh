#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A parallel virtual router of two guests: one router to the outside, whose flows are spread over them;
# it forwards on when one is killed, and takes a member back, and one more.
# holds: guests
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

readonly rate=1000
# A member that swallowed its flows would lose a third of them or more; a busy host loses a few.
readonly passed='.sent > 0 and .lost * 10 < .sent'

need_guests
use_labs pair
remember_traces
profile=$TEST_DIR/pair.conf

# write_profile MEMBERS
write_profile () {
  {
    # A guest that the host does not let run for a while loses nothing for want of room.
    two_ports pair | sed 's/^device = test$/&\nqueue-length = 1000/'
    printf '[pvr r]\nmembers = %d\n' "$1"
    printf 'interface = left 198.18.1.1/24 2001:2:0:1::1/64\n'
    printf 'interface = right 198.18.2.1/24 2001:2:0:2::1/64\n'
  } >"$profile"
}

# received MEMBER: frames that its interface on left has received.
received () {
  "$VRKIT" exec pair "r-$1" -- cat /sys/class/net/left/statistics/rx_packets
}

# sends DURATION: a thousand flows; the result is the load's.
sends () {
  run_vrkit load pair --from left --to right --rate "$rate" --duration "$1" --flows 1000 --json
  RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
}

# while_sending COMMAND…: run while a thousand flows pass, which end after it; the result is theirs, and in TOLD its
# status.
while_sending () {
  "$VRKIT" load pair --from left --to right --rate "$rate" --duration 300s --flows 1000 --json \
    >"$TEST_DIR/load.out" 2>"$TEST_DIR/load.err" &
  local sending=$! status=0
  sleep 1.5
  TOLD=0
  "$@" >/dev/null 2>&1 || TOLD=$?
  sleep 2
  kill -TERM "$sending"
  wait "$sending" || status=$?
  RUN_OUT=$(jq --slurp '.[-1]' "$TEST_DIR/load.out")
  RUN_ERR=$(<"$TEST_DIR/load.err")
  check "the load comes to its end" test "$status" -le 1
  diag "lost: $(jq .lost <<<"$RUN_OUT") at $rate a second"
}

# gets_part MEMBER: of a thousand flows.
# shellcheck disable=SC2317  # check calls it
gets_part () {
  local before
  before=$(received "$1")
  sends 1s
  (($(received "$1") - before > rate / 4))
}

# ask: the far end of left asks ten times where the router is, and sends nothing else.
ask () {
  local i
  for ((i = 0; i < 10; i++)); do
    ip -n vrkit-pair-left neighbour flush dev left
    ip -n vrkit-pair-left neighbour replace 198.18.1.1 dev left use
    sleep 0.1
  done
}

# answerer: the member that was asked, of those that these are the numbers of. The others have at most what else is
# sent to all.
answerer () {
  local before=() after=() member
  for member; do before[member]=$(received "$member"); done
  ask
  for member; do
    after[member]=$(received "$member")
    ((after[member] - before[member] < 10)) || echo "$member"
  done
}

write_profile 2
run_vrkit up "$profile"
assert_status 0 "a PVR of two is up"
is "$(echoes pair left 198.18.2.100 63)" 3 "echoes pass it, one hop further"
is "$(echoes pair left 2001:2:0:2::100 63)" 3 "by IPv6 too"
ip -n vrkit-pair-left neighbour flush dev left
is "$(echoes pair left 198.18.1.1 64)" 3 "its address answers to ARP and to echoes"
is "$(ip -n vrkit-pair-left -j neighbour show 198.18.1.1 | jq -r '.[0].lladdr')" \
  "$(planned "$profile" macvtap '.want | select(.alias | endswith("r/left")) | .mac')" \
  "with the one MAC address of the port"

before=("$(received 1)" "$(received 2)")
sends 2s
shows '[.balance.members[].name] == ["r-1", "r-2"] and .balance.flows == 1000' \
  "and the result says how they spread over the members"
shows '.balance.chi_squared >= 0 and .balance.p >= 0 and .balance.p <= 1' "and how likely that is"
diag "shares, chi-squared, p: $(jq -c '.balance | [([.members[].share]), .chi_squared, .p]' <<<"$RUN_OUT")"
shows "$passed" "a thousand flows pass"
shows '.router == "r"' "through the PVR by its name"
shows ".points[] | select(.id == \"router-forwarded\") | .count >= $(jq .received <<<"$RUN_OUT")" \
  "what both of them count is added up"
shares=($(($(received 1) - before[0])) $(($(received 2) - before[1])))
check "each of the two has its part: ${shares[*]}" \
  test "${shares[0]}" -gt $((rate / 2)) -a "${shares[1]}" -gt $((rate / 2))

# One that hangs has its share of the flows, and nobody knows where they are.
kill -STOP "$(pid_of pair r-2)"
sends 1s
kill -CONT "$(pid_of pair r-2)"
assert_status 1 "what a member that hangs takes is lost"
assert_err "warning: router r-2 did not say what it counted" "a warning names it"
shows '.silent_router.name == "r-2" and (has("balance") | not) and .received > 0
       and ([.points[].id | select(test("^router-"))] == [])
       and .lost == ([.stages[].count] | add)' "and nothing is said of what happened in the members"

# The one that answers is killed while a thousand flows run.
killed=$(answerer 1 2)
check "one member answers ARP: $killed" test "$killed" = 1 -o "$killed" = 2
[[ $killed == [12] ]] || killed=2
while_sending kill -KILL "$(pid_of pair "r-$killed")"
shows ".sent > 3 * $rate and .lost < $rate" "when one is killed, less than a second's flows are lost"
is "$(echoes pair left 198.18.2.100 63)" 3 "the other one forwards on"
ip -n vrkit-pair-left neighbour flush dev left
is "$(echoes pair left 198.18.1.1 64)" 3 "and answers to ARP"
is "$(answerer $((3 - killed)))" $((3 - killed)) "in the place of the one that did"
run_vrkit status pair
assert_status 1 "status tells that one is missing"

run_vrkit up "$profile"
assert_status 0 "up starts it again"
sends 2s
shows "$passed" "and has its flows again"

# What boots has queues open before it can forward, so a member that reboots ends instead.
# shellcheck disable=SC2317  # while_sending calls it
reboot_and_up () {
  case $1 in
  itself) "$VRKIT" exec pair r-1 -- reboot -f || true ;; # it ends before it can answer
  'by virsh reset') virsh --quiet --connect qemu:///system reset vrkit-pair-r-1 ;;
  esac
  wait_until 10 test ! -e "/proc/$2" && "$VRKIT" up --quiet "$profile"
}
for way in 'itself' 'by virsh reset'; do
  pid=$(pid_of pair r-1)
  while_sending reboot_and_up "$way" "$pid"
  is "$TOLD" 0 "one that reboots $way ends, and up starts it again"
  shows ".sent > 3 * $rate and .lost < $rate" "and of both, less than a second's flows are lost"
  check "and it has its part again" gets_part 1
done

write_profile 3
run_vrkit up "$profile"
assert_status 0 "up adds one more"
sends 2s
shows "$passed" "and the flows pass all three"
check "of which the third has its part" test "$(received 3)" -gt $((rate / 4))
run_vrkit status pair
assert_status 0 "all three are as they should be"

run_vrkit down pair
assert_status 0 "down"
assert_no_trace "nothing of it is left"
plan
