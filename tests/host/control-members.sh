#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit control` of a PVR that gets one more member while much arrives, and gives it back: with real guests,
# what is reserved for each, and no schedule of one that is gone.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
(($(nproc) >= 2)) || skip_all "needs two CPUs: CPU 0 is kept for the system"
keep_state_in_memory
use_labs members
remember_traces
export VRKIT_CALIBRATIONS=$TEST_DIR/calibrations
log=$TEST_DIR/log profile=$TEST_DIR/members.conf
touch "$log"
{
  two_ports members | sed 's/^device = test/&\nqueue-length = 500/'
  cat <<'END'
[pvr r]
members = 1
memory = 128M
interface = left 198.18.1.1/24 2001:2:0:1::1/64
interface = right 198.18.2.1/24 2001:2:0:2::1/64
[schedule r]
vcpu.0 = other @1
mover.left = deadline 1ms/10ms @0
mover.right = deadline 1ms/10ms @0
[balance]
policy = dynamic
routers = r
cpus = 0-1
most-members = 2
period = 500ms
step = 20%
END
} >"$profile"

# offer RATE SECONDS: packets of many flows.
offer () {
  "$VRKIT" load members --from left --to right --rate "$1" --duration "$2s" --flows 100 --ceiling never --quiet \
    --json >"$TEST_DIR/load.json" 2>&1 || true
}

# members N: so many guests run.
# shellcheck disable=SC2317  # wait_until calls it
members () {
  [[ $("$VRKIT" threads --json members 2>/dev/null | jq '[.threads[].router] | unique | length') == "$1" ]]
}

run_vrkit up --timeout 180s "$profile"
assert_status 0 "up"
"$VRKIT" control --guess --log "$log" members </dev/null >"$TEST_DIR/bg.out" 2>"$TEST_DIR/bg.err" &
controller=$!
# shellcheck disable=SC2317  # wait_until calls it
has_decided () { [[ -s $log ]]; }
check "it decides" wait_until 30 has_decided
offer 60000 20 &
offering=$!
# shellcheck disable=SC2317  # wait_until calls it
has_grown () { [[ $(jq --slurp 'map(.routers[0].members) | max' "$log") == 2 ]]; }
check "more arrives than one member forwards: it decides for two, and makes them" wait_until 30 has_grown
check "they run" members 2
check "it says so" grep -q 'PVR r: 2 members, and had 1' "$TEST_DIR/bg.err"
is "$("$VRKIT" threads --json members \
  | jq -r '[.threads[] | select(.selector == "vcpu.0") | "\(.router) \(.policy)"] | sort | join(", ")')" \
  "r-1 deadline, r-2 deadline" "each has its own time"
# A look in the middle of a change sees one half of it.
# shellcheck disable=SC2317  # wait_until calls it
as_recorded () { "$VRKIT" threads --json members | jq --exit-status 'all(.threads[]; .as_wanted)' >/dev/null; }
check "as the profile on record says" wait_until 10 as_recorded
wait "$offering"
is "$(jq --slurp '[.[].events[] | select(startswith("PVR r: 2 members"))] | length' "$log")" 1 "it grew once"
# shellcheck disable=SC2317  # wait_until calls it
has_shrunk () { [[ $(jq --slurp '.[-1].routers[0].members' "$log") == 1 ]]; }
check "nothing arrives any more: one member goes" wait_until 60 has_shrunk
check "and has gone" members 1
offer 2000 2
is "$(jq --slurp '.[-1] | .received == .sent and .sent > 0' "$TEST_DIR/load.json")" true "the one that stays forwards what fits"
kill -TERM "$controller"
status=0
wait "$controller" || status=$?
is "$status" 0 "it ends when it is told to"
run_vrkit status members
assert_status 0 "all is as the profile on record says"

# --- By hand --------------------------------------------------------------------------------------

run_vrkit scale members r=2
assert_status 0 "two members by hand"
run_vrkit control --once --guess members
assert_status 0 "they are reserved for"
# A scaling that is ended leaves the lab as it was, or as it was to be, and nothing between.
"$VRKIT" scale members r=1 </dev/null >/dev/null 2>&1 &
scaling=$!
sleep 0.15
kill -TERM "$scaling" 2>/dev/null || true
wait "$scaling" || true
run_vrkit status members
assert_status 0 "one that was to go, and the scaling ended: all is as it should be"
run_vrkit scale members r=1
assert_status 0 "one of these goes by hand"
run_vrkit down members
assert_status 0 "down"
assert_no_trace "down leaves nothing"
plan
