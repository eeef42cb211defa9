#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A shipped campaign between whose runs only scheduling changes: the time that is neither pause, nor warm-up,
# sending or settling. It counts from the start of the program to its end: the lab's coming up and going down
# are in it, though three blocks have to bear what as shipped ten do.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly experiment=$BENCH_SOURCE/experiments/reserved-mover.conf store=$BENCH_DIR/store blocks=3

trap '"$VRKIT" down --quiet one-arm 2>/dev/null || true' EXIT
took_us "$VRKIT" run --json --repetitions $blocks --directory "$store" "$experiment"
measuring_us=$(sed -n '/^{/,$p' "$BENCH_DIR/took.out" | jq '.measuring_ns / 1000 | floor')
note "$(sqlite3 "$store/results.sqlite" "SELECT count(*) FROM attempt") runs of" \
  "$(divide "$measuring_us" "$(sqlite3 "$store/results.sqlite" "SELECT count(*) * 1e6 FROM attempt")") s" \
  "in $(milliseconds "$TOOK_US") ms; a run in all, by how the lab got there, ms:" \
  "$(sqlite3 -separator ' ' "$store/results.sqlite" \
    'SELECT how, count(*) || " of", CAST(avg(ended_ns - begun_ns) / 1e6 AS INTEGER) FROM attempt GROUP BY how' \
    | paste -sd,)"
figure campaign-overhead "$(awk -v m="$measuring_us" -v t="$TOOK_US" 'BEGIN { printf "%.3g\n", (1 - m / t) * 100 }')"
