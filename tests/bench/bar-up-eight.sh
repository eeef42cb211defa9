#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit up` of eight routers against eight boots by hand one after another, of which eight stand at the end as they do after `up`. Told beside it:
# eight boots of which each ends before the next, so that all are in the memory of the first, which is warm.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_SOURCE/profiles/eight.conf routers=8 rounds=3
stand=()

# shellcheck disable=SC2317  # a trap calls it
eight_stop () {
  for hand_pid in "${stand[@]}"; do hand_stop; done
  stand=()
}

# Ending a guest is not counted.
hand_eight () {
  local i sum=0
  for ((i = 1; i <= routers; i++)); do
    hand_name=bench$i
    hand_boot
    sum=$((sum + HAND_US))
    stand+=("$hand_pid")
    [[ $1 == stand ]] || eight_stop
  done
  eight_stop
  HAND_US=$sum
}

hand_prepare "$BENCH_SOURCE/profiles/monolithic.conf"
trap 'eight_stop; hand_clean' EXIT
for ((i = 1; i <= routers; i++)); do hand_fabric "bench$i"; done
for ((i = 0; i < rounds; i++)); do
  took_us "$VRKIT" up "$profile"
  "$VRKIT" down --quiet eight
  hand_eight stand
  stand_us=$HAND_US
  hand_eight end
  printf '%d %d %d\n' "$TOOK_US" "$stand_us" "$HAND_US"
done >"$BENCH_DIR/rounds"
up_us=$(column 1 <"$BENCH_DIR/rounds" | median)
stand_us=$(column 2 <"$BENCH_DIR/rounds" | median)
end_us=$(column 3 <"$BENCH_DIR/rounds" | median)
note "eight routers, $rounds interleaved rounds: vrkit up $(milliseconds "$up_us") ms, eight boots by" \
  "hand one after another $(milliseconds "$stand_us") ms (medians; $(nproc) CPUs); where each ends before the" \
  "next $(milliseconds "$end_us") ms, to which it is $(divide "$up_us" "$end_us")"
figure up-eight "$(divide "$up_us" "$stand_us")"
