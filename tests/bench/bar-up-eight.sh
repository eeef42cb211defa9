#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit up` of eight routers against eight boots by hand one after another.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_SOURCE/profiles/eight.conf rounds=3

# Ending a guest is not counted.
hand_eight () {
  local sum=0
  for _ in {1..8}; do
    hand_boot
    hand_stop
    sum=$((sum + HAND_US))
  done
  HAND_US=$sum
}

hand_prepare "$BENCH_SOURCE/profiles/monolithic.conf"
hand_fabric
for ((i = 0; i < rounds; i++)); do
  took_us "$VRKIT" up "$profile"
  "$VRKIT" down --quiet eight
  hand_eight
  printf '%d %d\n' "$TOOK_US" "$HAND_US"
done >"$BENCH_DIR/rounds"
up_us=$(column 1 <"$BENCH_DIR/rounds" | median)
hand_us=$(column 2 <"$BENCH_DIR/rounds" | median)
note "eight routers, $rounds interleaved rounds: vrkit up $(milliseconds "$up_us") ms, eight boots by" \
  "hand one after another $(milliseconds "$hand_us") ms (medians; $(nproc) CPUs)"
figure up-eight "$(divide "$up_us" "$hand_us")"
