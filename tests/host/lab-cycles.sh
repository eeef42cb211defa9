#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Labs that come and go again and again: what the host has after the first time, it has after the
# last.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
use_labs cycled

# Everything that a lab could leave behind and a count of labs would show, a line each.
belongings () {
  traces
  find /sys/class/net /run/netns -mindepth 1 -maxdepth 1 -printf 'path %p\n' 2>/dev/null || true
  find /run/vrkit /run/libvirt/qemu /var/lib/libvirt/qemu /var/log/libvirt/qemu /dev/tap* \
    -printf 'path %p\n' 2>/dev/null || true
  find /sys/fs/cgroup -type d \( -name '*machine*' -o -name '*qemu*' \) -printf 'cgroup %p\n' \
    2>/dev/null || true
}

# cycle NUMBER WHAT: up and down of the profile, NUMBER times.
cycle () {
  local number=$1 what=$2 i good=0
  for ((i = 1; i <= number; i++)); do
    run_vrkit up "$TEST_DIR/cycled.conf"
    ((RUN_STATUS == 0)) || diag "up $i: $RUN_ERR"
    good=$((good + (RUN_STATUS == 0)))
    run_vrkit down cycled
    ((RUN_STATUS == 0)) || diag "down $i: $RUN_ERR"
    good=$((good + (RUN_STATUS == 0)))
    ((i > 1)) || belongings | sort >"$TEST_DIR/first"
  done
  is "$good" $((2 * number)) "$number cycles of $what come and go"
  belongings | sort >"$TEST_DIR/last"
  is "$(comm -13 "$TEST_DIR/first" "$TEST_DIR/last")" "" "nothing is there that was not after the first"
}

remember_traces
{
  two_ports cycled
  router n1 1 "kind = native" "route = 198.19.0.0/16 via 198.18.2.2"
} >"$TEST_DIR/cycled.conf"
cycle 10 "a native lab"

{
  two_ports cycled
  router r1 1
} >"$TEST_DIR/cycled.conf"
cycle 3 "a lab with a guest"
assert_no_trace "nothing of the lab is left"
plan
