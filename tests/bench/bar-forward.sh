#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a router that `vrkit up` made forwards, against the same guest made by hand, both freshly booted
# for each group of pairs. All threads of either guest are on the last CPU, and the tester on the others,
# so that where the host happens to put them makes no difference.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_SOURCE/profiles/monolithic.conf groups=8 pairs=2 rate_pps=100000 length_ms=3000
guests_cpu=$(($(nproc) - 1))
readonly guests_cpu

# blast LEFT-NETNS RIGHT-NETNS: frames a second.
blast () {
  local source_mac
  source_mac=$(ip -n "$1" -o link show left | sed -n 's,.*link/ether \([^ ]*\) .*,\1,p')
  taskset --cpu-list 0-$((guests_cpu - 1)) "$BENCH_TOOLS/blast" "$1" left "$2" right "$source_mac" "$(hand_mac left)" 198.18.1.2 198.18.2.2 \
    "$rate_pps" "$length_ms" >"$BENCH_DIR/blast"
  awk '{ if ($7 > 0) exit 1; print $1 }' "$BENCH_DIR/blast" || fail "blast: $(<"$BENCH_DIR/blast")"
}

blast_lab () { blast vrkit-monolithic-left vrkit-monolithic-right; }
blast_hand () { blast bench-left bench-right; }

# Neighbours are resolved, and the code is translated, before anything counts.
warm_up () {
  local prefix
  for prefix in bench vrkit-monolithic; do
    ip netns exec "$prefix-left" ping -q -c 3 -i 0.1 -w 10 198.18.2.2 >/dev/null \
      || fail "nothing comes through from $prefix-left to 198.18.2.2"
  done
  blast_lab >/dev/null
  blast_hand >/dev/null
}

pair () {
  local lab hand
  if (($1 % 2)); then
    lab=$(blast_lab)
    hand=$(blast_hand)
  else
    hand=$(blast_hand)
    lab=$(blast_lab)
  fi
  printf '%s %s %s\n' "$lab" "$hand" "$(divide "$lab" "$hand")"
}

# shellcheck disable=SC2317  # a trap calls it
clean () {
  "$VRKIT" down --quiet monolithic || true
  hand_clean
}

hand_prepare "$profile"
trap clean EXIT
hand_fabric bench
for ((group = 0; group < groups; group++)); do
  took_us "$VRKIT" up "$profile"
  hand_boot
  for pid in "$(</run/libvirt/qemu/vrkit-monolithic-r1.pid)" "$hand_pid"; do
    taskset --all-tasks --cpu-list --pid "$guests_cpu" "$pid" >/dev/null
  done
  warm_up
  for ((i = 0; i < pairs; i++)); do
    pair $((group + i)) >>"$BENCH_DIR/pairs"
  done
  hand_stop
  "$VRKIT" down --quiet monolithic
done
note "64-byte frames, guests on CPU $guests_cpu alone, offered $rate_pps a second for $((length_ms / 1000)) s, $((groups * pairs))" \
  "interleaved pairs in $groups boots of each: by vrkit" \
  "$(column 1 <"$BENCH_DIR/pairs" | mean | xargs printf '%.0f') forwarded a second, by hand" \
  "$(column 2 <"$BENCH_DIR/pairs" | mean | xargs printf '%.0f') (means); ratios" \
  "$(column 3 <"$BENCH_DIR/pairs" | tr '\n' ' ')"
figure forward-mean "$(column 3 <"$BENCH_DIR/pairs" | mean)"
figure forward-lower "$(column 3 <"$BENCH_DIR/pairs" | lower_bound)"
