#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In how many of 20 runs `vrkit search` finds the limit that a reservation of the vcpu is, within the width
# asked for. Nobody knows that limit beforehand: it is the plateau of what the router forwards when it is
# offered far more, measured before and after each search by trials as long as the search's, so that what
# the queue takes up is in both. Where the share P of the frames may be lost, the rate to be found is the
# plateau over 1 - P.
# BENCH_SEARCH_RUNS: fewer runs, for a look; the figure is then the runs of 20 that as many would be.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/reserved.conf runs=${BENCH_SEARCH_RUNS:-20} of=20
# Half a second is 25 periods.
readonly period_ms=20 trial_ms=500 settle_ms=200 width=0.05 loss=0.2 overload=40000 readings=3
# Little enough that sender, receiver and packet mover have what they need of the other CPU.
readonly shares=(8 10 12 15 18)
readonly common=(--json --lower 1kpps --upper "$overload" --trial "${trial_ms}ms" --settle "${settle_ms}ms" --pause 0)

# plateau: frames that came through when far more was offered, for a second, by one trial of a search: load
# asks the guest for its counters, too, and one that has a tenth of a CPU may not answer in time.
plateau () {
  "$VRKIT" search reserved "${common[@]}" --max-trials 1 --method tst009 >"$BENCH_DIR/plateau" || [[ $? == 1 ]] \
    || fail "search: $(<"$BENCH_DIR/plateau")"
  jq --slurp ".[0].received * 1000 / $trial_ms" "$BENCH_DIR/plateau"
}

# found PLATEAU: whether the search found it, both bounds within the width of it.
found () {
  jq --slurp --exit-status --argjson plateau "$1" --argjson width $width --argjson loss $loss '
    .[-1] | ($plateau / (1 - $loss)) as $limit | .goals[0] as $goal
    | .found and .end == "complete" and (.partial | not) and (.tester_limited | not) and $goal.narrow
      and $goal.loss_ratio == $loss and $goal.upper_pps - $goal.lower_pps <= $width * $goal.upper_pps + 1
      and ($goal.lower_pps / $limit - 1 | fabs) <= $width
      and ($goal.upper_pps / $limit - 1 | fabs) <= $width' "$BENCH_DIR/search" >/dev/null
}

# search: in `search` of the scratch directory.
search () {
  "$VRKIT" search reserved "${common[@]}" --method mlr --loss $loss --width "$(awk -v w=$width 'BEGIN { print w * 100 }')%" \
    --duration-sum "$((3 * trial_ms))ms" --tester-tries 50 --seed "$1" >"$BENCH_DIR/search" || [[ $? == 1 ]] \
    || fail "search: $(<"$BENCH_DIR/search")"
}

sed -e 's/^\[port .*/&\nqueue-length = 500/' -e '1,/^name = /s/^name = .*/name = reserved/' \
  "$BENCH_SOURCE/profiles/monolithic.conf" >"$profile"
trap '"$VRKIT" down --quiet reserved' EXIT
took_us "$VRKIT" up "$profile"
good=0
for ((run = 0; run < runs; run++)); do
  share=${shares[run % ${#shares[@]}]}
  "$VRKIT" tune --quiet reserved \
    "schedule.r1.vcpu.0=deadline $((share * period_ms * 10))us/${period_ms}ms @1" || fail "tune to $share %"
  {
    for ((i = 0; i < readings; i++)); do plateau; done
    search "$run"
    for ((i = 0; i < readings; i++)); do plateau; done
  } >"$BENCH_DIR/readings"
  limit=$(mean <"$BENCH_DIR/readings")
  if found "$limit"; then
    good=$((good + 1))
    verdict=found
  else
    verdict=missed
  fi
  jq -r --slurp --argjson plateau "$limit" --argjson loss $loss --arg share "$share" --arg verdict $verdict \
    '.[-1] | [$share, ($plateau / (1 - $loss) | round), .goals[0].lower_pps, .goals[0].upper_pps, .trials, $verdict]
     | join(" ")' "$BENCH_DIR/search"
  [[ $verdict == found ]] || note "missed: readings $(paste -sd ' ' "$BENCH_DIR/readings");" \
    "$(tail -n 1 "$BENCH_DIR/search" | jq -c '[.found, .end, .tester_limited, .goals]')"
done >"$BENCH_DIR/runs"
grep '^#' "$BENCH_DIR/runs" || true
note "vcpu reserved on CPU 1, trials of $trial_ms ms, $(awk -v l=$loss 'BEGIN { print l * 100 }') % may be lost," \
  "width $(awk -v w=$width 'BEGIN { print w * 100 }') %: per cent reserved, limit by the plateau, bounds found, trials:" \
  "$(grep -v '^#' "$BENCH_DIR/runs" | paste -sd ',')"
figure search-reserved $((good * of / runs))
