#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A contract while the offered load steps up and down: of more than the contract it is what is forwarded, of less
# all that arrives. How far off that is once a step is 5 s old, in the mean of 60 s of a step up and of 10 s of one
# down; and how long a step takes to settle.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# In halves of the contract.
read -ra stairs <<<"${VRKIT_BENCH_STAIRS:-1 4 1 3}"
readonly stairs kpps=${VRKIT_BENCH_RATE:-10} seconds=${VRKIT_BENCH_SECONDS:-60} low_seconds=10 settle=5 period_ms=500
readonly lab=$BENCH_DIR/stepped.conf calibrations=$BENCH_DIR/calibrations log=$BENCH_DIR/log

# stair HALVES: of its decisions, what was forwarded against what had to be, per cent, and when that was first
# within a twentieth over 1 s.
stair () {
  local before offered=$((500 * kpps * $1)) length=$(($1 > 2 ? seconds : low_seconds))
  before=$(wc -l <"$log")
  "$VRKIT" load stepped --quiet --json --ceiling never --rate "${offered}pps" --duration "$((length + settle))s" \
    >"$BENCH_DIR/load.json" 2>"$BENCH_DIR/load.err" || true
  tail -n +$((before + 1)) "$log" | jq --slurp -c --argjson offered "$offered" --argjson skip $((settle * 1000 / period_ms)) \
    --argjson second $((1000 / period_ms)) '
    [.[].tenants[0] | select(.arrived_pps > $offered / 2)] as $seen
    | if ($seen | length) <= $skip + $second then error("too little was sent") else . end
    | [$seen[] | .forwarded_pps / ([.arrived_pps, .rate_pps] | min)] as $part
    | { off: (($part[$skip:-1] | add / length - 1) * 100 | fabs),
        arrived: ($seen[$skip:-1] | map(.arrived_pps) | add / length | round),
        forwarded: ($seen[$skip:-1] | map(.forwarded_pps) | add / length | round),
        settled: (([range(0; ($part | length) - $second) as $i
          | select((($part[$i:$i + $second] | add / length) - 1 | fabs) < 0.05) | $i] | .[0] // ($part | length)) / $second + 1) }' \
    >"$BENCH_DIR/sum" || fail "offered ${offered}/s: $(cat "$BENCH_DIR/load.err")"
  note "$offered/s: $(jq -r '"\(.arrived)/s arrived, \(.forwarded)/s forwarded, after \(.settled) s"' "$BENCH_DIR/sum")," \
    "load average $(load_average)"
  jq .off "$BENCH_DIR/sum" >>"$BENCH_DIR/off"
  jq .settled "$BENCH_DIR/sum" >>"$BENCH_DIR/settled"
}

control_lab stepped
tenant_profile "${kpps}kpps" >"$lab"
took_us "$VRKIT" up --quiet --timeout 180s "$lab"
"$VRKIT" calibrate --quiet --calibrations "$calibrations" --period 20ms --trial 1s --repetitions 2 --rate 80kpps \
  --levels 15%,30%,45%,60% --sizes 64 stepped >"$BENCH_DIR/calibration"
note "$(grep '^vcpu.0' "$BENCH_DIR/calibration")"
start_control "$log" --calibrations "$calibrations" --period "${period_ms}ms"
for halves in "${stairs[@]}"; do
  stair "$halves"
done
end_control
figure steps-off "$(sort -g "$BENCH_DIR/off" | tail -n 1 | xargs printf '%.3f')"
figure steps-settled "$(sort -g "$BENCH_DIR/settled" | tail -n 1)"
