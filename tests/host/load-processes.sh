#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What becomes of a load and of its self-test when they, or what started them, are killed; and that a
# port has one tester at a time.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

left=vrkit-test-processes-$$-l
right=vrkit-test-processes-$$-r
started=()

# shellcheck disable=SC2317  # a trap calls it
leave () {
  ((${#started[@]} == 0)) || kill -KILL "${started[@]}" 2>/dev/null || true
  ip netns delete "$left" 2>/dev/null || true
  ip netns delete "$right" 2>/dev/null || true
  leave_scratch
}

require_root
trap leave EXIT

# sends FILE: the load that writes there has begun to send.
# shellcheck disable=SC2317  # wait_until calls it
sends () {
  grep -q '"sent":[1-9]' "$1" 2>/dev/null
}

# is_gone PID: all its threads, too.
# shellcheck disable=SC2317  # check and wait_until call it
is_gone () {
  [[ ! -e /proc/$1 || $(awk '{ print $3 }' "/proc/$1/stat" 2>/dev/null) == Z ]]
}

# starts FILE ARGUMENT…: a load in the background that writes there; its process is in `pid`. Returns
# when it sends.
starts () {
  local file=$1
  shift
  "$VRKIT" load --json --duration 120s --rate 1kpps --interval 50ms "$@" >"$file" 2>&1 &
  pid=$!
  started+=("$pid")
  wait_until 30 sends "$file"
}

# --- A self-test that is killed -------------------------------------------------------------------

starts "$TEST_DIR/self" --self-test
is "$(ip netns list | grep -c self-test || true)" 0 "its namespaces have no names for others"
is "$(grep -c self-test /proc/self/mountinfo || true)" 0 "and no mounts"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
check "killed, it is gone with all its threads" is_gone "$pid"
is "$(ip netns list | grep -c self-test || true)" 0 "killed, it leaves no namespace"
is "$(ip -br link | grep -cE '^port[ @]' || true)" 0 "killed, it leaves no interface"
is "$(find /run/netns -name '*self-test*' 2>/dev/null)" "" "killed, it leaves no file"

# --- A load whose parent is killed ----------------------------------------------------------------

ip netns add "$left"
ip netns add "$right"
ip -n "$left" link add port type veth peer name port netns "$right"
ip -n "$left" link set port up
ip -n "$right" link set port up
ends=(--from "$left/port" --to "$right/port")

# parent_of COMMAND…: a shell in the background that starts the load and waits for it; its process is
# in `parent`, the load's in `pid`.
parent_of () {
  rm -f "$TEST_DIR"/child*
  # shellcheck disable=SC2016  # for the inner shell
  bash -c '"$@" >"$0" 2>&1 & echo $! >"$0.pid"; wait' "$TEST_DIR/child" "$@" \
    --duration 120s --rate 1kpps --json --interval 50ms "${ends[@]}" &
  parent=$!
  wait_until 30 sends "$TEST_DIR/child"
  pid=$(<"$TEST_DIR/child.pid")
  started+=("$parent" "$pid")
}

parent_of "$VRKIT" load
kill -KILL "$parent"
wait "$parent" 2>/dev/null || true
check "a load ends when what started it is killed" wait_until 30 is_gone "$pid"
is "$(tail -n 1 "$TEST_DIR/child" | jq -c '[.schema, .partial, .sent == .received]')" \
  '["vrkit.load/1",true,true]' "with the result so far"

parent_of nohup "$VRKIT" load
kill -KILL "$parent"
wait "$parent" 2>/dev/null || true
lines=$(wc -l <"$TEST_DIR/child")
# shellcheck disable=SC2317  # called by wait_until
has_gone_on () {
  (($(wc -l <"$TEST_DIR/child") >= lines + 10))
}
check "under nohup it goes on" wait_until 30 has_gone_on
kill -INT "$pid"
check "until it is interrupted" wait_until 30 is_gone "$pid"

# --- Two testers on a port ------------------------------------------------------------------------

starts "$TEST_DIR/first" "${ends[@]}"
run_vrkit load "${ends[@]}" --count 10
assert_status 6 "a second tester on a port is refused"
assert_err "interface \"port\" in namespace $left is under test by another process $pid:" \
  "with the port and the process that has it"
run_vrkit load --from "$right/port" --to "$left/port" --count 10
assert_status 6 "the other way round, too"
ip -n "$left" link add other type veth peer name other netns "$right"
ip -n "$left" link set other up
ip -n "$right" link set other up
run_vrkit load --from "$left/other" --to "$right/other" --count 100
assert_status 0 "other ports are free"
run_vrkit load --from "$left/other" --to "$right/port" --count 10
assert_status 6 "one port of two that is taken is enough to be refused"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
run_vrkit load "${ends[@]}" --count 100
assert_status 0 "killed, a tester leaves its ports to the next"
plan
