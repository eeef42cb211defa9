#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit search` through a router of a lab, a namespace with a token bucket at its way out; see ../limit.sh
# for what the bucket does to a trial. Without the bucket's limit in reach, and without a way through.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"
# shellcheck source-path=SCRIPTDIR source=../limit.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../limit.sh"

readonly limit=2000 room=30 trial_ms=500
readonly short=(--lower 500 --trial "${trial_ms}ms" --settle 100ms --pause 0 --tester-tries 50 --json)

use_labs search-native
require_root
profile=$TEST_DIR/search-native.conf
{
  two_ports search-native
  router r1 1 "kind = native"
} >"$profile"
run_vrkit up --quiet "$profile"
assert_status 0 "the native router is up"
limit_at vrkit-search-native-r1 right $limit $room

run_vrkit search search-native "${short[@]}" --upper 8kpps --width 100pps
assert_status 0 "through the lab's router: status"
RUN_OUT=$(jq --compact-output --slurp . <<<"$RUN_OUT")
shows "$(limit_found $limit $room $trial_ms 0 100)" "the limit is found"
shows '.[-1] | .router == "r1" and .from == "left" and .to == "right"' "the path is told"

run_vrkit search search-native "${short[@]}" --from right --to left --upper 4kpps --warm-up 100ms
RUN_OUT=$(jq --compact-output --slurp . <<<"$RUN_OUT")
shows '.[-1] | .found and .goals[0].lower_pps == 4000' "the other way there is no bucket"

run_vrkit search search-native "${short[@]}" --upper 4kpps --ttl 1
assert_status 1 "nothing comes through: status"
RUN_OUT=$(jq --compact-output --slurp . <<<"$RUN_OUT")
shows '(.[-1] | .end == "complete" and (.found | not) and .goals[0].lower_pps == 0)
       and .[-2].loss_ratio == 1' "nothing comes through: no rate is found"

run_vrkit search search-native "${short[@]}" --upper 4kpps --from none
assert_status 2 "a port that is not there"
assert_err "lab search-native has no router on port none" "it is named"
run_vrkit down --quiet search-native
assert_status 0 "the native router is down"
plan
