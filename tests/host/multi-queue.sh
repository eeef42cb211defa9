#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A guest with several queues a card, on a macvtap and on a tap: opened as often on the host, turned on
# in the guest, and used by flows.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
use_labs wide
profile=$TEST_DIR/wide.conf
remember_traces

# queues PORT: how many the guest's card has on.
queues () {
  "$VRKIT" exec wide r1 -- ethtool -l "$1" | sed -n '/^Current/,$s/^Combined:[[:space:]]*//p'
}

# opened PATTERN: how many descriptors of the guest's QEMU are such files.
opened () {
  find "/proc/$(pid_of wide r1)/fd" -lname "$1" | wc -l
}

# used CARD: how many queues of the guest's card have received.
used () {
  "$VRKIT" exec wide r1 -- ethtool -S "$1" | grep -cE 'rx(_queue_)?_?[0-9]+_packets: [1-9]' || true
}

{
  two_ports wide | sed '/^\[port right\]/a attach = bridge'
  router r1 1 "vcpus = 2" "accel = tcg" | sed '/^interface/s/$/ queues=2/'
} >"$profile"
run_vrkit up --timeout 60s "$profile"
assert_status 0 "up with two queues a card"
is "$(queues left)|$(queues right)" "2|2" "the guest has both on"
is "$(opened '/dev/tap*')|$(opened /dev/net/tun)" "2|2" "macvtap and tap are opened for each"
# 32 flows by their ports; those from one side all hash to one queue once in 2^31.
for ((port = 20000; port < 20032; port++)); do
  ip netns exec vrkit-wide-left bash -c "echo >/dev/udp/198.18.2.100/$port" 2>/dev/null || true
  ip netns exec vrkit-wide-right bash -c "echo >/dev/udp/198.18.1.100/$port" 2>/dev/null || true
done
is "$(used left)|$(used right)" "2|2" "flows come by both queues of each"
is "$(echoes wide left 198.18.2.100 63)|$(echoes wide left 2001:2:0:2::100 63)" "3|3" "and pass"

left=$(planned "$profile" macvtap .target)
run_vrkit tune wide port.left.queue-length=35
assert_status 0 "tune of the queues' length"
check "it is the macvtap's" link_is "$left" ".txqlen == 35"
right=$(planned "$profile" tap .target)
ip link set "$left" txqueuelen 500
ip link set "$right" txqueuelen 500
run_vrkit status wide
assert_status 1 "status sees queues of another length"
assert_out "drift  macvtap $left: queue-length is 500, wanted 35  # interface left of router r1" \
  "the macvtap's"
assert_out "drift  tap $right: queue-length is 500, wanted 50  # interface right of router r1" "the tap's"
sed -i '/^\[port left\]/a queue-length = 35' "$profile"
run_vrkit up "$profile"
assert_status 0 "up mends them"
check "the macvtap's is as wanted" link_is "$left" ".txqlen == 35"
check "the tap's is as wanted" link_is "$right" ".txqlen == 50"
run_vrkit tune wide "router.r1.interface=left 198.18.1.1/24, right 198.18.2.1/24"
assert_status 2 "tune of their number is refused"
assert_err "would have to be made anew" "since card and guest must be made anew"
run_vrkit status wide
assert_status 0 "the lab is as it was"

sed -i -e 's/ queues=2//' "$profile"
run_vrkit up --timeout 60s "$profile"
assert_status 0 "up with one queue a card makes them anew"
is "$(queues left)|$(queues right)" "1|1" "the guest has one"
is "$(opened '/dev/tap*')|$(opened /dev/net/tun)" "1|1" "and each is opened once"
run_vrkit down wide
assert_status 0 "down"
assert_no_trace "nothing is left"
plan
