#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A small campaign as a user runs one: a guest that is measured, changed live between runs, left behind by a
# process that is killed, found again, and measured to the end; and what is told of it.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
lab=smoke-$$
use_labs "$lab"
keep_state_in_memory
experiment=$TEST_DIR/smoke.conf store=$TEST_DIR/store
readonly conditions=4 repetitions=2 runs=8
{
  two_ports "$lab"
  router r1 1 'memory = 128M'
} >"$TEST_DIR/lab.conf"
cat >"$experiment" <<END
[experiment]
title = A campaign that tunes a guest between its runs
profile = lab.conf
repetitions = $repetitions
pause = 20ms
confidence = 95%
[factor vcpu]
key = schedule.r1.vcpu.0
levels = other, other 5
[factor rate]
key = load.rate
levels = 500pps, 1kpps
[load]
duration = 400ms
settle = 100ms
END

query () {
  sqlite3 -cmd '.timeout 5000' "$store/results.sqlite" "$1"
}

# has_done N: so many runs at least are in the database, which may not be there yet.
# shellcheck disable=SC2317  # wait_until calls it
has_done () {
  [[ -e $store/results.sqlite ]] && (($(query 'SELECT count(*) FROM run WHERE state = 1') >= $1))
}

# --- Killed in the middle, and resumed --------------------------------------------------------------

"$VRKIT" run --quiet --directory "$store" "$experiment" >/dev/null 2>"$TEST_DIR/killed.err" </dev/null &
pid=$!
check "runs are made" wait_until 120 has_done 2
kill -KILL "$pid" 2>/dev/null || true
wait "$pid" 2>/dev/null || true
is "$(grep '^vrkit: ' "$TEST_DIR/killed.err" || true)" "" "no error until it is killed"
before=$(query 'SELECT count(*) FROM run WHERE state = 1')
check "it is killed before its end" test "$before" -lt "$runs"
check "the guest is left behind" test "$(pid_of "$lab" r1)" -gt 0

run_vrkit run --json --resume --directory "$store" "$experiment"
assert_status 0 "resumed"
shows ".runs == $runs and .done == $runs and .failed == 0" "all runs are done"
is "$(traces | grep -F "$lab" || true)" "" "no lab is left"

# --- What it has measured --------------------------------------------------------------------------

is "$(query 'SELECT id, block, condition, state FROM run ORDER BY id' | sed 's/|/ /g')" \
   "$("$VRKIT" run --dry-run --json "$experiment" \
      | jq -r '.runs[] | "\(.run) \(.block) \(.condition) 1"')" "the database holds exactly the planned runs"
is "$(query 'SELECT count(*) FROM attempt WHERE load IS NOT NULL')" "$runs" "each once"
is "$(query 'SELECT count(DISTINCT condition) FROM run')" "$conditions" "of all conditions"
is "$(query "SELECT count(*) FROM attempt WHERE how = 'tune'" | sed 's/[1-9][0-9]*/some/')" some \
   "the guest was tuned between runs"
is "$(query 'SELECT count(*) FROM attempt WHERE received > 0 AND received <= sent AND sent <= asked
               AND lost = sent - received AND duplicated = 0 AND corrupted = 0')" \
   "$runs" "frames came through in each, and no more than were sent"
is "$(query "SELECT count(*) FROM attempt JOIN run ON run.id = run JOIN level USING (condition)
               JOIN factor ON factor.id = factor
             WHERE factor.name = 'rate' AND offered_pps = CASE value WHEN '500pps' THEN 500 ELSE 1000 END")" \
   "$runs" "each at its condition's rate"
is "$(query 'SELECT count(*) FROM attempt WHERE threads_ns > 0')" "$runs" "with the guest's CPU time"

# --- What is told of it ----------------------------------------------------------------------------

run_vrkit export "$store"
assert_status 0 "export"
is "$(wc -l <<<"$RUN_OUT")" "$((runs + 1))" "a line a run, and one of names"
run_vrkit report "$store"
assert_status 0 "report"
check "the page has figures" grep -q '<svg' "$RUN_OUT"
plan
