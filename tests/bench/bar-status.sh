#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit status` of ten guests that are up.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/ten.conf rounds=15

write_profile () {
  local i
  printf '[lab]\nname = bench-ten\n'
  printf '[port left]\ndevice = test\ntest-address = 198.18.1.100/24\n'
  printf '[port right]\ndevice = test\ntest-address = 198.18.2.100/24\n'
  for ((i = 1; i <= 10; i++)); do
    printf '[router r%d]\ninterface = left 198.18.1.%d/24\ninterface = right 198.18.2.%d/24\n' $i $i $i
  done
}

write_profile >"$profile"
trap '"$VRKIT" down --quiet bench-ten' EXIT
took_us "$VRKIT" up --timeout 120s "$profile"
up_us=$TOOK_US
for ((i = 0; i <= rounds; i++)); do
  "$BENCH_TOOLS/spent" "$BENCH_DIR/spent" "$VRKIT" status bench-ten >"$BENCH_DIR/status.out"
  ((i == 0)) || cat "$BENCH_DIR/spent"
done >"$BENCH_DIR/rounds"
note "vrkit status of ten guests, median of $rounds runs after one (slowest" \
  "$(column 1 <"$BENCH_DIR/rounds" | sort -g | tail -n 1) ms; they came up in" \
  "$(milliseconds "$up_us") ms)"
figure status-time "$(column 1 <"$BENCH_DIR/rounds" | median)"
