#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two tenants on one CPU: the first stays within its contract, the second is flooded at ten times its own. What
# the first loses, held by `vrkit control`, which began with a guess; and beside it the same two routers without
# reservations.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly kpps=${VRKIT_BENCH_RATE:-3} seconds=${VRKIT_BENCH_SECONDS:-20} settle=10
readonly lab=$BENCH_DIR/isolated.conf
# Nine tenths of its contract, and ten times the other's.
readonly within=$((900 * kpps)) flooded=$((10000 * kpps))

# profile VCPU MOVER: how the threads of each router are scheduled.
profile () {
  local i
  cat <<END
[port left]
device = test
queue-length = 200
test-address = 198.18.1.100/24
[port right]
device = test
queue-length = 200
test-address = 198.18.2.100/24
END
  for i in 1 2; do
    cat <<END_ROUTER
[router r$i]
memory = 128M
interface = left 198.18.1.$i/24 mac=02:00:5e:00:01:0$i
interface = right 198.18.2.$i/24
[schedule r$i]
vcpu.0 = $1
mover.left = $2
mover.right = $2
[tenant t$i]
routers = r$i
rate = ${kpps}kpps
END_ROUTER
  done
}

# up VCPU MOVER
up () {
  profile "$@" >"$lab"
  took_us "$VRKIT" up --quiet --timeout 180s "$lab"
}

# lost NAME: per cent of what was sent, of the first and the second stream.
lost () {
  "$VRKIT" load isolated --quiet --json --ceiling never --router r1 --warm-up "${settle}s" --duration "${seconds}s" \
    --stream "rate=$within next-hop=02:00:5e:00:01:01" --stream "rate=$flooded next-hop=02:00:5e:00:01:02" \
    >"$BENCH_DIR/$1.json" 2>"$BENCH_DIR/$1.err" || true
  # A flood that the tester could not make shows nothing.
  jq -e '.streams | length == 2 and all(.sent_pps > .offered_pps * 0.95)' "$BENCH_DIR/$1.json" >/dev/null \
    || fail "$1: too little was sent: $(jq -c '[.streams[]? | [.offered_pps, .sent_pps, .lost]]' "$BENCH_DIR/$1.json") $(cat "$BENCH_DIR/$1.err")"
  note "$1: $(jq -r '[.streams[] | "\(.sent_pps)/s sent, \(.received_pps)/s received"] | join("; ")' "$BENCH_DIR/$1.json")" \
    "$(jq -r 'if .tester_limited then "(the tester was the limit)" else "" end' "$BENCH_DIR/$1.json"), load average $(load_average)"
  jq -r '.streams[0] | .lost / .sent * 100' "$BENCH_DIR/$1.json" | xargs printf '%.3f\n'
}

control_lab isolated
up 'other @1' 'deadline 2ms/10ms @0'
start_control "$BENCH_DIR/log" --guess --calibrations "$BENCH_DIR/none" --period 500ms
lost held >"$BENCH_DIR/held"
end_control
"$VRKIT" down --quiet isolated
up 'other @1' 'other @0'
lost free >"$BENCH_DIR/free"
sed -n '/^#/p' "$BENCH_DIR/held" "$BENCH_DIR/free"
note "the tenant within its contract loses $(tail -n 1 "$BENCH_DIR/held") % held, $(tail -n 1 "$BENCH_DIR/free") % free"
figure isolation-held "$(tail -n 1 "$BENCH_DIR/held")"
figure isolation-free "$(tail -n 1 "$BENCH_DIR/free")"
