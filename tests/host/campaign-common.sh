# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of campaigns share: a lab of one native router, an experiment over it, and looking
# into a campaign's database. Not a test itself: it is sourced, and is not executable.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

# A name of its own: the state is not where other runs of this test would look for it.
lab=campaign-$$
use_labs "$lab"
keep_state_in_memory
experiment=$TEST_DIR/small.conf
store=$TEST_DIR/store
{
  two_ports "$lab"
  router r1 1 "kind = native"
} >"$TEST_DIR/campaign.conf"

# write_experiment REPETITIONS LINE…: of three conditions; [load] comes last and goes on with the lines.
write_experiment () {
  printf '[experiment]\nprofile = campaign.conf\nrepetitions = %d\npause = 10ms\nseed = 3\n' "$1"
  printf '[factor rate]\nkey = load.rate\nlevels = 1kpps, 2kpps\n'
  printf '[factor size]\nkey = load.size\nlevels = 64, 512\n'
  printf '[conditions]\nexclude = rate=2kpps size=512\n[load]\nsettle = 10ms\n'
  shift
  (($# == 0)) || printf '%s\n' "$@"
}

run_campaign () {
  run_vrkit run --json --directory "$store" "$@" "$experiment"
}

query () {
  sqlite3 "$store/results.sqlite" "$1"
}

# is_of_schema SCHEMA NAME: the last run_vrkit printed JSON of it.
is_of_schema () {
  is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/$1.schema.json" \
          -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "$2"
}

# holds_the_plan NAME: the database has the runs that a dry run tells, all of them done, once each.
holds_the_plan () {
  local planned
  planned=$("$VRKIT" run --dry-run --json "$experiment" \
              | jq -r '.runs[] | "\(.run)|\(.block)|\(.condition)|1|1"')
  is "$(query 'SELECT run.id, block, condition, state,
                 (SELECT count(*) FROM attempt WHERE run = run.id AND load IS NOT NULL)
               FROM run ORDER BY run.id')" "$planned" "$1: the database holds exactly the planned runs"
}

# no_lab_is_left NAME: of this test; others may come and go meanwhile.
no_lab_is_left () {
  is "$(traces | grep -F "$lab" || true)" "" "$1"
}

# fails STATUS GLOB NAME: the last run_campaign ended so, with one error, and left no lab.
fails () {
  is "$RUN_STATUS|$(grep -c '^vrkit: ' <<<"$RUN_ERR")" "$1|1" "$3: status $1, one error"
  assert_err "vrkit: *$2" "$3: it says so"
  no_lab_is_left "$3: no lab is left"
}
