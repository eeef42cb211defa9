#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit calibrate` of a real guest: it measures, stores what it found, and leaves the lab as it was,
# whatever ends it; and what is stored is used only while it belongs to what is there.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
(($(nproc) >= 2)) || skip_all "needs two CPUs: CPU 0 is kept for the system"
keep_state_in_memory
use_labs calib
remember_traces
export VRKIT_CALIBRATIONS=$TEST_DIR/calibrations
profile=$TEST_DIR/calib.conf
stored=$VRKIT_CALIBRATIONS/calib.r1.json
record=${VRKIT_RUN_DIR:-/run/vrkit}/labs/calib/state.json
readonly quick=(--sizes 64 --levels '10%,25%,50%' --period 50ms --trial 400ms --repetitions 2 --rate 40kpps)
{
  two_ports calib
  router r1 1
  printf '[schedule r1]\nmover.left = other @0\n'
} >"$profile"

LAB=calib
# shellcheck source=../schedule-lib.sh
source "$VRKIT_TEST_SOURCE/tests/schedule-lib.sh"

# What the lab's record and the kernel have of its schedule.
schedule_now () {
  jq -c . "$record"
  host_state
}

as_before () {
  is "$(schedule_now | diff "$TEST_DIR/before" -)" "" "$1: the schedule is byte for byte as before"
}

follows_schema () {
  is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/calibration.schema.json" \
    -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq")" "" "$1 is as its schema says"
}

run_vrkit calibrate calib
assert_status 1 "a lab that is not up is refused"
run_vrkit up --timeout 180s "$profile"
assert_status 0 "up"
schedule_now >"$TEST_DIR/before"

run_vrkit calibrate --show calib
assert_status 1 "nothing is stored yet"
assert_err "router r1 of lab calib is not calibrated" "it says so"
run_vrkit calibrate --dry-run "${quick[@]}" calib
assert_status 0 "a dry run"
assert_out "emulator (schedule.r1: mover.left) @0: 3 levels, 1 sizes, 2 times" "the dry run tells threads"
assert_out "12 trials of 400ms, deadline in periods of 50ms, about" "the dry run tells how long it takes"
run_vrkit calibrate --levels 20%,99% calib
assert_status 5 "a level that the host does not grant is refused"
run_vrkit calibrate --router r2 calib
assert_status 2 "a router that is not there is refused"
run_vrkit calibrate --trial 100ms calib
assert_status 2 "a trial of one period is refused"
as_before "refusals and dry runs"

# --- A whole one ----------------------------------------------------------------------------------

run_vrkit calibrate --json "${quick[@]}" calib
assert_status 0 "calibrate"
assert_err "trial 12 of 12: " "it tells of each trial"
as_before "afterwards"
follows_schema "what it prints" <<<"$RUN_OUT"
follows_schema "what it stores" <"$stored"
shows '[.curves[] | .thread] == ["vcpu.0", "emulator"] and ([.curves[] | .points | length] | unique) == [6]' \
  "each thread has a trial of each level"
shows '.curves[0] | [.points[].share] == [0.1, 0.25, 0.5, 0.5, 0.25, 0.1]' "levels go up and down"
shows '.curves[0].points | group_by(.share) | map(map(.forwarded_pps) | add) | .[0] < .[2]' \
  "the least level of the vcpu forwards less than the greatest"
shows '.origin | .host.kernel != "" and (.image.sha256 | length) == 64
       and .profile["schedule.r1.mover.left"] == "@0"' "what it belongs to is told"

# --- What is stored, and when it holds ------------------------------------------------------------

run_vrkit calibrate --show --json calib
assert_status 0 "what is stored holds"
shows '.holds and .stale == "" and .contracts == []' "it says so"
run_vrkit calibrate --show --json --contract 100 calib
follows_schema "a contract" <<<"$RUN_OUT"
shows '.contracts | length == 2 and .[0].rate_pps == 100' "a contract is reckoned for each thread"
run_vrkit calibrate --show --json --contract 10Mpps calib
check "a contract beyond the peak ends as one that does not fit" test "$RUN_STATUS" -ne 0
shows '.contracts | map(.fits or .reason == "") == [false, false]' "each thread says why"

run_vrkit tune calib port.left.queue-length=35
run_vrkit calibrate --show --contract 100 calib
assert_status 1 "with another queue it is stale"
assert_out 'it no longer holds: profile.port.left.queue-length is "35", and was nothing' "it says why"
is "$(grep -c 'takes' <<<"$RUN_OUT")" 0 "nothing is reckoned from a stale one"
run_vrkit up "$profile"
jq '.origin.host.kernel = "2.4.0"' "$stored" >"$TEST_DIR/old.json"
mv "$TEST_DIR/old.json" "$stored"
run_vrkit calibrate --show --json calib
assert_status 1 "on another kernel it is stale"
shows '(.holds | not) and (.stale | test("host.kernel is .*, and was .2.4.0."))' "it says why in JSON, too"

# --- Ended before its time ------------------------------------------------------------------------

cp "$stored" "$TEST_DIR/kept.json"

# Whether the calibration has come to its second trial, or to its end.
# shellcheck disable=SC2317  # wait_until calls it
two_trials_on () {
  grep -q 'trial 2 of' "$TEST_DIR/bg.err" || ! kill -0 "$calibrating"
}

# shellcheck disable=SC2317  # check calls it
is_under_way () {
  grep 'trial 2 of' "$TEST_DIR/bg.err" || { cat "$TEST_DIR/bg.err"; return 1; }
}

# begin_one NAME: a calibration in the background (calibrating), in the middle of which its thread is reserved.
begin_one () {
  # What is in the background may empty it only after the first look, which is to find nothing of the one before.
  : >"$TEST_DIR/bg.err"
  "$VRKIT" calibrate "${quick[@]}" --repetitions 500 calib </dev/null >"$TEST_DIR/bg.out" \
    2>"$TEST_DIR/bg.err" &
  calibrating=$!
  wait_until 60 two_trials_on || true
  check "$1: it is under way" is_under_way
}

begin_one "SIGINT"
run_vrkit calibrate "${quick[@]}" calib
assert_status 6 "a second one meanwhile is refused"
kill -INT "$calibrating" || true
status=0
wait "$calibrating" || status=$?
is "$status|$(tail -n 1 "$TEST_DIR/bg.err")" "1|vrkit: interrupted: nothing is stored" "SIGINT ends it, and it says so"
as_before "SIGINT"
check "what was stored before is there yet" cmp "$TEST_DIR/kept.json" "$stored"

begin_one "somebody else"
check "a change by somebody else" wait_until 20 "$VRKIT" tune --quiet calib port.right.queue-length=45
status=0
wait "$calibrating" || status=$?
is "$status" 6 "a change by somebody else ends it"
diag "$(tail -n 1 "$TEST_DIR/bg.err")"
check "the change stays" grep -q 'queue-length = 45' "$record"
run_vrkit up "$profile"
as_before "somebody else's change taken back"

begin_one "SIGKILL"
kill -KILL "$calibrating" || true
wait "$calibrating" 2>/dev/null || true
run_vrkit up "$profile"
assert_status 0 "up after SIGKILL"
as_before "up after SIGKILL"

run_vrkit down calib
assert_status 0 "down"
assert_no_trace "down leaves nothing"
plan
