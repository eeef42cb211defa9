#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The pairs of profiles/vlans.conf as VLANs of one bridge of Linux, here of native routers.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"

# shellcheck disable=SC2317  # a trap calls it
leave () {
  "$VRKIT" down --quiet vlans 2>/dev/null || true
  leave_scratch
}

# planned KIND ALIAS: the target of that operation.
planned () {
  "$VRKIT" plan --json "$profile" \
    | jq -r --arg kind "$1" --arg alias "$2" '.operations[] | select(.kind == $kind and .want.alias == $alias) | .target'
}

# vlans: of all ports, one a line.
vlans () {
  bridge -j vlan show | jq -r '.[] | .vlans[]? | "\(.vlan) \(.flags // [] | sort | join(", "))"' | sort | paste -sd ';'
}

# strays: how many echoes come back to r1 on the port `near` from r3, whose port is `far`.
strays () {
  ip netns exec vrkit-vlans-r1 ping -n -c 2 -i 0.2 -W 2 -I near 198.18.3.2 2>/dev/null | grep -c 'ttl=' || true
}

# passes NAME
passes () {
  local answers
  answers=$(ip netns exec vrkit-vlans-left ping -n -c 3 -i 0.2 -W 5 198.18.4.2 2>/dev/null | grep -c 'ttl=61 ') || true
  is "$answers" 3 "$1"
}

require_root
trap leave EXIT
profile=$TEST_DIR/vlans.conf
sed -e 's/^attach = ovs$/attach = bridge/' -e 's/^\[router .*/&\nkind = native/' \
  "$VRKIT_TEST_SOURCE/profiles/vlans.conf" >"$profile"
readonly each='12 Egress Untagged, PVID;12 Egress Untagged, PVID;23 Egress Untagged, PVID;23 Egress Untagged, PVID'

remember_traces
run_vrkit up "$profile"
assert_status 0 "up"
switch=$(planned bridge vrkit:vlans:switch:bridge)
is "$(ip -j link show master "$switch" | jq length)" 4 "both pairs are on one bridge"
is "$(ip -j -d link show "$switch" | jq -c '.[0].linkinfo.info_data | [.vlan_filtering, .vlan_default_pvid]')" '[1,0]' \
  "it keeps VLANs apart, and is in none itself"
is "$(vlans)" "$each" "each pair is in its VLAN, without tags"
passes "echoes pass all three"
ip -n vrkit-vlans-r1 address add 198.18.3.9/24 dev near
is "$(strays)" 0 "nothing passes from one VLAN to the other"
run_vrkit status vlans
assert_status 0 "all is as it should be"

near=$(planned veth vrkit:vlans:nic:r1/near)
bridge vlan add dev "$near" vid 23 pvid untagged
is "$(strays)" 2 "once somebody puts the port into the other VLAN, it does"
run_vrkit up "$profile"
assert_status 0 "up mends it"
is "$(vlans)" "$each" "each pair is in its VLAN again"
ip -n vrkit-vlans-r1 address delete 198.18.3.9/24 dev near
passes "and echoes pass"
run_vrkit down vlans
assert_status 0 "down"
assert_no_trace "nothing of the lab is left"
plan
