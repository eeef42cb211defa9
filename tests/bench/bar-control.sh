#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Contracts of 5 to 30 kpps for frames of 64 and 512 bytes, offered twice as much: held by the calibration
# alone, by the loop, and by the loop with a calibration that is wrong.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
read -ra rates <<<"${VRKIT_BENCH_RATES:-5 10 20 30}"
read -ra sizes <<<"${VRKIT_BENCH_SIZES:-64 512}"
readonly rates sizes seconds=${VRKIT_BENCH_SECONDS:-60} settle=5 open_seconds=20 period_ms=500
readonly lab=$BENCH_DIR/governed.conf calibrations=$BENCH_DIR/calibrations wrong=$BENCH_DIR/wrong

# contract RATE SIZE
contract () {
  tenant_profile "${1}kpps at $2" >"$lab"
  took_us "$VRKIT" up --quiet --timeout 180s "$lab"
}

# flood RATE SIZE SECONDS OPTION…: twice the rate. A tester that falls behind sends more than the contract yet.
flood () {
  "$VRKIT" load governed --quiet --json --ceiling never --rate "$((2 * $1))kpps" --size "$2" --duration "${3}s" \
    "${@:4}" 2>"$BENCH_DIR/flood.err" || true
}

# received FILE: packets a second, as the tester counted them, which knows nothing of the router's counters.
received () {
  local pps
  pps=$(jq --slurp '.[-1] | .received / .duration_ns * 1e9' "$1")
  [[ $pps =~ ^[0-9] ]] || fail "nothing could be sent: $(cat "$BENCH_DIR/flood.err")"
  printf '%s\n' "$pps"
}

# refused RATE SIZE FIGURE: a contract that is not made is missed by all of it.
refused () {
  note "$1 kpps of $2 bytes ($3) is refused: $(cat "$BENCH_DIR/err")"
  echo 100 >>"$BENCH_DIR/$3"
}

# off FORWARDED RATE: per cent, without sign.
off () {
  awk -v f="$1" -v r="$2" 'BEGIN { e = (f / r / 1000 - 1) * 100; printf "%.3f\n", e < 0 ? -e : e }'
}

most () { sort -g | tail -n 1; }

# by_calibration RATE SIZE
by_calibration () {
  local forwarded
  "$VRKIT" control --quiet --once --calibrations "$calibrations" governed >/dev/null 2>"$BENCH_DIR/err" || {
    refused "$1" "$2" open
    return 0
  }
  flood "$1" "$2" "$open_seconds" >"$BENCH_DIR/load.json"
  forwarded=$(received "$BENCH_DIR/load.json")
  note "$1 kpps of $2 bytes by the calibration: $(printf %.0f "$forwarded")/s"
  off "$forwarded" "$1" >>"$BENCH_DIR/open"
}

# by_loop RATE SIZE CALIBRATIONS NAME: the mean is the tester's, after the time to settle; how long that took, which
# wants periods, the controller's.
by_loop () {
  local log=$BENCH_DIR/log forwarded
  try_control "$log" --calibrations "$3" --period "${period_ms}ms" || {
    refused "$1" "$2" "$4"
    return 0
  }
  flood "$1" "$2" "$seconds" --warm-up "${settle}s" >"$BENCH_DIR/load.json"
  forwarded=$(received "$BENCH_DIR/load.json")
  end_control
  # Each decision with the rates since the one before, of the time in which packets came.
  jq --slurp --exit-status '[.[] | .tenants[0] | select(.arrived_pps > 100)] | length > 20' "$log" >/dev/null \
    || fail "too little was sent: $(cat "$BENCH_DIR/flood.err")"
  jq --slurp -c --argjson skip "$((settle * 1000 / period_ms))" --argjson second "$((1000 / period_ms))" '
    [.[] | .tenants[0] | select(.arrived_pps > 100)] as $seen
    | ($seen | .[0].rate_pps) as $rate | [$seen[].forwarded_pps] as $f
    | { mean: ($f[$skip:-1] | add / length), arrived: ([$seen[$skip:-1][].arrived_pps] | add / length),
        settled: (([range(0; ($f | length) - $second) as $i
                    | select((($f[$i:$i + $second] | add / length) / $rate - 1 | fabs) < 0.05) | $i]
                   | .[0] // ($f | length)) / $second + 1),
        apply: [.[] | select(.changes > 0) | .apply_ns] }' "$log" >"$BENCH_DIR/sum"
  note "$1 kpps of $2 bytes ($4): $(jq -r '"of \(.arrived | round)/s, after \(.settled) s; by the controller \(.mean | round)/s"' "$BENCH_DIR/sum"), by the tester $(printf %.0f "$forwarded")/s"
  off "$forwarded" "$1" >>"$BENCH_DIR/$4"
  jq .settled "$BENCH_DIR/sum" >>"$BENCH_DIR/settled"
  jq '.apply[] / 1e6' "$BENCH_DIR/sum" >>"$BENCH_DIR/apply"
}

control_lab governed
contract 1 64
"$VRKIT" calibrate --quiet --calibrations "$calibrations" --period 20ms --trial 2s --repetitions 2 --rate 80kpps \
  --levels 10%,20%,30%,45%,60%,80% --sizes "$(IFS=,; echo "${sizes[*]}")" governed >"$BENCH_DIR/calibration"
note "$(grep '^vcpu.0' "$BENCH_DIR/calibration" | paste -sd ';')"
for size in "${sizes[@]}"; do
  for rate in "${rates[@]}"; do
    contract "$rate" "$size"
    by_loop "$rate" "$size" "$calibrations" closed
    contract "$rate" "$size"
    by_calibration "$rate" "$size"
  done
done
for factor in 0.7 1.3; do
  mkdir -p "$wrong"
  jq --argjson by "$factor" '.curves |= map(.points |= map(.forwarded_pps *= $by))' \
    "$calibrations/governed.r1.json" >"$wrong/governed.r1.json"
  contract "${rates[0]}" "${sizes[0]}"
  by_loop "${rates[0]}" "${sizes[0]}" "$wrong" false
done
figure control-open "$(most <"$BENCH_DIR/open")"
figure control-closed "$(most <"$BENCH_DIR/closed")"
figure control-false "$(most <"$BENCH_DIR/false")"
figure control-settled "$(most <"$BENCH_DIR/settled")"
figure control-apply "$(median <"$BENCH_DIR/apply")"
