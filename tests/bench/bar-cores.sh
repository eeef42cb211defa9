#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Claims C8 and C9, of reservations: a staircase of load through a router whose vcpu's reservation follows it,
# up and down. How long from a step of the load until the router has a level that is enough for it and
# forwards it; and how long a change takes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
read -ra stairs <<<"${VRKIT_BENCH_STAIRS:-3 8 14 20 14 8 3}"
readonly stairs seconds=${VRKIT_BENCH_SECONDS:-8} period_ms=500
readonly lab=$BENCH_SOURCE/profiles/balance.conf calibrations=$BENCH_DIR/calibrations log=$BENCH_DIR/log
# stair KPPS: its decisions, and of them the first from which on what arrives is that of the stair and is
# forwarded within a twentieth, by a level that is enough for it.
stair () {
  local before
  before=$(wc -l <"$log")
  "$VRKIT" load balance --quiet --json --ceiling never --rate "${1}kpps" --duration "${seconds}s" \
    >"$BENCH_DIR/load.json" 2>"$BENCH_DIR/load.err" || true
  # A tester that falls behind has made a lower stair.
  tail -n +$((before + 1)) "$log" | jq --slurp --exit-status --argjson rate "$((1000 * $1))" \
    '[.[] | .routers[0] | select(.decided and .arrived_pps > $rate / 2)] | length > 3' >/dev/null \
    || fail "too little was sent: $(cat "$BENCH_DIR/load.err")"
  tail -n +$((before + 1)) "$log" | jq --slurp -c --argjson rate "$((1000 * $1))" --argjson period "$period_ms" '
    [.[] | .routers[0] | select(.decided and .seen)] as $all
    | ([range(0; $all | length) as $i | select($all[$i].arrived_pps > $rate / 2 and $all[$i].arrived_pps < $rate * 1.05) | $i] | .[0] // 0) as $from
    | [$all[$from:][] | select(.arrived_pps > $rate / 2)] as $seen
    | { settled: (([range(0; $seen | length) as $i
          | select([$seen[$i:-1][] | .forwarded_pps >= .arrived_pps * 0.95 and .level_pps >= .arrived_pps] | all) | $i]
          | .[0] // ($seen | length)) * $period / 1000),
        level: ($seen[-2].level_pps | round), arrived: ($seen[-2].arrived_pps | round), forwarded: ($seen[-2].forwarded_pps | round) }' \
    >"$BENCH_DIR/sum"
  note "$1 kpps: $(jq -r '"\(.arrived)/s arrived, \(.forwarded)/s forwarded, a level of \(.level)/s, after \(.settled) s"' "$BENCH_DIR/sum")"
  jq .settled "$BENCH_DIR/sum" >>"$BENCH_DIR/settled"
}

control_lab balance
took_us "$VRKIT" up --quiet --timeout 180s "$lab"
"$VRKIT" calibrate --quiet --calibrations "$calibrations" --period 20ms --trial 2s --repetitions 2 --rate 60kpps \
  --levels 10%,20%,30%,45%,60%,80% --sizes 64 balance >"$BENCH_DIR/calibration"
note "$(grep '^vcpu.0' "$BENCH_DIR/calibration")"
start_control "$log" --calibrations "$calibrations" --period "${period_ms}ms"
for kpps in "${stairs[@]}"; do
  stair "$kpps"
done
end_control
jq 'select(.changes > 0 and .step > 0) | .apply_ns / 1e6' "$log" >"$BENCH_DIR/apply"
figure cores-settled "$(sort -g "$BENCH_DIR/settled" | tail -n 1)"
figure cores-apply "$(median <"$BENCH_DIR/apply")"
