#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time of `vrkit top --json` for an interval of a lab of ten guests, its start taken off: what a reading of
# all counters, its rates and its text take.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/ten.conf few=10 many=110

write_profile () {
  local i
  printf '[lab]\nname = bench-top\n'
  printf '[port left]\ndevice = test\ntest-address = 198.18.1.100/24\n'
  printf '[port right]\ndevice = test\ntest-address = 198.18.2.100/24\n'
  for ((i = 1; i <= 10; i++)); do
    printf '[router r%d]\ninterface = left 198.18.1.%d/24\ninterface = right 198.18.2.%d/24\n' $i $i $i
  done
}

# spent_ms INTERVALS: CPU time of so many.
spent_ms () {
  local TIMEFORMAT='%U %S'
  { time "$VRKIT" top --json --interval 100ms --count "$1" bench-top >"$BENCH_DIR/top.out"; } 2>&1 \
    | awk '{ printf "%.0f\n", ($1 + $2) * 1000 }'
}

write_profile >"$profile"
trap '"$VRKIT" down --quiet bench-top' EXIT
took_us "$VRKIT" up --timeout 240s "$profile"
first=$(spent_ms $few)
last=$(spent_ms $many)
note "vrkit top of ten guests, $(tail -n 1 "$BENCH_DIR/top.out" | jq '.threads | length') threads and" \
  "$(tail -n 1 "$BENCH_DIR/top.out" | jq '.queues | length') interfaces: $first ms of CPU time for $few" \
  "intervals, $last ms for $many"
figure top-read "$(awk -v a="$first" -v b="$last" -v n=$((many - few)) 'BEGIN { printf "%.3g\n", (b - a) / n / 10 }')"
