#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Rings and coalescing of a NIC, the machine's e1000e, held by labs of native routers and given back.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
for path in /sys/bus/pci/drivers/e1000e/*/net/*; do
  nic=${path##*/}
done

# lab NAME N [LINE…]: the profile of a lab with a native router on the NIC; the lines are of its port.
lab () {
  local name=$1 net=$2
  shift 2
  {
    printf '[lab]\nname = %s\n[router r1]\nkind = native\ninterface = wan 198.18.9.%d/24\n' "$name" "$net"
    printf '[port wan]\ndevice = %s\n' "$nic"
    printf '%s\n' "$@"
  } >"$TEST_DIR/$name.conf"
}

# rings: of receiving and sending, and the wait of receiving, as ethtool has them.
rings () {
  {
    ethtool -g "$nic" | sed -n '/^Current/,$s/^[RT]X:[[:space:]]*//p'
    ethtool -c "$nic" | sed -n 's/^rx-usecs:[[:space:]]*//p'
  } | paste -sd ' '
}

remember_traces
before=$(rings)
check "the NIC has other values than the profile" test "$before" != "512 128 0"
lab one 1 "rx-ring = 512" "tx-ring = 128" "rx-usecs = 0"
run_vrkit up "$TEST_DIR/one.conf"
assert_status 0 "up with rings and coalescing"
is "$(rings)" "512 128 0" "the NIC has the profile's"
ethtool -G "$nic" rx 80
run_vrkit status one
assert_status 1 "status sees what somebody changed"
assert_out "drift  nic $nic: rx-ring is 80, wanted 512" "with both values"
run_vrkit up "$TEST_DIR/one.conf"
is "$(rings)" "512 128 0" "up mends what somebody changed"
run_vrkit tune one port.wan.rx-ring=1024 port.wan.rx-usecs=50
assert_status 0 "tune"
is "$(rings)" "1024 128 50" "rings change while the NIC is in use"
run_vrkit tune one port.wan.rx-usecs=20 port.wan.rx-ring=100
assert_status 9 "a ring of a size that the NIC rounds is refused"
is "$(rings)" "1024 128 50" "and all is as it was before the tune"
lab two 2 "tx-ring = 128"
run_vrkit up "$TEST_DIR/two.conf"
assert_status 0 "another lab wants one of them"
run_vrkit down one
is "$(rings)" "${before%% *} 128 ${before##* }" "down gives back what the other lab does not want"
run_vrkit down two
is "$(rings)" "$before" "and the rest when that one leaves"

lab one 1 "rx-ring = 4097"
run_vrkit up "$TEST_DIR/one.conf"
assert_status 5 "a ring above the NIC's limit is refused"
assert_err "one.conf:6:*rx-ring = 4097: $nic takes at most 4096" "with the place, the value and the limit"
lab one 1 "tx-usecs = 1"
run_vrkit up "$TEST_DIR/one.conf"
assert_status 4 "what the NIC lacks is refused"
assert_err "$nic has no tx-usecs to set" "with its name"
lab one 1 "channels = 2"
run_vrkit plan "$TEST_DIR/one.conf"
assert_err "$nic has no channels to set" "the plan says so already"
is "$(rings)" "$before" "nothing is changed"

lab one 1 "rx-ring = 512" "rx-usecs = 0"
changed=0
for ((point = 8; point <= 120; point++)); do
  { VRKIT_FAULT_POINT=$point run_vrkit up "$TEST_DIR/one.conf"; } 2>/dev/null
  status=$RUN_STATUS
  [[ $(rings) == "$before" ]] || changed=$((changed + 1))
  run_vrkit down one
  [[ $(rings) == "$before" ]] || break
  ((status == 137 && changed < 2)) || break
done
is "$(rings)" "$before" "up killed at up to $point points: down gives the NIC back"
check "some of these were after the change" test "$changed" -eq 2
assert_no_trace "nothing of the labs is left"
plan
