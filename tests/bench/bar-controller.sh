#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time of `vrkit control` of ten routers, each a tenant, at a period of 1 s: while one of them is offered
# twice its rate, so that reservations change, and at rest.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly lab=$BENCH_DIR/ten-tenants.conf seconds=${VRKIT_BENCH_SECONDS:-30} log=$BENCH_DIR/log

profile () {
  local i
  printf '[port left]\ndevice = test\nqueue-length = 400\ntest-address = 198.18.1.100/24\n'
  printf '[port right]\ndevice = test\nqueue-length = 400\ntest-address = 198.18.2.100/24\n'
  for ((i = 1; i <= 10; i++)); do
    printf '[router r%d]\nmemory = 128M\ninterface = left 198.18.1.%d/24\ninterface = right 198.18.2.%d/24\n' $i $i $i
    printf '[schedule r%d]\nvcpu.0 = other @1\n' $i
    printf '[tenant t%d]\nrouters = r%d\nrate = 1kpps\n' $i $i
  done
}

# spent_ms: CPU time of all of the controller's threads so far.
spent_ms () {
  awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.0f\n", ($12 + $13) * 1000 / tick }' "/proc/$controller/stat"
}

# share NAME: per cent of a core over the time.
share () {
  local begun begun_us
  begun=$(spent_ms) begun_us=$(now_us)
  sleep "$seconds"
  awk -v s=$(($(spent_ms) - begun)) -v t=$(($(now_us) - begun_us)) 'BEGIN { printf "%.3f\n", s * 1000 / t * 100 }' \
    >"$BENCH_DIR/$1"
  note "$1: $(<"$BENCH_DIR/$1") % of a core over $seconds s, load average $(load_average)"
}

control_lab ten-tenants
profile >"$lab"
took_us "$VRKIT" up --quiet --timeout 240s "$lab"
start_control "$log" --guess --period 1s
share idle
"$VRKIT" load ten-tenants --quiet --json --ceiling never --router r1 --rate 2kpps --duration "$((seconds + 2))s" \
  >"$BENCH_DIR/load.json" 2>"$BENCH_DIR/load.err" &
loading=$!
share busy
wait "$loading" || true
end_control
note "$(jq --slurp -r '"\(length) decisions, \(map(select(.changes > 0)) | length) of them with changes, \(.[-1].tenants | length) tenants"' "$log")"
figure controller-cost "$(<"$BENCH_DIR/busy")"
