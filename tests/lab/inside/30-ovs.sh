#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ports that are bridges of Open vSwitch, with the kernel's datapath.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"

# shellcheck disable=SC2317  # a trap calls it
leave () {
  "$VRKIT" down --quiet switched 2>/dev/null || true
  systemctl stop openvswitch-switch
  leave_scratch
}

require_root
trap leave EXIT
profile=$TEST_DIR/switched.conf
cat >"$profile" <<'END'
[lab]
name = switched
[port left]
device = test
attach = ovs
test-address = 198.18.1.100/24
test-gateway = 198.18.1.1
[port right]
device = test
attach = ovs
test-address = 198.18.2.100/24
test-gateway = 198.18.2.1
[router n1]
kind = native
interface = left 198.18.1.1/24, right 198.18.2.1/24
END

systemctl stop openvswitch-switch
run_vrkit up "$profile"
assert_status 4 "without a running Open vSwitch: status"
assert_err "*does not answer*systemctl start openvswitch-switch*" "the way out is told"

systemctl start openvswitch-switch
remember_traces
run_vrkit up "$profile"
assert_status 0 "up"
is "$(grep -c 'no Open vSwitch' <<<"$RUN_ERR" || true)" 0 "no fallback is told"
bridge=$("$VRKIT" plan --json "$profile" \
           | jq -r '.operations[] | select(.kind == "ovs-bridge" and (.want.alias | endswith(":left"))) | .target')
is "$(ovs-vsctl get Bridge "$bridge" datapath_type)" system "the datapath is the kernel's"
is "$(ip -j link show master ovs-system | jq length)" 4 "it is the master of both devices and both pairs"
check "echoes pass" ip netns exec vrkit-switched-left ping -n -c 3 -i 0.2 -W 5 198.18.2.100
run_vrkit status switched
assert_status 0 "all is as it should be"

# The switch that starts anew takes in what its database has.
systemctl restart openvswitch-switch
check "echoes pass after a restart of the switch" \
  wait_until 30 ip netns exec vrkit-switched-left ping -n -c 1 -W 2 198.18.2.100
run_vrkit status switched
assert_status 0 "and all is as it should be"
run_vrkit down switched
assert_status 0 "down"
is "$(ovs-vsctl list-br)" "" "no bridge is left"
assert_no_trace "nothing of the lab is left"
plan
