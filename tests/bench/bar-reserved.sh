#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time that a saturated vcpu uses of what is reserved for it, from 5 % to what the kernel grants.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_SOURCE/profiles/monolithic.conf seconds=10 period_us=20000
# Millionths of a CPU; the last is what the kernel grants.
shares=(50000 100000 200000 300000 400000 500000 600000 700000 800000 850000)

# ran_ns TID, now_ns: read close to one another.
ran_ns () { awk '{ print $1 }' "/proc/$1/schedstat"; }
now_ns () { date +%s%N; }

# used TID: parts of a CPU, over the time.
used () {
  local begun ended first last
  begun=$(now_ns) first=$(ran_ns "$1")
  sleep "$seconds"
  ended=$(now_ns) last=$(ran_ns "$1")
  awk -v r=$((last - first)) -v t=$((ended - begun)) 'BEGIN { printf "%.6f\n", r / t }'
}

trap '"$VRKIT" down --quiet monolithic' EXIT
took_us "$VRKIT" up "$profile"
"$VRKIT" exec monolithic r1 -- sh -c 'while :; do :; done >/dev/null 2>&1 </dev/null &'
tid=$("$VRKIT" threads --json monolithic | jq '.threads[] | select(.selector == "vcpu.0") | .tid')
# reserve PPM
reserve () {
  "$VRKIT" tune --quiet monolithic \
    "schedule.r1.vcpu.0=deadline $((period_us * $1 / 1000000))us/${period_us}us @1"
}
# The first that is asked for has the kernel probed.
reserve "${shares[0]}"
ceiling=$(jq -r .ceiling_ppm "${VRKIT_RUN_DIR:-/run/vrkit}/host/deadline-probe.json")
mapfile -t shares < <(printf '%s\n' "${shares[@]}" | awk -v c="$ceiling" '$1 < c'; echo "$ceiling")
for share in "${shares[@]}"; do
  reserve "$share"
  printf '%s %s\n' "$((period_us * share / 1000000))" "$(used "$tid")"
done | awk -v p=$period_us '{ s = $1 * 100 / p; print s, $2 * 100, ($2 * 100 / s - 1) * 100 }' >"$BENCH_DIR/used"
note "a vcpu that never sleeps, reserved on CPU 1, $seconds s each, up to the $ceiling millionths that the" \
  "kernel grants: per cent asked, used, and off:" \
  "$(awk '{ printf "%s%s %.3f %+.2f", (NR > 1 ? ", " : ""), $1, $2, $3 }' "$BENCH_DIR/used")"
figure reserved-error "$(awk '{ e = $3 < 0 ? -$3 : $3; if (e > m) m = e } END { printf "%.3g\n", m }' \
  "$BENCH_DIR/used")"
