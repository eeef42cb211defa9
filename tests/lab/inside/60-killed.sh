#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `up` killed while its guest starts; and a lab whose state directory is gone.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
profile=$VRKIT_TEST_SOURCE/profiles/monolithic.conf

# wait_for SECONDS PROCESS PATH: until PATH is there; fails when PROCESS ends before, or time does.
wait_for () {
  local until=$((SECONDS + $1))
  until [[ -e $3 ]]; do
    ((SECONDS < until)) && kill -0 "$2" 2>/dev/null || return 1
    sleep 0.2
  done
}

remember_traces
"$VRKIT" up --timeout 300s "$profile" </dev/null >"$TEST_DIR/up" 2>&1 &
pid=$!
if wait_for 120 "$pid" /run/libvirt/qemu/vrkit-monolithic-r1.pid; then
  ok "the guest starts"
else
  not_ok "the guest starts" "$(<"$TEST_DIR/up")"
fi
{
  kill -KILL "$pid"
  wait "$pid"
} 2>/dev/null || true
run_vrkit down monolithic
assert_status 0 "down after up was killed"
assert_no_trace "down leaves nothing of a killed up"

run_vrkit up --timeout 300s "$profile"
assert_status 0 "up after that"
rm -rf /run/vrkit
run_vrkit down monolithic
assert_status 0 "down without the state directory"
assert_no_trace "down leaves nothing without the state directory"
plan
