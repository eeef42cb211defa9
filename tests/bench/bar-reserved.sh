#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time that a saturated vcpu uses of what is reserved for it, from 5 % to what the kernel grants.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_SOURCE/profiles/monolithic.conf seconds=10 period_us=20000
readonly shares=(5 10 20 30 40 50 60 70 80 85 89)

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
for share in "${shares[@]}"; do
  "$VRKIT" tune --quiet monolithic \
    "schedule.r1.vcpu.0=deadline $((period_us * share / 100))us/${period_us}us @1"
  printf '%s %s\n' "$share" "$(used "$tid")"
done | awk '{ print $1, $2 * 100, ($2 * 100 / $1 - 1) * 100 }' >"$BENCH_DIR/used"
note "a vcpu that never sleeps, reserved on CPU 1, $seconds s each: per cent asked, used, and off:" \
  "$(awk '{ printf "%s%s %.3f %+.2f", (NR > 1 ? ", " : ""), $1, $2, $3 }' "$BENCH_DIR/used")"
figure reserved-error "$(awk '{ e = $3 < 0 ? -$3 : $3; if (e > m) m = e } END { printf "%.3g\n", m }' \
  "$BENCH_DIR/used")"
