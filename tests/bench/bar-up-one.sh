#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit up` of one router until it forwards, against the same guest started by hand, in pairs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_SOURCE/profiles/monolithic.conf pairs=7

up_once () {
  took_us "$VRKIT" up "$profile"
  "$VRKIT" exec monolithic r1 -- sed -n 's/^uptime_ms //p' /run/vrkit/status >>"$BENCH_DIR/booted"
  "$VRKIT" status --json monolithic | jq -r '[.. | .accel? // empty][0]' >"$BENCH_DIR/accel"
  "$VRKIT" down --quiet monolithic
}

hand_once () {
  hand_boot
  hand_stop
}

# Which comes first changes from pair to pair.
pair () {
  if (($1 % 2)); then
    up_once
    hand_once
  else
    hand_once
    up_once
  fi
  printf '%d %d %d %s\n' "$TOOK_US" "$HAND_US" "$1" "$(<"$BENCH_DIR/hand.status")"
}

# Where the time goes, by the library that the program calls.
split_up () {
  "$BENCH_TOOLS/cycle" "$profile" 5 "${VRKIT_RUN_DIR:-/run/vrkit}" "$VRKIT_IMAGES" \
    "${LIBVIRT_DEFAULT_URI:-qemu:///system}" >"$BENCH_DIR/split"
  note "of it, medians of 5: plan and facts $(column 2 <"$BENCH_DIR/split" | median) ms," \
    "look at the host $(column 4 <"$BENCH_DIR/split" | median) ms," \
    "fabric $(column 6 <"$BENCH_DIR/split" | median) ms," \
    "libvirt's create $(column 8 <"$BENCH_DIR/split" | median) ms," \
    "boot and agent $(column 10 <"$BENCH_DIR/split" | median) ms," \
    "record $(column 12 <"$BENCH_DIR/split" | median) ms;" \
    "down $(column 14 <"$BENCH_DIR/split" | median) ms"
}

hand_prepare "$profile"
hand_fabric bench
up_once
hand_once
for ((i = 0; i < pairs; i++)); do
  pair "$i"
done >"$BENCH_DIR/pairs"
up_us=$(column 1 <"$BENCH_DIR/pairs" | median)
hand_us=$(column 2 <"$BENCH_DIR/pairs" | median)
note "one router until it forwards, $pairs interleaved pairs after one of each: vrkit up" \
  "$(milliseconds "$up_us") ms, QEMU by hand $(milliseconds "$hand_us") ms (medians;" \
  "guest's own time by hand $(column 6 <"$BENCH_DIR/pairs" | median) ms, machine pc, $hand_accel)"
split_up
note "the router's own time by vrkit up: median of $(wc -l <"$BENCH_DIR/booted"), by $(<"$BENCH_DIR/accel")"
figure boot-time "$(median <"$BENCH_DIR/booted" | awk '{ printf "%.3g", $1 / 1000 }')"
figure up-one "$(divide "$up_us" "$hand_us")"
