#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A campaign of a native router, killed at 20 random moments and each time resumed: in the end the
# database holds exactly the planned runs. Killed also while its directory is being made, and between
# that and the first run. VRKIT_TEST_SEED gives the moments of an earlier run again.
# shellcheck source-path=SCRIPTDIR source=campaign-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/campaign-common.sh"

kills=20 moment_ms_min=50 moment_ms_max=700 runs=36
seed=${VRKIT_TEST_SEED:-$SRANDOM}
diag "VRKIT_TEST_SEED=$seed"
RANDOM=$((seed % 32768))

# begin_or_resume: in the background; its process is in pid.
begin_or_resume () {
  local resume=()
  [[ ! -e $store/results.sqlite ]] || resume=(--resume)
  "$VRKIT" run --quiet --directory "$store" "${resume[@]}" "$experiment" >/dev/null \
    2>"$TEST_DIR/killed.err" </dev/null &
  pid=$!
}

# kill_it: its exit status is in killed: 137 where it still ran.
kill_it () {
  killed=0
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || killed=$?
}

# kill_when PATH: as soon as there is such a file.
kill_when () {
  until [[ -e $1 ]]; do
    kill -0 "$pid" 2>/dev/null || break
  done
  kill_it
}

done_runs () {
  query 'SELECT count(*) FROM run WHERE state = 1'
}

# nothing_is_left NAME: of the host, and of what SQLite and vrkit make on the way.
nothing_is_left () {
  no_lab_is_left "$1: the lab is down"
  is "$(cd "$TEST_DIR" && compgen -G 'store*' | paste -sd ' ')|$(cd "$store" && echo [!k]*)" \
     "store|experiment.conf lock manifest.json plan.txt profile.conf results.sqlite" \
     "$1: the directory has its files, and nothing else is there"
}

# --- While it begins ------------------------------------------------------------------------------

write_experiment $((runs / 3)) 'count = 50' >"$experiment"
begin_or_resume
kill_when "$store.new"
check "killed while the directory is being made, it is there as a whole or not at all" \
  test -e "$store/results.sqlite" -o ! -e "$store"
is "$killed" 137 "it still ran then"
rm -rf "$store"
begin_or_resume
kill_when "$store/results.sqlite"
is "$killed" 137 "killed before the first run"
is "$(cat "$TEST_DIR/killed.err")" "" "killed before the first run: no error before"
is "$(query 'SELECT count(*), sum(state) FROM run')|$(query 'SELECT count(*) FROM attempt')" "$runs|0|0" \
   "all runs are planned then, and none is made"

# --- With tries in the log ------------------------------------------------------------------------

# shellcheck disable=SC2317  # wait_until calls it
has_tries () {
  (($(done_runs) > 0))
}

# exports_read_only: what an export of the store prints where nothing can be written.
exports_read_only () {
  # shellcheck disable=SC2016  # the inner shell's arguments
  unshare --mount sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" export "$1"' \
    sh "$store" "$VRKIT"
}

# Whoever reads before it is begun keeps it from beginning.
# shellcheck disable=SC2317  # wait_until and check call it
log_is_begun () {
  test -s "$store/results.sqlite-wal"
}

begin_or_resume
check "it begins a log" wait_until 60 log_is_begun
check "while it runs, its tries can be read" wait_until 60 has_tries
kill_it
is "$killed" 137 "killed while it runs"
check "there is a log then" log_is_begun
exported=$(exports_read_only)
check "it is read where it cannot be written" test "$(wc -l <<<"$exported")" -gt 1
is "$("$VRKIT" export "$store")" "$exported" "and has the same where it can"
check "which leaves one file of it" test ! -e "$store/results.sqlite-wal"
check "and there are runs left" test "$(done_runs)" -lt "$runs"

# --- At random moments ----------------------------------------------------------------------------

lost=0 idle=0 errors='' moments=''
for ((i = 0; i < kills; i++)); do
  before=$(done_runs)
  moment_ms=$((moment_ms_min + RANDOM % (moment_ms_max - moment_ms_min)))
  begin_or_resume
  sleep "$((moment_ms / 1000)).$(printf '%03d' $((moment_ms % 1000)))"
  kill_it
  errors+=$(grep '^vrkit: ' "$TEST_DIR/killed.err" || true)
  after=$(done_runs)
  moments+=" $moment_ms:$after"
  ((after >= before)) || lost=$((lost + 1))
  ((killed == 137 && after < runs)) || idle=$((idle + 1))
done
diag "killed after so many ms, with so many runs done:$moments"
is "$errors" "" "$kills kills: no error before any"
is "$lost" 0 "no run that was done is lost by one"
is "$idle" 0 "at each it still ran, with runs left"
run_campaign --resume
assert_status 0 "the campaign is resumed to its end"
shows ".runs == $runs and .done == $runs and .failed == 0" "it tells so"
holds_the_plan "killed and resumed"
is "$(query 'SELECT count(*) FROM attempt WHERE reason IS NOT NULL')" 0 "no try failed for it"
is "$(query 'SELECT count(*), count(DISTINCT run) FROM attempt')" "$runs|$runs" "each run is made once"
nothing_is_left "killed and resumed"
plan
