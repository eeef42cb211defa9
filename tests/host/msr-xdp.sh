#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A multistage router whose balancer is one of XDP: the same router to the outside as with nftables.
# holds: guests
# shellcheck source-path=SCRIPTDIR source=msr-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/msr-common.sh"

need_guests
use_labs quick
remember_traces
profile=$TEST_DIR/quick.conf
{
  # A guest that the host does not let run for a second loses nothing for want of room.
  two_ports quick | sed 's/^device = test$/&\nqueue-length = 1000/'
  cat <<'END'
[port r-inner]
device = internal
queue-length = 1000
[msr r]
balancers = 1
routers = 2
balancer = xdp
weights = 3, 2
interface = left 198.18.1.1/24 2001:2:0:1::1/64
interface = right 198.18.2.1/24 2001:2:0:2::1/64
END
} >"$profile"

# balanced: packets that each back-end was given, a line each.
balanced () {
  "$VRKIT" exec quick r-lb1 -- vrkit-balance --counters | sed -n 's/^backend .* in_packets \([0-9]*\) .*/\1/p'
}

# weigh WEIGHTS: whether the back-ends have these in the programs' maps.
# shellcheck disable=SC2317  # wait_until calls it
weigh () {
  [[ $("$VRKIT" exec quick r-lb1 -- vrkit-balance --counters \
    | sed -n 's/^backend .* weight \([0-9]*\) .*/\1/p' | paste -sd ' ') == "$1" ]]
}

# shellcheck disable=SC2317  # spread calls it
both_take () {
  check "both back-ends are given packets" wait_until 60 weigh '3 2'
}

# None is up within a second.
sed '/^.msr r/a accel = tcg' "$profile" >"$TEST_DIR/late.conf"
run_vrkit up --timeout 1s "$TEST_DIR/late.conf"
assert_status 10 "an MSR whose parts do not come up in time: status"
assert_err "*vrkit-quick-r-*--timeout*" "one is named, with the reason"
assert_no_trace "and all is taken back"
run_vrkit up --timeout 180s "$profile"
assert_status 0 "an MSR with a balancer by XDP is up"
is "$("$VRKIT" exec quick r-lb1 -- grep -v changed /run/vrkit/balance.says | sort | tr '\n' ' ')" \
  "attached left native attached r-inner native attached right native ready " \
  "the driver runs the programs itself"
is "$("$VRKIT" exec quick r-lb1 -- nft list ruleset)" "" "and nftables has no part in it"
for case in 'left 198.18.2.100' 'left 2001:2:0:2::100' 'right 198.18.1.100' 'right 2001:2:0:1::100'; do
  is "$(echoes quick "${case% *}" "${case#* }" 63)" 3 "echoes from ${case% *} to ${case#* } pass, one hop further"
done
is "$(echoes quick left 198.18.1.1 64)|$(echoes quick right 2001:2:0:2::1 64)" "3|3" \
  "the router's own addresses answer"
is "$(ip netns exec vrkit-quick-left ping -n -c 1 -W 5 -t 1 198.18.2.100 | grep -c 'From 198.18.1.1 .*exceeded')" 1 \
  "a trace shows one hop, by its own address"

spread quick balanced
shows '.sent > 0 and .lost * 10 < .sent' "a thousand flows pass"
check "three parts to the one and two to the other, as weighted: ${shares[*]}" shared_so 3 2

# Stalled, and not dead: its interface is there, and takes what it gets.
virsh --quiet --connect qemu:///system suspend vrkit-quick-r-br2
check "a back-end that is stalled gets nothing any more" wait_until 60 weigh '3 0'
mapfile -t before < <(balanced)
sends quick 1s
shows '.sent > 0 and .lost * 10 < .sent' "all flows pass by the other"
mapfile -t after < <(balanced)
is "$((after[1] - before[1]))" 0 "and none to it"
virsh --quiet --connect qemu:///system resume vrkit-quick-r-br2
check "and when it goes on it gets packets again" wait_until 60 weigh '3 2'
sends quick 1s
shows '.sent > 0 and .lost * 10 < .sent' "a thousand flows pass again"

# With the process go its programs and their maps, and nobody else has them.
in_balancer () { "$VRKIT" exec quick r-lb1 -- "$@"; }
killed=$(in_balancer cat /run/vrkit/balance.pid)
begin_load quick
in_balancer kill -KILL "$killed"
check "a balancer that is killed is back within 10 s" wait_until 10 weigh '3 2'
check "and another process" test "$(in_balancer cat /run/vrkit/balance.pid)" != "$killed"
sleep 2
end_load
diag "without a balancer: $(jq "1000 * .lost / $rate | floor" <<<"$RUN_OUT") ms of the load"
shows ".sent > 2 * $rate and .lost > 0 and .lost < $rate" "a flow is without one for less than a second"
is "$(in_balancer grep -c 'ended with status 137, and is started again in 0 ms' /run/vrkit/balance.log)" 1 \
  "the log tells"
sends quick 1s
shows '.sent > 0 and .lost == 0' "and all flows pass again"

run_vrkit scale quick r=0
assert_err 'N from 1 to 64' "an MSR has one back-end at least"
run_vrkit scale quick r-br1=2
assert_err 'no PVR or MSR "r-br1": it is a single router; there is r' "and a part of it is no MSR"
balancer=$(pid_of quick r-lb1)
begin_load quick
scale quick r=1 "a back-end less"
check "the balancer gives it nothing" weigh '3 0'
scale quick r=2 "and one more"
check "the balancer gives it packets" wait_until 60 weigh '3 2'
end_load
shows ".sent > 2 * $rate and .lost == 0" "no packet is lost"
is "$(pid_of quick r-lb1)" "$balancer" "and the balancer is the same"
run_vrkit status quick
assert_status 0 "status: all of it is as it should be"

run_vrkit down quick
assert_status 0 "down"
assert_no_trace "nothing of it is left"
plan
