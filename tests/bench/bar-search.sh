#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In how many of 20 runs `vrkit search` finds the limit of a token bucket, another one in each run, by
# each of its methods. See ../limit.sh for what the bucket does to a trial.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../limit.sh
. "$BENCH_SOURCE/tests/limit.sh"
readonly runs=20 trial_ms=500 width=100
# Beside each method's own.
readonly common=(--upper 20kpps --lower 1kpps --trial "${trial_ms}ms" --settle 100ms --pause 0
                 --tester-tries 50 --width "${width}pps" --json)
declare -A own=([rfc2544]='' [tst009]='' [mlr]='--loss 0,5% --duration-sum 1500ms')
declare -A goals=([rfc2544]=1 [tst009]=1 [mlr]=2)
declare -A found=([rfc2544]=0 [tst009]=0 [mlr]=0)

# search METHOD LIMIT ROOM: whether all its goals are found; notes what it took.
search () {
  local goal options status=0 good=1
  read -ra options <<<"${own[$1]}"
  "$VRKIT" search "${LIMIT_PATH[@]}" --method "$1" "${common[@]}" "${options[@]}" >"$BENCH_DIR/$1" \
    || status=$?
  for ((goal = 0; goal < goals[$1]; goal++)); do
    jq --slurp --exit-status "$(limit_found "$2" "$3" $trial_ms $goal $width)" "$BENCH_DIR/$1" \
      >"$BENCH_DIR/verdict" 2>&1 || good=0
  done
  jq -c --slurp '.[-1] | [.trials, .duration_ns / 1e9]' "$BENCH_DIR/$1" >>"$BENCH_DIR/$1.took"
  ((good)) || note "$1, limit $2, room $3, status $status: $(tail -n 1 "$BENCH_DIR/$1")"
  return $((1 - good))
}

trap limit_remove EXIT
for ((i = 0; i < runs; i++)); do
  limit=$((2000 + i * 431))
  room=$((limit * 15 / 1000))
  limit_make $limit $room
  for method in rfc2544 tst009 mlr; do
    ! search $method $limit $room || found[$method]=$((found[$method] + 1))
  done
  limit_remove
done
for method in rfc2544 tst009 mlr; do
  note "$method: $runs limits from 2000 to $limit frames a second, trials of $trial_ms ms, width $width" \
    "a second: $(jq -r '.[0]' "$BENCH_DIR/$method.took" | mean) trials and" \
    "$(jq -r '.[1]' "$BENCH_DIR/$method.took" | mean) s in the mean"
  figure "search-$method" "${found[$method]}"
done
