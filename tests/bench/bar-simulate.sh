#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit simulate` as it is without options: time and memory.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly result=$BENCH_DIR/simulate.out

"$BENCH_TOOLS/spent" "$BENCH_DIR/spent" "$VRKIT" simulate >"$result" || {
  cat "$result" >&2
  fail "a rule was broken"
}
note "vrkit simulate: $(head -n 1 "$result"); $(grep '^worst' "$result")"
read -r time_ms memory_mib <"$BENCH_DIR/spent"
figure simulate-time "$(divide "$time_ms" 1000)"
figure simulate-memory "$memory_mib"
