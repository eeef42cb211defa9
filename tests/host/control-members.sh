#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit control` of a PVR that gets one more member while much arrives, and gives it back, and of an MSR, whose
# back-ends are kept: with real guests, what is reserved for each, and no schedule of one that is gone; and of
# an MSR that is a tenant's.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
(($(nproc) >= 2)) || skip_all "needs two CPUs: CPU 0 is kept for the system"
keep_state_in_memory
use_labs members backends
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

# offer LAB RATE SECONDS: packets of many flows.
offer () {
  "$VRKIT" load "$1" --from left --to right --rate "$2" --duration "$3s" --flows 100 --ceiling never --quiet \
    --json >"$TEST_DIR/load.json" 2>&1 || true
}

# guests LAB N: so many run.
# shellcheck disable=SC2317  # check calls it
guests () {
  [[ $("$VRKIT" threads --json "$1" 2>/dev/null | jq '[.threads[].router] | unique | length') == "$2" ]]
}

# begin_control LAB: in the background (controller), until its first decision.
begin_control () {
  : >"$log"
  "$VRKIT" control --guess --log "$log" "$1" </dev/null >"$TEST_DIR/bg.out" 2>"$TEST_DIR/bg.err" &
  controller=$!
  # shellcheck disable=SC2317  # wait_until calls it
  has_decided () { [[ -s $log ]]; }
  check "$1: control decides" wait_until 30 has_decided
}

end_control () {
  local status=0
  kill -TERM "$controller"
  wait "$controller" || status=$?
  is "$status" 0 "it ends when it is told to"
}

run_vrkit up --timeout 180s "$profile"
assert_status 0 "up"
begin_control members
offer members 60000 20 &
offering=$!
# shellcheck disable=SC2317  # wait_until calls it
has_grown () { [[ $(jq --slurp 'map(.routers[0].members) | max' "$log") == 2 ]]; }
check "more arrives than one member forwards: it decides for two, and makes them" wait_until 30 has_grown
check "they run" guests members 2
check "it says so" grep -q 'r: 2 members, and had 1' "$TEST_DIR/bg.err"
is "$("$VRKIT" threads --json members \
  | jq -r '[.threads[] | select(.selector == "vcpu.0") | "\(.router) \(.policy)"] | sort | join(", ")')" \
  "r-1 deadline, r-2 deadline" "each has its own time"
# A look in the middle of a change sees one half of it.
# shellcheck disable=SC2317  # wait_until calls it
as_recorded () { "$VRKIT" threads --json members | jq --exit-status 'all(.threads[]; .as_wanted)' >/dev/null; }
check "as the profile on record says" wait_until 10 as_recorded
wait "$offering"
is "$(jq --slurp '[.[].events[] | select(startswith("r: 2 members"))] | length' "$log")" 1 "it grew once"
# shellcheck disable=SC2317  # wait_until calls it
has_shrunk () { [[ $(jq --slurp '.[-1].routers[0].members' "$log") == 1 ]]; }
check "nothing arrives any more: one member goes" wait_until 60 has_shrunk
check "and has gone" guests members 1
offer members 2000 2
is "$(jq --slurp '.[-1] | .received == .sent and .sent > 0' "$TEST_DIR/load.json")" true "the one that stays forwards what fits"
end_control
run_vrkit status members
assert_status 0 "all is as the profile on record says"

# --- By hand --------------------------------------------------------------------------------------

run_vrkit scale members r=2
assert_status 0 "two members by hand"
run_vrkit control --once --guess members
assert_status 0 "they are reserved for"
run_vrkit calibrate --router r --sizes 64 members
assert_status 2 "two members are not calibrated"
assert_err "PVR r of lab members has 2 members, and is calibrated with one*vrkit scale members r=1*" "and it says how they are"
run_vrkit control --once members
assert_status 1 "nor are they controlled without"
assert_err "PVR r of lab members is not calibrated*vrkit calibrate --router r members*" "and it says why"
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

# --- By a calibration -----------------------------------------------------------------------------

run_vrkit calibrate --router r --sizes 64 --levels 20% --period 20ms --trial 200ms --repetitions 1 --rate 20kpps members
assert_status 1 "the other is calibrated, of which one level is no line"
stored=$VRKIT_CALIBRATIONS/members.r.json
check "as the PVR" test "$(jq -r .router "$stored")" = r
# So one is made up.
jq '.curves |= map(.points = [range(1; 9) as $n | {share: ($n / 10), forwarded_pps: ($n * 5000 + $n % 2)}])' \
  "$stored" >"$TEST_DIR/line.json"
mv "$TEST_DIR/line.json" "$stored"
run_vrkit calibrate --show --router r members
assert_status 0 "it holds"
run_vrkit scale members r=2
assert_status 0 "two members again"
run_vrkit calibrate --show members
assert_status 0 "it holds for them, too"
run_vrkit control --once members
assert_status 0 "by it both are reserved for"
is "$("$VRKIT" threads --json members \
  | jq '[.threads[] | select(.selector == "vcpu.0") | .runtime_ns / .period_ns] | unique | length')" 1 "alike"
run_vrkit control --once members
assert_status 0 "which leaves it as it is"
run_vrkit down members
assert_status 0 "down"

# --- Back-ends ------------------------------------------------------------------------------------

{
  two_ports backends | sed 's/^device = test/&\nqueue-length = 500/'
  cat <<'END'
[msr r]
routers = 1
memory = 128M
interface = left 198.18.1.1/24 2001:2:0:1::1/64
interface = right 198.18.2.1/24 2001:2:0:2::1/64
[balance]
policy = dynamic
routers = r
cpus = 0-1
most-members = 2
idle = keep
period = 500ms
step = 20%
END
} >"$TEST_DIR/backends.conf"
run_vrkit up --timeout 180s "$TEST_DIR/backends.conf"
assert_status 0 "up of an MSR"
begin_control backends
offer backends 60000 20 &
offering=$!
check "it has two back-ends decided, and made" wait_until 30 has_grown
check "they run, beside the balancer" guests backends 3
check "which it says" grep -q 'r: 2 back-ends, and had 1' "$TEST_DIR/bg.err"
wait "$offering"
# shellcheck disable=SC2317  # wait_until calls it
has_less () {
  jq --slurp --exit-status '(map(.routers[0]) | .[-1].level_pps < (map(.level_pps) | max))' "$log" >/dev/null
}
check "nothing arrives any more: less is reserved" wait_until 30 has_less
is "$(jq --slurp '.[-1].routers[0].members' "$log")" 2 "both stay, as they are to be kept"
check "and run" guests backends 3
end_control

# --- A tenant's -----------------------------------------------------------------------------------

run_vrkit calibrate --router r --sizes 64 backends
assert_status 2 "two back-ends are not calibrated"
assert_err "MSR r of lab backends has 2 back-ends, and is calibrated with one*vrkit scale backends r=1*" "and it says how they are"
run_vrkit calibrate --router r-lb1 backends
assert_status 2 "nor is the balancer"
assert_err "router r-lb1 of lab backends is a part of MSR r*schedule r-lb1*" "which has to have enough"
sed '/^\[balance\]/,$d' "$TEST_DIR/backends.conf" >"$TEST_DIR/tenant.conf"
cat >>"$TEST_DIR/tenant.conf" <<'END'
[schedule r]
vcpu.0 = other @1
mover.r-inner = deadline 1ms/10ms @0
[tenant t]
routers = r
rate = 8kpps
END
mv "$TEST_DIR/tenant.conf" "$TEST_DIR/backends.conf"
run_vrkit up --timeout 180s "$TEST_DIR/backends.conf"
assert_status 0 "up of the same with one back-end, of a tenant"
run_vrkit calibrate --router r --sizes 64 --levels 20% --period 20ms --trial 200ms --repetitions 1 --rate 20kpps backends
assert_status 1 "it is calibrated, of which one level is no line"
stored=$VRKIT_CALIBRATIONS/backends.r.json
jq '.curves |= map(.points = [range(1; 9) as $n | {share: ($n / 10), forwarded_pps: ($n * 5000 + $n % 2)}])' \
  "$stored" >"$TEST_DIR/line.json"
mv "$TEST_DIR/line.json" "$stored"
run_vrkit scale backends r=2
assert_status 0 "two back-ends"
run_vrkit calibrate --show backends
assert_status 0 "it holds for both"
run_vrkit control --once backends
assert_status 0 "by it they are reserved for"
assert_err "balancer r-lb1 has no reservation for vcpu.0, so the rate holds*" "and the balancer is told of"
is "$("$VRKIT" threads --json backends \
  | jq -r '[.threads[] | select(.selector == "vcpu.0") | "\(.router) \(.policy)"] | sort | join(", ")')" \
  "r-br1 deadline, r-br2 deadline, r-lb1 other" "each back-end has its own time"
run_vrkit down backends
assert_status 0 "down"
assert_no_trace "down leaves nothing"
plan
