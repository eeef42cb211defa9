#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A host that may not load macvtap, and one whose kernel has none.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
readonly rule=/run/modprobe.d/vrkit-test.conf
list=/lib/modules/$(uname -r)/modules.dep

# shellcheck disable=SC2317  # a trap calls it
give_back () {
  rm -f -- "$rule"
  ! mountpoint -q "$list" || umount "$list"
  leave_scratch
}
trap give_back EXIT

remember_traces
mkdir -p "${rule%/*}"
printf 'install macvtap /bin/false\n' >"$rule"
check "macvtap is not loaded" test ! -e /sys/module/macvtap
profile=$VRKIT_TEST_SOURCE/profiles/monolithic.conf
run_vrkit up "$profile"
assert_status 4 "a module that the host may not load ends up"
assert_err "cannot create macvtap*this kernel has no macvtap; \`modprobe macvtap\`" "with what it lacks"
assert_no_trace "and leaves nothing"

grep -v '/macvtap\.ko' "$list" >"$TEST_DIR/modules.dep"
mount --bind "$TEST_DIR/modules.dep" "$list"
run_vrkit check
assert_out "*macvtap *this kernel has no macvtap: use attach = bridge" "check sees a kernel without macvtap"
run_vrkit up "$profile"
assert_status 4 "up is refused before anything is made"
assert_err "monolithic.conf:*this kernel has no macvtap (modprobe macvtap); attach = bridge" \
  "with the place and the way out"
assert_no_trace "nothing is made"

cat >"$TEST_DIR/bridged.conf" <<'END'
[lab]
name = bridged
[port left]
device = test
attach = bridge
test-address = 198.18.0.2/24
[router r1]
kind = native
interface = left 198.18.0.1/24
END
run_vrkit up "$TEST_DIR/bridged.conf"
assert_status 0 "a lab on a bridge comes up all the same"
check "its router is reached" ip netns exec vrkit-bridged-left ping -c 1 -W 5 198.18.0.1
run_vrkit down bridged
assert_status 0 "down"
assert_no_trace "down leaves nothing"
plan
