#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ports that are bridges of Open vSwitch, here one of the test's own: a guest and a native router
# forward between them, what is somebody else's is left alone, and what is lost is mended.
# holds: switch guests
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

# shellcheck source-path=SCRIPTDIR source=ovs-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/ovs-common.sh"

readonly foreign=vkt-ovs-br nic=vkt-ovs-nic
my_bridges+=("$foreign")
# What a run of this test that was killed has left.
for link in "$foreign" "$nic" "$nic-br"; do
  ip link delete "$link" 2>/dev/null || true
done

# bridge_of PORT: the planned name of the port's bridge.
bridge_of () {
  planned "$profile" ovs-bridge "select(.want.alias | endswith(\":$1\")) | .target"
}

# multistage NAME N ATTACH: an MSR of that number whose internal network is of that kind.
multistage () {
  printf '[port %s-inner]\ndevice = internal\nattach = %s\nqueue-length = 1000\n' "$1" "$3"
  router "$1" "$2" 'balancers = 1' 'routers = 1' | sed 's/^.router/[msr/'
}

need_guests
use_labs switched
remember_traces
my_links+=("$nic")
profile=$TEST_DIR/switched.conf
{
  two_ports switched | sed '/^device/a attach = ovs\nqueue-length = 1000'
  router r1 1
  router n1 2 "kind = native"
} >"$profile"

run_vrkit up "$profile"
assert_status 4 "without Open vSwitch: status"
assert_err "$profile:3: \[port left\] attach = ovs: the database of Open vSwitch does not answer*db.sock*attach = bridge" \
  "the port, the reason and the way out"
assert_no_trace "and nothing is there"

start_switch
vsctl add-br "$foreign" -- set Bridge "$foreign" datapath_type=netdev
ip link add "$nic" type veth peer name "$nic-far"
vsctl add-port "$foreign" "$nic"
run_vrkit up --timeout 180s "$profile"
assert_status 0 "up"
[[ -e /sys/module/openvswitch ]] \
  || assert_err "note: *\[port left\] this kernel has no Open vSwitch: the switch's own process moves the packets*" \
    "a switch without the kernel's datapath is told"
is "$(echoes switched left 198.18.2.100 63)|$(echoes switched left 2001:2:0:2::100 63)" "3|3" \
  "echoes pass the guest, by IPv4 and IPv6"
is "$(ip netns exec vrkit-switched-left ping -n -c 3 -i 0.2 -w 20 198.18.1.2 | grep -c 'ttl=64 ')" 3 \
  "the native router answers on the same bridge"
left=$(bridge_of left)
is "$(vsctl list-ports "$left" | wc -l)" 3 "the bridge has the device, the guest's tap and the native's pair"
is "$(vsctl get Bridge "$left" external_ids:vrkit)" '"vrkit:switched:bridge:left"' "and bears the lab's mark"
run_vrkit load switched --from left --to right --router r1 --rate 200 --count 200 --settle 1s --json
RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
shows '.sent == 200 and .lost == 0' "a load passes whole"
{
  multistage m 3 ovs
  multistage h 4 hub
} >>"$profile"
run_vrkit up --timeout 180s "$profile"
assert_status 0 "multistage routers are added"
for inside in 'm ovs' 'h hub'; do
  run_vrkit load switched --from left --to right --router "${inside% *}" --size 128 --rate 200 --json --settle 1s \
    --stream 'count=100 ip=4' --stream 'count=100 ip=6'
  RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
  shows '[.streams[].received] == [100, 100]' "and an MSR whose parts are joined by ${inside#* }"
done
is "$(vsctl list-ports "$(bridge_of m-inner)" | wc -l)" 2 "of which the bridge has both, and no other device"

# --- Drift ----------------------------------------------------------------------------------------

tap=$(planned "$profile" tap '.target' | head -n 1)
vsctl del-port "$tap"
run_vrkit status switched
assert_status 1 "a port that was taken from its bridge: status"
assert_out "drift  ovs-port $tap: gone" "which is named"
run_vrkit up "$profile"
assert_status 0 "up mends it"
is "$(echoes switched left 198.18.2.100 63)" 3 "echoes pass again"

# --- What is somebody else's ------------------------------------------------------------------------

cat >"$TEST_DIR/taken.conf" <<END
[lab]
name = taken
[port wan]
device = $nic
attach = ovs
[router r1]
kind = native
interface = wan 198.18.3.1/24
END
run_vrkit up "$TEST_DIR/taken.conf"
assert_status 6 "a device that is a port of another bridge of Open vSwitch: status"
assert_err "*port $nic of Open vSwitch is there already and is not vrkit's*" "it is named"
vsctl del-port "$nic"
ip link add "$nic-br" type bridge
my_links+=("$nic-br")
ip link set "$nic" master "$nic-br"
run_vrkit up "$TEST_DIR/taken.conf"
assert_status 6 "a device that is a port of a Linux bridge: status"
assert_err "*interface $nic is a port of $nic-br: release it*" "it is named"
ip link delete "$nic-br"
is "$(vsctl list-br | grep -vxF -e "$left" -e "$(bridge_of right)" -e "$(bridge_of m-inner)")" "$foreign" \
  "what was refused has left no bridge"

# --- Down -----------------------------------------------------------------------------------------

vsctl add-port "$left" "$nic"
run_vrkit down switched
assert_status 6 "down, where somebody else's port is on a bridge of the lab: status"
assert_err "*bridge $left *has a port $nic that is not of lab switched*ovs-vsctl del-port $left $nic*" \
  "which is named, with the way out"
is "$(vsctl list-br | grep -vxF "$foreign")|$(vsctl list-ports "$left")" "$left|$nic" \
  "the port stays where it was, and all else is gone"
vsctl del-port "$left" "$nic"
run_vrkit down switched
assert_status 0 "down"
is "$(vsctl list-br)" "$foreign" "nothing but the bridge of somebody else is left"
assert_no_trace "nothing of the lab is left"
run_vrkit up --quiet "$profile"
rm -rf "${VRKIT_RUN_DIR:-/run/vrkit}/labs/switched"
run_vrkit down switched
assert_status 0 "down by the marks alone"
is "$(vsctl list-br)" "$foreign" "its bridges are found by their marks too"
assert_no_trace "nothing of it is left"

# --- Killed until both kinds of Open vSwitch are done, and undone ------------------------------------

# begun_last: the kind of operation that the journal tells last of.
begun_last () {
  jq -rs '(map(select(.begin)) | map({key: (.begin | tostring), value: .kind}) | from_entries) as $kinds
          | .[-1] | $kinds[(.begin // .done // .undone | tostring)] // empty' \
    "${VRKIT_RUN_DIR:-/run/vrkit}/labs/taken/journal" 2>/dev/null || true
}

use_labs switched taken
for command in up down; do
  kinds='' complaints=''
  for ((point = 1; point <= 100; point++)); do
    [[ $command == up ]] || "$VRKIT" up --quiet "$TEST_DIR/taken.conf"
    { VRKIT_FAULT_POINT=$point run_vrkit "$command" "$TEST_DIR/taken.conf"; } 2>/dev/null
    ((RUN_STATUS == 137)) || break
    last=$(begun_last)
    kinds+=$last$'\n'
    run_vrkit down taken
    left=$(new_traces)
    [[ "$RUN_STATUS|$(vsctl list-br)|$(vsctl list-ports "$foreign")|$left" == "0|$foreign||" ]] \
      || complaints+="killed at $point: down: $RUN_STATUS: $RUN_ERR; left: $left, $(vsctl list-br)"$'\n'
    [[ $last == ovs-* || $kinds != *ovs-bridge*ovs-port* && $kinds != *ovs-port*ovs-bridge* ]] || break
  done
  "$VRKIT" down --quiet taken 2>/dev/null || true
  diag "$command: killed at $point points"
  is "$complaints" "" "$command killed at these points: down leaves nothing, and what is not its own as it was"
  is "$(grep -x 'ovs-.*' <<<"$kinds" | sort -u | xargs)" "ovs-bridge ovs-port" "$command was killed at both kinds of Open vSwitch"
done
ip link delete "$nic"
end_switch
is "$(ip -o link show | grep -cE ': (ovs-netdev|vkt-ovs)' || true)" "$(grep -cx ovs-netdev <<<"$links_before_switch" || true)" \
  "nothing is left of the switch"
plan
