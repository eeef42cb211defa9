#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In how many of 20 loads through a token bucket, which loses some, the packet filters at both ends count
# as many frames as the tester says it has sent and received; by each generator in turn, at different
# rates and sizes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../limit.sh
. "$BENCH_SOURCE/tests/limit.sh"
readonly runs=20 frames=20000
readonly generators=(packet xdp) sizes=(64 128 512 1518)

agreed=0 lost=0
trap limit_remove EXIT
for ((i = 0; i < runs; i++)); do
  limit_make $((3000 + i * 200)) 100
  limit_count
  status=0
  "$VRKIT" load "${LIMIT_PATH[@]}" --json --ceiling never --generator "${generators[i % 2]}" \
    --size "${sizes[i % 4]}" --count "$frames" --rate $((4000 + i * 1000))pps --flows $((1 + i * 10)) \
    >"$BENCH_DIR/load" || status=$?
  ((status <= 1)) || fail "vrkit load failed"
  told="$(jq -r '"\(.sent) \(.received)"' "$BENCH_DIR/load")"
  counted="$(limit_counted middle) $(limit_counted right)"
  if [[ $told == "$counted" ]]; then
    agreed=$((agreed + 1))
  else
    note "run $i: sent and received $told, counted $counted"
  fi
  lost=$((lost + $(jq .lost "$BENCH_DIR/load")))
  limit_remove
done
((lost > 0)) || fail "nothing was lost, so that the two ends were one"
note "$runs loads of $frames frames, $lost lost in all"
figure load-independent "$agreed"
