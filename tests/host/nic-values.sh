#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Channels and coalescing of ports' devices, here a tap and a veth, held by labs and given back,
# whoever goes first and whoever was killed. Rings are a real NIC's: tests/lab/inside has them.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

keep_state_in_memory
use_labs nica nicb
my_links+=(vkt-tap)
remember_traces

# lab NAME N [LINE…]: the profile of a lab with a native router on the tap and a test port; the lines
# are of the tap's port.
lab () {
  local name=$1 net=$2
  shift 2
  {
    printf '[lab]\nname = %s\n[router r1]\nkind = native\n' "$name"
    printf 'interface = left 198.18.1.%d/24, wan 198.18.9.%d/24\n' "$net" "$net"
    printf '[port left]\ndevice = test\nchannels = %d\n' "$(($(nproc) > 1 ? 2 : 1))"
    printf '[port wan]\ndevice = vkt-tap\n'
    printf '%s\n' "$@"
  } >"$TEST_DIR/$name.conf"
}

frames () {
  ethtool -c vkt-tap | sed -n 's/^rx-frames:[[:space:]]*//p'
}

# channels: how many of nica's test port there are, received and sent.
channels () {
  local near
  near=$(planned "$TEST_DIR/nica.conf" veth .target)
  ethtool -l "$near" | sed -n '/^Current/,$s/^[RT]X:[[:space:]]*//p' | paste -sd ' '
}

nic () {
  printf '%s frames, %s\n' "$(frames)" \
    "$(ip -d -j link show dev vkt-tap | jq -c '.[0] | [.mtu, .flags, .promiscuity]')"
  ethtool --show-features vkt-tap
}

# as_before NAME: the tap is as it was.
as_before () {
  is "$(nic)" "$before" "$1"
}

ip tuntap add vkt-tap mode tap
ethtool -C vkt-tap rx-frames 7
before=$(nic)
many=$(($(nproc) > 1 ? 2 : 1))

# --- One lab --------------------------------------------------------------------------------------

lab nica 1 "rx-frames = 16"
run_vrkit up "$TEST_DIR/nica.conf"
assert_status 0 "up with coalescing and channels"
is "$(frames)" 16 "the tap has the profile's frames"
is "$(channels)" "$many $many" "the test port has the profile's channels"
run_vrkit up "$TEST_DIR/nica.conf"
assert_err "nothing to change" "up again changes nothing"
run_vrkit status nica
assert_status 0 "status finds it as it should be"
ethtool -C vkt-tap rx-frames 5
run_vrkit status nica
assert_status 1 "status sees what somebody changed"
assert_out "drift  nic vkt-tap: rx-frames is 5, wanted 16  # port wan" "with both values and the reason"
run_vrkit status --json nica
shows '.labs[0] | (.up | not) and (.drift | length == 1) and (.drift[0] | .kind == "nic" and
  .target == "vkt-tap" and .text == "rx-frames is 5, wanted 16")' "in JSON as well"
run_vrkit up "$TEST_DIR/nica.conf"
is "$(frames)" 16 "up mends it"
run_vrkit status nica
assert_status 0 "and status finds nothing more"

run_vrkit tune nica port.wan.rx-frames=0 port.left.channels=1
assert_status 0 "tune of a lab that is up"
is "$(frames)|$(channels)" "0|1 1" "tune changes both"
run_vrkit tune nica "port.left.channels=$many" port.wan.rx-frames=65
assert_status 9 "a value that the device rounds is refused"
assert_err "rx-frames is 64, wanted 65" "the refusal has both values"
is "$(frames)|$(channels)" "0|1 1" "and all is as it was before the tune"
run_vrkit tune nica port.wan.rx-frames=
is "$(frames)" 7 "a key that is taken away gives its value back"
run_vrkit down nica
assert_status 0 "down"
as_before "the tap is as it was"

# --- Refused --------------------------------------------------------------------------------------

lab nica 1 "rx-ring = 64"
run_vrkit up "$TEST_DIR/nica.conf"
assert_status 4 "rings of a device without are refused"
assert_err "nica.conf:9:*rx-ring = 64: vkt-tap has no rx-ring to set" "with the place and the device"
lab nica 1 "rx-frames = 16"
sed -i 's/^channels = .*/channels = 4096/' "$TEST_DIR/nica.conf"
run_vrkit up "$TEST_DIR/nica.conf"
assert_status 4 "more channels than the device has are refused"
assert_err "nica.conf:6:*channels = 4096: interface*takes at most $(nproc --all)" \
  "with the place and the device's limit"
as_before "nothing is changed"
assert_no_trace "nothing is left"

# --- Two labs -------------------------------------------------------------------------------------

lab nica 1 "rx-frames = 16"
lab nicb 2 "rx-frames = 16"
for first in nica nicb; do
  last=$([[ $first == nica ]] && echo nicb || echo nica)
  run_vrkit up "$TEST_DIR/nica.conf"
  one=$RUN_STATUS
  run_vrkit up "$TEST_DIR/nicb.conf"
  is "$one|$RUN_STATUS" "0|0" "two labs want the same of a device"
  run_vrkit down "$first"
  is "$(frames)" 16 "$first leaves, and $last still holds it"
  run_vrkit down "$last"
  as_before "the last one, $last, gives it back"
done

run_vrkit up "$TEST_DIR/nica.conf"
lab nicb 2 "rx-frames = 17"
run_vrkit up "$TEST_DIR/nicb.conf"
assert_status 6 "a lab that wants another value is refused"
assert_err "lab nica holds rx-frames of vkt-tap at 16" "the refusal names lab and value"
is "$(frames)" 16 "and has changed nothing"
run_vrkit down nica
as_before "the tap is as it was"

# --- Killed ---------------------------------------------------------------------------------------

# Only what is of the device, so that there are few points.
sed -i -e '/^\[port left\]/,/^channels/d' -e 's/left [^,]*, //' "$TEST_DIR/nica.conf"
for command in up down; do
  changed=0
  for ((point = 1; point <= 200; point++)); do
    [[ $command == up ]] || run_vrkit up "$TEST_DIR/nica.conf"
    { VRKIT_FAULT_POINT=$point run_vrkit "$command" "$TEST_DIR/nica.conf"; } 2>/dev/null
    status=$RUN_STATUS
    [[ $(frames) == 7 ]] || changed=$((changed + 1))
    run_vrkit down nica
    [[ $(nic) == "$before" ]] || break
    ((status == 137)) || break
  done
  as_before "$command killed at $((point - 1)) points: down gives the device back"
  check "$command ends at last" test "$status" -eq 0
  check "the device was changed at several points" test "$changed" -gt 3
done

# --- Gone -----------------------------------------------------------------------------------------

run_vrkit up "$TEST_DIR/nica.conf"
ip link delete vkt-tap
run_vrkit status nica
assert_status 1 "status of a lab whose device is gone"
assert_out "drift  plan nica: \[port wan\] device = vkt-tap: this host has no such interface" \
  "says that it cannot be up here any more"
run_vrkit down nica
assert_status 0 "down all the same"
assert_no_trace "nothing of the labs is left"
plan
