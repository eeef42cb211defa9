#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A shipped campaign, made twice with the seed that it has: whether the runs come in the same order, and
# how many of its points the second finds again. A point with an interval wider than 5 % of its mean to either
# side, in either campaign, counts as not found.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly experiment=$BENCH_SOURCE/experiments/reserved-vcpu.conf repetitions=${VRKIT_BENCH_REPETITIONS:-10}

trap '"$VRKIT" down --quiet one-arm 2>/dev/null || true' EXIT
for each in a b; do
  "$VRKIT" run --json --quick --repetitions "$repetitions" --only 'mover=other -10 @0' \
    --directory "$BENCH_DIR/$each" "$experiment" >"$BENCH_DIR/$each.out" || fail "run: $(tail -n 3 "$BENCH_DIR/$each.out")"
  sqlite3 "$BENCH_DIR/$each/results.sqlite" 'SELECT condition FROM run ORDER BY id' >"$BENCH_DIR/$each.order"
done
cmp "$BENCH_DIR/a.order" "$BENCH_DIR/b.order" || fail "the same seed gave another order of runs"

# The exit status says whether the two differ.
"$VRKIT" compare --json "$BENCH_DIR/a" "$BENCH_DIR/b" >"$BENCH_DIR/compare" || true
jq -r '.points[] | [.condition, "\(.a.mean | floor) ± \(.a.width_share * 1000 | round / 10) %",
  "\(.b.mean | floor) ± \(.b.width_share * 1000 | round / 10) %",
  if .repeated then "repeated" else "not repeated" end] | join("; ")' "$BENCH_DIR/compare" | sed 's/^/# /'
figure repeated "$(jq -e 'if .points_compared > 0 then .points_repeated * 100 / .points_compared else error("no points") end' \
  "$BENCH_DIR/compare")"
